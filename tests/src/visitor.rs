//! A browser without a window: cookies, the hidden token of forms, nothing else. For load, times and hostile headers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::dashboard::Dashboard;
use crate::http::{self, Page, Request};

const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who uses the dashboard by HTTP alone.
#[derive(Debug, Clone)]
pub struct Visitor {
    address: SocketAddr,
    agent: String,
    cookies: BTreeMap<String, String>,
    token: String,
}

impl Visitor {
    /// Returns somebody without a login, with this `User-Agent`.
    #[must_use]
    pub fn new(dashboard: &Dashboard, agent: &str) -> Self {
        Self {
            address: dashboard.address(),
            agent: agent.to_owned(),
            cookies: BTreeMap::new(),
            token: String::new(),
        }
    }

    /// Logs in with password and code.
    ///
    /// # Errors
    /// When the dashboard does not let them in.
    pub fn log_in(dashboard: &Dashboard, account: &mut Account, agent: &str) -> Result<Self> {
        let mut visitor = Self::new(dashboard, agent);
        visitor.get("/login")?;
        let code = account.code();
        let fields = [("name", account.name.as_str()), ("password", &account.password), ("code", &code)];
        let answer = visitor.post("/login", &fields)?;
        if answer.status != 303 {
            bail!("logging {} in answered {}:\n{}", account.name, answer.status, answer.body);
        }
        visitor.get("/")?;
        Ok(visitor)
    }

    /// Proves again who they are, so that dangerous acts are allowed for a while.
    ///
    /// # Errors
    /// When the dashboard does not believe it.
    pub fn prove(&mut self, account: &mut Account) -> Result<()> {
        self.get("/sudo")?;
        let code = account.code();
        let answer = self.post("/sudo", &[("password", &account.password), ("code", &code)])?;
        if answer.status != 303 {
            bail!("proving who {} is answered {}:\n{}", account.name, answer.status, answer.body);
        }
        self.get("/").map(drop)
    }

    /// Opens a page; its form token is used from then on.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn get(&mut self, path: &str) -> Result<Page> {
        self.ask("GET", path, "")
    }

    /// Sends a form with the token of the last page.
    ///
    /// # Errors
    /// When nothing answers.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let token = self.token.clone();
        let fields = fields.iter().copied().chain([("csrf", token.as_str())]);
        let body: Vec<String> =
            fields.map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
        self.ask("POST", path, &body.join("&"))
    }

    /// Sends a form and demands that it is taken: the answer leads to another page.
    ///
    /// # Errors
    /// With what the page says when it is not.
    pub fn act(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String> {
        let answer = self.post(path, fields)?;
        if answer.status != 303 {
            bail!("{path} answered {}:\n{}", answer.status, answer.body);
        }
        Ok(answer.header("location").context("a way on without an address")?.to_owned())
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Page> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (cookies, origin) = (cookies.join("; "), format!("http://{}", self.address));
        let mut headers = vec![
            ("User-Agent", self.agent.as_str()),
            ("Accept", "text/html"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Mode", "navigate"),
        ];
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        if method == "POST" {
            headers.push(("Origin", &origin));
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        }
        let request = Request { method, path, headers: &headers, body: body.as_bytes(), patience: PATIENCE };
        let page = http::send(self.address, &request).with_context(|| format!("{method} {path}"))?;
        for (_, value) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, value)) = value.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = token(&page.body) {
            token.clone_into(&mut self.token);
        }
        Ok(page)
    }
}

/// Returns the hidden token of a page's first form.
fn token(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("name=\"csrf\" value=\"")?;
    rest.split('"').next()
}

/// Returns text as a form sends it, everything unusual as its bytes.
fn percent(text: &str) -> String {
    let write = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(write).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_browsers_do() {
        assert_eq!(percent("a b&c=ü\n"), "a%20b%26c%3D%C3%BC%0A");
    }

    #[test]
    fn the_token_of_a_page_is_found() {
        let page = "<form><input type=\"hidden\" name=\"csrf\" value=\"abc\"><input name=\"x\">";
        assert_eq!(token(page), Some("abc"));
        assert_eq!(token("<p>none</p>"), None);
    }
}
