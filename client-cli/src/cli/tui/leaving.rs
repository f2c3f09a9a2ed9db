//! The end in order: transfers stop, the last words go out, and what is left is said.

use std::path::Path;
use std::time::Duration;

use client_cli::Events;
use tokio::time;

use super::app::Answer;
use super::images;
use super::running::{Running, finished};
use super::screen::Screen;
use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::chat::Show;
use crate::cli::exit::Failure;

impl Running {
    /// Stops transfers, waits a little for the last words to be accepted, and says what is left.
    pub(super) async fn leave(
        mut self,
        screen: &mut Screen,
        mut events: Events,
    ) -> Result<Vec<String>, Failure> {
        self.drafts.keep_now(self.app.drafts()).await;
        // A terminal that is gone needs neither.
        let _ = screen.write(self.outlet.close());
        let _ = screen.write(self.pictures.goodbye());
        images::fetch::clear(&self.places.pictures);
        if let Some((room, seq)) = self.app.take_mark() {
            // A convenience: nobody waits long for it.
            let _ = time::timeout(QUICK / 10, self.client.mark_read(room, seq)).await;
        }
        let has_cut = 0 < self.transfers.running();
        self.transfers.stop_all();
        let mut words = Vec::new();
        while 0 < self.transfers.running() {
            let Some(news) = self.transfers.next().await else { break };
            self.transfers.note(&news);
            words.extend(news.is_end().then_some(news.lines).into_iter().flatten());
        }
        if !has_cut {
            forget(&self.places.pastes);
        }
        let deadline = time::Instant::now() + QUICK.min(self.patience);
        words.extend(self.hand_over(deadline).await);
        if self.stopped.is_none() {
            while 0 < self.client.unsent().await.unwrap_or(0) {
                match time::timeout_at(deadline, events.next()).await {
                    Ok(Some(event)) => {
                        let shows = self.app.chat.handle(event);
                        words.extend(shows.into_iter().filter_map(refusals));
                    }
                    Ok(None) | Err(_) => break,
                }
            }
        }
        let unsent = self.client.unsent().await.unwrap_or(0);
        if 0 < unsent {
            words.push(format!(
                "-- {unsent} messages are not sent yet; they are kept and sent at the next start"
            ));
        }
        self.client.close().await;
        events.closed().await;
        match self.stopped {
            Some(why) => Err(why.into()),
            None => Ok(words),
        }
    }
}

impl Running {
    /// Hands over what was said last. What cannot be is a draft again, and that is said.
    async fn hand_over(&mut self, deadline: time::Instant) -> Vec<String> {
        let (mut words, mut not_sent) = (Vec::new(), Vec::new());
        while self.posting.is_some() || !self.posts.is_empty() {
            self.post();
            match time::timeout_at(deadline, finished(&mut self.posting)).await {
                Ok(Answer::Posted { post, outcome }) if outcome.failed => {
                    not_sent.extend(post);
                    words.extend(outcome.lines);
                }
                Ok(_) => {}
                Err(_) => {
                    // Dropped, it is not sealed any more; one that was kept already is taken back.
                    self.posting = None;
                    if let Some((_, id)) = self.handing_over {
                        let _ = time::timeout(QUICK / 10, self.client.withdraw(id)).await;
                    }
                    not_sent.extend(self.handing_over);
                    not_sent.extend(self.posts.iter().filter_map(Ask::message));
                    self.posts.clear();
                }
            }
            self.posting = None;
        }
        if !not_sent.is_empty() {
            // The last one first: each stands in front of what is there.
            not_sent.iter().rev().for_each(|(room, id)| self.app.is_draft_again(*room, *id));
            self.drafts.keep_now(self.app.drafts()).await;
            words.push("-- what was said last may not have been sent: it is a draft again".to_owned());
        }
        words
    }
}

/// Removes a folder of texts that nobody needs any more. One that is not there is as good.
pub(super) fn forget(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
}

/// Returns what must be said at the end: that something was not sent.
fn refusals(show: Show) -> Option<String> {
    match show {
        Show::Note(note) if note.contains("not sent") => Some(note),
        _ => None,
    }
}

/// How long leaving waits for the last words.
const QUICK: Duration = Duration::from_secs(5);
