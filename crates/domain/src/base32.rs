//! Base32 for people: digits and lower-case letters without i, l, o and u, so nothing can be misread (Crockford).

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Returns the bytes in groups of five bits; a rest of fewer than five bits is filled with zeros.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut pending, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        pending = (pending << 8) | u32::from(*byte);
        bits += 8;
        while 5 <= bits {
            bits -= 5;
            text.push(digit(pending >> bits));
        }
    }
    if 0 < bits {
        text.push(digit(pending << (5 - bits)));
    }
    text
}

/// Returns the bytes behind what [`encode`] wrote; nothing for any other text.
#[cfg(feature = "credentials")]
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut pending, mut bits) = (0_u32, 0_u32);
    for character in text.bytes() {
        let value = ALPHABET.iter().position(|digit| *digit == character)?;
        pending = (pending << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if 8 <= bits {
            bits -= 8;
            bytes.push(u8::try_from((pending >> bits) & 0xff).ok()?);
            pending &= (1 << bits) - 1;
        }
    }
    (encode(&bytes) == text).then_some(bytes)
}

/// Returns what a person typed the way [`encode`] writes it: lower case, without spaces and dashes, with the letters
/// read that the alphabet leaves out (o is 0, i and l are 1). Other characters stay and will match nothing.
pub(crate) fn normalise(typed: &str) -> String {
    let letters = typed.chars().filter(|character| !is_separator(*character));
    letters
        .map(|character| match character.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '_' | '\u{2010}'..='\u{2015}')
}

fn digit(bits: u32) -> char {
    char::from(ALPHABET[(bits & 31) as usize])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_bytes_have_known_digits() {
        assert_eq!(encode(b""), "");
        assert_eq!(encode(&[0xff]), "zw");
        assert_eq!(encode(&[0x00, 0x44, 0x32, 0x14, 0xc7]), "01234567");
    }

    #[test]
    fn what_people_misread_is_read_as_meant() {
        assert_eq!(normalise(" O1IL-abcd\u{2011}EFGH 2345 "), "0111abcdefgh2345");
    }

    proptest! {
        #[test]
        fn own_output_is_already_normal(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = encode(&bytes);
            prop_assert_eq!(normalise(&text.to_uppercase()), text);
        }

        #[cfg(feature = "credentials")]
        #[test]
        fn bytes_read_back_and_no_other_text_does(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "[0-9a-z]{0,20}") {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
            if let Some(read) = decode(&text) {
                prop_assert_eq!(encode(&read), text);
            }
        }

        #[test]
        fn different_bytes_have_different_text(left in any::<[u8; 10]>(), right in any::<[u8; 10]>()) {
            prop_assert_eq!(left == right, encode(&left) == encode(&right));
        }
    }
}
