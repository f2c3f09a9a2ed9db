//! Writes bits into samples and reads them back: keyed positions, trellis codes, two layers.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are bounded by the samples of a picture and by the height of the code; each cast says by which"
)]

pub(crate) mod body;
pub(crate) mod columns;
pub(crate) mod layers;
pub(crate) mod plain;
pub(crate) mod plan;
pub(crate) mod spread;
pub(crate) mod trellis;

/// Bytes as bits, the highest first.
pub(crate) fn to_bits(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| (0..8).rev().map(move |shift| byte >> shift & 1)).collect()
}

/// Bits as bytes; a last incomplete byte is dropped.
pub(crate) fn to_bytes(bits: &[u8]) -> Vec<u8> {
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_bytes_are_the_same_both_ways() {
        let bytes = [0x80, 0x01, 0xa5, 0xff];
        assert_eq!(to_bits(&bytes)[..9], [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(to_bytes(&to_bits(&bytes)), bytes);
    }
}
