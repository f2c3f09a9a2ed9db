//! The limit: a program in a terminal that sends back what it gets, and does nothing else.

use std::io::{Read, Write, stdin, stdout};
use std::process::Command;

use anyhow::{Context, Result};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

use super::keys::{Press, timed};
use crate::glass::Glass;
use crate::measure::stats::Histogram;
use crate::terminal::Size;

/// Is the program.
pub(crate) fn run() -> Result<()> {
    let mut modes = tcgetattr(stdin()).context("this program needs a terminal")?;
    cfmakeraw(&mut modes);
    tcsetattr(stdin(), SetArg::TCSANOW, &modes)?;
    let (mut keys, mut screen, mut buffer) = (stdin().lock(), stdout().lock(), [0; 256]);
    screen.write_all(READY.as_bytes())?;
    screen.flush()?;
    while let count @ 1.. = keys.read(&mut buffer)? {
        // What a terminal would take for a command is made harmless; the bytes are as many.
        let sent: Vec<u8> = buffer[..count].iter().map(|byte| byte.max(&b' ')).copied().collect();
        screen.write_all(&sent)?;
        screen.flush()?;
    }
    Ok(())
}

/// Returns how long the same keys take there.
pub(crate) fn times(press: Press, presses: usize) -> Result<Histogram> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.arg("echo");
    let mut glass = Glass::start(&command, Size::of(140, 40))?;
    glass.wait_for(READY)?;
    let mut times = Histogram::default();
    for index in 0..presses {
        times.record(timed(&mut glass, press.key(index), |written| !written.is_empty())?);
    }
    Ok(times)
}

const READY: &str = "ready";
