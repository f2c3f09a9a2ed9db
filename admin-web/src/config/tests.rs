use service::settings::{ConfigError, Flag, Loaded, Origin, Sources, load};

use super::*;

/// The annotated file as it is shipped: every key is there, as a comment.
const SHIPPED: &str = include_str!("../../../deploy/admin-web.toml");

#[test]
fn the_shipped_file_as_it_is_sets_nothing() {
    let loaded = load_file(SHIPPED).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.settings.iter().all(|setting| setting.origin == Origin::Default));
}

#[test]
fn the_shipped_file_with_every_comment_taken_off_sets_every_key_to_its_default() {
    let loaded = load_file(&uncommented(SHIPPED)).unwrap();
    for setting in &loaded.settings {
        assert!(matches!(setting.origin, Origin::File(..)), "{} is not in the file", setting.key);
    }
    let mut config = loaded.config;
    assert!(config.keys_dir.take().is_some());
    assert!(config.tls.certificate.take().is_some() && config.tls.key.take().is_some());
    assert_eq!(config, Config::default());
}

#[test]
fn every_key_of_the_shipped_file_is_explained_in_the_line_above_it() {
    let lines: Vec<&str> = SHIPPED.lines().collect();
    let keys: Vec<usize> = (1..lines.len()).filter(|&at| is_setting(lines[at])).collect();
    for at in &keys {
        assert!(lines[at - 1].starts_with("# "), "line {} has no explanation above it", at + 1);
    }
    assert_eq!(keys.len(), KEYS.len());
}

#[test]
fn a_listener_that_others_reach_needs_encryption() {
    let mut config = Config { listen: "0.0.0.0:8080".parse().unwrap(), ..Config::default() };
    assert_eq!(config.check_together(), Err(Together::Open(config.listen)));
    config.behind_proxy = true;
    assert_eq!(config.check_together(), Ok(()));
    config.behind_proxy = false;
    config.tls.certificate = Some("/c.pem".into());
    assert_eq!(config.check_together(), Err(Together::HalfTls));
    config.tls.key = Some("/k.pem".into());
    assert_eq!(config.check_together(), Ok(()));
    assert_eq!(Config::default().check_together(), Ok(()));
}

#[test]
fn an_unknown_key_names_the_nearest_and_a_number_its_range() {
    let error = load_file("[session]\nidle_minute = 5\n").unwrap_err().to_string();
    assert!(error.contains("nearest known key is \"session.idle_minutes\""), "{error}");
    let error = load_file("[session]\nidle_minutes = 0\n").unwrap_err().to_string();
    assert!(error.ends_with("session.idle_minutes: is 0, allowed is 1 to 720"), "{error}");
}

#[test]
fn flags_win_over_variables_and_variables_over_the_file() {
    let sources = Sources {
        file: Some(("/etc/admin-web.toml".into(), "[session]\nhours = 2\nidle_minutes = 2\n".to_owned())),
        env: vec![
            ("ADMIN__SESSION__HOURS".to_owned(), "3".to_owned()),
            ("ADMIN__SESSION__IDLE_MINUTES".to_owned(), "3".to_owned()),
        ],
        flags: vec![Flag {
            name: "--set".to_owned(),
            key: "session.hours".to_owned(),
            value: "4".to_owned(),
        }],
    };
    let loaded: Loaded<Config> = load(&sources).unwrap();
    assert_eq!((loaded.config.session.hours, loaded.config.session.idle_minutes), (4, 3));
}

fn load_file(text: &str) -> Result<Loaded<Config>, ConfigError> {
    load(&Sources { file: Some(("/etc/admin-web.toml".into(), text.to_owned())), ..Sources::default() })
}

fn is_setting(line: &str) -> bool {
    line.strip_prefix('#')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.contains(" = "))
}

fn uncommented(text: &str) -> String {
    let uncomment = |line: &str| if is_setting(line) { line[1..].to_owned() } else { line.to_owned() };
    text.lines().map(uncomment).collect::<Vec<_>>().join("\n")
}
