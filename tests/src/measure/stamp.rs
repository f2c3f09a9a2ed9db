//! What a message of the load carries: where it belongs, when it was due, and words.

use std::time::{Duration, Instant};

/// A message's place in the load. Its sixteen bytes are the message id with `chatd`, the head with the limit program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The room's index.
    pub(crate) room: u16,
    /// The message's number in its room.
    pub(crate) number: u32,
    /// Since the beginning of the benchmark: when it should have been sent.
    pub(crate) due: Duration,
}

/// The clock of one benchmark; all stamps of it are different.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epoch(Instant);

impl Epoch {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    /// Returns the time since the beginning.
    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }
}

impl Stamp {
    /// Reads what [`Stamp::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        let [r0, r1, n0, n1, n2, n3, d0, d1, d2, d3, d4, d5, d6, d7, _, _] = bytes;
        Self {
            room: u16::from_be_bytes([r0, r1]),
            number: u32::from_be_bytes([n0, n1, n2, n3]),
            due: Duration::from_nanos(u64::from_be_bytes([d0, d1, d2, d3, d4, d5, d6, d7])),
        }
    }

    /// Returns the sixteen bytes of this stamp.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&self.room.to_be_bytes());
        bytes[2..6].copy_from_slice(&self.number.to_be_bytes());
        let nanos = u64::try_from(self.due.as_nanos()).unwrap_or(u64::MAX);
        bytes[6..14].copy_from_slice(&nanos.to_be_bytes());
        bytes
    }
}

/// Returns words of `size` bytes, others for another number, so that a full-text index has what people give it.
pub(crate) fn words(number: u32, size: usize) -> String {
    let mut state = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(size + 16);
    while text.len() < size {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = WORDS[usize::try_from(state >> 33).unwrap_or_default() % WORDS.len()];
        text.push_str(word);
        text.push(' ');
    }
    text.truncate(size);
    // A text is not taken with a blank end.
    if text.ends_with(' ') {
        text.replace_range(size - 1.., ".");
    }
    text
}

const WORDS: [&str; 96] = [
    "a", "about", "after", "all", "and", "are", "as", "at", "be", "because", "been", "before", "but", "by",
    "call", "can", "change", "code", "come", "could", "day", "did", "do", "done", "down", "each", "file",
    "find", "first", "for", "from", "get", "go", "good", "had", "has", "have", "he", "her", "here", "him",
    "how", "I", "if", "in", "into", "is", "it", "just", "know", "last", "like", "long", "look", "make",
    "many", "may", "me", "meeting", "message", "more", "my", "new", "no", "not", "now", "of", "on", "one",
    "or", "other", "our", "out", "people", "please", "release", "review", "room", "said", "see", "server",
    "she", "so", "some", "test", "thanks", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "tomorrow",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_survives_its_bytes() {
        let stamp = Stamp { room: 49, number: 70_000, due: Duration::from_nanos(5_000_000_001) };
        assert_eq!(Stamp::from_bytes(stamp.to_bytes()), stamp);
    }

    #[test]
    fn words_have_the_size_asked_for_and_differ_by_number() {
        for size in [1, 16, 100, 1000] {
            for number in 0..200 {
                let text = words(number, size);
                assert_eq!(text.len(), size);
                assert!(!text.starts_with(' ') && !text.ends_with(' '), "{text:?}");
            }
        }
        assert_ne!(words(1, 100), words(2, 100));
    }
}
