//! The raid level, settings, slow mode and locks.

use domain::audit::Action as Act;
use domain::raid::{Posture, RaidLevel};
use domain::settings::{Key, Settings, parse};
use proto::ids::AccountId;
use proto::message::Role;
use store::{Change, LOBBY, RoomFilter, SLOWEST, Store, StoreError};

use crate::support::{NOW, append, ends, in_chat, on_duty, person, room, say, text, with_role, written};

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
fn level(store: &Store) -> Posture {
    store.read_blocking(|reads| reads.posture()).unwrap().posture
}

fn set(store: &Store, who: AccountId, key: Key, value: &str) -> Result<(), StoreError> {
    let value = parse(key, value).unwrap();
    on_duty(store, who, move |staff| staff.set_setting(&value))
}

laws! {
    fn a_raid_level_with_an_end_returns_to_the_one_that_lasts(store) {
        let ada = with_role(store, "ada", Role::Moderator);
        let raid = |level, until| in_chat(store, ada, NOW, move |staff| staff.set_raid(level, until, &text("bots")));
        assert_eq!(level(store), Posture::NORMAL);
        let before = ends(store);
        raid(RaidLevel::HOLD_NEWCOMERS, None).unwrap();
        assert_eq!(written(store, before), (vec![Act::RaidLevelChanged], vec![Change::PostureChanged]));
        raid(RaidLevel::STAFF_ONLY, Some(NOW.plus_ms(100))).unwrap();
        raid(RaidLevel::KNOWN_ONLY, Some(NOW.plus_ms(50))).unwrap();
        assert_eq!(level(store).effective(NOW), RaidLevel::KNOWN_ONLY);
        assert_eq!(level(store).effective(NOW.plus_ms(50)), RaidLevel::HOLD_NEWCOMERS);
        let unchanged = ends(store);
        raid(RaidLevel::KNOWN_ONLY, Some(NOW.plus_ms(50))).unwrap();
        assert_eq!(ends(store), unchanged);
        assert_eq!(raid(RaidLevel::NORMAL, Some(NOW)), Err(StoreError::InThePast));
        let bob = person(store, "bob");
        let refused = in_chat(store, bob, NOW, |staff| staff.set_raid(RaidLevel::NORMAL, None, &text("hm")));
        assert_eq!(refused, Err(StoreError::NotPermitted));
    }

    fn the_servers_own_rule_raises_the_level_and_never_lowers_it(store) {
        let ada = with_role(store, "ada", Role::Moderator);
        let wanted = Posture { level: RaidLevel::KNOWN_ONLY, until: Some(NOW.plus_ms(60)), then: RaidLevel::NORMAL };
        store.run_blocking(move |tx| tx.raise_raid(&wanted, "too many joined", NOW)).unwrap();
        assert_eq!(level(store), wanted);
        in_chat(store, ada, NOW, |staff| staff.set_raid(RaidLevel::STAFF_ONLY, None, &text("bots"))).unwrap();
        let before = ends(store);
        store.run_blocking(move |tx| tx.raise_raid(&wanted, "too many joined", NOW)).unwrap();
        assert_eq!((ends(store), level(store).level), (before, RaidLevel::STAFF_ONLY));
    }

    fn a_setting_is_changed_by_those_it_is_for_and_a_secret_stays_out_of_the_log(store) {
        let (olga, ada) = (with_role(store, "olga", Role::Owner), with_role(store, "ada", Role::Admin));
        let before = ends(store);
        set(store, ada, Key::RegistrationMode, "open").unwrap();
        assert_eq!(written(store, before), (vec![Act::SettingChanged], vec![Change::SettingsChanged]));
        let unchanged = ends(store);
        set(store, ada, Key::RegistrationMode, "open").unwrap();
        assert_eq!(ends(store), unchanged);
        let secret = "correct-horse-battery-staple";
        set(store, olga, Key::WebhookSecret, secret).unwrap();
        store.read_blocking(|reads| {
            for row in reads.audit_after(store::AuditSeq(0), 100)? {
                assert!(!row.event.detail.contains(secret), "{}", &*row.event.detail);
            }
            let rows = reads.settings()?;
            let (settings, wrong) = Settings::from_stored(rows.iter().map(|row| (&*row.key, &*row.value)));
            assert!(wrong.is_empty());
            assert_eq!(settings.registration.word(), "open");
            assert!(!format!("{rows:?}").contains(secret));
            Ok(())
        }).unwrap();
        let bob = with_role(store, "bob", Role::Moderator);
        assert_eq!(set(store, bob, Key::RegistrationMode, "closed"), Err(StoreError::NotPermitted));
    }

    fn in_a_locked_room_only_staff_write(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), person(store, "bob"));
        let dock = room(store, ada, "dock");
        store.run_blocking(move |tx| tx.join(dock, bob, NOW)).unwrap();
        let lock = |locked| in_chat(store, ada, NOW, move |staff| staff.lock_room(dock, locked, &text("fight")));
        let before = ends(store);
        lock(true).unwrap();
        lock(true).unwrap();
        assert_eq!(written(store, before), (vec![Act::RoomLocked], vec![Change::RoomChanged { room: dock }]));
        assert_eq!(append(store, say(dock, bob, 1, "hey")).map(|_| ()), Err(StoreError::RoomLocked));
        assert!(append(store, say(dock, ada, 2, "calm down")).is_ok());
        lock(false).unwrap();
        assert!(append(store, say(dock, bob, 3, "sorry")).is_ok());
    }

    fn an_archived_room_is_joined_by_nobody_and_the_lobby_is_never_one(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), person(store, "bob"));
        let dock = room(store, ada, "dock");
        let archive = move |which| in_chat(store, ada, NOW, move |staff| staff.archive_room(which, true, &text("old")));
        archive(dock).unwrap();
        assert_eq!(store.run_blocking(move |tx| tx.join(dock, bob, NOW)), Err(StoreError::RoomLocked));
        assert_eq!(archive(LOBBY), Err(StoreError::NotPermitted));
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        assert_eq!(archive(direct), Err(StoreError::NotPermitted));
    }

    fn slow_mode_has_a_limit_and_shows_in_the_list_of_rooms(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), person(store, "bob"));
        let (dock, pier) = (room(store, ada, "dock"), room(store, ada, "pier"));
        let slow = move |who, seconds| in_chat(store, who, NOW, move |staff| staff.slow_mode(dock, seconds));
        assert_eq!(slow(bob, 5), Err(StoreError::NotPermitted));
        assert!(matches!(slow(ada, SLOWEST + 1), Err(StoreError::TooMany { .. })));
        slow(ada, SLOWEST).unwrap();
        in_chat(store, ada, NOW, move |staff| staff.lock_room(pier, true, &text("storm"))).unwrap();
        let names = |filter: RoomFilter, after: &'static str| {
            let page = store.read_blocking(|reads| reads.rooms_page(&filter, after, 2)).unwrap();
            page.items.iter().map(|line| line.row.name.to_string()).collect::<Vec<_>>()
        };
        let all = RoomFilter::default();
        assert_eq!(names(all.clone(), ""), ["dock", "lobby"]);
        assert_eq!(names(all.clone(), "lobby"), ["pier"]);
        assert_eq!(names(RoomFilter { slow: Some(true), ..all.clone() }, ""), ["dock"]);
        assert_eq!(names(RoomFilter { locked: Some(true), ..all.clone() }, ""), ["pier"]);
        assert_eq!(names(RoomFilter { archived: Some(true), ..all.clone() }, ""), Vec::<String>::new());
        assert_eq!(names(RoomFilter { name: "PI".into(), ..all }, ""), ["pier"]);
        let line = store.read_blocking(|reads| reads.room_view(dock)).unwrap().unwrap();
        assert_eq!((line.slow_seconds, line.locked), (SLOWEST, false));
    }
}
