//! SIGHUP: the settings are read again, and those that can change while the server runs take effect.

use tokio::sync::watch;
use tracing::{info, warn};

use super::failure::Failure;
use super::place::Place;
use crate::config::{Config, Flag, Loaded};
use crate::settings::Settings;
use service::logging::LogControl;

/// Where the settings came from, and who wants to hear of changes.
#[derive(Debug)]
pub(crate) struct Reloader {
    place: Place,
    /// What the server runs with: as at its start, but for what was taken up since.
    running: Config,
    flags: Vec<Flag>,
    log: LogControl,
    settings: watch::Sender<Settings>,
}

impl Reloader {
    /// Returns a reloader that starts from the settings in force.
    pub(crate) fn new(
        place: Place,
        flags: Vec<Flag>,
        log: LogControl,
        settings: watch::Sender<Settings>,
    ) -> Self {
        let running = place.config().clone();
        Self { place, running, flags, log, settings }
    }

    /// Reads the settings again. Settings that cannot be used change nothing.
    pub(crate) fn reload(&mut self) {
        let place = match self.place.read_again(self.flags.clone()) {
            Ok(place) => place,
            Err(Failure::Usage(problem)) => {
                return warn!(%problem, "settings not taken up, the old ones stay");
            }
            Err(failure) => return warn!(problem = ?failure, "settings not taken up, the old ones stay"),
        };
        for key in waiting(&self.place.loaded, &place.loaded) {
            warn!(key, "this setting has changed and needs a restart");
        }
        if let Err(error) = self.log.set(place.config().log.level) {
            warn!(%error, "log level not taken up");
        }
        let config = taken_up(self.running.clone(), place.config());
        match Settings::of(&config) {
            Ok(settings) => {
                self.settings.send_replace(settings);
                self.running = config;
                info!("settings read again");
            }
            Err(problem) => warn!(%problem, "settings not taken up, the old ones stay"),
        }
    }
}

/// Returns the settings of a running server with what may change taken from the new ones.
fn taken_up(running: Config, new: &Config) -> Config {
    let mut config = running;
    config.registration = new.registration.clone();
    config.files = new.files.clone();
    config.limits = new.limits.clone();
    config.login.relogin_days = new.login.relogin_days;
    config.log.level = new.log.level;
    config
}

/// Returns the keys whose new value waits for a restart.
fn waiting(old: &Loaded, new: &Loaded) -> Vec<&'static str> {
    let changed = old.settings.iter().zip(&new.settings).filter(|(old, new)| old.value != new.value);
    changed.map(|(old, _)| old.key).filter(|key| !is_reloadable(key)).collect()
}

fn is_reloadable(key: &str) -> bool {
    ["limits.", "files."].iter().any(|section| key.starts_with(section)) || RELOADABLE.contains(&key)
}

const RELOADABLE: [&str; 3] = ["registration.mode", "login.relogin_days", "log.level"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{KEYS, Sources, load};

    #[test]
    fn exactly_the_keys_that_the_shipped_file_marks_are_taken_up() {
        let shipped = include_str!("../../../deploy/chatd.toml");
        let uncommented: Vec<&str> = shipped.lines().collect();
        for key in KEYS {
            let name = key.rsplit('.').next().unwrap();
            let at = uncommented.iter().position(|line| line.starts_with(&format!("#{name} = "))).unwrap();
            let above: Vec<_> =
                uncommented[..at].iter().rev().take_while(|line| line.starts_with("# ")).collect();
            let is_marked = above.iter().any(|line| line.contains("[reload]"));
            assert_eq!(is_marked, is_reloadable(key), "{key}");
        }
    }

    #[test]
    fn every_reloadable_key_reaches_the_running_server_and_no_other_does() {
        let defaults = Config::default();
        for key in KEYS.into_iter().filter(|key| !["keys_dir", "public_address"].contains(key)) {
            let changed = with(key, other_value(key));
            let running = taken_up(defaults.clone(), &changed);
            assert_eq!(running != defaults, is_reloadable(key), "{key}");
        }
    }

    #[test]
    fn a_key_that_needs_a_restart_is_named() {
        let (old, new) = (load(&Sources::default()).unwrap(), load_with("listen", "127.0.0.1:1"));
        assert_eq!(waiting(&old, &new), ["listen"]);
        assert_eq!(waiting(&old, &load_with("limits.message_burst", "7")), Vec::<&str>::new());
    }

    fn other_value(key: &str) -> &'static str {
        match key {
            "data_dir" => "/elsewhere",
            "server_name" => "Other",
            "listen" | "metrics_listen" => "127.0.0.1:1",
            "files.enabled" => "false",
            "registration.mode" => "closed",
            "argon2.memory_kib" => "19456",
            "log.level" => "debug",
            "log.format" => "json",
            _ => "2",
        }
    }

    fn with(key: &str, value: &str) -> Config {
        load_with(key, value).config
    }

    fn load_with(key: &str, value: &str) -> Loaded {
        let flag = Flag { name: "--set".to_owned(), key: key.to_owned(), value: value.to_owned() };
        load(&Sources { flags: vec![flag], ..Sources::default() }).unwrap()
    }
}
