//! Bits of entropy-coded data: reading with stuffing and restart markers, writing the same.

use super::error::{CUT_SHORT, damaged};
use crate::carrier::ReadError;

/// Reads the bits of one scan, most significant first; never past a marker.
pub(super) struct BitReader<'d> {
    data: &'d [u8],
    at: usize,
    buffer: u64,
    count: u32,
}

impl<'d> BitReader<'d> {
    pub(super) fn new(data: &'d [u8]) -> Self {
        Self { data, at: 0, buffer: 0, count: 0 }
    }

    /// Returns the next 16 bits without taking them; zeros stand for what is not there.
    pub(super) fn peek(&mut self) -> u16 {
        if self.count < 16 {
            self.refill();
        }
        let bits =
            if self.count < 16 { self.buffer << (16 - self.count) } else { self.buffer >> (self.count - 16) };
        let [low, high, ..] = bits.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// Takes bits that were looked at.
    ///
    /// # Errors
    /// When there are not as many.
    pub(super) fn take(&mut self, count: u8) -> Result<(), ReadError> {
        self.count = self.count.checked_sub(u32::from(count)).ok_or(CUT_SHORT)?;
        Ok(())
    }

    /// Returns the next bits as a number; at most 16.
    ///
    /// # Errors
    /// When there are not as many.
    pub(super) fn bits(&mut self, count: u8) -> Result<i32, ReadError> {
        if count == 0 {
            return Ok(0);
        }
        let value = self.peek() >> (16 - count);
        self.take(count)?;
        Ok(i32::from(value))
    }

    /// Drops the padding and steps over the restart marker with this number.
    ///
    /// # Errors
    /// When something else stands there.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), ReadError> {
        self.refill();
        if 8 <= self.count || self.data.get(self.at) != Some(&0xFF) {
            return Err(damaged("a restart marker is not where it belongs"));
        }
        while self.data.get(self.at) == Some(&0xFF) {
            self.at += 1;
        }
        if self.data.get(self.at) != Some(&(0xD0 | number)) {
            return Err(damaged("a restart marker is not where it belongs"));
        }
        self.at += 1;
        (self.buffer, self.count) = (0, 0);
        Ok(())
    }

    fn refill(&mut self) {
        while self.count <= 48 {
            let Some(&byte) = self.data.get(self.at) else { return };
            if byte != 0xFF {
                self.at += 1;
            } else if self.data.get(self.at + 1) == Some(&0) {
                self.at += 2;
            } else {
                return;
            }
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.count += 8;
        }
    }
}

/// Writes the bits of a scan behind what is there.
#[derive(Default)]
pub(super) struct BitWriter {
    pub(super) out: Vec<u8>,
    buffer: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the lowest bits of a number, at most 16.
    pub(super) fn bits(&mut self, value: u32, count: u8) {
        let mask = (1_u64 << count) - 1;
        self.buffer = self.buffer << count | (u64::from(value) & mask);
        self.count += u32::from(count);
        while 8 <= self.count {
            self.count -= 8;
            let [byte, ..] = (self.buffer >> self.count).to_le_bytes();
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
        self.buffer &= (1 << self.count) - 1;
    }

    /// Fills the last byte up with ones.
    pub(super) fn pad(&mut self) {
        if self.count != 0 {
            let [missing, ..] = (8 - self.count).to_le_bytes();
            self.bits(u32::MAX, missing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_with_stuffing_and_restarts() {
        let mut writer = BitWriter::default();
        let numbers: Vec<(u32, u8)> =
            (0..2_000_u32).map(|at| (at * 40_503 % 65_536, at.to_le_bytes()[0] % 17)).collect();
        for &(value, count) in &numbers {
            writer.bits(value, count);
        }
        writer.bits(u32::MAX, 16);
        writer.pad();
        writer.out.extend([0xFF, 0xD3]);
        writer.bits(5, 3);
        writer.pad();

        assert!(writer.out.windows(2).any(|pair| pair == [0xFF, 0]));
        let mut reader = BitReader::new(&writer.out);
        for (value, count) in numbers {
            let mask = (1_u32 << count) - 1;
            assert_eq!(reader.bits(count).map(i64::from), Ok(i64::from(value & mask)));
        }
        assert_eq!(reader.bits(16), Ok(0xFFFF));
        reader.restart(3).unwrap();
        assert_eq!(reader.bits(3), Ok(5));
        assert_eq!(reader.bits(5), Ok(31));
        assert_eq!(reader.bits(1), Err(CUT_SHORT));
    }

    #[test]
    fn another_restart_marker_is_refused() {
        assert!(BitReader::new(&[0xFF, 0xD1]).restart(0).is_err());
        assert!(BitReader::new(&[0xFF]).restart(0).is_err());
        assert!(BitReader::new(&[7, 0xFF, 0xD0]).restart(0).is_err());
    }
}
