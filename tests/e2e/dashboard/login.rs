//! Getting in: the first login with a code, what is refused, proving it again, getting out.

use anyhow::Result;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::server::Setup;

#[test]
fn an_owner_logs_in_for_the_first_time_with_password_and_code() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    Browser::with(|browser| {
        // Any page asks for the login first, and leads back.
        browser.open(&dashboard.url("/help"))?;
        browser.arrives("/login")?;
        browser.is_clean()?;
        let code = owner.code();
        Dashboard::type_login(browser, &owner.name, &owner.password, &code)?;
        browser.until("a page behind the login", || {
            let url = browser.url()?;
            Ok((!url.contains("/login")).then_some(()))
        })?;
        let text = browser.text()?;
        assert!(text.contains("ada"), "the page names who is logged in:\n{text}");
        let cookie = browser.run("return document.cookie", &[])?;
        assert_eq!(cookie, "", "no script can read the login");
        browser.is_clean()
    })?;
    chatd.owner = owner;
    Ok(())
}

#[test]
fn a_wrong_name_password_or_code_is_one_answer_and_a_code_is_good_once() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let good = owner.code();
    Browser::with(|browser| {
        let mut answers = Vec::new();
        for (name, password, code) in [
            ("nobody", owner.password.as_str(), good.clone()),
            ("ada", "correct horse ada battery stable", good.clone()),
            ("ada", owner.password.as_str(), owner.wrong_code()),
        ] {
            browser.open(&dashboard.url("/login"))?;
            Dashboard::type_login(browser, name, password, &code)?;
            answers.push(browser.shows("[role=alert]")?);
            assert!(browser.url()?.contains("/login"));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        browser.open(&dashboard.url("/login"))?;
        Dashboard::type_login(browser, "ada", &owner.password, &good)?;
        browser.arrives("/")?;
        browser.press("Your account")?;
        browser.press("Log out")?;
        browser.arrives("/login")?;
        Dashboard::type_login(browser, "ada", &owner.password, &good)?;
        browser.shows("[role=alert]")?;
        Ok(())
    })
}

#[test]
fn a_member_does_not_get_in() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let mut bob = chatd.add("bob", "member")?;
    let dashboard = Dashboard::start(&chatd)?;
    Browser::with(|browser| {
        browser.open(&dashboard.url("/login"))?;
        let code = bob.code();
        Dashboard::type_login(browser, "bob", &bob.password, &code)?;
        browser.shows("[role=alert]")?;
        browser.open(&dashboard.url("/"))?;
        browser.arrives("/login")
    })
}

#[test]
fn the_login_works_without_scripts() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let mut visitor = tests::visitor::Visitor::log_in(&dashboard, &mut owner, "no scripts")?;
    assert_eq!(visitor.get("/help")?.status, 200);
    let ended = dashboard.stop()?;
    assert_eq!(ended.code(), Some(0));
    for voice in [&ended.stdout, &ended.stderr] {
        assert!(!voice.contains(&owner.password), "the password is in the log");
    }
    Ok(())
}
