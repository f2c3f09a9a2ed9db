//! A QR code in half blocks, in explicit white and black: it scans on dark and on light terminals.

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// Returns the code as terminal lines, each indented by two; `None` when the text is too long for any.
pub(crate) fn picture(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let is_light = |x: usize, y: usize| match (x.checked_sub(QUIET), y.checked_sub(QUIET)) {
        (Some(x), Some(y)) if x < code.width() && y < code.width() => code[(x, y)] == Color::Light,
        _ => true,
    };
    let side = code.width() + 2 * QUIET;
    let mut lines = String::new();
    for y in (0..side).step_by(2) {
        lines.push_str("  ");
        lines.push_str(WHITE_ON_BLACK);
        // Below the last row of an odd picture there is only quiet zone.
        lines.extend((0..side).map(|x| cell(is_light(x, y), is_light(x, y + 1))));
        lines.push_str(RESET);
        lines.push('\n');
    }
    Some(lines)
}

fn cell(upper_is_light: bool, lower_is_light: bool) -> char {
    match (upper_is_light, lower_is_light) {
        (true, true) => '\u{2588}',
        (true, false) => '\u{2580}',
        (false, true) => '\u{2584}',
        (false, false) => ' ',
    }
}

/// The standard asks for four; readers of screens take two, and two fit 80 x 24.
const QUIET: usize = 2;
/// Fixed entries of the 256-colour palette, which themes leave alone. A reader needs light on dark as drawn.
const WHITE_ON_BLACK: &str = "\x1b[38;5;231;48;5;16m";
const RESET: &str = "\x1b[0m";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_give_back_every_module_of_the_code() {
        let code = QrCode::with_error_correction_level(URI, EcLevel::L).unwrap();
        let rows: Vec<Vec<char>> = cells(&picture(URI).unwrap());
        for y in 0..code.width() {
            for x in 0..code.width() {
                let cell = rows[(y + QUIET) / 2][x + QUIET];
                let is_upper = (y + QUIET).is_multiple_of(2);
                let is_light = cell == '\u{2588}' || cell == if is_upper { '\u{2580}' } else { '\u{2584}' };
                assert_eq!(is_light, code[(x, y)] == Color::Light, "module {x},{y}");
            }
        }
    }

    #[test]
    fn an_authenticator_address_fits_a_terminal_of_80_by_24() {
        let rows = cells(&picture(URI).unwrap());
        assert!(rows.len() <= 23, "{} rows", rows.len());
        assert!(rows.iter().all(|row| row.len() <= 60 && row.len() == rows[0].len()));
    }

    #[test]
    fn every_line_sets_both_colours_and_ends_them() {
        for line in picture(URI).unwrap().lines() {
            assert!(line.starts_with("  \x1b[38;5;231;48;5;16m") && line.ends_with("\x1b[0m"));
        }
    }

    #[test]
    fn text_that_no_code_can_hold_gives_none() {
        assert!(picture(&"x".repeat(3000)).is_none());
    }

    fn cells(picture: &str) -> Vec<Vec<char>> {
        let strip = |line: &str| line.replace(WHITE_ON_BLACK, "").replace(RESET, "")[2..].chars().collect();
        picture.lines().map(strip).collect()
    }

    const URI: &str = "otpauth://totp/LiveChat:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                       &issuer=LiveChat&algorithm=SHA1&digits=6&period=30";
}
