//! Which ranges an address is in, among a hundred thousand of them.
//!
//! A binary trie over the leading bits in which a node stands only where ranges part or end. One walk from the root
//! meets every range that holds the address, widest first; its length is bounded by the bits of an address and in
//! practice by the logarithm of the number of ranges. IPv4 and IPv6 have a root each.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Cidr;

/// Values by range, found by address.
#[derive(Debug, Clone)]
pub struct CidrIndex<V> {
    nodes: Vec<Node<V>>,
    free: Vec<u32>,
    len: usize,
}

#[derive(Debug, Clone)]
struct Node<V> {
    /// The leading bits, from the top; what is behind `bits` is zero.
    key: u128,
    bits: u8,
    children: [u32; 2],
    value: Option<V>,
}

/// No child.
const NONE: u32 = u32::MAX;
const V4: u32 = 0;
const V6: u32 = 1;

impl<V> CidrIndex<V> {
    /// Returns an index of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { nodes: vec![Node::empty(0, 0), Node::empty(0, 0)], free: Vec::new(), len: 0 }
    }

    /// Puts a value at a range and returns what was there.
    pub fn insert(&mut self, range: Cidr, value: V) -> Option<V> {
        let node = self.place(range);
        let before = self.nodes[node as usize].value.replace(value);
        self.len += usize::from(before.is_none());
        before
    }

    /// Takes the value of exactly this range away.
    pub fn remove(&mut self, range: Cidr) -> Option<V> {
        let (root, key) = key_of(range.base());
        // The way from the root: at most three nodes change, so only those are kept.
        let (mut above, mut parent, mut node) = (NONE, NONE, root);
        while self.nodes[node as usize].bits < range.bits() {
            let child = self.nodes[node as usize].children[branch(key, self.nodes[node as usize].bits)];
            if child == NONE || !self.nodes[child as usize].leads_to(key) {
                return None;
            }
            (above, parent, node) = (parent, node, child);
        }
        let found = &mut self.nodes[node as usize];
        if found.bits != range.bits() || found.key != key {
            return None;
        }
        let value = found.value.take()?;
        self.len -= 1;
        if parent != NONE && self.splice(parent, node) && above != NONE {
            self.splice(above, parent);
        }
        Some(value)
    }

    /// Returns the value of exactly this range.
    #[must_use]
    pub fn get(&self, range: Cidr) -> Option<&V> {
        let last =
            Walk { index: self, address: range.base(), node: root_of(range.base()), bits: range.bits() }
                .last();
        last.filter(|(found, _)| *found == range).map(|(_, value)| value)
    }

    /// Returns the value of exactly this range, to change it.
    pub fn get_mut(&mut self, range: Cidr) -> Option<&mut V> {
        self.get(range)?;
        let node = self.place(range);
        self.nodes[node as usize].value.as_mut()
    }

    /// Returns the narrowest range that holds the address, with its value.
    #[must_use]
    pub fn longest(&self, address: IpAddr) -> Option<(Cidr, &V)> {
        self.matches(address).last()
    }

    /// Returns every range that holds the address, with its value, widest first.
    pub fn matches(&self, address: IpAddr) -> impl Iterator<Item = (Cidr, &V)> {
        let address = address.to_canonical();
        Walk { index: self, address, node: root_of(address), bits: 128 }
    }

    /// Returns how many ranges have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether no range has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the node of this range, made if there is none.
    fn place(&mut self, range: Cidr) -> u32 {
        let ((mut node, key), bits) = (key_of(range.base()), range.bits());
        loop {
            let at = self.nodes[node as usize].bits;
            if at == bits {
                return node;
            }
            let side = branch(key, at);
            let child = self.nodes[node as usize].children[side];
            if child == NONE {
                let leaf = self.add(Node::empty(key, bits));
                self.nodes[node as usize].children[side] = leaf;
                return leaf;
            }
            let below = &self.nodes[child as usize];
            let shared = common(key, below.key).min(bits).min(below.bits);
            if shared < below.bits {
                // The ways part above the child: a node goes in between.
                let mut fork = Node::empty(key & mask(shared), shared);
                fork.children[branch(below.key, shared)] = child;
                let fork = self.add(fork);
                self.nodes[node as usize].children[side] = fork;
                node = fork;
            } else {
                node = child;
            }
        }
    }

    fn add(&mut self, node: Node<V>) -> u32 {
        if let Some(at) = self.free.pop() {
            self.nodes[at as usize] = node;
            return at;
        }
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).expect("four billion ranges do not fit in memory")
    }

    /// Takes out a node without a value that does not part two ways; returns whether it did.
    fn splice(&mut self, parent: u32, node: u32) -> bool {
        let unneeded = &self.nodes[node as usize];
        let only = match unneeded.children {
            _ if unneeded.value.is_some() => return false,
            [child, NONE] | [NONE, child] => child,
            [_, _] => return false,
        };
        for child in &mut self.nodes[parent as usize].children {
            if *child == node {
                *child = only;
            }
        }
        self.free.push(node);
        true
    }
}

impl<V> Default for CidrIndex<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> Node<V> {
    fn empty(key: u128, bits: u8) -> Self {
        Self { key, bits, children: [NONE; 2], value: None }
    }

    fn leads_to(&self, key: u128) -> bool {
        (key ^ self.key) & mask(self.bits) == 0
    }
}

/// The ranges on the way to an address, down to so many bits.
struct Walk<'i, V> {
    index: &'i CidrIndex<V>,
    address: IpAddr,
    node: u32,
    bits: u8,
}

impl<'i, V> Iterator for Walk<'i, V> {
    type Item = (Cidr, &'i V);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, key) = key_of(self.address);
        while self.node != NONE {
            let node = &self.index.nodes[self.node as usize];
            if self.bits < node.bits || !node.leads_to(key) {
                break;
            }
            // A node of all bits has no children, so there is no bit to look at.
            self.node = if node.bits < 128 { node.children[branch(key, node.bits)] } else { NONE };
            if let Some(value) = &node.value {
                return Some((range_of(self.address, node), value));
            }
        }
        self.node = NONE;
        None
    }
}

fn range_of<V>(address: IpAddr, node: &Node<V>) -> Cidr {
    let base = match address {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::try_from(node.key >> 96).expect("32 bits are left")).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(node.key).into(),
    };
    Cidr { base, bits: node.bits }
}

fn root_of(address: IpAddr) -> u32 {
    if address.is_ipv4() { V4 } else { V6 }
}

fn key_of(address: IpAddr) -> (u32, u128) {
    match address {
        IpAddr::V4(address) => (V4, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (V6, address.to_bits()),
    }
}

/// Returns the bit after the first `bits`.
fn branch(key: u128, bits: u8) -> usize {
    usize::from(key << bits >> 127 == 1)
}

fn mask(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

/// Returns how many leading bits two keys share.
fn common(left: u128, right: u128) -> u8 {
    u8::try_from((left ^ right).leading_zeros()).expect("there are 128 bits")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::tests::{address, range};
    use super::*;

    #[test]
    fn the_narrowest_of_nested_ranges_is_found_and_all_of_them_in_order() {
        let mut index = CidrIndex::new();
        for range in
            ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "10.2.0.0/16", "::/0", "0.0.0.0/0"]
        {
            index.insert(parse(range), range);
        }
        let ranges = |address: &str| -> Vec<_> {
            index
                .matches(address.parse().unwrap())
                .map(|(range, value)| (range.to_string(), *value))
                .collect()
        };
        let names = |address| ranges(address).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(names("10.1.2.3"), ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3"]);
        assert_eq!(names("::ffff:10.2.9.9"), ["0.0.0.0/0", "10.0.0.0/8", "10.2.0.0/16"]);
        assert_eq!(names("192.0.2.1"), ["0.0.0.0/0"]);
        assert_eq!(names("2001:db8::1"), ["::/0"]);
        assert!(ranges("10.1.2.3").iter().all(|(range, value)| range == value));
        assert_eq!(index.longest("10.1.2.4".parse().unwrap()).map(|(_, value)| *value), Some("10.1.2.0/24"));
    }

    #[test]
    fn what_was_removed_leaves_no_node_behind() {
        let mut index = CidrIndex::new();
        let empty = index.nodes.len();
        let ranges: Vec<_> = (0..200_u8)
            .flat_map(|byte| [8, 16, 24].map(|bits| Cidr::around([10, byte, byte, 0].into(), bits)))
            .collect();
        for range in &ranges {
            index.insert(*range, ());
        }
        let most = index.nodes.len();
        for range in ranges.iter().rev() {
            index.remove(*range);
        }
        assert!(index.is_empty());
        assert_eq!(index.nodes.len() - index.free.len(), empty);
        for range in &ranges {
            index.insert(*range, ());
        }
        assert_eq!(index.nodes.len(), most, "free nodes are used again");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(Cidr, u16),
        Remove(Cidr),
        Look(IpAddr),
    }

    /// Ranges and addresses that often meet: few different bytes, every length.
    fn close_range() -> impl Strategy<Value = Cidr> {
        (close_address(), 0..=128_u8).prop_map(|(address, bits)| Cidr::around(address, bits))
    }

    fn close_address() -> impl Strategy<Value = IpAddr> {
        const FEW: [u8; 4] = [0, 1, 128, 255];
        let few = |byte: u8| FEW[usize::from(byte % 4)];
        prop_oneof![
            any::<[u8; 4]>().prop_map(move |bytes| IpAddr::from(bytes.map(few))),
            any::<[u8; 16]>().prop_map(move |bytes| IpAddr::from(bytes.map(few))),
        ]
    }

    fn step() -> impl Strategy<Value = Step> {
        let range = prop_oneof![3 => close_range(), 1 => range()];
        let address = prop_oneof![3 => close_address(), 1 => address()];
        prop_oneof![
            3 => (range.clone(), any::<u16>()).prop_map(|(range, value)| Step::Insert(range, value)),
            1 => range.prop_map(Step::Remove),
            3 => address.prop_map(Step::Look),
        ]
    }

    proptest! {
        /// The index against the plainest thing that could work: looking at every range.
        #[test]
        fn it_finds_what_looking_at_every_range_finds(steps in proptest::collection::vec(step(), 1..120)) {
            let (mut index, mut model) = (CidrIndex::new(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Insert(range, value) => prop_assert_eq!(index.insert(range, value), model.insert(range, value)),
                    Step::Remove(range) => {
                        prop_assert_eq!(index.remove(range), model.remove(&range));
                        prop_assert_eq!(index.get(range), None);
                    }
                    Step::Look(address) => {
                        let mut expected: Vec<_> =
                            model.iter().filter(|(range, _)| range.contains(address)).map(|(range, value)| (*range, value)).collect();
                        expected.sort_by_key(|(range, _)| range.bits());
                        prop_assert_eq!(index.longest(address), expected.last().copied());
                        prop_assert_eq!(index.matches(address).collect::<Vec<_>>(), expected);
                    }
                }
                prop_assert_eq!(index.len(), model.len());
            }
            for (range, value) in &mut model {
                prop_assert_eq!(index.get(*range), Some(&*value));
                prop_assert_eq!(index.get_mut(*range), Some(value));
            }
        }
    }

    fn parse(range: &str) -> Cidr {
        Cidr::parse(range).unwrap()
    }
}
