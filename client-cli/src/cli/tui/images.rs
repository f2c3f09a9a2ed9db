//! Pictures: decoded off the thread that draws, kept in a small store, drawn as the terminal can.

mod cells;
mod decode;
pub(crate) mod fetch;
mod probe;
pub(crate) mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::picker::ProtocolType;
use ratatui_image::protocol::Protocol;
use tokio::sync::mpsc;

use super::config::ImageMode;
use super::files::parts::sentence;
use super::theme::{Theme, ThemeName};
use cells::Cells;
use probe::{Means, means};
use worker::{Made, Worker};

/// What draws pictures. They are drawn above everything else, in boxes, one at a time.
#[derive(Debug)]
pub(crate) struct Pictures {
    means: Means,
    worker: Option<Worker>,
    /// Where the worker puts what it made.
    tell: mpsc::Sender<Made>,
    made: mpsc::Receiver<Made>,
    known: BTreeMap<Wanted, Known>,
    /// Counts frames, so that what was not shown for longest is forgotten first.
    clock: u64,
    /// What stands on the screen, and what the frame being drawn puts there.
    before: Option<(Wanted, Rect)>,
    now: Option<(Wanted, Rect)>,
}

/// A picture at a size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    path: PathBuf,
    width: u16,
    height: u16,
}

#[derive(Debug)]
struct Known {
    used: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting,
    Ready(Drawing),
    Failed(String),
}

/// A picture as it goes to the screen.
pub(crate) enum Drawing {
    /// Letters in colours, which every terminal draws.
    Cells(Cells),
    /// A sequence that the terminal makes a picture of.
    Protocol(Box<Protocol>),
}

impl Pictures {
    /// Finds out how this terminal shows pictures. Asks the terminal, so it comes before keys are read: what is typed in
    /// the fraction of a second that it takes is lost.
    pub(crate) fn probe(mode: ImageMode, theme: ThemeName) -> Self {
        Self::by(means(mode, theme))
    }

    fn by(means: Means) -> Self {
        // Nobody wants more than one at a time; the rest is what sizes that are gone have left.
        let (tell, made) = mpsc::channel(16);
        let known = BTreeMap::new();
        Self { means, worker: None, tell, made, known, clock: 0, before: None, now: None }
    }

    /// Waits until another picture can be drawn. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) {
        // One end of the channel is kept here, so it never closes.
        if let Some(made) = self.made.recv().await {
            let state = match made.drawing {
                Ok(drawing) => State::Ready(drawing),
                Err(words) => State::Failed(words),
            };
            self.known.insert(made.wanted, Known { used: self.clock, state });
        }
    }

    /// Draws a picture into an area, or says why it is not there yet.
    pub(crate) fn draw(&mut self, path: &Path, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        if let Means::Off = self.means {
            sentence("Pictures are switched off: images in chat.toml.", area, buffer, theme.faint);
            return;
        }
        // A picture may not fill a screen of any size: what is sent to the terminal grows with it.
        let (width, height) = (area.width.min(MOST.width), area.height.min(MOST.height));
        let wanted = Wanted { path: path.to_owned(), width, height };
        let Some(known) = self.known.get_mut(&wanted) else {
            self.want(wanted);
            sentence("Decoding the picture ...", area, buffer, theme.faint);
            return;
        };
        known.used = self.clock;
        match &known.state {
            State::Waiting => drop(sentence("Decoding the picture ...", area, buffer, theme.faint)),
            State::Failed(words) => drop(sentence(words, area, buffer, theme.warning)),
            State::Ready(drawing) => {
                let place = drawing.draw(area, buffer);
                self.now = Some((wanted, place));
            }
        }
    }

    /// Ends a frame. Returns whether the screen must be cleared and drawn once more, because a picture went away that
    /// some terminals do not write over.
    pub(crate) fn end_frame(&mut self) -> bool {
        self.clock += 1;
        let now = self.now.take();
        let stays = self.before.is_none() || self.before == now;
        self.before = now;
        !stays && self.means.leaves_traces()
    }

    /// Forgets what was sent to the terminal: another program had it, or it was cleared.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.before = None;
    }

    /// Returns what frees the terminal's memory of pictures at the end.
    pub(crate) fn goodbye(&self) -> &'static str {
        match &self.means {
            Means::Protocol(picker) if picker.protocol_type() == ProtocolType::Kitty => {
                "\x1b_Ga=d,d=A,q=2\x1b\\"
            }
            _ => "",
        }
    }

    fn want(&mut self, wanted: Wanted) {
        if self.worker.is_none() {
            self.worker = Worker::start(self.means.clone(), self.tell.clone());
        }
        let Some(worker) = &self.worker else {
            let state = State::Failed("The picture cannot be decoded: there is no thread for it.".to_owned());
            self.known.insert(wanted, Known { used: self.clock, state });
            return;
        };
        // A worker that has enough to do is asked again with the next frame.
        if worker.ask(wanted.clone()) {
            self.known.insert(wanted, Known { used: self.clock, state: State::Waiting });
        }
        while KEPT < self.known.len() {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.used);
            let Some(oldest) = oldest.map(|(wanted, _)| wanted.clone()) else { break };
            self.known.remove(&oldest);
        }
    }
}

impl Drawing {
    /// Draws into the middle of an area and returns where.
    fn draw(&self, area: Rect, buffer: &mut Buffer) -> Rect {
        let size = match self {
            Self::Cells(cells) => cells.size,
            Self::Protocol(protocol) => protocol.size(),
        };
        let (width, height) = (size.width.min(area.width), size.height.min(area.height));
        let place = area.centered(Constraint::Length(width), Constraint::Length(height));
        match self {
            Self::Cells(cells) => cells.draw(place, buffer),
            Self::Protocol(protocol) => Image::new(protocol).render(place, buffer),
        }
        place
    }
}

impl std::fmt::Debug for Drawing {
    /// Megabytes of picture would help nobody.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Drawing")
    }
}

/// Most drawings that are kept.
const KEPT: usize = 12;
/// No picture is drawn larger.
const MOST: Size = Size { width: 160, height: 50 };

#[cfg(test)]
mod tests;
