//! What a person does at the terminal, as a stream.

use std::future::pending;

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

/// The stream. It pauses while another program has the terminal.
#[derive(Debug)]
pub(crate) struct Inputs {
    events: Option<EventStream>,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { events: Some(EventStream::new()) }
    }
}

impl Inputs {
    /// Stops reading keys.
    pub(crate) fn pause(&mut self) {
        self.events = None;
    }

    /// Reads keys again.
    pub(crate) fn go_on(&mut self) {
        self.events = Some(EventStream::new());
    }

    /// Waits for what is done next. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Input {
        let Some(events) = &mut self.events else { return pending().await };
        loop {
            return match events.next().await {
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
