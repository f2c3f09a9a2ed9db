//! `chatd config`: whether the settings can be used, and what is in force.

use super::args::ConfigCommand;
use super::failure::Failure;
use super::place::Place;
use super::screen::say;

/// Carries out one of the `config` commands. That the settings could be read is known already.
pub(crate) fn run(command: &ConfigCommand, place: &Place) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check => check(place),
        ConfigCommand::Print => print(place),
    }
}

fn check(place: &Place) -> Result<(), Failure> {
    let settings = &place.loaded.settings;
    let set = settings.iter().filter(|setting| setting.is_set()).count();
    let file =
        if place.file.exists() { place.file.display().to_string() } else { "no settings file".to_owned() };
    Ok(say(&format!(
        "The settings can be used: {file}, {set} of {} keys set, the others have their defaults.",
        settings.len()
    ))?)
}

/// Prints every key as a line of TOML with who set it as a comment.
fn print(place: &Place) -> Result<(), Failure> {
    let lines: Vec<(String, String)> = place
        .loaded
        .settings
        .iter()
        .map(|setting| match &setting.value {
            Some(value) => (format!("{} = {value}", setting.key), setting.origin.to_string()),
            None => (format!("# {} is not set", setting.key), setting.origin.to_string()),
        })
        .collect();
    let width = lines.iter().map(|(setting, _)| setting.chars().count()).max().unwrap_or(0);
    for (setting, origin) in lines {
        say(&format!("{setting:<width$}  # {origin}"))?;
    }
    Ok(())
}
