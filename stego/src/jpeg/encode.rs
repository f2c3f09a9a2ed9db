//! Writes a JPEG again with other coefficients: same segments, same scans, new entropy-coded data.

use super::decode::Blocks;
use super::error::damaged;
use super::frame::{Scan, Step};
use super::huffman::{Counts, Encoder, Spec};
use super::layout::{Layout, Piece};
use super::metadata;
use super::progressive::{self, BandWriter};
use super::sequential;
use super::sink::{Counter, Sink, Writer};
use crate::carrier::{Location, ReadError};

/// How often each symbol of each table is needed for these coefficients.
///
/// # Errors
/// When a scan names a table that the file has not.
pub(super) fn count(layout: &Layout, blocks: &Blocks) -> Result<Vec<Counts>, ReadError> {
    let mut counts = vec![[0; 256]; layout.tables.len()];
    for scan in &layout.scans {
        put_scan(layout, scan, blocks, &mut Counter(&mut counts))?;
    }
    Ok(counts)
}

/// The tables for new coefficients.
///
/// An encoder that made the best table for its picture would have made the best one for the changed picture; a fixed
/// table stays as long as it has all symbols. So the result is what the same encoder would have written.
pub(super) fn tables(layout: &Layout, old: &[Counts], new: &[Counts]) -> Vec<Spec> {
    let tables = layout.tables.iter().zip(old).zip(new);
    let choose = tables.map(|((table, old), new)| {
        let unused = new.iter().all(|&count| count == 0);
        let was_best = || table.spec == Spec::best(old);
        if unused || (table.spec.covers(new) && !was_best()) { table.spec.clone() } else { Spec::best(new) }
    });
    choose.collect()
}

/// Writes the file.
///
/// # Errors
/// When a scan names a table that the file has not.
pub(super) fn encode(
    layout: &Layout,
    data: &[u8],
    blocks: &Blocks,
    specs: &[Spec],
    location: Location,
) -> Result<Vec<u8>, ReadError> {
    let encoders: Vec<Encoder> = specs.iter().map(Encoder::new).collect();
    let mut out = Vec::with_capacity(data.len() + data.len() / 16);
    out.extend([0xFF, 0xD8]);
    for piece in &layout.pieces {
        match piece {
            Piece::Kept { marker, range } => {
                if let Some(segment) = metadata::kept(*marker, &data[range.clone()], location) {
                    out.extend(segment.iter());
                }
            }
            Piece::Tables(range) => {
                let mut body = Vec::new();
                for (table, spec) in layout.tables[range.clone()].iter().zip(&specs[range.clone()]) {
                    body.push(table.place);
                    body.extend(spec.lengths);
                    body.extend(&spec.symbols);
                }
                let length = u16::try_from(body.len() + 2).map_err(|_| damaged("a Huffman table is none"))?;
                out.extend([0xFF, 0xC4]);
                out.extend(length.to_be_bytes());
                out.extend(body);
            }
            Piece::Scan { index, header } => {
                out.extend(&data[header.clone()]);
                let mut writer = Writer { encoders: &encoders, to: Default::default() };
                writer.to.out = out;
                put_scan(layout, &layout.scans[*index], blocks, &mut writer)?;
                writer.to.pad();
                out = writer.to.out;
            }
        }
    }
    out.extend([0xFF, 0xD9]);
    Ok(out)
}

fn put_scan(layout: &Layout, scan: &Scan, blocks: &Blocks, sink: &mut impl Sink) -> Result<(), ReadError> {
    let missing = || damaged("a scan names Huffman tables that are not there");
    let (frame, low) = (&layout.frame, scan.low);
    if frame.progressive && scan.from != 0 {
        let table = scan.parts.first().and_then(|part| part.ac).ok_or_else(missing)?;
        let mut bands = BandWriter::new(sink, table);
        frame.walk(scan, |step| {
            match step {
                Step::Restart(number) => bands.restart(number),
                Step::Block { component, block, .. } => {
                    let band = &blocks[component][block][scan.from..=scan.to];
                    if scan.refines { bands.refine(low, band) } else { bands.first(low, band) }
                }
            }
            Ok(())
        })?;
        bands.flush();
        return Ok(());
    }
    let mut before = [0; 4];
    frame.walk(scan, |step| {
        match step {
            Step::Restart(number) => {
                before = [0; 4];
                sink.restart(number);
            }
            Step::Block { part, component, block } => {
                let block = &blocks[component][block];
                let (dc, ac) = (scan.parts[part].dc, scan.parts[part].ac);
                let before = &mut before[part];
                match (frame.progressive, scan.refines) {
                    (false, _) => {
                        let tables = [dc.ok_or_else(missing)?, ac.ok_or_else(missing)?];
                        sequential::write(sink, tables, before, block);
                    }
                    (true, false) => {
                        progressive::write_dc(sink, dc.ok_or_else(missing)?, low, before, block);
                    }
                    (true, true) => progressive::write_dc_bit(sink, low, block),
                }
            }
        }
        Ok(())
    })
}
