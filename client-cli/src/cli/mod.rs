//! From arguments to an exit code.

mod account;
mod appeal;
mod args;
mod completions;
mod conversation;
mod devices;
#[cfg(test)]
mod documents;
mod entering;
mod exit;
mod files;
mod input;
mod join;
mod json;
mod keys;
mod lists;
mod login;
mod online;
mod output;
mod plain;
mod prompt;
mod qr;
mod render;
mod reports;
mod run;
mod second_factor;
mod secrets;
mod send;
mod tail;
mod totp;
mod tui;
mod verify;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Cli, Global, Verb};
use exit::{Exit, Failure};
use output::{Format, talk};

/// Reads the arguments, does what they say, and returns the exit code.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_arguments(&error),
    };
    let format = if cli.global.json { Format::Json } else { Format::Text };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(Failure::usage(format!("cannot start: {error}"))), format),
    };
    let result = runtime.block_on(carry_out(cli, format));
    // A thread may wait for a line of input for ever; the process does not.
    runtime.shutdown_timeout(Duration::from_millis(100));
    end(result, format)
}

async fn carry_out(cli: Cli, format: Format) -> Result<Exit, Failure> {
    let Cli { global, command } = cli;
    if global.password.is_some() {
        return Err(Failure::usage("everybody on this machine can read a password in the arguments")
            .hint("use --password-file FILE, or leave it out and type the password"));
    }
    match command {
        None => chat(&global).await,
        Some(Verb::Join(join)) => {
            let by = By::of(join.password_file.as_deref(), format);
            join::join(&global, format, join).await?;
            go_on(&global, by).await
        }
        Some(Verb::Login(login)) => {
            let by = By::of(login.password_file.as_deref(), format);
            login::login(&global, format, login).await?;
            go_on(&global, by).await
        }
        Some(Verb::Logout(logout)) => account::logout(&global, &logout).await,
        Some(Verb::Totp(totp)) => totp::totp(&global, format, totp).await,
        Some(Verb::Send(send)) => send::send(&global, format, send).await,
        Some(Verb::Tail(tail)) => tail::tail(&global, format, tail).await,
        Some(Verb::Rooms(rooms)) => lists::rooms(&global, format, rooms).await,
        Some(Verb::Members(members)) => lists::members(&global, format, members).await,
        Some(Verb::History(history)) => lists::history(&global, format, history).await,
        Some(Verb::Search(search)) => lists::search(&global, format, search).await,
        Some(Verb::Whoami) => account::whoami(&global, format).await,
        Some(Verb::Devices(devices)) => devices::devices(&global, format, devices).await,
        Some(Verb::Verify(verify)) => verify::verify(&global, format, verify).await,
        Some(Verb::Keys(keys)) => keys::keys(&global, format, keys).await,
        Some(Verb::Status) => account::status(&global, format).await,
        Some(Verb::Report(report)) => reports::report(&global, format, report).await,
        Some(Verb::Reports) => reports::reports(&global, format).await,
        Some(Verb::Appeal(appeal)) => appeal::appeal(&global, format, appeal).await,
        Some(Verb::Upload(upload)) => files::upload::upload(&global, format, upload).await,
        Some(Verb::Download(download)) => files::download::download(&global, format, download).await,
        Some(Verb::Reveal(reveal)) => files::reveal::reveal(format, reveal).await,
        Some(Verb::Run(run)) => run::run(&global, run).await,
        Some(Verb::Completions(completions)) => completions::print(&completions),
    }
}

/// Chats on the whole screen where there is one, line by line otherwise.
async fn chat(global: &Global) -> Result<Exit, Failure> {
    if tui::is_possible(global) { tui::chat(global).await } else { plain::chat(global).await }
}

/// Who got in: a person who answered at a terminal, or a script.
enum By {
    Person,
    Script,
}

impl By {
    fn of(password_file: Option<&Path>, format: Format) -> Self {
        let typed = password_file.is_none() && prompt::somebody_is_there() && io::stdout().is_terminal();
        if typed && format == Format::Text { Self::Person } else { Self::Script }
    }
}

/// Opens the chat for a person who just got in; a script is told how to go on.
async fn go_on(global: &Global, by: By) -> Result<Exit, Failure> {
    let profile = global.profile_option();
    match by {
        By::Person => {
            talk(format_args!("Next time:  chat{profile}\n"));
            chat(global).await
        }
        By::Script => {
            talk(format_args!("Next:  chat{profile}    or  chat{profile} send --room lobby hello"));
            Ok(Exit::Ok)
        }
    }
}

/// Prints what clap says; its own exit code for a wrong command line is not ours.
fn wrong_arguments(error: &clap::Error) -> ExitCode {
    // Help and version go to stdout, complaints to stderr. Nobody is left to tell when that fails.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Ok.into(),
        _ => Exit::Usage.into(),
    }
}

fn end(result: Result<Exit, Failure>, format: Format) -> ExitCode {
    let failure = match result {
        Ok(exit) => return exit.into(),
        Err(failure) => failure,
    };
    if failure.exit != Exit::Ok {
        talk(format_args!("chat: {}", failure.message));
        if let Some(hint) = &failure.hint {
            talk(format_args!("  {hint}"));
        }
        if format == Format::Json {
            // The exit code tells the same when stdout is gone.
            let _ = output::json(&json::Object::failure(&failure, None).line());
        }
    }
    failure.exit.into()
}
