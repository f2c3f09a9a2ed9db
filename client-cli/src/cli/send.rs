//! `chat send`: a message, and an exit code that is 0 only when the server has accepted it.

use std::io::{self, IsTerminal, Read};

use client_cli::{Accepted, Client, Post, RequestError, Withdrawn, fresh_message_id};
use data_encoding::HEXLOWER_PERMISSIVE;
use proto::ids::{MessageId, Seq};
use proto::limits;
use proto::message::RoomSummary;
use tokio::signal;

use super::args::{Global, Send};
use super::exit::{Exit, Failure};
use super::input::{self, Line};
use super::json;
use super::lists::place;
use super::online::{self, Online};
use super::output::{self, Format, talk};
use super::render::room_name;

/// Sends what is on the command line or on stdin.
pub(crate) async fn send(global: &Global, format: Format, send: Send) -> Result<Exit, Failure> {
    let id = send.id.as_deref().map(parse_id).transpose()?;
    let reply_to = send.reply_to.map(place).transpose()?;
    // Everything that can be wrong here is found before anybody is connected to.
    let text = if send.lines { None } else { Some(text(&send)?) };
    let online = Online::ask(global).await?;
    let room = online::room(&online.client, &send.room).await?;
    let sender = Sender { client: &online.client, room: &room, global, format, keep: send.keep };
    let result = match text {
        Some(body) => {
            let post = Post::Text { body, reply_to };
            sender.one(post, id.unwrap_or_else(fresh_message_id)).await.map(|()| Exit::Ok)
        }
        None => sender.lines(reply_to).await,
    };
    online.close().await;
    result
}

struct Sender<'a> {
    client: &'a Client,
    room: &'a RoomSummary,
    global: &'a Global,
    format: Format,
    keep: bool,
}

impl Sender<'_> {
    async fn one(&self, post: Post, id: MessageId) -> Result<(), Failure> {
        let posting = self.client.post_as(self.room.room, post, id, self.global.patience());
        let result = tokio::select! {
            result = posting => result.map_err(Cause::Server),
            _ = signal::ctrl_c() => Err(Cause::Interrupted),
        };
        match result {
            Ok(accepted) => self.accepted(&accepted),
            Err(cause) => Err(self.not_accepted(cause, id).await),
        }
    }

    /// Sends each line; goes on after a line the server refuses, stops when it cannot be reached.
    async fn lines(&self, reply_to: Option<Seq>) -> Result<Exit, Failure> {
        let (mut accepted, mut refused, mut last) = (0_u64, 0_u64, None);
        let mut lines = input::lines();
        while let Some(line) = lines.recv().await {
            let result = match line {
                Line::Text(body) if body.trim().is_empty() => continue,
                Line::Text(body) => self.one(Post::Text { body, reply_to }, fresh_message_id()).await,
                Line::TooLong => Err(Failure::usage("a line is too long")),
                Line::NotText => Err(Failure::usage("a line is not UTF-8 text")),
            };
            let Err(failure) = result else {
                accepted += 1;
                continue;
            };
            refused += 1;
            let goes_on = matches!(failure.exit, Exit::Refused | Exit::Usage) && failure.code != "banned";
            if goes_on {
                talk(format_args!("chat: line {}: {}", accepted + refused, failure.message));
            }
            last = Some(failure);
            if !goes_on {
                break;
            }
        }
        match last {
            None => Ok(Exit::Ok),
            Some(failure) if accepted == 0 => Err(failure),
            Some(failure) => {
                let message = format!("{accepted} lines accepted, {refused} not: {}", failure.message);
                Err(Failure { exit: Exit::Partial, message, ..failure })
            }
        }
    }

    fn accepted(&self, accepted: &Accepted) -> Result<(), Failure> {
        match self.format {
            Format::Json => output::json(&json::sent(self.room, accepted).line()),
            Format::Text => {
                talk(format_args!("sent to {} as [{}]", room_name(self.room), accepted.seq));
                Ok(())
            }
        }
    }

    /// Takes the message back, so that a script that tries again does not double it.
    async fn not_accepted(&self, cause: Cause, id: MessageId) -> Failure {
        let was_refused = matches!(cause, Cause::Server(RequestError::Refused(_)));
        let was_put_off = matches!(cause, Cause::Server(RequestError::NotYet { last: Some(_), .. }));
        // A sealed room's message that was not even written down has to be said again.
        let is_kept = !matches!(cause, Cause::Server(RequestError::TimedOut));
        let failure = match cause {
            Cause::Server(error) => Failure::from(error),
            Cause::Interrupted => Failure::new(Exit::Network, "interrupted", "interrupted"),
        };
        if was_refused {
            return failure.context("not sent");
        }
        if self.keep && is_kept {
            return failure.context("not sent yet; kept for the next connection");
        }
        match self.client.withdraw(id).await {
            _ if was_put_off => failure.context("not sent"),
            Withdrawn::NotSent => failure.context("not sent"),
            Withdrawn::MaybeSent | Withdrawn::Gone => failure
                .context("not known whether it was sent")
                .hint(format!("sending it again with --id {} never doubles it", json::hex(id))),
        }
    }
}

enum Cause {
    Server(RequestError),
    Interrupted,
}

fn text(send: &Send) -> Result<String, Failure> {
    let from_stdin = send.text.is_empty() || send.text == ["-"];
    let text = if from_stdin { read_stdin()? } else { send.text.join(" ") };
    domain::text::message_body(&text).map_err(Failure::usage)?;
    if limits::BODY < text.len() {
        let message = format!("the text is {} bytes, a message has at most {}", text.len(), limits::BODY);
        return Err(Failure::new(Exit::Usage, "too_long", message).hint("send it in parts, or with --lines"));
    }
    Ok(text)
}

fn read_stdin() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        talk("Type the message, then Ctrl-D.");
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(limits::BODY).unwrap_or(u64::MAX) + 2;
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    let mut text = String::from_utf8(bytes).map_err(|_| Failure::usage("the input is not UTF-8 text"))?;
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    Ok(text)
}

fn parse_id(text: &str) -> Result<MessageId, Failure> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    let id = bytes.and_then(|bytes| bytes.try_into().ok()).map(MessageId);
    id.ok_or_else(|| Failure::usage("an id has 32 hex digits"))
}
