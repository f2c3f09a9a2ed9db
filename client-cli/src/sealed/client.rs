//! What a program can ask of a client about sealed rooms.

use std::time::Instant;

use proto::ids::{DeviceId, MessageId, ReportId, RoomId, Seq};
use proto::message::{ReportCategory, RoomSummary};
use tokio::sync::oneshot;
use tokio::time;

use super::call::{Answered, Posting, Reporting};
use super::{DeviceKeys, Invited, Known, RoomKeys, SealedCall, SealedWhy, refused};
use crate::client::{Accepted, Client};
use crate::core::Withdrawn;
use crate::error::RequestError;
use crate::post::Post;

impl Client {
    /// Makes a sealed room with oneself in it. The server learns neither its name nor its topic.
    ///
    /// # Errors
    /// [`RequestError::Sealed`] when this device has no keys yet; refused by the server's rules.
    pub async fn create_sealed(&self, name: &str, topic: &str) -> Result<RoomSummary, RequestError> {
        let (name, topic) = (name.trim().trim_start_matches(['#', '~']).to_owned(), topic.to_owned());
        self.sealed(|reply| SealedCall::Create { name, topic, reply }).await
    }

    /// Lets somebody into a sealed room, with all their devices.
    ///
    /// # Errors
    /// [`RequestError::Sealed`] says what stands in the way: no keys, changed keys, not an admin.
    pub async fn invite(&self, room: RoomId, name: &str) -> Result<Invited, RequestError> {
        let name = name.to_owned();
        self.sealed(|reply| SealedCall::Invite { room, name, reply }).await
    }

    /// Puts somebody out of a sealed room: they read nothing that is said after this.
    ///
    /// # Errors
    /// As [`Self::invite`].
    pub async fn put_out(&self, room: RoomId, name: &str) -> Result<(), RequestError> {
        let name = name.to_owned();
        self.sealed(|reply| SealedCall::Remove { room, name, reply }).await
    }

    /// Returns what is known of somebody's identity, and the number to compare with them.
    ///
    /// # Errors
    /// [`RequestError::Sealed`] when they or this device have no identity.
    pub async fn identity_of(&self, name: &str) -> Result<Known, RequestError> {
        let name = name.to_owned();
        self.sealed(|reply| SealedCall::Known { name, reply }).await
    }

    /// Takes somebody's key as compared, also in place of one that was known before.
    ///
    /// # Errors
    /// As [`Self::identity_of`].
    pub async fn verified(&self, name: &str) -> Result<Known, RequestError> {
        let name = name.to_owned();
        self.sealed(|reply| SealedCall::Trust { name, reply }).await
    }

    /// Returns one's devices, whether they have keys, and the codes of those that wait for approval.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn device_keys(&self) -> Result<Vec<DeviceKeys>, RequestError> {
        self.sealed(|reply| SealedCall::Devices { reply }).await
    }

    /// Lets another device of one's own read sealed rooms. `code` is what that device shows.
    ///
    /// # Errors
    /// [`RequestError::Sealed`] when the code is another one, or the device does not ask.
    pub async fn approve_device(&self, device: DeviceId, code: &str) -> Result<(), RequestError> {
        let code = code.to_owned();
        self.sealed(|reply| SealedCall::Approve { device, code, reply }).await
    }

    /// Makes a new identity in place of the account's, after all devices that could approve this one were lost.
    /// Everybody else is told that the keys have changed.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn start_over(&self) -> Result<(), RequestError> {
        self.sealed(|reply| SealedCall::StartOver { reply }).await
    }

    /// Returns where this device stands in a sealed room.
    ///
    /// # Errors
    /// [`RequestError::Sealed`] when one is not in the room.
    pub async fn room_keys(&self, room: RoomId) -> Result<RoomKeys, RequestError> {
        self.sealed(|reply| SealedCall::Keys { room, reply }).await
    }

    /// Reports messages of a sealed room, opened for the moderators with what proves them, and `around` messages on
    /// either side to make them understood. Nothing else of the room is shown.
    ///
    /// # Errors
    /// [`RequestError::Sealed`] when this device has not read one of them.
    pub async fn report_sealed(
        &self,
        room: RoomId,
        seqs: Vec<Seq>,
        around: u16,
        category: ReportCategory,
        note: &str,
    ) -> Result<ReportId, RequestError> {
        let what = Box::new(Reporting { room, seqs, around, category, note: note.to_owned() });
        self.sealed(|reply| SealedCall::Report { what, reply }).await
    }

    /// Returns whether a room is sealed.
    ///
    /// # Errors
    /// When there is no connection in time to find out.
    pub async fn is_sealed(&self, room: RoomId) -> Result<bool, RequestError> {
        let Some(handle) = &self.sealed else { return Ok(false) };
        if let Some(is_sealed) = handle.kinds.is_sealed(room) {
            return Ok(is_sealed);
        }
        self.rooms().await?;
        Ok(handle.kinds.is_sealed(room).unwrap_or(false))
    }

    /// Posts into a sealed room. A message that is not sealed and on the disk by the deadline never is.
    pub(crate) async fn post_sealed(
        &self,
        room: RoomId,
        post: Post,
        message_id: MessageId,
        deadline: Instant,
    ) -> Result<Accepted, RequestError> {
        let (kept, mut is_kept) = oneshot::channel();
        let accepted = self.sealed(|reply| {
            let (kept, accepted) = (Some(kept), Some((deadline, reply)));
            SealedCall::Post(Box::new(Posting { room, post, message_id, kept, accepted }))
        });
        let mut accepted = std::pin::pin!(accepted);
        tokio::select! {
            result = &mut accepted => return result,
            kept = time::timeout_at(deadline.into(), &mut is_kept) => {
                is_kept.close();
                if kept.is_err() && is_kept.try_recv().is_err() {
                    return Err(RequestError::TimedOut);
                }
            }
        }
        accepted.await
    }

    /// Takes a message of a sealed room back. An engine that is busy for longer than this client's patience does it
    /// afterwards: until then the message may still go out.
    pub(crate) async fn withdraw_sealed(&self, message_id: MessageId) -> Withdrawn {
        let Some(handle) = &self.sealed else { return Withdrawn::Gone };
        let (reply, answer) = oneshot::channel();
        if handle.calls.send(SealedCall::Withdraw { message_id, reply }).await.is_err() {
            return Withdrawn::Gone;
        }
        match time::timeout(self.patience, answer).await {
            Ok(Ok(withdrawn)) => withdrawn,
            Ok(Err(_)) | Err(_) => Withdrawn::MaybeSent,
        }
    }

    /// Asks the engine for something and waits for the answer.
    pub(crate) async fn sealed<T>(
        &self,
        call: impl FnOnce(Answered<T>) -> SealedCall,
    ) -> Result<T, RequestError> {
        let Some(handle) = &self.sealed else {
            return Err(refused(SealedWhy::NoVault, "this client keeps no keys of sealed rooms"));
        };
        let (reply, answer) = oneshot::channel();
        handle.calls.send(call(reply)).await.map_err(|_| self.gone())?;
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }
}
