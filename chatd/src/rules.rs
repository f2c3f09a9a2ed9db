//! What holds for the whole server at this moment, as the entrance and the sessions ask for it: bans of networks, the
//! raid level, the settings of moderation. The database is the truth; the feed of changes keeps this as it is there.

use std::sync::{Arc, PoisonError, RwLock};

use domain::raid::{Posture, RaidLevel};
use domain::settings::Settings;
use proto::ids::Timestamp;

use crate::networks::Networks;

/// See the module. One per server.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) networks: Networks,
    posture: RwLock<Posture>,
    settings: RwLock<Arc<Settings>>,
}

impl Rules {
    /// Returns the rules of an ordinary day.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self {
            networks: Networks::default(),
            posture: RwLock::new(Posture::NORMAL),
            settings: RwLock::default(),
        }
    }

    pub(crate) fn set_posture(&self, posture: Posture) {
        *self.posture.write().unwrap_or_else(PoisonError::into_inner) = posture;
    }

    pub(crate) fn set_settings(&self, settings: Arc<Settings>) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(crate) fn posture(&self) -> Posture {
        *self.posture.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn level(&self, now: Timestamp) -> RaidLevel {
        self.posture().effective(now)
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether an account that was made then is still a newcomer.
    pub(crate) fn is_newcomer(&self, since: Timestamp, now: Timestamp) -> bool {
        now < since.plus_ms(self.settings().newcomer_ms)
    }
}
