//! A real terminal around a program: what it writes is kept byte for byte, what a person types goes in.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::program::PATIENCE;

/// How many cells a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Cells in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// A program in a terminal.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    size: Size,
    keyboard: Option<File>,
    /// Dropping it ends the thread that reads.
    reading: Option<UnixStream>,
    /// Held while the program runs: with the last end closed the kernel forgets how the terminal was left.
    end: Option<OwnedFd>,
    left: Option<Left>,
    written: Arc<Written>,
    /// Up to where [`Terminal::until`] has read.
    read: usize,
}

/// How a program left its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Typed lines are shown and edited, as a shell finds it.
    InOrder,
    /// Keys still go to the program one by one, unseen.
    Raw,
}

#[derive(Debug, Default)]
struct Written {
    stream: Mutex<Stream>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    /// When the newest byte came.
    newest: Option<Instant>,
    closed: bool,
}

impl Size {
    /// What stories about lines use.
    pub const LARGE: Self = Self::of(140, 50);

    /// Returns a size as people say it: columns by rows.
    #[must_use]
    pub const fn of(columns: u16, rows: u16) -> Self {
        Self { columns, rows }
    }
}

impl Terminal {
    /// Starts a program with this terminal as its own.
    ///
    /// # Errors
    /// When there is no terminal to be had, or the program does not start.
    pub fn start(command: &Command) -> Result<Self> {
        Self::sized(command, Size::LARGE)
    }

    /// Starts a program in a terminal of this size.
    ///
    /// # Errors
    /// When there is no terminal to be had, or the program does not start.
    pub fn sized(command: &Command, size: Size) -> Result<Self> {
        let (master, slave) = pair().context("opening a terminal")?;
        give_size(&master, size)?;
        let end = || -> Result<Stdio> { Ok(Stdio::from(slave.try_clone()?)) };
        // A controlling terminal is taken by a session's leader; setsid is in every distribution.
        // Whoever runs the tests in the background ignores Ctrl-C, or with nohup a closed window, for all that comes below.
        let mut session = Command::new("env");
        session
            .args(["--default-signal=INT,QUIT,HUP", "setsid", "--ctty"])
            .arg(command.get_program())
            .args(command.get_args());
        session.env_clear();
        session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            session.current_dir(folder);
        }
        let child =
            session.stdin(end()?).stdout(end()?).stderr(end()?).spawn().context("starting in a terminal")?;
        drop(session);
        let written = Arc::default();
        let (reading, stop) = UnixStream::pair()?;
        read_on(master.try_clone()?, stop, Arc::clone(&written));
        let (keyboard, end) = (Some(File::from(master)), Some(slave));
        Ok(Self { child, size, keyboard, reading: Some(reading), end, left: None, written, read: 0 })
    }

    /// Waits until this text is written, from where the last wait ended, and returns all up to it.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn until(&mut self, text: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rest = self.written_after(self.read);
            if let Some(at) = rest.windows(text.len()).position(|window| window == text.as_bytes()) {
                let upto = String::from_utf8_lossy(&rest[..at + text.len()]).into_owned();
                self.read += at + text.len();
                return Ok(upto);
            }
            if !self.more_than(self.read + rest.len(), deadline) {
                bail!("{text:?} did not come; the terminal shows:\n{}", String::from_utf8_lossy(&rest));
            }
        }
    }

    /// Types a line.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        self.type_bytes(format!("{line}\n").as_bytes())
    }

    /// Types bytes as a keyboard sends them.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn type_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let keyboard = self.keyboard.as_mut().context("the terminal is closed")?;
        keyboard.write_all(bytes).and_then(|()| keyboard.flush()).context("typing")
    }

    /// Presses Ctrl-C.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn interrupt(&mut self) -> Result<()> {
        self.type_bytes(&[3])
    }

    /// Gives the terminal another size, as a person who drags the window's corner; the kernel tells the program.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn resize(&mut self, size: Size) -> Result<()> {
        self.size = size;
        let keyboard = self.keyboard.as_ref().context("the terminal is closed")?;
        give_size(keyboard, size)
    }

    /// Sends the program a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), signal).context("sending a signal")
    }

    /// Closes the terminal as a person closes its window.
    pub fn hang_up(&mut self) {
        drop(self.reading.take());
        let deadline = Instant::now() + LAST_WORDS;
        let mut length = self.written().len();
        // The thread lets go of its end when it notices.
        while self.more_than(length, deadline) {
            length = self.written().len();
        }
        self.keyboard = None;
        self.end = None;
    }

    /// Waits for the program's end and for everything it wrote.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.close();
                return Ok(status);
            }
            if deadline < Instant::now() {
                bail!("it does not end; the terminal shows:\n{}", String::from_utf8_lossy(&self.written()));
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until more than so many bytes are written; false when that does not come before the deadline.
    pub(crate) fn more_than(&self, length: usize, deadline: Instant) -> bool {
        let mut stream = self.written.lock();
        loop {
            if length < stream.bytes.len() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if stream.closed || left.is_zero() {
                return false;
            }
            let waited = self.written.more.wait_timeout(stream, left);
            stream = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns everything written so far, byte for byte.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.written_after(0)
    }

    /// Returns what is written after so many bytes.
    #[must_use]
    pub fn written_after(&self, place: usize) -> Vec<u8> {
        self.written.lock().bytes.get(place..).unwrap_or_default().to_vec()
    }

    /// Returns when the newest byte came.
    #[must_use]
    pub fn newest(&self) -> Option<Instant> {
        self.written.lock().newest
    }

    /// Returns how many cells it has.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Returns how the terminal was left, after [`Terminal::wait`].
    #[must_use]
    pub fn left(&self) -> Option<Left> {
        self.left
    }

    /// Returns the process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The program has ended: looks how the terminal was left, and waits for the rest of what it wrote.
    fn close(&mut self) {
        let Some(end) = self.end.take() else { return };
        let shown = LocalFlags::ICANON | LocalFlags::ECHO;
        let is_in_order = tcgetattr(&end).is_ok_and(|modes| modes.local_flags.contains(shown));
        self.left = Some(if is_in_order { Left::InOrder } else { Left::Raw });
        drop(end);
        // Somebody it started may hold the terminal; what the program itself wrote is there long before.
        let deadline = Instant::now() + LAST_WORDS;
        let mut length = self.written().len();
        while self.more_than(length, deadline) {
            length = self.written().len();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Written {
    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens both ends of a terminal. No other program that is started meanwhile gets one: with an end of it in another's
/// hands the terminal could not be closed.
fn pair() -> Result<(OwnedFd, OwnedFd)> {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits())
        .open(ptsname_r(&master)?)?;
    Ok((master.as_fd().try_clone_to_owned()?, slave.into()))
}

fn give_size(terminal: impl AsFd, Size { columns: ws_col, rows: ws_row }: Size) -> Result<()> {
    let cells = rustix::termios::Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(terminal, cells).context("changing the terminal's size")
}

/// The read fails when the program is gone and the terminal with it.
fn read_on(screen: OwnedFd, stop: UnixStream, written: Arc<Written>) {
    thread::spawn(move || {
        let (mut screen, mut buffer) = (File::from(screen), [0; 64 * 1024]);
        while is_wanted(&screen, &stop)
            && let Ok(count @ 1..) = screen.read(&mut buffer)
        {
            let mut stream = written.lock();
            stream.bytes.extend_from_slice(&buffer[..count]);
            stream.newest = Some(Instant::now());
            drop(stream);
            written.more.notify_all();
        }
        drop(screen);
        written.lock().closed = true;
        written.more.notify_all();
    });
}

/// Waits until there is something to read; false when nobody wants it any more.
fn is_wanted(screen: &File, stop: &UnixStream) -> bool {
    let mut ends = [PollFd::new(screen, PollFlags::IN), PollFd::new(stop, PollFlags::IN)];
    loop {
        match poll(&mut ends, None) {
            Err(Errno::INTR) => {}
            outcome => return outcome.is_ok() && ends[1].revents().is_empty(),
        }
    }
}

const LOOK_AGAIN: Duration = Duration::from_millis(10);
const LAST_WORDS: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command
    }

    #[test]
    fn a_program_has_a_terminal_and_hears_what_is_typed() {
        let command = shell("test -t 0 && test -t 1 && tty && read word && echo got $word");
        let mut terminal = Terminal::start(&command).unwrap();
        terminal.until("/dev/pts/").unwrap();
        terminal.type_line("something").unwrap();
        terminal.until("got something").unwrap();
        assert!(terminal.wait().unwrap().success());
        assert_eq!(terminal.left(), Some(Left::InOrder));
    }

    #[test]
    fn what_a_program_asks_its_controlling_terminal_is_asked_here() {
        let command = shell("echo question > /dev/tty; read answer < /dev/tty; echo got $answer");
        let mut terminal = Terminal::start(&command).unwrap();
        terminal.until("question").unwrap();
        terminal.type_line("yes").unwrap();
        terminal.until("got yes").unwrap();
    }

    #[test]
    fn a_terminal_left_raw_is_told_from_one_in_order_and_the_last_word_is_not_lost() {
        let mut terminal = Terminal::start(&shell("stty raw -echo; printf last")).unwrap();
        terminal.wait().unwrap();
        assert_eq!(terminal.left(), Some(Left::Raw));
        assert_eq!(terminal.written(), b"last");
    }

    #[test]
    fn a_closed_window_is_heard_of() {
        let mut terminal =
            Terminal::start(&shell("trap 'exit 7' HUP; echo here; while true; do sleep 0.05; done")).unwrap();
        terminal.until("here").unwrap();
        terminal.hang_up();
        assert_eq!(terminal.wait().unwrap().code(), Some(7));
        assert!(terminal.type_line("x").is_err());
    }

    #[test]
    fn another_size_reaches_the_program() {
        let script = "trap 'stty size' WINCH; stty size; while true; do sleep 0.05; done";
        let mut terminal = Terminal::sized(&shell(script), Size::of(80, 24)).unwrap();
        terminal.until("24 80").unwrap();
        terminal.resize(Size::of(40, 10)).unwrap();
        terminal.until("10 40").unwrap();
    }
}
