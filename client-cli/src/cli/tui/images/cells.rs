//! Pictures of letters: each cell shows two points, one above the other.

use image::RgbImage;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Style};

/// Which colours the terminal draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// All of them.
    Million,
    /// The 256 that have numbers.
    Numbered,
    /// None: letters that cover more or less of a cell.
    Shades,
}

/// A picture in cells.
pub(crate) struct Cells {
    pub(super) size: Size,
    /// Row by row.
    cells: Vec<(char, Style)>,
}

impl Cells {
    /// Makes cells of a picture that has one point for each column and two for each line.
    pub(super) fn of(picture: &RgbImage, colours: Colours) -> Self {
        let (width, height) = (picture.width(), picture.height().div_ceil(2));
        let mut cells = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let upper = picture.get_pixel(x, 2 * y).0;
                // A picture of an odd height ends in the middle of a line.
                let lower = picture.get_pixel_checked(x, 2 * y + 1).map_or(upper, |point| point.0);
                cells.push(match colours {
                    Colours::Shades => (shade(upper, lower), Style::new()),
                    Colours::Million => ('▀', Style::new().fg(million(upper)).bg(million(lower))),
                    Colours::Numbered => ('▀', Style::new().fg(numbered(upper)).bg(numbered(lower))),
                });
            }
        }
        let side = |points: u32| u16::try_from(points).unwrap_or(u16::MAX);
        Self { size: Size { width: side(width), height: side(height) }, cells }
    }

    /// Draws as much as there is room for.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let rows = self.cells.chunks(usize::from(self.size.width).max(1));
        for (y, row) in (area.top()..area.bottom()).zip(rows) {
            for (x, (letter, style)) in (area.left()..area.right()).zip(row) {
                buffer[(x, y)].set_char(*letter).set_style(*style);
            }
        }
    }
}

fn million([red, green, blue]: [u8; 3]) -> Color {
    Color::Rgb(red, green, blue)
}

/// Returns the nearest colour of the cube of 216, or of the greys where all three are alike.
fn numbered([red, green, blue]: [u8; 3]) -> Color {
    let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
    if most - least < 12 {
        return Color::Indexed(match most {
            0..4 => 16,
            4..=243 => 232 + (most - 4) / 10,
            _ => 231,
        });
    }
    let step = |value: u8| match value {
        0..48 => 0,
        48..115 => 1,
        _ => (value - 35) / 40,
    };
    Color::Indexed(16 + 36 * step(red) + 6 * step(green) + step(blue))
}

fn shade(upper: [u8; 3], lower: [u8; 3]) -> char {
    let light = |[red, green, blue]: [u8; 3]| 3 * u32::from(red) + 6 * u32::from(green) + u32::from(blue);
    const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
    // Both points together make at most 5100.
    let place = usize::try_from((light(upper) + light(lower)) * 5 / 5_101).unwrap_or_default();
    SHADES[place.min(SHADES.len() - 1)]
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn each_cell_shows_two_points() {
        let mut picture = RgbImage::new(1, 3);
        picture.put_pixel(0, 0, Rgb([255, 0, 0]));
        picture.put_pixel(0, 2, Rgb([0, 0, 255]));
        let cells = Cells::of(&picture, Colours::Million);
        assert_eq!((cells.size.width, cells.size.height), (1, 2));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 3));
        cells.draw(Rect::new(1, 1, 1, 1), &mut buffer);
        assert_eq!(buffer[(1, 1)].fg, Color::Rgb(255, 0, 0));
        assert_eq!(buffer[(1, 1)].bg, Color::Rgb(0, 0, 0));
        assert_eq!(buffer[(1, 2)].symbol(), " ");
    }

    #[test]
    fn colours_have_their_numbers_and_light_its_shades() {
        let numbers = [[255, 0, 0], [0, 0, 0], [255, 255, 255], [128, 128, 128], [0, 95, 135]];
        let expected = [196, 16, 231, 244, 24].map(Color::Indexed);
        assert_eq!(numbers.map(numbered), expected);
        assert_eq!(shade([0; 3], [0; 3]), ' ');
        assert_eq!(shade([255; 3], [255; 3]), '█');
        assert_eq!(shade([255; 3], [0; 3]), '▒');
        for value in 0..=255 {
            numbered([value, 255 - value, value / 2]);
            numbered([value; 3]);
        }
    }
}
