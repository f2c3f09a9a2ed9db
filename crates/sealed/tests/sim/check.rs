//! What has to hold at the end of every schedule.

use std::collections::BTreeSet;

use proto::message::{Content, Entry};
use sealed::member::{Phase, What};
use sealed::{Body, Member};

use crate::device::Device;
use crate::disk::Disk;
use crate::service::SERVER;
use crate::world::{World, room, seq};

impl World {
    /// Looks at everything and returns what does not hold.
    pub(crate) fn verdict(mut self) -> Vec<String> {
        self.check_agreement();
        for index in 0..self.devices.len() {
            self.check_reading(index);
            self.check_outsiders(index);
            let openings = self.devices[index].disk.most_openings();
            if 1 < openings {
                self.violations.push(format!("device {index} opened one entry {openings} times"));
            }
        }
        self.check_ciphertexts();
        self.violations
    }

    /// Everybody in the room is in the same epoch with the same keys, and nobody else thinks so.
    fn check_agreement(&mut self) {
        let mut authenticators = BTreeSet::new();
        let mut active = BTreeSet::new();
        for index in 0..self.devices.len() {
            let device = &mut self.devices[index];
            if !self.service.members.contains(&device.account) {
                continue;
            }
            let Some(state) = device.try_with(|member| member.room(room())).flatten() else { continue };
            if state.phase != Phase::Active {
                continue;
            }
            active.insert(device.device);
            authenticators.insert((state.epoch, state.authenticator));
            if state.epoch != self.service.epoch {
                self.violations.push(format!("device {index} is in epoch {}", state.epoch));
            }
            if state.leaves != self.service.leaves {
                self.violations.push(format!("device {index} sees other devices than the server"));
            }
            if !device.try_with(|member| member.waiting(room())).is_some_and(|waiting| waiting.is_empty()) {
                self.violations.push(format!("device {index} has messages that were never taken"));
            }
        }
        let present: BTreeSet<_> = self.service.leaves.iter().map(|leaf| leaf.device).collect();
        if present != active {
            self.violations.push(format!("in the group: {present:?}, active: {active:?}"));
        }
        if 1 < authenticators.len() {
            self.violations.push("the members do not have the same keys".to_owned());
        }
    }

    /// A device reads every message that was sent while it was in.
    fn check_reading(&mut self, index: usize) {
        if !self.service.members.contains(&self.devices[index].account) {
            return;
        }
        let mut reads = false;
        for at in 0..self.service.log.len() {
            let entry = &self.service.log[at];
            let device = &mut self.devices[index];
            let was_in = 0 < at && self.service.present[at - 1].contains(&device.device);
            let is_in = self.service.present[at].contains(&device.device);
            let lost = device.losses.contains(&seq(at));
            let came = is_in && !was_in || self.service.external.contains(&(entry.seq, device.device));
            reads = is_in && (came || reads && !lost);
            let Content::Sealed { .. } = entry.content else { continue };
            if !reads {
                continue;
            }
            let line = device.try_with(|member| member.line(room(), entry.seq)).flatten();
            let said = &self.said[&entry.message_id];
            let right = line.as_ref().is_some_and(|line| {
                matches!(&line.what, What::Message { body: Body::Text { body, .. }, .. } if **body == **said)
            });
            if !right {
                let what = line.map(|line| line.what);
                self.violations.push(format!("device {index} did not read entry {}: {what:?}", entry.seq));
            }
        }
    }

    /// A device that had to go reads nothing that was sent afterwards, whatever it does with the keys it had.
    fn check_outsiders(&mut self, index: usize) {
        for (disk, at) in &self.devices[index].gone {
            let later = &self.service.log[*at..];
            let device = &self.devices[index];
            for outcome in [obedient(device, disk, &self.service.log), hacked(device, disk, later)] {
                if let Some(seq) = outcome.into_iter().find(|seq| *at < *seq) {
                    self.violations.push(format!("device {index} read entry {seq} after it had to go"));
                }
            }
        }
    }

    /// The server's log holds no plaintext.
    fn check_ciphertexts(&mut self) {
        for entry in &self.service.log {
            let (Content::Sealed { message, .. } | Content::Commit { message, .. }) = &entry.content else {
                continue;
            };
            if message.windows(9).any(|window| window == b"plaintext") {
                self.violations.push(format!("entry {} can be read by the server", entry.seq));
            }
        }
    }
}

/// Reads the log as a client does, and returns the places of what it could read.
fn obedient(device: &Device, disk: &Disk, log: &[Entry]) -> Vec<usize> {
    let mut member = Member::open(disk.copy(), SERVER, device.account, device.device).unwrap();
    let mut read = Vec::new();
    for entry in log {
        let Ok(processed) = member.process(entry) else { break };
        if processed.line.is_some_and(|line| matches!(line.what, What::Message { .. })) {
            read.push(usize::try_from(entry.seq.get()).unwrap());
        }
    }
    read
}

/// Keeps its keys and passes by everything but messages.
fn hacked(device: &Device, disk: &Disk, log: &[Entry]) -> Vec<usize> {
    let mut member = Member::open(disk.copy(), SERVER, device.account, device.device).unwrap();
    let mut read = Vec::new();
    for entry in log.iter().filter(|entry| matches!(entry.content, Content::Sealed { .. })) {
        if member.skip_to(room(), entry.seq).is_err() {
            break;
        }
        let Ok(processed) = member.process(entry) else { break };
        if processed.line.is_some_and(|line| matches!(line.what, What::Message { .. })) {
            read.push(usize::try_from(entry.seq.get()).unwrap());
        }
    }
    read
}
