//! The gate in front of the handshake: how many connections a network may hold and open, and who is shut out for a
//! while because of what it did.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::{Network, Rate, TABLE, TokenBucket, Verdict};

/// How many connections may be open and how fast new ones may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateLimits {
    /// Open connections in all; fewer than [`TABLE`].
    pub total: usize,
    /// Open connections of one network.
    pub per_network: u32,
    /// Open connections of the range around a network.
    pub per_range: u32,
    /// New connections of one network.
    pub new: Rate,
    /// Offences that are overlooked: a bad line looks like one.
    pub overlooked: u32,
    /// How long the first offence after those shuts a network out; each further one doubles it.
    pub first_penalty: Duration,
    /// Longest time a network is shut out.
    pub longest_penalty: Duration,
    /// How long after the last offence, or after its penalty, all offences are forgotten.
    pub forgotten_after: Duration,
}

/// The answer to somebody who wants to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knock {
    /// Come in; call [`ConnectionGate::close`] when the connection ends.
    Open,
    /// The server has all the connections it can take.
    Full,
    /// This network, or the range around it, has all the connections it may have.
    Crowded,
    /// This network opens connections too fast or broke the rules; come back after this time.
    Wait(Duration),
}

/// Counts connections; see the module.
#[derive(Debug)]
pub struct ConnectionGate {
    limits: GateLimits,
    open: usize,
    callers: BTreeMap<Network, Caller>,
    /// Callers without an open connection, by the time at which nothing is held against them.
    idle: BTreeSet<(Instant, Network)>,
    /// Open connections by range; a range without any is not listed, so there are at most `total`.
    ranges: BTreeMap<Network, u32>,
}

/// What is known of one network.
#[derive(Debug, Clone, Copy)]
struct Caller {
    open: u32,
    new: TokenBucket,
    offences: u32,
    shut_until: Instant,
    forget_at: Instant,
}

impl Default for GateLimits {
    fn default() -> Self {
        Self {
            total: 10_000,
            per_network: 16,
            per_range: 512,
            new: Rate::new(60, Duration::from_secs(1)),
            overlooked: 3,
            first_penalty: Duration::from_secs(5),
            longest_penalty: Duration::from_secs(600),
            forgotten_after: Duration::from_secs(600),
        }
    }
}

impl ConnectionGate {
    /// Returns a gate nobody has knocked at.
    #[must_use]
    pub fn new(limits: GateLimits) -> Self {
        let limits = GateLimits { total: limits.total.min(TABLE - 1), ..limits };
        Self { limits, open: 0, callers: BTreeMap::new(), idle: BTreeSet::new(), ranges: BTreeMap::new() }
    }

    /// Asks for a new connection; `Open` counts it.
    pub fn knock(&mut self, address: IpAddr, now: Instant) -> Knock {
        let network = Network::of(address);
        let mut caller = self.caller(network, now);
        let shut_for = caller.shut_until.saturating_duration_since(now);
        if !shut_for.is_zero() {
            return self.shut_out(network, caller, shut_for, now);
        }
        if self.limits.total <= self.open {
            return Knock::Full;
        }
        let in_range = self.ranges.get(&network.around()).copied().unwrap_or(0);
        if self.limits.per_network <= caller.open || self.limits.per_range <= in_range {
            return Knock::Crowded;
        }
        if let Verdict::Wait(wait) = caller.new.take(self.limits.new, now) {
            self.remember(network, caller, now);
            return Knock::Wait(wait);
        }
        caller.open += 1;
        self.open += 1;
        *self.ranges.entry(network.around()).or_default() += 1;
        self.remember(network, caller, now);
        Knock::Open
    }

    /// Notes the end of a connection that [`knock`](Self::knock) let in.
    pub fn close(&mut self, address: IpAddr, now: Instant) {
        let network = Network::of(address);
        let Some(mut caller) = self.callers.get(&network).copied().filter(|caller| 0 < caller.open) else {
            return;
        };
        caller.open -= 1;
        self.open = self.open.saturating_sub(1);
        if let Some(in_range) = self.ranges.get_mut(&network.around()) {
            *in_range = in_range.saturating_sub(1);
            if *in_range == 0 {
                self.ranges.remove(&network.around());
            }
        }
        self.remember(network, caller, now);
    }

    /// Holds an offence against a network: garbage instead of a handshake, a handshake that never ends, a broken
    /// protocol.
    pub fn offence(&mut self, address: IpAddr, now: Instant) {
        let network = Network::of(address);
        let mut caller = self.caller(network, now);
        caller.offences = caller.offences.saturating_add(1);
        let penalty = self.penalty(caller.offences);
        caller.shut_until = now.checked_add(penalty).unwrap_or(now);
        caller.forget_at = caller.shut_until.checked_add(self.limits.forgotten_after).unwrap_or(now);
        self.remember(network, caller, now);
    }

    /// Takes up other limits; what is open and what is held against networks stays as it is.
    pub fn set_limits(&mut self, limits: GateLimits) {
        self.limits = GateLimits { total: limits.total.min(TABLE), ..limits };
    }

    /// Returns how many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open
    }

    /// Returns how many networks are remembered, for metrics.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.callers.len()
    }

    /// After a clock has stepped back, the penalty begins anew instead of lasting until the clock is where it was.
    fn shut_out(&mut self, network: Network, mut caller: Caller, shut_for: Duration, now: Instant) -> Knock {
        let longest = self.limits.longest_penalty;
        if longest < shut_for {
            caller.shut_until = now.checked_add(longest).unwrap_or(now);
            self.remember(network, caller, now);
        }
        Knock::Wait(shut_for.min(longest))
    }

    fn penalty(&self, offences: u32) -> Duration {
        let Some(doublings) = offences.checked_sub(self.limits.overlooked + 1) else { return Duration::ZERO };
        let factor = 2_u32.saturating_pow(doublings);
        self.limits.first_penalty.saturating_mul(factor).min(self.limits.longest_penalty)
    }

    /// Returns what is known of a network, with what is past forgotten.
    fn caller(&self, network: Network, now: Instant) -> Caller {
        let fresh =
            Caller { open: 0, new: TokenBucket::full(now), offences: 0, shut_until: now, forget_at: now };
        match self.callers.get(&network) {
            None => fresh,
            Some(caller) if caller.forget_at <= now => Caller { open: caller.open, new: caller.new, ..fresh },
            Some(caller) => *caller,
        }
    }

    fn remember(&mut self, network: Network, caller: Caller, now: Instant) {
        if let Some(before) = self.callers.remove(&network) {
            self.idle.remove(&(before.clear_at(), network));
        }
        self.make_room(now);
        self.callers.insert(network, caller);
        if caller.open == 0 {
            self.idle.insert((caller.clear_at(), network));
        }
    }

    /// Drops up to two networks nothing is held against, and when the table is full the one least is held against.
    /// Networks with open connections stay: there are at most `total` of them, which is less than [`TABLE`].
    fn make_room(&mut self, now: Instant) {
        for _ in 0..2 {
            let Some((clear_at, network)) = self.idle.first().copied() else { return };
            if now < clear_at && self.callers.len() < TABLE {
                return;
            }
            self.idle.pop_first();
            self.callers.remove(&network);
        }
    }
}

impl Caller {
    /// When nothing is held against the network any more.
    fn clear_at(&self) -> Instant {
        self.new.full_at().max(self.forget_at)
    }
}

#[cfg(test)]
mod tests;
