//! Servers that live in the test: one that is led step by step, and one that keeps a small chat.

pub(crate) mod mini;
pub(crate) mod peer;
pub(crate) mod program;

use std::time::Duration;

use proto::ids::{AccountId, DeviceId, RoomId, Seq, Timestamp};
use proto::message::{Content, Entry, HistoryItem, Role, RoomKind, RoomSummary, Welcome};
use proto::text::{List, Text};

/// Waits for something that must happen soon.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it happens within 20 s")
}

pub(crate) fn welcome(name: &str) -> Welcome {
    Welcome {
        account: AccountId::new(1_001).unwrap(),
        name: Text::cut(name),
        role: Role::Member,
        device: DeviceId::new(77).unwrap(),
        server: Text::cut("Test server"),
        now: Timestamp(1_700_000_000_000),
        login_until: Timestamp(1_800_000_000_000),
        incarnation: 1,
        recovery_codes: List::default(),
    }
}

pub(crate) fn summary(last_seq: u64) -> RoomSummary {
    RoomSummary {
        room: lobby(),
        name: Text::cut("lobby"),
        kind: RoomKind::Open,
        topic: Text::cut("Everybody"),
        last_seq: seq(last_seq),
        read_upto: Seq::START,
        members: 2,
        joined: true,
        slow_seconds: 0,
        locked: false,
    }
}

pub(crate) fn entry(number: u64, author: &str, body: &str) -> Entry {
    let mut message_id = [0; 16];
    message_id[..8].copy_from_slice(&number.to_be_bytes());
    Entry {
        room: lobby(),
        seq: seq(number),
        at: Timestamp(1_700_000_000_000),
        author: AccountId::new(2_002).unwrap(),
        author_name: Text::cut(author),
        message_id: proto::ids::MessageId(message_id),
        content: Content::Text { body: Text::cut(body), reply_to: None },
    }
}

pub(crate) fn item(entry: Entry) -> HistoryItem {
    HistoryItem { entry, edited_by: None, reactions: List::default() }
}

pub(crate) fn lobby() -> RoomId {
    RoomId::new(1).unwrap()
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}
