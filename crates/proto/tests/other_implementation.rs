//! Our transport against other people's: `noiseprotocol` and OpenSSL, driven by `peer/peer.py`.
//!
//! Needs `python3` with its `venv` module, and PyPI the first time; it fails when they are missing.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use bytes::BytesMut;
use proto::codec;
use proto::handshake::{HandshakeMessage, Initiator, Responder, next_message, parse_preamble};
use proto::keys::StaticKey;
use proto::message::{Opening, Resume};
use proto::text::Text;
use proto::transport::{Transport, next_frame};

const REQUIREMENTS: &str = include_str!("peer/requirements.txt");

#[test]
fn another_implementation_computes_every_byte_of_the_vectors() {
    let vectors = tests_folder().join("vectors/handshake.json");
    let output = peer(&["vectors", &vectors.to_string_lossy()]).output().expect("python starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.starts_with("vectors agree"), "{said}{complaint}");
}

#[test]
fn a_foreign_client_and_our_server_understand_each_other() {
    let mut wire = Wire::start("client");
    let mut preamble = [0; 10];
    wire.output.read_exact(&mut preamble).expect("the client sends a preamble");
    parse_preamble(&preamble).expect("the client speaks our version");
    let responder = Responder::new(&StaticKey::generate());
    let (second, waiting) = responder.read_first(&wire.handshake_message()).expect("m1 is good");
    wire.send(&second);
    let accepted = waiting.read_third(&wire.handshake_message()).expect("m3 is good");
    assert_eq!(accepted.opening, opening());
    wire.check_echo(accepted.transport);
}

#[test]
fn our_client_and_a_foreign_server_understand_each_other() {
    let mut wire = Wire::start("server");
    let (initiator, first) = Initiator::start(&StaticKey::generate());
    wire.send(&first);
    let introduced = initiator.read_reply(&wire.handshake_message()).expect("m2 is good");
    let (third, mut transport) = introduced.finish(&opening()).expect("the opening fits");
    wire.send(&third);
    assert_eq!(wire.frame(&mut transport), [codec::encode(&opening())]);
    wire.check_echo(transport);
}

/// Both ends of a running peer, with what it said and nobody read yet.
struct Wire {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    unread: BytesMut,
}

impl Wire {
    fn start(role: &str) -> Self {
        let mut child =
            peer(&[role]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python starts");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Self { child, input, output: output.expect("stdout is piped"), unread: BytesMut::new() }
    }

    /// The peer says its handshake hash, then sends back what it gets until its input ends.
    fn check_echo(mut self, mut transport: Transport) {
        assert_eq!(self.frame(&mut transport), [transport.handshake_hash().to_vec()]);
        let lengths = [1, 100, 126, 127, 128, 1_000, 5_000, 30_000, 63_486, 63_487, 65_517];
        for length in lengths {
            let messages = vec![vec![7; length]];
            let mut frame = BytesMut::new();
            transport.seal(&messages, &mut frame).expect("the message fits");
            self.send(&frame);
            assert_eq!(self.frame(&mut transport), messages, "{length} bytes");
        }
        let many: Vec<Vec<u8>> = (1..=200).map(|length| vec![9; length]).collect();
        let mut frame = BytesMut::new();
        assert_eq!(transport.seal(&many, &mut frame), Ok(200));
        self.send(&frame);
        assert_eq!(self.frame(&mut transport), many);
        drop(self.input.take());
        assert!(self.child.wait().expect("the peer ends").success());
    }

    fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("stdin is open until the end");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the peer reads on");
    }

    fn handshake_message(&mut self) -> BytesMut {
        loop {
            match next_message(&mut self.unread).expect("the peer frames its handshake") {
                Some(HandshakeMessage::Message(message)) => return message,
                Some(HandshakeMessage::Refused(refusal)) => panic!("{refusal:?}"),
                None => self.read_some(),
            }
        }
    }

    fn frame(&mut self, transport: &mut Transport) -> Vec<Vec<u8>> {
        loop {
            if let Some(frame) = next_frame(&mut self.unread).expect("the peer frames its messages") {
                let messages = transport.open(&frame).expect("the frame is the next one");
                return messages.iter().map(<[u8]>::to_vec).collect();
            }
            self.read_some();
        }
    }

    /// The peer's own alarm bounds the wait: it ends, and so does its output.
    fn read_some(&mut self) {
        let mut bytes = [0; 4096];
        let count = self.output.read(&mut bytes).expect("the pipe works");
        assert_ne!(count, 0, "the peer ended early; its complaint is above");
        self.unread.extend_from_slice(&bytes[..count]);
    }
}

fn opening() -> Opening {
    Opening::Resume(Resume { client: Text::cut("python") })
}

fn peer(arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    command.args(["-W", "ignore"]).arg(tests_folder().join("peer/peer.py")).args(arguments);
    command
}

/// Returns the interpreter of a virtual environment with the requirements, made the first time.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("noise-peer");
        let (python, stamp) = (folder.join("bin/python"), folder.join("installed.txt"));
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
            return python;
        }
        let why = "this test needs python3 with venv (Debian: apt install python3-venv) and PyPI";
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), why);
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--timeout", "30", "-r"];
        run(Command::new(&python).args(pip).arg(tests_folder().join("peer/requirements.txt")), why);
        fs::write(stamp, REQUIREMENTS).expect("the target folder can be written");
        python
    })
}

fn run(command: &mut Command, why: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{why}: {command:?}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{why}: {command:?}: {complaint}");
}

fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}
