//! `chatd run` while it runs: what it tells systemd, how it takes up settings, how it stops.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::{Bench, End};

#[test]
fn it_says_where_it_listens_and_stops_well_when_told() {
    let bench = Bench::with_owner();
    let mut server = Server::start(&bench);
    let fingerprint = proto::keys::fingerprint(bench.keys().public());
    assert!(server.said.contains(&fingerprint), "{}", server.said);
    assert!(server.said.contains("chat      127.0.0.1:") && server.said.contains("(this machine only)"));
    assert!(
        server.said.contains("Next, in another terminal:") && server.said.contains("invite --for NAME"),
        "{}",
        server.said
    );
    assert!(server.told().contains("READY=1"));

    server.signal(Signal::SIGTERM);
    assert!(server.told().contains("STOPPING=1"));
    assert_eq!(server.end(), Some(0));
    let log = bench.data().join("chat.db-wal");
    assert!(fs::metadata(log).map_or(0, |log| log.len()) == 0, "the database was not closed");
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let bench = Bench::with_owner();
    let server = Server::start(&bench);
    let ended = bench.chatd(&["run", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]).end();
    let said = ended.refused(1);
    assert!(said.contains(&format!("another chatd (process {}) runs on", server.child.id())), "{said}");
}

#[test]
fn commands_work_beside_a_running_server() {
    let bench = Bench::with_owner();
    let _server = Server::start(&bench);
    bench.chatd(&["user", "add", "bob", "--yes"]).end().good();
    assert!(bench.chatd(&["user", "list"]).end().good().contains("bob"));
    bench.chatd(&["invite"]).end().good();
}

#[test]
fn sighup_takes_up_good_settings_and_keeps_the_old_ones_otherwise() {
    let bench = Bench::with_owner();
    let mut server = Server::start(&bench);
    assert!(server.told().contains("READY=1"));
    let file = bench.data().join("chatd.toml");
    let shipped = fs::read_to_string(&file).unwrap();

    fs::write(
        &file,
        shipped
            .replace("#message_burst = 20", "message_burst = 21")
            .replace("#drain_seconds = 10", "drain_seconds = 11"),
    )
    .unwrap();
    server.signal(Signal::SIGHUP);
    let told = server.told();
    assert!(told.contains("RELOADING=1") && told.contains("MONOTONIC_USEC="), "{told}");
    server.logged("this setting has changed and needs a restart");
    server.logged("settings read again");
    assert!(server.told().contains("READY=1"));

    fs::write(&file, shipped.replace("#message_burst = 20", "message_bust = 21")).unwrap();
    server.signal(Signal::SIGHUP);
    let line = server.logged("settings not taken up, the old ones stay");
    assert!(line.contains("limits.message_bust"), "{line}");
    server.signal(Signal::SIGTERM);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn the_log_level_changes_while_it_runs() {
    let bench = Bench::with_owner();
    let mut server = Server::start(&bench);
    let file = bench.data().join("chatd.toml");
    let shipped = fs::read_to_string(&file).unwrap();
    fs::write(&file, shipped.replace("#level = \"info\"", "level = \"error\"")).unwrap();
    server.signal(Signal::SIGHUP);
    assert!(server.told().contains("READY=1"));
    assert!(server.told().contains("RELOADING=1"));
    assert!(server.told().contains("READY=1"));
    server.signal(Signal::SIGTERM);
    assert_eq!(server.end(), Some(0));
    assert!(!server.rest().contains("told to stop"), "an INFO line was written at level error");
}

/// A running server, its words, and what it tells systemd.
pub(crate) struct Server {
    child: Child,
    pub(crate) said: String,
    log: Receiver<String>,
    systemd: UnixDatagram,
}

impl Server {
    pub(crate) fn start(bench: &Bench) -> Self {
        let socket = bench.path("notify");
        // Each server of a test gets its own.
        let _ = fs::remove_file(&socket);
        let systemd = UnixDatagram::bind(&socket).unwrap();
        systemd.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut command = bench.chatd(&["run", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]);
        command.env("NOTIFY_SOCKET", &socket).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = lines_of(child.stderr.take().unwrap());
        let mut said = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        while !said.contains("--name NAME") {
            assert_ne!(
                stdout.read_line(&mut said).unwrap(),
                0,
                "it ended: {said} {:?}",
                log.iter().collect::<Vec<_>>()
            );
        }
        Self { child, said, log, systemd }
    }

    /// The next thing systemd is told.
    fn told(&self) -> String {
        let mut message = [0; 1024];
        let length = self.systemd.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    /// The next log line with these words.
    fn logged(&self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("{words:?} was not logged"));
            if line.contains(words) {
                return line;
            }
        }
    }

    /// What was logged and not looked at, after the end.
    fn rest(&self) -> String {
        self.log.iter().collect::<Vec<_>>().join("\n")
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    fn end(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it did not end");
            thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already when the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(stderr: ChildStderr) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

const PATIENCE: Duration = Duration::from_secs(60);
