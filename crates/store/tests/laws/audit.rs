//! Finding something in the audit log, and following its chain.

use domain::audit::{Action, AuditEvent, ChainHash, Target};
use proto::ids::{AccountId, ReportId, Timestamp};
use store::{
    AuditActor, AuditCheck, AuditFilter, AuditFilterError, AuditSeq, AuditTarget, AuditTargetKind, LOBBY,
    Store,
};

use crate::support::{NOW, person, room, text};

/// Events, each a second after the one before.
fn write(store: &Store, events: &[(Option<AccountId>, Action, Target, &str)]) {
    for (number, (actor, action, target, detail)) in (0..).zip(events) {
        let at = NOW.plus_ms(number * 1_000);
        let event = AuditEvent { at, actor: *actor, action: *action, target: *target, detail: text(detail) };
        store.run_blocking(move |tx| tx.audit(&event)).unwrap();
    }
}

/// Everything the filter finds, read in pages of two.
fn found(store: &Store, filter: &AuditFilter) -> Vec<u64> {
    let (mut places, mut before) = (Vec::new(), None);
    loop {
        let page = store.read_blocking(|reads| reads.audit_page(filter, before, 2)).unwrap();
        assert!(page.items.len() <= 2);
        places.extend(page.items.iter().map(|row| row.seq.0));
        before = page.next;
        if before.is_none() {
            return places;
        }
    }
}

fn typed(store: &Store, typed: &str) -> Result<AuditFilter, AuditFilterError> {
    store.read_blocking(|reads| Ok(reads.audit_filter(typed, NOW))).unwrap()
}

fn search(store: &Store, text: &str) -> Vec<u64> {
    found(store, &typed(store, text).unwrap())
}

laws! {
    fn what_is_typed_finds_the_events_for_which_all_of_it_holds(store) {
        let (ada, bob, mallory) = (person(store, "ada"), person(store, "bob"), person(store, "mallory"));
        let rust = room(store, ada, "rust");
        let report = Target::Report(ReportId::new(7).unwrap());
        write(store, &[
            (Some(ada), Action::Banned, Target::Account(mallory), "spam in the lobby"),
            (Some(bob), Action::Banned, Target::Account(ada), "by mistake"),
            (None, Action::SettingChanged, Target::Setting, "registration.mode: open"),
            (Some(ada), Action::Kicked, Target::Member(rust, mallory), "spam again"),
            (Some(ada), Action::ReportClaimed, report, ""),
            (Some(bob), Action::SlowModeChanged, Target::Room(rust), "10 s"),
            (Some(ada), Action::BanLifted, Target::Account(mallory), "appeal"),
        ]);
        for (query, expected) in [
            ("", &[7, 6, 5, 4, 3, 2, 1][..]),
            ("actor:ada", &[7, 5, 4, 1]),
            ("actor:operator", &[3]),
            ("action:banned", &[2, 1]),
            ("actor:ada action:Banned", &[1]),
            ("target:mallory", &[7, 4, 1]),
            ("target:#rust", &[6, 4]),
            ("target:#rust actor:ada", &[4]),
            ("target:report/7", &[5]),
            ("target:report/8", &[]),
            ("target:setting", &[3]),
            ("target:account", &[7, 2, 1]),
            ("spam", &[4, 1]),
            ("SPAM lobby", &[1]),
            ("spam actor:bob", &[]),
            ("spam target:#rust action:kicked", &[4]),
            ("registration.mode", &[3]),
        ] {
            assert_eq!(search(store, query), expected, "{query}");
        }
    }

    fn a_time_cuts_the_log_at_both_ends_and_a_clock_that_was_set_back_hides_nothing(store) {
        let at = |seconds: i64| AuditEvent {
            at: NOW.plus_ms(seconds * 1_000),
            actor: None,
            action: Action::BackupMade,
            target: Target::Server,
            detail: text(""),
        };
        for seconds in [0, 10, 20, 5, 15, 30] {
            store.run_blocking(move |tx| tx.audit(&at(seconds))).unwrap();
        }
        let between = |since: Option<i64>, until: Option<i64>| {
            let time = |seconds: i64| Timestamp(NOW.0 + seconds * 1_000);
            let filter = AuditFilter { since: since.map(time), until: until.map(time), ..AuditFilter::default() };
            found(store, &filter)
        };
        assert_eq!(between(Some(10), None), [6, 5, 3, 2]);
        assert_eq!(between(None, Some(10)), [4, 1]);
        assert_eq!(between(Some(5), Some(20)), [5, 4, 2]);
        assert_eq!(between(Some(31), None), [] as [u64; 0]);
        assert_eq!(between(Some(20), Some(10)), [] as [u64; 0]);
    }

    fn a_search_that_cannot_be_done_is_refused_in_words(store) {
        person(store, "ada");
        let wrong = |text| typed(store, text).unwrap_err();
        assert_eq!(wrong("actor:bob"), AuditFilterError::NoSuchAccount("bob".to_owned()));
        assert_eq!(wrong("target:#nowhere"), AuditFilterError::NoSuchRoom("nowhere".to_owned()));
        assert_eq!(wrong("target:report/-1"), AuditFilterError::NoSuchTarget("report/-1".to_owned()));
        assert_eq!(wrong("target:bob"), AuditFilterError::NoSuchTarget("bob".to_owned()));
        assert_eq!(wrong("action:burned"), AuditFilterError::NoSuchAction("burned".to_owned()));
        assert_eq!(wrong("since:soon"), AuditFilterError::NotATime("soon".to_owned()));
        assert_eq!(wrong("who:ada"), AuditFilterError::NoSuchQualifier("who".to_owned()));
        assert_eq!(wrong("actor:ada actor:ada"), AuditFilterError::Twice("actor"));
        assert_eq!(wrong("a b c d e f g h i"), AuditFilterError::TooManyWords(8));
        assert_eq!(typed(store, "12:30 -").unwrap().words, ["12:30"]);
    }

    fn a_kind_of_target_reads_back_from_its_word(store) {
        for kind in AuditTargetKind::all() {
            assert_eq!(AuditTargetKind::from_word(kind.word()), Some(kind));
            let any = typed(store, &format!("target:{}", kind.word())).unwrap();
            assert_eq!(any.target, Some(AuditTarget::Any(kind)));
        }
        assert_eq!(AuditTargetKind::of(Target::Room(LOBBY)).word(), "room");
        assert_eq!(typed(store, "actor:Operator").unwrap().actor, Some(AuditActor::Operator));
    }

    fn the_chain_is_followed_in_steps(store) {
        write(store, &[(None, Action::BackupMade, Target::Server, ""); 5]);
        let step = |from, hash, limit| {
            store.read_blocking(|reads| reads.verify_audit_from(from, hash, limit)).unwrap()
        };
        let AuditCheck::Holds { place, hash, more } = step(AuditSeq(0), ChainHash::START, 3) else { panic!() };
        assert_eq!((place, more), (AuditSeq(3), true));
        let AuditCheck::Holds { place, hash, more } = step(place, hash, 3) else { panic!() };
        assert_eq!((place, more), (AuditSeq(5), false));
        let head = store.read_blocking(|reads| reads.audit_head().and_then(|head| Ok((head, reads.verify_audit()?))));
        assert_eq!(head.unwrap(), ((place, hash), (place, hash)));
        assert_eq!(step(place, hash, 3), AuditCheck::Holds { place, hash, more: false });
    }
}
