//! Messages on their way: nothing lost, nothing doubled, the order kept.

use super::*;

#[test]
fn an_accepted_message_is_forgotten_and_its_sender_told() {
    let mut bench = Bench::new(true);
    bench.event(summary(10));
    bench.post(1, Some(PATIENCE));
    let sent = bench.take_sent();
    bench.answer(sent[0].request, accepted(11));

    assert_eq!(bench.forgotten, [MessageId([1; 16])]);
    assert!(matches!(&bench.replies[..], [(Ticket(1), Ok(Reply::Answer(Answer::Accepted { .. })))]));
}

#[test]
fn one_s_own_entry_is_handed_on_once_whether_the_answer_or_the_event_comes_first() {
    for event_first in [false, true] {
        let mut bench = Bench::new(true);
        bench.event(summary(10));
        bench.post(1, None);
        let request = bench.take_sent()[0].request;
        let own = Entry { message_id: MessageId([1; 16]), ..entry(11) };
        if event_first {
            bench.event(Event::Entry(own.clone()));
        }
        bench.answer(request, accepted(11));
        if !event_first {
            bench.event(Event::Entry(own));
        }
        assert_eq!(bench.take_entries(), [(11, true)], "event first: {event_first}");
        assert!(bench.take_sent().is_empty());
    }
}

#[test]
fn a_message_that_was_not_answered_is_sent_again_with_its_id_after_a_cut() {
    let mut bench = Bench::new(true);
    bench.post(1, Some(Duration::from_secs(500)));
    let first = bench.take_sent();
    bench.lose();
    bench.reconnect(1);
    let second = bench.take_sent();
    assert_eq!(first[0].command, second[0].command);
    bench.answer(second[0].request, accepted(11));
    assert_eq!(bench.replies.len(), 1);
}

#[test]
fn messages_of_the_last_run_are_sent_before_this_run_s() {
    let mut bench = Bench::with(&Settings { follow_all: true, catch_up: 9 }, vec![unsent(1), unsent(2)]);
    bench.post(3, None);
    let mut ids = Vec::new();
    for place in 1..=3 {
        let sent = bench.take_sent();
        let [ClientMessage { request, command: Command::Send { message_id, .. } }] = &sent[..] else {
            panic!("expected one message at a time, got {sent:?}");
        };
        ids.push(message_id.0[0]);
        bench.answer(*request, accepted(place));
    }
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn a_message_that_is_too_fast_waits_and_keeps_its_place() {
    let mut bench = Bench::new(true);
    bench.post(1, None);
    bench.post(2, None);
    let request = bench.take_sent()[0].request;
    bench.message(ServerMessage::Refused(request, refusal(Code::TooFast).after_ms(2_000)));
    bench.pass(Duration::from_millis(1_900));
    assert!(bench.take_sent().is_empty());
    bench.pass(Duration::from_millis(200));
    assert!(matches!(bench.take_sent()[0].command, Command::Send { message_id: MessageId([1, ..]), .. }));
    assert!(bench.forgotten.is_empty());
}

#[test]
fn a_sender_whose_time_cannot_be_met_is_told_at_once_and_the_message_stays() {
    let mut bench = Bench::new(true);
    bench.post(1, Some(Duration::from_secs(5)));
    let request = bench.take_sent()[0].request;
    bench.message(ServerMessage::Refused(request, refusal(Code::TooFast).after_ms(60_000)));
    let (_, result) = &bench.replies[0];
    let last = Some(refusal(Code::TooFast).after_ms(60_000));
    assert_eq!(result.as_ref().unwrap_err(), &RequestError::NotYet { message_id: MessageId([1; 16]), last });
    assert_eq!(bench.core.unsent(), 1);
    assert!(bench.forgotten.is_empty());
}

#[test]
fn a_message_refused_for_good_is_handed_back_with_its_words() {
    let mut bench = Bench::new(true);
    bench.post(1, None);
    let request = bench.take_sent()[0].request;
    bench.message(ServerMessage::Refused(request, refusal(Code::NotPermitted)));
    assert!(matches!(
        bench.events.last(),
        Some(ClientEvent::NotSent { unsent: back, .. }) if **back == unsent(1)
    ));
    assert_eq!(bench.core.unsent(), 0);
}

#[test]
fn a_sender_s_time_ends_while_there_is_no_connection_and_the_message_is_kept() {
    let mut bench = Bench::new(true);
    bench.lose();
    bench.post(1, Some(PATIENCE));
    bench.pass(PATIENCE);
    assert!(matches!(&bench.replies[..], [(Ticket(1), Err(RequestError::NotYet { .. }))]));
    assert!(bench.forgotten.is_empty());
    bench.reconnect(1);
    assert_eq!(bench.take_sent().len(), 1);
}

#[test]
fn a_message_taken_back_is_not_sent() {
    let mut bench = Bench::new(true);
    bench.lose();
    bench.post(1, None);
    assert_eq!(bench.core.handle_withdraw(MessageId([1; 16])), Withdrawn::NotSent);
    bench.reconnect(1);
    assert!(bench.take_sent().is_empty());
    assert_eq!(bench.forgotten, [MessageId([1; 16])]);
}

const PATIENCE: Duration = Duration::from_secs(20);
