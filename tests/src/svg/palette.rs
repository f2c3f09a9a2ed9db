//! The colours of a terminal as a picture shows them.

use vt100::Color;

/// A terminal's own colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Letters without a colour.
    pub ink: u32,
    /// What is behind them.
    pub ground: u32,
}

impl Palette {
    /// A dark terminal.
    pub const DARK: Self = Self { ink: 0x00d8_dade, ground: 0x0017_191f };
    /// A light one.
    pub const LIGHT: Self = Self { ink: 0x0022_2428, ground: 0x00ff_ffff };
    /// Black and white.
    pub const STARK: Self = Self { ink: 0x00ff_ffff, ground: 0 };

    pub(super) fn ink(&self, colour: Color, is_dim: bool) -> u32 {
        let ink = shown(colour).unwrap_or(self.ink);
        if is_dim { between(ink, self.ground) } else { ink }
    }

    pub(super) fn ground(&self, colour: Color) -> u32 {
        shown(colour).unwrap_or(self.ground)
    }
}

fn shown(colour: Color) -> Option<u32> {
    match colour {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some(of(red, green, blue)),
        Color::Idx(index) => Some(indexed(index)),
    }
}

/// The palette of 256: sixteen by name, a cube of six steps each way, and greys.
fn indexed(index: u8) -> u32 {
    match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let place = index - 16;
            of(step(place / 36), step(place / 6 % 6), step(place % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            of(grey, grey, grey)
        }
    }
}

fn of(red: u8, green: u8, blue: u8) -> u32 {
    u32::from_be_bytes([0, red, green, blue])
}

fn between(one: u32, other: u32) -> u32 {
    let (one, other) = (one.to_be_bytes(), other.to_be_bytes());
    let mut mixed = [0; 4];
    for ((mixed, one), other) in mixed.iter_mut().zip(one).zip(other) {
        *mixed = one.midpoint(other);
    }
    u32::from_be_bytes(mixed)
}

const NAMED: [u32; 16] = [
    0x0000_0000,
    0x00cd_3131,
    0x000d_bc79,
    0x00e5_e510,
    0x0024_72c8,
    0x00bc_3fbc,
    0x0011_a8cd,
    0x00e5_e5e5,
    0x0066_6666,
    0x00f1_4c4c,
    0x0023_d18b,
    0x00f5_f543,
    0x003b_8eea,
    0x00d6_70d6,
    0x0029_b8db,
    0x00ff_ffff,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cube_and_the_greys_are_those_of_an_xterm() {
        for (index, colour) in
            [(16, 0), (21, 0x0000_00ff), (75, 0x005f_afff), (231, 0x00ff_ffff), (245, 0x008a_8a8a)]
        {
            assert_eq!(indexed(index), colour, "{index}");
        }
    }

    #[test]
    fn dim_letters_lie_between_letters_and_ground() {
        let palette = Palette { ink: 0x00ff_ffff, ground: 0 };
        assert_eq!(palette.ink(Color::Default, true), 0x007f_7f7f);
    }
}
