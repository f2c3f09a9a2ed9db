//! A real Chromium: pages are opened, read and used by the words that a person sees, with a deadline on every wait.
//!
//! One browser serves all stories of a test program, one after the other: [`Browser::with`].

mod driver;
mod watch;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use driver::{Driver, Element};
pub use watch::Finding;

/// How long a page may take to become what is awaited, slow machines included.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a click that should lead to another page is given to do so.
const LEAVING: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(15);

static SHARED: Mutex<Option<Browser>> = Mutex::new(None);

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
}

/// Which of the two looks the person's system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// Returns the name that style sheets use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Starts a browser of one's own.
    ///
    /// # Errors
    /// When Chromium or its driver is not there.
    pub fn start() -> Result<Self> {
        let browser = Self { driver: Driver::start()? };
        browser.driver.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({"source": watch::TELL}))?;
        Ok(browser)
    }

    /// Plays a story with the program's one browser; it has no cookies and an empty log then.
    ///
    /// # Errors
    /// What the story ends with, or when the browser does not start.
    pub fn with<T>(story: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        // A story that panicked leaves its place empty: the next one gets a fresh browser.
        let browser = match shared.take() {
            Some(browser) => browser,
            None => Self::start()?,
        };
        browser.reset()?;
        let outcome = story(&browser);
        if outcome.is_err() {
            browser.describe();
        }
        *shared = Some(browser);
        outcome
    }

    fn reset(&self) -> Result<()> {
        self.open("about:blank")?;
        self.driver.devtools("Network.clearBrowserCookies", &json!({}))?;
        self.theme(Theme::Light)?;
        self.script(true)?;
        self.size(1280, 900)?;
        self.findings()?;
        Ok(())
    }

    /// Tells on the test's output what was on the screen when a story went wrong.
    fn describe(&self) {
        let read = |script: &str| self.run(script, &[]).unwrap_or_default();
        let (place, text) = (read("return location.href"), read("return document.body.innerText"));
        println!("the browser was at {place}, which read:\n{}", text.as_str().unwrap_or_default());
        if let Some(folder) = std::env::var_os("LIVECHAT_SCREENSHOTS") {
            let _ = self.screenshot(&Path::new(&folder).join("failed.png"));
        }
    }

    /// Opens a page and waits until it is loaded.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn open(&self, url: &str) -> Result<()> {
        self.driver.call("POST", "/url", &json!({"url": url})).map(drop)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn reload(&self) -> Result<()> {
        self.driver.call("POST", "/refresh", &json!({})).map(drop)
    }

    /// Returns the address that is shown.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn url(&self) -> Result<String> {
        let url = self.driver.call("GET", "/url", &Value::Null)?;
        Ok(url.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page; `arguments` has what is handed over.
    ///
    /// # Errors
    /// When it throws.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.driver.run(script, arguments)
    }

    /// Presses the button or follows the link with this text, or this accessible name.
    ///
    /// # Errors
    /// When there is none in time, or it cannot be reached.
    pub fn press(&self, name: &str) -> Result<()> {
        self.act(&format!("a button or link \"{name}\""), || {
            let found = self.driver.find(FIND_BUTTON, &[json!(name)])?;
            found.map(|element| self.click_on(&element)).transpose()
        })
    }

    /// Clicks on what a selector finds.
    ///
    /// # Errors
    /// When there is nothing in time, or it cannot be reached.
    pub fn click(&self, selector: &str) -> Result<()> {
        self.act(&format!("\"{selector}\""), || {
            let found =
                self.driver.find("return document.querySelector(arguments[0])", &[json!(selector)])?;
            found.map(|element| self.click_on(&element)).transpose()
        })
    }

    /// Types into the field with this label; what was in it is replaced.
    ///
    /// # Errors
    /// When there is no such field in time.
    pub fn fill(&self, label: &str, text: &str) -> Result<()> {
        self.act(&format!("a field \"{label}\""), || {
            let Some(element) = self.driver.find(FIND_FIELD, &[json!(label)])? else { return Ok(None) };
            self.driver.of(&element, "clear", &json!({}))?;
            self.driver.of(&element, "value", &json!({"text": text})).map(Some)
        })
    }

    /// Chooses the option with this text in the list with this label.
    ///
    /// # Errors
    /// When there is no such list or option in time.
    pub fn choose(&self, label: &str, option: &str) -> Result<()> {
        self.act(&format!("an option \"{option}\" of \"{label}\""), || {
            let Some(element) = self.driver.find(FIND_FIELD, &[json!(label)])? else { return Ok(None) };
            let chosen = self.run(CHOOSE, &[element.argument(), json!(option)])?;
            Ok(chosen.as_bool().filter(|chosen| *chosen))
        })
    }

    /// Ticks or unticks the box, or picks the radio button, with this label.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn tick(&self, label: &str, ticked: bool) -> Result<()> {
        self.act(&format!("a box \"{label}\""), || {
            let Some(element) = self.driver.find(FIND_FIELD, &[json!(label)])? else { return Ok(None) };
            if self.run("return arguments[0].checked", &[element.argument()])? != json!(ticked) {
                self.driver.of(&element, "click", &json!({}))?;
            }
            Ok(Some(()))
        })
    }

    /// Puts a file into the field with this label.
    ///
    /// # Errors
    /// When there is no such field in time.
    pub fn attach(&self, label: &str, file: &Path) -> Result<()> {
        self.act(&format!("a field \"{label}\""), || {
            let Some(element) = self.driver.find(FIND_FIELD, &[json!(label)])? else { return Ok(None) };
            self.driver.of(&element, "value", &json!({"text": file.to_string_lossy()})).map(Some)
        })
    }

    /// Returns the text that a person sees.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn text(&self) -> Result<String> {
        let text = self.run("return document.body.innerText", &[])?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page shows this text, whatever the case, and returns all its text.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn sees(&self, words: &str) -> Result<String> {
        let wanted = words.to_lowercase();
        self.until(&format!("the text \"{words}\""), || {
            Ok(Some(self.text()?).filter(|text| text.to_lowercase().contains(&wanted)))
        })
    }

    /// Waits until a selector finds something that is shown, and returns its text.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn shows(&self, selector: &str) -> Result<String> {
        self.until(&format!("\"{selector}\""), || {
            let text = self.run(
                "const found = document.querySelector(arguments[0]);\
                 return found && found.checkVisibility() ? found.innerText : null",
                &[json!(selector)],
            )?;
            Ok(text.as_str().map(str::to_owned))
        })
    }

    /// Tells whether a selector finds anything now.
    ///
    /// # Errors
    /// When the selector is not one.
    pub fn has(&self, selector: &str) -> Result<bool> {
        let found = self.run("return document.querySelector(arguments[0]) !== null", &[json!(selector)])?;
        Ok(found == json!(true))
    }

    /// Waits until the address has this path.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn arrives(&self, path: &str) -> Result<()> {
        self.until(&format!("the path {path}"), || {
            let here = self.run("return document.readyState === 'complete' ? location.pathname : ''", &[])?;
            Ok((here == json!(path)).then_some(()))
        })
    }

    /// Waits until `look` gives something.
    ///
    /// # Errors
    /// When it does not in time, or fails.
    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A page that is being replaced answers with errors; only the last one counts.
            let looked = look();
            match looked {
                Ok(Some(found)) => return Ok(found),
                Ok(None) if deadline < Instant::now() => {
                    bail!("waited in vain for {what} at {}", self.url().unwrap_or_default())
                }
                Err(error) if deadline < Instant::now() => {
                    return Err(error).with_context(|| format!("waiting for {what}"));
                }
                _ => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }

    /// Clicks, and where that leads to another page, waits until it is there: on a busy machine the click is answered
    /// before the browser has left, and the next look would still see the old page. A download leads nowhere.
    fn click_on(&self, element: &Element) -> Result<()> {
        let leads_away = self.run(LEADS_AWAY, &[element.argument()])? == json!(true);
        self.driver.of(element, "click", &json!({}))?;
        let deadline = Instant::now() + LEAVING;
        while leads_away && Instant::now() < deadline {
            let there = self.run("return !window.clicked && document.readyState === 'complete'", &[]);
            // A page that is being replaced answers with errors.
            if there.is_ok_and(|there| there == json!(true)) {
                break;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    fn act<T>(&self, what: &str, act: impl FnMut() -> Result<Option<T>>) -> Result<()> {
        self.until(what, act).map(drop)
    }

    /// Tells pages which look is wanted.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn theme(&self, theme: Theme) -> Result<()> {
        let features = json!([
            {"name": "prefers-color-scheme", "value": theme.name()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.driver.devtools("Emulation.setEmulatedMedia", &json!({"features": features})).map(drop)
    }

    /// Switches the pages' own scripts off or on; takes effect with the next page.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn script(&self, on: bool) -> Result<()> {
        self.driver.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": !on})).map(drop)
    }

    /// Sets the size of the page in CSS pixels.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn size(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &metrics).map(drop)
    }

    /// Writes a picture of what is shown.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = self.driver.call("GET", "/screenshot", &Value::Null)?;
        let text = picture.as_str().context("no picture")?;
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).context("reading the picture")?;
        std::fs::write(file, bytes).with_context(|| file.display().to_string())
    }
}

/// Marks the page, and tells whether a click on the element asks for another one.
const LEADS_AWAY: &str = "
const clicked = arguments[0];
window.clicked = true;
if (clicked.closest('[hx-get], [hx-post], [hx-boost=true]')) return false;
const link = clicked.closest('a[href]');
if (link) return !link.hasAttribute('download') && !link.target && link.href.split('#')[0] !== location.href.split('#')[0];
const form = clicked.form;
return !!form && clicked.type === 'submit' && form.method !== 'dialog' && clicked.formMethod !== 'dialog'
    && (form.noValidate || clicked.formNoValidate || form.checkValidity())";

const FIND_BUTTON: &str = "
const wanted = arguments[0].trim().toLowerCase();
const clean = text => (text || '').replace(/\\s+/g, ' ').trim().toLowerCase();
const all = [...document.querySelectorAll('button, a[href], summary, input[type=submit], [role=button]')]
    .filter(found => found.checkVisibility() && !found.disabled);
// What lies above the page is meant when there is something above it.
const dialog = [...document.querySelectorAll('dialog[open]')].pop();
const near = all.filter(found => dialog && dialog.contains(found)).concat(all);
const names = found => [found.innerText, found.getAttribute('aria-label'), found.value, found.title].map(clean);
return near.find(found => names(found).includes(wanted))
    || near.find(found => names(found).some(name => name && name.startsWith(wanted))) || null";

const FIND_FIELD: &str = "
const wanted = arguments[0].trim().toLowerCase();
const clean = text => (text || '').replace(/\\s+/g, ' ').trim().toLowerCase();
const fields = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
    .filter(found => found.type === 'file' || found.checkVisibility());
const dialog = [...document.querySelectorAll('dialog[open]')].pop();
const near = fields.filter(found => dialog && dialog.contains(found)).concat(fields);
const labels = found => [...found.labels].map(label => clean(label.innerText))
    .concat(clean(found.getAttribute('aria-label')), clean(found.getAttribute('placeholder')));
return near.find(found => labels(found).includes(wanted))
    || near.find(found => labels(found).some(label => label && label.startsWith(wanted))) || null";

const CHOOSE: &str = "
const clean = text => text.replace(/\\s+/g, ' ').trim().toLowerCase();
const wanted = clean(arguments[1]);
const options = [...arguments[0].options];
const option = options.find(each => clean(each.text) === wanted) || options.find(each => clean(each.text).startsWith(wanted));
if (!option) return false;
arguments[0].value = option.value;
arguments[0].dispatchEvent(new Event('input', {bubbles: true}));
arguments[0].dispatchEvent(new Event('change', {bubbles: true}));
return true";
