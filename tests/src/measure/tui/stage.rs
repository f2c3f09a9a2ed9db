//! The server, the client in its terminal, and somebody who talks.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use proto::ids::{RequestId, RoomId};
use proto::message::{Answer, ClientMessage, Command, ServerMessage};
use proto::text::Text;

use super::keys::{Press, ends_a_frame, timed, timed_until};
use crate::glass::Glass;
use crate::measure::machine;
use crate::measure::stats::Histogram;
use crate::person::Person;
use crate::seat::{self, LOBBY, message_id};
use crate::server::{Chatd, Setup};
use crate::terminal::Size;
use crate::wire::Peer;

/// See the module.
pub(crate) struct Stage {
    glass: Glass,
    peer: Peer,
    told: usize,
    // Dropped after the client, which would see it go.
    _person: Person,
    _chatd: Chatd,
}

impl Stage {
    /// Starts everything; the lobby is empty.
    pub(crate) async fn set() -> Result<Self> {
        let chatd = Setup::quick().start()?;
        let talker = seat::seats(&chatd, &["bob"])?.pop().context("a seat")?;
        let person = Person::join("carol", &chatd.invite()?)?;
        for room in ["garden", "kitchen"] {
            person.run(&["rooms", "create", room])?.good()?;
        }
        let peer = talker.enter(&chatd).await?;
        let chat = person.interface();
        let mut glass = Glass::start(&chat, Size::of(140, 40))?;
        glass.wait_for("#kitchen")?;
        Ok(Self { glass, peer, told: 0, _person: person, _chatd: chatd })
    }

    /// Says so many things in the lobby and waits until the client shows the last of them.
    pub(crate) async fn tell(&mut self, count: usize) -> Result<()> {
        let mut open = 0;
        for _ in 0..count {
            self.told += 1;
            let body = Text::new(words(self.told))?;
            let command = Command::Send { room: LOBBY, message_id: message_id(), body, reply_to: None };
            let request = RequestId(self.peer.fresh_request());
            self.peer.send(&ClientMessage { request, command }).await?;
            open += 1;
            if open == IN_FLIGHT {
                self.accepted().await?;
                open -= 1;
            }
            if self.told.is_multiple_of(1_000) {
                // Nobody talks faster than anybody's client can listen for long.
                self.glass.wait_for(&last_word(self.told))?;
            }
        }
        for _ in 0..open {
            self.accepted().await?;
        }
        self.glass.wait_for(&last_word(self.told))
    }

    /// Returns how long these take.
    pub(crate) async fn times(&mut self, press: Press, presses: usize) -> Result<Histogram> {
        let mut times = Histogram::default();
        for index in 0..presses {
            let time = match press {
                Press::Incoming => {
                    self.told += 1;
                    let began = Instant::now();
                    self.peer.say(LOBBY, &words(self.told)).await?;
                    self.glass.wait_for(&last_word(self.told))?;
                    self.glass.terminal().newest().context("nothing was written")? - began
                }
                Press::Letter if index != 0 && index.is_multiple_of(LINE) => {
                    self.clear()?;
                    timed(&mut self.glass, press.key(index), ends_a_frame)?
                }
                Press::Room => {
                    // Who is there and what was said come a moment later, and are not what is waited for.
                    let title = format!("Message {}", ROOMS[(index + 1) % ROOMS.len()]);
                    timed_until(&mut self.glass, press.key(index), ends_a_frame, |glass| glass.shows(&title))?
                }
                Press::Letter | Press::Page => timed(&mut self.glass, press.key(index), ends_a_frame)?,
            };
            times.record(time);
        }
        self.back(press)?;
        Ok(times)
    }

    /// Returns how much memory the client takes, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        machine::resident_bytes(self.glass.terminal().id())
    }

    /// Leaves the client as a person does.
    pub(crate) fn leave(mut self) -> Result<()> {
        self.glass.enter("/quit")?;
        ensure!(
            self.glass.wait()?.success(),
            "the client did not leave in order:\n{}",
            self.glass.contents()
        );
        self.glass.is_given_back()
    }

    /// Back in the lobby, at its end, with nothing typed.
    fn back(&mut self, press: Press) -> Result<()> {
        match press {
            Press::Letter => self.clear(),
            Press::Page => {
                self.glass.press("alt-end")?;
                self.glass.wait_for(&last_word(self.told))
            }
            Press::Room => {
                self.glass.press("alt-1")?;
                self.glass.wait_for(&last_word(self.told))
            }
            Press::Incoming => Ok(()),
        }
    }

    fn clear(&mut self) -> Result<()> {
        timed(&mut self.glass, "ctrl-c", ends_a_frame).map(drop)
    }

    async fn accepted(&mut self) -> Result<RoomId> {
        let waiting = self.peer.until(|message| match message {
            ServerMessage::Answer(_, Answer::Accepted { .. }) => Some(Ok(LOBBY)),
            ServerMessage::Refused(_, refusal) => Some(Err(refusal)),
            _ => None,
        });
        Ok(waiting.await??)
    }
}

/// A line as people write them, some of it in another script; it ends with a word that stands only there.
fn words(number: usize) -> String {
    let text = match number % 4 {
        0 => "did you see the release notes? they are in the usual place",
        1 => "deploy at ten, 日本語 and 👩‍🚀 line up",
        2 => "yes",
        _ => {
            "the kettle is on, and there is a whole sentence more to be said about it that needs a second row on \
              most screens, because somebody likes to talk"
        }
    };
    format!("{text} {}", last_word(number))
}

fn last_word(number: usize) -> String {
    format!("m{number:05}.")
}

/// Messages that wait for their answer.
const IN_FLIGHT: usize = 64;
/// In the order of the list.
const ROOMS: [&str; 3] = ["#lobby", "#garden", "#kitchen"];
/// Letters before the line is cleared.
const LINE: usize = 60;
