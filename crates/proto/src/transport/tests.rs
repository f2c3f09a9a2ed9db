//! Frames that were changed, cut, repeated or reordered, and keys that move on.

use bytes::BytesMut;

use super::*;
use crate::handshake::tests::pair;

#[test]
fn several_messages_share_one_frame_and_keep_their_order() {
    let (mut client, mut server) = pair();
    let mut wire = BytesMut::new();
    assert_eq!(client.seal(&[&b"one"[..], b"two", b"three"], &mut wire), Ok(3));
    let frame = next_frame(&mut wire).unwrap().unwrap();
    assert!(wire.is_empty());
    let messages = server.open(&frame).unwrap();
    assert_eq!(messages.iter().collect::<Vec<_>>(), [&b"one"[..], b"two", b"three"]);
}

#[test]
fn a_frame_takes_what_fits_and_the_caller_comes_again() {
    let (mut client, mut server) = pair();
    let messages = vec![vec![7; 1000]; 100];
    let (mut wire, mut left) = (BytesMut::new(), messages.as_slice());
    while !left.is_empty() {
        left = &left[client.seal(left, &mut wire).unwrap()..];
    }
    let mut received = Vec::new();
    while let Some(frame) = next_frame(&mut wire).unwrap() {
        received.extend(server.open(&frame).unwrap().iter().map(<[u8]>::to_vec));
    }
    assert_eq!(received, messages);
}

#[test]
fn sealing_nothing_appends_nothing() {
    let mut wire = BytesMut::new();
    let nothing: [&[u8]; 0] = [];
    assert_eq!(pair().0.seal(&nothing, &mut wire), Ok(0));
    assert!(wire.is_empty());
}

#[test]
fn the_longest_message_is_sealed_and_a_longer_or_empty_one_refused() {
    let (mut client, mut server) = pair();
    let mut wire = BytesMut::new();
    assert_eq!(client.seal(&[vec![7; limits::MESSAGE]], &mut wire), Ok(1));
    assert_eq!(wire.len(), 2 + limits::NOISE_MESSAGE);
    let frame = next_frame(&mut wire).unwrap().unwrap();
    assert_eq!(server.open(&frame).unwrap().iter().next().unwrap().len(), limits::MESSAGE);
    for len in [0, limits::MESSAGE + 1] {
        assert_eq!(client.seal(&[vec![7; len]], &mut wire), Err(TransportError::MessageLength { len }));
        assert!(wire.is_empty());
    }
}

#[test]
fn a_message_that_cannot_be_sent_holds_up_only_itself() {
    let (mut client, _) = pair();
    let messages = [vec![7; 10], Vec::new(), vec![7; 10]];
    assert_eq!(client.seal(&messages, &mut BytesMut::new()), Ok(1));
    assert_eq!(
        client.seal(&messages[1..], &mut BytesMut::new()),
        Err(TransportError::MessageLength { len: 0 })
    );
}

#[test]
fn every_single_flipped_bit_of_a_frame_is_refused() {
    let (mut client, mut server) = pair();
    let wire = sealed(&mut client, &[7; 1024]);
    // A flipped length may ask for more bytes than this frame has.
    let follow_up = vec![0x55; 2 * limits::NOISE_MESSAGE];
    let mut refused = 0;
    for bit in 0..8 * wire.len() {
        let mut changed = wire.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        if bit < 16 {
            changed.extend_from_slice(&follow_up);
        }
        refused += usize::from(read_one(&mut server, &mut changed).is_err());
        // Only here: a peer gets no second try. It lets one connection stand for thousands.
        server.broken = false;
    }
    assert_eq!(refused, 8 * wire.len());
    read_one(&mut server, &mut wire.clone()).expect("the frame itself is good");
}

#[test]
fn a_cut_frame_waits_and_a_frame_cut_short_with_a_new_length_is_refused() {
    let (mut client, mut server) = pair();
    let wire = sealed(&mut client, &[7; 1024]);
    for len in 0..wire.len() {
        assert_eq!(next_frame(&mut BytesMut::from(&wire[..len])), Ok(None));
    }
    for len in 0..wire.len() - 2 {
        let field = u16::try_from(len).unwrap().to_be_bytes();
        let mut cut = BytesMut::from(&[&field[..], &wire[2..2 + len]].concat()[..]);
        assert!(read_one(&mut server, &mut cut).is_err(), "{len}");
        server.broken = false;
    }
}

#[test]
fn a_replayed_a_skipped_and_a_reordered_frame_are_refused() {
    for order in [&[0, 0][..], &[1], &[0, 2]] {
        let (mut client, mut server) = pair();
        let frames: Vec<_> = (0..3).map(|_| sealed(&mut client, b"hello")).collect();
        let (last, before) = order.split_last().unwrap();
        for index in before {
            read_one(&mut server, &mut frames[*index].clone()).unwrap();
        }
        let error = read_one(&mut server, &mut frames[*last].clone()).unwrap_err();
        assert_eq!(error, TransportError::NotAuthentic, "{order:?}");
    }
}

#[test]
fn a_frame_does_not_open_for_its_own_sender_or_on_another_connection() {
    let (mut client, _) = pair();
    let (_, mut stranger) = pair();
    let wire = sealed(&mut client, b"hello");
    assert_eq!(read_one(&mut stranger, &mut wire.clone()).unwrap_err(), TransportError::NotAuthentic);
    assert_eq!(read_one(&mut client, &mut wire.clone()).unwrap_err(), TransportError::NotAuthentic);
}

#[test]
fn after_one_refused_frame_the_right_one_is_refused_too() {
    let (mut client, mut server) = pair();
    let wire = sealed(&mut client, b"hello");
    let mut changed = wire.clone();
    changed[2] ^= 1;
    assert_eq!(read_one(&mut server, &mut changed).unwrap_err(), TransportError::NotAuthentic);
    assert_eq!(read_one(&mut server, &mut wire.clone()).unwrap_err(), TransportError::Broken);
}

#[test]
fn keys_move_on_in_both_directions_at_the_same_frame() {
    let (mut client, mut server) = pair();
    for number in 0..limits::REKEY_EVERY + 10 {
        let mut wire = sealed(&mut client, &number.to_be_bytes());
        assert_eq!(read_one(&mut server, &mut wire).unwrap().iter().next(), Some(&number.to_be_bytes()[..]));
        let mut wire = sealed(&mut server, b"back");
        read_one(&mut client, &mut wire).unwrap();
    }
}

#[test]
fn a_peer_that_keeps_its_key_is_refused_at_the_border_and_not_before() {
    let (mut client, mut server) = pair();
    for number in 0..=limits::REKEY_EVERY {
        let mut wire = BytesMut::zeroed(2 + limits::FRAME_SMALLEST);
        wire[1] = 144;
        let mut plaintext = vec![0, 1, 7];
        plaintext.resize(limits::FRAME_PADDED, 0);
        client.noise.write_message(&plaintext, &mut wire[2..]).unwrap();
        let opened = read_one(&mut server, &mut wire);
        assert_eq!(opened.is_ok(), number < limits::REKEY_EVERY, "frame {number}");
    }
}

#[test]
fn a_frame_with_a_wrong_inside_is_refused() {
    let cases: [(&str, Vec<u8>, usize); 8] = [
        ("no message", vec![], 128),
        ("message past the end", vec![0, 127, 7], 128),
        ("dirty padding", vec![0, 1, 7, 0, 0, 1], 128),
        ("dirty last byte", [&[0, 1, 7][..], &[0; 124], &[1]].concat(), 128),
        ("length field cut by the end", [&[0, 125][..], &[7; 125], &[1]].concat(), 128),
        ("less padding than agreed", [&[0, 200][..], &[7; 200]].concat(), 202),
        ("more padding than agreed", vec![0, 1, 7], 256),
        ("one byte more than agreed", vec![0, 1, 7], 129),
    ];
    for (what, mut plaintext, len) in cases {
        let (mut client, mut server) = pair();
        plaintext.resize(len, 0);
        let mut wire = BytesMut::new();
        client.seal_plaintext(&plaintext, &mut wire).unwrap();
        let error = read_one(&mut server, &mut wire).unwrap_err();
        assert!(matches!(error, TransportError::Plaintext(_)), "{what}: {error}");
    }
}

#[test]
fn a_frame_below_the_smallest_is_refused_at_its_length_field() {
    for len in [0, 1, 15, 16, 143] {
        let mut wire = BytesMut::from(&u16::to_be_bytes(len)[..]);
        let len = usize::from(len);
        assert_eq!(next_frame(&mut wire), Err(TransportError::FrameLength { len }));
        assert_eq!(pair().0.open(&vec![0; len]).unwrap_err(), TransportError::FrameLength { len });
    }
    assert_eq!(next_frame(&mut BytesMut::from(&[0, 144][..])), Ok(None));
}

#[test]
fn a_claimed_length_reserves_no_memory() {
    let mut wire = BytesMut::from(&[0xff, 0xff, 1, 2, 3][..]);
    let capacity = wire.capacity();
    assert_eq!(next_frame(&mut wire), Ok(None));
    assert_eq!(wire.capacity(), capacity);
}

#[test]
fn an_idle_transport_stays_small() {
    // Two key schedules on the heap and the state itself; `examples/measure` prints the resident size.
    let heap = 2 * size_of::<aes_gcm::Aes256Gcm>();
    let total = size_of::<Transport>() + heap;
    assert!(total <= 2560, "{total} bytes");
}

#[test]
fn what_people_say_is_not_printed() {
    let (mut client, mut server) = pair();
    let messages = read_one(&mut server, &mut sealed(&mut client, b"hello")).unwrap();
    assert_eq!(format!("{messages:?}"), "Messages { count: 1, .. }");
}

fn sealed(transport: &mut Transport, message: &[u8]) -> BytesMut {
    let mut wire = BytesMut::new();
    transport.seal(&[message], &mut wire).unwrap();
    wire
}

fn read_one(transport: &mut Transport, wire: &mut BytesMut) -> Result<Messages, TransportError> {
    let frame = next_frame(wire)?.expect("the stream holds a whole frame");
    transport.open(&frame)
}
