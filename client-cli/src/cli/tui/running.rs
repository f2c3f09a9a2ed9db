//! The interface while it runs: what comes in from outside, what goes out, and a frame whenever something changed.

use std::collections::VecDeque;
use std::future::{pending, ready};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{Duration, Instant};

use client_cli::{Client, ClientEvent, Events, Profile, Stopped};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use proto::ids::{MessageId, RoomId};
use proto::message::Welcome;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{self, MissedTickBehavior};
use vault::Vault;

use super::app::{Answer, App};
use super::config::Config;
use super::drafts::Drafts;
use super::files;
use super::images::{self, Pictures};
use super::input::{Input, Inputs};
use super::leaving;
use super::notify::{Outlet, Surroundings, Title};
use super::screen::Screen;
use super::view;
use super::welcome::Colours;
use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::chat::{Chat, Echo};
use crate::cli::conversation::files::{News, Question, TransferView, Transfers};
use crate::cli::exit::Failure;

/// Something that is waited for and comes back as an answer.
pub(super) type Waiting = Pin<Box<dyn Future<Output = Answer>>>;

/// The shell around the application.
pub(super) struct Running {
    pub(super) app: App,
    pub(super) client: Client,
    pub(super) transfers: Transfers,
    pub(super) pictures: Pictures,
    pub(super) outlet: Outlet,
    pub(super) asking: FuturesUnordered<Waiting>,
    /// What is to be said, in order.
    pub(super) posts: VecDeque<Ask>,
    pub(super) places: Places,
    views: Vec<TransferView>,
    pub(super) drafts: Drafts,
    /// What is being handed over to be sent, and the message it is about.
    pub(super) posting: Option<Waiting>,
    pub(super) handing_over: Option<(RoomId, MessageId)>,
    questions: mpsc::Receiver<Question>,
    pub(super) patience: Duration,
    pub(super) stopped: Option<Stopped>,
    is_dirty: bool,
    drawn_at: Instant,
}

/// Folders on this machine.
pub(super) struct Places {
    /// Texts that are sent as files.
    pub(super) pastes: PathBuf,
    /// Pictures that were fetched to be looked at.
    pub(super) pictures: PathBuf,
    /// Where the last file was chosen.
    pub(super) chosen: PathBuf,
}

impl Running {
    pub(super) fn new(
        client: Client,
        profile: &Profile,
        vault: Vault,
        me: Welcome,
        config: &Config,
        pictures: Pictures,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let chat = Chat::new(me, Echo::Whole).keeping(vault.clone());
        let (chat, questions) = files::prepared(chat, config.downloads.as_deref());
        let app = App::new(chat, config);
        // Texts that were sent as files the last time lie sealed in the spool by now.
        let folder = profile.key_file().parent().map(std::path::Path::to_owned).unwrap_or_default();
        let places = Places {
            pastes: folder.join("pastes"),
            pictures: folder.join("pictures"),
            chosen: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        };
        leaving::forget(&places.pastes);
        // What an end without warning left.
        images::fetch::clear(&places.pictures);
        Ok(Self {
            transfers: Transfers::new(client.clone(), profile.spool()?),
            client,
            app,
            pictures,
            outlet: Outlet::new(&config.notify, Surroundings::of_this_process()),
            asking: FuturesUnordered::new(),
            posts: VecDeque::new(),
            places,
            views: Vec::new(),
            drafts: Drafts::open(vault),
            posting: None,
            handing_over: None,
            questions,
            patience,
            stopped: None,
            is_dirty: true,
            drawn_at: Instant::now(),
        })
    }

    /// Runs until the person leaves, and returns what is still to be said when the terminal is theirs again.
    pub(super) async fn run(
        mut self,
        screen: &mut Screen,
        inputs: &mut Inputs,
        mut events: Events,
    ) -> Result<Vec<String>, Failure> {
        let talked = self.talk(screen, inputs, &mut events).await;
        // Also when the terminal is gone: what is half typed is kept, and what was said goes out.
        let left = self.leave(screen, events).await;
        talked.and(left)
    }

    async fn talk(
        &mut self,
        screen: &mut Screen,
        inputs: &mut Inputs,
        events: &mut Events,
    ) -> Result<(), Failure> {
        let mut stops = Stops::new()?;
        let mut ticks = time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut saves = time::interval(SAVE);
        saves.set_missed_tick_behavior(MissedTickBehavior::Delay);
        screen.ends_with(self.outlet.ending());
        screen.write(self.outlet.open())?;
        while !self.app.is_leaving() {
            let is_late = self.is_dirty && !screen.is_lent() && FRAME <= self.drawn_at.elapsed();
            let due = self.app.poll_timeout();
            tokio::select! {
                // Keys go first, and a flood of news cannot keep the screen from being drawn.
                biased;
                () = ready(()), if is_late => self.draw(screen)?,
                input = inputs.next() => self.input(input),
                () = stops.any() => self.app.leave(),
                event = events.next(), if self.stopped.is_none() => self.event(event),
                Some(answer) = self.asking.next(), if !self.asking.is_empty() => {
                    if matches!(answer, Answer::Written(_)) {
                        screen.take_back()?;
                        self.pictures.forget();
                        inputs.go_on();
                    }
                    self.answered(answer);
                }
                answer = finished(&mut self.posting) => {
                    self.posting = None;
                    self.answered(answer);
                }
                () = self.pictures.next() => self.is_dirty = true,
                Some(news) = self.transfers.next() => self.news(&news),
                Some(question) = self.questions.recv() => {
                    self.app.open(files::passphrase::ask(question));
                    self.is_dirty = true;
                }
                () = ready(()), if self.is_dirty && !screen.is_lent() => self.draw(screen)?,
                () = until(due) => {
                    self.app.handle_timeout(Instant::now());
                    self.is_dirty = true;
                }
                _ = ticks.tick() => self.tick(),
                _ = saves.tick() => self.save(),
            }
            self.carry_out(screen, inputs).await?;
            self.post();
            self.notify(screen)?;
        }
        Ok(())
    }

    fn input(&mut self, input: Input) {
        let now = Instant::now();
        match input {
            Input::Key(key) => self.app.key(key, now),
            Input::Paste(text) => self.app.paste(&text),
            Input::Mouse(mouse) => self.app.mouse(mouse),
            Input::Focus(focused) => self.app.focus(focused),
            Input::Resized => {}
            // Nobody is there any more.
            Input::Gone => self.app.leave(),
        }
        self.is_dirty = true;
    }

    fn event(&mut self, event: Option<ClientEvent>) {
        let Some(event) = event else { return };
        if let ClientEvent::Stopped(why) = &event {
            self.stopped = Some(why.clone());
        }
        if let ClientEvent::Room(summary) = &event
            && !self.app.rooms.contains_key(&summary.room)
        {
            let draft = self.drafts.of(summary.room).unwrap_or_default().to_owned();
            self.app.drafted(summary.room, draft);
        }
        self.app.event(event, Instant::now());
        self.is_dirty = true;
    }

    pub(super) fn answered(&mut self, mut answer: Answer) {
        if let Answer::Outcome(outcome) = &mut answer
            && let Some(job) = outcome.job.take()
        {
            outcome.lines.extend(self.transfers.begin(job));
            self.views = self.transfers.all();
        }
        self.app.answer(answer);
        self.is_dirty = true;
    }

    fn news(&mut self, news: &News) {
        self.transfers.note(news);
        // How far they are stands in their own lines; what is said is how they ended.
        if news.is_end() {
            news.lines.iter().for_each(|line| self.app.note(line));
        }
        self.show_transfers();
    }

    fn show_transfers(&mut self) {
        self.views = self.transfers.all();
        self.app.transfers(&self.views);
        self.is_dirty = true;
    }

    /// What moves by itself: transfers, the time until the next try.
    fn tick(&mut self) {
        if 0 < self.transfers.running() {
            self.show_transfers();
        }
        self.is_dirty |= self.app.moves();
    }

    fn save(&mut self) {
        self.app.mark_read();
        self.drafts.keep(self.app.drafts());
        if let Some(trouble) = self.outlet.trouble() {
            self.app.note(&trouble);
            self.is_dirty = true;
        }
    }

    /// Hands the next message over: one after the other, so that they stand in the room as they were written.
    pub(super) fn post(&mut self) {
        if self.posting.is_none()
            && let Some(ask) = self.posts.pop_front()
        {
            let client = self.client.clone();
            let post = ask.message();
            self.handing_over = post;
            self.posting = Some(Box::pin(async move {
                let outcome = Box::new(ask.carry_out(client).await);
                Answer::Posted { post, outcome }
            }));
        }
    }

    fn notify(&mut self, screen: &mut Screen) -> Result<(), Failure> {
        let notices = self.app.take_notices();
        if !notices.is_empty() {
            screen.write(&self.outlet.emit(&notices))?;
        }
        let title: Title = self.app.title();
        if let Some(sequence) = self.outlet.title(&title) {
            screen.write(&sequence)?;
        }
        Ok(())
    }

    fn draw(&mut self, screen: &mut Screen) -> Result<(), Failure> {
        let running: Vec<_> = self.views.iter().filter(|view| view.number.is_some()).cloned().collect();
        let (app, pictures, now) = (&mut self.app, &mut self.pictures, Instant::now());
        let _colours = app.overlays.iter().any(|overlay| overlay.needs_colours()).then(Colours::shown);
        // Once more on a clean screen, when a picture went away that the terminal does not write over.
        for _ in 0..2 {
            screen.draw(|frame| {
                view::draw(app, &running, now, frame);
                let theme = app.theme;
                if let Some((path, area)) = app.overlays.last().and_then(|overlay| overlay.picture()) {
                    pictures.draw(path, area, frame.buffer_mut(), &theme);
                }
            })?;
            if !pictures.end_frame() {
                break;
            }
            screen.clear()?;
        }
        self.is_dirty = false;
        self.drawn_at = now;
        Ok(())
    }
}

pub(super) async fn finished(posting: &mut Option<Waiting>) -> Answer {
    match posting {
        Some(posting) => posting.await,
        None => pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => time::sleep_until(moment.into()).await,
        None => pending().await,
    }
}

/// The signals that end the program in order.
struct Stops {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Stops {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A frame waits at most so long, however much comes in.
const FRAME: Duration = Duration::from_millis(12);
const TICK: Duration = Duration::from_millis(250);
const SAVE: Duration = Duration::from_secs(2);
