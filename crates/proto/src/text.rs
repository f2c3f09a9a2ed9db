//! Text and lists from outside, bounded by their type; text that must not be logged.

use std::fmt;
use std::ops::Deref;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// UTF-8 text of at most `MAX` bytes. What it may contain is for the domain to say.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// A list of at most `MAX` items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T, const MAX: usize>(Vec<T>);

/// A password or code: bounded, wiped when dropped, compared in constant time, and never printed.
#[derive(Clone)]
pub struct Secret<const MAX: usize>(Zeroizing<String>);

/// Text or a list that is longer than its place allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("length is {len}, the limit is {max}")]
pub struct TooLong {
    /// What came: bytes of a text, items of a list.
    pub len: usize,
    /// What is allowed.
    pub max: usize,
}

impl<const MAX: usize> Text<MAX> {
    /// Takes text of at most `MAX` bytes.
    ///
    /// # Errors
    /// [`TooLong`] with both lengths in bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, TooLong> {
        let text = text.into();
        if MAX < text.len() {
            return Err(TooLong { len: text.len(), max: MAX });
        }
        Ok(Self(text))
    }

    /// Takes as much of the text as fits, cut at a character border: for our own explanations.
    #[must_use]
    pub fn cut(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(MAX)].to_owned())
    }

    /// Returns the text.
    pub fn into_inner(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<T, const MAX: usize> List<T, MAX> {
    /// Takes a list of at most `MAX` items.
    ///
    /// # Errors
    /// [`TooLong`] with both counts.
    pub fn new(items: Vec<T>) -> Result<Self, TooLong> {
        if MAX < items.len() {
            return Err(TooLong { len: items.len(), max: MAX });
        }
        Ok(Self(items))
    }

    /// Returns the items.
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<const MAX: usize> Secret<MAX> {
    /// Takes a secret of at most `MAX` bytes.
    ///
    /// # Errors
    /// [`TooLong`] with both lengths in bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, TooLong> {
        let text = Zeroizing::new(text.into());
        if MAX < text.len() {
            return Err(TooLong { len: text.len(), max: MAX });
        }
        Ok(Self(text))
    }

    /// Returns the secret; the caller never logs or stores it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> PartialEq for Secret<MAX> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl<const MAX: usize> Eq for Secret<MAX> {}

impl<const MAX: usize> fmt::Debug for Secret<MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl<C, const MAX: usize> Encode<C> for Text<MAX> {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.str(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Text<MAX> {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let text = decoder.str()?;
        bound(text.len(), MAX)?;
        Ok(Self(text.to_owned()))
    }
}

impl<C, const MAX: usize> Encode<C> for Secret<MAX> {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.str(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Secret<MAX> {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let text = decoder.str()?;
        bound(text.len(), MAX)?;
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl<C, T: Encode<C>, const MAX: usize> Encode<C> for List<T, MAX> {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        self.0.encode(encoder, context)
    }
}

impl<'b, C, T: Decode<'b, C>, const MAX: usize> Decode<'b, C> for List<T, MAX> {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        let Some(count) = decoder.array()? else {
            return Err(decode::Error::message("list without a length"));
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        bound(count, MAX)?;
        (0..count).map(|_| T::decode(decoder, context)).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

fn bound(len: usize, max: usize) -> Result<(), decode::Error> {
    if max < len {
        return Err(decode::Error::message(TooLong { len, max }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::<32>::new("correct horse").unwrap();
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "*** Some(***)");
    }

    #[test]
    fn secrets_are_equal_when_their_text_is() {
        let secret = |text: &str| Secret::<32>::new(text).unwrap();
        assert_eq!(secret("horse"), secret("horse"));
        assert_ne!(secret("horse"), secret("house"));
        assert_ne!(secret("horse"), secret("horses"));
    }

    #[test]
    fn text_is_cut_at_the_border_of_a_character() {
        assert_eq!(&*Text::<4>::cut("a👍"), "a");
        assert_eq!(&*Text::<5>::cut("a👍"), "a👍");
    }
}
