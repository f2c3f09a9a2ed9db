//! Who may try a login, and how often: throttled per network and per account, and never in the way of an owner who
//! comes with a known device.
//!
//! A stranger's try is counted against the network (a /32 or /64), the range around it (a /24 or /48), the account
//! from this network, the account, and all strangers together. A success gives back all but the last, which stands for
//! work and not for failure. A device that has logged in to this account before (its key proves it) is counted by
//! itself alone. Whether the account exists makes no difference to anything but the answer of the last step.
//!
//! Guessing codes needs the password. A wrong code with the right password is counted in secret: [`LoginThrottle::judge`]
//! refuses even the right code once five were wrong within the life of a code, or twenty within days. To the guesser this
//! looks like one more wrong code; to the owner it means that somebody has the password, so the caller should tell.
//! Twenty and one more each 36 hours are 264 guesses in the first year at 3 in 1,000,000: a chance below 1 in 1,000.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::table::Table;
use super::{Network, Rate, TABLE, TokenBucket, Verdict};
use crate::name::AccountName;

/// One try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginAttempt {
    /// Where it comes from.
    pub network: Network,
    /// Which account it is for.
    pub subject: Subject,
    /// Whether the device is known.
    pub standing: Standing,
}

/// The account of a try by name, whether it exists or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject([u8; 16]);

/// What a device's key says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Not a device of this account, or revoked.
    Stranger,
    /// Logged in to this account before and was not revoked.
    KnownDevice,
}

/// What checking name, password and code found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// No such account, or not its password.
    WrongPassword,
    /// The right password with a code that is wrong, used up or too old.
    WrongCode,
    /// The right password and the right code of the authenticator.
    RightCode,
    /// The right password and an unused recovery code, which nobody guesses.
    RecoveryCode,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Let in; once that is recorded, call [`LoginThrottle::give_back`].
    Accept,
    /// Refuse.
    Refuse,
    /// Refuse in the same words. Somebody who has the password has been guessing codes: tell the owner.
    RefuseAndWarn,
}

/// How often each counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginLimits {
    /// Strangers of one network, any account.
    pub network: Rate,
    /// Strangers of the range around a network, any account.
    pub around: Rate,
    /// Strangers of one network, one account.
    pub account_from_network: Rate,
    /// Strangers, one account.
    pub account: Rate,
    /// All strangers; keeps the threads that hash passwords free for known devices.
    pub strangers: Rate,
    /// Known devices of one account.
    pub known_device: Rate,
    /// Wrong codes with the right password within the life of a code.
    pub codes: Rate,
    /// Wrong codes with the right password in the long run.
    pub codes_in_all: Rate,
    /// Keys one table remembers.
    pub table: usize,
}

/// Counts tries; see the module.
#[derive(Debug)]
pub struct LoginThrottle {
    limits: LoginLimits,
    networks: Table<Network>,
    ranges: Table<Network>,
    accounts_from_networks: Table<(Subject, Network)>,
    accounts: Table<Subject>,
    strangers: TokenBucket,
    known_devices: Table<Subject>,
    codes: Table<(Subject, Standing)>,
    codes_in_all: Table<(Subject, Standing)>,
}

impl Subject {
    /// Returns the account with this name and all names that look like it.
    #[must_use]
    pub fn of(name: &AccountName) -> Self {
        Self::of_text(name.skeleton())
    }

    /// Returns what stands for a text that is not even a name, so that it is throttled like one.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let hash: [u8; 32] = Sha256::digest(text).into();
        let mut subject = [0; 16];
        subject.copy_from_slice(&hash[..16]);
        Self(subject)
    }
}

impl Default for LoginLimits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            network: Rate::new(20, seconds(10)),
            around: Rate::new(160, Duration::from_millis(1_250)),
            // Longer than the 90 s a code lives, so one network never has more than five tries at it.
            account_from_network: Rate::new(5, seconds(120)),
            account: Rate::new(30, seconds(15)),
            strangers: Rate::new(50, Duration::from_millis(200)),
            known_device: Rate::new(10, seconds(10)),
            codes: Rate::new(5, seconds(120)),
            codes_in_all: Rate::new(20, seconds(36 * 3600)),
            table: TABLE,
        }
    }
}

impl LoginThrottle {
    /// Returns a throttle that has seen nobody.
    #[must_use]
    pub fn new(limits: LoginLimits, now: Instant) -> Self {
        Self {
            limits,
            networks: Table::new(limits.network, limits.table),
            ranges: Table::new(limits.around, limits.table),
            accounts_from_networks: Table::new(limits.account_from_network, limits.table),
            accounts: Table::new(limits.account, limits.table),
            strangers: TokenBucket::full(now),
            known_devices: Table::new(limits.known_device, limits.table),
            codes: Table::new(limits.codes, limits.table),
            codes_in_all: Table::new(limits.codes_in_all, limits.table),
        }
    }

    /// Asks before any work is done for a try. `Go` counts it at once, so tries at the same moment count as well.
    pub fn admit(&mut self, attempt: &LoginAttempt, now: Instant) -> Verdict {
        let wait = match attempt.standing {
            Standing::Stranger => self.stranger_wait(attempt, now),
            Standing::KnownDevice => self.known_devices.wait(attempt.subject, now),
        };
        if !wait.is_zero() {
            return Verdict::Wait(wait);
        }
        match attempt.standing {
            Standing::Stranger => {
                self.networks.take(attempt.network, now);
                self.ranges.take(attempt.network.around(), now);
                self.accounts_from_networks.take((attempt.subject, attempt.network), now);
                self.accounts.take(attempt.subject, now);
                self.strangers.take(self.limits.strangers, now)
            }
            Standing::KnownDevice => {
                self.known_devices.take(attempt.subject, now);
                Verdict::Go
            }
        }
    }

    /// Decides about a try that was admitted and checked. Everything that has to be refused is refused here, in one
    /// place: call it before the login is recorded.
    pub fn judge(&mut self, attempt: &LoginAttempt, finding: Finding, now: Instant) -> Judgement {
        let key = (attempt.subject, attempt.standing);
        let is_guessing = !self.codes.wait(key, now).is_zero() || !self.codes_in_all.wait(key, now).is_zero();
        match finding {
            Finding::RecoveryCode => Judgement::Accept,
            Finding::WrongPassword => Judgement::Refuse,
            // The right code is refused as well, so a guess made meanwhile tells nothing and is not counted.
            Finding::RightCode | Finding::WrongCode if is_guessing => Judgement::RefuseAndWarn,
            Finding::RightCode => Judgement::Accept,
            Finding::WrongCode => {
                self.codes.take(key, now);
                self.codes_in_all.take(key, now);
                Judgement::Refuse
            }
        }
    }

    /// Takes back what [`admit`](Self::admit) counted: the login succeeded, or was never checked because the server
    /// was busy.
    pub fn give_back(&mut self, attempt: &LoginAttempt, now: Instant) {
        match attempt.standing {
            Standing::Stranger => {
                self.networks.give_back(attempt.network, now);
                self.ranges.give_back(attempt.network.around(), now);
                self.accounts_from_networks.give_back((attempt.subject, attempt.network), now);
                self.accounts.give_back(attempt.subject, now);
            }
            Standing::KnownDevice => self.known_devices.give_back(attempt.subject, now),
        }
    }

    /// Forgets what is held against an account: its password or its codes have been replaced.
    pub fn forget(&mut self, subject: Subject) {
        self.accounts.forget(subject);
        self.known_devices.forget(subject);
        for standing in [Standing::Stranger, Standing::KnownDevice] {
            self.codes.forget((subject, standing));
            self.codes_in_all.forget((subject, standing));
        }
    }

    /// Returns how many keys all tables hold, for metrics.
    #[must_use]
    pub fn keys(&self) -> usize {
        let by_place = self.networks.len() + self.ranges.len() + self.accounts_from_networks.len();
        let by_account =
            self.accounts.len() + self.known_devices.len() + self.codes.len() + self.codes_in_all.len();
        by_place + by_account
    }

    fn stranger_wait(&mut self, attempt: &LoginAttempt, now: Instant) -> Duration {
        let waits = [
            self.networks.wait(attempt.network, now),
            self.ranges.wait(attempt.network.around(), now),
            self.accounts_from_networks.wait((attempt.subject, attempt.network), now),
            self.accounts.wait(attempt.subject, now),
            self.strangers.wait(self.limits.strangers, now),
        ];
        waits.into_iter().max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
