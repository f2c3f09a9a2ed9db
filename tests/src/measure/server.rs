//! The processes that are measured: the limit program or `chatd`, on its core, gone when it is dropped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::limit::LISTENING;
use super::machine;
use super::scene::Scene;
use super::wire::Door;

/// Which program is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The limit program.
    Limit,
    /// The limit program with a file that is flushed before each broadcast.
    LimitWithJournal,
    /// `chatd`, with everything on.
    Chat,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where members go.
    pub(crate) door: Door,
}

impl Server {
    /// Starts a server and waits until it takes connections.
    pub(crate) fn start(subject: Subject, scene: &Scene) -> Result<Self> {
        machine::stay_on(machine::SERVER_CORE)?;
        let started = match subject {
            Subject::Limit => start_limit(None),
            Subject::LimitWithJournal => start_limit(Some(scene.folder().join("journal"))),
            Subject::Chat => start_chat(scene),
        };
        machine::stay_on(machine::GENERATOR_CORE)?;
        started
    }

    /// Returns the process's number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.child.id()) {
            // It may have ended by itself, which the members have noticed then.
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        let deadline = Instant::now() + STOP_TIME;
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_limit(journal: Option<PathBuf>) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.arg("limit").args(journal).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("starting the limit program")?;
    let output = child.stdout.take().context("the limit program has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let address = line.trim().strip_prefix(LISTENING).context("the limit program does not listen")?;
    let door = Door::Limit(address.parse()?);
    Ok(Server { child, door })
}

fn start_chat(scene: &Scene) -> Result<Server> {
    let (address, metrics) = (free_address()?, free_address()?);
    let log = scene.folder().join("chatd.log");
    let mut command = scene.chatd();
    command.args(["run", "--listen", &address.to_string(), "--metrics-listen", &metrics.to_string()]);
    command.envs(SETTINGS.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
    let child = command.spawn().context("starting chatd")?;
    let door = Door::Chat(address, scene.server_key(), scene.devices());
    let mut server = Server { child, door };
    let deadline = Instant::now() + START_TIME;
    while std::net::TcpStream::connect(address).is_err() {
        let ended = server.child.try_wait()?.is_some();
        if ended || deadline < Instant::now() {
            bail!("chatd does not take connections: {}", last_lines(&log));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(server)
}

fn free_address() -> Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).context("finding a free port")
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// One machine plays everybody, so limits by network and by account are out of the way.
const SETTINGS: &[(&str, &str)] = &[
    ("CHATD__LIMITS__MAX_CONNECTIONS", "100000"),
    ("CHATD__LIMITS__CONNECTIONS_PER_NETWORK", "100000"),
    ("CHATD__LIMITS__NEW_CONNECTIONS_PER_MINUTE", "1000000"),
    ("CHATD__LIMITS__MESSAGES_PER_SECOND", "1000000"),
    ("CHATD__LIMITS__MESSAGE_BURST", "1000000"),
    ("CHATD__LOG__LEVEL", "warn"),
];
const START_TIME: Duration = Duration::from_secs(30);
const STOP_TIME: Duration = Duration::from_secs(15);
