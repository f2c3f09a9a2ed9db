//! Negative controls: a site that does everything wrong, and what the browser's watch says to it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use anyhow::Result;
use tests::browser::{Browser, Finding, Theme};

/// A page that answers every path.
struct Site(SocketAddr);

impl Site {
    /// Serves this body under this policy; ends with the test program.
    fn serve(policy: &'static str, body: &'static str) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let head = BufReader::new(&stream).lines().map_while(Result::ok);
                head.take_while(|line| !line.is_empty()).for_each(drop);
                let page = format!("<!doctype html><html lang=en><title>A page</title>{body}");
                // A browser that has gone away is no matter.
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
                     Content-Security-Policy: {policy}\r\nConnection: close\r\n\r\n{page}",
                    page.len()
                );
            }
        });
        Ok(Self(address))
    }

    fn open(&self, browser: &Browser) -> Result<()> {
        browser.open(&format!("http://{}/", self.0))
    }
}

const OPEN: &str = "default-src * 'unsafe-inline' data:";
const CLEAN: &str = "<body><main><h1>A page</h1><p>Nothing is wrong with it.</p></main>";

#[test]
fn a_page_in_order_is_clean_in_both_themes() -> Result<()> {
    let site = Site::serve("default-src 'none'; img-src data:", CLEAN)?;
    Browser::with(|browser| {
        for theme in Theme::ALL {
            browser.theme(theme)?;
            browser.open("about:blank")?;
            site.open(browser)?;
            let dark = browser.run("return matchMedia('(prefers-color-scheme: dark)').matches", &[])?;
            assert_eq!(dark.as_bool(), Some(theme == Theme::Dark));
            browser.findings()?;
            assert_eq!(browser.intruders()?, Vec::<String>::new());
            assert_eq!(browser.axe()?, Vec::<String>::new());
        }
        Ok(())
    })
}

#[test]
fn a_script_that_came_in_as_text_is_heard() -> Result<()> {
    let site = Site::serve(OPEN, "<body><img src=/none onerror=injected(7)><script>alert('hello')</script>")?;
    Browser::with(|browser| {
        site.open(browser)?;
        let mut heard = Vec::new();
        browser.until("the script and the dialog", || {
            heard.extend(browser.findings()?);
            let ran = heard.iter().any(|finding| matches!(finding, Finding::Ran(text) if text.contains('7')));
            let dialog = heard.iter().any(|finding| matches!(finding, Finding::Dialog(_)));
            Ok((ran && dialog).then_some(()))
        })?;
        let found = browser.intruders()?.join("\n");
        for part in ["attribute onerror", "script: "] {
            assert!(found.contains(part), "{part} is missing in\n{found}");
        }
        Ok(())
    })
}

#[test]
fn what_the_policy_refuses_is_heard() -> Result<()> {
    let site =
        Site::serve("default-src 'none'", "<body><p style='color:red'>x</p><script>injected(1)</script>")?;
    Browser::with(|browser| {
        site.open(browser)?;
        let mut heard = Vec::new();
        browser.until("two refusals", || {
            heard.extend(browser.findings()?);
            let policies = heard.iter().filter(|finding| matches!(finding, Finding::Policy(_))).count();
            Ok((2 <= policies).then_some(()))
        })?;
        assert!(!heard.iter().any(|finding| matches!(finding, Finding::Ran(_))), "{heard:?}");
        assert!(browser.is_clean().is_err());
        Ok(())
    })
}

#[test]
fn a_failing_script_is_heard() -> Result<()> {
    let site = Site::serve(OPEN, "<body><script>undefined_function()</script>")?;
    Browser::with(|browser| {
        site.open(browser)?;
        let mut heard = Vec::new();
        browser.until("the failure", || {
            heard.extend(browser.findings()?);
            Ok(heard.iter().any(|finding| matches!(finding, Finding::Console(_))).then_some(()))
        })
    })
}

#[test]
fn every_kind_of_intruder_is_seen() -> Result<()> {
    let body = "<body><p>ok</p><iframe title=x></iframe><svg><set></set></svg><style>p{}</style>\
        <a href='java&#10;script:injected(1)'>x</a><form action='https://example.org/'></form>\
        <b data-injected=1>x</b><x-injected></x-injected><i class=injected>x</i><object></object>\
        <p>before \u{202e}turned\u{202c} after <b>x</b></p><p>bell\u{7}</p>\
        <pre>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</pre>";
    let site = Site::serve(OPEN, body)?;
    Browser::with(|browser| {
        site.open(browser)?;
        let found = browser.intruders()?.join("\n");
        for part in [
            "element: <iframe",
            "element: <set",
            "element: <style",
            "element: <object",
            "address in href",
            "foreign address in action",
            "attribute from outside",
            "element from outside: <x-injected",
            "element from outside: <i",
            "direction marks",
            "control characters",
            "wide in a window of",
        ] {
            assert!(found.contains(part), "{part} is missing in\n{found}");
        }
        Ok(())
    })
}

#[test]
fn an_inaccessible_page_breaks_rules() -> Result<()> {
    let site = Site::serve(OPEN, "<body><main><h1>x</h1><img src='data:,'><button></button></main>")?;
    Browser::with(|browser| {
        site.open(browser)?;
        let broken = browser.axe()?.join("\n");
        for rule in ["image-alt", "button-name"] {
            assert!(broken.contains(rule), "{broken}");
        }
        Ok(())
    })
}
