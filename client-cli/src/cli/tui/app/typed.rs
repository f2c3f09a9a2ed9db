//! Lines that were typed: said, asked, or asked about first.

use std::borrow::Cow;

use client_cli::Post;
use domain::text::term_safe_lines;

use super::room::{Pending, PendingState, Room};
use super::{App, Effect};
use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::commands::{self, Typed, Verb};
use crate::cli::conversation::consequences::consequences;
use crate::cli::conversation::typed::Step;
use crate::cli::tui::emoji::from_shortcodes;
use crate::cli::tui::keys::Action;
use crate::cli::tui::overlay::{confirm, search, totp};

impl App {
    /// Carries out a line.
    pub(crate) fn typed(&mut self, line: &str) {
        let verb = match commands::parse(line) {
            Typed::Command(Verb::Help, "") => return self.action(Action::Help),
            Typed::Command(Verb::Search, words) => {
                let mut search = search::Search::new(words);
                let question = search.first_question();
                self.open(Box::new(search));
                question.into_iter().for_each(|question| self.act(question));
                return;
            }
            Typed::Command(verb, _) => Some(verb),
            _ => None,
        };
        let was_here = self.chat.current;
        let line = match verb {
            None | Some(Verb::Me | Verb::Msg | Verb::Reply | Verb::Edit | Verb::React | Verb::Unreact) => {
                from_shortcodes(line)
            }
            Some(_) => Cow::Borrowed(line),
        };
        match self.chat.typed(&line) {
            Step::Show(shows) => self.show(line.split_whitespace().next().unwrap_or_default(), shows),
            Step::Ask(ask) => match verb.and_then(|verb| consequences(verb, &ask)) {
                Some(question) if !question.undoable => self.open(Box::new(confirm::command(question, ask))),
                _ => self.ask(ask),
            },
            Step::Again(asks) => {
                self.rooms.values_mut().for_each(Room::forget_failed);
                asks.into_iter().for_each(|ask| self.ask(ask));
            }
            Step::Theme(name) => self.use_theme(name),
            Step::Totp => self.open(Box::new(totp::Totp::new())),
            Step::Quit => self.leave(),
        }
        if matches!(verb, Some(Verb::Ignore | Verb::Unignore)) {
            self.read_again();
        }
        if self.chat.current != was_here
            && let Some(room) = self.chat.current
        {
            self.enter(room);
        }
    }

    /// Sends a question or an act on its way; own words are shown at once, as what they are: on their way.
    pub(crate) fn ask(&mut self, ask: Ask) {
        if let Ask::Post { room, post, message_id } = &ask {
            let (id, text) = (*message_id, text_of(post));
            if let (Some(room), Some(text)) = (self.rooms.get_mut(room), text) {
                let words = term_safe_lines(&text).into_owned();
                room.pending.push(Pending { id, text, words, state: PendingState::Sending });
                room.new_after = None;
                if !room.log.cut {
                    room.place = super::room::Place::End;
                    room.chosen = None;
                    room.seen();
                }
            }
            return self.effects.push_back(Effect::Post(ask));
        }
        match ask {
            Ask::Tell { .. } => self.effects.push_back(Effect::Post(ask)),
            ask => self.effects.push_back(Effect::Ask(ask)),
        }
    }
}

fn text_of(post: &Post) -> Option<String> {
    match post {
        Post::Text { body: text, .. } | Post::File { caption: text, .. } => Some(text.clone()),
        _ => None,
    }
}
