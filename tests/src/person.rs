//! A person with the real `chat` program: their own home folder, an account, a terminal when they need one.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::account::Account;
use crate::program::{self, Ended, Running};

/// Somebody at a machine of their own.
#[derive(Debug)]
pub struct Person {
    /// Who they are on the server.
    pub account: Account,
    home: TempDir,
    /// What all their programs have in their environment.
    surroundings: Vec<(&'static str, String)>,
}

impl Person {
    /// Joins by an invite, without a terminal.
    ///
    /// # Errors
    /// When `chat join` does not end well.
    pub fn join(name: &str, link: &str) -> Result<Self> {
        Self::join_with(name, link, Vec::new())
    }

    /// Joins on a machine whose programs find something in their environment.
    ///
    /// # Errors
    /// When `chat join` does not end well.
    pub fn join_with(name: &str, link: &str, surroundings: Vec<(&'static str, String)>) -> Result<Self> {
        let password = format!("correct horse {name} battery staple");
        let account = Account::new(name, &password, &"A".repeat(32))?;
        let mut person = Self { account, home: tempfile::tempdir()?, surroundings };
        let (password_file, totp, recovery) =
            (person.file("password"), person.file("totp"), person.file("recovery"));
        fs::write(&password_file, format!("{password}\n"))?;
        let ended = person.run(&[
            "join",
            link,
            "--name",
            name,
            "--password-file",
            &text(&password_file),
            "--totp-secret-out",
            &text(&totp),
            "--recovery-out",
            &text(&recovery),
        ])?;
        ended.good().with_context(|| format!("{name} joins"))?;
        person.account = Account::new(name, &password, fs::read_to_string(&totp)?.trim())?;
        person.account.recovery = fs::read_to_string(&recovery)?.lines().map(str::to_owned).collect();
        // The program has used the code of this moment to confirm.
        person.account.code();
        Ok(person)
    }

    /// Returns somebody whose machine knows no server yet.
    ///
    /// # Errors
    /// When there is no folder to be had.
    pub fn stranger(name: &str) -> Result<Self> {
        let account = Account::new(name, "", &"A".repeat(32))?;
        Ok(Self { account, home: tempfile::tempdir()?, surroundings: Vec::new() })
    }

    /// Puts something into the environment of all their programs.
    #[must_use]
    pub fn surrounded_by(mut self, surroundings: Vec<(&'static str, String)>) -> Self {
        self.surroundings = surroundings;
        self
    }

    /// Logs an account that exists in on a fresh machine.
    ///
    /// # Errors
    /// When `chat login` cannot be run; whether it ended well is for the caller to judge.
    pub fn log_in(
        account: Account,
        server: SocketAddr,
        server_key: &str,
        code: &str,
    ) -> Result<(Self, Ended)> {
        Self::log_in_with(account, server, (server_key, code), Vec::new())
    }

    /// Logs in on a machine whose programs find something in their environment; with the server's key and a code.
    ///
    /// # Errors
    /// As [`Person::log_in`].
    pub fn log_in_with(
        account: Account,
        server: SocketAddr,
        (server_key, code): (&str, &str),
        surroundings: Vec<(&'static str, String)>,
    ) -> Result<(Self, Ended)> {
        let person = Self { account, home: tempfile::tempdir()?, surroundings };
        let password_file = person.file("password");
        fs::write(&password_file, format!("{}\n", person.account.password))?;
        let ended = person.run(&[
            "login",
            "--server",
            &server.to_string(),
            "--server-key",
            server_key,
            "--name",
            &person.account.name,
            "--password-file",
            &text(&password_file),
            "--code",
            code,
        ])?;
        Ok((person, ended))
    }

    /// Returns a call of `chat` as this person.
    #[must_use]
    pub fn chat(&self, words: &[&str]) -> Command {
        let mut command = program::command("chat");
        command.args(words).env("HOME", self.home.path()).env("TERM", "xterm");
        command.envs(self.surroundings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Returns a call of the full-screen interface as this person: a terminal with colours, times in UTC.
    #[must_use]
    pub fn interface(&self) -> Command {
        let mut command = self.chat(&[]);
        command.env("TERM", "xterm-256color").env("COLORTERM", "truecolor").env("LANG", "C.UTF-8");
        command.env("TZ", "UTC").current_dir(self.home());
        command
    }

    /// Writes the interface's configuration.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn prefers(&self, settings: &str) -> Result<()> {
        let folder = self.home.path().join(".config/livechat");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("chat.toml"), settings).context("writing chat.toml")
    }

    /// Runs `chat` to its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn run(&self, words: &[&str]) -> Result<Ended> {
        program::run(&mut self.chat(words), "")
    }

    /// Starts `chat` and leaves it running.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, words: &[&str]) -> Result<Running> {
        Running::start(&mut self.chat(words))
    }

    /// Says something and returns its number in the room.
    ///
    /// # Errors
    /// When it was not accepted.
    pub fn say(&self, room: &str, words: &str) -> Result<u64> {
        self.post(&["send", "--room", room, "--json", "--", words])
    }

    /// Runs a `chat` command that ends with an accepted message, and returns the message's number.
    ///
    /// # Errors
    /// When it was not accepted.
    pub fn post(&self, words: &[&str]) -> Result<u64> {
        let said = self.run(words)?.good()?;
        let sent =
            lines(&said)?.into_iter().find(|line| line["type"] == "sent").context("nothing was sent")?;
        sent["seq"].as_u64().context("no number")
    }

    /// Starts listening to everything, as JSON; returns when it is connected.
    ///
    /// # Errors
    /// When it does not get in.
    pub fn listen(&self) -> Result<Running> {
        let mut tail = self.start(&["tail", "--json"])?;
        tail.line_with("\"type\":\"ready\"")?;
        Ok(tail)
    }

    /// Starts `chat run` and returns when it is connected.
    ///
    /// # Errors
    /// When it does not get in.
    pub fn robot(&self) -> Result<Robot> {
        let mut process = self.start(&["run"])?;
        process.line_with("\"type\":\"ready\"")?;
        Ok(Robot { process, asked: 0 })
    }

    /// Returns the same device on another machine, as a copied disk would make it.
    ///
    /// # Errors
    /// When the files cannot be copied.
    pub fn copied(&self) -> Result<Self> {
        let surroundings = self.surroundings.clone();
        let copy = Self { account: self.account.clone(), home: tempfile::tempdir()?, surroundings };
        let ended = program::run(
            Command::new("cp").arg("-a").arg(self.home.path().join(".")).arg(copy.home.path()),
            "",
        )?;
        ended.good()?;
        Ok(copy)
    }

    /// Returns this device's secret key as it lies on disk.
    ///
    /// # Errors
    /// When it is not there.
    pub fn device_key(&self) -> Result<Vec<u8>> {
        let place = self.home.path().join(".local/share/livechat/default/device.key");
        fs::read(&place).with_context(|| place.display().to_string())
    }

    /// Returns the folder of this person's files.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

/// A `chat run` that is asked things.
#[derive(Debug)]
pub struct Robot {
    process: Running,
    asked: u64,
}

impl Robot {
    /// Waits for a line that is wanted and returns it; lines heard before count too.
    ///
    /// # Errors
    /// When it does not come.
    pub fn hears(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        hears(&mut self.process, wanted)
    }

    /// Gives a command, without its `id`, and returns the answer.
    ///
    /// # Errors
    /// When there is no answer in time.
    pub fn ask(&mut self, mut command: Value) -> Result<Value> {
        self.asked += 1;
        let id = self.asked;
        command["id"] = id.into();
        self.process.type_in(&format!("{command}\n"))?;
        hears(&mut self.process, |line| line["type"] == "answer" && line["id"] == id)
    }

    /// Kills it as a power cut would.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(self) -> Result<Ended> {
        self.process.kill()
    }

    /// Returns the program.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }
}

/// Returns each line of JSON.
///
/// # Errors
/// When a line is not JSON.
pub fn lines(text: &str) -> Result<Vec<Value>> {
    text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))).collect()
}

/// Waits until somebody who listens hears a message, and returns it.
///
/// # Errors
/// When it does not come.
pub fn hears(listener: &mut Running, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    listener.line(|line| serde_json::from_str::<Value>(line).ok().filter(|value| wanted(value)))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
