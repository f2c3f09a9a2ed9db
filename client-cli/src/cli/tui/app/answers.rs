//! What comes back from outside: answers to questions, pages of logs, lists of people.

use std::path::PathBuf;
use std::time::Instant;

use client_cli::Members;
use proto::ids::{MessageId, RoomId, Seq};
use proto::message::{HistoryFrom, HistoryItem, HistoryPage, SearchHit};

use super::message::Message;
use super::room::{PendingState, Place, Room};
use super::{App, Effect};
use crate::cli::conversation::ask::Outcome;
use crate::cli::conversation::chat::Show;
use crate::cli::tui::files::picture;
use crate::cli::tui::overlay::totp::wish::TotpAnswer;
use crate::cli::tui::overlay::{Found, pager};

/// Why a page of a log was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The last messages, when one comes into a room.
    Latest,
    /// What is above.
    Older,
    /// What is below a cut end.
    Newer,
    /// What is behind the place up to where one had read, to be counted: the log also holds entries that are no
    /// messages, and own ones.
    Unread,
    /// The messages around this one.
    Around(Seq),
}

/// Something that came back.
#[derive(Debug)]
pub(crate) enum Answer {
    Outcome(Box<Outcome>),
    /// What came of handing a message over to be sent.
    Posted {
        post: Option<(RoomId, MessageId)>,
        outcome: Box<Outcome>,
    },
    Page {
        room: RoomId,
        why: Why,
        page: Result<HistoryPage, String>,
    },
    People {
        room: RoomId,
        members: Result<Members, String>,
    },
    Found {
        query: String,
        hits: Result<Vec<SearchHit>, String>,
        more: bool,
    },
    /// What the editor left.
    Written(Result<String, String>),
    /// A picture that was fetched to be looked at, with its name and the message it came with.
    Picture {
        name: String,
        seq: Seq,
        picture: Result<PathBuf, String>,
    },
    /// What came of a step towards another authenticator.
    Totp(Box<TotpAnswer>),
}

impl App {
    /// Takes what came back.
    pub(crate) fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Outcome(outcome) => self.outcome(*outcome),
            Answer::Posted { post, outcome } => {
                if let Some((room, id)) = post.filter(|_| outcome.failed) {
                    self.not_handed_over(room, id);
                }
                self.outcome(*outcome);
            }
            Answer::Page { room, why, page: Ok(page) } => self.page(room, why, &page),
            // What was taken for unread stays so.
            Answer::Page { why: Why::Unread, page: Err(_), .. } => {}
            Answer::Page { room, page: Err(why), .. } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.loading = false;
                }
                let why = domain::text::term_safe(&why);
                self.said = Some(format!("could not read the log: {why}"));
            }
            Answer::People { room, members: Ok(members) } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.know(members);
                }
            }
            // The pane stays as it is; the next visit asks again.
            Answer::People { .. } => {}
            Answer::Found { query, hits, more } => {
                let (rooms, me) = (&self.rooms, self.chat.me.name.to_string());
                let hits = hits.map(|mut hits| {
                    hits.retain(|hit| !self.chat.hides(&hit.item.entry));
                    hits
                });
                let place = |room: RoomId| rooms.get(&room).map(|room| room.summary.clone());
                let hits =
                    hits.map(|hits| hits.into_iter().map(|hit| (place(hit.item.entry.room), hit)).collect());
                let found = Found { query: &query, hits, more, me: &me };
                self.overlays.iter_mut().for_each(|overlay| overlay.found(&found));
            }
            Answer::Picture { name, seq, picture: Ok(path) } => self.open(picture::open(path, &name, seq)),
            Answer::Picture { picture: Err(why), .. } => self.note(&why),
            // Whoever asked may lie below something that must not be overlooked.
            Answer::Totp(answer) => self.overlays.iter_mut().for_each(|overlay| overlay.totp(&answer)),
            Answer::Written(Ok(text)) => self.draft_mut().put(&text),
            Answer::Written(Err(why)) => self.note(&why),
        }
    }

    /// Shows what a command brought: a line or two in the log, more in a box of its own.
    fn outcome(&mut self, outcome: Outcome) {
        let goes_to = outcome.go_to.as_ref().map(|room| room.room);
        if let Some(summary) = &outcome.go_to {
            self.know_room(summary.clone());
        }
        let shows = self.chat.outcome(outcome);
        if let Some(room) = goes_to {
            self.enter(room);
        }
        self.show("Answer", shows);
    }

    /// A message that could not even be queued: its text goes back to where it was written, unless something else is
    /// being written there by now.
    fn not_handed_over(&mut self, room: RoomId, id: MessageId) {
        self.chat.own.remove(&id);
        let Some(room) = self.rooms.get_mut(&room) else { return };
        let Some(place) = room.pending.iter().position(|pending| pending.id == id) else { return };
        if room.draft.is_empty() {
            let pending = room.pending.remove(place);
            room.draft.put(&pending.text);
        } else {
            room.pending[place].state = PendingState::Failed("see below".to_owned());
        }
    }

    /// A message that was not sent when the program ends: its text stands in front of what is being written there.
    pub(crate) fn is_draft_again(&mut self, room: RoomId, id: MessageId) {
        let Some(room) = self.rooms.get_mut(&room) else { return };
        let Some(place) = room.pending.iter().position(|pending| pending.id == id) else { return };
        let sent = room.pending.remove(place).text;
        let words = [sent, room.draft.text()];
        let words: Vec<_> = words.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        room.draft.put(&words.join("\n"));
    }

    /// Shows lines that a command brought.
    pub(super) fn show(&mut self, title: &str, shows: Vec<Show>) {
        let lines: Vec<String> = shows
            .into_iter()
            .filter_map(|show| match show {
                Show::Line(line) | Show::Note(line) => Some(line),
                Show::Bell => None,
            })
            .collect();
        if lines.len() <= FEW {
            lines.iter().for_each(|line| self.note(line));
        } else {
            self.open(Box::new(pager::Pager::new(title, &lines)));
        }
    }

    fn page(&mut self, id: RoomId, why: Why, page: &HistoryPage) {
        let items: Vec<_> = page.items.iter().filter(|item| !self.chat.hides(&item.entry)).cloned().collect();
        let me = self.chat.me.name.to_string();
        let is_here = self.chat.current == Some(id);
        if why == Why::Unread {
            return self.count_unread(id, &items, page.more);
        }
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.loading = false;
        match why {
            Why::Latest | Why::Older => room.log.older(&items, page.more, &me),
            Why::Newer => room.log.newer(&items, page.more, &me),
            Why::Unread => {}
            Why::Around(seq) => {
                let cut = page.items.last().is_some_and(|item| item.entry.seq < room.newest);
                room.log.replace(&items, !page.more, cut, &me);
                // What was asked for may be gone; then the nearest one before it is shown.
                let messages = room.log.messages();
                let nearest = messages.filter(|(_, message)| message.seq <= seq).map(|(row, _)| row).next();
                room.chosen = nearest;
                room.place = Place::End;
            }
        }
        if is_here && let Why::Around(_) = why {
            self.show_chosen();
        }
    }

    /// Counts what others said since one was here last.
    fn count_unread(&mut self, id: RoomId, items: &[HistoryItem], more: bool) {
        let (me, my_name) = (self.chat.me.account, self.chat.me.name.to_string());
        // Who has been there meanwhile has seen it.
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(guess) = room.guessed.take() else { return };
        // What came since was counted when it came.
        let known = items.iter().filter(|item| item.entry.seq <= guess.upto);
        let messages = known.filter(|item| item.entry.author != me);
        let messages: Vec<_> = messages.filter_map(|item| Message::of_item(item, &my_name)).collect();
        let said = messages.iter().filter(|message| message.is_said());
        let behind = items
            .last()
            .filter(|_| more)
            .map_or(0, |item| guess.upto.get().saturating_sub(item.entry.seq.get()));
        let (counted, calls) =
            said.fold((0, 0), |(all, calls), message| (all + 1, calls + u32::from(message.calls)));
        room.unread = room.unread.saturating_sub(guess.unread) + counted + behind;
        room.mentions += calls;
        if room.unread == 0 {
            room.new_after = None;
        }
        self.waits_since_before(id, Instant::now());
    }

    /// Asks for a page unless one is under way.
    pub(super) fn load(&mut self, id: RoomId, why: Why) {
        let Some(room) = self.rooms.get_mut(&id).filter(|room| !room.loading) else { return };
        if why == Why::Older && room.log.whole {
            return;
        }
        room.loading = true;
        let from = beginning(room, why);
        self.effects.push_back(Effect::Load { room: id, from, why });
    }

    /// Asks for what is to be counted; a page that is to be seen does not wait for it.
    pub(super) fn ask_for_unread(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        let from = beginning(room, Why::Unread);
        self.effects.push_back(Effect::Load { room: id, from, why: Why::Unread });
    }
}

/// Returns where a page of a room's log begins.
fn beginning(room: &Room, why: Why) -> HistoryFrom {
    match why {
        Why::Latest => HistoryFrom::Latest,
        Why::Unread => HistoryFrom::After(room.summary.read_upto),
        Why::Older => room.log.oldest().map_or(HistoryFrom::Latest, HistoryFrom::Before),
        Why::Newer => room.log.newest().map_or(HistoryFrom::Latest, HistoryFrom::After),
        Why::Around(seq) => HistoryFrom::Before(Seq::new(seq.get() + AROUND).unwrap_or(seq)),
    }
}

/// So many lines stand in the log; more are shown in a box.
const FEW: usize = 3;
/// How many messages below the one that is looked for are read as well.
const AROUND: u64 = 60;
