//! The terminal while it is ours: switched over, drawn on, and given back in order whatever happens.

use std::io::{self, Stdout, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

/// The terminal, drawn on in full. Dropping it gives the terminal back.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
    lent: bool,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When the terminal cannot be switched.
    pub(crate) fn open(mouse: bool) -> io::Result<Self> {
        give_back_on_panic();
        take(mouse)?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(Self { terminal, mouse, lent: false })
    }

    /// Draws a frame; only what changed is written.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if self.lent {
            return Ok(());
        }
        self.terminal.draw(paint).map(drop)
    }

    /// Writes sequences that are no cells: title, bell, clipboard.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn write(&mut self, sequence: &str) -> io::Result<()> {
        if self.lent || sequence.is_empty() {
            return Ok(());
        }
        let backend = self.terminal.backend_mut();
        backend.write_all(sequence.as_bytes())?;
        Write::flush(backend)
    }

    /// Notes what is written if a panic is the end; an end in order writes it itself.
    pub(crate) fn ends_with(&self, sequence: &'static str) {
        *last_words() = sequence;
    }

    /// Forgets what stands on the screen, so that the next frame is written in full.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        // Not by ratatui's own `clear`: that asks the terminal for its cursor, and waits for the answer among the keys.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Gives the terminal to another program; nothing is drawn until [`Self::take_back`].
    pub(crate) fn lend(&mut self) {
        give_back();
        self.lent = true;
    }

    /// Takes the terminal back and draws everything anew.
    ///
    /// # Errors
    /// When the terminal cannot be switched.
    pub(crate) fn take_back(&mut self) -> io::Result<()> {
        self.lent = false;
        take(self.mouse)?;
        self.clear()
    }

    /// Returns whether another program has the terminal.
    pub(crate) fn is_lent(&self) -> bool {
        self.lent
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    if mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back, once. Failures mean that the terminal is gone.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

/// A panic's words must not be drawn over a screen that then disappears.
fn give_back_on_panic() {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    if HOOKED.swap(true, Ordering::SeqCst) {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // A stranger's picture that upsets its decoder is told where it would stand, and the screen stays.
        if std::thread::current().name() == Some(super::images::worker::THREAD) {
            return;
        }
        if TAKEN.load(Ordering::SeqCst) {
            let _ = stdout().write_all(last_words().as_bytes());
        }
        give_back();
        before(info);
    }));
}

fn last_words() -> MutexGuard<'static, &'static str> {
    LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

static TAKEN: AtomicBool = AtomicBool::new(false);
static LAST_WORDS: Mutex<&str> = Mutex::new("");

#[cfg(test)]
mod tests;
