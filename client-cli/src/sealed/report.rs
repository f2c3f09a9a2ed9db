//! Opening sealed messages for the moderators: what was said, with what proves it, and nothing else.

use proto::codec;
use proto::ids::{ReportId, RoomId, Seq};
use proto::limits;
use proto::message::{Answer, Command, Opened};
use proto::text::{List, Text};
use sealed::member::{Line, LineWalk, What};

use super::call::Reporting;
use super::engine::Engine;
use super::{SealedWhy, refused};
use crate::error::RequestError;

impl Engine {
    /// Reports messages of one person, in as many pieces as they take.
    pub(super) async fn report(&mut self, what: Reporting) -> Result<ReportId, RequestError> {
        let Reporting { room, seqs, around, category, note } = what;
        self.read_up(room).await?;
        let note = Text::new(note)?;
        let mut reported = Vec::new();
        for &seq in &seqs {
            let line = self.member.line(room, seq).map_err(|error| self.failed(&error))?;
            let opened = line.as_ref().and_then(Line::opened);
            reported.push(opened.ok_or_else(|| cannot_open(seq, line.as_ref()))?);
        }
        let mut context = Vec::new();
        for &seq in &seqs {
            context.extend(
                self.around(room, seq, around).into_iter().filter(|opened| !seqs.contains(&opened.seq)),
            );
        }
        context.sort_by_key(|opened| opened.seq);
        context.dedup_by_key(|opened| opened.seq);
        let mut report = None;
        for opened in pieces(reported, context) {
            let opened = List::new(opened)?;
            let command = Command::ReportSealed { room, category, note: note.clone(), opened };
            match self.ask(command).await? {
                Answer::Reported { report: number } => report = Some(number),
                _ => return Err(RequestError::Unexpected),
            }
        }
        report.ok_or_else(|| refused(SealedWhy::NoSuchMessage, "there is nothing to report"))
    }

    /// Opens the messages on either side of one.
    fn around(&self, room: RoomId, seq: Seq, count: u16) -> Vec<Opened> {
        let count = usize::from(count);
        if count == 0 {
            return Vec::new();
        }
        let before = self.member.lines(room, LineWalk::Down { before: Some(seq) }, count).unwrap_or_default();
        let after = self.member.lines(room, LineWalk::Up { after: seq }, count).unwrap_or_default();
        let opened = before.iter().chain(&after).filter_map(Line::opened);
        opened.map(|opened| Opened { context: true, ..opened }).collect()
    }
}

fn cannot_open(seq: Seq, line: Option<&Line>) -> RequestError {
    let words = match line.map(|line| &line.what) {
        None => format!("there is no message {seq} on this device; report it from one that has read it"),
        Some(What::Unreadable { .. }) => {
            format!("message {seq} cannot be read here; report it from a device that has read it")
        }
        Some(What::Deleted { .. }) => format!("message {seq} was removed before it could be reported"),
        Some(_) => format!("[{seq}] is not a message of a person"),
    };
    refused(SealedWhy::NoSuchMessage, words)
}

/// Splits messages into commands that the server takes: each has reported messages, and context as far as there is room.
fn pieces(reported: Vec<Opened>, context: Vec<Opened>) -> Vec<Vec<Opened>> {
    let mut pieces: Vec<(Vec<Opened>, usize)> = Vec::new();
    for opened in reported {
        let size = size_of(&opened);
        match pieces.last_mut() {
            Some((piece, used)) if piece.len() < limits::OPENED && *used + size <= ROOM_FOR_OPENED => {
                piece.push(opened);
                *used += size;
            }
            _ => pieces.push((vec![opened], size)),
        }
    }
    for opened in context {
        let size = size_of(&opened);
        let fits = |(piece, used): &&mut (Vec<Opened>, usize)| {
            piece.len() < limits::OPENED && *used + size <= ROOM_FOR_OPENED
        };
        if let Some((piece, used)) = pieces.iter_mut().find(fits) {
            piece.push(opened);
            *used += size;
        }
    }
    let sorted = |(mut piece, _): (Vec<Opened>, usize)| {
        piece.sort_by_key(|opened| opened.seq);
        piece
    };
    pieces.into_iter().map(sorted).collect()
}

fn size_of(opened: &Opened) -> usize {
    codec::encode(opened).len()
}

/// What is left of a command beside its note and numbers.
const ROOM_FOR_OPENED: usize = limits::MESSAGE - limits::REASON - 256;

#[cfg(test)]
mod tests {
    use proto::bytes::{Bytes, Secret32};
    use proto::ids::{AccountId, Commitment, DeviceId, Epoch, MessageId, StampMac, Timestamp};
    use proto::message::{ReportCategory, Stamp};

    use super::*;

    #[test]
    fn short_messages_go_in_one_piece_with_their_context() {
        let pieces = pieces(vec![opened(7, 100), opened(9, 100)], vec![opened(6, 100), opened(8, 100)]);
        assert_eq!(seqs(&pieces), [[6, 7, 8, 9]]);
    }

    #[test]
    fn long_messages_are_split_and_every_piece_can_be_sent() {
        let reported: Vec<_> = (1..=12).map(|seq| opened(seq, 16_000)).collect();
        let pieces = pieces(reported, vec![opened(40, 16_000), opened(41, 10)]);
        // The long line of context does not fit beside three messages; the short one does.
        assert_eq!(seqs(&pieces).concat().len(), 13);
        for piece in pieces {
            let opened = List::new(piece).unwrap();
            let room = RoomId::new(7).unwrap();
            let note = Text::cut(&"x".repeat(limits::REASON));
            let command = Command::ReportSealed { room, category: ReportCategory::Spam, note, opened };
            assert!(codec::encode(&command).len() + 16 <= limits::MESSAGE);
        }
    }

    #[test]
    fn no_piece_has_more_messages_than_a_command_takes_and_context_never_stands_alone() {
        let reported: Vec<_> = (1..=11).map(|seq| opened(seq, 10)).collect();
        let context: Vec<_> = (20..=60).map(|seq| opened(seq, 10)).collect();
        let pieces = pieces(reported, context);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10]);
        assert!(pieces.iter().all(|piece| piece.iter().any(|opened| opened.seq.get() <= 11)));
    }

    fn seqs(pieces: &[Vec<Opened>]) -> Vec<Vec<u64>> {
        pieces.iter().map(|piece| piece.iter().map(|opened| opened.seq.get()).collect()).collect()
    }

    fn opened(seq: u64, length: usize) -> Opened {
        Opened {
            seq: Seq::new(seq).unwrap(),
            at: Timestamp(1_700_000_000_000),
            epoch: Epoch::new(3).unwrap(),
            account: AccountId::new(2_002).unwrap(),
            device: DeviceId::new(77).unwrap(),
            message_id: MessageId([9; 16]),
            stamp: Stamp { kid: 1, mac: StampMac([7; 32]) },
            franking_key: Secret32::new([5; 32]),
            body: Bytes::new(vec![b'x'; length]).unwrap(),
            commitment: Commitment([6; 32]),
            context: false,
        }
    }
}
