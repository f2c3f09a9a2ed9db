//! The sections of the user guide that are made from tables, each between two marks.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::tables::{EXITS, FILES, VARIABLES};
use crate::cli::args::Cli;
use crate::cli::completions::visible;
use crate::cli::conversation::commands::{TABLE, usage, who};
use crate::cli::tui::config::table::SETTINGS;
use crate::cli::tui::keys::{ACTIONS, Group};

/// Returns the guide with each section made anew.
pub(super) fn filled(guide: &str) -> String {
    let sections = [
        ("keys", keys()),
        ("configuration", configuration()),
        ("commands", commands()),
        ("program", program()),
        ("exits", exits()),
        ("variables", two_columns("variable", "what it does", VARIABLES)),
        ("files", two_columns("where", "what", FILES)),
    ];
    let mut guide = guide.to_owned();
    for (name, section) in sections {
        let (start, end) =
            (format!("<!-- {name}: from the program's tables -->\n"), format!("<!-- end of {name} -->"));
        let (before, rest) =
            guide.split_once(&start).unwrap_or_else(|| panic!("the guide has no mark {start}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the guide has no mark {end}"));
        guide = format!("{before}{start}\n{section}\n{end}{after}");
    }
    guide
}

fn keys() -> String {
    let mut text = String::new();
    for group in Group::ALL {
        let _ = writeln!(text, "**{}**\n\n| key | what it does | name |\n|---|---|---|", group.title());
        for row in ACTIONS.iter().filter(|row| row.group == group) {
            let keys: Vec<_> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(text, "| {} | {} | `{}` |", keys.join(", "), cell(row.help), row.name);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len() + 1);
    text
}

fn configuration() -> String {
    let mut text = String::from("| key | default | what it does |\n|---|---|---|\n");
    for setting in SETTINGS {
        let dot = if setting.section.is_empty() { "" } else { "." };
        let default = if setting.has_default { code(setting.value) } else { "not set".to_owned() };
        let choices: Vec<_> = setting.choices.iter().map(|(word, what)| format!("`{word}` {what}")).collect();
        let choices = if choices.is_empty() { String::new() } else { format!(" {}.", choices.join("; ")) };
        let name = format!("{}{dot}{}", setting.section, setting.name);
        let _ = writeln!(text, "| `{name}` | {default} | {}{} |", cell(setting.help), cell(&choices));
    }
    text
}

fn commands() -> String {
    let mut text = String::from("| command | also | who | what it does |\n|---|---|---|---|\n");
    for row in TABLE {
        let also: Vec<_> = row.aliases.iter().map(|alias| format!("`/{alias}`")).collect();
        let (also, who) = (also.join(" "), who(row));
        let _ = writeln!(text, "| {} | {also} | {who} | {} |", code(&usage(row)), cell(row.help));
    }
    text
}

fn program() -> String {
    let mut text = String::from("| command | what it does | options |\n|---|---|---|\n");
    let mut command = visible(&Cli::command());
    command.build();
    for command in command.get_subcommands() {
        program_rows(&mut text, command);
    }
    text
}

fn program_rows(text: &mut String, command: &Command) {
    if command.get_name() == "help" {
        return;
    }
    if !command.is_subcommand_required_set() {
        let (usage, about) =
            (usage_of(command), command.get_about().map(ToString::to_string).unwrap_or_default());
        let own = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
        let options: Vec<_> =
            own.filter_map(|argument| argument.get_long()).map(|long| format!("`--{long}`")).collect();
        let _ = writeln!(text, "| {} | {} | {} |", code(&usage), cell(&about), options.join(" "));
    }
    for command in command.get_subcommands() {
        program_rows(text, command);
    }
}

/// Returns how a command is typed, without the word for its options.
pub(super) fn usage_of(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let line = usage.lines().next().unwrap_or_default().trim_start_matches("Usage: ");
    line.replace("[OPTIONS] ", "").replace(" [OPTIONS]", "").replace(" [COMMAND]", "")
}

fn exits() -> String {
    let mut text = String::from("| code | meaning |\n|---|---|\n");
    for (exit, meaning) in EXITS {
        let _ = writeln!(text, "| {} | {} |", *exit as u8, quoted_as_code(&cell(meaning)));
    }
    text
}

fn two_columns(left: &str, right: &str, rows: &[(&str, &str)]) -> String {
    let mut text = format!("| {left} | {right} |\n|---|---|\n");
    for (name, what) in rows {
        let names: Vec<_> = name.split(", ").map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "| {} | {} |", names.join(", "), quoted_as_code(&cell(what)));
    }
    text
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

/// A bar would end the cell, inside of code as well, and angle brackets would be taken for a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn quoted_as_code(text: &str) -> String {
    text.replace('"', "`")
}

#[test]
fn a_bar_does_not_end_a_cell() {
    for line in commands().lines().chain(program().lines()).filter(|line| line.starts_with("| `")) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!(bars == 5 || bars == 4, "{line}");
    }
}
