//! Reports, bans and appeals on the small server.

use std::sync::Mutex;

use proto::ids::{ReportId, Timestamp};
use proto::message::{Answer, Command, OwnReport, ReportCategory, ReportPage, ReportState, ReportWhat};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Text};

use super::{Did, MiniServer, State};
use crate::support::peer::Peer;

impl MiniServer {
    /// Bans somebody from the next connection on.
    pub(crate) fn ban(&self, name: &str, code: Code, detail: &str) {
        self.state.lock().unwrap().bans.insert(name.to_owned(), Refusal::new(code, detail));
    }

    /// Returns the appeals that came.
    pub(crate) fn appeals(&self) -> Vec<String> {
        self.state.lock().unwrap().appeals.clone()
    }

    /// Returns the moderators' and reporters' commands that came.
    pub(crate) fn did(&self) -> Vec<Command> {
        self.state.lock().unwrap().did.clone()
    }

    /// Takes people without an invite from now on, and lets each wait for a moderator.
    pub(crate) fn approve_each(&self) {
        self.state.lock().unwrap().approves = true;
    }

    /// Returns what applicants told the moderators.
    pub(crate) fn applications(&self) -> Vec<String> {
        self.state.lock().unwrap().applications.clone()
    }

    /// Ends the login of every device.
    pub(crate) fn forget_devices(&self) {
        self.state.lock().unwrap().devices.clear();
    }
}

impl State {
    /// Keeps an application where accounts are approved; whose account it is has to wait.
    pub(super) fn must_wait(&mut self, name: &str, application: String) -> bool {
        if self.approves {
            self.applications.push(application);
            let pending = Refusal::new(Code::PendingApproval, "A moderator has yet to approve this account.");
            self.bans.insert(name.to_owned(), pending);
        }
        self.approves
    }

    pub(super) fn moderate(&mut self, command: &Command) -> Did {
        match command {
            Command::Report { what: ReportWhat::Account { name }, .. } if &**name == "nobody" => {
                Did::Refuse(Refusal::new(Code::NoSuchAccount, "nobody has that name"))
            }
            Command::Report { .. } => {
                self.did.push(command.clone());
                let report = ReportId::new(self.did.len() as u64).unwrap();
                Did::Answer(Answer::Reported { report })
            }
            Command::ListReports => {
                let reports = (1..=self.did.len() as u64).map(own_report);
                let reports = List::new(reports.collect()).unwrap();
                Did::Answer(Answer::Reports(ReportPage { reports }))
            }
            Command::Purge { .. } => {
                self.did.push(command.clone());
                Did::Answer(Answer::Purged { messages: 12, more: false })
            }
            Command::Appeal { .. } => Did::Refuse(Refusal::new(Code::BadInput, "you are not banned")),
            other => {
                self.did.push(other.clone());
                Did::Answer(Answer::Done)
            }
        }
    }
}

/// Waits for the appeal of somebody who was denied.
pub(super) async fn hear_appeal(peer: &mut Peer, state: &Mutex<State>) {
    let Some(message) = peer.next().await else { return };
    match message.command {
        Command::Appeal { text } if &*text == "again" => {
            peer.refuse(message.request, Refusal::new(Code::LimitReached, "one appeal for each ban")).await;
        }
        Command::Appeal { text } => {
            state.lock().unwrap().appeals.push(text.into_inner());
            peer.answer(message.request, Answer::Done).await;
        }
        _ => {}
    }
}

fn own_report(number: u64) -> OwnReport {
    OwnReport {
        report: ReportId::new(number).unwrap(),
        at: Timestamp(1_700_000_000_000),
        name: Text::cut("mallory"),
        messages: 2,
        category: ReportCategory::Spam,
        state: ReportState::Actioned,
        outcome: Text::cut("thank you"),
    }
}
