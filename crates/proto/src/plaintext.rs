//! The inside of a frame: messages with their lengths in front, then zeros up to a size that says little.

use thiserror::Error;

use crate::limits;

/// Why a decrypted frame is not a row of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PlaintextError {
    /// A message reaches past the end.
    #[error("message of {len} bytes in a frame that has {left} left")]
    Overrun {
        /// What its length field says.
        len: usize,
        /// What there is.
        left: usize,
    },
    /// There is no message at all.
    #[error("frame without a message")]
    Empty,
    /// A byte of the padding is not zero.
    #[error("padding is not zero")]
    DirtyPadding,
    /// More or less padding than the rule gives.
    #[error("frame plaintext is {len} bytes, its messages need exactly {expected}")]
    PaddedLength {
        /// What came.
        len: usize,
        /// What the rule gives.
        expected: usize,
    },
}

/// Appends one message with its length in front.
///
/// The caller has checked that `message` has 1 to [`limits::MESSAGE`] bytes.
pub(crate) fn push(message: &[u8], plaintext: &mut Vec<u8>) {
    let len = u16::try_from(message.len()).expect("a message is at most limits::MESSAGE bytes");
    plaintext.extend_from_slice(&len.to_be_bytes());
    plaintext.extend_from_slice(message);
}

/// Returns the length to which `len` bytes of messages are padded: Padmé, at least `floor`.
///
/// Padmé keeps only the first few bits of a length, so a frame tells O(log log n) bits of its
/// size and grows by at most 12 %.
pub(crate) fn padded_len(len: usize, floor: usize) -> usize {
    if len <= floor {
        return floor;
    }
    let exponent = len.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_usize << (exponent - kept)) - 1;
    ((len + mask) & !mask).min(limits::FRAME_PLAINTEXT)
}

/// Returns how many bytes of a plaintext are messages, after checking all of it.
pub(crate) fn check(plaintext: &[u8], floor: usize) -> Result<usize, PlaintextError> {
    let mut used = 0;
    while let Some(len) = message_len(&plaintext[used..])? {
        used += LENGTH_FIELD + len;
    }
    if used == 0 {
        return Err(PlaintextError::Empty);
    }
    if plaintext[used..].iter().any(|byte| *byte != 0) {
        return Err(PlaintextError::DirtyPadding);
    }
    let expected = padded_len(used, floor);
    if plaintext.len() != expected {
        return Err(PlaintextError::PaddedLength { len: plaintext.len(), expected });
    }
    Ok(used)
}

/// Returns the messages of a plaintext, one after the other; it ends at padding or anything [`check`] refuses.
pub(crate) fn messages(mut plaintext: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let len = message_len(plaintext).ok().flatten()?;
        let (message, rest) = plaintext[LENGTH_FIELD..].split_at(len);
        plaintext = rest;
        Some(message)
    })
}

/// Returns the length of the first message, which is there in full; nothing where padding starts.
fn message_len(bytes: &[u8]) -> Result<Option<usize>, PlaintextError> {
    let Some((field, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let len = usize::from(u16::from_be_bytes(*field));
    if rest.len() < len {
        return Err(PlaintextError::Overrun { len, left: rest.len() });
    }
    Ok((len != 0).then_some(len))
}

/// Bytes of the length in front of each message.
pub(crate) const LENGTH_FIELD: usize = 2;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_padded_as_the_document_says() {
        let cases = [
            (1, 128),
            (128, 128),
            (129, 144),
            (144, 144),
            (145, 160),
            (255, 256),
            (256, 256),
            (257, 272),
            (1_000, 1_024),
            (1_025, 1_088),
            (16_400, 17_408),
            (63_488, 63_488),
            (63_489, 65_519),
            (65_519, 65_519),
        ];
        for (len, padded) in cases {
            assert_eq!(padded_len(len, 128), padded, "{len}");
        }
        assert_eq!((padded_len(1, 512), padded_len(512, 512), padded_len(513, 512)), (512, 512, 544));
    }

    #[test]
    fn padding_never_shortens_never_exceeds_a_frame_and_costs_at_most_an_eighth() {
        let mut sizes = std::collections::BTreeSet::new();
        for len in 1..=limits::FRAME_PLAINTEXT {
            let padded = padded_len(len, limits::FRAME_PADDED);
            assert!((len..=limits::FRAME_PLAINTEXT).contains(&padded), "{len} to {padded}");
            assert!(padded <= limits::FRAME_PADDED || padded - len <= len / 8, "{len} to {padded}");
            assert_eq!(padded_len(padded, limits::FRAME_PADDED), padded);
            sizes.insert(padded);
        }
        assert_eq!(sizes.len(), SIZES);
    }

    #[test]
    fn a_message_of_no_bytes_is_where_padding_starts() {
        let mut plaintext = vec![0; 128];
        assert_eq!(check(&plaintext, 128), Err(PlaintextError::Empty));
        plaintext[..3].copy_from_slice(&[0, 1, 7]);
        assert_eq!(check(&plaintext, 128), Ok(3));
        plaintext[3..8].copy_from_slice(&[0, 0, 0, 1, 7]);
        assert_eq!(check(&plaintext, 128), Err(PlaintextError::DirtyPadding));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn any_bytes_are_refused_or_exactly_what_packing_their_messages_gives(
            mut bytes in prop::collection::vec(prop_oneof![4 => Just(0), 4 => 1_u8..8, 1 => any::<u8>()], 0..300),
            padded in any::<bool>(),
        ) {
            if padded {
                bytes.resize(padded_len(bytes.len(), 128), 0);
            }
            if let Ok(used) = check(&bytes, 128) {
                let mut packed = Vec::new();
                for message in messages(&bytes[..used]) {
                    push(message, &mut packed);
                }
                prop_assert_eq!(packed.len(), used);
                packed.resize(padded_len(used, 128), 0);
                prop_assert_eq!(packed, bytes);
            }
        }
    }

    /// How many lengths of frames there are.
    const SIZES: usize = 137;
}
