//! What is printed for people: every line goes through `term_safe`, and a reader that leaves is no panic.

use std::io::{self, IsTerminal, Write};

use anyhow::{Result, bail};
use domain::text::{term_safe, term_safe_lines};
use zeroize::Zeroizing;

/// Prints a line, or several, to standard output.
pub(crate) fn say(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", term_safe_lines(text))
}

/// Prints a line, or several, to standard error: talk beside the data on standard output.
pub(crate) fn tell(text: &str) {
    // Talk that nobody hears changes nothing about what was done.
    let _ = writeln!(io::stderr().lock(), "{}", term_safe_lines(text));
}

/// Prints a drawing that colours itself; never text from outside.
pub(crate) fn draw(picture: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(picture.as_bytes())
}

/// Returns text from outside as part of one line.
pub(crate) fn term_line(text: &str) -> String {
    term_safe(text).into_owned()
}

/// A person at a terminal. Only with one of these are secrets shown.
#[derive(Debug)]
pub(crate) struct Person(());

impl Person {
    /// Returns the person, if standard input and output are a terminal.
    pub(crate) fn here() -> Option<Self> {
        (io::stdin().is_terminal() && io::stdout().is_terminal()).then_some(Self(()))
    }

    /// Asks for a line; what is typed can be seen.
    pub(crate) fn ask(&self, question: &str) -> Result<String> {
        let mut stdout = io::stdout().lock();
        write!(stdout, "{}", term_safe_lines(question))?;
        stdout.flush()?;
        let mut answer = String::new();
        if io::stdin().read_line(&mut answer)? == 0 {
            bail!("the input ended before everything was asked; nothing more was changed");
        }
        Ok(answer.trim().to_owned())
    }

    /// Asks for a secret; what is typed cannot be seen.
    pub(crate) fn ask_secret(&self, question: &str) -> Result<Zeroizing<String>> {
        Ok(terminal::ask_secret(&term_safe_lines(question))?)
    }

    /// Prints lines that hold a secret.
    pub(crate) fn show(&self, text: &str) -> io::Result<()> {
        say(text)
    }
}
