//! The command line: what can be said, with help and examples.
// tidy: long because it is one command line.

pub(crate) mod files;
pub(crate) mod sealed;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::completions::{self, Completions};

/// A terminal client for LiveChat.
#[derive(Debug, Parser)]
#[command(name = "chat", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do; without a command you chat
    #[command(subcommand)]
    pub(crate) command: Option<Verb>,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Which account on this machine to use
    #[arg(long, global = true, value_name = "NAME", default_value = "default", env = "CHAT_PROFILE")]
    pub(crate) profile: String,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Chat line by line, for screen readers, pipes and simple terminals
    #[arg(long, global = true)]
    pub(crate) plain: bool,
    /// Ring the terminal's bell when somebody mentions you
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) bell: Bell,
    /// Read the passphrase that closes this profile's keys from the first line of this file, - for stdin
    #[arg(long, global = true, value_name = "FILE", env = "CHAT_KEYS_PASSPHRASE_FILE")]
    pub(crate) keys_passphrase_file: Option<PathBuf>,
    /// Seconds to wait for an answer
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) timeout: u64,
    /// Refused: others can read a program's arguments
    #[arg(long, global = true, hide = true, num_args = 0..=1, value_name = "NEVER")]
    pub(crate) password: Option<Option<String>>,
}

/// When the bell rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bell {
    /// When the output is a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make an account, with an invite or where the server takes everybody
    #[command(after_help = JOIN_EXAMPLES)]
    Join(Join),
    /// Log this device in with password and code
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(Login),
    /// End this device's login and remove the account from this machine
    #[command(after_help = "Examples:\n  chat logout\n  chat --profile work logout --force")]
    Logout(Logout),
    /// Replace your authenticator with a new one
    #[command(after_help = TOTP_EXAMPLES)]
    Totp(Totp),
    /// Say something in a room
    #[command(after_help = SEND_EXAMPLES)]
    Send(Send),
    /// Print what is said, as it is said
    #[command(after_help = TAIL_EXAMPLES)]
    Tail(Tail),
    /// List your rooms; join, leave and make rooms, let people into sealed ones
    #[command(alias = "room", after_help = ROOMS_EXAMPLES)]
    Rooms(Rooms),
    /// List who is in a room
    #[command(after_help = "Examples:\n  chat members\n  chat members --room ops --json")]
    Members(Members),
    /// Print what was said
    #[command(
        after_help = "Examples:\n  chat history --room ops\n  chat history --room ops --before 120 --limit 50 --json"
    )]
    History(History),
    /// Find words in what was said
    #[command(
        after_help = "Examples:\n  chat search deploy friday\n  chat search --room ops rollback --json"
    )]
    Search(Search),
    /// Print who you are on the server
    #[command(after_help = "Examples:\n  chat whoami\n  chat whoami --json")]
    Whoami,
    /// List the devices that are logged in as you; approve one, or end its login
    #[command(after_help = sealed::DEVICES_EXAMPLES)]
    Devices(Devices),
    /// Compare keys with somebody, so that nobody stands in between
    #[command(after_help = sealed::VERIFY_EXAMPLES)]
    Verify(sealed::Verify),
    /// Look after this device's keys of sealed rooms: copy them, close them, start over
    #[command(after_help = sealed::KEYS_EXAMPLES)]
    Keys(sealed::Keys),
    /// Print what is set up here and whether the server answers
    #[command(after_help = "Examples:\n  chat status\n  chat status --json")]
    Status,
    /// Tell the moderators about messages or a person
    #[command(after_help = REPORT_EXAMPLES)]
    Report(Report),
    /// List your reports and what became of them
    #[command(after_help = "Examples:\n  chat reports\n  chat reports --json")]
    Reports,
    /// Answer a ban: ask the moderators to look at it again
    #[command(after_help = APPEAL_EXAMPLES)]
    Appeal(Appeal),
    /// Send files to a room or to one person
    #[command(after_help = files::UPLOAD_EXAMPLES)]
    Upload(files::Upload),
    /// Fetch a file
    #[command(after_help = files::DOWNLOAD_EXAMPLES)]
    Download(files::Download),
    /// Show what is hidden in an image
    #[command(after_help = files::REVEAL_EXAMPLES)]
    Reveal(files::Reveal),
    /// Take JSON commands on stdin and print JSON events: for programs
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Print what lets a shell complete this program's arguments
    #[command(after_help = completions::EXAMPLES)]
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The invite you were given (chat://...), or - to read it from stdin
    #[arg(required_unless_present = "server")]
    pub(crate) invite: Option<String>,
    /// Where the server is, when it takes people without an invite
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "invite")]
    pub(crate) server: Option<String>,
    /// The key the server must show, from the operator
    #[arg(long, value_name = "KEY", requires = "server")]
    pub(crate) server_key: Option<String>,
    /// The name you want
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What you tell the moderators, where they approve each account
    #[arg(long, value_name = "TEXT")]
    pub(crate) application: Option<String>,
    /// Read the password from the first line of this file, - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Write the authenticator's secret to this file (0600) and confirm it without asking
    #[arg(long, value_name = "FILE")]
    pub(crate) totp_secret_out: Option<PathBuf>,
    /// Write the recovery codes to this file (0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) recovery_out: Option<PathBuf>,
    /// What this device is called in your list of devices
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Your name on the server
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where the server is, when this machine does not know it yet
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) server: Option<String>,
    /// The key the server must show, from `chat status` on another device or from the operator
    #[arg(long, value_name = "KEY")]
    pub(crate) server_key: Option<String>,
    /// Read the password from the first line of this file, - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) code: CodeBy,
    /// What this device is called in your list of devices
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
}

/// Where a code of the present authenticator comes from; without either it is asked for.
#[derive(Debug, Args)]
pub(crate) struct CodeBy {
    /// The six digits your authenticator shows, or a recovery code
    #[arg(long, conflicts_with = "totp_secret_file")]
    pub(crate) code: Option<String>,
    /// Make the code from the secret in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) totp_secret_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Logout {
    /// Also when messages are unsent or the server does not answer
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Totp {
    /// Read the password from the first line of this file, - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) code: CodeBy,
    /// Write the new authenticator's secret to this file (0600) and confirm it without asking
    #[arg(long, value_name = "FILE")]
    pub(crate) totp_secret_out: Option<PathBuf>,
    /// Write the new recovery codes to this file (0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) recovery_out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The room: ops, #ops, or @bob for a direct message
    #[arg(long, value_name = "ROOM", default_value = "lobby")]
    pub(crate) room: String,
    /// The number of the message you reply to
    #[arg(long, value_name = "NUMBER")]
    pub(crate) reply_to: Option<u64>,
    /// Send each line of stdin as a message of its own
    #[arg(long)]
    pub(crate) lines: bool,
    /// Keep what was not accepted and send it with the next connection
    #[arg(long)]
    pub(crate) keep: bool,
    /// 32 hex digits: sending again with the same id never doubles the message
    #[arg(long, value_name = "HEX", conflicts_with = "lines")]
    pub(crate) id: Option<String>,
    /// The text, or - (or nothing) for stdin
    pub(crate) text: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Only these rooms; all of yours without it
    #[arg(long, value_name = "ROOM")]
    pub(crate) room: Vec<String>,
    /// Start after this message of the room
    #[arg(long, value_name = "NUMBER", conflicts_with = "last", requires = "room")]
    pub(crate) since: Option<u64>,
    /// Start with the last so many messages of each room
    #[arg(long, value_name = "COUNT")]
    pub(crate) last: Option<u64>,
    /// End after so many messages
    #[arg(long, value_name = "COUNT")]
    pub(crate) count: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Rooms {
    /// All open rooms of the server, not only yours
    #[arg(long)]
    pub(crate) all: bool,
    #[command(subcommand)]
    pub(crate) act: Option<RoomAct>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoomAct {
    /// Join an open room
    Join {
        /// Its name
        room: String,
    },
    /// Leave a room
    Leave {
        /// Its name
        room: String,
    },
    /// Make a room and join it: an open one, or a sealed one
    Create {
        /// Its name
        room: String,
        /// What it is about
        #[arg(long, default_value = "")]
        topic: String,
        /// Only its members can read it: the server learns neither what is said nor the name
        #[arg(long)]
        sealed: bool,
    },
    /// Let people into a sealed room, with all their devices
    Invite {
        /// The room, for instance board
        room: String,
        /// Who
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Put somebody out of a sealed room
    Remove {
        /// The room, for instance board
        room: String,
        /// Who
        name: String,
    },
    /// Print who is in a sealed room, since when, and whether you can write
    Keys {
        /// The room, for instance board
        room: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Members {
    /// The room
    #[arg(long, value_name = "ROOM", default_value = "lobby")]
    pub(crate) room: String,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The room
    #[arg(long, value_name = "ROOM", default_value = "lobby")]
    pub(crate) room: String,
    /// The messages just before this one
    #[arg(long, value_name = "NUMBER", conflicts_with = "after")]
    pub(crate) before: Option<u64>,
    /// The messages just after this one
    #[arg(long, value_name = "NUMBER")]
    pub(crate) after: Option<u64>,
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// The words; all must occur
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Only this room
    #[arg(long, value_name = "ROOM")]
    pub(crate) room: Option<String>,
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    pub(crate) act: Option<DeviceAct>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceAct {
    /// Let another of your devices read your sealed rooms, after comparing the code that both show
    Approve {
        /// Its number, from `chat devices`
        device: u64,
        /// The code that device shows; asked for without it
        #[arg(long, value_name = "CODE")]
        code: Option<String>,
    },
    /// End a device's login for good
    Revoke {
        /// Its number, from `chat devices`
        device: u64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The room the messages are in
    #[arg(long, value_name = "ROOM", default_value = "lobby", conflicts_with = "name")]
    pub(crate) room: String,
    /// The number of a message; several times for several
    #[arg(long, value_name = "NUMBER", required_unless_present = "name")]
    pub(crate) seq: Vec<u64>,
    /// The person, when it is not about messages
    #[arg(long, conflicts_with = "seq")]
    pub(crate) name: Option<String>,
    /// spam, harassment, threat, illegal, impersonation or other
    #[arg(long, value_name = "WORD", default_value = "other")]
    pub(crate) category: String,
    /// What the moderators should know
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) note: String,
    /// In a sealed room: how many messages on either side are opened with them
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=5))]
    pub(crate) around: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Appeal {
    /// What you want to say, or - to read a line of stdin; asked for without it
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Read the password from the first line of this file, when the device alone is not enough
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) code: CodeBy,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Only hand on entries of these rooms; all of yours without it
    #[arg(long, value_name = "ROOM")]
    pub(crate) room: Vec<String>,
}

impl Global {
    /// Returns how long to wait for an answer.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Returns what chooses this profile in a command line, with a space in front; nothing for the default one.
    pub(crate) fn profile_option(&self) -> String {
        match self.profile.as_str() {
            "default" => String::new(),
            name => format!(" --profile {name}"),
        }
    }
}

const EXIT_CODES: &str = "\
Exit codes: 0 done and accepted, 1 wrong arguments or a problem here, 2 network, 3 login,
4 refused by the server, 5 the server's key has changed, 6 only a part was done,
7 a moderator decides first.

Start with an invite:  chat join 'chat://...'   then:  chat";
const JOIN_EXAMPLES: &str = "\
Examples:
  chat join 'chat://chat.example.org:7777/i/TOKEN#k=KEY'
  chat join --server chat.example.org --application 'Ada from the reading group'
  chat join - --name bot --password-file pw --totp-secret-out totp --recovery-out codes < invite";
const LOGIN_EXAMPLES: &str = "\
Examples:
  chat login
  chat login --server chat.example.org --server-key KEY --name ada
  chat login --name bot --password-file pw --totp-secret-file totp";
const TOTP_EXAMPLES: &str = "\
Examples:
  chat totp
  chat totp --password-file pw --totp-secret-file totp --totp-secret-out totp.new --recovery-out codes.new";
const SEND_EXAMPLES: &str = "\
Examples:
  chat send --room ops 'deploy is done'
  make 2>&1 | tail -20 | chat send --room ops -
  chat send --room @bob 'lunch?'
  tail -f log | chat send --room ops --lines";
const TAIL_EXAMPLES: &str = "\
Examples:
  chat tail
  chat tail --room ops --last 10
  chat tail --room ops --json | jq -r .text";
const ROOMS_EXAMPLES: &str = "\
Examples:
  chat rooms
  chat rooms --all --json
  chat rooms join ops
  chat rooms create ops --topic 'what runs and what does not'
  chat room create --sealed board
  chat room invite board bob carol
  chat room remove board mallory";
const REPORT_EXAMPLES: &str = "\
Examples:
  chat report --room ops --seq 12 --seq 13 --category spam --note 'the same all day'
  chat report --name mallory --category impersonation";
const APPEAL_EXAMPLES: &str = "\
Examples:
  chat appeal
  chat appeal --text 'It was my brother.'
  chat appeal --text - --password-file pw --totp-secret-file totp < words";
const RUN_EXAMPLES: &str = "\
Examples:
  printf '%s\\n' '{\"id\":1,\"cmd\":\"send\",\"room\":\"lobby\",\"text\":\"hello\"}' | chat run
The commands and events are described in the user guide.";
