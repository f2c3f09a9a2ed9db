//! The geometry of a JPEG: components, their blocks, and the order in which a scan visits them.

use std::ops::Range;

use super::error::{CUT_SHORT, damaged};
use crate::carrier::ReadError;

/// The picture as its frame header describes it.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) components: Vec<Component>,
    /// Columns and rows of units that hold one group of each component's blocks.
    units: (usize, usize),
}

/// One component: brightness or a colour.
#[derive(Debug, Clone)]
pub(super) struct Component {
    id: u8,
    /// Blocks of a unit, across and down.
    sampling: (usize, usize),
    pub(super) quantiser: u8,
    /// Blocks that show something, across and down.
    pub(super) real: (usize, usize),
    /// Blocks across with the filling up to whole units.
    pub(super) across: usize,
    /// All blocks with the filling.
    pub(super) blocks: usize,
    /// For each coefficient, in zigzag order, the lowest bit that scans have brought; none before the first.
    brought: [Option<u8>; 64],
}

/// One scan: which coefficients of which components it brings.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) parts: Vec<Part>,
    /// First and last coefficient in zigzag order.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it makes coefficients finer that earlier scans brought.
    pub(super) refines: bool,
    /// The lowest bit it brings.
    pub(super) low: u8,
    /// Units between restart markers, 0 for none.
    pub(super) restart: u16,
    pub(super) data: Range<usize>,
}

/// A component within a scan, with the tables in force.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) component: usize,
    pub(super) dc: Option<usize>,
    pub(super) ac: Option<usize>,
}

/// What comes next in a scan.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A restart marker with this number; predictions begin anew.
    Restart(u8),
    /// A block of the scan's part `part`.
    Block { part: usize, component: usize, block: usize },
}

impl Frame {
    /// Reads the body of a frame header.
    ///
    /// # Errors
    /// When it contradicts itself or asks for what we do not read.
    pub(super) fn parse(progressive: bool, body: &[u8]) -> Result<Self, ReadError> {
        let &[precision, h1, h0, w1, w0, count, ref rest @ ..] = body else { return Err(CUT_SHORT) };
        if precision != 8 {
            return Err(ReadError::Unsupported("JPEGs with more than 8 bits are not supported"));
        }
        let (height, width) = (u16::from_be_bytes([h1, h0]), u16::from_be_bytes([w1, w0]));
        if height == 0 {
            return Err(ReadError::Unsupported(
                "JPEGs that tell their height after the picture are not supported",
            ));
        }
        if width == 0 || !(1..=4).contains(&count) || rest.len() != 3 * usize::from(count) {
            return Err(damaged("its frame header makes no sense"));
        }
        let samplings =
            rest.chunks_exact(3).map(|part| (usize::from(part[1] >> 4), usize::from(part[1] & 15)));
        let samplings: Vec<_> = samplings.collect();
        if samplings.iter().any(|(across, down)| !(1..=4).contains(across) || !(1..=4).contains(down)) {
            return Err(damaged("its sampling makes no sense"));
        }
        let widest = samplings.iter().map(|sampling| sampling.0).max().unwrap_or(1);
        let tallest = samplings.iter().map(|sampling| sampling.1).max().unwrap_or(1);
        let (columns, rows) = (usize::from(width), usize::from(height));
        let units = (columns.div_ceil(8 * widest), rows.div_ceil(8 * tallest));
        let components = rest.chunks_exact(3).zip(samplings).map(|(part, sampling)| {
            let across = units.0 * sampling.0;
            Component {
                id: part[0],
                sampling,
                quantiser: part[2],
                real: (
                    (columns * sampling.0).div_ceil(8 * widest),
                    (rows * sampling.1).div_ceil(8 * tallest),
                ),
                across,
                blocks: across * units.1 * sampling.1,
                brought: [None; 64],
            }
        });
        Ok(Self { progressive, width, height, components: components.collect(), units })
    }

    /// Calls `visit` for each block of a scan in its order, and for each restart between.
    ///
    /// # Errors
    /// What `visit` returns.
    pub(super) fn walk(
        &self,
        scan: &Scan,
        mut visit: impl FnMut(Step) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let mut passed = 0_usize;
        let interval = usize::from(scan.restart);
        let mut before_unit = |visit: &mut dyn FnMut(Step) -> Result<(), ReadError>| {
            let (is_due, number) = match passed.checked_rem(interval) {
                Some(0) if passed != 0 => (true, passed / interval - 1),
                _ => (false, 0),
            };
            passed += 1;
            let [number, ..] = number.to_le_bytes();
            if is_due { visit(Step::Restart(number & 7)) } else { Ok(()) }
        };
        if let [part] = scan.parts.as_slice() {
            let component = &self.components[part.component];
            for row in 0..component.real.1 {
                for column in 0..component.real.0 {
                    before_unit(&mut visit)?;
                    let block = row * component.across + column;
                    visit(Step::Block { part: 0, component: part.component, block })?;
                }
            }
            return Ok(());
        }
        for unit in 0..self.units.0 * self.units.1 {
            before_unit(&mut visit)?;
            let (column, row) = (unit % self.units.0, unit / self.units.0);
            for (index, part) in scan.parts.iter().enumerate() {
                let component = &self.components[part.component];
                let (across, down) = component.sampling;
                for at in 0..across * down {
                    let block = (row * down + at / across) * component.across + column * across + at % across;
                    visit(Step::Block { part: index, component: part.component, block })?;
                }
            }
        }
        Ok(())
    }

    /// Checks that the scans brought something of every coefficient, and every bit of the first component's.
    pub(super) fn is_complete(&self) -> Result<(), ReadError> {
        if self.components.iter().any(|component| component.brought.contains(&None)) {
            return Err(CUT_SHORT);
        }
        if self.components[0].brought != [Some(0); 64] {
            return Err(ReadError::Unsupported(
                "this progressive JPEG leaves out the finest details, where messages are hidden",
            ));
        }
        Ok(())
    }
}

impl Scan {
    /// Reads the body of a scan header and notes what the scan brings.
    ///
    /// # Errors
    /// When it contradicts the frame or the scans before it.
    pub(super) fn parse(
        frame: &mut Frame,
        body: &[u8],
        loaded: &[[Option<usize>; 4]; 2],
        restart: u16,
        data: Range<usize>,
    ) -> Result<Self, ReadError> {
        let senseless = damaged("a scan header makes no sense");
        let (&count, rest) = body.split_first().ok_or(CUT_SHORT)?;
        let (parts, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(CUT_SHORT)?;
        let &[from, to, bits] = rest else { return Err(senseless) };
        let parts = parts.chunks_exact(2).map(|part| {
            let component = frame.components.iter().position(|component| component.id == part[0]);
            let table = |class: usize, place: u8| loaded[class].get(usize::from(place)).copied().flatten();
            let component = component.ok_or(damaged("a scan header makes no sense"))?;
            Ok(Part { component, dc: table(0, part[1] >> 4), ac: table(1, part[1] & 15) })
        });
        let parts: Vec<Part> = parts.collect::<Result<_, ReadError>>()?;
        let (high, low) = (bits >> 4, bits & 15);
        let range = usize::from(from)..=usize::from(to);
        let fits = if frame.progressive {
            // DC alone, or some AC of one component; refining goes bit by bit.
            (to == 0 || (from != 0 && parts.len() == 1)) && low <= 10 && (high == 0 || high == low + 1)
        } else {
            (from, to, bits) == (0, 63, 0)
        };
        if !fits || from > to || 63 < to || parts.is_empty() || 4 < parts.len() {
            return Err(senseless);
        }
        let expected = (high != 0).then_some(high);
        for part in &parts {
            let brought = &mut frame.components[part.component].brought[range.clone()];
            if brought.iter().any(|before| *before != expected) {
                return Err(damaged("its scans come in no order"));
            }
            brought.fill(Some(low));
        }
        Ok(Self { parts, from: *range.start(), to: *range.end(), refines: high != 0, low, restart, data })
    }
}
