//! The WebDriver protocol, as much of it as the stories use: JSON over loopback HTTP to a `chromedriver` of our own.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{self, Request};
use crate::program::Running;

/// The name under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const PATIENCE: Duration = Duration::from_secs(60);
const TRIES: usize = 5;
/// Ends everything it has started when its input ends: also when the test program is killed. Nobody reads what it says
/// by then, and a word too many would end it before the browser.
const WATCH: &str = "chromedriver --port=0 --log-level=SEVERE & read -r _; exec > /dev/null 2>&1; \
                     kill -TERM $!; wait $!; rm -rf -- \"$HOME\"; kill -KILL -$$";
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--window-size=1280,900",
];

/// A browser under remote control. Dropping it ends the browser.
#[derive(Debug)]
pub(super) struct Driver {
    address: SocketAddr,
    session: String,
    process: Option<Running>,
    _folder: TempDir,
}

/// A handle of something on the page that is shown.
#[derive(Debug, Clone)]
pub(super) struct Element(String);

impl Driver {
    /// Starts `chromedriver` on a free port, and Chromium with a folder of its own.
    pub(super) fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        // It takes a free port of IPv6 and then wants the same of IPv4, which another program may have.
        let (process, port) = (1..TRIES)
            .find_map(|_| start_chromedriver(&folder).ok())
            .map_or_else(|| start_chromedriver(&folder), Ok)
            .context("starting chromedriver (package chromium-driver)")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", folder.path().join("profile").display()));
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": flags},
            "goog:loggingPrefs": {"browser": "ALL"},
            "unhandledPromptBehavior": "accept",
        }}});
        let mut driver = Self { address, session: String::new(), process: Some(process), _folder: folder };
        let made = driver.call("POST", "", &capabilities).context("starting Chromium (package chromium)")?;
        driver.session = made["sessionId"].as_str().context("no session")?.to_owned();
        Ok(driver)
    }

    /// Sends a command of the session and returns its value.
    pub(super) fn call(&self, method: &str, command: &str, body: &Value) -> Result<Value> {
        let path = match self.session.as_str() {
            "" => "/session".to_owned(),
            session => format!("/session/{session}{command}"),
        };
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let request = Request {
            method,
            path: &path,
            headers: &[("Content-Type", "application/json; charset=utf-8")],
            body: body.as_bytes(),
            patience: PATIENCE,
        };
        let page = http::send(self.address, &request).with_context(|| format!("{method} {command}"))?;
        let mut answer: Value = serde_json::from_str(&page.body).context("an answer that is not JSON")?;
        let value = answer["value"].take();
        if page.status != 200 {
            let message = value["message"].as_str().unwrap_or_default();
            let first = message.lines().next().unwrap_or_default();
            bail!("{method} {command}: {}: {first}", value["error"].as_str().unwrap_or("refused"));
        }
        Ok(value)
    }

    /// Sends a command of the DevTools protocol.
    pub(super) fn devtools(&self, command: &str, parameters: &Value) -> Result<Value> {
        self.call("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Runs a script in the page and returns what it returns; a promise is waited for.
    pub(super) fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.call("POST", "/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Runs a script that returns an element or null.
    pub(super) fn find(&self, script: &str, arguments: &[Value]) -> Result<Option<Element>> {
        Ok(self.run(script, arguments)?[ELEMENT].as_str().map(|id| Element(id.to_owned())))
    }

    /// Sends a command of an element.
    pub(super) fn of(&self, element: &Element, command: &str, body: &Value) -> Result<Value> {
        self.call("POST", &format!("/element/{}/{command}", element.0), body)
    }
}

fn start_chromedriver(home: &TempDir) -> Result<(Running, u16)> {
    let mut command = Command::new("setsid");
    command.args(["sh", "-c", WATCH]).env_clear().env("HOME", home.path());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    let mut process = Running::start(&mut command)?;
    let port = process.line(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse::<u16>().ok()
    })?;
    Ok((process, port))
}

impl Element {
    /// Returns the element as an argument of a script.
    pub(super) fn argument(&self) -> Value {
        json!({ELEMENT: self.0})
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Chromium ends with its session; what does not is killed by the watch.
        if !self.session.is_empty() {
            let _ = self.call("DELETE", "", &Value::Null);
        }
        // The end of its input is what the watch waits for; killing it would leave the browser behind.
        let _ = self.process.take().map(|process| process.wait(PATIENCE));
    }
}
