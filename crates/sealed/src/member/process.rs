//! The log, entry by entry: every entry is one step, with the keys it moves and the line it becomes.

use mls_rs::MlsMessage;
use mls_rs::group::proposal::Proposal;
use mls_rs::group::{CommitEffect, ProposalSender, ReceivedMessage};
use proto::bytes::Bytes;
use proto::ids::{AccountId, BlobId, DeviceId, Epoch, RoomId, Seq};
use proto::limits;
use proto::message::{Content, Entry, EvictWhy, Stamp};

use super::record::{Outgoing, SealedMessage, message_key, numbered_key, row};
use super::step::Step;
use super::{Intent, Line, Member, MemberError, Phase, Proof, What, Why};
use crate::body::Body;
use crate::franking::{self, Origin};
use crate::leaf::Leaf;
use crate::vault::{Table, Vault};

/// What an entry came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processed {
    /// What there is to show; the vault has it too.
    pub line: Option<Line>,
    /// This device's own commit was not the one that counted: what it was for, to be decided again.
    pub lost: Option<Intent>,
    /// Accounts in the room whose key is not the one they are known by.
    pub key_changes: Vec<AccountId>,
}

/// The parts of a sealed entry.
struct Sealed<'e> {
    device: DeviceId,
    epoch: Epoch,
    message: &'e [u8],
    blob: Option<BlobId>,
    stamp: Stamp,
}

impl<V: Vault> Member<V> {
    /// Takes the next entry of a room's log, also one's own. An entry that was taken before changes nothing.
    ///
    /// # Errors
    /// [`MemberError::Gap`] when an entry is missing before this one; when the vault cannot be read or written. What
    /// somebody else made wrong is no error but a [`What::Unreadable`] line, or [`Phase::Lost`].
    pub fn process(&mut self, entry: &Entry) -> Result<Processed, MemberError> {
        self.step(entry.room, |step| {
            let Some(record) = step.record else { return Ok(Processed::default()) };
            if entry.seq <= record.cursor {
                return Ok(Processed::default());
            }
            let expected = record.cursor.next();
            if entry.seq != expected {
                return Err(MemberError::Gap { expected });
            }
            let processed = step.take(entry)?;
            if let Some(record) = &mut step.record {
                record.cursor = entry.seq;
            }
            if let Some(line) = &processed.line {
                step.keep(line)?;
            }
            Ok(processed)
        })
    }

    /// Goes on at `next`, because the server has no entries before it any more.
    ///
    /// # Errors
    /// When the vault cannot be read or written.
    pub fn skip_to(&mut self, room: RoomId, next: Seq) -> Result<(), MemberError> {
        self.step(room, |step| {
            if let Some(record) = &mut step.record
                && let Some(last) = Seq::new(next.get().saturating_sub(1))
            {
                record.cursor = record.cursor.max(last);
            }
            Ok(())
        })
    }
}

impl<V: Vault> Step<'_, V> {
    fn take(&mut self, entry: &Entry) -> Result<Processed, MemberError> {
        match &entry.content {
            Content::Sealed { device, epoch, message, blob, stamp } => {
                let (device, epoch, blob, stamp) = (*device, *epoch, *blob, *stamp);
                let what = self.open(entry, &Sealed { device, epoch, message, blob, stamp })?;
                Ok(shown(entry, what))
            }
            Content::Commit { epoch, message, .. } => self.follow(entry, *epoch, message),
            Content::Evict { epoch, proposals, why } => self.hear(entry, *epoch, proposals, *why),
            Content::Delete { target } => self.delete(entry, *target),
            Content::Removed { by } => {
                self.settle(entry)?;
                Ok(shown(entry, What::Deleted { by: *by }))
            }
            _ => Ok(Processed::default()),
        }
    }

    /// Opens a message, or finds one's own in the outbox.
    fn open(&mut self, entry: &Entry, sealed: &Sealed<'_>) -> Result<What, MemberError> {
        let (device, epoch) = (sealed.device, sealed.epoch);
        let unreadable = |why| What::Unreadable { device, epoch, why };
        if (entry.author, device) == (self.account, self.device) {
            return Ok(self.own(entry, sealed)?.unwrap_or_else(|| unreadable(Why::Own)));
        }
        let Ok((record, group)) = self.active() else { return Ok(unreadable(Why::BeforeJoining)) };
        if record.epoch != epoch {
            let why = if epoch < record.epoch { Why::BeforeJoining } else { Why::Broken };
            return Ok(unreadable(why));
        }
        let message = MlsMessage::from_bytes(sealed.message);
        let Ok(ReceivedMessage::ApplicationMessage(opened)) =
            message.and_then(|message| group.process_incoming_message(message))
        else {
            self.restore()?;
            return Ok(unreadable(Why::Broken));
        };
        let sender = group.roster().member_with_index(opened.sender_index)?;
        let sender = Leaf::of_member(&sender)?;
        self.group_changed();
        let (room, account, message_id) = (entry.room, entry.author, entry.message_id);
        let origin = Origin { room, account, device, message_id };
        let received = franking::receive(&origin, &opened.authenticated_data, opened.data());
        let honest = received.ok().filter(|_| (sender.account, sender.device) == (account, device));
        let Some(received) = honest else { return Ok(unreadable(Why::Forged)) };
        let Ok(body) = Body::decode(&received.body) else { return Ok(unreadable(Why::Broken)) };
        let (franking_key, commitment) = (received.key.secret(), received.commitment);
        let proof = Proof { franking_key, commitment, stamp: sealed.stamp };
        Ok(What::Message { device, epoch, body, proof, blob: sealed.blob })
    }

    /// One's own message came back: the row of the outbox becomes the line.
    fn own(&mut self, entry: &Entry, sealed: &Sealed<'_>) -> Result<Option<What>, MemberError> {
        let Some(Outgoing::Message { body, blob, sealed: Some(sent), .. }) = self.settle(entry)? else {
            return Ok(None);
        };
        let SealedMessage { epoch, message, franking_key, commitment } = sent;
        let Ok(body) = Body::decode(&body) else { return Ok(None) };
        if (epoch, &*message, blob) != (sealed.epoch, sealed.message, sealed.blob) {
            return Ok(None);
        }
        let proof = Proof { franking_key, commitment, stamp: sealed.stamp };
        Ok(Some(What::Message { device: sealed.device, epoch, body, proof, blob }))
    }

    /// Takes the message that this entry is out of the outbox.
    fn settle(&mut self, entry: &Entry) -> Result<Option<Outgoing>, MemberError> {
        if entry.author != self.account {
            return Ok(None);
        }
        let waiting = self.outbox()?.into_iter();
        let mut waiting = waiting.filter(|(_, waiting)| {
            matches!(waiting, Outgoing::Message { message_id, .. } if *message_id == entry.message_id)
        });
        let Some((order, waiting)) = waiting.next() else { return Ok(None) };
        self.batch.delete(Table::Outbox, numbered_key(self.room, order));
        Ok(Some(waiting))
    }

    /// Follows the commit that ended an epoch.
    fn follow(&mut self, entry: &Entry, epoch: Epoch, message: &[u8]) -> Result<Processed, MemberError> {
        match self.record {
            Some(record) if record.phase == Phase::Joining => return self.come_in_by(entry, epoch, message),
            Some(record) if record.phase == Phase::Active && record.epoch == epoch => {}
            Some(record) if record.phase == Phase::Active && record.epoch < epoch => {
                return Ok(self.lose(entry, epoch));
            }
            _ => return Ok(Processed::default()),
        }
        let before = self.leaves()?;
        let mine = self.is_underway(message)?;
        let (_, group) = self.active()?;
        let followed =
            MlsMessage::from_bytes(message).and_then(|message| group.process_incoming_message(message));
        let Ok(ReceivedMessage::Commit(commit)) = followed else {
            return Ok(self.lose(entry, epoch));
        };
        let lost = if mine { None } else { self.drop_commit()? };
        if let CommitEffect::Removed { .. } = commit.effect {
            self.leave(Phase::Ended);
            return Ok(Processed { lost, ..shown(entry, What::Ended) });
        }
        let now = Epoch::new(self.active()?.1.current_epoch()).ok_or(MemberError::Malformed)?;
        if let Some(record) = &mut self.record {
            record.epoch = now;
            record.epoch_since = entry.at;
        }
        self.moved();
        let after = self.leaves()?;
        let added = without(&after, &before);
        let key_changes = self.pin_all(&added)?;
        let by = after.iter().find(|leaf| leaf.index == commit.committer).copied();
        let removed = without(&before, &after);
        let line = by.filter(|_| !added.is_empty() || !removed.is_empty());
        let processed = line.map(|by| shown(entry, What::Members { by, added, removed })).unwrap_or_default();
        Ok(Processed { lost, key_changes, ..processed })
    }

    /// The commit from outside came back, or another one was first.
    fn come_in_by(&mut self, entry: &Entry, epoch: Epoch, message: &[u8]) -> Result<Processed, MemberError> {
        let Some(Outgoing::Commit { epoch: ended, .. }) = self.underway()? else {
            self.leave(Phase::Lost);
            return Ok(Processed::default());
        };
        if self.is_underway(message)? {
            let key_changes = self.come_in(entry.seq, entry.at)?;
            return Ok(Processed { key_changes, ..Processed::default() });
        }
        if ended <= epoch {
            self.leave(Phase::Lost);
        }
        Ok(Processed::default())
    }

    /// Hears that the server wants somebody removed; nobody speaks until a commit has done it.
    fn hear(
        &mut self,
        entry: &Entry,
        epoch: Epoch,
        proposals: &[Bytes<{ limits::PROPOSAL }>],
        why: EvictWhy,
    ) -> Result<Processed, MemberError> {
        let shown = shown(entry, What::Evicting { why });
        let Ok((record, group)) = self.active() else { return Ok(shown) };
        if record.epoch != epoch {
            return Ok(if record.epoch < epoch { self.lose(entry, epoch) } else { shown });
        }
        for proposal in proposals {
            let proposal = MlsMessage::from_bytes(proposal);
            match proposal.and_then(|proposal| group.process_incoming_message(proposal)) {
                Ok(ReceivedMessage::Proposal(heard))
                    if matches!(heard.proposal, Proposal::Remove(_))
                        && heard.sender == ProposalSender::External(0) => {}
                _ => return Ok(self.lose(entry, epoch)),
            }
        }
        self.group_changed();
        // A commit that was made before leaves the removal out, so the server does not take it any more.
        let lost = self.drop_commit()?;
        Ok(Processed { lost, ..shown })
    }

    fn delete(&mut self, entry: &Entry, target: Seq) -> Result<Processed, MemberError> {
        let Some(line) = super::view::line(self.vault, self.room, target)? else {
            return Ok(Processed::default());
        };
        let deleted = Line { what: What::Deleted { by: entry.author }, ..line };
        self.keep(&deleted)?;
        Ok(Processed { line: Some(deleted), ..Processed::default() })
    }

    /// This device cannot follow the group: it has to come in again.
    fn lose(&mut self, entry: &Entry, epoch: Epoch) -> Processed {
        self.leave(Phase::Lost);
        let device = match entry.content {
            Content::Sealed { device, .. } | Content::Commit { device, .. } => device,
            _ => self.device,
        };
        shown(entry, What::Unreadable { device, epoch, why: Why::Broken })
    }

    fn is_underway(&self, message: &[u8]) -> Result<bool, MemberError> {
        let underway = self.underway()?;
        Ok(matches!(underway, Some(Outgoing::Commit { commit, .. }) if *commit == *message))
    }

    /// Puts a line into the history. The first line with a message's id keeps it: the server sees to it that ids are
    /// unique for each author only, and nobody takes over what others refer to.
    fn keep(&mut self, line: &Line) -> Result<(), MemberError> {
        let place = numbered_key(self.room, line.seq.get());
        self.batch.put(Table::History, place, row(line));
        let by_message = message_key(self.room, line.message_id);
        if self.vault.get(Table::ByMessage, &by_message).map_err(MemberError::vault)?.is_none() {
            self.batch.put(Table::ByMessage, by_message, line.seq.get().to_be_bytes().to_vec());
        }
        Ok(())
    }
}

fn shown(entry: &Entry, what: What) -> Processed {
    let Entry { seq, at, author, message_id, .. } = *entry;
    Processed { line: Some(Line { seq, at, author, message_id, what }), ..Processed::default() }
}

fn without(leaves: &[Leaf], others: &[Leaf]) -> Vec<Leaf> {
    let known = |leaf: &&Leaf| {
        !others.iter().any(|other| {
            (other.index, other.account, other.device) == (leaf.index, leaf.account, leaf.device)
        })
    };
    leaves.iter().filter(known).copied().collect()
}
