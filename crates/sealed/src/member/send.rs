//! What people say, on its way to the server: sealed under the keys of one epoch, and again when that epoch has ended.

use proto::ids::{BlobId, MessageId, RoomId, Seq};
use proto::message::Command;

use super::change::{bounded, command};
use super::enter::waiting_commit;
use super::record::{self, Outgoing, SealedMessage, message_key, numbered_key};
use super::step::{self, COMMIT, Step};
use super::{Intent, Member, MemberError, Phase};
use crate::body::Body;
use crate::franking::{self, Origin};
use crate::vault::{Table, Vault};

/// A message that the server has not taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub message_id: MessageId,
    /// What it says.
    pub body: Body,
    /// The file that goes with it.
    pub blob: Option<BlobId>,
}

/// What the server refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A message.
    Message(Body),
    /// A commit.
    Commit(Intent),
    /// A commit from outside; the room is lost again.
    Rejoin,
}

impl<V: Vault> Member<V> {
    /// Seals a message and returns it for sending; `None` when it has to wait, for a removal or for this device to be in.
    /// With an id that waits already, or is in the log, nothing new is sealed.
    ///
    /// # Errors
    /// [`MemberError::Ended`], [`MemberError::NotIn`] for a room this device never was in, [`MemberError::TooLarge`].
    pub fn seal(
        &mut self,
        room: RoomId,
        message_id: MessageId,
        body: &Body,
        blob: Option<BlobId>,
    ) -> Result<Option<Command>, MemberError> {
        self.step(room, |step| {
            let record = step.record.ok_or(MemberError::NotIn)?;
            if record.phase == Phase::Ended {
                return Err(MemberError::Ended);
            }
            if step.has_said(message_id)? {
                return Ok(None);
            }
            let waiting = step.outbox()?.into_iter().find(|(_, waiting)| waiting.message_id() == message_id);
            if let Some((_, waiting)) = waiting {
                return Ok(command(room, waiting));
            }
            let order = record.next_order;
            let body = bounded(body.encode())?;
            let mut message = Outgoing::Message { message_id, body, blob, sealed: None };
            step.seal_row(&mut message)?;
            step.batch.put(Table::Outbox, numbered_key(room, order), record::row(&message));
            if let Some(record) = &mut step.record {
                record.next_order = order + 1;
            }
            Ok(command(room, message))
        })
    }

    /// Returns everything that is to be sent, also again, in order: a commit, then messages. Those of an ended epoch are
    /// sealed anew, with the same ids: the server took none of them, or the log would have said so.
    ///
    /// # Errors
    /// When the vault cannot be read or written.
    pub fn outbox(&mut self, room: RoomId) -> Result<Vec<Command>, MemberError> {
        self.step(room, |step| {
            let Some(record) = step.record else { return Ok(Vec::new()) };
            match record.phase {
                Phase::Active => {}
                Phase::Joining => return Ok(waiting_commit(room, step.underway()?)),
                Phase::Lost | Phase::Ended => return Ok(Vec::new()),
            }
            let mut commands = Vec::new();
            for (order, mut waiting) in step.outbox()? {
                if step.seal_row(&mut waiting)? {
                    step.batch.put(Table::Outbox, numbered_key(room, order), record::row(&waiting));
                }
                commands.extend(command(room, waiting));
            }
            Ok(commands)
        })
    }

    /// Takes something out of the outbox that the server refused for good: not because of its epoch or a removal that is
    /// due, which the log settles.
    ///
    /// # Errors
    /// When the vault cannot be read or written.
    pub fn refused(&mut self, room: RoomId, message_id: MessageId) -> Result<Option<Refused>, MemberError> {
        self.step(room, |step| {
            let waiting = step.outbox()?.into_iter().find(|(_, waiting)| waiting.message_id() == message_id);
            let Some((order, waiting)) = waiting else { return Ok(None) };
            step.batch.delete(Table::Outbox, numbered_key(room, order));
            match waiting {
                Outgoing::Message { body, .. } => Ok(Body::decode(&body).ok().map(Refused::Message)),
                Outgoing::Commit { intent: Some(intent), .. } => {
                    step.drop_commit()?;
                    Ok(Some(Refused::Commit(intent)))
                }
                Outgoing::Commit { intent: None, .. } => {
                    step.leave(Phase::Lost);
                    Ok(Some(Refused::Rejoin))
                }
            }
        })
    }

    /// Returns the messages that wait, in order, as people see them.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn waiting(&self, room: RoomId) -> Result<Vec<Waiting>, MemberError> {
        let rows = step::outbox(&self.vault, room)?;
        let messages = rows.into_iter().filter_map(|(_, waiting)| match waiting {
            Outgoing::Message { message_id, body, blob, .. } => {
                Some(Waiting { message_id, body: Body::decode(&body).ok()?, blob })
            }
            Outgoing::Commit { .. } => None,
        });
        Ok(messages.collect())
    }
}

impl<V: Vault> Step<'_, V> {
    /// Whether this account's message with the id is in the log already.
    fn has_said(&self, message_id: MessageId) -> Result<bool, MemberError> {
        let place = self.vault.get(Table::ByMessage, &message_key(self.room, message_id));
        let place = place.map_err(MemberError::vault)?;
        let seq =
            place.and_then(|seq| seq.as_slice().try_into().ok().map(u64::from_be_bytes)).and_then(Seq::new);
        let Some(seq) = seq else { return Ok(false) };
        let line = super::view::line(self.vault, self.room, seq)?;
        Ok(line.is_some_and(|line| line.author == self.account))
    }

    /// Forgets the commit that is under way and returns what it was for.
    pub(super) fn drop_commit(&mut self) -> Result<Option<Intent>, MemberError> {
        let underway = self.underway()?;
        self.batch.delete(Table::Outbox, numbered_key(self.room, COMMIT));
        if let Some(group) = &mut self.group
            && group.has_pending_commit()
        {
            group.clear_pending_commit();
            self.group_changed();
        }
        Ok(match underway {
            Some(Outgoing::Commit { intent, .. }) => intent,
            _ => None,
        })
    }

    /// Forgets what was sealed; the messages themselves wait on.
    pub(super) fn unseal_all(&mut self) -> Result<(), MemberError> {
        for (order, mut waiting) in self.outbox()? {
            if let Outgoing::Message { sealed, .. } = &mut waiting
                && sealed.take().is_some()
            {
                self.batch.put(Table::Outbox, numbered_key(self.room, order), record::row(&waiting));
            }
        }
        Ok(())
    }

    /// Seals a message under the keys of this epoch, unless it is or has to wait. Returns whether it did.
    fn seal_row(&mut self, row: &mut Outgoing) -> Result<bool, MemberError> {
        let Outgoing::Message { message_id, body, sealed, .. } = row else { return Ok(false) };
        let origin =
            Origin { room: self.room, account: self.account, device: self.device, message_id: *message_id };
        let Ok((record, group)) = self.active() else { return Ok(false) };
        if sealed.as_ref().is_some_and(|sealed| sealed.epoch == record.epoch) {
            return Ok(false);
        }
        // Nobody speaks in an epoch that somebody has to leave; what an ended epoch sealed is of no use any more.
        if group.commit_required() {
            return Ok(sealed.take().is_some());
        }
        let franked = franking::seal(&origin, body);
        let message = group.encrypt_application_message(&franked.envelope, franked.aad.to_vec())?;
        let commitment = franking::read_aad(&franked.aad).map_err(|_| MemberError::Malformed)?.commitment;
        *sealed = Some(SealedMessage {
            epoch: record.epoch,
            message: bounded(message.to_bytes()?)?,
            franking_key: franked.key.secret(),
            commitment,
        });
        self.group_changed();
        Ok(true)
    }
}

impl Outgoing {
    pub(super) fn message_id(&self) -> MessageId {
        match self {
            Self::Commit { message_id, .. } | Self::Message { message_id, .. } => *message_id,
        }
    }
}
