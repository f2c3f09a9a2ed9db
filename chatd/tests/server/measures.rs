//! Moderation over real sockets: what another process writes is felt here at once, and what is told names its rule.

use domain::cidr::Cidr;
use domain::filter::{Action as Then, Kind as FilterKind, Mode};
use domain::raid::RaidLevel;
use domain::sanction::{Kind, Target};
use domain::settings::{Key, parse};
use proto::keys::StaticKey;
use proto::message::{
    Answer, Command, Event, GoodbyeReason, HeldDecision as Decided, NoticeKind, Opening, ReportCategory,
    ReportState, ReportWhat, Role, ServerMessage,
};
use proto::refusal::Code;
use proto::text::{List, Text};
use store::{HeldDecision, NewFilter, NewSanction, Outcome};

use crate::client::{Client, LOBBY};
use crate::logins::refused;
use crate::registration::{code, confirm, enrolling, register};
use crate::world::{PASSWORD, World, login, now, welcomed};

#[tokio::test]
async fn a_ban_of_every_kind_from_another_process_ends_the_session_and_keeps_out() {
    for kind in ["account", "device", "network", "lineage"] {
        let world = World::start().await;
        let (mallory, mut online, target) = match kind {
            "lineage" => {
                let token = world.invite(Role::Member).await;
                let invite = world.store.read(|reads| reads.invites(None, 10)).await.unwrap().items[0].id;
                let device = StaticKey::generate();
                let mut client = world.connect(&device, &register(&token, "mallory", PASSWORD)).await;
                let enrolment = enrolling(client.first().await);
                confirm(&mut client, &code(&enrolment)).await.unwrap();
                client.ready().await;
                (device, client, Target::Lineage(invite))
            }
            _ => {
                let mallory = world.somebody("mallory", Role::Member).await;
                let online = world.online(&mallory).await;
                let account = mallory.account;
                let device = world.store.read(move |reads| reads.devices(account)).await.unwrap()[0].device;
                let target = match kind {
                    "account" => Target::Account(account),
                    "device" => Target::Device(account, device),
                    _ => Target::Network(Cidr::parse("127.0.0.0/8").unwrap()),
                };
                (mallory.device, online, target)
            }
        };
        let new = NewSanction::new(target, Kind::Ban, Some(now().plus_ms(3_600_000)), Text::cut("enough"));
        let id = world.staff(move |staff| staff.sanction(&new)).await;
        let (goodbye, _) = online.goodbye().await;
        assert_eq!(goodbye.reason, GoodbyeReason::Banned, "{kind}");
        let refusal = refused(world.resume(&mallory).await.first().await);
        let expected = if kind == "network" { Code::NetworkBanned } else { Code::Banned };
        assert_eq!(refusal.code, expected, "{kind}: {refusal}");
        assert!(refusal.detail.contains("enough") && refusal.detail.contains("for another"), "{refusal}");
        assert!(refusal.retry_after_ms.is_some());
        // How fast it was is written beside it.
        let row = loop {
            if let Some(row) = world.store.read(move |reads| reads.enforcement(id)).await.unwrap() {
                break row;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(row.sessions, 1, "{kind}");
        world.staff(move |staff| staff.lift(id, &Text::cut("sorry"))).await;
        let mut tries = 0;
        while !matches!(world.resume(&mallory).await.first().await, ServerMessage::Welcome(_)) {
            tries += 1;
            assert!(tries < 1_000, "{kind}: lifted and still out");
        }
    }
}

#[tokio::test]
async fn a_banned_network_is_refused_before_any_password_and_told_nothing_of_accounts() {
    let world = World::start().await;
    let ada = world.newcomer("ada", Role::Member).await;
    let network = Target::Network(Cidr::parse("127.0.0.1").unwrap());
    let new = NewSanction::new(network, Kind::Ban, None, Text::cut(""));
    world.staff(move |staff| staff.sanction(&new)).await;
    let device = StaticKey::generate();
    // The feed may need a moment; what cannot succeed shows when it is there.
    while refused(world.log_in(&device, "nobody", "wrong", "000000").await).code != Code::NetworkBanned {}
    let mut answers = Vec::new();
    for opening in [
        login("ada", PASSWORD, &ada.code()),
        login("ada", "wrong", "000000"),
        login("nobody", PASSWORD, "000000"),
        register("no such invite", "bob", PASSWORD),
    ] {
        answers.push(refused(world.connect(&device, &opening).await.first().await));
    }
    assert_eq!(answers[0].code, Code::NetworkBanned);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn a_soft_ban_lets_in_those_who_were_here_before_and_nobody_else() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let bob = world.newcomer("bob", Role::Member).await;
    let network = Target::Network(Cidr::parse("127.0.0.0/8").unwrap());
    let new = NewSanction::new(network, Kind::SoftBan, None, Text::cut("spam"));
    let mut online = world.online(&ada).await;
    world.staff(move |staff| staff.sanction(&new)).await;
    let token = world.invite(Role::Member).await;
    let device = StaticKey::generate();
    loop {
        let mut client = world.connect(&device, &register(&token, "carol", PASSWORD)).await;
        if let ServerMessage::Denied(refusal) = client.first().await {
            assert_eq!(refusal.code, Code::NetworkBanned);
            break;
        }
    }
    let stranger = refused(world.log_in(&device, "bob", PASSWORD, &bob.code()).await);
    assert_eq!(stranger.code, Code::NetworkBanned);
    let wrong = refused(world.log_in(&device, "bob", "wrong", "000000").await);
    assert_eq!(wrong.code, Code::BadCredentials, "who proved nothing hears nothing");
    online.say(LOBBY, "still here").await;
    welcomed(world.resume(&ada.device).await.first().await);
}

#[tokio::test]
async fn a_moderator_mutes_slows_and_bans_from_a_room_with_commands() {
    let world = World::start().await;
    let (mia, bob) =
        (world.somebody("mia", Role::Moderator).await, world.somebody("bob", Role::Member).await);
    let (mut mia, mut bob) = (world.online(&mia).await, world.online(&bob).await);
    let (name, reason) = (Text::cut("bob"), Text::cut("rude"));
    mia.ask(Command::Mute { room: None, name: name.clone(), reason: reason.clone(), seconds: Some(60) })
        .await
        .unwrap();
    let refusal = try_to_say(&mut bob, "hello").await.unwrap_err();
    assert_eq!(refusal.code, Code::Muted);
    assert!(refusal.detail.contains("rude"), "{refusal}");
    mia.ask(Command::Unmute { room: None, name: name.clone(), reason: reason.clone() }).await.unwrap();
    try_to_say(&mut bob, "hello").await.unwrap();

    mia.ask(Command::SlowMode { room: LOBBY, seconds: 60 }).await.unwrap();
    try_to_say(&mut bob, "one").await.unwrap();
    assert_eq!(try_to_say(&mut bob, "two").await.unwrap_err().code, Code::SlowMode);
    mia.ask(Command::SlowMode { room: LOBBY, seconds: 0 }).await.unwrap();
    try_to_say(&mut bob, "three").await.unwrap();

    let made = mia.ask(Command::CreateRoom { name: Text::cut("rust"), topic: Text::default() }).await;
    let Ok(Answer::Room(room)) = made else { panic!("{made:?}") };
    bob.ask(Command::Join { name: Text::cut("rust") }).await.unwrap();
    let room = room.room;
    mia.ask(Command::RoomBan { room, name: name.clone(), reason: reason.clone(), seconds: None })
        .await
        .unwrap();
    bob.until(|event| matches!(event, Event::RoomGone { room: gone, .. } if gone == room).then_some(()))
        .await;
    assert!(bob.ask(Command::Join { name: Text::cut("rust") }).await.is_err());
    mia.ask(Command::RoomUnban { room, name, reason }).await.unwrap();
    bob.ask(Command::Join { name: Text::cut("rust") }).await.unwrap();
    // What staff may do, nobody else may.
    let own = Command::SlowMode { room: LOBBY, seconds: 5 };
    assert_eq!(bob.ask(own).await.unwrap_err().code, Code::NotPermitted);
}

#[tokio::test]
async fn a_held_message_waits_and_is_delivered_once_whatever_happens_in_between() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    hold_spam(&world).await;
    let mut online = world.online(&ada).await;
    let held = loop {
        // The feed may need a moment to bring the filter.
        if let Ok(Answer::Held { why }) = try_to_say(&mut online, "buy spam").await {
            break why;
        }
    };
    assert!(held.contains("Filter"), "{held:?}");
    let waiting = world.store.read(|reads| reads.held(None, 10)).await.unwrap();
    let id = waiting.items[0].row.id;
    let mut other = world.online(&bob).await;
    // Decided while nobody serves: carried out at the start, once.
    world.stop.cancel();
    let folder = world.folder().to_owned();
    let database = folder.join("chat.db");
    let before = entries(&world, "buy spam").await;
    drop((online, other.goodbye().await));
    let decided = store::Store::open(&database).unwrap();
    decided
        .run(move |tx| tx.staff(&store::Actor::OPERATOR, now())?.decide_held(id, HeldDecision::Release))
        .await
        .unwrap();
    decided.close();
    let world = world.again().await;
    wait_for_entries(&world, before + 1).await;
    let world = world.again().await;
    let world = world.again().await;
    assert_eq!(entries(&world, "buy spam").await, before + 1, "delivered once over three starts");
    let mut online = world.online(&ada).await;
    online.say(LOBBY, "hello").await;
}

#[tokio::test]
async fn an_author_hears_what_became_of_a_held_message() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    hold_spam(&world).await;
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    for (decision, expected) in
        [(HeldDecision::Release, Decided::Released), (HeldDecision::Reject, Decided::Rejected)]
    {
        while !matches!(try_to_say(&mut ada, "spam again").await, Ok(Answer::Held { .. })) {}
        let waiting = world.store.read(|reads| reads.held(None, 10)).await.unwrap();
        let id = waiting.items[0].row.id;
        world.staff(move |staff| staff.decide_held(id, decision)).await;
        let heard =
            ada.until(|event| if let Event::Held { decided, .. } = event { Some(decided) } else { None });
        assert_eq!(heard.await, expected);
        bob.say(LOBBY, "next").await;
    }
}

#[tokio::test]
async fn a_report_reaches_staff_on_duty_and_its_outcome_the_reporter() {
    let world = World::start().await;
    let mia = world.somebody("mia", Role::Moderator).await;
    let (ada, mallory) =
        (world.somebody("ada", Role::Member).await, world.somebody("mallory", Role::Member).await);
    let (mut staff, mut rude) = (world.online(&mia).await, world.online(&mallory).await);
    let mut reporter = world.online(&ada).await;
    let seq = rude.say(LOBBY, "something rude").await;
    let what = ReportWhat::Messages { room: LOBBY, seqs: List::new(vec![seq]).unwrap() };
    let made =
        reporter.ask(Command::Report { what, category: ReportCategory::Harassment, note: Text::cut("see") });
    let Ok(Answer::Reported { report }) = made.await else { panic!("not reported") };
    assert!(notice(&mut staff, NoticeKind::Report).await.contains(&report.to_string()));
    let own = reporter.ask(Command::ListReports).await;
    let Ok(Answer::Reports(page)) = own else { panic!("{own:?}") };
    assert_eq!((page.reports.len(), page.reports[0].state), (1, ReportState::New));

    let by = mia.account;
    let close = move |text: &'static str| {
        move |tx: &mut store::Tx<'_>| {
            let version = tx.reads().report(report)?.unwrap().version;
            let mut staff = tx.staff(&store::Actor::in_chat(by), now())?;
            staff.claim(report, version)?;
            staff.close_report(report, version + 1, Outcome::Actioned, &Text::cut(text))
        }
    };
    drop(reporter);
    world.store.run(close("We talked to them.")).await.unwrap();
    // By what the database says, or by the feed if that is slower than she is.
    let mut back = world.resume(&ada.device).await;
    assert!(notice(&mut back, NoticeKind::Outcome).await.contains("We talked to them."));
}

#[tokio::test]
async fn a_banned_person_appeals_once_after_proving_who_they_are() {
    let world = World::start().await;
    let bob = world.somebody("bob", Role::Member).await;
    let new = NewSanction::new(Target::Account(bob.account), Kind::Ban, None, Text::cut("spam"));
    let id = world.staff(move |staff| staff.sanction(&new)).await;
    let mut client = world.connect(&bob.device, &login("bob", PASSWORD, &bob.code())).await;
    let refusal = refused(client.first().await);
    assert_eq!(refusal.code, Code::Banned);
    assert!(refusal.detail.contains("appeal"), "{refusal}");
    let answer = client.ask(Command::Appeal { text: Text::cut("It was my brother.") }).await;
    assert_eq!(answer, Ok(Answer::Done));
    let appeal = world.store.read(move |reads| reads.appeal_of(id)).await.unwrap();
    assert!(appeal.is_some());
    let refusal = refused(world.log_in(&bob.device, "bob", PASSWORD, &bob.code()).await);
    assert_eq!(refusal.code, Code::BannedNoAppeal, "{refusal}");
    let wrong = refused(world.log_in(&bob.device, "bob", "wrong", "000000").await);
    assert_eq!(wrong.code, Code::BadCredentials, "a ban is told to its owner alone");
}

#[tokio::test]
async fn registration_is_by_invite_by_approval_open_or_closed_as_the_settings_say() {
    let world = World::start().await;
    let without = |name: &str| register("", name, PASSWORD);
    let mut first = world.connect(&StaticKey::generate(), &without("ada")).await;
    assert_eq!(refused(first.first().await).code, Code::BadInvite);

    set(&world, Key::RegistrationMode, "approval").await;
    let device = StaticKey::generate();
    let (mut client, enrolment) = until_enrolled(&world, &device, &without("bob")).await;
    let refusal = confirm(&mut client, &code(&enrolment)).await.unwrap_err();
    assert_eq!(refusal.code, Code::PendingApproval);
    let recovery: Vec<_> =
        refusal.detail.rsplit(": ").next().unwrap().split(' ').map(str::to_owned).collect();
    assert_eq!(recovery.len(), 10);
    let pending = refused(world.log_in(&device, "bob", PASSWORD, &recovery[0]).await);
    assert_eq!(pending.code, Code::PendingApproval);
    let stranger = refused(world.log_in(&device, "bob", "wrong", &recovery[0]).await);
    assert_eq!(stranger.code, Code::BadCredentials, "only its owner hears that it waits");
    let name = domain::name::AccountName::parse("bob").unwrap();
    let account = world.store.read(move |reads| reads.account_by_name(&name)).await.unwrap().unwrap().id;
    world.staff(move |staff| staff.approve(account)).await;
    welcomed(world.log_in(&device, "bob", PASSWORD, &recovery[1]).await);

    // By closed, so that what is let in next is let in because it is open.
    for mode in ["closed", "open"] {
        set(&world, Key::RegistrationMode, mode).await;
        if mode == "closed" {
            until_closed(&world, &without("carol")).await;
        }
    }
    let (mut client, enrolment) = until_enrolled(&world, &StaticKey::generate(), &without("carol")).await;
    confirm(&mut client, &code(&enrolment)).await.unwrap();
    set(&world, Key::RegistrationMode, "closed").await;
    until_closed(&world, &without("dora")).await;
}

#[tokio::test]
async fn a_raid_level_shuts_out_all_but_staff_and_lets_them_back() {
    let world = World::start().await;
    let (mia, bob) =
        (world.somebody("mia", Role::Moderator).await, world.somebody("bob", Role::Member).await);
    let (mut staff, mut online) = (world.online(&mia).await, world.online(&bob).await);
    let raid = |level, minutes| Command::Raid { level, minutes, reason: Text::cut("raid") };
    staff.ask(raid(1, 10)).await.unwrap();
    online.goodbye().await;
    let refusal = loop {
        if let ServerMessage::Denied(refusal) = world.resume(&bob.device).await.first().await {
            break refusal;
        }
    };
    assert_eq!(refusal.code, Code::Raid);
    assert!(refusal.retry_after_ms.is_some_and(|wait| wait <= 600_000));
    welcomed(world.resume(&mia.device).await.first().await);
    let level = RaidLevel::NORMAL;
    world.staff(move |staff| staff.set_raid(level, None, &Text::cut("over"))).await;
    while !matches!(world.resume(&bob.device).await.first().await, ServerMessage::Welcome(_)) {}
}

#[tokio::test]
async fn an_announcement_is_heard_live_and_at_login_and_a_purge_by_everybody() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let mut online = world.online(&ada).await;
    world.staff(|staff| staff.announce(&Text::cut("Maintenance at noon."), None)).await;
    assert!(notice(&mut online, NoticeKind::Announcement).await.contains("noon"));
    let mut late = world.resume(&bob.device).await;
    assert!(notice(&mut late, NoticeKind::Announcement).await.contains("noon"));
    late.say(LOBBY, "regret").await;
    let account = bob.account;
    let since = now().plus_ms(-3_600_000);
    let purge = world.staff(move |staff| staff.purge(account, since, &Text::cut("spam"), None)).await;
    let purged =
        online.until(|event| if let Event::Purged { account, .. } = event { Some(account) } else { None });
    assert_eq!(purged.await, account);
    world.staff(move |staff| staff.undo_purge(purge)).await;
    let restored =
        online.until(|event| if let Event::Restored { account, .. } = event { Some(account) } else { None });
    assert_eq!(restored.await, account);
}

#[tokio::test]
async fn the_audit_log_is_signed_outside_the_database() {
    let world = World::start().await;
    let bob = world.somebody("bob", Role::Member).await;
    let new = NewSanction::new(Target::Account(bob.account), Kind::Mute, None, Text::cut("rude"));
    world.staff(move |staff| staff.sanction(&new)).await;
    let file = world.folder().join("checkpoints.log");
    let keys = keys::Keys::load(&world.folder().join("keys")).unwrap();
    world.stop.cancel();
    world.serving.await.unwrap().unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let last = text.lines().last().unwrap();
    let checkpoint = keys.audit.public().verify(last).unwrap();
    assert!(1 <= checkpoint.events);
    assert!(keys.audit.public().verify(&last.replace(" 1 ", " 2 ")).is_err());
}

async fn hold_spam(world: &World) {
    let filter = NewFilter {
        room: None,
        kind: FilterKind::Word,
        pattern: "spam".to_owned(),
        action: Then::Hold,
        mode: Mode::On,
    };
    world.staff(move |staff| staff.set_filter(None, &filter)).await;
}

async fn set(world: &World, key: Key, text: &str) {
    let value = parse(key, text).unwrap();
    world.staff(move |staff| staff.set_setting(&value)).await;
}

async fn until_enrolled(
    world: &World,
    device: &StaticKey,
    opening: &Opening,
) -> (Client, proto::message::Enrolment) {
    loop {
        let mut client = world.connect(device, opening).await;
        if let ServerMessage::Enrol(enrolment) = client.first().await {
            return (client, enrolment);
        }
    }
}

async fn until_closed(world: &World, opening: &Opening) {
    loop {
        let mut client = world.connect(&StaticKey::generate(), opening).await;
        if let ServerMessage::Denied(refusal) = client.first().await {
            return assert_eq!(refusal.code, Code::RegistrationClosed);
        }
    }
}

async fn try_to_say(client: &mut Client, body: &str) -> Result<Answer, proto::refusal::Refusal> {
    let command = client.message(LOBBY, body);
    client.ask(command).await
}

async fn notice(client: &mut Client, wanted: NoticeKind) -> String {
    client
        .until(|event| match event {
            Event::Notice { kind, text } if kind == wanted => Some(text.into_inner()),
            _ => None,
        })
        .await
}

/// How often something stands in the lobby.
async fn entries(world: &World, body: &'static str) -> usize {
    let reader = proto::ids::AccountId::new(1).unwrap();
    let from = proto::message::HistoryFrom::Latest;
    let page = world.store.read(move |reads| reads.history(LOBBY, reader, from, 200)).await.unwrap();
    page.items.iter().filter(|item| format!("{item:?}").contains(body)).count()
}

async fn wait_for_entries(world: &World, wanted: usize) {
    for _ in 0..2_000 {
        if entries(world, "buy spam").await == wanted {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never delivered");
}

/// Two connections to one database stand for two processes: the bell rings over the socket either way.
#[tokio::test]
async fn a_ban_by_another_connection_is_carried_out_in_well_under_a_second() {
    const BANS: usize = 20;
    let world = World::start().await;
    let mut took = Vec::new();
    for number in 0..BANS {
        let mallory = world.somebody(&format!("mallory{number}"), Role::Member).await;
        let mut online = world.online(&mallory).await;
        let new = NewSanction::new(Target::Account(mallory.account), Kind::Ban, None, Text::cut("enough"));
        let other = store::Store::open(&world.folder().join("chat.db")).unwrap();
        let done = other.run(move |tx| tx.staff(&store::Actor::OPERATOR, now())?.sanction(&new)).await;
        let committed = std::time::Instant::now();
        online.goodbye().await;
        took.push(committed.elapsed());
        let id = done.unwrap();
        other.close();
        while world.store.read(move |reads| reads.enforcement(id)).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    }
    took.sort();
    println!("ban to closed connection: median {:?}, longest {:?}", took[BANS / 2], took[BANS - 1]);
    assert!(took[BANS / 2] < std::time::Duration::from_millis(500), "{took:?}");
}

#[tokio::test]
async fn too_many_registrations_raise_the_level_and_the_webhook_tells_of_it_signed() {
    let world = World::start().await;
    let hook = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", hook.local_addr().unwrap());
    let heard = std::thread::spawn(move || one_post(&hook));
    set(&world, Key::WebhookUrl, &url).await;
    set(&world, Key::WebhookSecret, "0123456789abcdef").await;
    set(&world, Key::JoinRate, "2/10m").await;
    set(&world, Key::JoinRateLevel, "2").await;
    set(&world, Key::RegistrationMode, "open").await;
    for name in ["carol", "dora"] {
        let opening = register("", name, PASSWORD);
        let (mut client, enrolment) = until_enrolled(&world, &StaticKey::generate(), &opening).await;
        confirm(&mut client, &code(&enrolment)).await.unwrap();
    }
    let mut late = world.connect(&StaticKey::generate(), &register("", "mallory", PASSWORD)).await;
    assert_eq!(refused(late.first().await).code, Code::Raid, "the third comes too late");
    let heard = tokio::task::spawn_blocking(move || heard.join().unwrap()).await.unwrap();
    assert!(heard.to_lowercase().contains("x-livechat-signature: sha256="), "{heard}");
    assert!(heard.contains(r#""kind":"raid_level""#) && heard.contains(r#""level":2"#), "{heard}");
    let posture = world.store.read(|reads| Ok(reads.posture()?.posture)).await.unwrap();
    assert_eq!((posture.level, posture.then), (RaidLevel::KNOWN_ONLY, RaidLevel::NORMAL));
    assert!(posture.until.is_some(), "it returns by itself");
}

/// Takes one POST and says that it is fine.
fn one_post(hook: &std::net::TcpListener) -> String {
    use std::io::{Read, Write};
    let (mut socket, _) = hook.accept().unwrap();
    socket.set_read_timeout(Some(crate::client::PATIENCE)).unwrap();
    let (mut heard, mut buffer) = (Vec::new(), [0; 1_024]);
    while !heard.ends_with(b"}") {
        let read = socket.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the sender left");
        heard.extend_from_slice(&buffer[..read]);
    }
    socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    String::from_utf8(heard).unwrap()
}
