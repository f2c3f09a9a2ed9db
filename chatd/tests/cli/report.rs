//! `chatd report`: what was opened of a sealed room leaves as a file that holds without a database, and an altered file
//! says which check failed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use domain::name::AccountName;
use keys::Keys;
use proto::bytes::Bytes;
use proto::ids::{AccountId, MessageId, ReportId, RoomId, Timestamp};
use proto::message::{Content, Opened, ReportCategory, Role};
use proto::text::{List, Text};
use sealed::Body;
use sealed::evidence::{EvidenceFile, Exhibit, Facts, Logged, examine};
use sealed::franking::{Origin, StampInput, read_aad, seal};
use store::testing::sealed::{self as rooms, Member};
use store::{AccountSecrets, NewAccount, NewExhibit, NewSealedReport, Store, StoreError, Tx};

use crate::bench::{Bench, End};

#[test]
fn evidence_leaves_as_a_private_file_and_holds_without_the_database() {
    let case = Case::make();
    let out = case.export();
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&out).unwrap();
    assert!(text.contains("nobody wants you here") && text.contains("\"name\": \"mallory\""), "{text}");
    fs::remove_file(case.bench.data().join("chat.db")).unwrap();
    let ended = case.bench.chatd(&["report", "verify", out.to_str().unwrap()]).end();
    assert!(ended.good().contains("Everything holds: 2 messages are proven."), "{ended:?}");
    assert!(ended.stdout.contains("membership  held"), "{ended:?}");
}

#[test]
fn an_auditor_needs_two_key_files_and_nothing_else() {
    let case = Case::make();
    let out = case.export();
    let (elsewhere, keys) = (Bench::new(), case.bench.data().join("keys"));
    let folder = elsewhere.path("auditor");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    for name in ["franking.key", "audit.key"] {
        fs::copy(keys.join(name), folder.join(name)).unwrap();
    }
    let verify = ["report", "verify", out.to_str().unwrap(), "--keys", folder.to_str().unwrap()];
    assert!(elsewhere.chatd(&verify).end().good().contains("Everything holds"));
    fs::remove_file(folder.join("franking.key")).unwrap();
    let ended = elsewhere.chatd(&verify).end();
    assert!(ended.refused(1).contains("franking.key is missing"), "{ended:?}");
    assert!(!folder.join("franking.key").exists(), "verifying makes no keys");
}

#[test]
fn an_altered_file_says_which_check_failed() {
    let case = Case::make();
    let text = fs::read_to_string(case.export()).unwrap();
    let genuine = EvidenceFile::parse(&text).unwrap();
    let signed_anew = |change: fn(&mut Opened)| {
        let mut bundle = genuine.bundle.clone();
        let mut messages = bundle.messages.into_inner();
        change(&mut messages[1].exhibit.opened);
        bundle.messages = List::new(messages).unwrap();
        let signature = case.keys.audit.vouch(&bundle.encode());
        EvidenceFile { bundle, signature }.render()
    };
    let resigned = |change: fn(&mut EvidenceFile)| {
        let mut file = genuine.clone();
        change(&mut file);
        file.render()
    };
    for (altered, failed) in [
        (text.replace("nobody wants you here", "everybody wants you here"), "form"),
        (text[..text.len() / 2].to_owned(), "form"),
        (resigned(|file| file.signature[0] ^= 1), "signature"),
        (resigned(|file| file.bundle.note = Text::cut("another note")), "signature"),
        // What only somebody with audit.key can do still does not make a message that was not said.
        (
            signed_anew(|opened| opened.body = Bytes::new(said("something worse").encode()).unwrap()),
            "commitment",
        ),
        (signed_anew(|opened| opened.account = AccountId::new(1).unwrap()), "stamp"),
        (signed_anew(|opened| opened.at = opened.at.plus_ms(60_000)), "stamp"),
        (signed_anew(|opened| opened.stamp.kid = 7), "key"),
    ] {
        let path = case.bench.path("altered.json");
        fs::write(&path, altered).unwrap();
        let ended = case.bench.chatd(&["report", "verify", path.to_str().unwrap()]).end();
        assert!(ended.stderr.contains(&format!("check \"{failed}\" failed")), "{failed}: {ended:?}");
        assert_eq!(ended.code, Some(1));
    }
}

#[test]
fn another_servers_keys_do_not_verify_it() {
    let (case, other) = (Case::make(), Bench::with_owner());
    let out = case.export();
    let ended = other.chatd(&["report", "verify", out.to_str().unwrap()]).end();
    assert!(ended.stderr.contains("check \"signature\" failed") && ended.code == Some(1), "{ended:?}");
}

#[test]
fn an_export_is_in_the_audit_log_and_takes_no_file_that_is_there() {
    let case = Case::make();
    let out = case.export();
    let ended = case.bench.chatd(&["audit", "export"]).end();
    assert!(
        ended.good().contains("EvidenceExported") && ended.stdout.contains("EvidenceOpened"),
        "{ended:?}"
    );
    let again = ["report", "export", &case.report.to_string(), "--out", out.to_str().unwrap()];
    assert!(case.bench.chatd(&again).end().refused(1).contains("cannot be written"));
    let ended = case.bench.chatd(&["report", "export", "999", "--out", "nothing"]).end();
    assert!(ended.refused(1).contains("there is no report 999"), "{ended:?}");
}

/// A report of Carol about what Mallory said in a sealed room.
struct Case {
    bench: Bench,
    keys: Keys,
    report: ReportId,
}

impl Case {
    fn make() -> Self {
        let bench = Bench::with_owner();
        let keys = Keys::load(&bench.data().join("keys")).unwrap();
        let store = Store::open(&bench.data().join("chat.db")).unwrap();
        let also = keys.clone();
        let made = store.run_blocking(move |tx| {
            let carol = person(tx, "carol", 11)?;
            let mallory = person(tx, "mallory", 22)?;
            let room = rooms::room(tx, &[carol, mallory], NOW)?;
            let exhibits = vec![
                speak(tx, &also, room, carol, ("is this about me?", true))?,
                speak(tx, &also, room, mallory, ("nobody wants you here", false))?,
            ];
            let (category, note) = (ReportCategory::Harassment, Text::cut("every day"));
            let reporter = carol.account;
            tx.report_sealed(&NewSealedReport { reporter, room, category, note, exhibits, at: NOW })
        });
        store.close();
        Self { bench, keys, report: made.unwrap() }
    }

    fn export(&self) -> PathBuf {
        let out = self.bench.path("report.evidence.json");
        let export = ["report", "export", &self.report.to_string(), "--out", out.to_str().unwrap()];
        let ended = self.bench.chatd(&export).end();
        assert!(ended.good().contains("2 opened messages"), "{ended:?}");
        out
    }
}

fn person(tx: &mut Tx<'_>, name: &str, number: u8) -> Result<Member, StoreError> {
    let new = NewAccount {
        name: AccountName::parse(name).unwrap(),
        role: Role::Member,
        password_hash: "$argon2id$none".to_owned(),
        invite_digest: None,
        application: None,
        at: NOW,
    };
    let secrets = AccountSecrets { totp_sealed: vec![1], recovery_digests: Vec::new() };
    let account = tx.create_account(&new, |_| secrets)?;
    rooms::member(tx, account, number, NOW)
}

/// Says something as a client does, and opens it as the server takes it.
fn speak(
    tx: &mut Tx<'_>,
    keys: &Keys,
    room: RoomId,
    by: Member,
    (words, context): (&str, bool),
) -> Result<NewExhibit, StoreError> {
    let (account, device, encoded) = (by.account, by.device, said(words).encode());
    let message_id = MessageId([if context { 1 } else { 2 }; 16]);
    let franked = seal(&Origin { room, account, device, message_id }, &encoded);
    let commitment = read_aad(&franked.aad).unwrap().commitment;
    let stamp = |epoch, seq, at| {
        keys.franking.stamp(&StampInput { room, seq, at, epoch, account, device, message_id, commitment })
    };
    let entry = rooms::say(tx, room, (by, message_id), None, NOW, &stamp)?;
    let Content::Sealed { epoch, stamp, blob, .. } = entry.content else { panic!("{entry:?}") };
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
        body: Bytes::new(encoded).unwrap(),
        commitment,
        context,
    };
    let logged = Some(Logged { account, device, epoch, at, message_id, stamp, blob });
    let facts = Facts { was_member: true, logged };
    let found = examine(&keys.franking.keys(), keys.franking.server(), room, &opened, Some(&facts));
    let exhibit = Exhibit { room, opened, found, examined_at: at };
    let sealed = keys.seal_evidence(account, room, seq, &exhibit.encode());
    Ok(NewExhibit { seq, reported: !context, author: account, at, sealed })
}

fn said(words: &str) -> Body {
    Body::Text { body: Text::new(words).unwrap(), reply_to: None }
}

const NOW: Timestamp = Timestamp(1_795_000_000_000);
