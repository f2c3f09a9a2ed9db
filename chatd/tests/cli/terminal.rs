//! `chatd init` as a person meets it: on a real terminal, typed answers, nothing echoed that should not be.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use domain::password::{Hasher, Params};
use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};
use proto::message::Role;

use crate::bench::{Bench, CHEAP, PASSWORD, code, mode, secret};

#[test]
fn a_person_is_led_from_nothing_to_an_account_that_works() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &["init"]);
    terminal.answer("name [owner]: ", "a b");
    terminal.answer("name [owner]: ", "alice");
    terminal.answer("password (12+ characters, or Enter to generate one): ", "short");
    terminal.answer("password (12+ characters, or Enter to generate one): ", PASSWORD);
    terminal.answer("the same password again: ", "something else entirely");
    terminal.wait_for("These were not the same.");
    terminal.answer("password (12+ characters, or Enter to generate one): ", PASSWORD);
    terminal.answer("the same password again: ", PASSWORD);
    terminal.wait_for("no camera?");
    let typed_secret = terminal.wait_for("\n").trim().replace(' ', "");
    assert!(
        terminal.wait_for("\n").contains(&format!("otpauth://totp/LiveChat:alice?secret={typed_secret}&"))
    );
    terminal.answer("code from the app: ", "not a code");
    terminal.wait_for("That is not the code.");
    terminal.answer("code from the app: ", &code(&typed_secret));
    let between = terminal.wait_for("[Enter] I wrote them down: ");
    terminal.send("s");
    let file = bench.path("codes.txt");
    terminal.answer("file [recovery-codes-alice.txt]: ", &file.display().to_string());
    terminal.wait_for("Ready. Next:");
    assert_eq!(terminal.end(), Some(0), "{}", terminal.screen);

    let codes = bench.read("codes.txt");
    assert_eq!((codes.lines().count(), mode(&file)), (10, 0o600));
    assert!(codes.lines().all(|code| between.contains(code)), "{between}");
    let owner = bench.account("alice").unwrap();
    assert_eq!(owner.role, Role::Owner);
    let keys = bench.keys();
    assert_eq!(
        keys.open_totp(owner.id, &owner.totp_sealed).unwrap().expose(),
        secret(&typed_secret).expose()
    );
    assert!(
        Hasher::new(Params::MINIMUM, keys.pepper.clone())
            .verify(PASSWORD, Some(&owner.password_hash))
            .unwrap()
    );
    assert!(!terminal.screen.contains(PASSWORD), "the password was echoed: {}", terminal.screen);
    assert!(terminal.screen.contains("\u{1b}[38;5;231;48;5;16m"), "no QR code was drawn");
}

#[test]
fn enter_generates_a_password_and_shows_it_once() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &["init", "--owner", "alice"]);
    terminal.answer("or Enter to generate one): ", "");
    terminal.wait_for("generated password: ");
    let password = terminal.wait_for("\n").trim().to_owned();
    terminal.wait_for("no camera?");
    let typed_secret = terminal.wait_for("\n").trim().replace(' ', "");
    terminal.answer("code from the app: ", &code(&typed_secret));
    terminal.answer("[Enter] I wrote them down: ", "");
    terminal.wait_for("Ready. Next:");
    assert_eq!(terminal.end(), Some(0), "{}", terminal.screen);
    let hash = bench.account("alice").unwrap().password_hash;
    assert!(
        Hasher::new(Params::MINIMUM, bench.keys().pepper.clone()).verify(&password, Some(&hash)).unwrap()
    );
    assert_eq!(terminal.screen.matches(&password).count(), 1);
}

#[test]
fn leaving_in_the_middle_makes_no_account_and_init_can_go_on() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &["init"]);
    terminal.wait_for("name [owner]: ");
    terminal.send_raw("\u{4}");
    terminal.wait_for("the input ended before everything was asked");
    assert_eq!(terminal.end(), Some(1), "{}", terminal.screen);
    assert_eq!(bench.account("owner"), None);

    let mut terminal = Terminal::start(&bench, &["init"]);
    terminal.wait_for("was there, not changed");
    terminal.wait_for("name [owner]: ");
    terminal.send_raw("\u{3}");
    assert_ne!(terminal.end(), Some(0), "{}", terminal.screen);
    assert_eq!(bench.account("owner"), None);
}

#[test]
fn a_password_is_hidden_from_the_moment_it_is_asked_for_and_leaving_shows_typing_again() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, &["init", "--owner", "alice"]);
    terminal.wait_for("or Enter to generate one): ");
    assert!(!terminal.echoes(), "a key typed right after the question would be shown");
    terminal.send_raw("half a passw\u{3}");
    assert_ne!(terminal.end(), Some(0), "{}", terminal.screen);
    assert!(terminal.echoes(), "the shell behind would type blind");
    assert!(!terminal.screen.contains("half"), "the password was echoed: {}", terminal.screen);
    assert_eq!(bench.account("alice"), None);
}

/// A program on a terminal of its own.
struct Terminal {
    child: Child,
    keyboard: File,
    pieces: Receiver<Vec<u8>>,
    /// Everything that was shown.
    screen: String,
    /// How much of it was waited for.
    seen: usize,
}

impl Terminal {
    fn start(bench: &Bench, words: &[&str]) -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).unwrap();
        // util-linux gives the program the terminal as its own, so that /dev/tty and Ctrl-C work.
        // Whoever runs the tests in the background ignores Ctrl-C for all that comes below.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT,QUIT", "setsid", "--ctty", "--wait"]);
        command.args([env!("CARGO_BIN_EXE_chatd"), "--data"]).arg(bench.data());
        command.args(CHEAP).args(words).env_clear().env("HOME", bench.path("")).env("USER", "root");
        command.env("TERM", "xterm-256color").current_dir(bench.path(""));
        command
            .stdin(pty.slave.try_clone().unwrap())
            .stdout(pty.slave.try_clone().unwrap())
            .stderr(pty.slave);
        let child = command.spawn().unwrap();
        // The command holds the terminal's other side, which would keep it open for ever.
        drop(command);
        let keyboard = File::from(pty.master);
        let mut output = keyboard.try_clone().unwrap();
        let (sender, pieces) = mpsc::channel();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut piece) {
                if sender.send(piece[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard, pieces, screen: String::new(), seen: 0 }
    }

    /// Waits for a question and types the answer.
    fn answer(&mut self, question: &str, answer: &str) {
        self.wait_for(question);
        self.send(answer);
    }

    fn send(&mut self, line: &str) {
        self.send_raw(&format!("{line}\r"));
    }

    fn send_raw(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Whether typed keys are shown.
    fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).unwrap().local_flags.contains(LocalFlags::ECHO)
    }

    /// Waits until this is shown and returns what was shown before it.
    fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.screen[self.seen..].find(text) {
                let before = self.screen[self.seen..][..at].to_owned();
                self.seen += at + text.len();
                return before;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.screen.push_str(&String::from_utf8_lossy(&piece)),
                Err(_) => panic!("{text:?} was not shown: {}", self.screen),
            }
        }
    }

    /// Waits for the end and returns the exit code.
    fn end(&mut self) -> Option<i32> {
        while let Ok(piece) = self.pieces.recv_timeout(PATIENCE) {
            self.screen.push_str(&String::from_utf8_lossy(&piece));
        }
        self.child.wait().unwrap().code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed in the middle leaves nobody waiting for keys.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
