//! The program on a real (pseudo) terminal: the line being typed and the lines that come in, and a server that means harm.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proto::ids::{RoomId, Seq};
use proto::message::{Event, Goodbye, GoodbyeReason, RoomKind, RoomSummary};
use proto::refusal::Code;
use proto::text::Text;

use crate::support::mini::MiniServer;
use crate::support::program::Machine;

#[test]
fn a_line_that_comes_in_does_not_harm_the_line_being_typed() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let mut terminal = Terminal::start(&machine);
    terminal.wait_for("#lobby> ");
    terminal.type_in("half a tho");
    terminal.wait_for("half a tho");
    server.say("lobby", "bob", "wait, @ada");
    // The line appears with one bell, and what was typed stands below it again.
    terminal.wait_for("\u{7}[1] 22:13 bob mentions you: wait, @ada");
    terminal.wait_for("#lobby> half a tho");
    terminal.type_in("ught\r");
    terminal.wait_for("[2] sent 22:13");
    assert_eq!(server.texts("lobby"), ["wait, @ada", "half a thought"]);
    terminal.type_in("/quit\r");
    assert_eq!(terminal.ended(), Some(0));
}

#[test]
fn a_half_typed_line_survives_the_program_s_end_and_the_terminal_is_left_in_order() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let mut terminal = Terminal::start(&machine);
    terminal.wait_for("#lobby> ");
    terminal.type_in("unfinished");
    terminal.wait_for("unfinished");
    kill(terminal.pid(), Signal::SIGTERM).unwrap();
    assert_eq!(terminal.ended(), Some(0));
    let paste = |mode: &str| terminal.seen.rfind(mode);
    assert!(
        paste("\x1b[?2004h") < paste("\x1b[?2004l"),
        "bracketed paste is switched off: {:?}",
        terminal.seen
    );

    let mut again = Terminal::start(&machine);
    again.wait_for("#lobby> unfinished");
    // Ctrl-C clears the line, the arrow brings it back, and two more leave.
    again.type_in("\u{3}");
    again.wait_for("#lobby> ");
    again.type_in("\x1b[A");
    again.wait_for("unfinished");
    again.type_in("\u{3}");
    again.wait_for("#lobby> ");
    assert_eq!(again.left(), Some(0));
    assert_eq!(server.texts("lobby"), Vec::<String>::new());
}

#[test]
fn a_reader_finds_what_was_said_before_and_where_the_new_begins() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    server.say("lobby", "bob", "before you came");
    let mut terminal = Terminal::start(&machine);
    terminal.wait_for("bob: before you came");
    terminal.type_in("\u{4}");
    assert_eq!(terminal.ended(), Some(0));
}

#[test]
fn a_banned_person_at_a_terminal_is_asked_for_an_appeal() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "mallory");
    server.ban("mallory", Code::Banned, "This account is banned until Friday: spam.");
    let mut terminal = Terminal::start(&machine);
    terminal.wait_for("until Friday: spam.");
    terminal.wait_for("Your appeal, on one line");
    terminal.type_in("It was my brother.\r");
    terminal.wait_for("The moderators have your appeal.");
    assert_eq!(terminal.ended(), Some(4));
    assert_eq!(server.appeals(), ["It was my brother."]);
}

#[test]
fn names_from_a_server_that_means_harm_are_only_text_on_the_full_screen() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let evil = "\x1b]2;OWNED\x07\x1b[38;5;199mpink\u{9b}31m\x08\u{202e}oga\u{200b}c";
    server.say("lobby", &format!("bob{evil}"), "said by somebody else");
    let mut terminal = Terminal::on(&machine, &[]);
    terminal.wait_for("Message #lobby");
    server.say("lobby", &format!("{evil}dave"), "said now");
    let room = RoomSummary {
        room: RoomId::new(77).unwrap(),
        name: Text::cut(evil),
        kind: RoomKind::Open,
        topic: Text::cut(evil),
        last_seq: Seq::START,
        read_upto: Seq::START,
        members: 1,
        joined: true,
        slow_seconds: 0,
        locked: false,
    };
    server.tell_all(&Event::Room(room));
    // The escape is a picture of itself.
    terminal.wait_for("#␛]2;OWNED␇");
    let detail = Text::cut(&format!("{evil} the end"));
    let goodbye = Goodbye { reason: GoodbyeReason::Kicked, detail, retry_after_ms: None };
    server.tell_all(&Event::Goodbye(goodbye));
    // In the box, and in the line at the bottom.
    terminal.wait_for("the end");
    terminal.type_in("\x1b");
    terminal.wait_for("✕ disconnected: ␛]2;OWNED␇");
    kill(terminal.pid(), Signal::SIGTERM).unwrap();
    terminal.ended();
    for harm in ["\x1b]2;OWNED", "\x1b[38;5;199m", "\u{9b}", "\x08", "\u{202e}", "\u{200b}"] {
        assert!(!terminal.seen.contains(harm), "{harm:?} came through: {:?}", terminal.seen);
    }
}

/// The program on a terminal of 80 by 24, and everything it has written.
pub(crate) struct Terminal {
    child: Child,
    keys: File,
    output: Receiver<Vec<u8>>,
    pub(crate) seen: String,
    looked_at: usize,
}

impl Terminal {
    /// Chats line by line.
    fn start(machine: &Machine) -> Self {
        Self::on(machine, &["--plain"])
    }

    pub(crate) fn on(machine: &Machine, arguments: &[&str]) -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).unwrap();
        let side = || Stdio::from(pair.slave.try_clone().unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_chat"))
            .args(arguments)
            .env_clear()
            .env("CHAT_HOME", machine.home())
            .env("TZ", "UTC")
            .env("TERM", "xterm")
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        let keys = File::from(pair.master);
        let mut screen = keys.try_clone().unwrap();
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The read fails when the last program on the terminal has ended.
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, output, seen: String::new(), looked_at: 0 }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    pub(crate) fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this appears after what was waited for last.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let plain = plain(&self.seen);
            if let Some(place) = plain.get(self.looked_at..).and_then(|rest| rest.find(text)) {
                self.looked_at += place + text.len();
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => {
                    panic!("{text:?} did not appear after {:?}", &plain[self.looked_at.min(plain.len())..])
                }
            }
        }
    }

    /// Leaves with Ctrl-C. A key that falls between two lines belongs to neither; a person presses it once more.
    fn left(&mut self) -> Option<i32> {
        for _ in 0..5 {
            self.type_in("\u{3}");
            let deadline = Instant::now() + Duration::from_secs(2);
            while Instant::now() < deadline && self.child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
        }
        self.ended()
    }

    /// Waits for the end of the program.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let pid = self.pid();
        let (sender, killer) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            if killer.recv_timeout(Duration::from_secs(20)).is_err() {
                // A program that hangs fails the test by its exit status.
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        let status = self.child.wait().unwrap();
        let _ = sender.send(());
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        status.code()
    }
}

/// Returns what was written without the sequences that move the cursor.
fn plain(seen: &str) -> String {
    let mut plain = String::new();
    let mut letters = seen.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            // The editor uses sequences of the form ESC [ ... letter only.
            for part in letters.by_ref() {
                if part.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(letter);
        }
    }
    plain
}
