//! A QR picture for an authenticator, readable by a phone on dark and on light terminals.

use qrcode::{Color, EcLevel, QrCode};

/// Returns the picture as lines of half blocks, light ones on a dark ground with both colours set: a phone reads
/// neither terminal's own colours the other way round.
pub(crate) fn picture(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let is_light = |x: usize, y: usize| {
        let inside = (QUIET..QUIET + width).contains(&x) && (QUIET..QUIET + width).contains(&y);
        y < side && !(inside && code[(x - QUIET, y - QUIET)] == Color::Dark)
    };
    let mut picture = String::new();
    for y in (0..side).step_by(2) {
        picture.push_str(WHITE_ON_BLACK);
        for x in 0..side {
            picture.push(match (is_light(x, y), is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        picture.push_str(RESET);
        picture.push('\n');
    }
    Some(picture)
}

/// Returns a secret in groups of four, for typing.
pub(crate) fn groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().filter(|c| !c.is_whitespace()).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

/// Light modules around the picture that readers need.
const QUIET: usize = 2;
const WHITE_ON_BLACK: &str = "\x1b[97;40m";
const RESET: &str = "\x1b[0m";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fits_a_small_terminal_and_every_line_sets_and_resets_its_colours() {
        let uri = "otpauth://totp/chat.example.org:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=chat";
        let picture = picture(uri).unwrap();
        assert!(picture.lines().count() <= 24);
        for line in picture.lines() {
            let cells = line.strip_prefix(WHITE_ON_BLACK).unwrap().strip_suffix(RESET).unwrap();
            assert!(cells.chars().count() <= 80);
        }
    }

    #[test]
    fn a_secret_is_written_in_groups_of_four() {
        assert_eq!(groups("JBSWY3DPEH"), "JBSW Y3DP EH");
    }
}
