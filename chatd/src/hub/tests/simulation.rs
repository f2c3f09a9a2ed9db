//! Random people doing random things, from a seed: whatever they do, the invariants hold.
//!
//! `CHATD_SIM_SEEDS` asks for more runs; a failing run prints its seed.

use std::collections::{BTreeMap, BTreeSet};

use proto::limits;
use proto::message::{Content, Entry};

use super::model::{Model, room_name};
use super::*;

const SEEDS: u64 = 150;
const STEPS: usize = 400;
const PEOPLE: u64 = 8;

#[test]
fn whatever_people_do_everybody_sees_one_order_and_nothing_uncommitted() {
    let seeds = std::env::var("CHATD_SIM_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut seen = Seen::default();
    for seed in 0..seeds {
        let mut play = Play::new(seed);
        for step in 0..STEPS {
            play.step();
            play.check(&format!("seed {seed}, step {step}"));
        }
        play.settle();
        play.check(&format!("seed {seed}, at the end"));
        seen.add(&play.seen);
    }
    // A simulation in which nothing happens proves nothing.
    println!("{seeds} seeds: {seen:?}");
    assert!(seen.entries > 1_000 && seen.bans > 20 && seen.kicks > 20 && seen.evictions > 5, "{seen:?}");
    assert!(seen.replaced > 20 && seen.late_loads > 20, "{seen:?}");
}

/// What happened, to see that it did.
#[derive(Debug, Default)]
struct Seen {
    entries: usize,
    bans: usize,
    kicks: usize,
    evictions: usize,
    replaced: usize,
    late_loads: usize,
}

struct Play {
    model: Model,
    random: Random,
    /// What each reader has heard of each room: the place of the last entry.
    places: BTreeMap<(ConnId, RoomId), u64>,
    /// The one order: what stands at each place, as the first reader heard it.
    order: BTreeMap<(RoomId, u64), (AccountId, u8)>,
    accounts: BTreeMap<ConnId, AccountId>,
    over: BTreeSet<ConnId>,
    next_message: u8,
    requests: u32,
    seen: Seen,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut model = Model::new();
        for number in 0..PEOPLE {
            model.register(number, if number == 0 { Role::Moderator } else { Role::Member });
        }
        Self {
            model,
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            places: BTreeMap::new(),
            order: BTreeMap::new(),
            accounts: BTreeMap::new(),
            over: BTreeSet::new(),
            next_message: 0,
            requests: 0,
            seen: Seen::default(),
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..12 => self.come(),
            12..17 => self.go(),
            17..55 => self.talk(),
            55..62 => self.move_about(),
            62..65 => self.staff(),
            65..68 => self.outside(),
            68..84 => {
                self.model.commit();
            }
            84..92 => {
                self.seen.late_loads += usize::from(self.model.waiting() != 0);
                self.model.load();
            }
            92..95 => self.model.feed_all(),
            _ => {
                let time = Duration::from_millis(self.random.below(400));
                self.model.pass(time);
            }
        }
    }

    /// Lets everything that is under way come to its end.
    fn settle(&mut self) {
        for _ in 0..3 {
            self.model.load_all();
            self.model.commit_all();
            self.model.feed_all();
        }
        self.model.pass(Duration::from_secs(20));
    }

    fn come(&mut self) {
        let number = self.random.below(PEOPLE);
        let device = device(number * 10 + self.random.below(2));
        let conn = self.model.attach(number, device, Role::Member);
        self.accounts.insert(conn, account(number));
    }

    fn go(&mut self) {
        if let Some(conn) = self.somebody() {
            self.over.insert(conn);
            self.model.detach(conn);
        }
    }

    fn talk(&mut self) {
        let Some(conn) = self.somebody() else { return };
        let room = self.room();
        // Some are sent again, as after a lost answer; some are long, so that slow readers fall behind.
        if self.random.below(8) != 0 {
            self.next_message = self.next_message.wrapping_add(1);
        }
        let long = if self.random.below(2) == 0 { 15_000 } else { 10 };
        self.request(conn, text(room, self.next_message, &"x".repeat(long)));
    }

    fn move_about(&mut self) {
        let Some(conn) = self.somebody() else { return };
        let name = room_name(&format!("room{}", self.random.below(3)));
        let room = self.room();
        let deed = match self.random.below(3) {
            0 if self.model.disk.rooms.values().all(|kept| kept.name != name.as_str()) => {
                Deed::CreateRoom { name, topic: Text::default() }
            }
            0 | 1 => Deed::Join { name },
            _ => Deed::Leave { room },
        };
        self.request(conn, Act::Write(deed));
    }

    fn staff(&mut self) {
        let Some(conn) = self.somebody() else { return };
        let (number, room) = (1 + self.random.below(PEOPLE - 1), self.room());
        let act = match self.random.below(3) {
            0 => model::ban(number),
            1 => model::kick(room, number),
            _ => Act::Write(Deed::Unban {
                whom: domain::name::AccountName::parse(&format!("person{number}")).unwrap(),
                reason: Text::default(),
            }),
        };
        self.request(conn, act);
    }

    fn outside(&mut self) {
        let number = 1 + self.random.below(PEOPLE - 1);
        match self.random.below(8) {
            0 => self.model.ban_from_outside(account(number)),
            1 => self.model.kick_from_outside(LOBBY, number),
            _ => {
                let banned = self.model.disk.banned.pop_first();
                self.model.feed_all();
                assert!(banned.is_none_or(|account| account.get() > 10_000));
            }
        }
    }

    fn request(&mut self, conn: ConnId, act: Act) {
        self.requests += 1;
        self.model.request(conn, self.requests, act);
    }

    fn somebody(&mut self) -> Option<ConnId> {
        let all = self.model.connections();
        let count = u64::try_from(all.len()).unwrap();
        (count != 0).then(|| all[usize::try_from(self.random.below(count)).unwrap()])
    }

    fn room(&mut self) -> RoomId {
        let count = u64::try_from(self.model.disk.rooms.len()).unwrap();
        RoomId::new(1 + self.random.below(count)).unwrap()
    }

    /// Lets most connections read, and looks at everything they heard.
    fn check(&mut self, when: &str) {
        for conn in self.model.connections() {
            let outbox = self.model.outbox(conn).unwrap();
            let granted = limits::OUTBOX_BYTES + 64 * 1024;
            assert!(outbox.waiting_bytes() <= granted, "{when}: {conn} holds {}", outbox.waiting_bytes());
            // Odd connections read now and then only.
            if conn.0 % 2 == 1 && self.random.below(200) != 0 {
                continue;
            }
            for message in self.model.heard(conn) {
                self.look_at(conn, message, when);
            }
        }
    }

    fn look_at(&mut self, conn: ConnId, message: ServerMessage, when: &str) {
        assert!(!self.over.contains(&conn), "{when}: {conn} heard {message:?} after its goodbye");
        match message {
            ServerMessage::Event(Event::Entry(entry)) => self.entry(conn, &entry, when),
            ServerMessage::Event(Event::Room(room)) => {
                let place = self.places.entry((conn, room.room)).or_default();
                // What lies between is fetched from the log.
                *place = room.last_seq.get().max(*place);
            }
            ServerMessage::Event(Event::RoomGone { room, .. }) => {
                self.places.remove(&(conn, room));
            }
            ServerMessage::Event(Event::Goodbye(goodbye)) => {
                self.over.insert(conn);
                match goodbye.reason {
                    GoodbyeReason::Slow => self.seen.evictions += 1,
                    GoodbyeReason::Banned => self.seen.bans += 1,
                    GoodbyeReason::Kicked => self.seen.kicks += 1,
                    GoodbyeReason::Replaced => self.seen.replaced += 1,
                    other => panic!("{when}: {other:?}"),
                }
            }
            ServerMessage::Answer(_, Answer::Accepted { room, seq, .. }) => {
                let log = &self.model.disk.rooms[&room].log;
                assert!(
                    seq.get() <= u64::try_from(log.len()).unwrap(),
                    "{when}: acknowledged before its commit"
                );
            }
            _ => {}
        }
    }

    fn entry(&mut self, conn: ConnId, entry: &Entry, when: &str) {
        self.seen.entries += 1;
        let (room, place) = (entry.room, entry.seq.get());
        let log = &self.model.disk.rooms[&room].log;
        let written = log.get(usize::try_from(place).unwrap() - 1);
        assert_eq!(
            written,
            Some(&(entry.author, entry.message_id)),
            "{when}: {conn} heard what is not on disk"
        );
        let before = self.places.insert((conn, room), place);
        assert_eq!(
            before.map(|before| before + 1),
            Some(place),
            "{when}: {conn} missed or repeated in {room}"
        );
        let what = (entry.author, entry.message_id.0[0]);
        let first = *self.order.entry((room, place)).or_insert(what);
        assert_eq!(first, what, "{when}: two orders in {room}");
        assert!(matches!(entry.content, Content::Text { .. }), "{when}");
    }
}

impl Seen {
    fn add(&mut self, other: &Self) {
        self.entries += other.entries;
        self.bans += other.bans;
        self.kicks += other.kicks;
        self.evictions += other.evictions;
        self.replaced += other.replaced;
        self.late_loads += other.late_loads;
    }
}

/// xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}
