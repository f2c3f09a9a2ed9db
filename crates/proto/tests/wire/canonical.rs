//! One encoding per value: everything else that CBOR allows for it is refused.

use minicbor::{Decode, Encode};
use proto::codec::{self, CodecError};
use proto::limits;
use proto::message::{ClientMessage, Command, HistoryFrom, Opening, ReactionChange, ServerMessage};

/// Encodings of good values that are not the canonical one. CBOR's decoder takes each of them, so
/// the comparison in `codec::decode` alone stands between them and us.
const OTHER_ENCODINGS: [(&str, &str); 9] = [
    ("number with a long length", "8218018100"),
    ("array with a long length", "820198030d0105"),
    ("trailing byte", "8201810000"),
    ("trailing message", "8201810082018100"),
    ("unknown field in the struct", "8301810000"),
    ("unknown field in the variant", "8201820000"),
    ("absent field written as null", "8201841263626f6260f6"),
    ("array without a length", "9f018100ff"),
    ("text with a long length", "8201820678047275737a"),
];

#[test]
fn an_encoding_that_is_not_canonical_is_refused_by_the_comparison_alone() {
    for (what, hex) in OTHER_ENCODINGS {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        let decoded = minicbor::decode::<ClientMessage>(&bytes);
        assert!(decoded.is_ok(), "{what}: without the comparison it would be taken: {decoded:?}");
        let error = codec::decode::<ClientMessage>(&bytes).unwrap_err();
        assert!(matches!(error, CodecError::NotCanonical), "{what}: {error}");
    }
}

#[test]
fn an_unknown_variant_is_refused() {
    assert_refused::<ClientMessage>(&[0x82, 1, 0x81, 22]);
    assert_refused::<ClientMessage>(&[0x82, 1, 0x81, 0x18, 99]);
    assert_refused::<Opening>(&[0x82, 3, 0x81, 0x60]);
    assert_refused::<ServerMessage>(&[0x82, 6, 0x81, 0]);
    assert_refused::<HistoryFrom>(&[0x82, 3, 0]);
    assert_refused::<ReactionChange>(&[2]);
}

#[test]
fn a_missing_field_is_refused() {
    assert_refused::<ClientMessage>(&[0x81, 1]);
    assert_refused::<Command>(&[0x82, 1, 1]);
    assert_refused::<Opening>(&[0x82, 0, 0x80]);
    assert_refused::<Command>(&[0x80]);
    assert_refused::<Command>(&[]);
}

#[test]
fn a_value_of_another_type_or_out_of_range_is_refused() {
    // A negative room, a room above 2^63 - 1, text for a number, text that is not UTF-8, 15 bytes of message id.
    assert_refused::<Command>(&[0x82, 7, 0x20]);
    assert_refused::<Command>(&[0x82, 7, 0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    assert_refused::<Command>(&[0x82, 7, 0x61, b'1']);
    assert_refused::<Command>(&[0x82, 6, 0x61, 0xff]);
    assert_refused::<Command>(&[&[0x84, 3, 1, 0x4f][..], &[7; 15], &[1]].concat());
    assert_refused::<Command>(&[&[0x84, 3, 1, 0x51][..], &[7; 17], &[1]].concat());
    assert!(codec::decode::<Command>(&[&[0x84, 3, 1, 0x50][..], &[7; 16], &[1]].concat()).is_ok());
    assert!(codec::decode::<Command>(&[0x82, 7, 0x1b, 0x7f, 255, 255, 255, 255, 255, 255, 255]).is_ok());
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    assert_refused::<ClientMessage>(&vec![0x81; limits::MESSAGE]);
    assert_refused::<ServerMessage>(&[&[0x82, 2][..], &vec![0x81; limits::MESSAGE - 2]].concat());
    // In the place of a field that this version does not know, where the decoder skips what comes.
    assert_refused::<ClientMessage>(&[&[0x83, 1, 0x81, 0][..], &vec![0x81; limits::MESSAGE - 4]].concat());
    assert_refused::<ClientMessage>(&[&[0x83, 1, 0x81, 0][..], &vec![0x9f; limits::MESSAGE - 4]].concat());
}

#[test]
fn a_list_that_claims_more_than_it_has_is_refused_without_room_for_it() {
    // 2^62 items, then 500 (which is allowed) with none of them there.
    assert_refused::<ServerMessage>(&[0x82, 2, 0x82, 4, 0x85, 1, 0x9b, 0x40, 0, 0, 0, 0, 0, 0, 0]);
    assert_refused::<ServerMessage>(&[0x82, 2, 0x82, 4, 0x85, 1, 0x99, 1, 0xf4]);
    // Text of 2^62 bytes.
    assert_refused::<Command>(&[0x82, 6, 0x7b, 0x40, 0, 0, 0, 0, 0, 0, 0]);
}

fn assert_refused<T>(bytes: &[u8])
where
    T: Encode<()> + for<'b> Decode<'b, ()> + std::fmt::Debug,
{
    let shown = &bytes[..bytes.len().min(20)];
    assert!(codec::decode::<T>(bytes).is_err(), "{shown:02x?}");
}
