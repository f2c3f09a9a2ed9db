//! A program in a terminal, looked at as a person does: the screen, not the stream. Keys go in by their names.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;
use vt100::{Callbacks, Cell, Screen};

use crate::keyboard;
use crate::terminal::{Left, Size, Terminal};

/// A program and the screen it draws on.
#[expect(missing_debug_implementations, reason = "the terminal in memory has none")]
pub struct Glass {
    terminal: Terminal,
    parser: vt100::Parser<Beside>,
    /// How much of what is written is on the screen.
    drawn: usize,
}

/// What a program asks of its terminal beside drawing.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// How often the bell rang.
    pub bells: usize,
    /// Titles of the window, the newest last.
    pub titles: Vec<String>,
    /// What was put into the clipboard, still encoded.
    pub copied: Vec<String>,
    /// Other OSC sequences: their parts, joined by semicolons.
    pub notices: Vec<String>,
    /// What the terminal answers to questions.
    answers: Vec<u8>,
}

impl Glass {
    /// Starts a program on a screen of this size.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(command: &Command, size: Size) -> Result<Self> {
        Ok(Self::over(Terminal::sized(command, size)?))
    }

    /// Looks at a program that runs in a terminal already, from its first byte on.
    #[must_use]
    pub fn over(terminal: Terminal) -> Self {
        let Size { columns, rows } = terminal.size();
        let parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Beside::default());
        Self { terminal, parser, drawn: 0 }
    }

    /// Presses a key by its name: `ctrl-k`, `alt-enter`, `f3`, `pageup`, `a`.
    ///
    /// # Errors
    /// When there is no such key, or the terminal is closed.
    pub fn press(&mut self, key: &str) -> Result<()> {
        self.terminal.type_bytes(&keyboard::bytes(key)?)
    }

    /// Types text key by key.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn type_in(&mut self, text: &str) -> Result<()> {
        self.terminal.type_bytes(text.as_bytes())
    }

    /// Types text, waits until its end stands on the screen, and presses Enter.
    ///
    /// # Errors
    /// When it does not appear.
    pub fn enter(&mut self, text: &str) -> Result<()> {
        self.type_in(text)?;
        // The beginning of a long line may stand in another row.
        let letters: Vec<char> = text.chars().collect();
        let end: String = letters[letters.len().saturating_sub(END)..].iter().collect();
        self.wait_for(&end)?;
        // An Enter right behind the last letter is part of a paste; a person's finger takes longer.
        std::thread::sleep(A_FINGER);
        self.press("enter")
    }

    /// Pastes text, as a terminal does when the program asked to be told.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn paste(&mut self, text: &str) -> Result<()> {
        // Terminals send line ends of a paste as the Enter key does.
        let text = format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r"));
        self.terminal.type_bytes(text.as_bytes())
    }

    /// Clicks a cell, both counted from 0.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn click(&mut self, row: u16, column: u16) -> Result<()> {
        let (row, column) = (row + 1, column + 1);
        let click = format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m");
        self.terminal.type_bytes(click.as_bytes())
    }

    /// Gives the window the person's attention, or takes it away.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn focus(&mut self, has_it: bool) -> Result<()> {
        self.terminal.type_bytes(if has_it { b"\x1b[I" } else { b"\x1b[O" })
    }

    /// Gives the terminal another size.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn resize(&mut self, size: Size) -> Result<()> {
        self.look();
        self.parser.screen_mut().set_size(size.rows, size.columns);
        self.terminal.resize(size)
    }

    /// Writes into a row of the screen, as another program on the same terminal does. The cursor stays where it is.
    pub fn scribble(&mut self, row: u16, text: &str) {
        self.look();
        self.parser.process(format!("\x1b7\x1b[{};1H{text}\x1b8", row + 1).as_bytes());
    }

    /// Sends the program a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        self.terminal.signal(signal)
    }

    /// Closes the terminal as a person closes its window.
    pub fn hang_up(&mut self) {
        self.terminal.hang_up();
    }

    /// Waits until this stands on the screen, in one row.
    ///
    /// # Errors
    /// With the screen, when it does not in time.
    pub fn wait_for(&mut self, text: &str) -> Result<()> {
        self.wait_until(&format!("{text:?} on the screen"), |glass| glass.shows(text))
    }

    /// Waits until this stands nowhere on the screen.
    ///
    /// # Errors
    /// With the screen, when it stays.
    pub fn wait_gone(&mut self, text: &str) -> Result<()> {
        self.wait_until(&format!("{text:?} gone from the screen"), |glass| !glass.shows(text))
    }

    /// Waits until the screen, or what was asked beside it, is as wanted.
    ///
    /// # Errors
    /// With the screen, when it is not in time.
    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<()> {
        self.wait_at_most(PATIENCE, what, is_so)
    }

    /// Waits as [`Glass::wait_until`], with less patience.
    ///
    /// # Errors
    /// With the screen, when it is not in time.
    pub fn wait_at_most(
        &mut self,
        patience: Duration,
        what: &str,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            self.look();
            if is_so(self) {
                return Ok(());
            }
            if !self.terminal.more_than(self.drawn, deadline) {
                bail!("waited for {what}; the screen shows:\n{}", self.contents());
            }
        }
    }

    /// Waits until the screen has shown the same for so long.
    ///
    /// # Errors
    /// When it always changes.
    pub fn wait_quiet(&mut self, pause: Duration) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        self.look();
        let (mut shown, mut since) = (self.contents(), Instant::now());
        while since.elapsed() < pause {
            self.terminal.more_than(self.drawn, since + pause);
            self.look();
            let now = self.contents();
            if now != shown {
                (shown, since) = (now, Instant::now());
            }
            if deadline < Instant::now() {
                bail!("it never stands still; the screen shows:\n{}", self.contents());
            }
        }
        Ok(())
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// When it does not come in time.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.terminal.wait()?;
        self.look();
        Ok(status)
    }

    /// Draws what has been written since the last look.
    pub fn look(&mut self) {
        let more = self.terminal.written_after(self.drawn);
        self.drawn += more.len();
        self.parser.process(&more);
        let answers = std::mem::take(&mut self.parser.callbacks_mut().answers);
        if !answers.is_empty() {
            // A program that asked and is gone needs no answer.
            let _ = self.terminal.type_bytes(&answers);
        }
    }

    /// Tells whether this stands on the screen, in one row.
    #[must_use]
    pub fn shows(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// Returns where this stands first: row and column of its first cell.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        let (rows, columns) = self.screen().size();
        (0..rows).find_map(|row| {
            let line = self.row(row);
            let before = &line[..line.find(text)?];
            let mut left = before.len();
            let column = (0..columns).find(|column| {
                let width = self.screen().cell(row, *column).map_or(0, |cell| shown(cell).len());
                let is_here = left == 0;
                left = left.saturating_sub(width);
                is_here
            });
            Some((row, column.unwrap_or_default()))
        })
    }

    /// Returns a row without the blanks at its end.
    #[must_use]
    pub fn row(&self, row: u16) -> String {
        let (_, columns) = self.screen().size();
        let cells = (0..columns).filter_map(|column| self.screen().cell(row, column));
        cells.map(shown).collect::<String>().trim_end().to_owned()
    }

    /// Returns the first row with this in it.
    #[must_use]
    pub fn row_with(&self, text: &str) -> Option<String> {
        self.find(text).map(|(row, _)| self.row(row))
    }

    /// Returns all rows.
    #[must_use]
    pub fn contents(&self) -> String {
        let (rows, _) = self.screen().size();
        let rows: Vec<String> = (0..rows).map(|row| self.row(row)).collect();
        rows.join("\n")
    }

    /// Returns the screen with its cells, colours and modes.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    /// Returns what was asked of the terminal beside drawing.
    #[must_use]
    pub fn beside(&self) -> &Beside {
        self.parser.callbacks()
    }

    /// Returns all bytes written so far.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.terminal.written()
    }

    /// Returns how many bytes are on the screen.
    #[must_use]
    pub fn drawn(&self) -> usize {
        self.drawn
    }

    /// Returns the terminal under the screen.
    #[must_use]
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Tells whether the terminal is as a shell wants it back: modes off, cursor shown, ordinary screen, lines edited.
    ///
    /// # Errors
    /// With what is not.
    pub fn is_given_back(&self) -> Result<()> {
        let screen = self.screen();
        let modes = [
            ("the other screen", screen.alternate_screen()),
            ("bracketed paste", screen.bracketed_paste()),
            ("mouse reports", screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None),
            ("a hidden cursor", screen.hide_cursor()),
            ("focus reports", is_on(&self.written(), "?1004")),
            ("unread keys", self.terminal.left() == Some(Left::Raw)),
        ];
        let left: Vec<&str> = modes.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect();
        if !left.is_empty() {
            bail!("left behind: {}", left.join(", "));
        }
        Ok(())
    }
}

const END: usize = 12;
const A_FINGER: Duration = Duration::from_millis(30);
/// What a person would not wait for, slow machines included.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells whether a mode that the terminal in memory does not know was switched on last.
fn is_on(written: &[u8], mode: &str) -> bool {
    let text = String::from_utf8_lossy(written);
    text.rfind(&format!("\x1b[{mode}h")) > text.rfind(&format!("\x1b[{mode}l"))
}

/// The second half of a wide character shows nothing, an empty cell a blank.
fn shown(cell: &Cell) -> &str {
    match cell.contents() {
        "" if cell.is_wide_continuation() => "",
        "" => " ",
        text => text,
    }
}

impl Callbacks for Beside {
    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.titles.push(String::from_utf8_lossy(title).into_owned());
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.copied.push(String::from_utf8_lossy(data).into_owned());
    }

    fn unhandled_osc(&mut self, _: &mut Screen, parts: &[&[u8]]) {
        let parts: Vec<_> = parts.iter().map(|part| String::from_utf8_lossy(part)).collect();
        self.notices.push(parts.join(";"));
    }

    /// Answers as a plain terminal does that knows no graphics: programs need not wait for nothing.
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        parts: &[&[u16]],
        letter: char,
    ) {
        let number = parts.first().and_then(|part| part.first()).copied().unwrap_or_default();
        match (first, number, letter) {
            (None, 0, 'c') => self.answers.extend_from_slice(b"\x1b[?62c"),
            (None, 5, 'n') => self.answers.extend_from_slice(b"\x1b[0n"),
            (None, 6, 'n') => {
                let (row, column) = screen.cursor_position();
                self.answers.extend_from_slice(format!("\x1b[{};{}R", row + 1, column + 1).as_bytes());
            }
            (None, 16, 't') => self.answers.extend_from_slice(b"\x1b[6;20;10t"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Glass {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command.env("PATH", std::env::var_os("PATH").unwrap());
        Glass::start(&command, Size::of(80, 10)).unwrap()
    }

    #[test]
    fn what_is_overwritten_is_gone_and_what_stands_is_found_with_its_place() {
        let mut glass = shell("printf 'first\\r\\033[3;5H日本 here\\033[1;1Hother'; read x");
        glass.wait_for("here").unwrap();
        glass.wait_gone("first").unwrap();
        assert_eq!(glass.find("here"), Some((2, 9)), "wide letters take two cells");
        assert_eq!(glass.row(2), "    日本 here");
        assert_eq!(glass.row_with("oth").as_deref(), Some("other"));
    }

    #[test]
    fn bells_titles_notices_and_copies_are_heard_and_none_of_them_is_drawn() {
        let mut glass = shell(
            r"printf '\007\007\033]2;chat (3)\007\033]9;ada: hello\007\033]777;notify;ada;hello\007\033]52;c;aGk=\007end'; read x",
        );
        glass.wait_for("end").unwrap();
        let beside = glass.beside();
        assert_eq!((beside.bells, beside.titles.as_slice()), (2, &["chat (3)".to_owned()][..]));
        assert_eq!(beside.notices, ["9;ada: hello", "777;notify;ada;hello"]);
        assert_eq!(beside.copied, ["aGk="]);
        assert_eq!(glass.row(0), "end");
    }

    #[test]
    fn keys_pastes_clicks_and_focus_arrive_as_a_terminal_sends_them() {
        let mut glass = shell("stty raw -echo; echo ready; exec cat -v");
        glass.wait_for("ready").unwrap();
        glass.press("f3").unwrap();
        glass.paste("a\nb").unwrap();
        glass.click(1, 4).unwrap();
        glass.focus(false).unwrap();
        glass.wait_for("^[OR^[[200~a^Mb^[[201~^[[<0;5;2M").unwrap();
        glass.wait_for("^[[<0;5;2m^[[O").unwrap();
    }

    #[test]
    fn modes_that_are_left_on_are_named() {
        let mut glass = shell(r"stty raw -echo; printf '\033[?1049h\033[?2004h\033[?1004h\033[?25l'");
        glass.wait().unwrap();
        let left = glass.is_given_back().unwrap_err().to_string();
        assert_eq!(
            left,
            "left behind: the other screen, bracketed paste, a hidden cursor, focus reports, unread keys"
        );
        let mut glass = shell(r"printf '\033[?1049h\033[?1004h\033[?1004l\033[?1049l'");
        glass.wait().unwrap();
        glass.is_given_back().unwrap();
    }

    #[test]
    fn a_question_to_the_terminal_is_answered() {
        let mut glass = shell("stty raw -echo; printf '\\033[c\\033[6n'; exec cat -v");
        glass.wait_for("^[[?62c^[[1;1R").unwrap();
    }
}
