//! A sealed room for the dashboard: what was opened of it, and somebody who still has to go. Made behind the server's
//! back, without MLS: pages show what the database has.

use anyhow::Result;
use domain::name::AccountName;
use domain::sanction::{Kind, Target};
use keys::Keys;
use proto::bytes::Bytes;
use proto::ids::{AccountId, ReportId, RoomId};
use proto::message::{Content, Opened, ReportCategory, Role};
use proto::text::Text;
use sealed::Body;
use sealed::evidence::{Exhibit, Facts, Logged, examine};
use sealed::franking::{Origin, StampInput, read_aad, seal};
use store::testing::sealed::{self as rooms, Member};
use store::{AccountSecrets, Actor, NewAccount, NewExhibit, NewSanction, NewSealedReport, StoreError, Tx};

use crate::seat::{message_id, now, open_store};
use crate::server::Chatd;

/// Makes a room of these two, a report of the first about what the second said there, and a ban of the second that waits
/// for the first one's client. Their names must be new.
///
/// # Errors
/// When keys or database refuse.
pub fn report(chatd: &Chatd, people: [&str; 2], texts: &[&str]) -> Result<ReportId> {
    let keys = Keys::load(&chatd.data().join("keys"))?;
    let store = open_store(chatd)?;
    let texts: Vec<Body> =
        texts.iter().map(|text| Body::Text { body: Text::cut(text), reply_to: None }).collect();
    let people = people.map(str::to_owned);
    let report = store.run_blocking(move |tx| {
        let (reporter, reported) = (person(tx, &people[0])?, person(tx, &people[1])?);
        let room = rooms::room(tx, &[reporter, reported], now())?;
        let mut exhibits = Vec::new();
        for text in &texts {
            exhibits.push(speak(tx, &keys, room, reported, text)?);
        }
        let target = Target::Account(reported.account);
        let ban = NewSanction::new(target, Kind::Ban, None, Text::cut("Harassment"));
        tx.report_sealed(&NewSealedReport {
            reporter: reporter.account,
            room,
            category: ReportCategory::Threat,
            note: Text::cut("In our sealed room"),
            exhibits,
            at: now(),
        })
        .and_then(|report| tx.staff(&Actor::OPERATOR, now())?.sanction(&ban).map(|_| report))
    });
    store.close();
    Ok(report?)
}

fn person(tx: &mut Tx<'_>, name: &str) -> Result<Member, StoreError> {
    // Keys of the device: a number for each name.
    let number = name.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let new = NewAccount {
        name: AccountName::parse(name).map_err(|error| StoreError::Other(error.to_string()))?,
        role: Role::Member,
        password_hash: "$argon2id$none".to_owned(),
        invite_digest: None,
        application: None,
        at: now(),
    };
    let secrets = AccountSecrets { totp_sealed: vec![1], recovery_digests: Vec::new() };
    let account: AccountId = tx.create_account(&new, |_| secrets)?;
    rooms::member(tx, account, number, now())
}

/// Says something as a client does, and opens it as the server takes it.
fn speak(
    tx: &mut Tx<'_>,
    keys: &Keys,
    room: RoomId,
    by: Member,
    body: &Body,
) -> Result<NewExhibit, StoreError> {
    let (account, device, encoded, message_id) = (by.account, by.device, body.encode(), message_id());
    let other = |error: &dyn std::fmt::Display| StoreError::Other(error.to_string());
    let franked = seal(&Origin { room, account, device, message_id }, &encoded);
    let commitment = read_aad(&franked.aad).map_err(|error| other(&error))?.commitment;
    let stamp = |epoch, seq, at| {
        keys.franking.stamp(&StampInput { room, seq, at, epoch, account, device, message_id, commitment })
    };
    let entry = rooms::say(tx, room, (by, message_id), None, now(), &stamp)?;
    let Content::Sealed { epoch, stamp, blob, .. } = entry.content else {
        return Err(StoreError::NoSuchEntry);
    };
    let (seq, at) = (entry.seq, entry.at);
    let opened = Opened {
        seq,
        at,
        epoch,
        account,
        device,
        message_id,
        stamp,
        franking_key: franked.key.secret(),
        body: Bytes::new(encoded).map_err(|error| other(&error))?,
        commitment,
        context: false,
    };
    let logged = Some(Logged { account, device, epoch, at, message_id, stamp, blob });
    let facts = Facts { was_member: true, logged };
    let found = examine(&keys.franking.keys(), keys.franking.server(), room, &opened, Some(&facts));
    let exhibit = Exhibit { room, opened, found, examined_at: at };
    let sealed = keys.seal_evidence(account, room, seq, &exhibit.encode());
    Ok(NewExhibit { seq, reported: true, author: account, at, sealed })
}
