//! Blocks of progressive scans (ITU-T T.81, G.1.2 and G.2).

use super::bits::BitReader;
use super::huffman::Decoder;
use super::sequential::{Block, DAMAGED, dc_value, read_difference, write_difference};
use super::sink::{Sink, category, extend};
use crate::carrier::ReadError;

/// The most blocks that one end-of-band symbol stands for.
const LONGEST_RUN: u32 = 0x7FFF;

/// Correction bits that may wait behind such a run; libjpeg's bound, so that we write what it would.
const MOST_PENDING: usize = 1000 - 63;

/// Reads the first bits of a DC value.
pub(super) fn read_dc(
    bits: &mut BitReader,
    table: &Decoder,
    low: u8,
    before: &mut i32,
    block: &mut Block,
) -> Result<(), ReadError> {
    *before += read_difference(bits, table)?;
    // In range before it is scaled, so that scaling cannot overflow.
    block[0] = dc_value(i32::from(dc_value(*before)?) << low)?;
    Ok(())
}

/// Reads one more bit of a DC value.
pub(super) fn refine_dc(bits: &mut BitReader, low: u8, block: &mut Block) -> Result<(), ReadError> {
    if bits.bits(1)? == 1 {
        block[0] |= 1 << low;
    }
    Ok(())
}

/// Writes the first bits of a DC value.
pub(super) fn write_dc(sink: &mut impl Sink, table: usize, low: u8, before: &mut i32, block: &Block) {
    write_difference(sink, table, before, i32::from(block[0] >> low));
}

/// Writes one more bit of a DC value.
pub(super) fn write_dc_bit(sink: &mut impl Sink, low: u8, block: &Block) {
    sink.bits(u32::from(block[0].cast_unsigned() >> low & 1), 1);
}

/// Reads AC bands; remembers the run of blocks that end early.
#[derive(Default)]
pub(super) struct BandReader {
    ended: u32,
}

impl BandReader {
    /// Forgets the run at a restart.
    pub(super) fn restart(&mut self) {
        self.ended = 0;
    }

    /// Reads the first bits of a band: `band` holds only its coefficients.
    pub(super) fn first(
        &mut self,
        bits: &mut BitReader,
        table: &Decoder,
        low: u8,
        band: &mut [i16],
    ) -> Result<(), ReadError> {
        if self.ended != 0 {
            self.ended -= 1;
            return Ok(());
        }
        let mut at = 0;
        while at < band.len() {
            let symbol = table.read(bits)?;
            let (run, category) = (symbol >> 4, symbol & 15);
            match (run, category) {
                (15, 0) => at += 16,
                (_, 0) => {
                    self.ended = run_length(bits, run)? - 1;
                    break;
                }
                (_, 1..=10) => {
                    at += usize::from(run);
                    let value = extend(bits.bits(category)?, category) << low;
                    let value = i16::try_from(value).ok().filter(|value| (-1023..=1023).contains(value));
                    *band.get_mut(at).ok_or(DAMAGED)? = value.ok_or(DAMAGED)?;
                    at += 1;
                }
                _ => return Err(DAMAGED),
            }
        }
        Ok(())
    }

    /// Reads one more bit of a band's coefficients.
    pub(super) fn refine(
        &mut self,
        bits: &mut BitReader,
        table: &Decoder,
        low: u8,
        band: &mut [i16],
    ) -> Result<(), ReadError> {
        let mut rest = band.iter_mut();
        while self.ended == 0 && rest.len() != 0 {
            let symbol = table.read(bits)?;
            let (mut zeros, category) = (symbol >> 4, symbol & 15);
            let fresh = match (zeros, category) {
                (15, 0) => 0,
                (_, 0) => {
                    self.ended = run_length(bits, zeros)?;
                    break;
                }
                (_, 1) => {
                    if bits.bits(1)? == 1 {
                        1 << low
                    } else {
                        -(1 << low)
                    }
                }
                _ => return Err(DAMAGED),
            };
            // The new coefficient comes after that many zeros; others on the way get their bit.
            loop {
                let value = rest.next().ok_or(DAMAGED)?;
                if *value != 0 {
                    correct(bits, low, value)?;
                } else if zeros == 0 {
                    *value = fresh;
                    break;
                } else {
                    zeros -= 1;
                }
            }
        }
        if self.ended != 0 {
            for value in rest.filter(|value| **value != 0) {
                correct(bits, low, value)?;
            }
            self.ended -= 1;
        }
        Ok(())
    }
}

fn run_length(bits: &mut BitReader, power: u8) -> Result<u32, ReadError> {
    Ok((1 << power) + bits.bits(power)?.unsigned_abs())
}

/// Gives a coefficient its next bit, away from zero.
fn correct(bits: &mut BitReader, low: u8, value: &mut i16) -> Result<(), ReadError> {
    if bits.bits(1)? == 1 {
        *value += value.signum() << low;
        if 1023 < value.abs() {
            return Err(DAMAGED);
        }
    }
    Ok(())
}

/// Writes AC bands; gathers the run of blocks that end early and the bits that follow it.
pub(super) struct BandWriter<'s, S: Sink> {
    sink: &'s mut S,
    table: usize,
    ended: u32,
    pending: Vec<u8>,
}

impl<'s, S: Sink> BandWriter<'s, S> {
    pub(super) fn new(sink: &'s mut S, table: usize) -> Self {
        Self { sink, table, ended: 0, pending: Vec::new() }
    }

    /// Writes the first bits of a band.
    pub(super) fn first(&mut self, low: u8, band: &[i16]) {
        let mut run = 0_u8;
        for &value in band {
            let magnitude = u32::from(value.unsigned_abs() >> low);
            if magnitude == 0 {
                run += 1;
                continue;
            }
            self.flush();
            while 15 < run {
                self.sink.symbol(self.table, 0xF0);
                run -= 16;
            }
            let category = category(magnitude);
            self.sink.symbol(self.table, run << 4 | category);
            self.sink.bits(if value < 0 { !magnitude } else { magnitude }, category);
            run = 0;
        }
        if run != 0 {
            self.end_band(Vec::new());
        }
    }

    /// Writes one more bit of a band's coefficients.
    pub(super) fn refine(&mut self, low: u8, band: &[i16]) {
        let magnitude = |value: &i16| value.unsigned_abs() >> low;
        let last_fresh = band.iter().rposition(|value| magnitude(value) == 1);
        let mut run = 0_u8;
        let mut corrections = Vec::new();
        for (at, value) in band.iter().enumerate() {
            let magnitude = magnitude(value);
            if magnitude == 0 {
                run += 1;
                continue;
            }
            while 15 < run && Some(at) <= last_fresh {
                self.flush();
                self.sink.symbol(self.table, 0xF0);
                run -= 16;
                self.emit(std::mem::take(&mut corrections));
            }
            if magnitude > 1 {
                corrections.push(u8::from(magnitude & 1 == 1));
                continue;
            }
            self.flush();
            self.sink.symbol(self.table, run << 4 | 1);
            self.sink.bits(u32::from(0 < *value), 1);
            self.emit(std::mem::take(&mut corrections));
            run = 0;
        }
        if run != 0 || !corrections.is_empty() {
            self.end_band(corrections);
        }
    }

    /// Ends the run, then begins anew behind a marker.
    pub(super) fn restart(&mut self, number: u8) {
        self.flush();
        self.sink.restart(number);
    }

    /// Writes the run that is open, and the bits that wait behind it.
    pub(super) fn flush(&mut self) {
        if self.ended == 0 {
            return;
        }
        let power = category(self.ended) - 1;
        self.sink.symbol(self.table, power << 4);
        self.sink.bits(self.ended, power);
        self.ended = 0;
        let pending = std::mem::take(&mut self.pending);
        self.emit(pending);
    }

    fn end_band(&mut self, corrections: Vec<u8>) {
        self.ended += 1;
        self.pending.extend(corrections);
        if self.ended == LONGEST_RUN || MOST_PENDING < self.pending.len() {
            self.flush();
        }
    }

    fn emit(&mut self, bits: Vec<u8>) {
        bits.into_iter().for_each(|bit| self.sink.bits(u32::from(bit), 1));
    }
}
