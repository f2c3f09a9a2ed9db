//! Whom a measure would hit, told before it is taken; one that would lock out its author is refused.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::cidr::Cidr;
use domain::network_tag::TagKey;
use domain::role::may_act_on;
use domain::sanction::Target;
use proto::ids::{AccountId, Timestamp};
use proto::message::Role;
use store::{Reads, StoreError};

use crate::forms::SanctionForm;
use crate::pages::resolve::Resolved;
use crate::pages::words;
use crate::view::{Who, count};

/// What was found out about a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Whom it hits, the first hundred of them.
    pub(crate) people: Vec<(AccountId, String, Role)>,
    /// How many in all.
    pub(crate) accounts: usize,
    /// Devices whose login is good.
    pub(crate) devices: usize,
    /// Whether everything was looked at.
    pub(crate) complete: bool,
}

/// What a page tells about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Impact {
    pub(crate) is_refused: bool,
    pub(crate) verdict: String,
    pub(crate) target: String,
    pub(crate) measure: String,
    pub(crate) accounts: String,
    pub(crate) devices: String,
    pub(crate) staff: String,
    pub(crate) own_address: String,
    pub(crate) people: Vec<Who>,
    pub(crate) button: String,
    pub(crate) count: usize,
}

/// Who asks, and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    pub(crate) account: AccountId,
    pub(crate) role: Role,
    pub(crate) address: IpAddr,
}

impl Impact {
    /// Judges a measure by whom it would hit.
    pub(crate) fn of(form: &SanctionForm, resolved: &Resolved, reach: &Reach, asker: Asker) -> Self {
        let target = resolved.target;
        let own = match target {
            Target::Network(range) => range.contains(asker.address),
            _ => false,
        };
        let above: Vec<&str> = reach
            .people
            .iter()
            .filter(|(_, _, role)| *role != Role::Member && *role != Role::Bot)
            .map(|(_, name, _)| name.as_str())
            .collect();
        // A network or an invite spares the team; a name does not.
        let named = matches!(target, Target::Account(_) | Target::Device(..));
        let untouchable = named && reach.people.iter().any(|(_, _, role)| !may_act_on(asker.role, *role));
        let hits_self = reach.people.iter().any(|(account, _, _)| *account == asker.account);
        let (is_refused, verdict) = match () {
            () if own => (
                true,
                "This would lock you out: your own address is in this network. Nothing was done.".to_owned(),
            ),
            () if hits_self && named => {
                (true, "This would hit your own account. Nothing was done.".to_owned())
            }
            () if untouchable => {
                (true, format!("You cannot act on {}: only on those below your own role.", above.join(", ")))
            }
            () if !above.is_empty() && !named => {
                (false, format!("Members of the team are among them: {}.", above.join(", ")))
            }
            () if !reach.complete => {
                (false, "This range is too wide to look up who comes from there; it may hit many.".to_owned())
            }
            () => (false, String::new()),
        };
        let length = form.length.map_or_else(
            || "once".to_owned(),
            |length| {
                if length.is_for_good() { "for good".to_owned() } else { format!("for {length}") }
            },
        );
        let counted =
            |number: usize| if reach.complete { count(number as u64) } else { "not looked up".to_owned() };
        Self {
            is_refused,
            verdict,
            target: resolved.described.clone(),
            measure: format!("{}, {}, {length}", words::kind(form.kind), resolved.place),
            accounts: counted(reach.accounts),
            devices: counted(reach.devices),
            staff: if above.is_empty() { "none".to_owned() } else { above.join(", ") },
            own_address: if own { "inside" } else { "not affected" }.to_owned(),
            people: reach.people.iter().take(12).map(|(id, name, role)| Who::new(*id, name, *role)).collect(),
            button: format!("{} {}", words::kind(form.kind), resolved.described),
            count: if matches!(target, Target::Lineage(_)) { reach.accounts } else { 1 },
        }
    }
}

/// Most person-sized networks of a range that are looked up one by one: a /20 of IPv4, a /52 of IPv6.
const LOOKED_UP: u128 = 4_096;
/// People that are looked up for one network.
const NEIGHBOURS: usize = 200;

/// Finds whom a measure would hit.
///
/// # Errors
/// Those of the store.
pub(crate) fn reach(
    reads: &Reads<'_>,
    target: Target,
    tags: &TagKey,
    now: Timestamp,
) -> Result<Reach, StoreError> {
    let mut found = Reach { complete: true, ..Reach::default() };
    match target {
        Target::Account(account) | Target::Device(account, _) => {
            if let Some(row) = reads.account(account)? {
                found.people.push((row.id, row.name.to_string(), row.role));
            }
        }
        Target::Lineage(_) => {
            found.accounts = usize::try_from(reads.reach(&target)?).unwrap_or(usize::MAX);
            return Ok(found);
        }
        Target::Network(range) => {
            let (networks, complete) = people_sized(range);
            found.complete = complete;
            let mut people = BTreeMap::new();
            for network in networks {
                for other in reads.accounts_on(&tags.tag(network).0, NEIGHBOURS)? {
                    people.insert(other.id, (other.id, other.name.to_string(), other.role));
                }
            }
            found.people = people.into_values().collect();
        }
    }
    found.accounts = found.people.len();
    if let Target::Device(..) = target {
        found.devices = 1;
        return Ok(found);
    }
    for (account, _, _) in &found.people {
        let good = reads.devices(*account)?.into_iter().filter(|device| now < device.login_until);
        found.devices += good.count();
    }
    Ok(found)
}

/// Returns the networks of the size one customer has inside a range, and whether these are all of them.
fn people_sized(range: Cidr) -> (Vec<Cidr>, bool) {
    let size = if range.is_v4() { 32 } else { 64 };
    if size <= range.bits() {
        return (vec![Cidr::of_person(range.base())], true);
    }
    let count = 1_u128 << (size - range.bits()).min(127);
    if LOOKED_UP < count {
        return (Vec::new(), false);
    }
    let address = |index: u128| match range.base() {
        IpAddr::V4(base) => Ipv4Addr::from_bits(base.to_bits() | u32::try_from(index).unwrap_or(0)).into(),
        IpAddr::V6(base) => Ipv6Addr::from_bits(base.to_bits() | index << 64).into(),
    };
    ((0..count).map(|index| Cidr::of_person(address(index))).collect(), true)
}

#[cfg(test)]
mod tests {
    use domain::sanction::Scope;

    use super::*;
    use crate::forms::fields;

    #[test]
    fn a_range_is_looked_up_customer_by_customer_up_to_a_limit() {
        let count = |range: &str| {
            let (networks, complete) = people_sized(Cidr::parse(range).unwrap());
            (networks.len(), complete)
        };
        assert_eq!(count("192.0.2.7"), (1, true));
        assert_eq!(count("192.0.2.0/24"), (256, true));
        assert_eq!(count("10.16.0.0/20"), (4_096, true));
        assert_eq!(count("10.0.0.0/19"), (0, false));
        assert_eq!(count("2001:db8::/64"), (1, true));
        assert_eq!(count("2001:db8::/56"), (256, true));
        assert_eq!(count("2001:db8::/32"), (0, false));
        let (networks, _) = people_sized(Cidr::parse("2001:db8::/63").unwrap());
        assert_eq!(networks[1].to_string(), "2001:db8:0:1::/64");
    }

    #[test]
    fn nobody_locks_themselves_out() {
        let inside = judged("network", "192.0.2.0/24", &[], "192.0.2.7", Role::Admin);
        assert!(inside.is_refused && inside.verdict.contains("your own address"));
        let outside = judged("network", "192.0.2.0/24", &[], "198.51.100.7", Role::Admin);
        assert!(!outside.is_refused, "{}", outside.verdict);
    }

    #[test]
    fn nobody_acts_on_equals_but_a_network_spares_the_team() {
        let admin = [(404, "Ada", Role::Admin)];
        assert!(judged("account", "@ada", &admin, "127.0.0.1", Role::Admin).is_refused);
        assert!(!judged("account", "@ada", &admin, "127.0.0.1", Role::Owner).is_refused);
        let network = judged("network", "192.0.2.0/24", &admin, "127.0.0.1", Role::Admin);
        assert!(!network.is_refused && network.verdict.contains("Ada"), "{}", network.verdict);
    }

    #[test]
    fn nobody_bans_their_own_account() {
        let own = judged("account", "@bob", &[(7, "Bob", Role::Member)], "127.0.0.1", Role::Admin);
        assert!(own.is_refused && own.verdict.contains("your own account"));
    }

    fn judged(
        against: &str,
        target: &str,
        people: &[(u64, &str, Role)],
        address: &str,
        role: Role,
    ) -> Impact {
        let form =
            [("against", against), ("target", target), ("kind", "ban"), ("length", "1d"), ("reason", "x")];
        let form = SanctionForm::read(&fields(&form)).unwrap();
        let id = |number| AccountId::new(number).unwrap();
        let resolved = Resolved {
            target: match &form.target {
                crate::forms::TargetRef::Network(range) => Target::Network(*range),
                _ => Target::Account(id(people[0].0)),
            },
            described: target.to_owned(),
            scope: Scope::Server,
            place: "everywhere".to_owned(),
        };
        let people: Vec<_> =
            people.iter().map(|(number, name, role)| (id(*number), (*name).to_owned(), *role)).collect();
        let reach = Reach { accounts: people.len(), people, devices: 0, complete: true };
        Impact::of(
            &form,
            &resolved,
            &reach,
            Asker { account: id(7), role, address: address.parse().unwrap() },
        )
    }
}
