//! The headers of a JPEG: what lies where, before any coefficient is read.
//!
//! A file is taken apart into pieces that are written back in the same order. Only entropy-coded data and Huffman tables
//! are ever made anew, so quantisation, sampling, restart intervals, scans, profiles and comments stay byte for byte.

use std::ops::Range;

use super::error::{CUT_SHORT, damaged};
use super::frame::{Component, Frame, Scan};
use super::huffman::Spec;
use crate::Limits;
use crate::carrier::ReadError;

/// More scans than any encoder makes; each costs a walk over the picture.
const MOST_SCANS: usize = 64;

/// One stretch of the file.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// A marker segment with its marker and length, kept as it is.
    Kept { marker: u8, range: Range<usize> },
    /// A segment of Huffman tables, by index.
    Tables(Range<usize>),
    /// A scan's header, then its data, by index.
    Scan { index: usize, header: Range<usize> },
}

/// A Huffman table and where it is loaded.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The byte with class and destination.
    pub(super) place: u8,
    pub(super) spec: Spec,
}

/// A file taken apart.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) frame: Frame,
    pub(super) pieces: Vec<Piece>,
    pub(super) tables: Vec<Table>,
    pub(super) scans: Vec<Scan>,
    /// The quantisation steps of the first component, in zigzag order.
    pub(super) steps: [u16; 64],
}

/// What was met so far.
struct Reader<'d> {
    data: &'d [u8],
    limits: &'d Limits,
    pieces: Vec<Piece>,
    tables: Vec<Table>,
    scans: Vec<Scan>,
    frame: Option<Frame>,
    /// Index of the table in force, by class and destination.
    loaded: [[Option<usize>; 4]; 2],
    quantisers: [Option<[u16; 64]>; 4],
    steps: Option<[u16; 64]>,
    restart: u16,
    beside: u64,
}

/// Takes a file apart without reading its coefficients.
///
/// # Errors
/// When it is no JPEG that can be read, or larger than the limits allow.
pub(super) fn take_apart(data: &[u8], limits: &Limits) -> Result<Layout, ReadError> {
    limits.check_file(data.len())?;
    if !data.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Err(ReadError::Unknown);
    }
    let mut reader = Reader {
        data,
        limits,
        pieces: Vec::new(),
        tables: Vec::new(),
        scans: Vec::new(),
        frame: None,
        loaded: [[None; 4]; 2],
        quantisers: [None; 4],
        steps: None,
        restart: 0,
        beside: 0,
    };
    let mut at = 2;
    while let Some(next) = reader.segment(at)? {
        at = next;
    }
    let (Some(frame), Some(steps)) = (reader.frame, reader.steps) else {
        return Err(CUT_SHORT);
    };
    let Reader { pieces, tables, scans, .. } = reader;
    Ok(Layout { frame, pieces, tables, scans, steps })
}

impl Reader<'_> {
    /// Reads the segment at this place; returns where the next one begins, nothing after the last.
    fn segment(&mut self, start: usize) -> Result<Option<usize>, ReadError> {
        let mut at = start;
        if at == self.data.len() && !self.scans.is_empty() {
            // Without the end marker, but with all scans: common and harmless.
            return Ok(None);
        }
        if self.data.get(at) != Some(&0xFF) {
            return Err(if self.data.len() <= at {
                CUT_SHORT
            } else {
                damaged("its segments do not follow each other")
            });
        }
        while self.data.get(at) == Some(&0xFF) {
            at += 1;
        }
        let marker = *self.data.get(at).ok_or(CUT_SHORT)?;
        if marker == 0xD9 {
            return Ok(None);
        }
        let length = self.data.get(at + 1..at + 3).ok_or(CUT_SHORT)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let end = at + 1 + length;
        let body = self.data.get(at + 3..end).ok_or(CUT_SHORT)?;
        let range = at - 1..end;
        match marker {
            0xC4 => self.huffman(body)?,
            0xDA => return self.scan(body, range).map(Some),
            _ => {
                self.kept(marker, body)?;
                self.pieces.push(Piece::Kept { marker, range });
            }
        }
        Ok(Some(end))
    }

    /// Reads what we need of a segment that stays as it is.
    fn kept(&mut self, marker: u8, body: &[u8]) -> Result<(), ReadError> {
        match marker {
            0xC0..=0xC2 => self.start_frame(marker, body)?,
            0xDB => self.quantiser(body)?,
            0xDD => {
                let &[high, low] = body else { return Err(damaged("its restart interval makes no sense")) };
                self.restart = u16::from_be_bytes([high, low]);
            }
            0xE0..=0xEF | 0xFE => {
                self.beside += body.len() as u64;
                self.limits.check_metadata(self.beside)?;
            }
            0xC3 | 0xC7 => return Err(ReadError::Unsupported("lossless JPEGs are not supported")),
            0xC5 | 0xC6 => {
                return Err(ReadError::Unsupported("JPEGs of several resolutions are not supported"));
            }
            0xC8..=0xCF => {
                return Err(ReadError::Unsupported("JPEGs with arithmetic coding are not supported"));
            }
            0xDC => {
                return Err(ReadError::Unsupported(
                    "JPEGs that tell their height after the picture are not supported",
                ));
            }
            _ => return Err(damaged("a marker is not where it belongs")),
        }
        Ok(())
    }

    fn start_frame(&mut self, marker: u8, body: &[u8]) -> Result<(), ReadError> {
        if self.frame.is_some() {
            return Err(damaged("it has two frames"));
        }
        let frame = Frame::parse(marker == 0xC2, body)?;
        // One byte for each sample of the picture, as for other formats; we hold two for a coefficient.
        let components = u32::try_from(frame.components.len()).unwrap_or(4);
        self.limits.check_picture(u32::from(frame.width), u32::from(frame.height), 8 * components)?;
        self.frame = Some(frame);
        Ok(())
    }

    fn quantiser(&mut self, mut body: &[u8]) -> Result<(), ReadError> {
        while let Some((&head, rest)) = body.split_first() {
            let place = usize::from(head & 15);
            let width = match head >> 4 {
                0 => 1,
                1 => 2,
                _ => return Err(damaged("a quantisation table is missing or makes no sense")),
            };
            let (steps, after) = rest.split_at_checked(64 * width).ok_or(CUT_SHORT)?;
            let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte));
            let steps = std::array::from_fn(|at| number(&steps[at * width..(at + 1) * width]));
            let slot = self
                .quantisers
                .get_mut(place)
                .ok_or(damaged("a quantisation table is missing or makes no sense"))?;
            *slot = Some(steps);
            body = after;
        }
        Ok(())
    }

    fn huffman(&mut self, mut body: &[u8]) -> Result<(), ReadError> {
        let first = self.tables.len();
        while let Some((&place, rest)) = body.split_first() {
            body = rest;
            let spec = Spec::parse(&mut body)?;
            let classes = self.loaded.get_mut(usize::from(place >> 4));
            let slot = classes.and_then(|class| class.get_mut(usize::from(place & 15)));
            *slot.ok_or(damaged("a Huffman table is none"))? = Some(self.tables.len());
            self.tables.push(Table { place, spec });
        }
        // Four places of two classes, once for each scan, is more than any encoder loads.
        if 8 * MOST_SCANS < self.tables.len() {
            return Err(damaged("it has too many Huffman tables"));
        }
        self.pieces.push(Piece::Tables(first..self.tables.len()));
        Ok(())
    }

    /// Reads a scan's header and finds its end.
    fn scan(&mut self, body: &[u8], header: Range<usize>) -> Result<usize, ReadError> {
        let frame = self.frame.as_mut().ok_or(damaged("it has a scan before its frame"))?;
        if self.scans.len() == MOST_SCANS {
            return Err(ReadError::Unsupported("JPEGs of more than 64 scans are not supported"));
        }
        let data = header.end..header.end + entropy_len(&self.data[header.end..]);
        let scan = Scan::parse(frame, body, &self.loaded, self.restart, data)?;
        if self.steps.is_none() && scan.parts.iter().any(|part| part.component == 0) {
            let place = usize::from(frame.components[0].quantiser);
            self.steps = self.quantisers.get(place).copied().flatten();
            self.steps.ok_or(damaged("a quantisation table is missing or makes no sense"))?;
        }
        let end = scan.data.end;
        self.pieces.push(Piece::Scan { index: self.scans.len(), header });
        self.scans.push(scan);
        Ok(end)
    }
}

impl Layout {
    /// The component that carries: brightness, or the only one.
    pub(super) fn first(&self) -> &Component {
        &self.frame.components[0]
    }
}

/// How many bytes there are up to the next marker that is no restart.
fn entropy_len(data: &[u8]) -> usize {
    let markers =
        data.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF));
    markers.unwrap_or(data.len())
}
