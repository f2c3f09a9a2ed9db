//! The hub's messages as bytes; each is encoded once, however many read it.

use bytes::Bytes;
use proto::codec;
use proto::ids::RequestId;
use proto::limits;
use proto::message::{Answer, Event, NoticeKind, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Text};

use super::input::Notice;

pub(super) fn event(event: Event) -> Bytes {
    codec::encode(&ServerMessage::Event(event)).into()
}

pub(super) fn answer(request: RequestId, answer: Answer) -> Bytes {
    codec::encode(&ServerMessage::Answer(request, answer)).into()
}

pub(super) fn refused(request: RequestId, refusal: Refusal) -> Bytes {
    codec::encode(&ServerMessage::Refused(request, refusal)).into()
}

/// Tells an account's other sessions that a device logged in for the first time.
pub(super) fn new_device(label: &Text<{ limits::DEVICE_LABEL }>) -> Bytes {
    let text = format!(
        "A new device logged in to your account: {}. If that was not you, end its login and change your password.",
        &**label
    );
    event(Event::Notice { kind: NoticeKind::NewDevice, text: Text::cut(&text) })
}

/// Something the person should see.
pub(super) fn notice(notice: &Notice) -> Bytes {
    event(Event::Notice { kind: notice.kind, text: Text::cut(&notice.text) })
}

/// What cannot wait for a moderator is refused for the same reason.
pub(super) fn not_held(why: &str) -> Refusal {
    Refusal::new(Code::Filtered, &format!("{why} Only messages of open rooms can wait, so this is not done."))
}

/// Warns an owner.
pub(super) fn guessed_codes() -> Bytes {
    let text = "Somebody has your password and is guessing codes. Change your password.";
    event(Event::Notice { kind: NoticeKind::Operator, text: Text::cut(text) })
}

/// Returns a list of what was a list of the same kind before.
pub(super) fn list<T, const MAX: usize>(items: impl Iterator<Item = T>) -> List<T, MAX> {
    List::new(items.take(MAX).collect()).unwrap_or_default()
}
