//! Each rule with what it must not catch.

use domain::filter::{Action as Act, Filter, Kind as FilterKind, Mode};
use proto::bytes::Secret32;
use proto::ids::{BlobId, ContentHash, DeviceId, FileSize, FilterId, MessageId, RequestId};
use proto::message::{FileCard, FileFacts, FileLock};
use proto::refusal::Code;
use proto::text::Text;

use super::*;
use crate::hub::ConnId;

#[test]
fn a_mute_keeps_from_writing_until_its_end_and_not_from_reading() {
    let mut scene = Scene::new();
    scene.bind(Kind::Mute, None, Some(60_000));
    let refusal = scene.admit(&text("hello")).unwrap_err();
    assert_eq!(
        (refusal.code, &*refusal.detail),
        (Code::Muted, "You are muted for another 1 m. Reason: rude")
    );
    assert_eq!(refusal.retry_after_ms, Some(60_000));
    assert_eq!(scene.admit(&Deed::MarkRead { room: ROOM, upto: proto::ids::Seq::START }), Ok(()));
    scene.pass(59_999);
    assert!(scene.admit(&text("hello")).is_err());
    scene.pass(1);
    assert_eq!(scene.admit(&text("hello")), Ok(()));
}

#[test]
fn a_mute_in_one_room_is_none_in_another() {
    let mut scene = Scene::new();
    scene.bind(Kind::Mute, Some(OTHER), None);
    assert_eq!(scene.admit(&text("hello")), Ok(()));
    scene.bind(Kind::Mute, Some(ROOM), None);
    let refusal = scene.admit(&text("hello")).unwrap_err();
    assert_eq!(&*refusal.detail, "You are muted in this room for good. Reason: rude");
    assert_eq!(refusal.retry_after_ms, None);
}

#[test]
fn a_time_out_keeps_from_joining_and_a_mute_does_not() {
    let join = Deed::Join { name: domain::name::RoomName::parse("rust").unwrap() };
    let mut scene = Scene::new();
    scene.bind(Kind::Mute, None, Some(5));
    assert_eq!(scene.admit(&join), Ok(()));
    scene.bind(Kind::Timeout, None, Some(5));
    assert_eq!(scene.admit(&join).unwrap_err().code, Code::Muted);
}

#[test]
fn a_locked_room_is_for_staff() {
    let mut scene = Scene::new();
    scene.place.locked = true;
    assert_eq!(scene.admit(&text("hello")).unwrap_err().code, Code::RoomLocked);
    scene.role = Role::Moderator;
    assert_eq!(scene.admit(&text("hello")), Ok(()));
    scene.role = Role::Member;
    scene.place.locked = false;
    assert_eq!(scene.admit(&text("hello")), Ok(()));
}

#[test]
fn slow_mode_lets_one_message_through_each_time_and_the_same_message_twice() {
    let mut scene = Scene::new();
    scene.place.slow = Duration::from_secs(30);
    assert_eq!(scene.judge(&message(1, "one")), Ruling::Go);
    assert_eq!(scene.judge(&message(1, "one")), Ruling::Go, "sent again after a lost answer");
    scene.pass(29_000);
    let Ruling::Refuse(refusal) = scene.judge(&message(2, "two")) else { panic!("let through") };
    assert_eq!(refusal.code, Code::SlowMode);
    assert_eq!(&*refusal.detail, "Slow mode: one message every 30 s in this room. Yours can go in 1 s.");
    assert_eq!(refusal.retry_after_ms, Some(1_000));
    scene.pass(1_000);
    assert_eq!(scene.judge(&message(2, "two")), Ruling::Go);
    scene.role = Role::Moderator;
    assert_eq!(scene.judge(&message(3, "three")), Ruling::Go);
}

#[test]
fn slow_mode_is_not_escaped_by_coming_back_and_forgotten_when_it_is_over() {
    let mut scene = Scene::new();
    scene.place.slow = Duration::from_secs(30);
    assert_eq!(scene.judge(&message(1, "one")), Ruling::Go);
    scene.guard.forget(ADA);
    assert!(matches!(scene.judge(&message(2, "two")), Ruling::Refuse(_)));
    scene.pass(30_000);
    scene.guard.sweep(scene.now);
    scene.guard.forget(OLD);
    assert_eq!(scene.guard.remembered(), 0);
}

#[test]
fn filters_do_what_they_say_and_only_when_they_are_on() {
    for (action, mode) in [
        (Act::Hold, Mode::On),
        (Act::Refuse, Mode::On),
        (Act::Mute { seconds: 600 }, Mode::On),
        (Act::Kick, Mode::On),
        (Act::Kick, Mode::Shadow),
        (Act::Kick, Mode::Off),
    ] {
        let mut scene = Scene::new();
        scene.filter(None, "spam", action, mode);
        assert_eq!(scene.judge(&text("a spamless day")), Ruling::Go, "whole words only");
        let (ruling, matches) = scene.judge_fully(&text("buy SPAM now"));
        let rule = Rule::Filter(FILTER);
        match (mode, action) {
            (Mode::Off | Mode::Shadow, _) => assert_eq!(ruling, Ruling::Go),
            (Mode::On, Act::Hold) => assert!(matches!(ruling, Ruling::Hold { rule: of, .. } if of == rule)),
            (Mode::On, Act::Refuse) => assert!(matches!(ruling, Ruling::Refuse(_))),
            (Mode::On, Act::Mute { seconds }) => {
                assert!(
                    matches!(ruling, Ruling::Punish { penalty: Penalty::Mute { seconds: s }, .. } if s == seconds)
                );
            }
            (Mode::On, Act::Kick) => {
                assert!(matches!(ruling, Ruling::Punish { penalty: Penalty::Kick, .. }));
            }
        }
        let expected = match mode {
            Mode::Off => vec![],
            Mode::Shadow => vec![Match { filter: FILTER, acted: false }],
            Mode::On => vec![Match { filter: FILTER, acted: true }],
        };
        assert_eq!(matches, expected, "{action} {mode:?}");
        scene.role = Role::Moderator;
        assert_eq!(scene.judge(&text("buy SPAM now")), Ruling::Go, "staff may quote what they keep out");
    }
}

#[test]
fn a_filter_of_one_room_is_none_in_another() {
    let mut scene = Scene::new();
    scene.filter(Some(OTHER), "spam", Act::Refuse, Mode::On);
    assert_eq!(scene.judge(&text("spam")), Ruling::Go);
    scene.filter(Some(ROOM), "spam", Act::Refuse, Mode::On);
    assert!(matches!(scene.judge(&text("spam")), Ruling::Refuse(_)));
}

#[test]
fn what_cannot_wait_is_refused_instead_of_held() {
    let mut scene = Scene::new();
    scene.filter(None, "spam", Act::Hold, Mode::On);
    let edit = Content::Edit { target: proto::ids::Seq::START.next(), body: Text::cut("spam") };
    let edit = Deed::Append { room: ROOM, message_id: MessageId([1; 16]), content: edit };
    assert!(matches!(scene.judge(&edit), Ruling::Refuse(_)));
    let topic = Content::Topic { topic: Text::cut("spam") };
    let topic = Deed::Append { room: ROOM, message_id: MessageId([1; 16]), content: topic };
    assert!(matches!(scene.judge(&topic), Ruling::Refuse(_)));
    assert!(matches!(scene.judge(&text("spam")), Ruling::Hold { .. }));
    scene.place.kind = RoomKind::Direct;
    let (ruling, matches) = scene.judge_fully(&text("spam"));
    assert!(matches!(ruling, Ruling::Refuse(_)), "nobody reads what two people write to each other");
    assert!(matches.is_empty());
}

#[test]
fn caption_and_name_of_a_file_pass_the_filters_and_slow_mode_like_a_text() {
    let mut scene = Scene::new();
    scene.filter(None, "spam", Act::Hold, Mode::On);
    assert_eq!(scene.judge(&file(1, "roof.png", "from above")), Ruling::Go);
    assert!(matches!(scene.judge(&file(2, "spam.png", "")), Ruling::Hold { .. }));
    assert!(matches!(scene.judge(&file(3, "roof.png", "spam")), Ruling::Hold { .. }));
    scene.place.slow = Duration::from_secs(30);
    assert_eq!(scene.judge(&file(4, "a.png", "")), Ruling::Go);
    assert!(matches!(scene.judge(&file(5, "b.png", "")), Ruling::Refuse(_)));
}

#[test]
fn links_of_newcomers_wait_and_those_of_others_do_not() {
    let mut scene = Scene::new();
    scene.settings(|settings| settings.newcomer_ms = 60_000);
    assert_eq!(scene.judge(&text("hello")), Ruling::Go);
    let ruling = scene.judge(&text("see https://example.com"));
    assert!(matches!(ruling, Ruling::Hold { rule: Rule::NewcomerLink, .. }), "{ruling:?}");
    scene.settings(|settings| settings.newcomer_hold_links = false);
    assert_eq!(scene.judge(&text("see https://example.com")), Ruling::Go);
    scene.settings(|settings| settings.newcomer_hold_links = true);
    scene.pass(60_000);
    assert_eq!(scene.judge(&text("see https://example.com")), Ruling::Go, "no newcomer any more");
}

#[test]
fn each_raid_level_holds_what_it_says_and_returns_by_itself() {
    let mut scene = Scene::new();
    scene.settings(|settings| (settings.newcomer_ms, settings.newcomer_hold_links) = (60_000, false));
    scene.raid(4, Some(30_000));
    assert!(matches!(scene.judge(&text("hello")), Ruling::Hold { rule: Rule::Raid, .. }));
    scene.settings(|settings| settings.newcomer_ms = 0);
    assert_eq!(scene.judge(&text("see https://example.com")), Ruling::Go, "only newcomers at level 4");
    scene.raid(3, Some(30_000));
    assert_eq!(scene.judge(&text("hello")), Ruling::Go);
    assert!(matches!(scene.judge(&text("see https://example.com")), Ruling::Hold { rule: Rule::Raid, .. }));
    scene.guard.take_news(scene.now);
    assert_eq!(scene.guard.poll_timeout(), Some(scene.now + Duration::from_secs(30)));
    scene.pass(30_000);
    assert_eq!(scene.judge(&text("see https://example.com")), Ruling::Go);
}

#[test]
fn the_strictest_levels_let_in_those_they_name() {
    let mut scene = Scene::new();
    scene.settings(|settings| settings.newcomer_ms = 60_000);
    for (level, newcomer, known, staff) in
        [(5, true, true, true), (3, true, true, true), (2, false, true, true), (1, false, false, true)]
    {
        scene.raid(level, None);
        assert_eq!(scene.guard.lets_in(ADA, Role::Member, scene.now), newcomer, "{level}");
        assert_eq!(scene.guard.lets_in(OLD, Role::Member, scene.now), known, "{level}");
        assert_eq!(scene.guard.lets_in(ADA, Role::Moderator, scene.now), staff, "{level}");
    }
}

const ROOM: RoomId = RoomId::new(30_303).unwrap();
const OTHER: RoomId = RoomId::new(40_404).unwrap();
const ADA: AccountId = AccountId::new(101).unwrap();
const OLD: AccountId = AccountId::new(202).unwrap();
const FILTER: FilterId = FilterId::new(808).unwrap();
const WALL: Timestamp = Timestamp(1_800_000_000_000);

/// Ada, who has just made her account, in a room.
struct Scene {
    guard: Guard,
    now: Instant,
    role: Role,
    place: Place,
    settings: Settings,
    bounds: Vec<Bound>,
}

impl Scene {
    fn new() -> Self {
        let now = Instant::now();
        let mut guard = Guard::new(now, WALL);
        guard.set_author(ADA, Author { since: WALL, bounds: Vec::new() }, now);
        guard.set_author(OLD, Author { since: Timestamp(0), bounds: Vec::new() }, now);
        let place = Place { room: ROOM, kind: RoomKind::Open, slow: Duration::ZERO, locked: false };
        let mut settings = Settings::default();
        settings.newcomer_ms = 0;
        let mut scene = Self { guard, now, role: Role::Member, place, settings, bounds: Vec::new() };
        scene.settings(|_| ());
        scene
    }

    fn settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.guard.set_settings(Arc::new(self.settings.clone()));
    }

    fn bind(&mut self, kind: Kind, room: Option<RoomId>, length_ms: Option<i64>) {
        let until = length_ms.map(|length| self.guard.wall(self.now).plus_ms(length));
        self.bounds.push(Bound { kind, room, until, reason: "rude".to_owned() });
        self.guard.set_author(ADA, Author { since: WALL, bounds: self.bounds.clone() }, self.now);
    }

    fn filter(&mut self, room: Option<RoomId>, pattern: &str, action: Act, mode: Mode) {
        let filter =
            Filter { id: FILTER, room, kind: FilterKind::Word, pattern: pattern.to_owned(), action, mode };
        let (set, errors) = FilterSet::compile(&[filter]);
        assert!(errors.is_empty());
        self.guard.set_filters(Arc::new(set));
    }

    fn raid(&mut self, level: u8, length_ms: Option<i64>) {
        let until = length_ms.map(|length| self.guard.wall(self.now).plus_ms(length));
        let level = RaidLevel::new(level).unwrap();
        self.guard.set_posture(Posture { level, until, then: RaidLevel::NORMAL });
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
    }

    fn admit(&self, deed: &Deed) -> Result<(), Refusal> {
        let action = crate::hub::rules::action(deed);
        self.guard.admit(&self.order(), (deed, action), Some(self.place), self.now)
    }

    fn judge(&mut self, deed: &Deed) -> Ruling {
        self.judge_fully(deed).0
    }

    fn judge_fully(&mut self, deed: &Deed) -> (Ruling, Vec<Match>) {
        self.guard.judge(&self.order(), deed, Some(self.place), self.now)
    }

    fn order(&self) -> Order {
        let device = DeviceId::new(404).unwrap();
        Order {
            conn: ConnId(1),
            request: RequestId(1),
            account: ADA,
            device,
            role: self.role,
            since: self.now,
        }
    }
}

fn text(body: &str) -> Deed {
    message(1, body)
}

fn file(id: u8, name: &str, caption: &str) -> Deed {
    let facts =
        FileFacts { plain_sha256: ContentHash([3; 32]), name: Text::cut(name), media: Text::default() };
    let lock = FileLock::Key { key: Secret32::new([4; 32]), facts };
    let file = FileCard { blob: BlobId([5; 32]), sealed_size: FileSize::new(200_128).unwrap(), lock };
    let content = Content::File { file, caption: Text::cut(caption), reply_to: None };
    Deed::Append { room: ROOM, message_id: MessageId([id; 16]), content }
}

fn message(id: u8, body: &str) -> Deed {
    let content = Content::Text { body: Text::cut(body), reply_to: None };
    Deed::Append { room: ROOM, message_id: MessageId([id; 16]), content }
}
