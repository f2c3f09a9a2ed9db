//! Requests on one connection: their numbers, who waits for the answer, and for how long.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use proto::ids::{MessageId, RequestId, RoomId};
use proto::limits;
use proto::message::{ClientMessage, Command};

use super::Ticket;

/// Who gets the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Somebody outside.
    Caller(Ticket),
    /// The unsent queue.
    Queue(RoomId, MessageId),
    /// A room that catches up.
    CatchUp(RoomId),
    /// The connection itself: pings and the like.
    Nobody,
}

/// A request that was sent or waits to be.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) owner: Owner,
    pub(crate) command: Command,
    pub(crate) deadline: Instant,
}

/// What is open on this connection, and what waits for its turn or for a connection.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    next: u32,
    open: BTreeMap<RequestId, Request>,
    waiting: VecDeque<Request>,
}

impl Requests {
    /// Puts a request in line; a full line does not take it and gives back whose it is.
    pub(crate) fn push(&mut self, request: Request) -> Result<(), Owner> {
        if WAITING <= self.waiting.len() {
            return Err(request.owner);
        }
        self.waiting.push_back(request);
        Ok(())
    }

    /// Takes the next request that may be sent, with its number.
    pub(crate) fn next_to_send(&mut self) -> Option<ClientMessage> {
        if limits::REQUESTS_IN_FLIGHT <= self.open.len() {
            return None;
        }
        let request = self.waiting.pop_front()?;
        let number = self.free_number();
        let message = ClientMessage { request: number, command: request.command.clone() };
        self.open.insert(number, request);
        Some(message)
    }

    /// Takes the request that this answer belongs to.
    pub(crate) fn answered(&mut self, number: RequestId) -> Option<Request> {
        self.open.remove(&number)
    }

    /// The connection is gone. Requests of callers that can be repeated wait for the next one; the rest is returned.
    pub(crate) fn lost(&mut self) -> Vec<Request> {
        let mut ended = Vec::new();
        let mut again = VecDeque::new();
        for request in std::mem::take(&mut self.open).into_values() {
            match request.owner {
                Owner::Caller(_) if is_repeatable(&request.command) => again.push_back(request),
                _ => ended.push(request),
            }
        }
        for request in std::mem::take(&mut self.waiting) {
            match request.owner {
                Owner::Caller(_) => again.push_back(request),
                Owner::Queue(..) | Owner::CatchUp(_) | Owner::Nobody => ended.push(request),
            }
        }
        self.waiting = again;
        ended
    }

    /// Takes everything that waits or is open; nothing will be answered any more.
    pub(crate) fn take_all(&mut self) -> Vec<Request> {
        let open = std::mem::take(&mut self.open).into_values();
        open.chain(std::mem::take(&mut self.waiting)).collect()
    }

    /// Takes the requests of callers whose time is over. An answer that still comes finds nobody.
    pub(crate) fn overdue(&mut self, now: Instant) -> Vec<Request> {
        let is_over =
            |request: &Request| matches!(request.owner, Owner::Caller(_)) && request.deadline <= now;
        let numbers: Vec<_> =
            self.open.iter().filter(|(_, request)| is_over(request)).map(|(&n, _)| n).collect();
        let mut over: Vec<_> = numbers.iter().filter_map(|number| self.open.remove(number)).collect();
        self.waiting.retain(|request| {
            let keep = !is_over(request);
            if !keep {
                over.push(request.clone());
            }
            keep
        });
        over
    }

    /// Returns the earliest time at which a request is overdue.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.open.values().chain(&self.waiting).map(|request| request.deadline).min()
    }

    /// Returns whether a request of our own has waited past its time on a live connection.
    pub(crate) fn is_stuck(&self, now: Instant) -> bool {
        let mut requests = self.open.values().chain(&self.waiting);
        requests.any(|request| !matches!(request.owner, Owner::Caller(_)) && request.deadline <= now)
    }

    fn free_number(&mut self) -> RequestId {
        loop {
            let number = RequestId(self.next);
            self.next = self.next.wrapping_add(1);
            if !self.open.contains_key(&number) {
                return number;
            }
        }
    }
}

/// Whether carrying the command out twice has the effect of once, so that it may be sent again after a cut.
fn is_repeatable(command: &Command) -> bool {
    match command {
        Command::Kick { .. }
        | Command::Ban { .. }
        | Command::Unban { .. }
        | Command::Mute { .. }
        | Command::Unmute { .. }
        | Command::RoomBan { .. }
        | Command::RoomUnban { .. }
        | Command::Raid { .. }
        | Command::Purge { .. }
        | Command::Appeal { .. }
        | Command::CreateRoom { .. }
        | Command::RenewTotp { .. }
        | Command::ConfirmTotp { .. }
        | Command::Bye => false,
        // With their message id these six are one act however often they arrive.
        Command::Send { .. }
        | Command::SendFile { .. }
        | Command::Edit { .. }
        | Command::Delete { .. }
        | Command::React { .. }
        | Command::SetTopic { .. } => true,
        Command::Ping
        | Command::Join { .. }
        | Command::Leave { .. }
        | Command::ListRooms { .. }
        | Command::ListMembers { .. }
        | Command::History { .. }
        | Command::Search { .. }
        | Command::MarkRead { .. }
        | Command::ListDevices
        | Command::RevokeDevice { .. }
        | Command::OpenDirect { .. }
        | Command::ListReports
        | Command::SlowMode { .. } => true,
        // What was begun, finished or given up stays so.
        Command::BeginUpload { .. } | Command::FinishUpload { .. } | Command::CancelUpload { .. } => true,
        // The transfer asks the server how far it is before it goes on.
        Command::UploadPiece { .. } | Command::FetchPiece { .. } => false,
        // Reporting the same again adds to the open report.
        Command::Report { .. } | Command::ReportSealed { .. } => true,
        // They have an id, or say again what was said.
        Command::CreateSealed { .. }
        | Command::Commit { .. }
        | Command::SendSealed { .. }
        | Command::PublishIdentity { .. }
        | Command::AskApproval { .. }
        | Command::ApproveDevice { .. }
        | Command::DropWelcome { .. }
        | Command::CannotRead { .. } => true,
        Command::Identity { .. }
        | Command::ListWelcomes
        | Command::FetchTree { .. }
        | Command::FetchGroupInfo { .. }
        | Command::FetchHost => true,
        // Each takes or gives one-time keys, or asks whether a group is there.
        Command::PublishKeyPackages { .. } | Command::TakeKeyPackages { .. } | Command::StartGroup { .. } => {
            false
        }
    }
}

/// Most requests that wait for a connection or for their turn.
const WAITING: usize = 2_048;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_more_requests_are_open_than_the_server_takes() {
        let mut requests = Requests::default();
        let deadline = Instant::now() + Duration::from_secs(1);
        for number in 0..limits::REQUESTS_IN_FLIGHT as u64 + 5 {
            requests
                .push(Request { owner: Owner::Caller(Ticket(number)), command: Command::Ping, deadline })
                .unwrap();
        }
        let mut sent = Vec::new();
        while let Some(message) = requests.next_to_send() {
            sent.push(message.request);
        }
        assert_eq!(sent.len(), limits::REQUESTS_IN_FLIGHT);
        requests.answered(sent[3]);
        assert!(requests.next_to_send().is_some() && requests.next_to_send().is_none());
    }

    #[test]
    fn a_number_is_not_used_again_while_its_answer_is_open() {
        let mut requests = Requests::default();
        let deadline = Instant::now();
        let push = |requests: &mut Requests| {
            requests.push(Request { owner: Owner::Nobody, command: Command::Ping, deadline }).unwrap();
        };
        push(&mut requests);
        let first = requests.next_to_send().unwrap().request;
        requests.next = first.0;
        push(&mut requests);
        assert_ne!(requests.next_to_send().unwrap().request, first);
    }

    #[test]
    fn after_a_cut_a_ban_is_not_sent_again_and_a_list_is() {
        let mut requests = Requests::default();
        let deadline = Instant::now();
        let ban = Command::Unban { name: Default::default(), reason: Default::default() };
        for (ticket, command) in [(1, Command::ListDevices), (2, ban)] {
            requests.push(Request { owner: Owner::Caller(Ticket(ticket)), command, deadline }).unwrap();
            requests.next_to_send().unwrap();
        }
        let ended: Vec<_> = requests.lost().into_iter().map(|request| request.owner).collect();
        assert_eq!(ended, [Owner::Caller(Ticket(2))]);
        assert_eq!(requests.next_to_send().unwrap().command, Command::ListDevices);
    }
}
