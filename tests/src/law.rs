//! What is promised about a room's log, judged from outside: nothing acknowledged is lost, nothing doubled, one order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use proto::ids::{MessageId, Seq};

/// An entry as somebody saw it, or as the server acknowledged it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Its place.
    pub seq: Seq,
    /// The id its author gave it.
    pub message_id: MessageId,
    /// What it says; an acknowledgement repeats what was sent.
    pub body: String,
}

/// Everything that was seen of one room.
#[derive(Debug, Clone)]
pub struct Record {
    /// What the server said is on disk.
    pub acknowledged: Vec<Line>,
    /// What each reader heard as it happened, in the order of hearing, one list per connection.
    pub heard: Vec<Vec<Line>>,
    /// The log as it is read afterwards, from `after` on.
    pub log: Vec<Line>,
    /// The place before the first line of `log`.
    pub after: Seq,
}

/// What was counted, and what broke a promise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Acknowledgements looked up in the log.
    pub acknowledged: usize,
    /// Lines that readers heard, looked up in the log.
    pub heard: usize,
    /// Lines of the log.
    pub logged: usize,
    /// Acknowledged or heard, and not in the log, or changed.
    pub lost: Vec<String>,
    /// In the log more than once.
    pub doubled: Vec<String>,
    /// Heard or logged in another order than that of the places.
    pub disordered: Vec<String>,
}

impl Record {
    /// Judges the record.
    #[must_use]
    pub fn judge(&self) -> Verdict {
        let mut verdict = Verdict { logged: self.log.len(), ..Verdict::default() };
        verdict.read_log(self);
        let log: BTreeMap<Seq, &Line> = self.log.iter().map(|line| (line.seq, line)).collect();
        for line in self.acknowledged.iter().filter(|line| self.after < line.seq) {
            verdict.acknowledged += 1;
            if log.get(&line.seq) != Some(&line) {
                verdict.lost.push(format!("acknowledged, then not in the log as such: {line}"));
            }
        }
        for reader in &self.heard {
            verdict.hear(reader.iter().filter(|line| self.after < line.seq), &log);
        }
        verdict
    }
}

impl Verdict {
    /// Tells whether every promise was kept.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.disordered.is_empty()
    }

    /// Adds another room's or another run's verdict.
    pub fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.heard += other.heard;
        self.logged += other.logged;
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.disordered.extend(other.disordered);
    }

    fn read_log(&mut self, record: &Record) {
        let (mut ids, mut expected) = (BTreeSet::new(), record.after.next());
        for line in &record.log {
            if !ids.insert(line.message_id) {
                self.doubled.push(line.to_string());
            }
            if line.seq != expected {
                self.disordered.push(format!("in the log where {expected} should be: {line}"));
            }
            expected = line.seq.next();
        }
    }

    fn hear<'l>(&mut self, lines: impl Iterator<Item = &'l Line>, log: &BTreeMap<Seq, &Line>) {
        let mut before = Seq::START;
        for line in lines {
            self.heard += 1;
            if line.seq <= before {
                self.disordered.push(format!("heard after {before}: {line}"));
            }
            before = line.seq;
            if log.get(&line.seq) != Some(&line) {
                self.lost.push(format!("heard, then not in the log as such: {line}"));
            }
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = data_encoding::HEXLOWER.encode(&self.message_id.0[..6]);
        write!(formatter, "{} {id} {:?}", self.seq, self.body)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} acknowledged, {} heard live, {} in the logs: {} lost, {} doubled, {} out of order",
            self.acknowledged,
            self.heard,
            self.logged,
            self.lost.len(),
            self.doubled.len(),
            self.disordered.len()
        )?;
        let broken = self.lost.iter().chain(&self.doubled).chain(&self.disordered);
        broken.take(10).try_for_each(|what| write!(formatter, "\n  {what}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u64) -> Line {
        let seq = Seq::new(number).unwrap();
        let message_id = MessageId([u8::try_from(number).unwrap(); 16]);
        Line { seq, message_id, body: format!("text {number}") }
    }

    fn good() -> Record {
        let all: Vec<Line> = (1..=9).map(line).collect();
        Record {
            acknowledged: all[1..7].to_vec(),
            heard: vec![all[..8].to_vec(), vec![all[0].clone(), all[4].clone()]],
            log: all,
            after: Seq::START,
        }
    }

    #[test]
    fn a_record_in_order_is_good_and_counted() {
        let verdict = good().judge();
        assert!(verdict.is_good(), "{verdict}");
        assert_eq!((verdict.acknowledged, verdict.heard, verdict.logged), (6, 10, 9));
    }

    #[test]
    fn what_lies_before_the_part_that_was_read_is_not_judged() {
        let mut record = good();
        record.after = Seq::new(5).unwrap();
        record.log.drain(..5);
        let verdict = record.judge();
        assert!(verdict.is_good(), "{verdict}");
        assert_eq!((verdict.acknowledged, verdict.heard), (2, 3));
    }

    #[test]
    fn an_acknowledged_line_that_is_gone_is_lost() {
        let mut record = good();
        record.log.retain(|line| line.seq.get() != 4);
        let verdict = record.judge();
        // Its author and a reader had it, and there is a hole.
        assert_eq!((verdict.lost.len(), verdict.disordered.len()), (2, 1), "{verdict}");
    }

    #[test]
    fn an_acknowledged_line_with_another_text_is_lost() {
        let mut record = good();
        record.log[3].body.push('!');
        assert_eq!(record.judge().lost.len(), 2);
    }

    #[test]
    fn a_line_that_only_a_reader_saw_is_lost_too() {
        let mut record = good();
        record.acknowledged.clear();
        record.heard[1].push(line(10));
        assert_eq!(record.judge().lost.len(), 1);
    }

    #[test]
    fn an_id_twice_in_the_log_is_doubled() {
        let mut record = good();
        let again = Line { seq: Seq::new(10).unwrap(), ..line(2) };
        record.log.push(again);
        assert_eq!(record.judge().doubled.len(), 1);
    }

    #[test]
    fn two_lines_swapped_for_one_reader_are_out_of_order() {
        let mut record = good();
        record.heard[0].swap(2, 3);
        let verdict = record.judge();
        assert_eq!((verdict.lost.len(), verdict.disordered.len()), (0, 1), "{verdict}");
    }
}
