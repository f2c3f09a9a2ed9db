//! The bytes of every message, frozen in `vectors/messages.json`.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use proto::codec;
use proto::message::{
    EvictWhy, GoneWhy, GoodbyeReason, HeldDecision, NoticeKind, ReactionChange, ReportCategory, ReportState,
    Role, RoomKind,
};
use proto::refusal::Code;
use serde_json::{Value, json};

use crate::samples;
use crate::schema::{self, Shape};

#[test]
fn every_message_has_the_bytes_in_the_vectors() {
    let frozen: Value = serde_json::from_str(include_str!("../vectors/messages.json")).unwrap();
    let computed = json!({
        "Opening": vectors(samples::openings()),
        "ClientMessage": vectors(samples::client_messages()),
        "ServerMessage": vectors(samples::server_messages()),
    });
    assert_eq!(computed, frozen, "computed: {computed:#}");
}

#[test]
fn every_variant_of_every_message_has_a_vector() {
    let samples: BTreeSet<&str> = samples::openings()
        .iter()
        .map(|(path, _)| *path)
        .chain(samples::commands().iter().map(|(path, _)| *path))
        .chain(samples::server_messages().iter().map(|(path, _)| *path))
        .collect();
    // The first three stand around the others: a vector of an answer or event is one of theirs. The last four are inside
    // the vectors of `Command::Report` and `Command::SendFile`.
    let wrappers = [
        "ServerMessage::Answer",
        "ServerMessage::Event",
        "Event::Entry",
        "ReportWhat::Messages",
        "ReportWhat::Account",
        "FileLock::Key",
        "FileLock::Passphrase",
    ];
    for name in
        ["Opening", "Command", "ServerMessage", "Answer", "Event", "Content", "ReportWhat", "FileLock"]
    {
        let Shape::Enum(variants) = &schema::types()[name].shape else { panic!("{name} is an enum") };
        for variant in variants {
            let path = format!("{name}::{}", variant.name);
            assert!(samples.contains(path.as_str()) || wrappers.contains(&path.as_str()), "{path}");
        }
    }
}

#[test]
fn refusal_codes_keep_their_numbers() {
    assert_numbers(
        "Code",
        &[
            Code::BadCredentials,
            Code::TooFast,
            Code::Banned,
            Code::LoginNeeded,
            Code::BadInvite,
            Code::BadName,
            Code::NameTaken,
            Code::WeakPassword,
            Code::NoSuchRoom,
            Code::NoSuchAccount,
            Code::NoSuchEntry,
            Code::NotAMember,
            Code::NotPermitted,
            Code::LimitReached,
            Code::BadInput,
            Code::Unavailable,
            Code::Internal,
            Code::Protocol,
            Code::RegistrationClosed,
            Code::Conflict,
            Code::Muted,
            Code::SlowMode,
            Code::Filtered,
            Code::Raid,
            Code::RoomLocked,
            Code::PendingApproval,
            Code::NetworkBanned,
            Code::BannedNoAppeal,
            Code::QuotaExceeded,
            Code::TooLarge,
            Code::NoSuchFile,
            Code::Quarantined,
            Code::HashMismatch,
            Code::DiskFull,
            Code::StaleEpoch,
            Code::PendingEviction,
            Code::NoIdentity,
            Code::GroupRefused,
        ],
    );
}

#[test]
fn other_lists_keep_their_numbers() {
    assert_numbers(
        "GoodbyeReason",
        &[
            GoodbyeReason::Replaced,
            GoodbyeReason::Draining,
            GoodbyeReason::Slow,
            GoodbyeReason::Kicked,
            GoodbyeReason::Banned,
            GoodbyeReason::Revoked,
            GoodbyeReason::Protocol,
            GoodbyeReason::Idle,
            GoodbyeReason::Asked,
            GoodbyeReason::PendingApproval,
        ],
    );
    assert_numbers(
        "Role",
        &[Role::Bot, Role::Member, Role::Auditor, Role::Moderator, Role::Admin, Role::Owner],
    );
    assert_numbers("RoomKind", &[RoomKind::Open, RoomKind::Direct, RoomKind::Sealed, RoomKind::SealedDirect]);
    assert_numbers(
        "EvictWhy",
        &[
            EvictWhy::Banned,
            EvictWhy::RoomBanned,
            EvictWhy::Kicked,
            EvictWhy::Left,
            EvictWhy::DeviceRevoked,
            EvictWhy::IdentityReplaced,
        ],
    );
    assert_numbers("GoneWhy", &[GoneWhy::Left, GoneWhy::Kicked]);
    assert_numbers(
        "NoticeKind",
        &[
            NoticeKind::NewDevice,
            NoticeKind::Operator,
            NoticeKind::Report,
            NoticeKind::Outcome,
            NoticeKind::Announcement,
            NoticeKind::Sanction,
            NoticeKind::Raid,
        ],
    );
    assert_numbers(
        "ReportCategory",
        &[
            ReportCategory::Spam,
            ReportCategory::Harassment,
            ReportCategory::Threat,
            ReportCategory::Illegal,
            ReportCategory::Impersonation,
            ReportCategory::Other,
        ],
    );
    assert_numbers(
        "ReportState",
        &[ReportState::New, ReportState::Claimed, ReportState::Actioned, ReportState::Dismissed],
    );
    assert_numbers("HeldDecision", &[HeldDecision::Released, HeldDecision::Rejected]);
    assert_numbers("ReactionChange", &[ReactionChange::Add, ReactionChange::Remove]);
}

/// The codes in the order of their numbers: each is its number, and the next number is unknown.
fn assert_numbers<T>(name: &str, codes: &[T])
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let Shape::Codes(variants) = &schema::types()[name].shape else { panic!("{name} is a list of codes") };
    assert_eq!(variants.len(), codes.len(), "{name}: a code is missing here");
    for (number, code) in (0_u8..).zip(codes) {
        let bytes = codec::encode(&number);
        assert_eq!(codec::encode(code), bytes, "{name}: {code:?}");
        assert_eq!(codec::decode::<T>(&bytes).unwrap(), *code);
        assert_eq!(variants[usize::from(number)].name, format!("{code:?}"));
    }
    let next = u8::try_from(codes.len()).unwrap();
    assert!(codec::decode::<T>(&codec::encode(&next)).is_err(), "{name} {next} is unknown");
}

fn vectors<T>(samples: Vec<(&'static str, T)>) -> Value
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let vectors = samples.into_iter().map(|(path, message)| {
        let bytes = codec::encode(&message);
        assert_eq!(codec::decode::<T>(&bytes).unwrap(), message);
        json!({ "message": path, "hex": data_encoding::HEXLOWER.encode(&bytes) })
    });
    vectors.collect()
}
