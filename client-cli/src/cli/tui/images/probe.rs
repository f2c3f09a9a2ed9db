//! Finding out how the terminal shows pictures.
//!
//! `ratatui-image` can ask as well, but its question leaves a thread behind that reads the first key when the terminal
//! does not answer, and inside tmux it changes a setting. Here the question is asked with a deadline and only where an
//! answer can be trusted: tmux and ssh answer for a terminal that is not there.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui_image::FontSize;
use ratatui_image::picker::cap_parser::{Parser, QueryStdioOptions, Response};
use ratatui_image::picker::{Picker, ProtocolType};

use super::cells::Colours;
use crate::cli::tui::config::ImageMode;
use crate::cli::tui::theme::ThemeName;

/// How pictures are drawn.
#[derive(Debug, Clone)]
pub(super) enum Means {
    Off,
    Cells(Colours),
    Protocol(Box<Picker>),
}

impl Means {
    /// Returns whether pictures may stay on the screen after their cells were written over.
    pub(super) fn leaves_traces(&self) -> bool {
        match self {
            Self::Off | Self::Cells(_) => false,
            Self::Protocol(picker) => picker.protocol_type() != ProtocolType::Kitty,
        }
    }
}

/// Decides how pictures are drawn, and asks the terminal where that helps.
pub(super) fn means(mode: ImageMode, theme: ThemeName) -> Means {
    let surroundings = Surroundings::of_this_process();
    let cells = Means::Cells(surroundings.colours(theme));
    match decide(mode, &surroundings) {
        Decision::Off => Means::Off,
        Decision::Cells => cells,
        Decision::Force(protocol) => {
            let font = ask(&[]).font.or_else(font_of_the_window).unwrap_or(FontSize::new(10, 20));
            Means::Protocol(Box::new(picker(protocol, font)))
        }
        Decision::Ask => {
            let answer = ask(&[]);
            // Without the size of a letter a picture would have any size on the screen.
            match (answer.protocol, answer.font.or_else(font_of_the_window)) {
                (Some(protocol), Some(font)) => Means::Protocol(Box::new(picker(protocol, font))),
                _ => cells,
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Off,
    Cells,
    Force(ProtocolType),
    Ask,
}

/// What is known of the terminal without asking it.
#[derive(Debug, Clone, Default)]
struct Surroundings {
    term: String,
    program: String,
    colour: String,
    /// Somebody else draws for the terminal: tmux, screen, ssh.
    is_relayed: bool,
    is_konsole: bool,
    is_terminal: bool,
}

impl Surroundings {
    fn of_this_process() -> Self {
        let text = |name: &str| env::var(name).unwrap_or_default();
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        Self {
            term: text("TERM"),
            program: text("TERM_PROGRAM"),
            colour: text("COLORTERM"),
            is_relayed: ["TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "MOSH_CONNECTION", "ZELLIJ"]
                .into_iter()
                .any(set),
            is_konsole: set("KONSOLE_VERSION"),
            is_terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
        }
    }

    fn colours(&self, theme: ThemeName) -> Colours {
        match (theme, self.colour.as_str()) {
            (ThemeName::None, _) => Colours::Shades,
            (_, "truecolor" | "24bit") => Colours::Million,
            _ => Colours::Numbered,
        }
    }
}

fn decide(mode: ImageMode, surroundings: &Surroundings) -> Decision {
    match mode {
        ImageMode::Off => return Decision::Off,
        ImageMode::HalfBlocks => return Decision::Cells,
        ImageMode::Kitty => return Decision::Force(ProtocolType::Kitty),
        ImageMode::Sixel => return Decision::Force(ProtocolType::Sixel),
        ImageMode::Iterm2 => return Decision::Force(ProtocolType::Iterm2),
        ImageMode::Auto => {}
    }
    let term = surroundings.term.as_str();
    let is_relayed =
        surroundings.is_relayed || ["tmux", "screen"].iter().any(|relay| term.starts_with(relay));
    // The console draws no pictures and shows a question as text.
    let is_plain = matches!(term, "" | "dumb" | "linux") || !surroundings.is_terminal;
    // Konsole answers yes and means another way of placing pictures.
    if is_relayed || is_plain || surroundings.is_konsole {
        return Decision::Cells;
    }
    match surroundings.program.as_str() {
        // These answer for kitty as well, and draw their own way better.
        "iTerm.app" | "WezTerm" => Decision::Force(ProtocolType::Iterm2),
        _ => Decision::Ask,
    }
}

#[derive(Debug, Default)]
struct Answer {
    protocol: Option<ProtocolType>,
    font: Option<FontSize>,
}

impl Answer {
    /// Takes what the terminal wrote. Returns whether that was the end.
    fn take(&mut self, response: &Response) -> bool {
        match response {
            Response::Kitty => self.protocol = Some(ProtocolType::Kitty),
            Response::Sixel => self.protocol = self.protocol.or(Some(ProtocolType::Sixel)),
            Response::CellSize(Some(size)) => self.font = Some((*size).into()),
            Response::Status => return true,
            _ => {}
        }
        false
    }
}

/// Asks the terminal, which is in raw mode, and waits a moment for its answer.
fn ask(without: &[ProtocolType]) -> Answer {
    let mut answer = Answer::default();
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return answer;
    }
    let options = QueryStdioOptions { blacklist_protocols: without.to_vec(), ..QueryStdioOptions::default() };
    let mut output = io::stdout().lock();
    let asked = output.write_all(Parser::query(false, options).as_bytes()).and_then(|()| output.flush());
    if asked.is_ok() {
        // A terminal that is gone has nothing to say; the first frame will find out.
        let _ = listen(&mut answer, Instant::now() + PATIENCE);
    }
    answer
}

fn listen(answer: &mut Answer, deadline: Instant) -> nix::Result<()> {
    let (stdin, mut parser) = (io::stdin(), Parser::new());
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        if left.is_zero() || poll(&mut [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)], timeout)? == 0 {
            return Ok(());
        }
        let mut bytes = [0; 256];
        let count = nix::unistd::read(stdin.as_fd(), &mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        for byte in &bytes[..count] {
            for response in parser.push(char::from(*byte)) {
                if answer.take(&response) {
                    return Ok(());
                }
            }
        }
    }
}

fn font_of_the_window() -> Option<FontSize> {
    let window = crossterm::terminal::window_size().ok()?;
    let (width, height) =
        (window.width.checked_div(window.columns)?, window.height.checked_div(window.rows)?);
    (0 < width && 0 < height).then(|| FontSize::new(width, height))
}

#[expect(deprecated, reason = "the other ways to make one ask the terminal themselves")]
fn picker(protocol: ProtocolType, font: FontSize) -> Picker {
    let mut picker = Picker::from_fontsize(font);
    picker.set_protocol_type(protocol);
    picker
}

/// How long a terminal may take to answer. One that knows the question does so at once; where the answer travels, nobody
/// is asked.
const PATIENCE: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_blocks_are_drawn_where_an_answer_cannot_be_trusted() {
        let xterm =
            Surroundings { term: "xterm-256color".to_owned(), is_terminal: true, ..Surroundings::default() };
        let named = |term: &str| Surroundings { term: term.to_owned(), ..xterm.clone() };
        for (surroundings, expected) in [
            (xterm.clone(), Decision::Ask),
            (named("xterm-kitty"), Decision::Ask),
            (Surroundings { is_relayed: true, ..named("xterm-kitty") }, Decision::Cells),
            (named("tmux-256color"), Decision::Cells),
            (named("screen"), Decision::Cells),
            (named("linux"), Decision::Cells),
            (named(""), Decision::Cells),
            (Surroundings { is_konsole: true, ..xterm.clone() }, Decision::Cells),
            (Surroundings { is_terminal: false, ..xterm.clone() }, Decision::Cells),
            (
                Surroundings { program: "iTerm.app".to_owned(), ..xterm.clone() },
                Decision::Force(ProtocolType::Iterm2),
            ),
        ] {
            assert_eq!(decide(ImageMode::Auto, &surroundings), expected, "{surroundings:?}");
        }
    }

    #[test]
    fn what_the_configuration_says_goes_before_all_that() {
        let tmux = Surroundings { is_relayed: true, ..Surroundings::default() };
        for (mode, expected) in [
            (ImageMode::Off, Decision::Off),
            (ImageMode::HalfBlocks, Decision::Cells),
            (ImageMode::Kitty, Decision::Force(ProtocolType::Kitty)),
            (ImageMode::Sixel, Decision::Force(ProtocolType::Sixel)),
            (ImageMode::Iterm2, Decision::Force(ProtocolType::Iterm2)),
        ] {
            assert_eq!(decide(mode, &tmux), expected);
        }
    }

    #[test]
    fn answers_are_read_to_their_end() {
        let mut answer = Answer::default();
        let mut parser = Parser::new();
        let text = "\x1b[?62;4c\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[0n";
        let ends = text.chars().flat_map(|letter| parser.push(letter)).any(|response| answer.take(&response));
        assert!(ends);
        assert_eq!(answer.protocol, Some(ProtocolType::Kitty));
        let font = answer.font.unwrap();
        assert_eq!((font.width, font.height), (10, 20));
    }

    #[test]
    fn colours_are_those_the_terminal_has() {
        let of = |colour: &str| Surroundings { colour: colour.to_owned(), ..Surroundings::default() };
        assert_eq!(of("truecolor").colours(ThemeName::Dark), Colours::Million);
        assert_eq!(of("").colours(ThemeName::Light), Colours::Numbered);
        assert_eq!(of("truecolor").colours(ThemeName::None), Colours::Shades);
    }
}
