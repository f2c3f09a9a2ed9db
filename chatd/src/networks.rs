//! Bans of networks as the entrance asks for them: in memory, as the database has them, counted as they turn people
//! away.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError, RwLock};

use domain::cidr::{Cidr, CidrIndex};
use domain::sanction::Kind;
use proto::ids::{SanctionId, Timestamp};
use store::NetworkRule;

/// The bans of networks that stand, and how often each has turned somebody away since that was last written.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    bans: RwLock<Bans>,
    hits: Mutex<BTreeMap<SanctionId, Hits>>,
}

/// How often a ban has turned somebody away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hits {
    pub(crate) count: u64,
    pub(crate) last: Timestamp,
}

#[derive(Debug, Default)]
struct Bans {
    /// Several may stand against one range.
    index: CidrIndex<Vec<NetworkRule>>,
    places: BTreeMap<SanctionId, Cidr>,
}

impl Networks {
    /// Takes what stands in the place of what stood.
    pub(crate) fn load(&self, standing: Vec<NetworkRule>) {
        let mut bans = Bans::default();
        standing.into_iter().for_each(|ban| bans.insert(ban));
        *self.bans.write().unwrap_or_else(PoisonError::into_inner) = bans;
    }

    /// Takes a ban as it is, or takes it away.
    pub(crate) fn set(&self, sanction: SanctionId, standing: Option<NetworkRule>) {
        let mut bans = self.bans.write().unwrap_or_else(PoisonError::into_inner);
        bans.remove(sanction);
        if let Some(ban) = standing {
            bans.insert(ban);
        }
    }

    /// Returns what stands against an address: a ban of everybody before one of strangers, the longest first.
    pub(crate) fn judge(&self, address: IpAddr, now: Timestamp) -> Option<NetworkRule> {
        let bans = self.bans.read().unwrap_or_else(PoisonError::into_inner);
        let all = bans.index.matches(address).flat_map(|(_, bans)| bans);
        let standing = all.filter(|ban| ban.until.is_none_or(|until| now < until));
        let strength =
            |ban: &&NetworkRule| (ban.kind == Kind::Ban, ban.until.map_or(i64::MAX, |until| until.0));
        standing.max_by_key(strength).copied()
    }

    /// Counts that a ban turned somebody away.
    pub(crate) fn hit(&self, sanction: SanctionId, now: Timestamp) {
        let mut hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        let hits = hits.entry(sanction).or_insert(Hits { count: 0, last: now });
        (hits.count, hits.last) = (hits.count + 1, hits.last.max(now));
    }

    /// Returns what was counted since the last time.
    pub(crate) fn take_hits(&self) -> BTreeMap<SanctionId, Hits> {
        std::mem::take(&mut *self.hits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bans {
    fn insert(&mut self, ban: NetworkRule) {
        self.places.insert(ban.sanction, ban.network);
        match self.index.get_mut(ban.network) {
            Some(bans) => bans.push(ban),
            None => drop(self.index.insert(ban.network, vec![ban])),
        }
    }

    fn remove(&mut self, sanction: SanctionId) {
        let Some(network) = self.places.remove(&sanction) else { return };
        let Some(bans) = self.index.get_mut(network) else { return };
        bans.retain(|ban| ban.sanction != sanction);
        if bans.is_empty() {
            self.index.remove(network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_judged_by_the_ban_that_binds_most() {
        let networks = Networks::default();
        networks.load(vec![
            ban(1, "192.0.2.0/24", Kind::SoftBan, None),
            ban(2, "192.0.2.7", Kind::Ban, Some(500)),
            ban(3, "2001:db8::/32", Kind::Ban, None),
        ]);
        let judge = |address: &str, now| {
            networks.judge(address.parse().unwrap(), Timestamp(now)).map(|ban| ban.sanction.get())
        };
        assert_eq!(judge("192.0.2.7", 499), Some(2));
        assert_eq!(
            judge("192.0.2.7", 500),
            Some(1),
            "the ban is over, the range is still closed to strangers"
        );
        assert_eq!(judge("::ffff:192.0.2.9", 0), Some(1));
        assert_eq!(judge("2001:db8::9", 0), Some(3));
        assert_eq!(judge("192.0.3.1", 0), None);
    }

    #[test]
    fn a_ban_that_is_lifted_or_changed_is_judged_as_it_is() {
        let networks = Networks::default();
        networks
            .load(vec![ban(1, "192.0.2.0/24", Kind::Ban, None), ban(2, "192.0.2.0/24", Kind::SoftBan, None)]);
        let judge =
            || networks.judge("192.0.2.1".parse().unwrap(), Timestamp(9)).map(|ban| ban.sanction.get());
        networks.set(id(1), None);
        assert_eq!(judge(), Some(2), "one of two bans of a range is lifted");
        networks.set(id(2), Some(ban(2, "192.0.2.0/24", Kind::SoftBan, Some(5))));
        assert_eq!(judge(), None);
        networks.set(id(2), Some(ban(2, "192.0.2.0/24", Kind::SoftBan, Some(50))));
        assert_eq!(judge(), Some(2));
    }

    #[test]
    fn hits_are_counted_and_taken_once() {
        let networks = Networks::default();
        networks.hit(id(1), Timestamp(7));
        networks.hit(id(1), Timestamp(5));
        let hits = networks.take_hits();
        assert_eq!(hits[&id(1)], Hits { count: 2, last: Timestamp(7) });
        assert!(networks.take_hits().is_empty());
    }

    fn id(number: u64) -> SanctionId {
        SanctionId::new(number).unwrap()
    }

    fn ban(number: u64, network: &str, kind: Kind, until: Option<i64>) -> NetworkRule {
        let network = Cidr::parse(network).unwrap();
        NetworkRule { sanction: id(number), network, kind, until: until.map(Timestamp) }
    }
}
