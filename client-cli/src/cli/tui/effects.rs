//! What the application wants done outside, done.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use client_cli::files::Downloader;
use data_encoding::BASE64;
use domain::text::term_safe;
use proto::ids::{RoomId, Seq};

use super::app::{Answer, Effect};
use super::editor;
use super::files;
use super::images::fetch::fetch_picture;
use super::input::Inputs;
use super::overlay::totp::wish::TotpWish;
use super::running::{Running, Waiting};
use super::screen::Screen;
use crate::cli::conversation::ask::sentence;
use crate::cli::conversation::files::Job;
use crate::cli::exit::Failure;
use crate::cli::files::GIVE_UP_AFTER;
use crate::cli::online::unix_seconds;
use crate::cli::render::room_name;

impl Running {
    /// Does everything that waits to be done.
    pub(super) async fn carry_out(
        &mut self,
        screen: &mut Screen,
        inputs: &mut Inputs,
    ) -> Result<(), Failure> {
        while let Some(effect) = self.app.poll_effect() {
            match effect {
                Effect::Ask(ask) => {
                    let client = self.client.clone();
                    self.wait_for(Box::pin(
                        async move { Answer::Outcome(Box::new(ask.carry_out(client).await)) },
                    ));
                }
                Effect::Post(ask) => self.posts.push_back(ask),
                Effect::Load { room, from, why } => {
                    let client = self.client.clone();
                    self.wait_for(Box::pin(async move {
                        let page = client.history(room, from, PAGE).await.map_err(|error| words(&error));
                        Answer::Page { room, why, page }
                    }));
                }
                Effect::People(room) => {
                    let client = self.client.clone();
                    self.wait_for(Box::pin(async move {
                        let members = client.members(room).await.map_err(|error| words(&error));
                        Answer::People { room, members }
                    }));
                }
                Effect::Find { query, room } => self.find(query, room),
                Effect::Mark(room, seq) => {
                    let client = self.client.clone();
                    // Read markers are a convenience: one that is lost is made good by the next.
                    tokio::spawn(async move { drop(client.mark_read(room, seq).await) });
                }
                Effect::Upload { room, room_name, upload } => {
                    self.begin(files::job(*upload, room, room_name));
                }
                Effect::Stop(number) => self.begin(Job::Stop(number)),
                Effect::Resume => self.begin(Job::Resume),
                Effect::Picture(room, seq) => self.picture(room, seq),
                Effect::Editor(text) => {
                    // Keys and screen belong to the editor while it runs; the connection goes on.
                    inputs.pause();
                    screen.lend();
                    let folder = self.places.pastes.clone();
                    self.wait_for(Box::pin(async move { Answer::Written(editor::edit(folder, text).await) }));
                }
                Effect::Copy(text) => {
                    // OSC 52: the terminal puts it into the clipboard, also over ssh.
                    screen.write(&format!("\x1b]52;c;{}\x07", BASE64.encode(text.as_bytes())))?;
                }
                Effect::Offer(path) => self.offer(&path),
                Effect::OfferText(text) => match write_paste(&self.places.pastes, &text) {
                    Ok(path) => self.offer(&path),
                    Err(error) => self.app.note(&format!("the text could not be written to a file: {error}")),
                },
                Effect::Explore => {
                    self.app.open(files::explorer::open(&self.places.chosen));
                }
                Effect::Transfers => {
                    let all = self.transfers.all();
                    self.app.open(files::transfers::open(all));
                }
                Effect::Totp(wish) => self.totp(wish),
                Effect::Redraw => self.redraw(screen)?,
                // The loop sees that the person leaves.
                Effect::Quit => {}
            }
        }
        Ok(())
    }

    fn wait_for(&mut self, waiting: Waiting) {
        self.asking.push(waiting);
    }

    fn begin(&mut self, job: Job) {
        let said = self.transfers.begin(job);
        said.iter().for_each(|line| self.app.note(line));
    }

    fn redraw(&mut self, screen: &mut Screen) -> Result<(), Failure> {
        self.pictures.forget();
        Ok(screen.clear()?)
    }

    /// Shows a file before it is sent.
    fn offer(&mut self, path: &Path) {
        // A file of this name may have changed since it was looked at.
        self.pictures.forget();
        if let Some(folder) = path.parent().filter(|_| !path.starts_with(&self.places.pastes)) {
            self.places.chosen = folder.to_owned();
        }
        let Some(room) = self.app.current() else { return };
        match files::preview::open(path, &room_name(&room.summary), room.summary.kind) {
            Ok(preview) => self.app.open(preview),
            Err(why) => self.app.note(&why),
        }
    }

    fn find(&mut self, query: String, room: Option<RoomId>) {
        let client = self.client.clone();
        self.wait_for(Box::pin(async move {
            let found = client.search(&query, room, 0, HITS).await.map_err(|error| words(&error));
            let more = found.as_ref().is_ok_and(|page| page.next != 0);
            let hits = found.map(|page| page.hits.into_inner());
            Answer::Found { query, hits, more }
        }));
    }

    /// Takes a step towards another authenticator.
    fn totp(&mut self, wish: TotpWish) {
        let client = self.client.clone();
        self.wait_for(Box::pin(async move { Answer::Totp(Box::new(wish.carry_out(&client).await)) }));
    }

    /// Fetches a picture to look at it.
    fn picture(&mut self, room: RoomId, seq: Seq) {
        let (client, folder) = (self.client.clone(), self.places.pictures.clone());
        self.wait_for(Box::pin(async move {
            let incoming = Downloader::new(client.clone(), GIVE_UP_AFTER).find(room, seq).await;
            let (name, picture) = match incoming {
                Ok(incoming) => {
                    let name = incoming.card.lock.name().unwrap_or("Picture").to_owned();
                    (name, fetch_picture(client, incoming, folder).await)
                }
                Err(error) => (String::new(), Err(sentence(&error.to_string()))),
            };
            Answer::Picture { name, seq, picture }
        }));
    }
}

/// Writes a text that is sent as a file where only its person can read it.
fn write_paste(folder: &Path, text: &str) -> std::io::Result<PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(format!("text-{}.txt", unix_seconds()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

fn words(error: &client_cli::RequestError) -> String {
    term_safe(&error.to_string()).into_owned()
}

const PAGE: u16 = 200;
const HITS: u16 = 50;
