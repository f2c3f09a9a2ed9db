//! Reads all coefficients of a JPEG that was taken apart.

use super::bits::BitReader;
use super::error::damaged;
use super::frame::{Scan, Step};
use super::huffman::Decoder;
use super::layout::Layout;
use super::progressive::{self, BandReader};
use super::sequential::{self, Block, DAMAGED};
use crate::carrier::ReadError;

/// Blocks of each component, row by row, filling included.
pub(super) type Blocks = Vec<Vec<Block>>;

/// Reads the coefficients.
///
/// # Errors
/// When the data contradicts the headers or ends early.
pub(super) fn decode(layout: &Layout, data: &[u8]) -> Result<Blocks, ReadError> {
    let components = layout.frame.components.iter();
    let mut blocks: Blocks = components.map(|component| vec![[0; 64]; component.blocks]).collect();
    for scan in &layout.scans {
        read_scan(layout, scan, &data[scan.data.clone()], &mut blocks)?;
    }
    layout.frame.is_complete()?;
    Ok(blocks)
}

fn read_scan(layout: &Layout, scan: &Scan, data: &[u8], blocks: &mut Blocks) -> Result<(), ReadError> {
    let mut bits = BitReader::new(data);
    let mut before = [0; 4];
    let mut bands = BandReader::default();
    let decoder = |index: Option<usize>| index.map(|index| Decoder::new(&layout.tables[index].spec));
    let tables: Vec<_> = scan.parts.iter().map(|part| [decoder(part.dc), decoder(part.ac)]).collect();
    let missing = || damaged("a scan names Huffman tables that are not there");
    let (progressive, low, from) = (layout.frame.progressive, scan.low, scan.from);
    layout.frame.walk(scan, |step| {
        let (part, component, at) = match step {
            Step::Restart(number) => {
                before = [0; 4];
                bands.restart();
                return bits.restart(number);
            }
            Step::Block { part, component, block } => (part, component, block),
        };
        let block = blocks[component].get_mut(at).ok_or(DAMAGED)?;
        let [dc, ac] = [&tables[part][0], &tables[part][1]].map(|table| table.as_ref().ok_or_else(missing));
        match (progressive, from, scan.refines) {
            (false, ..) => sequential::read(&mut bits, [dc?, ac?], &mut before[part], block),
            (true, 0, false) => progressive::read_dc(&mut bits, dc?, low, &mut before[part], block),
            (true, 0, true) => progressive::refine_dc(&mut bits, low, block),
            (true, _, false) => bands.first(&mut bits, ac?, low, &mut block[from..=scan.to]),
            (true, _, true) => bands.refine(&mut bits, ac?, low, &mut block[from..=scan.to]),
        }
    })
}
