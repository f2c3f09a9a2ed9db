use super::table::{SETTINGS, example};
use super::*;
use crate::cli::tui::keys::{ACTIONS, Action};

const FILE: &str = "/ada/.config/livechat/chat.toml";

#[test]
fn the_shipped_file_as_it_is_and_without_its_comment_signs_is_the_default() {
    assert_eq!(config(&example()), Config::default());
    let uncommented = uncommented(&example());
    let mut config = config(&uncommented);
    assert_eq!(config.downloads.take(), Some(PathBuf::from("/ada/Downloads")));
    assert_eq!(config, Config { keymap: config.keymap.clone(), ..Config::default() });
    for row in ACTIONS {
        assert_eq!(config.keymap.keys_of(row.action), row.keys);
        assert!(uncommented.contains(&format!("\n{} = ", row.name)));
    }
}

#[test]
fn the_table_has_every_key_and_every_choice_and_nothing_else() {
    let mut known = Vec::new();
    for name in ["", "notify."] {
        let text = format!("{name}nothing-like-that = 1");
        let error = Config::from_file(&text, FILE, &Surroundings::default()).unwrap_err().to_string();
        known.extend(expected(&error).filter(|key| !["notify", "keys"].contains(key)).map(str::to_owned));
    }
    let mut documented: Vec<_> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
    documented.sort();
    known.sort();
    assert_eq!(documented, known);
    for setting in SETTINGS.iter().filter(|setting| !setting.choices.is_empty()) {
        let dot = if setting.section.is_empty() { "" } else { "." };
        let key = format!("{}{dot}{}", setting.section, setting.name);
        let error = wrong(&format!("{key} = \"nothing-like-that\""));
        let choices: Vec<_> = setting.choices.iter().map(|(word, _)| *word).collect();
        assert_eq!(expected(&error).collect::<Vec<_>>(), choices, "{key}");
    }
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_key() {
    let error = wrong("theme = \"dark\"\n[notify]\nwhne = \"all\"\n");
    assert!(error.starts_with(&format!("{FILE}, line 3: unknown field `whne`")), "{error}");
    assert!(wrong("[keys]\nswitchr = \"ctrl-t\"").contains("[keys]: there is no action \"switchr\""));
    assert!(wrong("[keys]\neditor = \"ctrl-k\"").contains("ctrl-k does two things: editor and switcher"));
    assert!(wrong("[keys]\neditor = 5").contains("line 2: expected a key"));
    assert!(wrong("theme = \"mauve\"").contains("`high-contrast`"));
    assert!(wrong("downloads = \"pictures\"").contains("begins with / or ~/"));
    assert!(wrong("theme = \"dark").contains("line 1: "));
}

#[test]
fn keys_are_one_or_several_or_none() {
    let config = config("[keys]\nswitcher = \"ctrl-t\"\nhelp = [\"f1\", \"alt-h\"]\ncopy = []\n");
    assert_eq!(config.keymap.keys_of(Action::Switcher), ["ctrl-t"]);
    assert_eq!(config.keymap.keys_of(Action::Help), ["f1", "alt-h"]);
    assert_eq!(config.keymap.keys_of(Action::Copy), [""; 0]);
}

#[test]
fn variables_win_over_the_file() {
    let around = Surroundings { no_color: true, downloads: Some("/d".into()), home: None };
    let config = Config::from_file("theme = \"light\"\ndownloads = \"/else\"", FILE, &around).unwrap();
    assert_eq!((config.theme, config.downloads), (ThemeName::None, Some("/d".into())));
}

#[test]
fn a_missing_file_is_the_default_and_what_is_no_file_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let folders = Folders::under(home.path());
    assert_eq!(Config::load(&folders).unwrap().mouse, Config::default().mouse);
    fs::write(folders.settings_file(), "mouse = false").unwrap();
    assert!(!Config::load(&folders).unwrap().mouse);
    fs::write(folders.settings_file(), " ".repeat(70_000)).unwrap();
    assert!(matches!(Config::load(&folders), Err(ConfigError::TooLarge { .. })));
    fs::remove_file(folders.settings_file()).unwrap();
    fs::create_dir(folders.settings_file()).unwrap();
    assert!(matches!(Config::load(&folders), Err(ConfigError::Io { .. })));
}

fn config(text: &str) -> Config {
    let around = Surroundings { home: Some("/ada".into()), ..Surroundings::default() };
    Config::from_file(text, FILE, &around).unwrap()
}

fn wrong(text: &str) -> String {
    Config::from_file(text, FILE, &Surroundings::default()).unwrap_err().to_string()
}

/// What a complaint says was expected.
fn expected(error: &str) -> impl Iterator<Item = &str> {
    let list = error.split_once("expected").unwrap().1;
    list.split('`').skip(1).step_by(2)
}

/// Takes the comment sign off every setting; explanations have a space behind theirs.
fn uncommented(file: &str) -> String {
    let lines = file.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') && setting.contains(" = ") => setting,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}
