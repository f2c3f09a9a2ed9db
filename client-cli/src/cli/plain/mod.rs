//! The line mode: chat line by line, on a terminal, through a pipe, for a screen reader.

mod draft;
mod editor;
mod screen;

use std::future::pending;
use std::io::{self, IsTerminal};
use std::pin::Pin;
use std::time::Duration;

use client_cli::{Client, ClientEvent, ConnectError, Events, Follow, Options, Profile, Session};
use proto::refusal::Code;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time;
use vault::Vault;

use super::args::Global;
use super::conversation::ask::{Ask, Outcome};
use super::conversation::chat::{Chat, Echo, Show};
use super::conversation::files::{Asker, News, Transfers};
use super::conversation::typed::Step;
use super::exit::{Exit, Failure};
use super::input::{self, Line};
use super::online::{open_profile, open_vault, passes};
use super::output::talk;
use super::{appeal, prompt};

use editor::{Edited, LineEditor, Typable};
use screen::{Screen, bell_rings};

/// Chats until the person leaves.
pub(crate) async fn chat(global: &Global) -> Result<Exit, Failure> {
    let profile = open_profile(global)?;
    let vault = open_vault(&profile, global).await?;
    let session = connect(&profile).await?;
    let outbox = profile.outbox()?;
    let waiting = outbox.len();
    let patience = global.patience();
    let options =
        Options { follow: Follow::All, catch_up: CATCH_UP, patience, outbox, vault: Some(vault.clone()) };
    let me = session.welcome().clone();
    let (client, events) = session.start(options);
    if 0 < waiting {
        talk(format_args!("-- {waiting} messages from last time are sent now"));
    }
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let edits = is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let typist = Typist::start(&vault, edits)?;
    let bell = bell_rings(global.bell);
    let (screen, echo) = match &typist {
        Typist::Editor(editor) => (Screen::Terminal { lines: editor.lines.clone(), bell }, Echo::Number),
        Typist::Lines(_) if is_terminal => (Screen::Streams { bell }, Echo::Number),
        Typist::Lines(_) => (Screen::Streams { bell }, Echo::Whole),
    };
    let spool = profile.spool()?;
    if let Some(count) = spool.unfinished().map(|unfinished| unfinished.len()).ok().filter(|&count| 0 < count)
    {
        talk(format_args!("-- {count} uploads are unfinished: /upload resume goes on with them"));
    }
    let mut room = Conversation {
        chat: Chat::new(me, echo).keeping(vault.clone()).asking(if edits {
            Asker::Terminal
        } else {
            Asker::Nobody
        }),
        transfers: Transfers::new(client.clone(), spool),
        client,
        screen,
        running: None,
        again: Vec::new(),
        profile_option: global.profile_option(),
        patience,
        reads: is_terminal,
        failed: false,
        leaving: false,
    };
    let end = room.talk(typist, events, &vault).await;
    end.map(|()| room.exit())
}

/// Connects, trying again while somebody is there to wait.
async fn connect(profile: &Profile) -> Result<Session, Failure> {
    let mut wait = Duration::from_secs(1);
    loop {
        let error = match client_cli::resume(profile.identity()?).await {
            Ok(session) => return Ok(session),
            Err(error) => error,
        };
        if let ConnectError::Denied(refusal) = &error
            && refusal.code == Code::Banned
            && prompt::somebody_is_there()
            && let Ok(appealing) = client_cli::appeal(profile.identity()?).await
        {
            appeal::offer(refusal, appealing).await?;
            return Err(error.into());
        }
        if !passes(&error) || !io::stdin().is_terminal() {
            return Err(error.into());
        }
        talk(format_args!("-- {error}. Trying again in {} s; Ctrl-C ends.", wait.as_secs()));
        time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(60));
    }
}

/// Where typed lines come from.
enum Typist {
    Editor(LineEditor),
    Lines(mpsc::Receiver<Line>),
}

/// What the typist did.
enum Act {
    Line(String),
    Interrupt { empty: bool },
    Wrong(&'static str),
    End,
}

impl Typist {
    fn start(vault: &Vault, edits: bool) -> Result<Self, Failure> {
        if !edits {
            return Ok(Self::Lines(input::lines()));
        }
        let editor = LineEditor::start(draft::take(vault))
            .map_err(|error| Failure::usage(format!("cannot use the terminal: {error}")))?;
        Ok(Self::Editor(editor))
    }

    async fn next(&mut self) -> Act {
        match self {
            Self::Editor(editor) => match editor.edited.recv().await {
                Some(Edited::Line(line)) => Act::Line(line),
                Some(Edited::Interrupt { empty }) => Act::Interrupt { empty },
                Some(Edited::End) | None => Act::End,
            },
            Self::Lines(lines) => match lines.recv().await {
                Some(Line::Text(line)) => Act::Line(line),
                Some(Line::TooLong) => Act::Wrong("-- not sent: the line is too long."),
                Some(Line::NotText) => Act::Wrong("-- not sent: the line is not UTF-8 text."),
                None => Act::End,
            },
        }
    }
}

type Running = Pin<Box<dyn Future<Output = Outcome>>>;

/// One conversation: what is known, what is going on, where it is shown.
struct Conversation {
    chat: Chat,
    client: Client,
    transfers: Transfers,
    screen: Screen,
    /// The command being carried out; the next line waits for it.
    running: Option<Running>,
    again: Vec<Ask>,
    /// What chooses this profile on the command line.
    profile_option: String,
    patience: Duration,
    /// Somebody reads what is shown, so it can be marked as read.
    reads: bool,
    failed: bool,
    leaving: bool,
}

impl Conversation {
    /// Talks until the end. What is half typed when the program is stopped is kept for the next time.
    async fn talk(&mut self, mut typist: Typist, mut events: Events, vault: &Vault) -> Result<(), Failure> {
        let mut stops = [signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
        let mut interrupts = signal(SignalKind::interrupt())?;
        let mut marks = time::interval(MARK_EVERY);
        let mut stopped = None;
        loop {
            if self.running.is_none() {
                if let Some(ask) = self.again.pop() {
                    self.start(ask);
                } else if self.leaving {
                    break;
                }
            }
            let takes_lines = self.running.is_none() && !self.leaving && self.chat.has_started();
            tokio::select! {
                event = events.next(), if stopped.is_none() => match event {
                    Some(ClientEvent::Stopped(why)) => {
                        self.screen.show(self.chat.handle(ClientEvent::Stopped(why.clone()))).await?;
                        self.leaving |= !self.reads;
                        stopped = Some(why);
                    }
                    Some(event) => self.event(event, &typist).await?,
                    None => {}
                },
                Some(news) = self.transfers.next() => self.news(news).await?,
                outcome = finished(&mut self.running) => self.finish(outcome, &typist).await?,
                act = typist.next(), if takes_lines => self.act(act, &typist).await?,
                _ = marks.tick(), if self.reads && stopped.is_none() => self.mark_read(),
                _ = interrupts.recv() => self.interrupt(&typist),
                () = any(&mut stops) => {
                    if let Typist::Editor(editor) = &typist {
                        draft::keep(vault, &editor.draft());
                    }
                    self.leaving = true;
                    self.running = None;
                }
            }
        }
        if let Typist::Editor(editor) = &typist {
            editor.flush().await;
        }
        self.screen = self.screen.without_editor();
        drop(typist);
        self.leave(events, stopped).await
    }

    async fn event(&mut self, event: ClientEvent, typist: &Typist) -> Result<(), Failure> {
        let had_started = self.chat.has_started();
        let shows = self.chat.handle(event);
        self.screen.show(shows).await?;
        if !had_started && self.chat.has_started() {
            self.go_on(typist);
            if let (true, Some(ask)) = (self.reads, self.chat.recent()) {
                self.start(ask);
            }
        }
        Ok(())
    }

    async fn act(&mut self, act: Act, typist: &Typist) -> Result<(), Failure> {
        match act {
            Act::Line(line) => match self.chat.typed(&line) {
                Step::Show(shows) => self.screen.show(shows).await?,
                Step::Ask(ask) => {
                    if let (Typist::Editor(editor), true) = (typist, ask.needs_the_terminal()) {
                        editor.hold();
                    }
                    self.start(ask);
                }
                Step::Again(asks) => self.again = asks.into_iter().rev().collect(),
                Step::Theme(theme) => {
                    let note = format!(
                        "-- {} is a theme of the full screen; line by line there are none.",
                        theme.word()
                    );
                    self.screen.show(vec![Show::Note(note)]).await?;
                }
                Step::Totp => {
                    let note = format!(
                        "-- a password would be seen here: leave with /quit, then run  chat totp{}",
                        self.profile_option
                    );
                    self.screen.show(vec![Show::Note(note)]).await?;
                }
                Step::Quit => self.leaving = true,
            },
            Act::Wrong(words) => {
                self.failed = true;
                self.screen.show(vec![Show::Note(words.to_owned())]).await?;
            }
            Act::Interrupt { empty: false } => {}
            Act::Interrupt { empty: true } | Act::End => self.leaving = true,
        }
        if let Typist::Editor(editor) = typist {
            editor.taken();
        }
        if self.running.is_none() && !self.leaving {
            self.go_on(typist);
        }
        Ok(())
    }

    async fn news(&mut self, news: News) -> Result<(), Failure> {
        self.failed |= self.transfers.note(&news);
        let shows = news.lines.into_iter().map(Show::Note).collect();
        Ok(self.screen.show(shows).await?)
    }

    async fn finish(&mut self, mut outcome: Outcome, typist: &Typist) -> Result<(), Failure> {
        self.running = None;
        self.failed |= outcome.failed;
        if let Some(job) = outcome.job.take() {
            outcome.lines.extend(self.transfers.begin(job));
        }
        let shows = self.chat.outcome(outcome);
        self.screen.show(shows).await?;
        self.go_on(typist);
        Ok(())
    }

    fn start(&mut self, ask: Ask) {
        self.running = Some(Box::pin(ask.carry_out(self.client.clone())));
    }

    /// Ctrl-C while a command is being carried out: it is not waited for any more.
    fn interrupt(&mut self, typist: &Typist) {
        if self.running.take().is_none() {
            self.leaving = true;
        } else {
            self.go_on(typist);
        }
    }

    fn go_on(&self, typist: &Typist) {
        if let Typist::Editor(editor) = typist {
            let (role, names, rooms) = (self.chat.me.role, self.chat.names(), self.chat.room_names());
            editor.go_on(self.chat.prompt(), Typable { role, names, rooms });
        }
    }

    fn mark_read(&mut self) {
        if let Some((room, seq)) = self.chat.take_mark() {
            let client = self.client.clone();
            // Read markers are a convenience: one that is lost is made good by the next.
            tokio::spawn(async move { drop(client.mark_read(room, seq).await) });
        }
    }

    /// Waits until what was said is accepted, as long as that may take, then says goodbye.
    async fn leave(
        &mut self,
        mut events: Events,
        stopped: Option<client_cli::Stopped>,
    ) -> Result<(), Failure> {
        self.end_transfers(stopped.is_some()).await?;
        if stopped.is_none() {
            let deadline = time::Instant::now() + if self.reads { QUICK } else { self.patience };
            while 0 < self.client.unsent().await.unwrap_or(0) {
                match time::timeout_at(deadline, events.next()).await {
                    Ok(Some(event)) => {
                        let shows = self.chat.handle(event);
                        self.screen.show(shows).await?;
                    }
                    Ok(None) | Err(_) => break,
                }
            }
            self.show_waiting(&mut events).await?;
        }
        let unsent = self.client.unsent().await.unwrap_or(0);
        if 0 < unsent {
            self.failed = true;
            let note =
                format!("-- {unsent} messages are not sent yet; they are kept and sent at the next start");
            self.screen.show(vec![Show::Note(note)]).await?;
        }
        self.client.close().await;
        events.closed().await;
        stopped.map_or(Ok(()), |why| Err(why.into()))
    }

    /// A pipe waits for its transfers; a person who leaves stops them, and they go on another time.
    async fn end_transfers(&mut self, is_cut: bool) -> Result<(), Failure> {
        if self.reads || is_cut {
            self.transfers.stop_all();
        }
        while 0 < self.transfers.running() {
            let Some(news) = self.transfers.next().await else { break };
            self.news(news).await?;
        }
        Ok(())
    }

    /// Shows what has come already, so that the last own line is not missing from a pipe.
    async fn show_waiting(&mut self, events: &mut Events) -> Result<(), Failure> {
        while let Ok(Some(event)) = time::timeout(Duration::ZERO, events.next()).await {
            let shows = self.chat.handle(event);
            self.screen.show(shows).await?;
        }
        Ok(())
    }

    /// Who types sees what was refused; who pipes gets it as an exit code.
    fn exit(&self) -> Exit {
        let all_done = !self.failed && self.chat.refused.is_empty();
        if self.reads || all_done { Exit::Ok } else { Exit::Partial }
    }
}

async fn finished(running: &mut Option<Running>) -> Outcome {
    match running {
        Some(running) => running.await,
        None => pending().await,
    }
}

async fn any(stops: &mut [Signal; 2]) {
    let [first, second] = stops;
    tokio::select! {
        _ = first.recv() => {}
        _ = second.recv() => {}
    }
}

/// After a break at most this many missed messages of a room are shown; /history has the rest.
const CATCH_UP: u64 = 200;
const MARK_EVERY: Duration = Duration::from_secs(2);
/// How long leaving waits for the last words of somebody at a terminal.
const QUICK: Duration = Duration::from_secs(5);
