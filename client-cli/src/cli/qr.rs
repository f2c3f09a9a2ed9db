//! A QR picture for an authenticator, readable by a phone on dark and on light terminals.

use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// The picture in half blocks, wiped when it is dropped: each cell is two modules above each other, light ones drawn and dark ones left out. It
/// wants a light colour on a dark one, both set: a phone reads neither terminal's own colours the other way round.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    rows: Vec<String>,
    width: usize,
}

impl Drop for Picture {
    fn drop(&mut self) {
        self.rows.iter_mut().for_each(zeroize::Zeroize::zeroize);
    }
}

impl Picture {
    /// Returns the picture of an authenticator's link, unless it is too long for one. What every authenticator assumes
    /// anyway is left out: a smaller picture fits more screens, and is easier to scan.
    pub(crate) fn of(link: &str) -> Option<Self> {
        let parts = link.split('&').filter(|part| !ASSUMED.contains(part));
        let text = Zeroizing::new(parts.collect::<Vec<_>>().join("&"));
        let code = QrCode::with_error_correction_level(&*text, EcLevel::L).ok()?;
        let width = code.width();
        let side = width + 2 * QUIET;
        let is_light = |x: usize, y: usize| {
            let inside = (QUIET..QUIET + width).contains(&x) && (QUIET..QUIET + width).contains(&y);
            y < side && !(inside && code[(x - QUIET, y - QUIET)] == Color::Dark)
        };
        let cell = |x: usize, y: usize| match (is_light(x, y), is_light(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        };
        let rows = (0..side).step_by(2).map(|y| (0..side).map(|x| cell(x, y)).collect()).collect();
        Some(Self { rows, width: side })
    }

    /// Returns the rows of cells.
    pub(crate) fn rows(&self) -> &[String] {
        &self.rows
    }

    /// Returns how many cells a row has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Returns the picture as lines for a terminal, each of which sets its colours.
    pub(crate) fn lines(&self) -> String {
        self.rows.iter().map(|row| format!("{WHITE_ON_BLACK}{row}{RESET}\n")).collect()
    }
}

/// The picture is the secret.
impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

/// Returns a secret in groups of four, for typing.
pub(crate) fn groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().filter(|c| !c.is_whitespace()).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

/// What a link says when it says nothing about it.
const ASSUMED: [&str; 3] = ["algorithm=SHA1", "digits=6", "period=30"];
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
        let picture = Picture::of(uri).unwrap().lines();
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
