//! A real `admin-web` beside a test's `chatd`, and logging in to it in the browser.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::account::Account;
use crate::browser::Browser;
use crate::http;
use crate::program::{self, Ended, PATIENCE, Running};
use crate::server::Chatd;

/// A dashboard that runs. Dropping it kills the process.
#[derive(Debug)]
pub struct Dashboard {
    address: SocketAddr,
    metrics: SocketAddr,
    process: Running,
}

impl Dashboard {
    /// Starts the dashboard on the data of this installation, on free ports.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub fn start(chatd: &Chatd) -> Result<Self> {
        Self::start_with(chatd, &[])
    }

    /// The same with some settings changed: `ADMIN__SECTION__KEY` and its value.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub fn start_with(chatd: &Chatd, settings: &[(&str, &str)]) -> Result<Self> {
        let mut command = command(chatd);
        command.envs(settings.iter().copied());
        let mut process = Running::start(&mut command)?;
        let address = process
            .line(|line| {
                let (_, rest) = line.split_once("dashboard")?;
                let (_, rest) = rest.split_once("http://")?;
                rest.split(['/', ' ']).next()?.parse().ok()
            })
            .context("starting admin-web")?;
        let metrics = process.line(|line| {
            let (_, rest) = line.split_once("metrics")?;
            let (_, rest) = rest.split_once("http://")?;
            rest.split(['/', ' ']).next()?.parse().ok()
        })?;
        Ok(Self { address, metrics, process })
    }

    /// Asks it to stop and waits until it has.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(self) -> Result<Ended> {
        self.process.signal(Signal::SIGTERM)?;
        self.process.wait(PATIENCE)
    }

    /// Logs in as a person does: name, password, code.
    ///
    /// # Errors
    /// When the overview does not appear.
    pub fn log_in(&self, browser: &Browser, account: &mut Account) -> Result<()> {
        browser.open(&self.url("/login"))?;
        let code = account.code();
        Self::type_login(browser, &account.name, &account.password, &code)?;
        browser.arrives("/").with_context(|| format!("logging {} in", account.name))
    }

    /// Fills the page for logging in, and sends it.
    ///
    /// # Errors
    /// When it is not that page.
    pub fn type_login(browser: &Browser, name: &str, password: &str, code: &str) -> Result<()> {
        browser.fill("Name", name)?;
        browser.fill("Password", password)?;
        browser.fill("Code", code)?;
        browser.press("Log in")
    }

    /// Proves again who one is, on the page that asks for it.
    ///
    /// # Errors
    /// When it is not that page.
    pub fn prove(browser: &Browser, account: &mut Account) -> Result<()> {
        browser.arrives("/sudo")?;
        browser.fill("Password", &account.password)?;
        browser.fill("Code", &account.code())?;
        browser.press("Confirm")
    }

    /// Returns where browsers connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns its metrics as they are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn metrics(&self) -> Result<String> {
        let page = http::get(self.metrics, "/metrics")?;
        anyhow::ensure!(page.status == 200, "metrics answered {}", page.status);
        Ok(page.body)
    }

    /// Returns the address of a page.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the running program.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }
}

fn command(chatd: &Chatd) -> Command {
    let mut command = program::command("admin-web");
    command
        .env("ADMIN__DATA_DIR", chatd.data())
        .env("ADMIN__LISTEN", "127.0.0.1:0")
        .env("ADMIN__METRICS_LISTEN", "127.0.0.1:0")
        .env("ADMIN__ARGON2__MEMORY_KIB", "19456")
        .env("ADMIN__ARGON2__PASSES", "2")
        .env("ADMIN__ARGON2__LANES", "1");
    command
}
