//! The files of a room, found in its log.

use proto::ids::RoomId;
use proto::limits;
use proto::message::{Content, Entry, HistoryFrom};

use super::download::Downloader;
use super::error::FileError;

impl Downloader {
    /// Returns the last files of a room, at most this many, in the order of the log. Entries further back than the
    /// last ten thousand are not looked at.
    ///
    /// # Errors
    /// When the server cannot be reached, or one may not read the room.
    pub async fn recent(&self, room: RoomId, most: usize) -> Result<Vec<Entry>, FileError> {
        let limit = u16::try_from(limits::PAGE).expect("a page has at most 200 entries");
        let (mut found, mut from) = (Vec::new(), HistoryFrom::Latest);
        for _ in 0..PAGES {
            let page = self.client.history(room, from, limit).await?;
            let Some(first) = page.items.first().map(|item| item.entry.seq) else { break };
            let entries = page.items.iter().rev().map(|item| &item.entry);
            let files = entries.filter(|entry| matches!(entry.content, Content::File { .. }));
            found.extend(files.take(most - found.len()).cloned());
            if found.len() == most || !page.more {
                break;
            }
            from = HistoryFrom::Before(first);
        }
        found.reverse();
        Ok(found)
    }
}

const PAGES: usize = 50;
