//! The `chat` program as a process of its own, with a home of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::mini::MiniServer;

/// A person's machine: a home folder and what lies in it.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
}

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "a long enough password\n").unwrap();
        Self { folder }
    }

    /// Returns a machine whose default profile has joined as this person.
    pub(crate) fn joined(server: &MiniServer, name: &str) -> Self {
        let machine = Self::new();
        let ran = machine.join(server, name);
        assert_eq!(ran.code, 0, "{ran:?}");
        machine
    }

    pub(crate) fn join(&self, server: &MiniServer, name: &str) -> Ran {
        let (password, secret, codes) = (self.path("password"), self.path("totp"), self.path("codes"));
        let files = [password.to_str(), secret.to_str(), codes.to_str()].map(Option::unwrap);
        let [password, secret, codes] = files;
        self.run(&[
            "join",
            &server.invite(),
            "--name",
            name,
            "--password-file",
            password,
            "--totp-secret-out",
            secret,
            "--recovery-out",
            codes,
        ])
    }

    /// Logs in as somebody who has an account, with a code of theirs.
    pub(crate) fn log_in(&self, server: &MiniServer, name: &str, code: &str) -> Ran {
        let (address, key) = (format!("127.0.0.1:{}", server.port), client_cli::key_to_text(server.key));
        let who = ["login", "--server", &address, "--server-key", &key, "--name", name];
        self.run(&[&who[..], &["--password-file", "password", "--code", code]].concat())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// Runs the program to its end, without input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs the program to its end with this input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().unwrap();
        // A program that does not read its input may be gone before it is written.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        ended(child)
    }

    /// Starts the program with its three streams as pipes.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_chat"))
            .args(arguments)
            .env_clear()
            .env("CHAT_HOME", self.home())
            .env("TZ", "UTC")
            .env("TERM", "dumb")
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Waits for the end of a program; one that takes too long is killed and fails the test.
pub(crate) fn ended(child: Child) -> Ran {
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(Duration::from_secs(40)) else {
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        let output = receiver.recv().unwrap().unwrap();
        panic!("the program did not end: {:?}", Ran::of(&output));
    };
    Ran::of(&output.unwrap())
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Returns the JSON objects on stdout.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Returns a file's permissions.
pub(crate) fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
}
