//! What tests of pages share: the link of an authenticator, and a telephone that scans it.

use ratatui::buffer::Buffer;

pub(crate) const URI: &str =
    "otpauth://totp/chat.example.org:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=chat";

/// Reads the picture from the colours of the cells, as a telephone does from those of the glass.
pub(crate) fn scanned(buffer: &Buffer) -> String {
    const SIZE: usize = 4;
    let (width, height) = (usize::from(buffer.area.width), 2 * usize::from(buffer.area.height));
    let is_light = |x: usize, y: usize| {
        let cell = &buffer[(u16::try_from(x / SIZE).unwrap(), u16::try_from(y / SIZE / 2).unwrap())];
        let is_set =
            (cell.fg, cell.bg) == (ratatui::style::Color::Indexed(231), ratatui::style::Color::Indexed(16));
        let upper = (y / SIZE).is_multiple_of(2);
        is_set && matches!((cell.symbol(), upper), ("█", _) | ("▀", true) | ("▄", false))
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * SIZE, height * SIZE, |x, y| {
        if is_light(x, y) { 255 } else { 0 }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}
