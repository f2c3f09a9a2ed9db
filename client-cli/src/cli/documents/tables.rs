//! Files, variables and exit codes, for the user guide and the man page.

use crate::cli::exit::Exit;

/// Where things are: the place and what it is.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "~/.config/livechat/chat.toml",
        "settings of the full-screen interface, for all profiles; need not be there",
    ),
    ("~/.config/livechat/PROFILE/profile.toml", "server, pinned key, account name"),
    (
        "~/.local/share/livechat/PROFILE/device.key",
        "this device's key: who has it is you, until you revoke the device",
    ),
    ("~/.local/share/livechat/PROFILE/unsent/", "messages the server has not accepted yet"),
    ("~/.local/share/livechat/PROFILE/spool/", "files that are sealed and not sent yet, with their keys"),
    (
        "~/.local/share/livechat/PROFILE/pictures/",
        "pictures you looked at with F5, opened, at most 64 MiB; removed when the full screen ends",
    ),
    (
        "~/.local/share/livechat/PROFILE/vault.db",
        "the keys of sealed rooms, what this device has read in them, half-typed lines, quiet rooms and ignored people; every value sealed",
    ),
    (
        "~/.local/share/livechat/PROFILE/vault.key",
        "the key of that file; \"chat keys close\" puts a passphrase in front of it",
    ),
];

/// Variables of the environment.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("CHAT_PROFILE", "the profile, as --profile"),
    ("CHAT_HOME", "one folder for everything the program keeps, in place of the XDG folders"),
    ("CHAT_DOWNLOADS", "the folder that fetched files go to, as --out; wins over chat.toml"),
    (
        "CHAT_KEYS_PASSPHRASE_FILE",
        "the file with the passphrase of this profile's keys, as --keys-passphrase-file",
    ),
    (
        "XDG_CONFIG_HOME, XDG_DATA_HOME",
        "where the folders livechat lie, instead of ~/.config and ~/.local/share",
    ),
    ("NO_COLOR", "when set and not empty: no colours, whatever chat.toml says"),
    ("TERM", "with \"dumb\", chat does not take the screen over and uses no control sequences"),
    ("VISUAL, EDITOR", "the editor that the full screen opens for long messages"),
];

/// What the exit codes mean.
pub(super) const EXITS: &[(Exit, &str)] = &[
    (Exit::Ok, "done; for a message: the server has accepted it and it is on disk there"),
    (Exit::Usage, "wrong arguments or settings, or a problem on this machine (files, profile in use)"),
    (
        Exit::Network,
        "no connection, no answer in time (--timeout SECONDS), or the server cannot do it at the moment",
    ),
    (
        Exit::Auth,
        "not logged in, wrong name, password or code, bad invite; this device is not approved for sealed rooms",
    ),
    (
        Exit::Refused,
        "the server refused: banned, kicked, muted, too fast, slow mode, a filter, a locked room, not permitted, no such room or person",
    ),
    (
        Exit::UntrustedKey,
        "the server shows another key than the pinned one, a person another one than before, or a device another code; nothing was sent",
    ),
    (
        Exit::Partial,
        "only a part was done: some lines of \"send --lines\", some files of \"upload\", some commands of \"run\", fewer messages than \"tail --count\"",
    ),
    (Exit::Held, "a moderator decides first: the message waits for review, or the account for approval"),
];

#[test]
fn every_exit_code_and_every_variable_of_an_option_is_explained() {
    let codes: Vec<_> = EXITS.iter().map(|(exit, _)| *exit as u8).collect();
    assert_eq!(codes, (0..=Exit::Held as u8).collect::<Vec<_>>());
    let command = <crate::cli::args::Cli as clap::CommandFactory>::command();
    let all = command.get_subcommands().flat_map(clap::Command::get_arguments).chain(command.get_arguments());
    for variable in all.filter_map(|argument| argument.get_env()).map(|name| name.to_str().unwrap()) {
        assert!(VARIABLES.iter().any(|(name, _)| *name == variable), "{variable}");
    }
}
