//! The line being typed on a terminal: a thread that edits it, and one that prints above it.

use std::borrow::Cow;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::time::Duration;

use nix::sys::termios::{self, SetArg, Termios};
use proto::message::Role;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, ExternalPrinter, Helper};
use tokio::sync::mpsc;
use tokio::time;

use super::super::tui::complete::{Known, complete};

/// What the editor tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    Line(String),
    /// Ctrl-C; what was typed is in the history. `empty` when nothing was.
    Interrupt {
        empty: bool,
    },
    /// Ctrl-D on an empty line, or the terminal is gone.
    End,
}

/// The editor's two threads, seen from outside.
#[derive(Debug)]
pub(crate) struct LineEditor {
    pub(crate) edited: mpsc::Receiver<Edited>,
    pub(crate) lines: mpsc::Sender<String>,
    shared: Arc<Mutex<Shared>>,
    go_on: std_mpsc::SyncSender<()>,
    terminal: Option<Termios>,
}

/// What both sides see.
#[derive(Debug, Default)]
struct Shared {
    prompt: String,
    draft: String,
    editing: bool,
    /// A line was typed and nobody has looked at it: it may lead to a question.
    untaken: bool,
    /// The terminal is used for a question; no line is typed meanwhile.
    held: bool,
    typable: Typable,
}

/// What can be completed.
#[derive(Debug)]
pub(crate) struct Typable {
    pub(crate) role: Role,
    pub(crate) names: Vec<String>,
    pub(crate) rooms: Vec<String>,
}

impl Default for Typable {
    fn default() -> Self {
        Self { role: Role::Member, names: Vec::new(), rooms: Vec::new() }
    }
}

impl LineEditor {
    /// Starts editing with this text already typed.
    pub(crate) fn start(draft: String) -> Result<Self, ReadlineError> {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .history_ignore_space(true)
            .build();
        let mut editor: Editor<Help, MemHistory> = Editor::with_history(config, MemHistory::new())?;
        editor.set_helper(Some(Help { shared: Arc::clone(&shared) }));
        let mut printer = editor.create_external_printer()?;
        let (lines, mut lines_in) = mpsc::channel::<String>(LINES_AHEAD);
        std::thread::spawn(move || {
            while let Some(line) = lines_in.blocking_recv() {
                if printer.print(line).is_err() {
                    return;
                }
            }
        });
        let (edited_out, edited) = mpsc::channel(1);
        let (go_on, wait) = std_mpsc::sync_channel(1);
        let typing = Arc::clone(&shared);
        std::thread::spawn(move || edit(&mut editor, &typing, draft, &edited_out, &wait));
        let terminal = termios::tcgetattr(std::io::stdin()).ok();
        Ok(Self { edited, lines, shared, go_on, terminal })
    }

    /// Lets the person type the next line, with this prompt and this to complete.
    pub(crate) fn go_on(&self, prompt: String, typable: Typable) {
        let mut shared = lock(&self.shared);
        (shared.prompt, shared.typable) = (prompt, typable);
        shared.held = false;
        let is_early = shared.editing || shared.untaken;
        drop(shared);
        if is_early {
            // A word given now would let the line after the next begin before the next one was looked at.
            return;
        }
        // Full means that it was told already.
        let _ = self.go_on.try_send(());
    }

    /// Keeps the terminal free for a question until [`Self::go_on`]. To be called before [`Self::taken`].
    pub(crate) fn hold(&self) {
        lock(&self.shared).held = true;
    }

    /// Tells that the line that was typed last has been looked at.
    pub(crate) fn taken(&self) {
        lock(&self.shared).untaken = false;
    }

    /// Waits until everything shown so far has reached the terminal.
    pub(crate) async fn flush(&self) {
        // The printing thread is gone, or the terminal stands still; both end the program all the same.
        let _ = time::timeout(FLUSH_TIME, self.lines.reserve_many(LINES_AHEAD)).await;
    }

    /// Returns the line as it stands, half typed.
    pub(crate) fn draft(&self) -> String {
        lock(&self.shared).draft.clone()
    }
}

impl Drop for LineEditor {
    /// The editing thread may still wait for a key; the terminal is put back as it was all the same.
    fn drop(&mut self) {
        if let Some(terminal) = &self.terminal {
            let _ = termios::tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, terminal);
        }
        if lock(&self.shared).editing {
            let mut output = std::io::stdout().lock();
            let _ = output.write_all(END_OF_EDITING).and_then(|()| output.flush());
        }
    }
}

fn edit(
    editor: &mut Editor<Help, MemHistory>,
    shared: &Mutex<Shared>,
    mut draft: String,
    edited: &mpsc::Sender<Edited>,
    wait: &std_mpsc::Receiver<()>,
) {
    loop {
        // Usually at once; a command that takes long does not keep the person from typing the next line.
        if wait.recv_timeout(PATIENCE) == Err(std_mpsc::RecvTimeoutError::Disconnected) {
            return;
        }
        if lock(shared).is_waiting() {
            continue;
        }
        let prompt = {
            let mut shared = lock(shared);
            shared.editing = true;
            shared.prompt.clone()
        };
        let typed = editor.readline_with_initial(&prompt, (&std::mem::take(&mut draft), ""));
        let half = {
            let mut shared = lock(shared);
            shared.editing = false;
            shared.untaken = true;
            std::mem::take(&mut shared.draft)
        };
        let told = match typed {
            Ok(line) => {
                let _ = editor.add_history_entry(line.as_str());
                Edited::Line(line)
            }
            Err(ReadlineError::Interrupted) => {
                let _ = editor.add_history_entry(half.as_str());
                Edited::Interrupt { empty: half.trim().is_empty() }
            }
            Err(_) => Edited::End,
        };
        let is_over = told == Edited::End;
        if edited.blocking_send(told).is_err() || is_over {
            return;
        }
    }
}

impl Shared {
    /// Whether the terminal is, or may come to be, needed for a question.
    fn is_waiting(&self) -> bool {
        self.untaken || self.held
    }
}

/// Completes commands, names and rooms, and remembers the line for when the program is stopped.
struct Help {
    shared: Arc<Mutex<Shared>>,
}

impl Helper for Help {}
impl Validator for Help {}

impl Highlighter for Help {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Borrowed(hint)
    }
}

impl Hinter for Help {
    type Hint = String;

    /// Called whenever the line changes; nothing is hinted.
    fn hint(&self, line: &str, _: usize, _: &Context<'_>) -> Option<String> {
        line.clone_into(&mut lock(&self.shared).draft);
        None
    }
}

impl Completer for Help {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let shared = lock(&self.shared);
        let Typable { role, names, rooms } = &shared.typable;
        let known = Known { role: *role, names, rooms, emoji: true };
        let found = complete(line, at, &known).unwrap_or((at..at, Vec::new()));
        Ok((found.0.start, found.1.into_iter().map(|candidate| candidate.text).collect()))
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Switches bracketed paste off, which the editor had switched on, and begins a line.
const END_OF_EDITING: &[u8] = b"\x1b[?2004l\n";
const LINES_AHEAD: usize = 1_024;
const FLUSH_TIME: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_millis(300);
