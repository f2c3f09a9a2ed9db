//! The operator's commands: each prints what it did and what to type next.

mod accounts;
mod admin;
mod args;
mod audit;
mod backup;
mod date;
mod doctor;
mod duration;
mod enrol;
mod failure;
mod init;
mod invite;
mod list;
mod lock;
mod office;
mod password;
mod place;
mod qr;
mod reload;
mod report;
mod run;
mod screen;
mod secrets;
mod settings;
mod trail;
mod user;

use std::process::ExitCode;

use clap::Parser;

use args::{AdminCommand, Cli, Command};
use failure::{Failure, WRONG_USE};
use place::Place;

/// Carries out the command line. 0: done. 1: could not be done. 64: wrong arguments or settings.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; a reader that left needs no words.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(WRONG_USE) } else { ExitCode::SUCCESS };
        }
    };
    carry_out(&cli).unwrap_or_else(|failure| failure.report())
}

fn carry_out(cli: &Cli) -> Result<ExitCode, Failure> {
    let place = || Place::find(&cli.place, vec![]);
    match &cli.command {
        Command::Init(args) => init::run(args, &cli.place)?,
        Command::Run(args) => run::run(args, &cli.place)?,
        Command::Invite(args) => invite::run(args, &place()?)?,
        Command::User(command) => user::run(command, &place()?)?,
        Command::Doctor(args) => return doctor::run(args, &cli.place),
        Command::Backup(args) => backup::back_up(args, &place()?)?,
        Command::Restore(args) => backup::restore(args, &place()?)?,
        Command::Config(command) => settings::run(command, &place()?)?,
        Command::Audit(command) => trail::run(command, &place()?)?,
        Command::Report(command) => report::run(command, &place()?)?,
        Command::Admin(AdminCommand::Open) => admin::open(&place()?)?,
    }
    Ok(ExitCode::SUCCESS)
}
