//! Bytes from outside, bounded by their type; keys that must not be logged.

use std::fmt;
use std::ops::Deref;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::text::TooLong;

/// At most `MAX` bytes that mean nothing to this crate. Only their number is ever printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

/// A key of 32 bytes: wiped when dropped, compared in constant time, and never printed. It has one place in memory,
/// however often it is passed on.
#[derive(Clone)]
pub struct Secret32(Box<Zeroizing<[u8; 32]>>);

impl<const MAX: usize> Bytes<MAX> {
    /// Takes at most `MAX` bytes.
    ///
    /// # Errors
    /// [`TooLong`] with both lengths.
    pub fn new(bytes: Vec<u8>) -> Result<Self, TooLong> {
        if MAX < bytes.len() {
            return Err(TooLong { len: bytes.len(), max: MAX });
        }
        Ok(Self(bytes))
    }

    /// Returns the bytes.
    pub fn into_inner(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> Deref for Bytes<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Bytes<MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bytes({})", self.0.len())
    }
}

impl Secret32 {
    /// Takes a key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(key)))
    }

    /// Returns the key; the caller never logs it.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Secret32 {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for Secret32 {}

impl fmt::Debug for Secret32 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl<C, const MAX: usize> Encode<C> for Bytes<MAX> {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.bytes(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Bytes<MAX> {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes = decoder.bytes()?;
        if MAX < bytes.len() {
            return Err(decode::Error::message(TooLong { len: bytes.len(), max: MAX }));
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl<C> Encode<C> for Secret32 {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Secret32 {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        let bytes = decoder.bytes()?;
        if bytes.len() != key.len() {
            return Err(decode::Error::message("a key has 32 bytes"));
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_key_is_not_printed_and_neither_are_bytes() {
        let bytes = Bytes::<8>::new(b"secret".to_vec()).unwrap();
        assert_eq!(format!("{:?} {bytes:?}", Some(Secret32::new([7; 32]))), "Some(***) Bytes(6)");
    }

    #[test]
    fn keys_are_equal_when_their_bytes_are() {
        let mut other = [7; 32];
        other[31] ^= 1;
        assert_eq!(Secret32::new([7; 32]), Secret32::new([7; 32]));
        assert_ne!(Secret32::new([7; 32]), Secret32::new(other));
    }

    #[test]
    fn a_key_has_32_bytes_and_not_one_more_or_less() {
        for len in [0, 31, 32, 33] {
            let encoded = codec::encode(&Bytes::<64>::new(vec![7; len]).unwrap());
            assert_eq!(codec::decode::<Secret32>(&encoded).is_ok(), len == 32, "{len}");
        }
    }
}
