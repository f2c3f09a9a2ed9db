//! The header of a PNG: sides, depth, colours, interlacing, and the passes that follow from them.

use super::super::ReadError;
use super::super::pixels::Layout;
use super::damaged;
use crate::Limits;

/// What the first chunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a value.
    pub(super) depth: u8,
    pub(super) colour: Colour,
    pub(super) interlaced: bool,
}

/// What a pixel consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Gray,
    Rgb,
    Palette,
    GrayAlpha,
    Rgba,
}

impl Header {
    /// Reads the header and checks it against the format and the limits.
    pub(super) fn parse(data: &[u8], limits: &Limits) -> Result<Self, ReadError> {
        let Some((sides, [depth, colour, 0, 0, interlace])) = split(data) else {
            return Err(damaged("its header"));
        };
        let colour = match colour {
            0 => Colour::Gray,
            2 => Colour::Rgb,
            3 => Colour::Palette,
            4 => Colour::GrayAlpha,
            6 => Colour::Rgba,
            _ => return Err(damaged("its colour type")),
        };
        let depths: &[u8] = match colour {
            Colour::Gray => &[1, 2, 4, 8, 16],
            Colour::Palette => &[1, 2, 4, 8],
            _ => &[8, 16],
        };
        let [width, height] = sides;
        if !depths.contains(&depth)
            || 1 < interlace
            || width == 0
            || height == 0
            || height.max(width) >> 31 != 0
        {
            return Err(damaged("its header"));
        }
        let header = Self { width, height, depth, colour, interlaced: interlace == 1 };
        limits.check_picture(width, height, header.pixel_bits())?;
        Ok(header)
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let colour = match self.colour {
            Colour::Gray => 0,
            Colour::Rgb => 2,
            Colour::Palette => 3,
            Colour::GrayAlpha => 4,
            Colour::Rgba => 6,
        };
        let mut bytes = [self.width.to_be_bytes(), self.height.to_be_bytes()].concat();
        bytes.extend([self.depth, colour, 0, 0, u8::from(self.interlaced)]);
        bytes
    }

    pub(super) fn is_palette(self) -> bool {
        self.colour == Colour::Palette
    }

    pub(super) fn channels(self) -> u32 {
        match self.colour {
            Colour::Gray | Colour::Palette => 1,
            Colour::GrayAlpha => 2,
            Colour::Rgb => 3,
            Colour::Rgba => 4,
        }
    }

    /// How pixels of whole bytes are laid out.
    pub(super) fn layout(self) -> Layout {
        Layout {
            colours: if matches!(self.colour, Colour::Rgb | Colour::Rgba) { 3 } else { 1 },
            alpha: matches!(self.colour, Colour::GrayAlpha | Colour::Rgba),
            wide: self.depth == 16,
        }
    }

    pub(super) fn pixel_bits(self) -> u32 {
        self.channels() * u32::from(self.depth)
    }

    /// Bytes from a value to the same one of the pixel before, at least one: what filters look back at.
    pub(super) fn back(self) -> usize {
        (self.pixel_bits() as usize).div_ceil(8)
    }

    pub(super) fn row_bytes(self, pixels: usize) -> usize {
        (pixels * self.pixel_bits() as usize).div_ceil(8)
    }

    /// The passes in which the picture is stored, without empty ones.
    pub(super) fn passes(self) -> Vec<Pass> {
        let (width, height) = (self.width as usize, self.height as usize);
        let grids: &[[usize; 4]] = if self.interlaced { &ADAM7 } else { &[[0, 0, 1, 1]] };
        let passes = grids.iter().map(|&[left, top, across, down]| Pass {
            left,
            top,
            across,
            down,
            width: width.saturating_sub(left).div_ceil(across),
            height: height.saturating_sub(top).div_ceil(down),
        });
        passes.filter(|pass| 0 < pass.width && 0 < pass.height).collect()
    }
}

/// A part of the picture that is stored like a picture: every so many pixels of every so many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Left, top, step across, step down of the seven passes.
const ADAM7: [[usize; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

fn split(data: &[u8]) -> Option<([u32; 2], [u8; 5])> {
    let (width, rest) = data.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    Some(([u32::from_be_bytes(*width), u32::from_be_bytes(*height)], rest.try_into().ok()?))
}
