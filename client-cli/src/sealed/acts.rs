//! Each call on the engine, and what carries it out.

use proto::ids::MessageId;

use super::call::SealedCall;
use super::engine::Engine;
use crate::core::Withdrawn;

impl Engine {
    /// Answers at once what needs neither the server nor the vault's order; the rest waits for its turn.
    pub(super) fn hear(&mut self, call: SealedCall) {
        match call {
            SealedCall::Rooms { reply } => self.answer_rooms(reply),
            SealedCall::Unsent { reply } => drop(reply.send(self.unsent())),
            SealedCall::Withdraw { message_id, reply } if self.has_deferred(message_id) => {
                // It was not even sealed; who waits for it has gone.
                self.deferred.retain(|call| !posts(call, message_id));
                // Nobody is left to tell when the caller has gone.
                let _ = reply.send(Withdrawn::NotSent);
            }
            other => self.deferred.push_back(other),
        }
    }

    fn has_deferred(&self, message_id: MessageId) -> bool {
        self.deferred.iter().any(|call| posts(call, message_id))
    }

    /// Carries a call out and answers it. Nobody is left to tell when the caller has gone.
    pub(super) async fn answer(&mut self, call: SealedCall) {
        match call {
            SealedCall::Rooms { reply } => self.answer_rooms(reply),
            SealedCall::Follow { room, start } => self.follow(room, start),
            SealedCall::Post(posting) => self.post(*posting).await,
            SealedCall::Withdraw { message_id, reply } => drop(reply.send(self.withdraw(message_id))),
            SealedCall::Unsent { reply } => drop(reply.send(self.unsent())),
            SealedCall::History { room, from, limit, reply } => {
                drop(reply.send(self.history(room, from, limit).await));
            }
            SealedCall::Search { query, room, before, limit, reply } => {
                drop(reply.send(self.search(query, room, before, limit).await));
            }
            SealedCall::Create { name, topic, reply } => {
                self.settled().await;
                drop(reply.send(self.create(&name, &topic).await));
            }
            SealedCall::Direct { name, reply } => {
                self.settled().await;
                drop(reply.send(self.direct(&name).await));
            }
            SealedCall::Invite { room, name, reply } => {
                self.settled().await;
                drop(reply.send(self.invite(room, &name).await));
            }
            SealedCall::Remove { room, name, reply } => {
                self.settled().await;
                drop(reply.send(self.remove(room, &name).await));
            }
            SealedCall::Known { name, reply } => {
                self.settled().await;
                drop(reply.send(self.known(&name).await));
            }
            SealedCall::Trust { name, reply } => {
                self.settled().await;
                drop(reply.send(self.trust(&name).await));
            }
            SealedCall::Devices { reply } => {
                self.settled().await;
                drop(reply.send(self.own_devices().await));
            }
            SealedCall::Approve { device, code, reply } => {
                self.settled().await;
                drop(reply.send(self.approve(device, &code).await));
            }
            SealedCall::StartOver { reply } => drop(reply.send(self.start_over().await)),
            SealedCall::Keys { room, reply } => {
                self.settled().await;
                drop(reply.send(self.keys_of(room)));
            }
            SealedCall::Report { what, reply } => {
                self.settled().await;
                drop(reply.send(self.report(*what).await));
            }
        }
    }
}

/// Whether a call is about saying this message.
fn posts(call: &SealedCall, message_id: MessageId) -> bool {
    matches!(call, SealedCall::Post(posting) if posting.message_id == message_id)
}
