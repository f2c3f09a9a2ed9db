//! `chat completions`: what lets a shell complete this program's arguments.

use std::io::{self, Write};

use clap::{Args, Command, CommandFactory, ValueEnum};
use clap_complete::aot;

use super::args::Cli;
use super::exit::{Exit, Failure};

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    pub(crate) shell: Shell,
}

/// The shells there is something for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Prints the script.
pub(crate) fn print(completions: &Completions) -> Result<Exit, Failure> {
    // It has tabs, and nothing in it comes from others: it goes out as it is.
    io::stdout().lock().write_all(&script(completions.shell))?;
    Ok(Exit::Ok)
}

/// Returns the script for a shell.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let shell = match shell {
        Shell::Bash => aot::Shell::Bash,
        Shell::Zsh => aot::Shell::Zsh,
        Shell::Fish => aot::Shell::Fish,
    };
    let mut script = Vec::new();
    aot::generate(shell, &mut visible(&Cli::command()), "chat", &mut script);
    script
}

/// Returns a command line without what is hidden, which the scripts would offer all the same.
pub(crate) fn visible(command: &Command) -> Command {
    // Names have to live as long as the program, and this is called once in it.
    let name: &'static str = command.get_name().to_owned().leak();
    let mut copy = Command::new(name);
    if let Some(version) = command.get_version() {
        let version: &'static str = version.to_owned().leak();
        copy = copy.version(version);
    }
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    if let Some(help) = command.get_after_help() {
        copy = copy.after_help(help.clone());
    }
    copy.subcommand_required(command.is_subcommand_required_set())
        .args(command.get_arguments().filter(|argument| !argument.is_hide_set()))
        .subcommands(command.get_subcommands().filter(|command| !command.is_hide_set()).map(visible))
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  chat completions bash > ~/.local/share/bash-completion/completions/chat
  chat completions zsh > ~/.zfunc/_chat
  chat completions fish > ~/.config/fish/completions/chat.fish";
