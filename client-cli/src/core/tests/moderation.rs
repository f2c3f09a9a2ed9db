//! Held and postponed messages, and rooms that become slower.

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_held_message_leaves_the_queue_and_the_next_one_goes() {
    let mut bench = Bench::new(true);
    bench.post(1, None);
    bench.post(2, None);
    let sent = bench.take_sent();
    bench.answer(sent[0].request, Answer::Held { why: Text::cut("links wait") });

    assert_eq!(bench.forgotten, [MessageId([1; 16])]);
    let held = bench.events.iter().any(|event| {
        matches!(event, ClientEvent::Held { message_id, why, .. } if *message_id == MessageId([1; 16]) && why == "links wait")
    });
    assert!(held, "{:?}", bench.events);
    assert_eq!(bench.take_sent().len(), 1, "the second message");
    bench.lose();
    bench.reconnect(1);
    let again = bench.take_sent();
    assert!(
        again.iter().all(|message| message.command != sent[0].command),
        "a held message is not sent again"
    );
}

#[test]
fn who_waits_for_a_held_message_is_told_at_once() {
    let mut bench = Bench::new(true);
    bench.post(1, Some(PATIENCE));
    let request = bench.take_sent()[0].request;
    bench.answer(request, Answer::Held { why: Text::cut("links wait") });
    assert!(
        matches!(&bench.replies[..], [(Ticket(1), Err(RequestError::Held { why, .. }))] if why == "links wait"),
        "{:?}",
        bench.replies
    );
}

#[test]
fn slow_mode_is_told_and_the_message_goes_when_its_time_comes() {
    let mut bench = Bench::new(true);
    bench.post(1, None);
    let first = bench.take_sent();
    let refusal = Refusal::new(Code::SlowMode, "one each 30 s").after_ms(12_000);
    bench.message(ServerMessage::Refused(first[0].request, refusal));
    let postponed = bench.events.iter().any(
        |event| matches!(event, ClientEvent::Postponed { wait, .. } if *wait == Duration::from_secs(12)),
    );
    assert!(postponed, "{:?}", bench.events);
    bench.pass(Duration::from_millis(11_900));
    assert_eq!(bench.take_sent(), []);
    bench.pass(Duration::from_millis(200));
    assert_eq!(bench.take_sent()[0].command, first[0].command);
    assert_eq!(bench.forgotten, []);
}

#[test]
fn a_muted_person_s_message_is_refused_for_good() {
    let mut bench = Bench::new(true);
    bench.post(1, None);
    let request = bench.take_sent()[0].request;
    bench.message(ServerMessage::Refused(request, Refusal::new(Code::Muted, "muted").after_ms(60_000)));
    assert!(bench.events.iter().any(|event| matches!(event, ClientEvent::NotSent { .. })));
    bench.pass(Duration::from_secs(61));
    assert!(bench.take_sent().iter().all(|message| message.command == Command::Ping));
}

#[test]
fn the_list_of_rooms_knows_how_slow_a_room_became() {
    let mut bench = Bench::new(true);
    bench.event(summary(10));
    bench.event(Event::RoomPosture { room: room(), slow_seconds: 30, locked: true });
    bench.event(Event::Ready);
    bench.core.handle_rooms(Ticket(9), bench.now + PATIENCE);
    bench.collect();
    let Some((_, Ok(Reply::Rooms(rooms)))) = bench.replies.last() else { panic!("{:?}", bench.replies) };
    assert_eq!((rooms[0].slow_seconds, rooms[0].locked), (30, true));
}
