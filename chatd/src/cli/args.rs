//! Every command and flag of `chatd`, with its help text.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::name::AccountName;
use domain::role;
use proto::ids::ReportId;
use proto::message::Role;

use super::duration::Span;
use crate::config::{HostPort, ServerName};

/// LiveChat's server: one folder of data, one file of settings.
#[derive(Debug, Parser)]
#[command(name = "chatd", version, about, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "First time here?  chatd init")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where settings and data are.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Where")]
pub(crate) struct PlaceArgs {
    /// Settings file [default: chatd.toml in --data, else in ~/.config/chatd, else in /etc/chatd]
    #[arg(long, global = true, value_name = "FILE", env = "CHATD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the database and the keys [default: data_dir of the settings]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// One setting for this command only, for instance --set log.level=debug
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make data folder, settings, keys, database and the owner's account; again: change nothing
    Init(InitArgs),
    /// Let people in, until SIGTERM or Ctrl-C; SIGHUP reads the settings again
    Run(RunArgs),
    /// Print a link with which somebody can make an account
    Invite(InviteArgs),
    /// Make, list and mend accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Check this installation and say what to do about what is wrong
    Doctor(DoctorArgs),
    /// Write a copy of the database, while the server runs or not; the keys are not in it
    Backup(BackupArgs),
    /// Put a backup in the place of the database, while the server does not run
    Restore(RestoreArgs),
    /// Check or show the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check the log of what staff did, or give it to other programs
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Take the evidence of a report from a sealed room along, or verify such a file
    #[command(subcommand)]
    Report(ReportCommand),
    /// The dashboard for moderators
    #[command(subcommand)]
    Admin(AdminCommand),
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Name of the owner's account
    #[arg(long, value_name = "NAME", value_parser = AccountName::parse)]
    pub(crate) owner: Option<AccountName>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Written to the settings: where to accept connections [default: 127.0.0.1:7777]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Written to the settings: host and port for invites
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) public_address: Option<HostPort>,
    /// Written to the settings: the server's name for people [default: LiveChat]
    #[arg(long, value_name = "NAME", value_parser = ServerName::parse)]
    pub(crate) server_name: Option<ServerName>,
}

/// How secrets come and go without a terminal.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Without a terminal")]
pub(crate) struct SecretArgs {
    /// Ask nothing; secrets go into files that only you can read
    #[arg(long)]
    pub(crate) yes: bool,
    /// Read the password from the first line of this file, - for standard input [default: generate one]
    #[arg(long, value_name = "FILE", requires = "yes")]
    pub(crate) password_file: Option<PathBuf>,
    /// Write the authenticator's secret (Base32) to this new file
    #[arg(long, value_name = "FILE", requires = "yes")]
    pub(crate) totp_secret_out: Option<PathBuf>,
    /// Write the recovery codes to this new file, one a line
    #[arg(long, value_name = "FILE", requires = "yes")]
    pub(crate) recovery_out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Accept connections here instead of where the settings say
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Serve metrics here instead of where the settings say
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics_listen: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct InviteArgs {
    /// Who it is for, to be told apart in lists
    #[arg(long = "for", value_name = "NAME", value_parser = AccountName::parse)]
    pub(crate) name: Option<AccountName>,
    /// What the new account may do: bot, member, auditor, moderator, admin or owner
    #[arg(long, value_name = "ROLE", default_value = "member", value_parser = role)]
    pub(crate) role: Role,
    /// How many accounts can be made with it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) uses: u32,
    /// For how long it is good: 30m, 24h, 7d
    #[arg(long, value_name = "TIME", default_value = "24h")]
    pub(crate) expires: Span,
    /// Draw the link as a QR code too
    #[arg(long)]
    pub(crate) qr: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make an account here, without an invite
    Add {
        /// Its name
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        /// What it may do: bot, member, auditor, moderator, admin or owner
        #[arg(long, value_name = "ROLE", default_value = "member", value_parser = role)]
        role: Role,
        #[command(flatten)]
        secrets: SecretArgs,
    },
    /// List the accounts
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Give a new authenticator secret and new recovery codes; the old ones end
    ResetTotp {
        /// Whose
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        #[command(flatten)]
        secrets: SecretArgs,
    },
    /// Set a new password
    ResetPassword {
        /// Whose
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        #[command(flatten)]
        secrets: PasswordArgs,
    },
    /// Change what an account may do
    Role {
        /// Whose
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        /// To what: bot, member, auditor, moderator, admin or owner
        #[arg(value_parser = role)]
        role: Role,
    },
    /// List an account's devices, or end the login of one
    Devices {
        /// Whose
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        /// End this device's login for good
        #[arg(long, value_name = "ID")]
        revoke: Option<u64>,
    },
}

/// How a password comes without a terminal.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Without a terminal")]
pub(crate) struct PasswordArgs {
    /// Ask nothing; a generated password goes into a file that only you can read
    #[arg(long)]
    pub(crate) yes: bool,
    /// Read the password from the first line of this file, - for standard input [default: generate one]
    #[arg(long, value_name = "FILE", requires = "yes")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// One JSON object with all checks
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether the settings can be used
    Check,
    /// Show every setting with its value and who set it
    Print,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// A file that does not exist yet, or a folder, which gets a file with the date in its name
    #[arg(value_name = "DEST")]
    pub(crate) dest: PathBuf,
    /// Open the copy as a server would and read everything in it
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// What "chatd backup" wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Follow the chain from its start, and look whether it still holds what the checkpoints have signed
    Verify {
        /// Signed checkpoints, for instance a copy from another machine [default: audit-checkpoints.log beside the keys]
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
    },
    /// Print every event
    Export {
        /// One JSON object a line, or comma-separated values
        #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
        format: ExportFormat,
        /// Only events after this number
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        since: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Write what was opened of sealed rooms to a new file that can be verified without the database
    Export {
        /// The report's number
        #[arg(value_name = "ID", value_parser = report)]
        report: ReportId,
        /// The new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Say whether such a file holds: with the keys alone, far from the database
    Verify {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The folder of franking.key and audit.key [default: the server's keys]
        #[arg(long, value_name = "DIR")]
        keys: Option<PathBuf>,
    },
}

/// How events are written for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a line of names.
    Csv,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Print where the dashboard is and who may log in to it
    Open,
}

fn report(text: &str) -> Result<ReportId, String> {
    let number = text.trim_start_matches('#').parse().ok().and_then(ReportId::new);
    number.ok_or_else(|| "expected the number of a report".to_owned())
}

fn role(text: &str) -> Result<Role, String> {
    role::from_word(text).ok_or_else(|| {
        let known = role::ROLES.map(role::word);
        format!("expected one of {}", known.join(", "))
    })
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        })
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, like log.level=debug")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}
