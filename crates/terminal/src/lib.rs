//! Questions to a person at a terminal whose answers must not be seen.
//!
//! The terminal stops echoing before the question is printed, so that keys typed early stay hidden too, and it echoes
//! again whatever ends the question: an answer, the end of the input, Ctrl-C.

use std::error::Error;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use nix::sys::signal::{Signal, raise};
use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Asks for a secret on the controlling terminal and returns what was typed, without the end of the line.
///
/// The question is printed as it is: text from outside must be made safe before.
///
/// # Errors
/// When there is no terminal, or the input ends. Ctrl-C restores the terminal and interrupts the process; where the
/// process goes on, that too is an error.
pub fn ask_secret(question: &str) -> io::Result<Zeroizing<String>> {
    let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let hidden = Hidden::begin(&tty)?;
    let answer = tty.write_all(question.as_bytes()).and_then(|()| read_hidden(&tty));
    drop(hidden);
    match answer {
        Err(error) if is_interrupt(&error) => {
            writeln!(tty)?;
            raise(Signal::SIGINT)?;
            Err(error)
        }
        answer => answer,
    }
}

fn is_interrupt(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Interrupt>)
}

/// Lets the library edit the line (backspace, Ctrl-U, Ctrl-W); the terminal is ours, because the library leaves it
/// changed when it is interrupted.
fn read_hidden(tty: &File) -> io::Result<Zeroizing<String>> {
    let config =
        rpassword::ConfigBuilder::new().input_reader(Keys(tty.try_clone()?)).output_discard().build();
    let answer = rpassword::read_password_with_config(config)?;
    writeln!(&*tty)?;
    Ok(Zeroizing::new(answer))
}

/// The keyboard; Ctrl-C is an error instead of a letter.
struct Keys(File);

impl Read for Keys {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        if buffer[..length].contains(&CTRL_C) {
            return Err(io::Error::other(Interrupt));
        }
        Ok(length)
    }
}

/// A terminal that shows nothing of what is typed and hands every key over at once, until this is dropped.
struct Hidden {
    tty: File,
    before: Termios,
}

impl Hidden {
    fn begin(tty: &File) -> io::Result<Self> {
        let tty = tty.try_clone()?;
        let before = tcgetattr(&tty)?;
        let mut hidden = before.clone();
        hidden.local_flags &=
            !(LocalFlags::ECHO | LocalFlags::ECHONL | LocalFlags::ICANON | LocalFlags::ISIG);
        hidden.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        hidden.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        // Keys that were typed before stay in the queue.
        tcsetattr(&tty, SetArg::TCSANOW, &hidden)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = tcsetattr(&self.tty, SetArg::TCSANOW, &self.before);
    }
}

#[derive(Debug)]
struct Interrupt;

impl fmt::Display for Interrupt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl Error for Interrupt {}

const CTRL_C: u8 = 3;
