//! A folder of its own for each test, and the program under test with nothing from our environment.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use chatd::config::{Config, Sources, load};
use domain::name::AccountName;
use domain::totp::{self, Secret20};
use keys::Keys;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proto::message::Role;
use store::{AccountRow, Store};
use tempfile::TempDir;

/// A place where one installation is made and tried.
pub(crate) struct Bench {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A password that meets the rules.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The cheapest cost that is allowed: these tests are not about it.
pub(crate) const CHEAP: [&str; 6] =
    ["--set", "argon2.memory_kib=19456", "--set", "argon2.passes=2", "--set", "argon2.lanes=1"];

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// An installation whose owner is Ada, made without a terminal.
    pub(crate) fn with_owner() -> Self {
        let bench = Self::new();
        bench.write("password", &format!("{PASSWORD}\n"));
        let (password, totp, recovery) = (bench.path("password"), bench.path("totp"), bench.path("recovery"));
        let ended = bench
            .chatd(&["init", "--yes", "--owner", "ada"])
            .arg("--password-file")
            .arg(password)
            .arg("--totp-secret-out")
            .arg(totp)
            .arg("--recovery-out")
            .arg(recovery)
            .end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        bench
    }

    /// The program with the data folder of this bench, without our environment and without input.
    pub(crate) fn chatd(&self, words: &[&str]) -> Command {
        let mut command = self.bare();
        command.arg("--data").arg(self.data()).args(CHEAP).args(words);
        command
    }

    /// The program without any flag.
    pub(crate) fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatd"));
        command.env_clear().env("HOME", self.folder.path()).env("USER", "root").stdin(Stdio::null());
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The settings as the program reads them.
    pub(crate) fn config(&self) -> Config {
        let file = self.data().join("chatd.toml");
        let text = fs::read_to_string(&file).unwrap();
        load(&Sources { file: Some((file, text)), ..Sources::default() }).unwrap().config
    }

    pub(crate) fn keys(&self) -> Keys {
        Keys::load(&self.data().join("keys")).unwrap()
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.data().join("chat.db")).unwrap()
    }

    pub(crate) fn account(&self, name: &str) -> Option<AccountRow> {
        let name = AccountName::parse(name).unwrap();
        self.store().read_blocking(|reads| reads.account_by_name(&name)).unwrap()
    }

    pub(crate) fn role(&self, name: &str) -> Option<Role> {
        self.account(name).map(|row| row.role)
    }

    /// Every file below the data folder with its content, apart from what an open database keeps moving.
    pub(crate) fn tree(&self) -> Vec<(PathBuf, u32, Vec<u8>)> {
        let mut found = Vec::new();
        walk(&self.data(), &mut found);
        found.retain(|(path, ..)| !path.to_string_lossy().contains("chat.db"));
        found.sort();
        found
    }
}

/// Runs to the end. A command that should end by itself and does not is killed, and fails the test.
pub(crate) trait End {
    fn end(&mut self) -> Ended;
    fn end_with_input(&mut self, input: &str) -> Ended;
}

impl End for Command {
    fn end(&mut self) -> Ended {
        Ended::of(self.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn end_with_input(&mut self, input: &str) -> Ended {
        let mut child =
            self.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ended::of(child)
    }
}

impl Ended {
    fn of(child: Child) -> Self {
        let process = Pid::from_raw(child.id().try_into().unwrap());
        let (sender, outputs) = mpsc::channel();
        let reader = thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
        let output = outputs.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            kill(process, Signal::SIGKILL).unwrap();
            panic!("it did not end by itself: {:?}", outputs.recv().unwrap());
        });
        reader.join().unwrap().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts that the program said one line on stderr, nothing on stdout, and ended with this code.
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        self.stderr.strip_prefix("chatd: ").unwrap().trim_end()
    }

    /// Asserts that it ended well and returns what it printed.
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:?}");
        &self.stdout
    }
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The secret of a file that `--totp-secret-out` wrote.
pub(crate) fn secret(base32: &str) -> Secret20 {
    let bytes = data_encoding::BASE32_NOPAD.decode(base32.trim().as_bytes()).unwrap();
    Secret20::new(bytes.try_into().unwrap())
}

/// The code an authenticator shows at this moment.
pub(crate) fn code(base32: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    totp::code_at(&secret(base32), now.as_secs())
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, u32, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            found.push((path.clone(), mode(&path), Vec::new()));
            walk(&path, found);
        } else if metadata.is_file() {
            found.push((path.clone(), mode(&path), fs::read(&path).unwrap()));
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
