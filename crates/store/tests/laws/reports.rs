//! Reports: evidence, merging, claims, decisions.

use domain::audit::Action as Act;
use domain::report::{LEASE_MS, Refused};
use proto::ids::{AccountId, ReportId, RoomId};
use proto::message::{Content, ReportCategory, ReportState, Role};
use store::{Change, LOBBY, NewReport, Outcome, ReportCursor, ReportFilter, ReportOf, Store, StoreError};

use crate::support::{NOW, append, ends, entry, in_chat, person, room, say, seq, text, with_role, written};

fn tell(store: &Store, reporter: AccountId, what: ReportOf) -> Result<ReportId, StoreError> {
    let new = NewReport { reporter, what, category: ReportCategory::Spam, note: text("look"), at: NOW };
    store.run_blocking(move |tx| tx.report(&new))
}

fn lines(room: RoomId, seqs: &[u64]) -> ReportOf {
    ReportOf::Messages { room, seqs: seqs.iter().map(|number| seq(*number)).collect() }
}

fn evidence(store: &Store, report: ReportId) -> Vec<(u64, bool, String, bool)> {
    let view = store.read_blocking(|reads| reads.report_view(report)).unwrap().unwrap();
    view.evidence.iter().map(|row| (row.seq.get(), row.reported, row.body.to_string(), row.removed)).collect()
}

fn close(store: &Store, who: AccountId, report: ReportId, version: u64) -> Result<(), StoreError> {
    in_chat(store, who, NOW, move |staff| {
        staff.close_report(report, version, Outcome::Actioned, &text("thank you"))
    })
}

laws! {
    fn a_report_keeps_the_lines_as_they_read_and_some_around_them(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        for number in 1..=20 {
            let author = if number == 10 { mallory } else { ada };
            append(store, say(LOBBY, author, number, &format!("line {number}"))).unwrap();
        }
        append(store, entry(LOBBY, mallory, 30, Content::Edit { target: seq(10), body: text("line ten") })).unwrap();
        append(store, entry(LOBBY, ada, 31, Content::Delete { target: seq(11) })).unwrap();
        let before = ends(store);
        let report = tell(store, ada, lines(LOBBY, &[10])).unwrap();
        assert_eq!(written(store, before), (vec![], vec![Change::ReportChanged { report }]));
        let kept = evidence(store, report);
        let places: Vec<u64> = kept.iter().map(|row| row.0).collect();
        assert_eq!(places, (5..=15).collect::<Vec<_>>());
        assert_eq!(kept[5], (10, true, "line ten".into(), false));
        assert_eq!(kept[6], (11, false, String::new(), true), "what was removed stays removed");
        append(store, entry(LOBBY, mallory, 32, Content::Delete { target: seq(10) })).unwrap();
        assert_eq!(evidence(store, report)[5].2, "line ten", "what is removed later is kept");
    }

    fn what_others_said_in_a_room_of_two_is_not_shown(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, mallory, NOW)).unwrap().id;
        append(store, say(direct, ada, 1, "go away")).unwrap();
        append(store, say(direct, mallory, 2, "no")).unwrap();
        let report = tell(store, ada, lines(direct, &[2])).unwrap();
        assert_eq!(evidence(store, report), [(2, true, "no".into(), false)]);
    }

    fn only_what_the_reporter_can_read_of_one_other_person_is_reported(store) {
        let (ada, bob, mallory) = (person(store, "ada"), person(store, "bob"), person(store, "mallory"));
        let dock = room(store, mallory, "dock");
        append(store, say(dock, mallory, 1, "secret")).unwrap();
        for (number, author) in [(1, ada), (2, mallory), (3, bob)] {
            append(store, say(LOBBY, author, number, "hello")).unwrap();
        }
        let before = ends(store);
        for (what, refusal) in [
            (lines(dock, &[2]), StoreError::NotAMember),
            (lines(LOBBY, &[1]), StoreError::NotPermitted),
            (lines(LOBBY, &[2, 3]), StoreError::NotPermitted),
            (lines(LOBBY, &[99]), StoreError::NoSuchEntry),
            (lines(LOBBY, &[]), StoreError::NoSuchEntry),
            (ReportOf::Account(ada), StoreError::NotPermitted),
            (ReportOf::Account(AccountId::new(99).unwrap()), StoreError::NotFound { what: "account" }),
        ] {
            assert_eq!(tell(store, ada, what.clone()), Err(refusal), "{what:?}");
        }
        assert_eq!(ends(store), before);
        assert!(tell(store, with_role(store, "bot", Role::Bot), ReportOf::Account(mallory)).is_err());
    }

    fn while_a_report_is_open_more_of_the_same_is_added_to_it(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        for number in 1..=3 {
            append(store, say(LOBBY, mallory, number, "buy")).unwrap();
        }
        let first = tell(store, ada, ReportOf::Account(mallory)).unwrap();
        assert_eq!(tell(store, ada, lines(LOBBY, &[2])), Ok(first));
        let view = store.read_blocking(|reads| reads.report_view(first)).unwrap().unwrap();
        assert_eq!((view.line.row.merged, view.line.row.version, view.line.lines), (1, 2, 1));
        let bob = person(store, "bob");
        assert_ne!(tell(store, bob, ReportOf::Account(mallory)), Ok(first), "another reporter, another report");
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
        let counts = store.read_blocking(|reads| reads.open_report_counts()).unwrap();
        assert_eq!((counts.new, counts.total(), counts.oldest), (2, 2, Some(NOW)));
    }

    fn a_report_is_claimed_closed_and_opened_again_by_versions(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), person(store, "bob"));
        let mallory = person(store, "mallory");
        let report = tell(store, bob, ReportOf::Account(mallory)).unwrap();
        assert_eq!(close(store, ada, report, 1), Err(StoreError::Report(Refused::NotClaimed)));
        let before = ends(store);
        in_chat(store, ada, NOW, move |staff| staff.claim(report, 1)).unwrap();
        assert_eq!(written(store, before), (vec![Act::ReportClaimed], vec![Change::ReportChanged { report }]));
        assert_eq!(close(store, ada, report, 1), Err(StoreError::Stale { now: 2 }));
        close(store, ada, report, 2).unwrap();
        let row = store.read_blocking(|reads| reads.report(report)).unwrap().unwrap();
        assert_eq!((row.state, row.closed_by, &*row.outcome), (ReportState::Actioned, Some(ada), "thank you"));
        let told = store.read_blocking(|reads| reads.reports_closed(bob, NOW.plus_ms(-1), 5)).unwrap();
        assert_eq!(told.iter().map(|row| row.id).collect::<Vec<_>>(), [report]);
        in_chat(store, ada, NOW, move |staff| staff.reopen(report, 3)).unwrap();
        let row = store.read_blocking(|reads| reads.report(report)).unwrap().unwrap();
        assert_eq!((row.state, row.assignee, row.closed_at), (ReportState::New, None, None));
    }

    fn a_claim_holds_for_fifteen_minutes(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), with_role(store, "bob", Role::Moderator));
        let (carol, mallory) = (person(store, "carol"), person(store, "mallory"));
        let report = tell(store, carol, ReportOf::Account(mallory)).unwrap();
        in_chat(store, ada, NOW, move |staff| staff.claim(report, 1)).unwrap();
        let until = NOW.plus_ms(LEASE_MS);
        let early = in_chat(store, bob, until.plus_ms(-1), move |staff| staff.claim(report, 2));
        assert_eq!(early, Err(StoreError::Report(Refused::HeldBy { by: ada, until })));
        in_chat(store, bob, until, move |staff| staff.claim(report, 2)).unwrap();
    }

    fn nobody_handles_a_report_they_made_or_one_about_themselves_or_above(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), with_role(store, "bob", Role::Moderator));
        let (olga, otto) = (with_role(store, "olga", Role::Owner), with_role(store, "otto", Role::Owner));
        let mallory = person(store, "mallory");
        let about_ada = tell(store, mallory, ReportOf::Account(ada)).unwrap();
        let by_bob = tell(store, bob, ReportOf::Account(mallory)).unwrap();
        let about_olga = tell(store, mallory, ReportOf::Account(olga)).unwrap();
        let claim = move |who, report| in_chat(store, who, NOW, move |staff| staff.claim(report, 1));
        for (who, report) in [(ada, about_ada), (bob, about_ada), (bob, by_bob), (olga, about_olga), (mallory, by_bob)] {
            assert_eq!(claim(who, report), Err(StoreError::NotPermitted));
        }
        for (who, report) in [(ada, by_bob), (olga, about_ada), (otto, about_olga)] {
            assert_eq!(claim(who, report), Ok(()));
        }
    }

    fn the_queue_shows_the_most_urgent_first_and_pages_through_all(store) {
        let mallory = person(store, "mallory");
        let categories = [ReportCategory::Spam, ReportCategory::Threat, ReportCategory::Other, ReportCategory::Illegal];
        let mut made = Vec::new();
        for (number, category) in categories.into_iter().enumerate() {
            let reporter = person(store, &format!("reader{number}"));
            let new = NewReport { reporter, what: ReportOf::Account(mallory), category, note: text(""), at: NOW };
            made.push(store.run_blocking(move |tx| tx.report(&new)).unwrap());
        }
        let list = |filter: ReportFilter| {
            let (mut found, mut cursor) = (Vec::new(), None);
            loop {
                let page = store.read_blocking(|reads| reads.reports(&filter, cursor, 1)).unwrap();
                found.extend(page.items.iter().map(|line| (line.row.priority, line.row.id)));
                let Some(last) = page.items.last().filter(|_| page.more) else { return found };
                cursor = ReportCursor::parse(&last.cursor().to_string());
            }
        };
        let queue = list(ReportFilter { open: true, ..ReportFilter::default() });
        assert_eq!(queue.len(), made.len());
        assert!(queue.windows(2).all(|pair| pair[1] < pair[0]), "{queue:?}");
        let newest: Vec<ReportId> = list(ReportFilter::default()).into_iter().map(|(_, id)| id).collect();
        assert!(newest.iter().rev().eq(&made));
        let threats = list(ReportFilter { category: Some(ReportCategory::Threat), ..ReportFilter::default() });
        assert_eq!(threats.len(), 1);
        assert!(list(ReportFilter { state: Some(ReportState::Dismissed), ..ReportFilter::default() }).is_empty());
        assert_eq!(list(ReportFilter { account: Some(mallory), ..ReportFilter::default() }).len(), made.len());
        assert!(list(ReportFilter { reporter: Some(mallory), ..ReportFilter::default() }).is_empty());
        assert!(list(ReportFilter { assignee: Some(mallory), ..ReportFilter::default() }).is_empty());
    }

    fn fifty_open_reports_of_one_person_are_enough(store) {
        let ada = person(store, "ada");
        let mut last = Ok(ReportId::new(1).unwrap());
        for number in 0..51 {
            let whom = person(store, &format!("reader{number}"));
            last = tell(store, ada, ReportOf::Account(whom));
        }
        assert_eq!(last, Err(StoreError::TooMany { what: "open reports", max: 50 }));
    }
}
