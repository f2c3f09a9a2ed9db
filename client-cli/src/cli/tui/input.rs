//! What a person does at the terminal, as a stream.

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind, MouseEvent};
use futures_util::StreamExt;

/// Something a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    /// The terminal has another size.
    Resized,
    /// The terminal's window got or lost the person's attention.
    Focus(bool),
    /// The terminal is gone.
    Gone,
}

/// The stream. Only one may exist at a time; it is dropped while another program has the terminal.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    events: EventStream,
}

impl Inputs {
    /// Waits for what is done next. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Input {
        loop {
            return match self.events.next().await {
                Some(Ok(Event::Key(key))) if key.kind == KeyEventKind::Release => continue,
                Some(Ok(Event::Key(key))) => Input::Key(key),
                Some(Ok(Event::Paste(text))) => Input::Paste(text),
                Some(Ok(Event::Mouse(mouse))) => Input::Mouse(mouse),
                Some(Ok(Event::Resize(..))) => Input::Resized,
                Some(Ok(Event::FocusGained)) => Input::Focus(true),
                Some(Ok(Event::FocusLost)) => Input::Focus(false),
                Some(Err(_)) | None => Input::Gone,
            };
        }
    }
}
