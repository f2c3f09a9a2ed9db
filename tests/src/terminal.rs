//! A real terminal around a program: what it writes is kept byte for byte, what a person types goes in.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::pty::{Winsize, openpty};

use crate::program::PATIENCE;

const SIZE: Winsize = Winsize { ws_row: 50, ws_col: 140, ws_xpixel: 0, ws_ypixel: 0 };
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A program in a terminal.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    written: Arc<Mutex<Vec<u8>>>,
    /// Up to where [`Terminal::until`] has read.
    read: usize,
}

impl Terminal {
    /// Starts a program with this terminal as its own.
    ///
    /// # Errors
    /// When there is no terminal to be had, or the program does not start.
    pub fn start(command: &Command) -> Result<Self> {
        let pair = openpty(Some(&SIZE), None).context("opening a terminal")?;
        let end = || -> Result<Stdio> { Ok(Stdio::from(pair.slave.try_clone()?)) };
        // A controlling terminal is taken by a session's leader; setsid is in every distribution.
        // Whoever runs the tests in the background ignores Ctrl-C for all that comes below.
        let mut session = Command::new("env");
        session
            .args(["--default-signal=INT,QUIT", "setsid", "--ctty"])
            .arg(command.get_program())
            .args(command.get_args());
        session.env_clear();
        session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let child =
            session.stdin(end()?).stdout(end()?).stderr(end()?).spawn().context("starting in a terminal")?;
        drop(session);
        drop(pair.slave);
        let written = Arc::default();
        read_on(pair.master.try_clone()?, Arc::clone(&written));
        Ok(Self { child, keyboard: File::from(pair.master), written, read: 0 })
    }

    /// Waits until this text is written, from where the last wait ended, and returns all up to it.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn until(&mut self, text: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let written = self.lock().clone();
            let rest = &written[self.read..];
            if let Some(at) = rest.windows(text.len()).position(|window| window == text.as_bytes()) {
                let upto = String::from_utf8_lossy(&rest[..at + text.len()]).into_owned();
                self.read += at + text.len();
                return Ok(upto);
            }
            if deadline < Instant::now() {
                bail!("{text:?} did not come; the terminal shows:\n{}", String::from_utf8_lossy(rest));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Types a line.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).context("typing")?;
        self.keyboard.flush().context("typing")
    }

    /// Returns everything written so far, byte for byte.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.lock().clone()
    }

    /// Presses Ctrl-C.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn interrupt(&mut self) -> Result<()> {
        self.keyboard.write_all(&[3]).context("pressing Ctrl-C")
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if deadline < Instant::now() {
                bail!("it does not end; the terminal shows:\n{}", String::from_utf8_lossy(&self.written()));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The read fails when the program is gone and the terminal with it.
fn read_on(screen: OwnedFd, written: Arc<Mutex<Vec<u8>>>) {
    thread::spawn(move || {
        let (mut screen, mut buffer) = (File::from(screen), [0; 4096]);
        while let Ok(count @ 1..) = screen.read(&mut buffer) {
            written.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_a_terminal_and_hears_what_is_typed() {
        let mut command = Command::new("sh");
        command.args(["-c", "test -t 0 && test -t 1 && tty && read word && echo got $word"]);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        let mut terminal = Terminal::start(&command).unwrap();
        terminal.until("/dev/pts/").unwrap();
        terminal.type_line("something").unwrap();
        terminal.until("got something").unwrap();
        assert!(terminal.wait().unwrap().success());
    }

    #[test]
    fn what_a_program_asks_its_controlling_terminal_is_asked_here() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo question > /dev/tty; read answer < /dev/tty; echo got $answer"]);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        let mut terminal = Terminal::start(&command).unwrap();
        terminal.until("question").unwrap();
        terminal.type_line("yes").unwrap();
        terminal.until("got yes").unwrap();
    }
}
