//! Order, gaps and doubles.

use proptest::prelude::*;

use super::*;
use crate::event::Start;

#[test]
fn live_entries_are_handed_on_in_order_and_once() {
    let mut bench = ready(10);
    for number in [11, 12, 12, 11, 13, 9] {
        bench.event(Event::Entry(entry(number)));
    }
    assert_eq!(bench.take_entries(), [(11, true), (12, true), (13, true)]);
    assert!(bench.take_sent().is_empty());
}

#[test]
fn a_gap_is_filled_from_the_log_before_anything_after_it() {
    let mut bench = ready(10);
    bench.event(Event::Entry(entry(13)));
    assert!(bench.take_entries().is_empty());
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(10));

    bench.answer(request, page(&[11, 12, 13], false));
    bench.event(Event::Entry(entry(14)));
    assert_eq!(bench.take_entries(), [(11, false), (12, false), (13, false), (14, true)]);
    assert!(bench.take_sent().is_empty());
}

#[test]
fn an_entry_that_comes_while_the_page_is_on_its_way_is_not_lost() {
    let mut bench = ready(10);
    bench.event(Event::Entry(entry(13)));
    let (request, ..) = bench.take_fetch();
    // The server read the log before 14 was written, and sends 14 before the page.
    bench.event(Event::Entry(entry(14)));
    bench.answer(request, page(&[11, 12, 13], false));
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(13));
    bench.answer(request, page(&[14], false));
    assert_eq!(bench.take_entries(), [(11, false), (12, false), (13, false), (14, false)]);
}

#[test]
fn a_page_of_what_came_live_meanwhile_does_not_end_the_reading() {
    let mut bench = ready(11);
    bench.event(Event::Entry(entry(14)));
    let (request, ..) = bench.take_fetch();
    bench.event(Event::Entry(entry(12)));
    bench.answer(request, page(&[12], true));
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(12));
    bench.answer(request, page(&[13, 14], false));
    assert_eq!(bench.take_entries(), [(12, true), (13, false), (14, false)]);
}

#[test]
fn what_was_missed_during_a_cut_is_read_page_by_page() {
    let mut bench = ready(10);
    bench.lose();
    bench.reconnect(1);
    bench.event(summary(15));
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(10));
    bench.answer(request, page(&[11, 12], true));
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(12));
    bench.answer(request, page(&[13, 14, 15], false));
    assert_eq!(bench.take_entries().len(), 5);
    assert!(bench.take_sent().is_empty());
}

#[test]
fn entries_that_cannot_be_read_are_asked_for_once() {
    let mut bench = ready(10);
    bench.event(Event::Entry(entry(14)));
    let (request, ..) = bench.take_fetch();
    bench.answer(request, page(&[12], false));
    bench.event(Event::Entry(entry(15)));
    assert_eq!(bench.take_entries(), [(12, false), (15, true)]);
    assert!(bench.take_sent().is_empty());
}

#[test]
fn a_server_that_always_has_more_and_never_gives_it_is_not_asked_for_ever() {
    let mut bench = ready(10);
    bench.event(Event::Entry(entry(14)));
    let (request, ..) = bench.take_fetch();
    bench.answer(request, page(&[], true));
    assert!(bench.take_sent().is_empty());
}

#[test]
fn places_are_void_after_a_restore_and_reading_goes_on_with_what_is_next() {
    let mut bench = ready(10);
    bench.lose();
    bench.reconnect(2);
    assert!(matches!(bench.events.last(), Some(ClientEvent::Online { restored: true, .. })));
    bench.event(summary(4));
    bench.event(Event::Entry(entry(5)));
    assert_eq!(bench.take_entries(), [(5, true)]);
    assert!(bench.take_sent().is_empty());
}

#[test]
fn a_followed_room_stays_followed_after_a_restore() {
    let mut bench = Bench::new(false);
    bench.event(summary(10));
    bench.core.handle_follow(room(), Start::Now, bench.now);
    bench.lose();
    bench.reconnect(2);
    bench.event(summary(4));
    bench.event(Event::Entry(entry(5)));
    assert_eq!(bench.take_entries(), [(5, true)]);
}

#[test]
fn only_rooms_asked_for_are_handed_on_and_from_the_place_asked_for() {
    let mut bench = Bench::new(false);
    bench.event(summary(10));
    bench.event(Event::Entry(entry(11)));
    assert!(bench.take_entries().is_empty());

    bench.core.handle_follow(room(), Start::Last(2), bench.now);
    bench.collect();
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(9));
    bench.answer(request, page(&[10, 11], false));
    assert_eq!(bench.take_entries(), [(10, false), (11, false)]);
}

#[test]
fn more_than_wanted_is_skipped_and_the_hole_is_named() {
    let mut bench = Bench::with(&Settings { follow_all: true, catch_up: 3 }, Vec::new());
    bench.event(summary(10));
    bench.lose();
    bench.reconnect(1);
    bench.event(summary(110));
    let skipped = bench.events.iter().find_map(|event| match event {
        ClientEvent::Skipped { after, upto, .. } => Some((after.get(), upto.get())),
        _ => None,
    });
    assert_eq!(skipped, Some((10, 107)));
    assert_eq!(bench.take_fetch().2, seq(107));
}

#[test]
fn a_reader_that_falls_behind_catches_up_from_the_log_and_no_entry_waits_in_memory() {
    let mut bench = ready(10);
    bench.core.set_space(RESERVED, bench.now);
    bench.event(Event::Entry(entry(11)));
    bench.event(Event::Entry(entry(12)));
    assert!(bench.take_entries().is_empty() && bench.take_sent().is_empty());
    assert!(bench.core.wants_space());

    bench.core.set_space(RESERVED + 1, bench.now);
    bench.collect();
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(10));
    bench.answer(request, page(&[11, 12], false));
    // There was room for one; the rest is asked for again when there is more.
    assert_eq!(bench.take_entries(), [(11, false)]);
    bench.core.set_space(SPACE, bench.now);
    bench.collect();
    let (request, _, after) = bench.take_fetch();
    assert_eq!(after, seq(11));
    bench.answer(request, page(&[12], false));
    assert_eq!(bench.take_entries(), [(12, false)]);
}

#[test]
fn events_that_find_no_place_are_told_as_missed_once_there_is_place_again() {
    let mut bench = ready(10);
    bench.core.set_space(0, bench.now);
    bench.event(summary(10));
    bench.events.clear();
    assert!(bench.core.wants_space());
    bench.core.set_space(SPACE, bench.now);
    bench.collect();
    assert!(matches!(bench.events.as_slice(), [ClientEvent::Missed]));
}

#[test]
fn a_room_that_may_not_be_read_any_more_is_left_alone() {
    let mut bench = ready(10);
    bench.event(Event::Entry(entry(13)));
    let (request, ..) = bench.take_fetch();
    bench.message(ServerMessage::Refused(request, refusal(Code::NotAMember)));
    bench.event(Event::Entry(entry(17)));
    assert!(bench.take_sent().is_empty() && bench.take_entries().is_empty());
}

#[test]
fn a_page_that_is_refused_for_now_is_asked_for_again_later() {
    let mut bench = ready(10);
    bench.event(Event::Entry(entry(13)));
    let (request, ..) = bench.take_fetch();
    bench.message(ServerMessage::Refused(request, refusal(Code::TooFast).after_ms(3_000)));
    bench.pass(Duration::from_millis(2_900));
    assert!(bench.take_sent().is_empty());
    bench.pass(Duration::from_millis(200));
    assert_eq!(bench.take_fetch().2, seq(10));
}

proptest! {
    /// Whatever is lost, doubled or reordered on the way, a reader sees each entry of the log once and in order.
    #[test]
    fn every_entry_is_handed_on_once_and_in_order(
        arrivals in prop::collection::vec((1_u64..60, 0_u8..12), 1..120),
        page_size in 1_usize..20,
    ) {
        let mut bench = ready(0);
        let mut written = 0;
        let mut seen = Vec::new();
        for (number, what) in arrivals {
            written = written.max(number);
            match what {
                0 => { bench.lose(); bench.reconnect(1); bench.event(summary(written)); }
                1 => bench.core.set_space(RESERVED + 2, bench.now),
                2 => bench.core.set_space(SPACE, bench.now),
                _ => bench.event(Event::Entry(entry(number))),
            }
            bench.collect();
            if what % 2 == 0 {
                serve(&mut bench, written, page_size, 1);
            }
            seen.extend(bench.take_entries().into_iter().map(|(seq, _)| seq));
        }
        bench.core.set_space(SPACE, bench.now);
        bench.collect();
        serve(&mut bench, written, page_size, usize::MAX);
        // A restart of the stream at the end brings what is known to be there.
        seen.extend(bench.take_entries().into_iter().map(|(seq, _)| seq));
        let newest = seen.last().copied().unwrap_or_default();
        prop_assert_eq!(seen, (1..=newest).collect::<Vec<_>>());
        prop_assert!(!bench.core.wants_space());
    }
}

/// Answers requests for history from a log of `written` entries.
fn serve(bench: &mut Bench, written: u64, page_size: usize, mut answers: usize) {
    while 0 < answers {
        let sent = bench.take_sent();
        if sent.is_empty() {
            return;
        }
        for ClientMessage { request, command } in sent {
            if let Command::History { from: HistoryFrom::After(after), .. } = command {
                let all: Vec<u64> = (after.get() + 1..=written).collect();
                let given = &all[..page_size.min(all.len())];
                bench.answer(request, page(given, given.len() < all.len()));
                answers = answers.saturating_sub(1);
            }
        }
        bench.core.set_space(SPACE, bench.now);
        bench.collect();
    }
}

fn ready(last: u64) -> Bench {
    let mut bench = Bench::new(true);
    bench.event(summary(last));
    bench.event(Event::Ready);
    bench.events.clear();
    bench
}
