//! `chat run`: JSON commands in, JSON answers and events out, for programs.

use std::collections::BTreeMap;

use client_cli::{ClientEvent, Events, Follow, Start, find_room};
use proto::ids::RoomId;
use proto::message::RoomSummary;
use serde_json::Value;

use super::args::{Global, Run};
use super::exit::{Exit, Failure};
use super::input::{self, Line};
use super::json::{self, Object};
use super::online::Online;
use super::output;

mod command;
mod moderation;
mod sealed;

use command::{Command, Runner};

/// Carries out commands one after the other until stdin ends, printing events all the while.
pub(crate) async fn run(global: &Global, run: Run) -> Result<Exit, Failure> {
    let follow = if run.room.is_empty() { Follow::All } else { Follow::Asked };
    let Online { profile, client, mut events } = Online::open(global, follow, u64::MAX).await?;
    let runner = Runner { client: client.clone() };
    let mut printer = Printer { client: client.clone(), wanted: run.room, rooms: BTreeMap::new() };
    let result = tokio::select! {
        result = take_commands(&runner) => result,
        failure = print_events(&mut printer, &mut events) => Err(failure),
    };
    client.close().await;
    events.closed().await;
    drop(profile);
    result
}

async fn take_commands(runner: &Runner) -> Result<Exit, Failure> {
    let (mut done, mut last) = (0_u64, None);
    let mut lines = input::lines();
    while let Some(line) = lines.recv().await {
        let (id, command) = match parse(line) {
            Parsed::Nothing => continue,
            Parsed::Command(id, Command::Quit) => {
                answer(&id, Ok(Value::Object(Default::default())))?;
                break;
            }
            Parsed::Command(id, command) => (id, Ok(command)),
            Parsed::Wrong(id, failure) => (id, Err(failure)),
        };
        let result = match command {
            Ok(command) => runner.carry_out(command).await,
            Err(failure) => Err(failure),
        };
        match answer(&id, result)? {
            None => done += 1,
            Some(failure) => last = Some(failure),
        }
    }
    match last {
        None => Ok(Exit::Ok),
        Some(exit) if done == 0 => Ok(exit),
        Some(_) => Ok(Exit::Partial),
    }
}

/// Prints what came of a command, and returns its exit code when it failed.
fn answer(id: &Value, result: Result<Value, Failure>) -> Result<Option<Exit>, Failure> {
    match result {
        Ok(result) => output::json(&Object::Answer { id, ok: true, result }.line()).map(|()| None),
        Err(failure) => {
            output::json(&Object::failure(&failure, Some(id)).line())?;
            Ok(Some(failure.exit))
        }
    }
}

enum Parsed {
    Nothing,
    Command(Value, Command),
    Wrong(Value, Failure),
}

fn parse(line: Line) -> Parsed {
    let text = match line {
        Line::Text(text) if text.trim().is_empty() => return Parsed::Nothing,
        Line::Text(text) => text,
        Line::TooLong => return Parsed::Wrong(Value::Null, Failure::usage("the line is too long")),
        Line::NotText => return Parsed::Wrong(Value::Null, Failure::usage("the line is not UTF-8 text")),
    };
    let mut object = match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Parsed::Wrong(Value::Null, Failure::usage("a command is a JSON object")),
        Err(error) => return Parsed::Wrong(Value::Null, Failure::usage(format!("not JSON: {error}"))),
    };
    let id = object.remove("id").unwrap_or(Value::Null);
    match serde_json::from_value(Value::Object(object)) {
        Ok(command) => Parsed::Command(id, command),
        Err(error) => Parsed::Wrong(id, Failure::usage(format!("not a command: {error}"))),
    }
}

struct Printer {
    client: client_cli::Client,
    wanted: Vec<String>,
    rooms: BTreeMap<RoomId, RoomSummary>,
}

/// Prints events until the client stops, and returns why it did.
async fn print_events(printer: &mut Printer, events: &mut Events) -> Failure {
    while let Some(event) = events.next().await {
        if let Err(failure) = printer.print(&event).await {
            return failure;
        }
        if let ClientEvent::Stopped(stopped) = event {
            return stopped.into();
        }
    }
    Failure::new(Exit::Network, "closed", "the connection was closed")
}

impl Printer {
    async fn print(&mut self, event: &ClientEvent) -> Result<(), Failure> {
        if let ClientEvent::Room(summary) = event {
            let is_new = self.rooms.insert(summary.room, summary.clone()).is_none();
            let rooms = std::slice::from_ref(summary);
            if is_new && self.wanted.iter().any(|name| find_room(rooms, name).is_some()) {
                self.client.follow(summary.room, Start::After(summary.last_seq)).await?;
            }
        }
        let summary = json::room_of(event).and_then(|room| self.rooms.get(&room));
        let room = summary.map(|summary| summary.name.to_string()).unwrap_or_default();
        let me = self.client.welcome().name.to_string();
        output::json(&Object::event(event, &room, &me).line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_command_is_answered_with_what_was_expected() {
        for (line, id, words) in [
            ("{", Value::Null, "not JSON"),
            ("[1]", Value::Null, "a JSON object"),
            (r#"{"id":7,"cmd":"fly"}"#, Value::from(7), "unknown variant"),
            (r#"{"id":"a","cmd":"send","room":"ops"}"#, Value::from("a"), "missing field"),
            (r#"{"cmd":"send","room":"ops","text":"x","colour":1}"#, Value::Null, "unknown field"),
        ] {
            let Parsed::Wrong(found, failure) = parse(Line::Text(line.to_owned())) else { panic!("{line}") };
            assert_eq!(found, id);
            assert!(failure.message.contains(words), "{}", failure.message);
            assert_eq!(failure.exit, Exit::Usage);
        }
    }
}
