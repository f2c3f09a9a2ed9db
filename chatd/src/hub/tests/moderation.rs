//! Measures at the hub: what is said, what is held, who is let go, and what nobody notices.

use domain::cidr::Cidr;
use domain::filter::{Action as Act_, Filter, FilterSet, FloodAction, Kind as FilterKind, Mode};
use domain::raid::{Posture, RaidLevel};
use domain::sanction::Kind;
use domain::settings::Settings;
use proto::ids::FilterId;
use proto::message::{GoodbyeReason, NoticeKind};

use super::model::{LOBBY, Model, WALL, account, address, body, device, text};
use super::*;

#[test]
fn a_mute_from_the_dashboard_binds_at_once_and_says_so() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    let until = Some(WALL.plus_ms(60_000));
    model.bind_from_outside(1, Bound { kind: Kind::Mute, room: None, until, reason: String::new() });
    model.feed_all();
    assert!(matches!(&notices(&mut model, ada)[..], [NoticeKind::Sanction]));
    model.request(ada, 1, text(LOBBY, 1, "hello"));
    assert_eq!((model.waiting(), model.refusals(ada)), (0, vec![Code::Muted]));
    model.request(bob, 1, text(LOBBY, 2, "hello"));
    assert_eq!(model.waiting(), 1, "nobody else is muted");
    model.pass(Duration::from_secs(60));
    model.request(ada, 2, text(LOBBY, 1, "hello"));
    assert_eq!(model.waiting(), 2);
}

#[test]
fn a_mute_is_not_escaped_by_coming_back_nor_lost_while_a_session_loads() {
    let mut model = Model::new();
    model.register(1, Role::Member);
    let early = model.attach(1, device(1), Role::Member);
    let read_early = model.read(1);
    model.bind_from_outside(1, Bound { kind: Kind::Mute, room: None, until: None, reason: String::new() });
    model.feed_all();
    model.loaded(early, read_early);
    model.request(early, 1, text(LOBBY, 1, "hello"));
    assert_eq!(model.refusals(early), [Code::Muted], "what was read before the mute is older than the mute");
    model.detach(early);
    let again = model.online(1, Role::Member);
    model.request(again, 1, text(LOBBY, 1, "hello"));
    assert_eq!(model.refusals(again), [Code::Muted]);
}

#[test]
fn a_ban_of_any_kind_ends_the_sessions_it_is_against_and_counts_them() {
    for (whom, gone) in [
        (Whom::Accounts(vec![account(1)]), vec![1, 3]),
        (Whom::Device(device(1)), vec![1]),
        (Whom::Network(Cidr::of(address(2))), vec![2]),
        (Whom::Network(Cidr::parse("192.0.2.0/24").unwrap()), vec![1, 2, 3]),
        (Whom::Network(Cidr::parse("198.51.100.0/24").unwrap()), vec![]),
        (Whom::Accounts(vec![account(1), account(2)]), vec![1, 2, 3]),
    ] {
        let mut model = Model::new();
        let conns = [model.online(1, Role::Member), model.online(2, Role::Member), {
            let telephone = model.attach(1, device(1_001), Role::Member);
            model.load_all();
            telephone
        }];
        let sanction = model.banned(whom.clone());
        model.feed_all();
        let ended: Vec<_> = conns
            .iter()
            .filter(|conn| model.goodbye(**conn) == Some(GoodbyeReason::Banned))
            .map(|conn| conn.0)
            .collect();
        assert_eq!(ended, gone, "{whom:?}");
        assert_eq!(model.enforced, [(sanction, gone.len())], "{whom:?}");
    }
}

#[test]
fn a_filter_holds_a_message_and_its_author_is_told() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    model.change(Change::Filters(filters(Act_::Hold, Mode::On)));
    model.request(ada, 1, text(LOBBY, 1, "buy spam"));
    model.commit_all();
    let heard = model.heard(ada);
    assert!(matches!(&heard[..], [ServerMessage::Answer(_, Answer::Held { .. })]), "{heard:?}");
    assert!(model.entries(bob).is_empty());
    assert_eq!(model.disk.held.len(), 1);
    assert_eq!(model.matched.len(), 1);
    model.request(ada, 2, text(LOBBY, 2, "hello"));
    model.commit_all();
    assert_eq!(body(&model.entries(bob)[0]), "hello");
}

#[test]
fn a_released_message_is_delivered_once_and_its_author_hears_of_it() {
    let mut model = Model::new();
    let (ada, bob) = (model.online(1, Role::Member), model.online(2, Role::Member));
    for fresh in [true, false] {
        let entry = model.entry(1, LOBBY, 1, "late");
        let (author, message_id) = (account(1), entry.message_id);
        let done = Done::CarriedOut { author, room: LOBBY, message_id, entry: Some(entry), fresh };
        let order = Order::of_server(model.now);
        model.tell(Input::Committed(Committed { order, result: Ok(done) }));
    }
    assert_eq!(model.entries(bob).len(), 1);
    let heard = model.heard(ada);
    let decided = heard.iter().filter(|message| matches!(message, ServerMessage::Event(Event::Held { .. })));
    assert_eq!(decided.count(), 2);
}

#[test]
fn a_filter_that_mutes_binds_before_the_next_message_and_a_filter_that_kicks_lets_go() {
    let mut model = Model::new();
    let ada = model.online(1, Role::Member);
    model.change(Change::Filters(filters(Act_::Mute { seconds: 60 }, Mode::On)));
    model.request(ada, 1, text(LOBBY, 1, "buy spam"));
    model.request(ada, 2, text(LOBBY, 2, "hello"));
    assert_eq!(model.refusals(ada), [Code::Muted], "the mute is not on disk yet and binds already");
    model.commit_all();
    assert_eq!(model.refusals(ada), [Code::Filtered]);
    model.request(ada, 3, text(LOBBY, 2, "hello"));
    assert_eq!(model.refusals(ada), [Code::Muted]);

    let bob = model.online(2, Role::Member);
    model.change(Change::Filters(filters(Act_::Kick, Mode::On)));
    model.request(bob, 1, text(LOBBY, 1, "buy spam"));
    model.commit_all();
    let heard = model.heard(bob);
    assert!(matches!(heard[..], [.., ServerMessage::Event(Event::Goodbye(_))]), "{heard:?}");
}

#[test]
fn a_flood_is_held_muted_or_kicked_as_the_settings_say() {
    for (action, expected) in [
        (FloodAction::Slow, (vec![Code::TooFast], 0, 2)),
        (FloodAction::Hold, (vec![], 1, 2)),
        (FloodAction::Mute, (vec![Code::TooFast], 0, 2)),
        (FloodAction::Kick, (vec![Code::TooFast], 0, 1)),
    ] {
        let mut model = Model::with_flood(Rate::new(2, Duration::from_secs(10)));
        let (ada, _) = (model.online(1, Role::Member), model.online(2, Role::Member));
        model.change(Change::Settings(flood(action)));
        for number in 0..3 {
            model.request(ada, number.into(), text(LOBBY, number, "hello"));
        }
        model.commit_all();
        let seen = (model.refusals(ada), model.disk.held.len(), model.census().sessions);
        assert_eq!(seen, expected, "{action:?}");
        let muted = model.disk.bounds.contains_key(&account(1));
        assert_eq!(muted, action == FloodAction::Mute);
    }
}

#[test]
fn a_flood_cannot_fill_the_moderators_list() {
    let mut model = Model::with_flood(Rate::new(1, Duration::from_secs(3_600)));
    let ada = model.online(1, Role::Member);
    model.change(Change::Settings(flood(FloodAction::Hold)));
    for number in 0..100 {
        model.request(ada, number.into(), text(LOBBY, number, "hello"));
    }
    model.commit_all();
    assert_eq!(model.disk.held.len(), 5);
    assert_eq!(model.refusals(ada).len(), 94);
}

#[test]
fn slow_mode_and_a_lock_are_told_to_the_room_and_judged_at_once() {
    let mut model = Model::new();
    let (ada, mia) = (model.online(1, Role::Member), model.online(9, Role::Moderator));
    let pace = Pace { slow_seconds: 30, locked: false };
    model.change(Change::Paced { room: LOBBY, pace });
    model.change(Change::Paced { room: LOBBY, pace });
    let told = |message: &ServerMessage| matches!(message, ServerMessage::Event(Event::RoomPosture { .. }));
    assert_eq!(model.heard(ada).iter().filter(|message| told(message)).count(), 1, "once");
    model.request(ada, 1, text(LOBBY, 1, "one"));
    model.request(ada, 2, text(LOBBY, 2, "two"));
    assert_eq!((model.waiting(), model.refusals(ada)), (1, vec![Code::SlowMode]));
    model.change(Change::Paced { room: LOBBY, pace: Pace { slow_seconds: 0, locked: true } });
    model.request(ada, 3, text(LOBBY, 3, "three"));
    model.request(mia, 1, text(LOBBY, 4, "quiet, please"));
    assert_eq!((model.waiting(), model.refusals(ada)), (2, vec![Code::RoomLocked]));
}

#[test]
fn a_raid_level_shuts_out_whom_it_names_tells_staff_and_ends_by_itself() {
    let mut model = Model::new();
    let (ada, mia) = (model.online(1, Role::Member), model.online(9, Role::Moderator));
    model.heard(mia);
    let until = Some(WALL.plus_ms(60_000));
    let posture = Posture { level: RaidLevel::STAFF_ONLY, until, then: RaidLevel::NORMAL };
    model.change(Change::Posture(posture));
    assert_eq!(model.goodbye(ada), Some(GoodbyeReason::Kicked));
    assert_eq!(notices(&mut model, mia), [NoticeKind::Raid]);
    assert_eq!(model.census().raid_level, 1);
    let shut_out = model.attach(1, device(1), Role::Member);
    model.load_all();
    assert_eq!(model.goodbye(shut_out), Some(GoodbyeReason::Kicked));
    model.pass(Duration::from_millis(59_999));
    assert_eq!(model.census().raid_level, 1);
    model.pass(Duration::from_millis(1));
    assert_eq!(model.census().raid_level, 5);
    assert_eq!(notices(&mut model, mia), [NoticeKind::Raid], "it says that it is over");
    let back = model.attach(1, device(1), Role::Member);
    model.load_all();
    assert_eq!(model.goodbye(back), None);
}

#[test]
fn a_notice_reaches_those_it_is_for() {
    let mut model = Model::new();
    let people = [Role::Member, Role::Auditor, Role::Moderator, Role::Admin]
        .into_iter()
        .zip(1..)
        .map(|(role, number)| model.online(number, role))
        .collect::<Vec<_>>();
    for (audience, heard) in [
        (Audience::Everybody, [1, 1, 1, 1]),
        (Audience::Staff(domain::role::Action::HandleReport), [0, 0, 1, 1]),
        (Audience::Account(account(2)), [0, 1, 0, 0]),
    ] {
        people.iter().for_each(|conn| drop(model.heard(*conn)));
        let notice = Notice { kind: NoticeKind::Report, text: "a report".to_owned() };
        model.change(Change::Notice(audience, notice));
        let told: Vec<_> = people.iter().map(|conn| notices(&mut model, *conn).len()).collect();
        assert_eq!(told, heard, "{audience:?}");
    }
}

fn notices(model: &mut Model, conn: ConnId) -> Vec<NoticeKind> {
    let kind = |message| match message {
        ServerMessage::Event(Event::Notice { kind, .. }) => Some(kind),
        _ => None,
    };
    model.heard(conn).into_iter().filter_map(kind).collect()
}

fn flood(action: FloodAction) -> std::sync::Arc<Settings> {
    let mut settings = Settings::default();
    settings.flood = action;
    settings.into()
}

fn filters(action: Act_, mode: Mode) -> std::sync::Arc<FilterSet> {
    let id = FilterId::new(808).unwrap();
    let filter = Filter { id, room: None, kind: FilterKind::Word, pattern: "spam".to_owned(), action, mode };
    std::sync::Arc::new(FilterSet::compile(&[filter]).0)
}
