//! Transfers that go on while people talk, and what is said about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use client_cli::Client;
use client_cli::files::{
    Control, Downloader, FileError, Meter, Outgoing, Progress, Spool, Stage, Unfinished, Uploader,
};
use tokio::sync::mpsc;
use tokio::time;

use super::{Fetch, Job, TransferView};
use crate::cli::exit::Failure;
use crate::cli::files::reveal::Shown;
use crate::cli::files::{GIVE_UP_AFTER, file_name};

use super::super::ask::sentence;

/// Something to say about a transfer.
#[derive(Debug)]
pub(crate) struct News {
    number: u32,
    pub(crate) lines: Vec<String>,
    /// How it ended, when it did.
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Good,
    Bad,
    /// Not well, and another try goes on where it stopped.
    Halted,
}

impl News {
    /// Returns whether it tells how a transfer ended.
    pub(crate) fn is_end(&self) -> bool {
        self.end.is_some()
    }
}

/// All transfers of this conversation.
#[derive(Debug)]
pub(crate) struct Transfers {
    client: Client,
    spool: Spool,
    next: u32,
    running: BTreeMap<u32, Running>,
    /// Downloads that were stopped or cut; uploads like that are in the spool.
    halted: Vec<Fetch>,
    /// What the spool holds, read again when a transfer ends or begins.
    unfinished: Option<Vec<Unfinished>>,
    tell: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
}

#[derive(Debug)]
struct Running {
    name: String,
    control: Control,
    meter: Meter,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Its id in the spool, once it is sealed.
    Upload(Arc<OnceLock<String>>),
    Download(Box<Fetch>),
    /// A look into an image on this machine.
    Look,
}

impl Transfers {
    pub(crate) fn new(client: Client, spool: Spool) -> Self {
        let (tell, news) = mpsc::channel(NEWS);
        let (running, halted) = (BTreeMap::new(), Vec::new());
        Self { client, spool, next: 1, running, halted, unfinished: None, tell, news }
    }

    /// Begins what was asked for, and returns what is to be said at once.
    pub(crate) fn begin(&mut self, job: Job) -> Vec<String> {
        match job {
            Job::Upload(outgoing) => {
                let (name, uploader) = (file_name(&outgoing.path), self.uploader());
                let id = Arc::new(OnceLock::new());
                let kind = Kind::Upload(Arc::clone(&id));
                self.start(&name, kind, move |control| async move {
                    upload(&uploader, *outgoing, &id, &control).await
                });
                Vec::new()
            }
            Job::Resume => self.resume(),
            Job::Download(fetch) => {
                self.download(fetch);
                Vec::new()
            }
            Job::Reveal { path, passphrase, folder } => {
                let name = file_name(&path);
                let look = move |_| async move { reveal(&path, passphrase, &folder).await };
                self.start(&name, Kind::Look, look);
                Vec::new()
            }
            Job::List => self.list(),
            Job::Stop(number) if self.stop(number) => Vec::new(),
            Job::Stop(number) => vec![format!("-- there is no transfer {number}. /files lists them.")],
        }
    }

    /// Goes on with everything that is unfinished and does not run, and returns what is to be said.
    pub(crate) fn resume(&mut self) -> Vec<String> {
        self.unfinished = None;
        let unfinished = match self.waiting() {
            Ok(unfinished) => unfinished,
            Err(error) => return said(error),
        };
        let halted = std::mem::take(&mut self.halted);
        if unfinished.is_empty() && halted.is_empty() {
            return vec!["-- nothing is unfinished".to_owned()];
        }
        for one in unfinished {
            let (name, uploader) = (file_name(&one.source.path), self.uploader());
            let kind = Kind::Upload(Arc::new(OnceLock::from(one.id.clone())));
            self.start(&name, kind, move |control| async move { send(&uploader, &one, &control).await });
        }
        halted.into_iter().for_each(|fetch| self.download(fetch));
        Vec::new()
    }

    /// Waits for something to say.
    pub(crate) async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }

    /// Takes note of an end. Returns whether it was a bad one.
    pub(crate) fn note(&mut self, news: &News) -> bool {
        let Some(end) = news.end else { return false };
        self.unfinished = None;
        let ended = self.running.remove(&news.number);
        if let (End::Halted, Some(Running { kind: Kind::Download(fetch), .. })) = (end, ended)
            && self.halted.len() < HALTED_KEPT
        {
            self.halted.push(*fetch);
        }
        end != End::Good
    }

    /// Returns every transfer that runs, in the order in which they began, then what waits to be resumed.
    pub(crate) fn all(&mut self) -> Vec<TransferView> {
        let mut views = Vec::new();
        for (&number, running) in &mut self.running {
            let progress = running.look();
            let upload = matches!(running.kind, Kind::Upload(_));
            views.push(TransferView::running(number, &running.name, upload, progress, &running.meter));
        }
        // A spool that cannot be read is told when somebody resumes.
        for one in self.waiting().unwrap_or_default() {
            views.push(TransferView::unfinished(&file_name(&one.source.path), true, one.size()));
        }
        for fetch in &self.halted {
            let size = client_cli::files::plain_size(&fetch.incoming.card).unwrap_or_default();
            views.push(TransferView::unfinished(name_of(fetch), false, size));
        }
        views
    }

    /// Stops a transfer; what it did so far is kept. Returns whether there is one of this number.
    pub(crate) fn stop(&self, number: u32) -> bool {
        let running = self.running.get(&number);
        running.inspect(|running| running.control.stop()).is_some()
    }

    /// Returns how many go on.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// Stops all of them; what they did so far is kept.
    pub(crate) fn stop_all(&self) {
        self.running.values().for_each(|running| running.control.stop());
    }

    /// Returns the uploads in the spool that do not run.
    fn waiting(&mut self) -> Result<Vec<Unfinished>, FileError> {
        if self.unfinished.is_none() {
            self.unfinished = Some(self.spool.unfinished()?);
        }
        let runs = |one: &Unfinished| {
            self.running.values().any(|running| match &running.kind {
                Kind::Upload(id) => id.get() == Some(&one.id),
                Kind::Download(_) | Kind::Look => false,
            })
        };
        Ok(self.unfinished.iter().flatten().filter(|one| !runs(one)).cloned().collect())
    }

    fn download(&mut self, fetch: Fetch) {
        let downloader = Downloader::new(self.client.clone(), GIVE_UP_AFTER);
        let (name, kind) = (name_of(&fetch).to_owned(), Kind::Download(Box::new(fetch.clone())));
        self.start(&name, kind, move |control| async move { download(&downloader, fetch, &control).await });
    }

    fn list(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, running) in &mut self.running {
            let progress = running.look();
            lines.push(format!("-- {number}: {}", running.meter.line(&running.name, &progress)));
        }
        if !lines.is_empty() {
            lines.push("-- /files stop NUMBER stops one".to_owned());
        }
        lines
    }

    fn start<F>(&mut self, name: &str, kind: Kind, work: impl FnOnce(Control) -> F)
    where
        F: Future<Output = Result<Vec<String>, FileError>> + Send + 'static,
    {
        let (control, number) = (Control::default(), self.next);
        self.next += 1;
        let work = work(control.clone());
        let teller =
            Teller { number, name: name.to_owned(), control: control.clone(), tell: self.tell.clone() };
        let running = Running { name: name.to_owned(), control, meter: Meter::default(), kind };
        self.running.insert(number, running);
        tokio::spawn(teller.run(work));
    }

    fn uploader(&self) -> Uploader {
        Uploader::new(self.client.clone(), self.spool.clone(), GIVE_UP_AFTER)
    }
}

impl Running {
    /// Looks how far it is and takes note of it for the rate.
    fn look(&mut self) -> Progress {
        let progress = *self.control.watch().borrow();
        self.meter.note(&progress, std::time::Instant::now());
        progress
    }
}

/// Does the work of one transfer and tells about it.
struct Teller {
    number: u32,
    name: String,
    control: Control,
    tell: mpsc::Sender<News>,
}

impl Teller {
    async fn run(self, work: impl Future<Output = Result<Vec<String>, FileError>>) {
        let (mut meter, progress) = (Meter::default(), self.control.watch());
        let mut ticks = time::interval_at(time::Instant::now() + EVERY, EVERY);
        let mut last = String::new();
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                _ = ticks.tick() => {
                    let progress = *progress.borrow();
                    meter.note(&progress, std::time::Instant::now());
                    let line = meter.line(&self.name, &progress);
                    if line != last && progress.stage != Stage::Done {
                        self.say(vec![format!("-- {}: {line}", self.number)], None).await;
                        last = line;
                    }
                }
            }
        };
        match result {
            Ok(lines) => self.say(lines, Some(End::Good)).await,
            Err(error) => {
                let end = if error.can_go_on() { End::Halted } else { End::Bad };
                self.say(self.failed(error), Some(end)).await;
            }
        }
    }

    fn failed(&self, error: FileError) -> Vec<String> {
        let can_go_on = error.can_go_on();
        let failure = Failure::from(error).context(&self.name);
        let mut lines = vec![format!("-- {}", sentence(&failure.message))];
        if can_go_on {
            lines.push(
                "   What was done is kept: /upload resume goes on, and so does the same /download."
                    .to_owned(),
            );
        }
        lines
    }

    async fn say(&self, lines: Vec<String>, end: Option<End>) {
        // The conversation is over when nobody listens.
        let _ = self.tell.send(News { number: self.number, lines, end }).await;
    }
}

async fn upload(
    uploader: &Uploader,
    outgoing: Outgoing,
    id: &OnceLock<String>,
    control: &Control,
) -> Result<Vec<String>, FileError> {
    let unfinished = uploader.prepare(outgoing, control).await?;
    id.get_or_init(|| unfinished.id.clone());
    send(uploader, &unfinished, control).await
}

async fn send(
    uploader: &Uploader,
    unfinished: &Unfinished,
    control: &Control,
) -> Result<Vec<String>, FileError> {
    let accepted = uploader.send(unfinished, control).await?;
    let (name, room) = (file_name(&unfinished.source.path), &unfinished.room_name);
    Ok(vec![format!("-- {name} is in {room} as [{}]", accepted.seq)])
}

async fn download(
    downloader: &Downloader,
    fetch: Fetch,
    control: &Control,
) -> Result<Vec<String>, FileError> {
    let Fetch { incoming, folder, reveal: passphrase } = fetch;
    let fetched = downloader.fetch(&incoming, &folder, control).await?;
    let mut lines = vec![format!("-- fetched: {}", shown(fetched.path.clone()))];
    if let Some(passphrase) = passphrase {
        lines.extend(reveal(&fetched.path, passphrase, &folder).await?);
    }
    Ok(lines)
}

async fn reveal(
    path: &Path,
    passphrase: zeroize::Zeroizing<String>,
    folder: &Path,
) -> Result<Vec<String>, FileError> {
    let revealed = client_cli::files::reveal(path, passphrase).await?;
    Ok(match Shown::of(&revealed, folder)? {
        Shown::Text(text) => vec![format!("-- hidden in it: {}", text.replace('\n', "\n   "))],
        Shown::File(path) => vec![format!("-- hidden in it was a file: {path}")],
    })
}

fn name_of(fetch: &Fetch) -> &str {
    fetch.incoming.card.lock.name().unwrap_or("locked file")
}

fn shown(path: PathBuf) -> String {
    std::path::absolute(&path).unwrap_or(path).display().to_string()
}

fn said(error: FileError) -> Vec<String> {
    vec![format!("-- {}", sentence(&Failure::from(error).message))]
}

const NEWS: usize = 64;
/// More than these many stopped downloads are not kept in mind; the same /download goes on with them all the same.
const HALTED_KEPT: usize = 20;
const EVERY: Duration = Duration::from_secs(10);
