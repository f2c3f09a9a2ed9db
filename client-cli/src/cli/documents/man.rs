//! The man page `chat(1)`.

use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::guide::usage_of;
use super::tables::{EXITS, FILES, VARIABLES};
use crate::cli::args::Cli;
use crate::cli::completions::visible;
use crate::cli::conversation::commands::{TABLE, usage, who};
use crate::cli::tui::config::table::SETTINGS;
use crate::cli::tui::keys::{ACTIONS, Group};

/// Returns the page.
pub(super) fn page() -> String {
    let mut command = visible(&Cli::command());
    command.build();
    let man = Man::new(command.clone()).manual("LiveChat");
    let mut page = Vec::new();
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    man.render_synopsis_section(&mut page).unwrap();
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    for paragraph in DESCRIPTION {
        roff.control("PP", []).text([roman(*paragraph)]);
    }
    page.extend(roff.to_roff().into_bytes());
    man.render_options_section(&mut page).unwrap();
    let mut roff = Roff::new();
    subcommands(&mut roff, &command);
    keys(&mut roff);
    commands(&mut roff);
    configuration(&mut roff);
    pairs(&mut roff, "FILES", FILES.iter().map(|(name, what)| (italic(*name), (*what).to_owned())));
    pairs(&mut roff, "ENVIRONMENT", VARIABLES.iter().map(|(name, what)| (bold(*name), (*what).to_owned())));
    let exits = EXITS.iter().map(|(exit, what)| (bold((*exit as u8).to_string()), (*what).to_owned()));
    pairs(&mut roff, "EXIT STATUS", exits);
    page.extend(roff.to_roff().into_bytes());
    String::from_utf8(page).unwrap()
}

fn subcommands(roff: &mut Roff, command: &Command) {
    roff.control("SH", ["SUBCOMMANDS"]);
    for command in command.get_subcommands() {
        subcommand(roff, command);
    }
}

fn subcommand(roff: &mut Roff, command: &Command) {
    if command.get_name() == "help" {
        return;
    }
    if !command.is_subcommand_required_set() {
        roff.control("SS", [usage_of(command).as_str()]);
        roff.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default() + ".")]);
        let own = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
        for argument in own {
            roff.control("TP", []).text(name(argument)).text([roman(explained(argument))]);
        }
    }
    for command in command.get_subcommands() {
        subcommand(roff, command);
    }
    if let Some(examples) = command.get_after_help() {
        roff.control("PP", []).control("nf", []);
        for line in examples.to_string().lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
}

fn name(argument: &Arg) -> Vec<Inline> {
    let values = argument.get_value_names().unwrap_or_default().join(" ");
    match argument.get_long() {
        Some(long) if argument.get_action().takes_values() => {
            vec![bold(format!("--{long}")), roman(" "), italic(values)]
        }
        Some(long) => vec![bold(format!("--{long}"))],
        None => vec![italic(values)],
    }
}

fn explained(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default() + ".";
    let values: Vec<_> = argument.get_possible_values();
    let takes = argument.get_action().takes_values();
    if takes && !values.is_empty() {
        let names: Vec<_> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
        text.push_str(&format!(" One of {}.", names.join(", ")));
    }
    let defaults = argument.get_default_values().iter().filter_map(|value| value.to_str());
    let defaults: Vec<_> = defaults.filter(|value| takes && !value.is_empty()).collect();
    if !defaults.is_empty() {
        text.push_str(&format!(" Without it: {}.", defaults.join(" ")));
    }
    text
}

fn keys(roff: &mut Roff) {
    roff.control("SH", ["KEYS"]);
    roff.text([roman(
        "The keys of the full-screen interface. The words in brackets name them in chat.toml.",
    )]);
    for group in Group::ALL {
        roff.control("SS", [group.title()]);
        for row in ACTIONS.iter().filter(|row| row.group == group) {
            let help = format!("{} [{}]", row.help, row.name);
            roff.control("TP", []).text([bold(row.keys.join(", "))]).text([roman(help)]);
        }
    }
}

fn commands(roff: &mut Roff) {
    roff.control("SH", ["COMMANDS"]);
    roff.text([roman(
        "What can be typed while chatting. Everything else is said in the room; // says a slash.",
    )]);
    for row in TABLE {
        let also: Vec<_> = row.aliases.iter().map(|alias| format!("/{alias}")).collect();
        let also = if also.is_empty() { String::new() } else { format!(" Also {}.", also.join(", ")) };
        let who = if who(row) == "moderators" { " For moderators." } else { "" };
        roff.control("TP", []).text([bold(usage(row))]).text([roman(format!("{}{also}{who}", row.help))]);
    }
}

fn configuration(roff: &mut Roff) {
    roff.control("SH", ["CONFIGURATION"]);
    roff.text([roman(
        "Settings of the full-screen interface stand in chat.toml; a key that is not listed here is an error.",
    )]);
    for setting in SETTINGS {
        let dot = if setting.section.is_empty() { "" } else { "." };
        let value = if setting.has_default { format!(" = {}", setting.value) } else { String::new() };
        let choices: Vec<_> =
            setting.choices.iter().map(|(word, what)| format!("\"{word}\": {what}")).collect();
        let choices = if choices.is_empty() { String::new() } else { format!(" {}.", choices.join("; ")) };
        let name = bold(format!("{}{dot}{}", setting.section, setting.name));
        roff.control("TP", []).text([name, roman(value)]).text([roman(format!("{}{choices}", setting.help))]);
    }
    let text = "The keys of an action: one key, a list of keys, or [] for none. The names stand under KEYS.";
    roff.control("TP", []).text([bold("keys."), italic("NAME")]).text([roman(text)]);
}

fn pairs(roff: &mut Roff, title: &str, rows: impl Iterator<Item = (Inline, String)>) {
    roff.control("SH", [title]);
    for (name, what) in rows {
        roff.control("TP", []).text([name]).text([roman(what)]);
    }
}

const DESCRIPTION: &[&str] = &[
    "Without a subcommand chat opens its full-screen interface, when standard input and output are terminals and TERM is not \"dumb\". With --plain, in a pipe and on a dumb terminal it chats line by line: what is said goes to standard output, everything else to standard error.",
    "With a subcommand it does one thing and ends, for scripts. With --json it prints one object a line; the user guide describes them.",
    "You need an account: chat join with the invite you were given makes one, chat login logs another device in.",
];
