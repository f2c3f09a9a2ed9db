use std::collections::BTreeSet;

use proptest::prelude::*;
use proto::ids::Timestamp;
use proto::message::Role;

use super::*;
use crate::filter::FloodAction;
use crate::raid::{JoinRate, Posture, RaidLevel};
use crate::role::permits;

#[test]
fn every_setting_has_a_name_of_its_own_a_help_and_a_default_that_fits() {
    let names: BTreeSet<_> = KEYS.into_iter().map(Key::name).collect();
    assert_eq!(names.len(), KEYS.len());
    for (place, key) in KEYS.into_iter().enumerate() {
        let row = key.row();
        assert_eq!(key as usize, place, "the list is complete and in order");
        assert_eq!(Key::from_name(row.name), Some(key));
        assert_eq!(parse(key, row.default), Ok(key.default_value()), "{}", row.name);
        assert!(row.help.ends_with('.') && 20 < row.help.len(), "{}", row.name);
        assert!(permits(Role::Owner, row.needs) && !permits(Role::Moderator, row.needs), "{}", row.name);
    }
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    for (key, typed, words) in [
        (Key::RegistrationMode, "maybe", "registration.mode is one of invite, approval, open, closed"),
        (Key::JoinRateLevel, "5", "registration.join_rate_level is a whole number from 1 to 4"),
        (Key::NewcomerMinutes, "-1", "newcomer.minutes is a whole number from 0 to 525600"),
        (Key::NewcomerMinutes, "+1", "newcomer.minutes is a whole number from 0 to 525600"),
        (Key::NewcomerHoldLinks, "perhaps", "newcomer.hold_links is on or off"),
        (
            Key::JoinRate,
            "1/10m",
            "\"1/10m\" is not a rate of joins; write one like 10/10m, from 2 to 1000 joins within at most a day, or off",
        ),
        (
            Key::ReportsCategoriesNote,
            "two\nlines",
            "reports.categories_note is one line of at most 512 bytes",
        ),
        (
            Key::WebhookUrl,
            "ftp://example.org",
            "webhook.url is an address that starts with https:// or http://, without a name and password in it, or empty",
        ),
        (Key::WebhookSecret, "short", "webhook.secret is empty or has 16 to 256 characters without spaces"),
    ] {
        assert_eq!(parse(key, typed).unwrap_err().to_string(), words);
    }
}

#[test]
fn a_web_address_has_a_host_and_no_password() {
    for (typed, fits) in [
        ("", true),
        ("https://hooks.example.org/a?b=c", true),
        ("http://127.0.0.1:9/", true),
        ("https://", false),
        ("https:///path", false),
        ("https://ada:secret@example.org/", false),
        ("https://example.org/ path", false),
        ("javascript:alert(1)", false),
        ("https://example.org/\"onload", false),
    ] {
        assert_eq!(parse(Key::WebhookUrl, typed).is_ok(), fits, "{typed}");
    }
}

#[test]
fn a_secret_is_stored_and_never_shown() {
    let value = parse(Key::WebhookSecret, "sixteen-or-more-of-it").unwrap();
    assert_eq!(value.stored(), "sixteen-or-more-of-it");
    assert_eq!(value.shown(), "set");
    assert_eq!(Key::WebhookSecret.default_value().shown(), "not set");
    let (settings, _) = Settings::from_stored([("webhook.secret", "sixteen-or-more-of-it")]);
    for printed in [format!("{value:?}"), format!("{settings:?}")] {
        assert!(!printed.contains("sixteen"), "{printed}");
    }
}

#[test]
fn what_is_stored_takes_the_place_of_defaults_and_what_cannot_be_read_is_told() {
    let (settings, problems) = Settings::from_stored([
        ("registration.mode", "approval"),
        ("registration.join_rate", "3/1m"),
        ("registration.join_rate_level", "1"),
        ("flood.action", "kick"),
        ("newcomer.minutes", "lots"),
        ("made.up", "1"),
        ("retention.open_days", "30"),
    ]);
    assert_eq!(settings.registration, RegistrationMode::Approval);
    assert_eq!(settings.flood, FloodAction::Kick);
    assert_eq!(settings.retention_open_days, Some(30));
    assert_eq!(settings.newcomer_ms, Settings::default().newcomer_ms);
    assert_eq!(problems.len(), 2, "{problems:?}");
    let trigger = settings.join_trigger().unwrap();
    assert_eq!((trigger.joins, trigger.within_ms, trigger.lasts_ms), (3, 60_000, 3_600_000));
    let mut rate = JoinRate::default();
    let raised = (0..3).find_map(|_| rate.joined(trigger, &Posture::NORMAL, Timestamp(0)));
    assert_eq!(raised.unwrap().level, RaidLevel::STAFF_ONLY);
}

#[test]
fn joins_can_be_switched_off() {
    let (settings, problems) = Settings::from_stored([("registration.join_rate", "off")]);
    assert_eq!((settings.join_trigger(), problems), (None, vec![]));
    assert!(Settings::default().join_trigger().is_some());
}

proptest! {
    #[test]
    fn a_value_reads_back_from_its_stored_form(place in 0..KEYS.len(), typed in "\\PC{0,20}", plain in "[a-z0-9/:.]{0,20}") {
        for typed in [typed.as_str(), &plain] {
            if let Ok(value) = parse(KEYS[place], typed) {
                prop_assert_eq!(parse(KEYS[place], value.stored()), Ok(value.clone()));
                let mut settings = Settings::default();
                settings.set(&value);
            }
        }
    }
}
