//! The commands of `chat run` for sealed rooms.

use proto::ids::DeviceId;
use serde_json::{Value, json};

use crate::cli::exit::Failure;
use crate::cli::json::{IdentityLine, RoomKeysLine};
use crate::cli::online;

use super::command::{Command, Runner, done};

/// Carries out a command about members and keys.
pub(super) async fn carry_out(runner: &Runner, command: Command) -> Result<Value, Failure> {
    let client = &runner.client;
    match command {
        Command::Invite { room, name } => {
            let invited = client.invite(runner.room(&room).await?, &name).await?;
            Ok(json!({ "name": invited.name, "devices": invited.devices }))
        }
        Command::Remove { room, name } => done(client.put_out(runner.room(&room).await?, &name).await),
        Command::Keys { room } => {
            let room = online::room(client, &room).await?;
            let keys = client.room_keys(room.room).await?;
            serde_json::to_value(RoomKeysLine::of(&room, &keys)).map_err(Failure::usage)
        }
        Command::Verify { name, matches } => {
            let known =
                if matches { client.verified(&name).await? } else { client.identity_of(&name).await? };
            serde_json::to_value(IdentityLine::of(&known)).map_err(Failure::usage)
        }
        Command::Approve { device, code } => {
            let device = DeviceId::new(device).ok_or_else(|| Failure::usage("no such device"))?;
            done(client.approve_device(device, &code).await)
        }
        _ => Err(Failure::usage("not a command about sealed rooms")),
    }
}
