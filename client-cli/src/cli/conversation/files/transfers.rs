//! Transfers that go on while people talk, and what is said about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use client_cli::Client;
use client_cli::files::{
    Control, Downloader, FileError, Meter, Outgoing, Spool, Stage, Unfinished, Uploader,
};
use tokio::sync::mpsc;
use tokio::time;

use super::{Fetch, Job};
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
}

/// All transfers of this conversation.
#[derive(Debug)]
pub(crate) struct Transfers {
    client: Client,
    spool: Spool,
    next: u32,
    running: BTreeMap<u32, Running>,
    tell: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
}

#[derive(Debug)]
struct Running {
    name: String,
    control: Control,
    meter: Meter,
}

impl Transfers {
    pub(crate) fn new(client: Client, spool: Spool) -> Self {
        let (tell, news) = mpsc::channel(NEWS);
        Self { client, spool, next: 1, running: BTreeMap::new(), tell, news }
    }

    /// Begins what was asked for, and returns what is to be said at once.
    pub(crate) fn begin(&mut self, job: Job) -> Vec<String> {
        match job {
            Job::Upload(outgoing) => {
                let (name, uploader) = (file_name(&outgoing.path), self.uploader());
                self.start(&name, move |control| async move { upload(&uploader, *outgoing, &control).await })
            }
            Job::Resume => self.resume(),
            Job::Download(fetch) => {
                let downloader = Downloader::new(self.client.clone(), GIVE_UP_AFTER);
                let name = fetch.incoming.card.lock.name().unwrap_or("locked file").to_owned();
                self.start(&name, move |control| async move { download(&downloader, fetch, &control).await })
            }
            Job::Reveal { path, passphrase } => {
                let name = file_name(&path);
                self.start(&name, move |_| async move { reveal(&path, passphrase, Path::new(".")).await })
            }
            Job::List => self.list(),
            Job::Stop(number) => match self.running.get(&number) {
                Some(running) => {
                    running.control.stop();
                    Vec::new()
                }
                None => vec![format!("-- there is no transfer {number}. /files lists them.")],
            },
        }
    }

    /// Waits for something to say.
    pub(crate) async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }

    /// Takes note of an end. Returns whether it was a bad one.
    pub(crate) fn note(&mut self, news: &News) -> bool {
        if news.end.is_some() {
            self.running.remove(&news.number);
        }
        news.end == Some(End::Bad)
    }

    /// Returns how many go on.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// Stops all of them; what they did so far is kept.
    pub(crate) fn stop_all(&self) {
        self.running.values().for_each(|running| running.control.stop());
    }

    fn resume(&mut self) -> Vec<String> {
        let unfinished = match self.spool.unfinished() {
            Ok(unfinished) => unfinished,
            Err(error) => return said(error),
        };
        if unfinished.is_empty() {
            return vec!["-- nothing is unfinished".to_owned()];
        }
        let mut lines = Vec::new();
        for one in unfinished {
            let (name, uploader) = (file_name(&one.source.path), self.uploader());
            lines.extend(
                self.start(&name, move |control| async move { send(&uploader, &one, &control).await }),
            );
        }
        lines
    }

    fn list(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, running) in &mut self.running {
            let progress = *running.control.watch().borrow();
            running.meter.note(&progress, std::time::Instant::now());
            lines.push(format!("-- {number}: {}", running.meter.line(&running.name, &progress)));
        }
        if !lines.is_empty() {
            lines.push("-- /files stop NUMBER stops one".to_owned());
        }
        lines
    }

    fn start<F>(&mut self, name: &str, work: impl FnOnce(Control) -> F) -> Vec<String>
    where
        F: Future<Output = Result<Vec<String>, FileError>> + Send + 'static,
    {
        let (control, number) = (Control::default(), self.next);
        self.next += 1;
        let work = work(control.clone());
        let teller =
            Teller { number, name: name.to_owned(), control: control.clone(), tell: self.tell.clone() };
        self.running.insert(number, Running { name: name.to_owned(), control, meter: Meter::default() });
        tokio::spawn(teller.run(work));
        Vec::new()
    }

    fn uploader(&self) -> Uploader {
        Uploader::new(self.client.clone(), self.spool.clone(), GIVE_UP_AFTER)
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
            Err(error) => self.say(self.failed(error), Some(End::Bad)).await,
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
    control: &Control,
) -> Result<Vec<String>, FileError> {
    let unfinished = uploader.prepare(outgoing, control).await?;
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

fn shown(path: PathBuf) -> String {
    std::path::absolute(&path).unwrap_or(path).display().to_string()
}

fn said(error: FileError) -> Vec<String> {
    vec![format!("-- {}", sentence(&Failure::from(error).message))]
}

const NEWS: usize = 64;
const EVERY: Duration = Duration::from_secs(10);
