//! Huffman tables: decoding, encoding, and the best table for given counts.
//!
//! ITU-T T.81, annex C (codes from lengths), F.2.2.3 (decoding) and K.2 (lengths from counts).

use super::bits::BitReader;
use super::error::{CUT_SHORT, damaged};
use crate::carrier::ReadError;

/// A table as the file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    /// How many codes there are of each length, 1 to 16 bits.
    pub(super) lengths: [u8; 16],
    /// The symbols by growing code.
    pub(super) symbols: Vec<u8>,
}

/// How often each symbol is written.
pub(super) type Counts = [u32; 256];

impl Spec {
    /// Takes a table from the front of a DHT segment's rest.
    ///
    /// # Errors
    /// When it is cut or no prefix code.
    pub(super) fn parse(rest: &mut &[u8]) -> Result<Self, ReadError> {
        let (lengths, after) = rest.split_first_chunk::<16>().ok_or(CUT_SHORT)?;
        let total: usize = lengths.iter().map(|&count| usize::from(count)).sum();
        let (symbols, after) = after.split_at_checked(total).ok_or(CUT_SHORT)?;
        let spec = Self { lengths: *lengths, symbols: symbols.to_vec() };
        let mut room = 1_i64 << 16;
        for (code, length) in spec.codes() {
            room -= 1 << (16 - u32::from(length));
            // The symbols of a code that is too long for its lengths would be ambiguous.
            if room < 0 || u32::from(code) >> length != 0 {
                return Err(damaged("a Huffman table is none"));
            }
        }
        *rest = after;
        Ok(spec)
    }

    /// The table with the shortest output for these counts, no code longer than 16 bits and none of ones only.
    pub(super) fn best(counts: &Counts) -> Self {
        let mut sizes = [0_u8; 257];
        merge(counts, &mut sizes);
        let mut lengths = [0_u16; 257];
        for &size in sizes.iter().filter(|&&size| size != 0) {
            lengths[usize::from(size)] += 1;
        }
        shorten(&mut lengths);
        // The longest code belongs to the 257th symbol, which is there so that no code is all ones.
        if let Some(longest) = lengths.iter_mut().rev().find(|count| **count != 0) {
            *longest -= 1;
        }
        let mut order: Vec<u8> = (0..=u8::MAX).filter(|&symbol| sizes[usize::from(symbol)] != 0).collect();
        order.sort_by_key(|&symbol| sizes[usize::from(symbol)]);
        let lengths = std::array::from_fn(|at| u8::try_from(lengths[at + 1]).unwrap_or(u8::MAX));
        Self { lengths, symbols: order }
    }

    /// Whether every symbol that was counted has a code.
    pub(super) fn covers(&self, counts: &Counts) -> bool {
        let wanted = (0..=u8::MAX).filter(|&symbol| counts[usize::from(symbol)] != 0);
        wanted.into_iter().all(|symbol| self.symbols.contains(&symbol))
    }

    /// The codes and their lengths in the order of the symbols.
    fn codes(&self) -> impl Iterator<Item = (u16, u8)> {
        let mut code = 0_u32;
        let lengths = (1..=16_u8).zip(self.lengths);
        lengths.flat_map(move |(length, count)| {
            let first = code;
            code = (code + u32::from(count)) << 1;
            let saturate = |code| u16::try_from(code).unwrap_or(u16::MAX);
            (0..u32::from(count)).map(move |at| (saturate(first + at), length))
        })
    }
}

/// Builds the tree bottom up: the two rarest become one, ties go to the higher symbol, and all below get one longer.
fn merge(counts: &Counts, sizes: &mut [u8; 257]) {
    let mut weights: Vec<u64> = counts.iter().map(|&count| u64::from(count)).chain([1]).collect();
    let mut chains: Vec<Vec<usize>> = (0..257).map(|symbol| vec![symbol]).collect();
    let rarest = |weights: &[u64], except: Option<usize>| {
        let alive = (0..257).filter(|&at| weights[at] != 0 && Some(at) != except);
        alive.min_by_key(|&at| (weights[at], usize::MAX - at))
    };
    while let Some(first) = rarest(&weights, None) {
        let Some(second) = rarest(&weights, Some(first)) else { return };
        weights[first] += std::mem::take(&mut weights[second]);
        let moved = std::mem::take(&mut chains[second]);
        chains[first].extend(moved);
        for &symbol in &chains[first] {
            sizes[symbol] += 1;
        }
    }
}

/// Moves codes longer than 16 bits up, two at a time (figure K.3).
fn shorten(lengths: &mut [u16; 257]) {
    for long in (17..257).rev() {
        while lengths[long] != 0 {
            let Some(shorter) = (1..long - 1).rev().find(|&at| lengths[at] != 0) else { return };
            lengths[long] -= 2;
            lengths[long - 1] += 1;
            lengths[shorter + 1] += 2;
            lengths[shorter] -= 1;
        }
    }
}

const FAST: u32 = 9;

/// A table ready for reading.
pub(super) struct Decoder {
    /// By the next nine bits: the symbol and its code's length, 0 if it is longer.
    fast: Vec<(u8, u8)>,
    /// For each longer length: the first 16-bit value past its codes, the first code, and its symbol's index.
    slow: Vec<(u8, u32, u32, usize)>,
    symbols: Vec<u8>,
}

impl Decoder {
    pub(super) fn new(spec: &Spec) -> Self {
        let mut fast = vec![(0, 0); 1 << FAST];
        for (&symbol, (code, length)) in spec.symbols.iter().zip(spec.codes()) {
            if u32::from(length) <= FAST {
                let spread = 1 << (FAST - u32::from(length));
                let first = usize::from(code) * spread;
                fast[first..first + spread].fill((symbol, length));
            }
        }
        let mut slow = Vec::new();
        let (mut code, mut index) = (0_u32, 0);
        for (length, count) in (1..=16_u8).zip(spec.lengths) {
            let past = code + u32::from(count);
            if FAST < u32::from(length) && count != 0 {
                slow.push((length, past << (16 - length), code, index));
            }
            index += usize::from(count);
            code = past << 1;
        }
        Self { fast, slow, symbols: spec.symbols.clone() }
    }

    /// Reads one symbol.
    ///
    /// # Errors
    /// When the bits are no code or end.
    pub(super) fn read(&self, bits: &mut BitReader) -> Result<u8, ReadError> {
        let next = bits.peek();
        let (symbol, length) = self.fast[usize::from(next >> (16 - FAST))];
        if length != 0 {
            bits.take(length)?;
            return Ok(symbol);
        }
        let longer = self.slow.iter().find(|(_, past, _, _)| u32::from(next) < *past);
        let &(length, _, first, index) = longer.ok_or(damaged("its coefficients make no sense"))?;
        bits.take(length)?;
        let offset = (u32::from(next) >> (16 - length)).checked_sub(first);
        let symbol = offset.and_then(|offset| self.symbols.get(index + usize::try_from(offset).ok()?));
        symbol.copied().ok_or(damaged("its coefficients make no sense"))
    }
}

/// A table ready for writing: code and length by symbol, length 0 where there is none.
pub(super) struct Encoder(pub(super) [(u16, u8); 256]);

impl Encoder {
    pub(super) fn new(spec: &Spec) -> Self {
        let mut codes = [(0, 0); 256];
        for (&symbol, code) in spec.symbols.iter().zip(spec.codes()) {
            codes[usize::from(symbol)] = code;
        }
        Self(codes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::BitWriter;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_table_with_more_codes_than_bits_allow_is_refused() {
        let table = |lengths: &[(usize, u8)]| {
            let mut bytes = vec![0_u8; 16];
            lengths.iter().for_each(|&(length, count)| bytes[length - 1] = count);
            bytes.extend(0..=255_u8);
            Spec::parse(&mut bytes.as_slice())
        };
        assert!(table(&[(1, 2)]).is_ok());
        assert!(table(&[(1, 3)]).is_err());
        assert!(table(&[(1, 2), (16, 1)]).is_err());
        assert!(table(&[(8, 255), (16, 1)]).is_ok());
        assert_eq!(Spec::parse(&mut [0_u8; 15].as_slice()), Err(CUT_SHORT));
    }

    proptest! {
        #[test]
        fn the_best_table_reads_back_every_symbol_that_was_counted(
            weights in prop::collection::vec((any::<u8>(), 0_u32..30), 1..60)
        ) {
            // Powers of two make codes far longer than 16 bits before they are shortened.
            let mut counts = [0; 256];
            weights.iter().for_each(|&(symbol, power)| counts[usize::from(symbol)] = 1 << power);
            let best = Spec::best(&counts);
            prop_assert!(best.covers(&counts));
            let mut stated = best.lengths.to_vec();
            stated.extend(&best.symbols);
            prop_assert_eq!(&Spec::parse(&mut stated.as_slice()).unwrap(), &best);

            let (encoder, decoder) = (Encoder::new(&best), Decoder::new(&best));
            let mut writer = BitWriter::default();
            for &(symbol, _) in &weights {
                let (code, length) = encoder.0[usize::from(symbol)];
                prop_assert!(0 < length && length <= 16);
                prop_assert!(u32::from(code) != (1 << length) - 1, "all ones");
                writer.bits(u32::from(code), length);
            }
            writer.pad();
            let mut bits = BitReader::new(&writer.out);
            for &(symbol, _) in &weights {
                prop_assert_eq!(decoder.read(&mut bits).unwrap(), symbol);
            }
        }
    }
}
