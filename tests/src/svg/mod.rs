//! A terminal's screen as an SVG picture: a grid of cells, colours, no scripts, small enough to be kept with the text.

mod palette;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Screen};

pub use palette::Palette;

/// Draws a screen. The same cells give the same bytes.
#[must_use]
pub fn draw(screen: &Screen, palette: &Palette, title: &str) -> String {
    let (rows, columns) = screen.size();
    let mut picture =
        Picture { palette, classes: BTreeMap::new(), grounds: BTreeMap::new(), texts: String::new() };
    for row in 0..rows {
        picture.row(screen, row, columns);
    }
    if !screen.hide_cursor() {
        picture.cursor(screen.cursor_position());
    }
    picture.finish(title, (columns, rows))
}

/// How a cell looks, colours as they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    ink: u32,
    ground: u32,
    bold: bool,
    italic: bool,
    underline: bool,
}

/// Cells that are drawn in one go.
struct Run {
    look: Look,
    column: u16,
    cells: u16,
    text: String,
}

struct Picture<'p> {
    palette: &'p Palette,
    /// What a class says, and its number.
    classes: BTreeMap<String, usize>,
    /// What is behind the letters, as a path for each colour.
    grounds: BTreeMap<u32, String>,
    texts: String,
}

impl Picture<'_> {
    fn row(&mut self, screen: &Screen, row: u16, columns: u16) {
        let cells = (0..columns).filter_map(|column| Some((column, screen.cell(row, column)?)));
        let cells: Vec<(u16, Look, &Cell)> =
            cells.map(|(column, cell)| (column, self.look(cell), cell)).collect();
        let halves: Vec<Halves> =
            cells.iter().map(|(column, look, cell)| Halves::of(*column, *look, cell)).collect();
        for stretch in halves.chunk_by(Halves::is_one_with) {
            self.grounds(row, stretch);
        }
        let mut runs: Vec<Run> = Vec::new();
        for (column, look, cell) in cells.into_iter().filter(|(.., cell)| !cell.is_wide_continuation()) {
            let text = if cell.has_contents() { cell.contents() } else { " " };
            if is_block(text) {
                continue;
            }
            match runs.last_mut() {
                // One font draws the letters of a run in a grid; others keep their own place.
                Some(run)
                    if run.look == look && run.column + run.cells == column && is_plain(text, &run.text) =>
                {
                    run.text.push_str(text);
                    run.cells += 1;
                }
                _ => {
                    let cells = if cell.is_wide() { 2 } else { 1 };
                    runs.push(Run { look, column, cells, text: text.to_owned() });
                }
            }
        }
        for run in runs {
            self.run(row, &run);
        }
    }

    /// Draws what is behind the letters of a stretch: in one go, or its two halves each for itself.
    fn grounds(&mut self, row: u16, stretch: &[Halves]) {
        let y = u32::from(row) * HEIGHT;
        if stretch[0].is_flat() {
            return self.ground(y, HEIGHT, stretch, stretch[0].upper);
        }
        for run in stretch.chunk_by(|one, other| one.upper == other.upper) {
            self.ground(y, HEIGHT / 2, run, run[0].upper);
        }
        for run in stretch.chunk_by(|one, other| one.lower == other.lower) {
            self.ground(y + HEIGHT / 2, HEIGHT - HEIGHT / 2, run, run[0].lower);
        }
    }

    fn ground(&mut self, y: u32, height: u32, stretch: &[Halves], colour: u32) {
        if colour != self.palette.ground {
            let x = u32::from(stretch[0].column) * WIDTH;
            let width = u32::try_from(stretch.len()).unwrap_or(u32::MAX).saturating_mul(WIDTH);
            let path = self.grounds.entry(colour).or_default();
            let _ = write!(path, "M{x} {y}h{width}v{height}H{x}z");
        }
    }

    fn run(&mut self, row: u16, run: &Run) {
        let text = run.text.trim_end_matches(' ');
        if text.is_empty() && !run.look.underline {
            return;
        }
        let text = if run.look.underline { run.text.as_str() } else { text };
        let before = text.chars().take_while(|letter| *letter == ' ').count();
        let (text, before) = match u32::try_from(before) {
            Ok(before) if !run.look.underline => (text.trim_start_matches(' '), before),
            _ => (text, 0),
        };
        let (x, y) = ((u32::from(run.column) + before) * WIDTH, u32::from(row) * HEIGHT + BASE);
        let cells = if is_plain(text, "") { text.chars().count() } else { usize::from(run.cells) };
        let length = u32::try_from(cells).unwrap_or(u32::MAX).saturating_mul(WIDTH);
        let class = self.class(run.look);
        let text = escaped(text);
        let _ = writeln!(
            self.texts,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" class=\"{class}\">{text}</text>"
        );
    }

    fn cursor(&mut self, (row, column): (u16, u16)) {
        let (x, y) = (u32::from(column) * WIDTH, u32::from(row) * HEIGHT + HEIGHT - 3);
        let ink = self.palette.ink;
        let _ = writeln!(
            self.texts,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"2\" fill=\"#{ink:06x}\"/>"
        );
    }

    fn class(&mut self, look: Look) -> String {
        let mut says = format!("fill:#{:06x}", look.ink);
        for (is_so, what) in [
            (look.bold, ";font-weight:bold"),
            (look.italic, ";font-style:italic"),
            (look.underline, ";text-decoration:underline"),
        ] {
            says += if is_so { what } else { "" };
        }
        let next = self.classes.len();
        format!("c{}", self.classes.entry(says).or_insert(next))
    }

    fn look(&self, cell: &Cell) -> Look {
        let (ink, ground) =
            (self.palette.ink(cell.fgcolor(), cell.dim()), self.palette.ground(cell.bgcolor()));
        let (ink, ground) = if cell.inverse() { (ground, ink) } else { (ink, ground) };
        Look { ink, ground, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
    }

    fn finish(self, title: &str, (columns, rows): (u16, u16)) -> String {
        let (width, height) = (u32::from(columns) * WIDTH, u32::from(rows) * HEIGHT);
        let mut classes: Vec<(&String, &usize)> = self.classes.iter().collect();
        classes.sort_by_key(|(_, number)| **number);
        let classes: String =
            classes.iter().map(|(says, number)| format!(".c{number}{{{says}}}\n")).collect();
        let (title, ground) = (escaped(title), self.palette.ground);
        let grounds = self.grounds.iter();
        let grounds = grounds.map(|(colour, path)| format!("<path fill=\"#{colour:06x}\" d=\"{path}\"/>\n"));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\">\n<title>{title}</title>\n<style>\n\
             text{{font:{SIZE}px 'DejaVu Sans Mono','Noto Sans Mono',Menlo,Consolas,monospace;white-space:pre}}\n\
             {classes}</style>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#{ground:06x}\"/>\n{}{}</svg>\n",
            grounds.collect::<String>(),
            self.texts
        )
    }
}

/// Plain letters stand side by side in one text; a letter of another script or a line of a frame only beside its like.
fn is_plain(text: &str, before: &str) -> bool {
    let is_ascii = text.is_ascii() && before.is_ascii();
    is_ascii || (!text.is_empty() && is_line(text) && before.chars().all(|letter| text.starts_with(letter)))
}

fn is_line(text: &str) -> bool {
    text.chars().all(|letter| ('\u{2500}'..='\u{257f}').contains(&letter))
}

/// What is behind a cell's letter, above and below its middle. Half and whole blocks are grounds: pictures and codes that
/// are made of them have no seams then.
#[derive(Debug, Clone, Copy)]
struct Halves {
    column: u16,
    upper: u32,
    lower: u32,
}

impl Halves {
    fn of(column: u16, look: Look, cell: &Cell) -> Self {
        let (ink, ground) = (coarse(look.ink), coarse(look.ground));
        let (upper, lower) = match cell.contents() {
            "█" => (ink, ink),
            "▀" => (ink, ground),
            "▄" => (ground, ink),
            _ => (look.ground, look.ground),
        };
        Self { column, upper, lower }
    }

    fn is_flat(&self) -> bool {
        self.upper == self.lower
    }

    fn is_one_with(&self, other: &Self) -> bool {
        match (self.is_flat(), other.is_flat()) {
            (true, true) => self.upper == other.upper,
            (is_flat, other_is) => is_flat == other_is,
        }
    }
}

/// A picture's colours in sixteen steps each: fewer of them make a smaller file.
fn coarse(colour: u32) -> u32 {
    let high = colour & 0x00f0_f0f0;
    high | high >> 4
}

fn is_block(text: &str) -> bool {
    matches!(text, "█" | "▀" | "▄")
}

/// Returns text as XML has it; what XML cannot have is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => safe.push(letter),
        }
    }
    safe
}

/// A cell in pixels, and the line that letters stand on.
const WIDTH: u32 = 8;
const HEIGHT: u32 = 18;
const BASE: u32 = 13;
/// Six tenths of it are a cell's width in fonts of this kind.
const SIZE: &str = "13.33";

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(written: &str) -> String {
        let mut parser = vt100::Parser::new(3, 20, 0);
        parser.process(b"\x1b[?25l");
        parser.process(written.as_bytes());
        draw(parser.screen(), &Palette::DARK, "a <title>")
    }

    fn lines<'p>(picture: &'p str, tag: &str) -> Vec<&'p str> {
        picture.lines().filter(|line| line.starts_with(tag)).collect()
    }

    #[test]
    fn text_is_escaped_and_stands_in_its_cells() {
        let picture = picture("\x1b[2;3H<b onload='x'>&amp;");
        assert_eq!(
            lines(&picture, "<text"),
            [
                "<text x=\"16\" y=\"31\" textLength=\"144\" class=\"c0\">&lt;b onload=&#39;x&#39;&gt;&amp;amp</text>",
                "<text x=\"0\" y=\"49\" textLength=\"8\" class=\"c0\">;</text>"
            ]
        );
        assert!(picture.contains("<title>a &lt;title&gt;</title>") && !picture.contains("<script"));
    }

    #[test]
    fn looks_become_classes_and_grounds_become_rectangles() {
        let picture = picture("a\x1b[1;31;44mb\x1b[0;7mc\x1b[0;4md \x1b[0m");
        assert_eq!(picture.matches("font-weight:bold").count(), 1);
        assert!(picture.contains("text-decoration:underline"));
        assert_eq!(lines(&picture, "<path").len(), 2, "{picture}");
        assert!(picture.contains(&format!("fill=\"#{:06x}\"", Palette::DARK.ink)), "turned around");
    }

    #[test]
    fn wide_letters_take_two_cells_and_blocks_have_no_seams() {
        let picture = picture("日a👩‍🚀\x1b[2;1H█▀");
        let texts = lines(&picture, "<text");
        assert!(texts[0].contains("x=\"0\"") && texts[0].contains("textLength=\"16\""), "{texts:?}");
        assert!(texts[1].contains("x=\"16\"") && texts[1].contains(">a<"), "{texts:?}");
        let path = "<path fill=\"#dddddd\" d=\"M0 18h8v18H0zM8 18h8v9H8z\"/>";
        assert_eq!(lines(&picture, "<path fill=\"#dd"), [path]);
        assert!(!picture.contains('█'));
    }

    #[test]
    fn the_same_screen_is_the_same_picture() {
        assert_eq!(picture("ada \x1b[32mbob"), picture("ada \x1b[32mbob"));
    }
}
