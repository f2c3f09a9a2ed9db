//! Questions to a person at a terminal. Without one, each question names the option that answers it.

use std::io::{self, BufRead, IsTerminal, Write};

use zeroize::Zeroizing;

use super::exit::Failure;

/// Whether somebody is there to answer.
pub(crate) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; an empty answer is the default, if there is one.
pub(crate) async fn line(
    question: String,
    default: Option<String>,
    option: &'static str,
) -> Result<String, Failure> {
    need_somebody(&question, option)?;
    blocking(move || {
        let shown = default.as_ref().filter(|default| !default.is_empty());
        let default_shown = shown.map(|default| format!(" [{default}]")).unwrap_or_default();
        loop {
            print(&format!("{question}{default_shown}: "))?;
            let mut answer = String::new();
            if io::stdin().lock().read_line(&mut answer)? == 0 {
                return Err(Failure::usage("the input ended before the answer"));
            }
            let answer = answer.trim();
            match (&default, answer.is_empty()) {
                (_, false) => return Ok(answer.to_owned()),
                (Some(default), true) => return Ok(default.clone()),
                (None, true) => {}
            }
        }
    })
    .await
}

/// Asks for something that is not shown while it is typed.
pub(crate) async fn secret(question: String, option: &'static str) -> Result<Zeroizing<String>, Failure> {
    need_somebody(&question, option)?;
    blocking(move || {
        terminal::ask_secret(&domain::text::term_safe(&format!("{question}: ")))
            .map_err(|error| Failure::usage(format!("cannot read from the terminal: {error}")))
    })
    .await
}

/// Asks for a new password until it was typed twice the same.
pub(crate) async fn new_password(option: &'static str) -> Result<Zeroizing<String>, Failure> {
    loop {
        let first = secret("Password, 12 characters or more (not shown)".to_owned(), option).await?;
        if first.is_empty() {
            super::output::talk("A password is needed.");
            continue;
        }
        if first == secret("The same password again".to_owned(), option).await? {
            return Ok(first);
        }
        super::output::talk("The two were not the same. Once more.");
    }
}

/// Asks for a new passphrase until it was typed twice the same.
pub(crate) async fn new_passphrase(
    question: &str,
    option: &'static str,
) -> Result<Zeroizing<String>, Failure> {
    loop {
        let first = secret(format!("{question} (not shown)"), option).await?;
        if first.is_empty() {
            super::output::talk("A passphrase is needed.");
            continue;
        }
        if first == secret("The same once more".to_owned(), option).await? {
            return Ok(first);
        }
        super::output::talk("The two were not the same. Once more.");
    }
}

/// Asks something that is answered with yes; anything else is no.
pub(crate) async fn yes(question: String, option: &'static str) -> Result<bool, Failure> {
    let answer = line(format!("{question} (yes/no)"), Some("no".to_owned()), option).await?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn need_somebody(question: &str, option: &'static str) -> Result<(), Failure> {
    if somebody_is_there() {
        return Ok(());
    }
    Err(Failure::usage(format!("nobody is there to answer \"{question}\"")).hint(format!("use {option}")))
}

fn print(text: &str) -> io::Result<()> {
    let mut output = io::stderr().lock();
    output.write_all(domain::text::term_safe(text).as_bytes())?;
    output.flush()
}

async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(ask).await.unwrap_or_else(|error| Err(Failure::usage(error)))
}
