use std::sync::Arc;
use std::task::Wake;

use proptest::prelude::*;
use proto::codec;
use proto::message::{Event, GoodbyeReason, ServerMessage};

use super::*;

#[test]
fn what_is_offered_is_taken_in_order() {
    let outbox = Outbox::new();
    for number in 0..5_u8 {
        assert_eq!(outbox.offer(message(number, 10)), Offered::Queued);
    }
    assert_eq!(take(&outbox, 25), Some((vec![0, 1], Taken::Open)));
    assert_eq!(take(&outbox, 1), Some((vec![2], Taken::Open)), "one goes even when it is too big");
    assert_eq!(take(&outbox, 1_000), Some((vec![3, 4], Taken::Open)));
    assert_eq!(take(&outbox, 1_000), None);
    assert_eq!(outbox.waiting_bytes(), 0);
}

#[test]
fn the_limit_holds_to_the_byte_and_then_only_a_goodbye_is_left() {
    let outbox = Outbox::new();
    let room = limits::OUTBOX_BYTES - 2 * size_of::<Bytes>();
    assert_eq!(outbox.offer(message(1, room - 100)), Offered::Queued);
    assert_eq!(outbox.offer(message(2, 100)), Offered::Queued);
    assert_eq!(outbox.waiting_bytes(), limits::OUTBOX_BYTES);
    assert_eq!(outbox.offer(message(3, 1)), Offered::Evicted);
    assert_eq!(outbox.offer(message(4, 1)), Offered::Closed);
    let mut left = Vec::new();
    assert_eq!(poll(&outbox, usize::MAX, &mut left), Poll::Ready(Taken::Last(Farewell::Slow)));
    assert_eq!(reasons(&left), [GoodbyeReason::Slow]);
}

#[test]
fn what_is_granted_at_login_needs_no_room_and_leaves_the_limit_as_it_was() {
    let outbox = Outbox::new();
    for _ in 0..500 {
        assert_eq!(outbox.grant(message(0, 1_000)), Offered::Queued);
    }
    assert!(limits::OUTBOX_BYTES < outbox.waiting_bytes());
    let mut taken = Vec::new();
    while poll(&outbox, 60_000, &mut taken).is_ready() {}
    assert_eq!(taken.len(), 500);
    assert_eq!(outbox.offer(message(1, limits::OUTBOX_BYTES)), Offered::Evicted);
}

#[test]
fn closing_keeps_what_waits_and_cutting_does_not() {
    for (keeps, expected) in [(true, 2), (false, 1)] {
        let outbox = Outbox::new();
        outbox.offer(Farewell::Asked.encoded());
        if keeps {
            outbox.close(Farewell::Draining, Farewell::Draining.encoded());
        } else {
            outbox.cut(Farewell::Banned, Farewell::Banned.because("spam"));
        }
        outbox.close(Farewell::Idle, Farewell::Idle.encoded());
        let mut left = Vec::new();
        assert!(matches!(poll(&outbox, usize::MAX, &mut left), Poll::Ready(Taken::Last(_))));
        assert_eq!(left.len(), expected);
        assert_ne!(reasons(&left).last(), Some(&GoodbyeReason::Idle), "the first farewell counts");
    }
}

#[test]
fn a_waiting_reader_is_woken_once_and_one_that_is_stuck_only_for_the_end() {
    let outbox = Outbox::new();
    let woken = Arc::new(Count::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    assert!(outbox.poll_take(1, &mut Vec::new(), &mut context).is_pending());
    outbox.offer(message(1, 1));
    outbox.offer(message(2, 1));
    assert_eq!(woken.get(), 1);
    assert!(outbox.poll_closed(&mut context).is_pending());
    outbox.offer(message(3, 1));
    assert_eq!(woken.get(), 1, "a stuck reader is left alone");
    outbox.abandon();
    assert_eq!(woken.get(), 2);
    assert_eq!(outbox.poll_closed(&mut context), Poll::Ready(()));
    assert_eq!(outbox.poll_take(1, &mut Vec::new(), &mut context), Poll::Ready(Taken::Gone));
    assert_eq!(outbox.offer(message(4, 1)), Offered::Closed);
}

#[test]
fn what_others_say_is_taken_before_pieces_that_came_earlier() {
    let outbox = Outbox::new();
    for number in 0..3 {
        assert_eq!(outbox.answer_bulk(message(number, 100)), Offered::Queued);
    }
    assert_eq!(take(&outbox, 100), Some((vec![0], Taken::Open)));
    outbox.offer(message(10, 50));
    assert_eq!(take(&outbox, 100), Some((vec![10], Taken::Open)), "a piece that does not fit waits");
    assert_eq!(take(&outbox, 1_000), Some((vec![1, 2], Taken::Open)));
    assert_eq!(take(&outbox, 1_000), None);
}

#[test]
fn pieces_get_room_until_enough_wait_and_none_while_the_outbox_is_half_full() {
    let outbox = Outbox::new();
    assert!(4 * limits::PIECE <= outbox.room_for_bulk());
    while limits::PIECE <= outbox.room_for_bulk() {
        outbox.answer_bulk(message(1, limits::PIECE));
    }
    assert_eq!(outbox.waiting_bytes(), 0, "a download does not use up the room for chat");
    while take(&outbox, 1_000).is_some() {}
    outbox.offer(message(2, limits::OUTBOX_BYTES / 2 + 1));
    assert_eq!(outbox.room_for_bulk(), 0);
}

#[test]
fn a_goodbye_leaves_the_pieces_out() {
    let outbox = Outbox::new();
    outbox.answer_bulk(message(1, 100));
    outbox.close(Farewell::Draining, Farewell::Draining.encoded());
    let mut left = Vec::new();
    assert_eq!(poll(&outbox, usize::MAX, &mut left), Poll::Ready(Taken::Last(Farewell::Draining)));
    assert_eq!(reasons(&left), [GoodbyeReason::Draining]);
    assert_eq!(outbox.answer_bulk(message(2, 1)), Offered::Closed);
}

#[test]
fn every_farewell_is_a_message_with_its_reason() {
    for farewell in Farewell::ALL {
        let encoded = farewell.because(&"x".repeat(2_000));
        let decoded: ServerMessage = codec::decode(&encoded).unwrap();
        assert!(matches!(decoded, ServerMessage::Event(Event::Goodbye(_))), "{farewell:?}");
    }
}

proptest! {
    #[test]
    fn never_more_than_the_limit_waits_and_nothing_is_lost_before_a_goodbye(
        steps in prop::collection::vec((0_usize..40_000, any::<bool>()), 1..200),
    ) {
        let outbox = Outbox::new();
        let (mut offered, mut taken) = (Vec::new(), Vec::new());
        let mut evicted = false;
        for (number, (size, takes)) in steps.into_iter().enumerate() {
            if takes {
                let mut some = Vec::new();
                let _ = poll(&outbox, size, &mut some);
                taken.extend(some);
                continue;
            }
            let bytes = Bytes::from(vec![u8::try_from(number % 251).unwrap(); size + 1]);
            match outbox.offer(bytes.clone()) {
                Offered::Queued => offered.push(bytes),
                Offered::Evicted => evicted = true,
                Offered::Closed => prop_assert!(evicted),
            }
            prop_assert!(outbox.waiting_bytes() <= limits::OUTBOX_BYTES);
        }
        let kept = taken.iter().filter(|bytes| **bytes != Farewell::Slow.encoded());
        prop_assert!(kept.zip(&offered).all(|(taken, offered)| taken == offered));
    }
}

#[derive(Default)]
struct Count(std::sync::atomic::AtomicUsize);

impl Count {
    fn get(&self) -> usize {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

fn message(number: u8, len: usize) -> Bytes {
    vec![number; len].into()
}

fn poll(outbox: &Outbox, bytes: usize, into: &mut Vec<Bytes>) -> Poll<Taken> {
    outbox.poll_take(bytes, into, &mut Context::from_waker(Waker::noop()))
}

fn take(outbox: &Outbox, bytes: usize) -> Option<(Vec<u8>, Taken)> {
    let mut some = Vec::new();
    match poll(outbox, bytes, &mut some) {
        Poll::Ready(taken) => Some((some.iter().map(|message| message[0]).collect(), taken)),
        Poll::Pending => None,
    }
}

fn reasons(messages: &[Bytes]) -> Vec<GoodbyeReason> {
    let reason = |message: &Bytes| match codec::decode(message).unwrap() {
        ServerMessage::Event(Event::Goodbye(goodbye)) => goodbye.reason,
        other => panic!("not a goodbye: {other:?}"),
    };
    messages.iter().map(reason).collect()
}
