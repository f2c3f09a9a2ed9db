//! A real `chatd` with its own folder and ports.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use proto::ids::PublicKey;
use proto::invite::InviteLink;
use tempfile::TempDir;

use crate::account::Account;
use crate::http;
use crate::program::{self, Ended, PATIENCE, Running};

/// An installation, running or not. Dropping it kills the process and deletes the folder.
#[derive(Debug)]
pub struct Chatd {
    /// The owner's account.
    pub owner: Account,
    setup: Setup,
    folder: TempDir,
    process: Option<Running>,
    addresses: Option<Addresses>,
    key: OnceLock<PublicKey>,
}

/// How an installation is made and started.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    settings: Vec<(String, String)>,
    environment: Vec<(String, String)>,
    data: Option<PathBuf>,
    launcher: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct Addresses {
    chat: SocketAddr,
    metrics: SocketAddr,
}

impl Setup {
    /// Returns the harness's usual settings: the cheapest password hash that is allowed, no flood limits.
    ///
    /// What a test is about it sets back with [`Setup::set`].
    #[must_use]
    pub fn quick() -> Self {
        Self::default()
            .set("argon2.memory_kib", "19456")
            .set("argon2.passes", "2")
            .set("argon2.lanes", "1")
            .set("limits.connections_per_network", "1000000")
            .set("limits.new_connections_per_minute", "1000000")
            .set("limits.messages_per_second", "1000000")
            .set("limits.message_burst", "1000000")
            .set("disk_reserve_mib", "1")
    }

    /// Changes one setting.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Gives the process one more variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts the data into a folder that the test made.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// Starts the daemon through another program, which gets it as its last arguments.
    #[must_use]
    pub fn launched_by(mut self, words: &[&str]) -> Self {
        self.launcher = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Makes an installation with an owner called Ada.
    ///
    /// # Errors
    /// When `chatd init` fails.
    pub fn make(self) -> Result<Chatd> {
        let folder = tempfile::tempdir()?;
        let secrets = folder.path().join("secrets");
        fs::create_dir(&secrets)?;
        let mut chatd = Chatd {
            owner: Account::new("ada", "", &"A".repeat(32))?,
            setup: self,
            folder,
            process: None,
            addresses: None,
            key: OnceLock::new(),
        };
        chatd.owner = chatd.with_secrets("ada", &["init", "--owner", "ada"])?;
        Ok(chatd)
    }

    /// Makes an installation and starts it.
    ///
    /// # Errors
    /// When either fails.
    pub fn start(self) -> Result<Chatd> {
        let mut chatd = self.make()?;
        chatd.start()?;
        Ok(chatd)
    }
}

impl Chatd {
    /// Starts the daemon: on free ports the first time, on the same ones again.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub fn start(&mut self) -> Result<()> {
        if self.process.is_some() {
            bail!("it runs already");
        }
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let (chat, metrics) = self.addresses.map_or((free, free), |known| (known.chat, known.metrics));
        let (chat, metrics) = (chat.to_string(), metrics.to_string());
        let words = ["run", "--listen", &chat, "--metrics-listen", &metrics];
        let mut process = Running::start(&mut self.command(&words))?;
        let address = |line: &str, what: &str| {
            let rest = line.trim_start().strip_prefix(what)?.trim_start();
            let rest = rest.strip_prefix("http://").unwrap_or(rest);
            rest.split(['/', ' ']).next()?.parse().ok()
        };
        let chat = process.line(|line| address(line, "chat ")).context("starting chatd")?;
        let metrics = process.line(|line| address(line, "metrics ")).context("starting chatd")?;
        self.addresses = Some(Addresses { chat, metrics });
        self.process = Some(process);
        Ok(())
    }

    /// Chooses the public port for the first start.
    pub fn listen_on(&mut self, chat: SocketAddr) {
        let metrics = SocketAddr::from(([127, 0, 0, 1], 0));
        self.addresses = Some(Addresses { chat, metrics });
    }

    /// Kills the daemon as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<Ended> {
        self.process.take().context("it does not run")?.kill()
    }

    /// Asks the daemon to stop and waits until it has.
    ///
    /// # Errors
    /// When it does not run, or does not stop.
    pub fn stop(&mut self) -> Result<Ended> {
        let process = self.process.take().context("it does not run")?;
        process.signal(Signal::SIGTERM)?;
        process.wait(PATIENCE)
    }

    /// Waits until the daemon has ended by itself.
    ///
    /// # Errors
    /// When it does not.
    pub fn ended(&mut self) -> Result<Ended> {
        self.process.take().context("it does not run")?.wait(PATIENCE)
    }

    /// Runs one of the operator's commands to its end.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn operate(&self, words: &[&str]) -> Result<Ended> {
        program::run(&mut self.command(words), "")
    }

    /// Returns a fresh invite.
    ///
    /// # Errors
    /// When the command fails.
    pub fn invite(&self) -> Result<String> {
        let said = self.operate(&["invite"])?.good()?;
        let link = said.lines().find(|line| line.starts_with("chat://")).context("no link in the output")?;
        self.through(link, self.address())
    }

    /// Makes an account without an invite.
    ///
    /// # Errors
    /// When the command fails.
    pub fn add(&self, name: &str, role: &str) -> Result<Account> {
        self.with_secrets(name, &["user", "add", name, "--role", role])
    }

    /// Returns a link with another address in it: the daemon's own port, or a proxy's.
    ///
    /// # Errors
    /// When it is not a link.
    pub fn through(&self, link: &str, address: SocketAddr) -> Result<String> {
        let mut link = InviteLink::parse(link)?;
        link.host = address.ip().to_string();
        link.port = address.port();
        Ok(link.to_string())
    }

    /// Returns the server's key.
    ///
    /// # Errors
    /// When no invite can be made.
    pub fn key(&self) -> Result<PublicKey> {
        if let Some(key) = self.key.get() {
            return Ok(*key);
        }
        let key = InviteLink::parse(&self.invite()?)?.server_key;
        Ok(*self.key.get_or_init(|| key))
    }

    /// Returns where clients connect.
    ///
    /// # Panics
    /// When the daemon was never started.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.addresses.expect("the daemon was started").chat
    }

    /// Returns where metrics are.
    ///
    /// # Panics
    /// When the daemon was never started.
    #[must_use]
    pub fn metrics_address(&self) -> SocketAddr {
        self.addresses.expect("the daemon was started").metrics
    }

    /// Returns the metrics as they are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn metrics(&self) -> Result<String> {
        let page = http::get(self.metrics_address(), "/metrics")?;
        if page.status != 200 {
            bail!("metrics answered {}", page.status);
        }
        Ok(page.body)
    }

    /// Waits until the metrics please `wanted`, and returns them.
    ///
    /// # Errors
    /// When they do not in time.
    pub fn metrics_until(&self, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = self.metrics()?;
            if wanted(&page) {
                return Ok(page);
            }
            if deadline < Instant::now() {
                bail!("the metrics did not become what was awaited:\n{page}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the running daemon.
    ///
    /// # Errors
    /// When it does not run.
    pub fn process(&mut self) -> Result<&mut Running> {
        self.process.as_mut().context("it does not run")
    }

    /// Returns the data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.setup.data.clone().unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// Returns the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data().join("chat.db")
    }

    /// Changes a setting for what is started from then on.
    pub fn set(&mut self, key: &str, value: &str) {
        self.setup = self.setup.clone().set(key, value);
    }

    /// Returns a call of `chatd` for this installation.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let plain = program::command("chatd");
        let mut command = match self.setup.launcher.as_slice() {
            [] => plain,
            [first, rest @ ..] => {
                let mut launcher = Command::new(first);
                launcher.args(rest).arg(plain.get_program()).env_clear();
                launcher.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
                launcher
            }
        };
        command.arg("--data").arg(self.data());
        for (key, value) in &self.setup.settings {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        command.args(words).env("HOME", self.folder.path());
        command.envs(self.setup.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command that makes an account, and reads what it wrote for the account's owner.
    fn with_secrets(&self, name: &str, words: &[&str]) -> Result<Account> {
        let folder = self.folder.path().join("secrets");
        let file = |what: &str| folder.join(format!("{what}-{name}")).to_string_lossy().into_owned();
        let (password_file, totp_file, recovery_file) = (file("password"), file("totp"), file("recovery"));
        let password = format!("correct horse {name} battery staple");
        fs::write(&password_file, format!("{password}\n"))?;
        let flags = [
            "--yes",
            "--password-file",
            &password_file,
            "--totp-secret-out",
            &totp_file,
            "--recovery-out",
            &recovery_file,
        ];
        self.operate(&[words, &flags].concat())?
            .good()
            .with_context(|| format!("making {name}'s account"))?;
        let mut account = Account::new(name, &password, fs::read_to_string(&totp_file)?.trim())?;
        account.recovery = fs::read_to_string(&recovery_file)?.lines().map(str::to_owned).collect();
        Ok(account)
    }
}
