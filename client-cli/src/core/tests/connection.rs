//! Cuts, goodbyes, silence and requests.

use proto::message::{Goodbye, GoodbyeReason};

use super::*;

#[test]
fn a_cut_is_told_in_words_and_tried_again() {
    let mut bench = Bench::new(true);
    bench.lose();
    let Some(ClientEvent::Offline { why, retry_in }) = bench.events.last() else { panic!("not told") };
    assert_eq!((why.as_str(), *retry_in), ("the connection was cut", Duration::from_millis(500)));
    bench.pass(Duration::from_millis(499));
    assert_eq!(bench.dials, 0);
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.dials, 1);
}

#[test]
fn a_connection_that_breaks_at_once_does_not_shorten_the_waits() {
    let mut bench = Bench::new(true);
    let mut waits = Vec::new();
    for _ in 0..4 {
        bench.lose();
        if let Some(ClientEvent::Offline { retry_in, .. }) = bench.events.last() {
            waits.push(retry_in.as_millis());
        }
        bench.pass(Duration::from_secs(60));
        bench.core.handle_opened(welcome(1), bench.now);
        bench.collect();
    }
    assert_eq!(waits, [500, 1_000, 2_000, 4_000]);
    bench.now += HELD;
    bench.lose();
    assert!(
        matches!(bench.events.last(), Some(ClientEvent::Offline { retry_in, .. }) if retry_in.as_millis() == 500)
    );
}

#[test]
fn each_goodbye_is_followed_as_it_says() {
    use GoodbyeReason::{Asked, Banned, Draining, Idle, Kicked, Protocol, Replaced, Revoked, Slow};
    for reason in [Draining, Slow, Idle] {
        let bench = after_goodbye(reason, None);
        assert!(bench.core.stopped().is_none(), "{reason:?}");
    }
    for reason in [Replaced, Kicked, Banned, Revoked, Protocol, Asked] {
        let bench = after_goodbye(reason, None);
        assert!(matches!(bench.core.stopped(), Some(Stopped::Goodbye(_))), "{reason:?}");
        assert!(matches!(bench.events.last(), Some(ClientEvent::Stopped(_))));
    }
    let mut kicked = after_goodbye(Kicked, Some(7_000));
    kicked.pass(Duration::from_millis(6_999));
    assert_eq!(kicked.dials, 0);
    kicked.pass(Duration::from_millis(1));
    assert_eq!(kicked.dials, 1);
}

#[test]
fn a_goodbye_for_a_million_years_is_an_hour() {
    let mut bench = after_goodbye(GoodbyeReason::Draining, Some(u64::MAX));
    bench.pass(LONGEST_WAIT);
    assert_eq!(bench.dials, 1);
}

#[test]
fn a_denied_device_stops_and_a_busy_server_is_tried_again() {
    for (code, stops) in [
        (Code::LoginNeeded, true),
        (Code::Banned, true),
        (Code::BadCredentials, true),
        (Code::Unavailable, false),
        (Code::TooFast, false),
        (Code::Internal, false),
    ] {
        let mut bench = Bench::new(true);
        bench.lose();
        bench.core.handle_lost(Lost::Error(ConnectError::Denied(refusal(code))), 0, bench.now);
        assert_eq!(bench.core.stopped().is_some(), stops, "{code:?}");
    }
}

#[test]
fn a_changed_key_stops_for_good() {
    let mut bench = Bench::new(true);
    bench.lose();
    let (pinned, offered) = (proto::ids::PublicKey([1; 32]), proto::ids::PublicKey([2; 32]));
    bench.core.handle_lost(Lost::Error(ConnectError::UntrustedKey { pinned, offered }), 0, bench.now);
    assert_eq!(bench.core.stopped(), Some(&Stopped::UntrustedKey { pinned, offered }));
}

#[test]
fn a_silent_server_is_asked_for_a_word_and_then_given_up() {
    let mut bench = Bench::new(true);
    bench.pass(limits::PING_EVERY);
    assert!(matches!(&bench.take_sent()[..], [ClientMessage { command: Command::Ping, .. }]));
    bench.pass(SILENCE - limits::PING_EVERY);
    assert_eq!(bench.hang_ups, 1);
    assert!(matches!(bench.events.last(), Some(ClientEvent::Offline { .. })));
}

#[test]
fn a_server_that_answers_the_ping_keeps_the_connection() {
    let mut bench = Bench::new(true);
    for _ in 0..5 {
        bench.pass(limits::PING_EVERY);
        let sent = bench.take_sent();
        assert_eq!(sent.len(), 1);
        bench.answer(sent[0].request, Answer::Done);
    }
    assert_eq!(bench.hang_ups, 0);
}

#[test]
fn a_listener_in_a_busy_room_is_heard_by_the_server_too() {
    let mut bench = Bench::new(true);
    bench.take_sent();
    let mut pings = 0;
    for number in 1..=90 {
        bench.pass(Duration::from_secs(1));
        bench.event(Event::Entry(entry(number)));
        for sent in bench.take_sent() {
            pings += usize::from(sent.command == Command::Ping);
            bench.answer(sent.request, Answer::Done);
        }
    }
    assert_eq!(pings, 3);
}

#[test]
fn a_room_left_on_another_device_during_a_cut_is_gone_afterwards() {
    let mut bench = Bench::new(true);
    bench.event(summary(3));
    bench.event(Event::Ready);
    bench.lose();
    bench.reconnect(1);
    bench.events.clear();
    bench.event(Event::Ready);
    assert!(matches!(&bench.events[..], [ClientEvent::RoomGone { .. }, ClientEvent::Ready]));
    bench.core.handle_rooms(Ticket(1), bench.now);
    bench.collect();
    assert!(matches!(&bench.replies[..], [(Ticket(1), Ok(Reply::Rooms(rooms)))] if rooms.is_empty()));
}

#[test]
fn a_server_that_talks_but_never_answers_us_is_given_up() {
    let mut bench = Bench::new(true);
    bench.post(1, None);
    for _ in 0..7 {
        bench.pass(Duration::from_secs(10));
        bench.event(summary(1));
    }
    assert_eq!(bench.hang_ups, 1);
}

#[test]
fn a_list_is_asked_for_again_after_a_cut_and_a_kick_is_not() {
    let mut bench = Bench::new(true);
    let deadline = bench.now + Duration::from_secs(500);
    let kick = Command::Kick { room: room(), name: Text::cut("bob"), reason: Text::cut("") };
    bench.core.handle_request(Ticket(1), Command::ListDevices, deadline, bench.now);
    bench.core.handle_request(Ticket(2), kick, deadline, bench.now);
    bench.collect();
    bench.take_sent();
    bench.lose();
    assert!(matches!(&bench.replies[..], [(Ticket(2), Err(RequestError::Cut))]));
    bench.reconnect(1);
    assert!(matches!(&bench.take_sent()[..], [ClientMessage { command: Command::ListDevices, .. }]));
}

#[test]
fn a_request_without_an_answer_ends_at_its_time_and_a_late_answer_harms_nothing() {
    let mut bench = Bench::new(true);
    bench.core.handle_request(Ticket(1), Command::ListDevices, bench.now + Duration::from_secs(9), bench.now);
    bench.collect();
    let request = bench.take_sent()[0].request;
    bench.pass(Duration::from_secs(9));
    assert!(matches!(&bench.replies[..], [(Ticket(1), Err(RequestError::TimedOut))]));
    bench.answer(request, Answer::Done);
    assert_eq!(bench.replies.len(), 1);
}

#[test]
fn rooms_are_told_once_all_are_named() {
    let mut bench = Bench::new(true);
    bench.core.handle_rooms(Ticket(1), bench.now + Duration::from_secs(9));
    bench.event(summary(3));
    assert!(bench.replies.is_empty());
    bench.event(Event::Ready);
    assert!(matches!(&bench.replies[..], [(Ticket(1), Ok(Reply::Rooms(rooms)))] if rooms.len() == 1));
}

#[test]
fn closing_says_bye_and_ends_what_waits() {
    let mut bench = Bench::new(true);
    bench.post(1, Some(Duration::from_secs(9)));
    bench.core.handle_close(bench.now);
    bench.collect();
    assert!(matches!(bench.take_sent().last(), Some(ClientMessage { command: Command::Bye, .. })));
    assert!(matches!(&bench.replies[..], [(_, Err(RequestError::Stopped(Stopped::Closed)))]));
    assert!(bench.forgotten.is_empty(), "the message stays on disk");
}

fn after_goodbye(reason: GoodbyeReason, retry_after_ms: Option<u64>) -> Bench {
    let mut bench = Bench::new(true);
    bench.event(Event::Goodbye(Goodbye { reason, detail: Text::cut("goodbye"), retry_after_ms }));
    assert_eq!(bench.hang_ups, 1);
    bench
}
