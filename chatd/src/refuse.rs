//! What a stranger learns when something is not done: every error becomes a refusal here and nowhere else.

use domain::name::NameError;
use domain::text::TextError;
use proto::ids::Seq;
use proto::limits;
use proto::refusal::{Code, Refusal};
use proto::text::Secret;
use store::StoreError;
use tracing::{error, warn};

/// Turns an error of the store into what the person who asked is told. What concerns the operator is logged here,
/// once, with the number that the person gets.
#[must_use]
pub(crate) fn store(error: &StoreError) -> Refusal {
    let (code, detail) = match error {
        StoreError::NotFound { what } => return not_found(what),
        StoreError::NameTaken => {
            (Code::NameTaken, "The name is taken, or looks like one that is. Choose another.")
        }
        StoreError::RoomNameTaken => {
            (Code::NameTaken, "There is a room with this name, or one that looks like it. Choose another.")
        }
        StoreError::BadInvite => return bad_invite(),
        StoreError::CodeUsed => return bad_credentials(),
        StoreError::DeviceRevoked => return login_needed(),
        StoreError::DeviceTaken => (
            Code::BadInput,
            "This device belongs to another account. Use a separate profile for each account.",
        ),
        StoreError::Banned => (Code::Banned, "This account is banned."),
        StoreError::Pending => return pending(),
        StoreError::Muted => (Code::Muted, "You are muted here."),
        StoreError::RoomLocked => (Code::RoomLocked, "This room is locked: only staff can write."),
        StoreError::Stale { .. } => (Code::Conflict, "Somebody else changed this meanwhile. Look again."),
        StoreError::SelfLockout => (Code::NotPermitted, "This would lock you out yourself."),
        StoreError::StepUpNeeded => {
            (Code::NotPermitted, "This needs a fresh proof of who you are; do it in the dashboard.")
        }
        StoreError::InThePast => (Code::BadInput, "The end has passed already."),
        StoreError::TooWide(why) => return Refusal::new(Code::BadInput, &sentence(&why.to_string())),
        StoreError::Invalid(why) => return Refusal::new(Code::BadInput, &sentence(&why.to_string())),
        StoreError::Report(why) => return Refusal::new(Code::BadInput, &sentence(&why.to_string())),
        StoreError::Unproven { seq, why } => return unproven(*seq, why),
        StoreError::Filter(why) => return Refusal::new(Code::BadInput, &sentence(&why.to_string())),
        StoreError::Setting(why) => return Refusal::new(Code::BadInput, &sentence(&why.to_string())),
        StoreError::TooMany { what, max } => {
            return Refusal::new(Code::LimitReached, &format!("Too many {what}; the limit is {max}."));
        }
        StoreError::NotAMember => (Code::NotAMember, "Only members of the room can do this. Join it first."),
        StoreError::NotPermitted => return not_permitted(),
        StoreError::NoSuchEntry => (Code::NoSuchEntry, "There is no such message, or its text is gone."),
        StoreError::Conflict => {
            (Code::Conflict, "This message id was used for something else. Choose a new one.")
        }
        StoreError::QuotaExceeded { .. } | StoreError::TooLarge { .. } => return file_limit(error),
        StoreError::StaleEpoch { .. }
        | StoreError::PendingEviction
        | StoreError::NoIdentity
        | StoreError::GroupRefused { .. } => return sealed_room(error),
        StoreError::NoSuchFile => (Code::NoSuchFile, "There is no such file, or it is gone."),
        StoreError::Quarantined => (Code::Quarantined, "Moderators hold this file back."),
        StoreError::TooSlow => {
            (Code::LimitReached, "This takes too long to find. Ask for something more specific.")
        }
        StoreError::QueueFull | StoreError::Full | StoreError::Busy => {
            warn!(%error, "the store is not available");
            return unavailable();
        }
        StoreError::Broken { .. }
        | StoreError::Corrupt { .. }
        | StoreError::Damaged { .. }
        | StoreError::NewerSchema { .. }
        | StoreError::NotADatabase { .. }
        | StoreError::Missing { .. }
        | StoreError::Unusable { .. }
        | StoreError::Panicked
        | StoreError::Other(_) => return internal(error),
    };
    Refusal::new(code, detail)
}

/// What somebody is told whose file has no room.
fn file_limit(error: &StoreError) -> Refusal {
    match error {
        StoreError::QuotaExceeded { whose, mib } => {
            let words = format!("There is no room for this: {whose} may hold {mib} MiB of files.");
            Refusal::new(Code::QuotaExceeded, &words)
        }
        StoreError::TooLarge { mib: 0 } => Refusal::new(Code::TooLarge, "This server takes no files."),
        StoreError::TooLarge { mib } => {
            let words = format!("This file is too large: this server takes files of {mib} MiB at most.");
            Refusal::new(Code::TooLarge, &words)
        }
        other => internal(other),
    }
}

/// What somebody is told whose message or commit a sealed room does not take.
fn sealed_room(error: &StoreError) -> Refusal {
    let (code, words) = match error {
        StoreError::StaleEpoch { now } => {
            let words =
                format!("The keys of this room have changed: it is in epoch {now}. Read its log first.");
            return Refusal::new(Code::StaleEpoch, &words);
        }
        StoreError::PendingEviction => (
            Code::PendingEviction,
            "Somebody has to go from this room first: a member commits the server's proposals, then writing goes on.",
        ),
        StoreError::NoIdentity => (
            Code::NoIdentity,
            "The account has no identity for sealed rooms, or does not vouch for this device.",
        ),
        StoreError::GroupRefused { why } => return Refusal::new(Code::GroupRefused, &sentence(why)),
        other => return internal(other),
    };
    Refusal::new(code, words)
}

/// Turns a name that cannot be one into a refusal.
#[must_use]
pub(crate) fn name(error: &NameError) -> Refusal {
    Refusal::new(Code::BadName, &sentence(&error.to_string()))
}

/// Turns a text that is not acceptable into a refusal.
#[must_use]
pub(crate) fn text(error: &TextError) -> Refusal {
    Refusal::new(Code::BadInput, &sentence(&error.to_string()))
}

/// The one answer to an unknown name, a wrong password and a wrong code.
#[must_use]
pub(crate) fn bad_credentials() -> Refusal {
    Refusal::new(Code::BadCredentials, "Name, password or code is wrong. Check all three and try again.")
}

/// The device's key alone is not enough.
#[must_use]
pub(crate) fn login_needed() -> Refusal {
    Refusal::new(Code::LoginNeeded, "This device must log in again with password and code.")
}

#[must_use]
pub(crate) fn bad_invite() -> Refusal {
    Refusal::new(
        Code::BadInvite,
        "The invite is unknown, used up, revoked or past its end. Ask for a fresh one.",
    )
}

#[must_use]
pub(crate) fn registration_closed() -> Refusal {
    Refusal::new(Code::RegistrationClosed, "Registration is closed on this server.")
}

/// Words for somebody whose account was just made and who has to wait. They are the only ones who see the codes.
#[must_use]
pub(crate) fn applied(codes: &[Secret<{ limits::CODE }>]) -> Refusal {
    let codes: Vec<_> = codes.iter().map(Secret::reveal).collect();
    let words = format!(
        "Your account is made and waits for a moderator; log in with password and code to see. \
         Recovery codes, shown this once: {}",
        codes.join(" ")
    );
    Refusal::new(Code::PendingApproval, &words)
}

/// Words for the owner of an account that waits.
#[must_use]
pub(crate) fn pending() -> Refusal {
    Refusal::new(Code::PendingApproval, "Your account waits for a moderator. Try again later.")
        .after_ms(PENDING_RETRY_MS)
}

/// Words for the owner of an account that was refused.
#[must_use]
pub(crate) fn rejected() -> Refusal {
    Refusal::new(Code::PendingApproval, "A moderator decided not to let this account in.")
}

#[must_use]
pub(crate) fn not_permitted() -> Refusal {
    Refusal::new(Code::NotPermitted, "Your role does not permit this here, or not towards this person.")
}

#[must_use]
pub(crate) fn no_such_account() -> Refusal {
    Refusal::new(Code::NoSuchAccount, "There is nobody with this name here.")
}

#[must_use]
pub(crate) fn no_such_room() -> Refusal {
    Refusal::new(Code::NoSuchRoom, "There is no such room, or it is not open to you.")
}

/// Something is full or stopping; trying again later can succeed.
#[must_use]
pub(crate) fn unavailable() -> Refusal {
    Refusal::new(Code::Unavailable, "The server cannot do this for the moment. Try again in a few seconds.")
        .after_ms(UNAVAILABLE_RETRY_MS)
}

/// Too many tries.
#[must_use]
pub(crate) fn too_fast(wait: std::time::Duration) -> Refusal {
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    let seconds = wait_ms.div_ceil(1_000);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let words = format!("That was too much in a short time. Try again in {seconds} {unit}.");
    Refusal::new(Code::TooFast, &words).after_ms(wait_ms)
}

/// The operator takes no files.
#[must_use]
pub(crate) fn no_uploads() -> Refusal {
    Refusal::new(Code::NotPermitted, "This server takes no files.")
}

/// Chat goes on; files wait until the operator has made room.
#[must_use]
pub(crate) fn disk_full() -> Refusal {
    let words = "The server's disk is nearly full, so it takes no files for the moment. Try again later.";
    Refusal::new(Code::DiskFull, words).after_ms(DISK_RETRY_MS)
}

#[must_use]
pub(crate) fn no_such_upload() -> Refusal {
    Refusal::new(Code::NoSuchFile, "No such upload is going on. Begin it again; it goes on where it stopped.")
}

#[must_use]
pub(crate) fn no_such_file() -> Refusal {
    Refusal::new(Code::NoSuchFile, "There is no such file, or it is gone.")
}

#[must_use]
pub(crate) fn out_of_order(received: u64) -> Refusal {
    Refusal::new(Code::Conflict, &format!("Pieces come in order; the next one starts at {received}."))
}

#[must_use]
pub(crate) fn beyond_end(size: u64) -> Refusal {
    let words = format!("The file ends at {size} bytes; a piece lies before that and has at least one byte.");
    Refusal::new(Code::BadInput, &words)
}

#[must_use]
pub(crate) fn incomplete(received: u64) -> Refusal {
    Refusal::new(Code::Conflict, &format!("The file is not complete: {received} bytes have come."))
}

#[must_use]
pub(crate) fn wrong_hash() -> Refusal {
    Refusal::new(Code::HashMismatch, "What came is not what was announced, and is thrown away. Start again.")
}

/// The bytes do not follow the protocol.
#[must_use]
pub(crate) fn protocol(what: &str) -> Refusal {
    Refusal::new(Code::Protocol, what)
}

/// A report of a sealed message that does not hold.
fn unproven(seq: Seq, why: &str) -> Refusal {
    let words = format!("Message {seq} cannot be reported: {why}. Nothing was sent to the moderators.");
    Refusal::new(Code::BadInput, &words)
}

fn not_found(what: &str) -> Refusal {
    match what {
        "room" => no_such_room(),
        "account" => no_such_account(),
        other => Refusal::new(Code::BadInput, &format!("There is no such {other}.")),
    }
}

/// Only the operator reads what broke; the person gets a number that finds the line in the log.
fn internal(error: &StoreError) -> Refusal {
    let mut number = [0; 4];
    // Without randomness the number is 0, which still finds the line by its time.
    let _: Result<(), _> = getrandom::fill(&mut number);
    let number = u32::from_be_bytes(number);
    error!(%error, incident = number, "the store failed");
    Refusal::new(
        Code::Internal,
        &format!("Something broke on the server. Tell the operator this number: {number}."),
    )
}

/// Domain errors read like log lines; people get a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

/// A person has to look at it.
const PENDING_RETRY_MS: u64 = 60_000;
/// Somebody has to make room.
const DISK_RETRY_MS: u64 = 60_000;
const UNAVAILABLE_RETRY_MS: u64 = 2_000;
