//! Sealed rooms over real sockets, with the members' side of the real protocol: groups, messages, evictions.

use std::collections::BTreeSet;

use domain::sanction::{Kind, Target};
use proto::bytes::Bytes;
use proto::ids::{DeviceId, Epoch, IdentityKey, MessageId, RoomId, Seq, SignatureKey, WelcomeId};
use proto::keys::StaticKey;
use proto::limits;
use proto::message::{
    Answer, Command, Content, DevicePackage, Event, EvictWhy, GoodbyeReason, HistoryFrom, IdentityCard, Role,
    RoomKind, ServerMessage,
};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Text};
use sealed::member::{Intent, LineWalk, Member, What};
use sealed::vault::MemoryVault;
use sealed::{Body, ServerId};
use store::NewSanction;

use crate::client::Client;
use crate::world::{PASSWORD, Somebody, World, login, now, welcomed};

/// Somebody online whose device is certified and has left key packages.
pub(crate) struct Person {
    pub(crate) somebody: Somebody,
    pub(crate) client: Client,
    pub(crate) member: Member<MemoryVault>,
    device: DeviceId,
}

impl Person {
    async fn new(world: &World, name: &str) -> Self {
        let somebody = world.somebody(name, Role::Member).await;
        let (mut client, device) = online(world, &somebody).await;
        let server = ServerId::of(&world.server_key);
        let mut member = Member::open(MemoryVault::default(), server, somebody.account, device).unwrap();
        let found = member.found_identity(now()).unwrap();
        let publish = Command::PublishIdentity {
            key: found.identity,
            certificate: bytes(found.certificate),
            signature_key: found.signature_key,
            replaces: None,
        };
        assert_eq!(client.ask(publish).await, Ok(Answer::Done));
        let mut person = Self { somebody, client, member, device };
        person.leave_packages(4).await;
        person
    }

    async fn leave_packages(&mut self, count: usize) {
        let made = self.member.key_packages(count, true, now()).unwrap();
        let packages = List::new(made.packages.into_iter().map(bytes).collect()).unwrap();
        let publish = Command::PublishKeyPackages { packages, last_resort: made.last_resort.map(bytes) };
        let left = self.client.ask(publish).await;
        assert_eq!(left, Ok(Answer::KeyPackagesLeft { left: u32::try_from(count).unwrap() }));
    }

    /// Makes a sealed room that this person is alone in.
    async fn create(&mut self, with: Option<&str>) -> RoomId {
        let message_id = self.client.message_id();
        let with = with.map(Text::cut);
        let Ok(Answer::Room(made)) = self.client.ask(Command::CreateSealed { message_id, with }).await else {
            panic!("no room")
        };
        assert!(made.kind.is_sealed() && made.joined);
        let Ok(Answer::Host { sender }) = self.client.ask(Command::FetchHost).await else {
            panic!("no host")
        };
        let admins = BTreeSet::from([self.somebody.account]);
        let start = self.member.create(made.room, &admins, &sender, now()).unwrap();
        assert_eq!(self.client.ask(start).await, Ok(Answer::Done));
        self.catch_up(made.room).await;
        made.room
    }

    async fn add(&mut self, room: RoomId, other: &mut Self, name: &str) {
        let packages = self.packages_of(room, name).await.unwrap();
        let intent = Intent::Add { account: other.somebody.account, packages };
        self.commit(room, intent).await.unwrap();
        other
            .client
            .until(|event| matches!(event, Event::WelcomeWaits { room: of } if of == room).then_some(()))
            .await;
        other.join(room).await;
    }

    async fn packages_of(&mut self, room: RoomId, name: &str) -> Result<Vec<DevicePackage>, Refusal> {
        match self.client.ask(Command::TakeKeyPackages { room, name: Text::cut(name) }).await? {
            Answer::KeyPackages { packages } => Ok(packages.into_inner()),
            other => panic!("{other:?}"),
        }
    }

    async fn join(&mut self, room: RoomId) {
        let Ok(Answer::Welcomes(page)) = self.client.ask(Command::ListWelcomes).await else { panic!("none") };
        let card = page.welcomes.iter().find(|card| card.room == room).expect("a Welcome").clone();
        let tree = self.tree(room, card.epoch).await;
        if self.member.room(room).unwrap().is_some() {
            // Whoever was in before reads first that they had to go.
            self.catch_up(room).await;
        }
        self.member.join(&card, &tree, now()).unwrap();
        assert_eq!(self.client.ask(Command::DropWelcome { id: card.id }).await, Ok(Answer::Done));
        self.catch_up(room).await;
    }

    async fn tree(&mut self, room: RoomId, epoch: Epoch) -> Vec<u8> {
        let mut tree = Vec::new();
        loop {
            let (offset, len) = (tree.len() as u64, 1_000);
            let piece = self.client.ask(Command::FetchTree { room, epoch, offset, len }).await;
            let Ok(Answer::Piece { bytes, .. }) = piece else { panic!("{piece:?}") };
            if bytes.is_empty() {
                return tree;
            }
            tree.extend_from_slice(&bytes);
        }
    }

    async fn commit(&mut self, room: RoomId, intent: Intent) -> Result<Seq, Refusal> {
        let command = self.member.commit(room, intent, now()).unwrap();
        let seq = accepted(self.client.ask(command).await)?;
        self.catch_up(room).await;
        Ok(seq)
    }

    pub(crate) async fn say(&mut self, room: RoomId, words: &str) -> Result<Seq, Refusal> {
        let command = self.sealed(room, words);
        accepted(self.client.ask(command).await)
    }

    /// Returns a sealed message, which is in the outbox from here on.
    fn sealed(&mut self, room: RoomId, words: &str) -> Command {
        let id = self.client.message_id();
        self.member.seal(room, id, &text(words), None).unwrap().expect("it can be sent")
    }

    /// Reads the log up to its end.
    pub(crate) async fn catch_up(&mut self, room: RoomId) {
        loop {
            let state = self.member.room(room).unwrap().expect("a room");
            let from = HistoryFrom::After(state.cursor);
            let page = self.client.ask(Command::History { room, from, limit: 50 }).await;
            let Ok(Answer::History(page)) = page else { panic!("{page:?}") };
            for item in page.items.iter() {
                self.member.process(&item.entry).unwrap();
            }
            if !page.more {
                return;
            }
        }
    }

    async fn read(&mut self, room: RoomId) -> Vec<String> {
        self.catch_up(room).await;
        let lines = self.member.lines(room, LineWalk::Up { after: Seq::START }, 100).unwrap();
        let words = lines.into_iter().filter_map(|line| match line.what {
            What::Message { body: Body::Text { body, .. }, .. } => Some(body.into_inner()),
            _ => None,
        });
        words.collect()
    }
}

async fn online(world: &World, somebody: &Somebody) -> (Client, DeviceId) {
    let mut client = world.resume(&somebody.device).await;
    let ServerMessage::Welcome(welcome) = client.first().await else { panic!("not let in") };
    client.ready().await;
    (client, welcome.device)
}

fn accepted(answer: Result<Answer, Refusal>) -> Result<Seq, Refusal> {
    match answer? {
        Answer::Accepted { seq, .. } => Ok(seq),
        other => panic!("{other:?}"),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Code {
    result.expect_err("a refusal").code
}

fn text(words: &str) -> Body {
    Body::Text { body: Text::cut(words), reply_to: None }
}

fn bytes<const MAX: usize>(bytes: Vec<u8>) -> Bytes<MAX> {
    Bytes::new(bytes).unwrap()
}

async fn ban(world: &World, person: &Person) {
    let account = person.somebody.account;
    let new = NewSanction::new(Target::Account(account), Kind::Ban, None, Text::cut("spam"));
    world.staff(move |staff| staff.sanction(&new)).await;
}

/// Two people in a room of their own.
pub(crate) async fn pair(world: &World) -> (Person, Person, RoomId) {
    let (mut ada, mut bob) = (Person::new(world, "ada").await, Person::new(world, "bob").await);
    let room = ada.create(None).await;
    ada.add(room, &mut bob, "bob").await;
    (ada, bob, room)
}

#[tokio::test]
async fn people_bring_one_another_into_a_sealed_room_and_talk_and_a_restart_keeps_all() {
    let world = World::start().await;
    let (mut ada, mut bob, room) = pair(&world).await;
    ada.say(room, "hello bob").await.unwrap();
    bob.say(room, "hello ada").await.unwrap();
    for person in [&mut ada, &mut bob] {
        assert_eq!(person.read(room).await, ["hello bob", "hello ada"]);
    }
    let world = world.again().await;
    (ada.client, _) = online(&world, &ada.somebody).await;
    (bob.client, _) = online(&world, &bob.somebody).await;
    bob.say(room, "still here").await.unwrap();
    assert_eq!(ada.read(room).await.last().map(String::as_str), Some("still here"));
    ada.commit(room, Intent::Update).await.unwrap();
}

#[tokio::test]
async fn two_people_have_one_sealed_room_of_two() {
    let world = World::start().await;
    let (mut ada, mut bob) = (Person::new(&world, "ada").await, Person::new(&world, "bob").await);
    let room = ada.create(Some("bob")).await;
    let message_id = bob.client.message_id();
    let with = Some(Text::cut("ada"));
    let Ok(Answer::Room(same)) = bob.client.ask(Command::CreateSealed { message_id, with }).await else {
        panic!("no room")
    };
    assert_eq!((same.room, same.kind, &*same.name), (room, RoomKind::SealedDirect, "ada"));
    ada.add(room, &mut bob, "bob").await;
    bob.say(room, "between us").await.unwrap();
    assert_eq!(ada.read(room).await, ["between us"]);
}

#[tokio::test]
async fn of_two_commits_of_an_epoch_one_is_accepted_and_what_is_sealed_before_it_is_stale() {
    let world = World::start().await;
    let (mut ada, mut bob, room) = pair(&world).await;
    let (late, before) =
        (bob.member.commit(room, Intent::Update, now()).unwrap(), ada.sealed(room, "before"));
    let theirs = ada.client.ask(before.clone()).await.unwrap();
    ada.commit(room, Intent::Update).await.unwrap();
    assert_eq!(code(bob.client.ask(late).await), Code::StaleEpoch);
    // What was accepted stays so, however often it is sent.
    assert_eq!(ada.client.ask(before).await, Ok(theirs));
    bob.catch_up(room).await;
    bob.say(room, "after").await.unwrap();
    assert_eq!(ada.read(room).await, ["before", "after"]);
}

#[tokio::test]
async fn a_ban_from_another_process_fences_the_room_until_a_member_has_evicted() {
    let world = World::start().await;
    let (mut ada, mut mallory, room) = pair(&world).await;
    let (sealed_before, say) = (mallory.sealed(room, "too late"), ada.sealed(room, "held back"));
    ban(&world, &mallory).await;
    assert_eq!(mallory.client.goodbye().await.0.reason, GoodbyeReason::Banned);
    assert_eq!(code(ada.client.ask(say).await), Code::PendingEviction);
    let evict = |event| match event {
        Event::Entry(entry) if matches!(entry.content, Content::Evict { .. }) => Some(entry),
        _ => None,
    };
    let entry = ada.client.until(evict).await;
    assert_eq!(entry.author, mallory.somebody.account);
    assert!(
        matches!(&entry.content, Content::Evict { why: EvictWhy::Banned, proposals, .. } if proposals.len() == 1)
    );
    ada.catch_up(room).await;
    assert_eq!(ada.member.room(room).unwrap().unwrap().evicting.len(), 1);
    ada.commit(room, Intent::Evictions).await.unwrap();
    ada.say(room, "among us").await.unwrap();

    // The ban is lifted, but the room is closed to whoever was evicted.
    let account = mallory.somebody.account;
    world.staff(move |staff| staff.lift_ban(account, &Text::cut("appeal"))).await;
    (mallory.client, _) = online(&world, &mallory.somebody).await;
    assert_eq!(code(mallory.client.ask(sealed_before).await), Code::NoSuchRoom);
    assert_eq!(code(mallory.client.ask(Command::FetchGroupInfo { room }).await), Code::NoSuchRoom);
    let log = Command::History { room, from: HistoryFrom::Latest, limit: 9 };
    assert_eq!(code(mallory.client.ask(log).await), Code::NoSuchRoom);
    let epoch = Epoch::START.next();
    let tree = Command::FetchTree { room, epoch, offset: 0, len: 9 };
    assert_eq!(code(mallory.client.ask(tree).await), Code::NoSuchRoom);
    // A member may invite them again.
    ada.add(room, &mut mallory, "bob").await;
    mallory.say(room, "sorry").await.unwrap();
    assert_eq!(mallory.read(room).await, ["sorry"]);
}

#[tokio::test]
async fn an_eviction_that_was_not_proposed_is_proposed_at_the_next_start() {
    let world = World::start().await;
    let (mut ada, mallory, room) = pair(&world).await;
    let account = mallory.somebody.account;
    let world = world
        .again_after(move |folder| {
            let store = store::Store::open(&folder.join("chat.db")).unwrap();
            let new = NewSanction::new(Target::Account(account), Kind::Ban, None, Text::cut("spam"));
            let act = move |tx: &mut store::Tx<'_>| tx.staff(&store::Actor::OPERATOR, now())?.sanction(&new);
            store.run_blocking(act).unwrap();
            store.close();
        })
        .await;
    (ada.client, _) = online(&world, &ada.somebody).await;
    loop {
        ada.catch_up(room).await;
        if !ada.member.room(room).unwrap().unwrap().evicting.is_empty() {
            break;
        }
        let evict = |event| matches!(event, Event::Entry(_)).then_some(());
        ada.client.until(evict).await;
    }
    ada.commit(room, Intent::Evictions).await.unwrap();
    ada.say(room, "alone").await.unwrap();
}

/// Brings a second device of Ada into a room: approved by the first, it comes in by itself.
async fn second_device(world: &World, ada: &mut Person, room: RoomId) -> (Client, Member<MemoryVault>) {
    let phone = StaticKey::generate();
    let mut client = world.connect(&phone, &login("ada", PASSWORD, &ada.somebody.code())).await;
    let welcome = welcomed(client.first().await);
    client.ready().await;
    let server = ServerId::of(&world.server_key);
    let mut member =
        Member::open(MemoryVault::default(), server, ada.somebody.account, welcome.device).unwrap();
    let identity = card(&mut client).await.key.unwrap();
    let signature_key = member.ask_approval(identity).unwrap();
    assert_eq!(client.ask(Command::AskApproval { signature_key }).await, Ok(Answer::Done));
    let asks = |event| match event {
        Event::DeviceAsks { device, signature_key, .. } => Some((device, signature_key)),
        _ => None,
    };
    let (device, asked) = ada.client.until(asks).await;
    assert_eq!((device, asked), (welcome.device, signature_key));
    let given = ada.member.approve(device, &phone.public(), &asked, now()).unwrap();
    let (certificate, parcel) = (bytes(given.certificate), bytes(given.parcel));
    let approve = Command::ApproveDevice { device, certificate, parcel };
    assert_eq!(ada.client.ask(approve).await, Ok(Answer::Done));
    client.until(|event| matches!(event, Event::DeviceApproved { .. }).then_some(())).await;
    let card = card(&mut client).await;
    let mine = card.devices.iter().find(|found| found.device == device).unwrap();
    let (certificate, parcel) = (mine.certificate.clone().unwrap(), mine.parcel.clone().unwrap());
    member.approved(&phone.to_bytes(), &certificate, &parcel).unwrap();

    let Ok(Answer::GroupInfo { epoch, seq, info }) = client.ask(Command::FetchGroupInfo { room }).await
    else {
        panic!("no group info")
    };
    let tree = ada.tree(room, epoch).await;
    let command = member.rejoin(room, seq, &info, &tree, now()).unwrap();
    accepted(client.ask(command).await).unwrap();
    (client, member)
}

async fn card(client: &mut Client) -> IdentityCard {
    match client.ask(Command::Identity { name: Text::default() }).await {
        Ok(Answer::Identity(card)) => card,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_further_device_is_approved_comes_in_by_itself_and_goes_alone_when_it_is_revoked() {
    let world = World::start().await;
    let (mut ada, mut bob, room) = pair(&world).await;
    let (client, member) = second_device(&world, &mut ada, room).await;
    let device = member.device();
    let somebody = world.newcomer("nobody", Role::Member).await;
    let mut phone = Person { somebody, client, member, device };
    phone.catch_up(room).await;
    phone.say(room, "from my phone").await.unwrap();
    assert_eq!(bob.read(room).await, ["from my phone"]);
    assert_eq!(ada.read(room).await, ["from my phone"]);

    assert_eq!(ada.client.ask(Command::RevokeDevice { device }).await, Ok(Answer::Done));
    let evict = |event| match event {
        Event::Entry(entry) => match entry.content {
            Content::Evict { why, .. } => Some((entry.author, why)),
            _ => None,
        },
        _ => None,
    };
    let (author, why) = bob.client.until(evict).await;
    assert_eq!((author, why), (ada.somebody.account, EvictWhy::DeviceRevoked));
    bob.catch_up(room).await;
    bob.commit(room, Intent::Evictions).await.unwrap();
    ada.catch_up(room).await;
    ada.say(room, "my laptop is still in").await.unwrap();
    assert_eq!(bob.read(room).await.len(), 2);
}

#[tokio::test]
async fn what_is_not_sealed_is_refused_with_words_in_a_sealed_room() {
    let world = World::start().await;
    let (mut ada, _bob, room) = pair(&world).await;
    let say = ada.client.message(room, "in the clear");
    let refusal = ada.client.ask(say).await.unwrap_err();
    assert_eq!(refusal.code, Code::NotPermitted);
    assert!(refusal.detail.contains("sealed"), "{refusal}");
}

#[tokio::test]
async fn whoever_is_banned_is_not_brought_in() {
    let world = World::start().await;
    let (mut ada, mallory) = (Person::new(&world, "ada").await, Person::new(&world, "mallory").await);
    let room = ada.create(None).await;
    let packages = ada.packages_of(room, "mallory").await.unwrap();
    ban(&world, &mallory).await;
    assert!(ada.packages_of(room, "mallory").await.is_err(), "no more of them");
    let intent = Intent::Add { account: mallory.somebody.account, packages };
    let command = ada.member.commit(room, intent, now()).unwrap();
    assert_eq!(code(ada.client.ask(command).await), Code::Banned);
}

#[tokio::test]
async fn each_key_package_is_handed_out_once_and_then_the_last_resort() {
    let world = World::start().await;
    let (mut ada, bob) = (Person::new(&world, "ada").await, Person::new(&world, "bob").await);
    let room = ada.create(None).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let packages = ada.packages_of(room, "bob").await.unwrap();
        assert_eq!((packages.len(), packages[0].device), (1, bob.device));
        seen.push(packages[0].package.to_vec());
    }
    let different: BTreeSet<_> = seen.iter().collect();
    assert_eq!((different.len(), seen[4] == seen[5]), (5, true));
}

#[tokio::test]
async fn garbage_is_refused_and_harms_nobody() {
    let world = World::start().await;
    let (mut ada, mut bob, room) = pair(&world).await;
    let epoch = Epoch::START.next();
    let noise =
        |len: usize| (0..len).map(|place| u8::try_from(place * 37 % 251).unwrap()).collect::<Vec<u8>>();
    let (message_id, keys) = (MessageId([9; 16]), (IdentityKey([1; 32]), SignatureKey([2; 32])));
    let tries = [
        Command::SendSealed { room, message_id, epoch, message: bytes(noise(500)), blob: None },
        Command::Commit {
            room,
            message_id,
            epoch,
            commit: bytes(noise(900)),
            group_info: bytes(noise(90)),
            welcome: bytes(Vec::new()),
        },
        Command::StartGroup { room, group_info: bytes(noise(200)), tree: bytes(noise(200)) },
        Command::PublishIdentity {
            key: keys.0,
            certificate: bytes(noise(limits::CERTIFICATE)),
            signature_key: keys.1,
            replaces: None,
        },
        Command::ApproveDevice {
            device: ada.device,
            certificate: bytes(noise(153)),
            parcel: bytes(noise(9)),
        },
        Command::PublishKeyPackages {
            packages: List::new(vec![bytes(noise(300))]).unwrap(),
            last_resort: None,
        },
        Command::FetchTree { room, epoch: Epoch::new(77).unwrap(), offset: u64::MAX, len: u32::MAX },
        Command::CannotRead { room, seq: Seq::new(999).unwrap() },
        Command::TakeKeyPackages { room, name: Text::cut("nobody") },
    ];
    for command in tries {
        assert!(ada.client.ask(command.clone()).await.is_err(), "{command:?}");
    }
    let drop = Command::DropWelcome { id: WelcomeId::new(5_000).unwrap() };
    assert_eq!(ada.client.ask(drop).await, Ok(Answer::Done), "one that is not there is gone");
    // A message under another id, room or epoch than it was sealed for.
    let Command::SendSealed { message, message_id, .. } = ada.sealed(room, "mine") else {
        panic!("a message")
    };
    let send = |room, message_id, epoch| Command::SendSealed {
        room,
        message_id,
        epoch,
        message: message.clone(),
        blob: None,
    };
    let elsewhere = bob.create(None).await;
    for command in [
        send(elsewhere, message_id, epoch),
        send(room, MessageId([8; 16]), epoch),
        send(room, message_id, epoch.next()),
    ] {
        assert_eq!(code(ada.client.ask(command).await), Code::GroupRefused);
    }
    accepted(ada.client.ask(send(room, message_id, epoch)).await).unwrap();
    assert_eq!(bob.read(room).await, ["mine"]);
}
