use proptest::prelude::*;
use proto::bytes::{Bytes, Secret32};
use proto::ids::{Commitment, ContentHash, FileSize, PublicKey, ReportId, Seq, StampMac};
use proto::message::{FileCard, FileFacts, FileLock, ReportCategory, ReportState};
use proto::text::Text;

use super::*;
use crate::franking::{StampKey, seal};

const SERVER_KEY: PublicKey = PublicKey([3; 32]);

#[test]
fn a_genuine_text_holds_in_every_check_that_has_something_to_compare() {
    let opened = opened(&text("you are an idiot"));
    let found = judge(&opened, &facts(&opened, None));
    for check in Check::ALL {
        let expected = if check == Check::File { Outcome::NothingToCompare } else { Outcome::Held };
        assert_eq!(found.of(check), expected, "{check:?}");
    }
    assert_eq!(found.refusal(), None);
}

#[test]
fn a_genuine_file_holds_in_every_check() {
    let opened = opened(&file([7; 32], [8; 32]));
    let found = judge(&opened, &facts(&opened, Some(BlobId([8; 32]))));
    assert!(found.iter().all(|finding| finding.outcome == Outcome::Held), "{found:?}");
}

#[test]
fn an_altered_text_fails_by_its_commitment() {
    refused(Check::Commitment, |opened| opened.body = bytes(&text("you are an idol")));
}

#[test]
fn an_appended_text_fails_by_its_commitment() {
    refused(Check::Commitment, |opened| {
        let longer = [&opened.body[..], b"!"].concat();
        opened.body = Bytes::new(longer).unwrap();
    });
}

#[test]
fn another_franking_key_fails_by_its_commitment() {
    refused(Check::Commitment, |opened| opened.franking_key = Secret32::new([1; 32]));
}

#[test]
fn blaming_another_account_fails_by_the_stamp() {
    refused(Check::Stamp, |opened| opened.account = account(MALLORY));
}

#[test]
fn blaming_another_device_fails_by_the_stamp() {
    refused(Check::Stamp, |opened| opened.device = DeviceId::new(2_002).unwrap());
}

#[test]
fn another_time_place_epoch_or_id_fails_by_the_stamp() {
    refused(Check::Stamp, |opened| opened.at = opened.at.plus_ms(60_000));
    refused(Check::Stamp, |opened| opened.seq = opened.seq.next());
    refused(Check::Stamp, |opened| opened.epoch = opened.epoch.next());
    refused(Check::Stamp, |opened| opened.message_id.0[15] ^= 1);
}

#[test]
fn another_room_fails_by_the_stamp() {
    let opened = opened(&text("you are an idiot"));
    let elsewhere = examine(&keys(), server(), RoomId::new(88).unwrap(), &opened, None);
    assert_eq!(elsewhere.refusal(), Some(Check::Stamp));
}

#[test]
fn a_forged_stamp_fails_by_the_stamp_and_an_unknown_key_by_the_key() {
    refused(Check::Stamp, |opened| opened.stamp.mac = StampMac([7; 32]));
    refused(Check::Stamp, |opened| opened.stamp.kid = 1);
    refused(Check::Key, |opened| opened.stamp.kid = 9);
}

#[test]
fn a_text_made_up_with_ones_own_commitment_fails_by_the_stamp() {
    refused(Check::Stamp, |opened| {
        let made_up = text("something worse").encode();
        let key = FrankingKey::new([1; 32]);
        opened.commitment = franking::commitment(&key, &origin(opened), &made_up);
        opened.franking_key = key.secret();
        opened.body = Bytes::new(made_up).unwrap();
    });
}

#[test]
fn a_commitment_that_another_member_stole_blames_neither() {
    let ada = opened(&text("you are an idiot"));
    let mut as_mallory = Opened {
        account: account(MALLORY),
        device: DeviceId::new(2_002).unwrap(),
        message_id: MessageId([0xbb; 16]),
        seq: ada.seq.next(),
        ..ada.clone()
    };
    as_mallory.stamp = franking::stamp(&keys(), server(), &stamped(room(), &as_mallory));
    assert_eq!(judge(&as_mallory, &facts(&as_mallory, None)).refusal(), Some(Check::Commitment));
    let as_ada = Opened { account: ada.account, device: ada.device, ..as_mallory };
    assert_eq!(judge(&as_ada, &facts(&as_ada, None)).refusal(), Some(Check::Stamp));
}

#[test]
fn another_ciphertext_for_the_same_file_fails_by_the_commitment() {
    let genuine = opened(&file([7; 32], [8; 32]));
    let other = Opened { body: bytes(&file([7; 32], [9; 32])), ..genuine.clone() };
    let found = judge(&other, &facts(&genuine, Some(BlobId([9; 32]))));
    assert_eq!(found.refusal(), Some(Check::Commitment));
}

#[test]
fn another_key_for_the_same_ciphertext_fails_by_the_commitment() {
    let genuine = opened(&file([7; 32], [8; 32]));
    let other = Opened { body: bytes(&file([1; 32], [8; 32])), ..genuine.clone() };
    let found = judge(&other, &facts(&genuine, Some(BlobId([8; 32]))));
    assert_eq!(found.refusal(), Some(Check::Commitment));
}

#[test]
fn a_sender_who_names_another_file_than_was_brought_is_shown_so_and_not_safe_from_reports() {
    for (body, brought) in [
        (file([7; 32], [8; 32]), Some(BlobId([9; 32]))),
        (file([7; 32], [8; 32]), None),
        (text("no file here"), Some(BlobId([9; 32]))),
    ] {
        let opened = opened(&body);
        let found = judge(&opened, &facts(&opened, brought));
        assert_eq!((found.of(Check::File), found.refusal()), (Outcome::Failed, None));
    }
}

#[test]
fn a_reporter_who_was_not_in_the_room_is_refused() {
    let opened = opened(&text("you are an idiot"));
    let facts = Facts { was_member: false, ..facts(&opened, None) };
    assert_eq!(judge(&opened, &facts).refusal(), Some(Check::Membership));
}

#[test]
fn a_log_that_says_something_else_is_told_and_a_removed_entry_is_no_obstacle() {
    let opened = opened(&text("you are an idiot"));
    let honest = facts(&opened, None);
    let logged = honest.logged.unwrap();
    for other in [
        Logged { account: account(MALLORY), ..logged },
        Logged { device: DeviceId::new(9).unwrap(), ..logged },
        Logged { at: logged.at.plus_ms(1), ..logged },
        Logged { epoch: logged.epoch.next(), ..logged },
        Logged { message_id: MessageId([1; 16]), ..logged },
        Logged { stamp: Stamp { kid: 9, ..logged.stamp }, ..logged },
    ] {
        let facts = Facts { logged: Some(other), ..honest.clone() };
        assert_eq!(judge(&opened, &facts).refusal(), Some(Check::Log), "{other:?}");
    }
    let removed = judge(&opened, &Facts { logged: None, ..honest });
    assert_eq!((removed.of(Check::Log), removed.refusal()), (Outcome::NothingToCompare, None));
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let opened = opened_bytes(b"not a body".to_vec());
    assert_eq!(judge(&opened, &facts(&opened, None)).refusal(), Some(Check::Body));
}

#[test]
fn far_from_the_database_the_proof_alone_is_examined() {
    let opened = opened(&text("you are an idiot"));
    let found = examine(&keys(), server(), room(), &opened, None);
    let outcomes: Vec<_> = found.iter().map(|finding| finding.outcome).collect();
    let (held, nothing) = (Outcome::Held, Outcome::NothingToCompare);
    assert_eq!(outcomes, [nothing, held, held, held, nothing, held, nothing]);
}

#[test]
fn every_check_has_words_of_its_own() {
    for (one, check) in Check::ALL.into_iter().enumerate() {
        for other in &Check::ALL[one + 1..] {
            assert_ne!(check.word(), other.word());
            assert_ne!(check.claim(), other.claim());
            assert_ne!(check.complaint(), other.complaint());
        }
    }
}

#[test]
fn what_is_kept_comes_back() {
    let exhibit = exhibit();
    assert_eq!(Exhibit::decode(&exhibit.encode()), Some(exhibit));
    assert_eq!(Exhibit::decode(b"something"), None);
}

#[test]
fn a_file_of_evidence_reads_back_and_says_in_words_what_was_said() {
    let file = evidence();
    let text = file.render();
    assert!(text.contains("\"text\": \"you are an idiot\""), "{text}");
    assert!(text.contains("\"name\": \"ada\""), "{text}");
    assert_eq!(EvidenceFile::parse(&text), Ok(file));
}

#[test]
fn a_readable_part_that_was_altered_is_noticed_by_itself() {
    let text = evidence().render();
    let altered = text.replace("you are an idiot", "you are an idol");
    assert_ne!(altered, text);
    assert_eq!(EvidenceFile::parse(&altered), Err(FormError::ReadableDiffers));
    let blamed = text.replace("\"name\": \"ada\"", "\"name\": \"bob\"");
    assert_eq!(EvidenceFile::parse(&blamed), Err(FormError::ReadableDiffers));
    assert_eq!(EvidenceFile::parse(&text.replace("evidence-1", "evidence-2")), Err(FormError::NotEvidence));
    assert_eq!(EvidenceFile::parse(&text[..text.len() / 2]), Err(FormError::NotEvidence));
}

#[test]
fn a_bundle_with_another_server_key_no_longer_holds() {
    let bundle = evidence().bundle;
    let (ours, theirs) = (ServerId::of(&bundle.server), ServerId::of(&PublicKey([4; 32])));
    let message = &bundle.messages[0].exhibit;
    assert_eq!(message.examine(&keys(), ours).refusal(), None);
    assert_eq!(message.examine(&keys(), theirs).refusal(), Some(Check::Stamp));
}

proptest! {
    #[test]
    fn no_altered_byte_of_an_opened_message_is_believed(place in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let genuine = opened(&text("you are an idiot"));
        let mut encoded = proto::codec::encode(&genuine);
        let place = place.index(encoded.len());
        encoded[place] ^= flip;
        if let Ok(altered) = proto::codec::decode::<Opened>(&encoded) {
            // Whether a line is reported or stands around is the reporter's own word.
            let is_believed = judge(&altered, &facts(&genuine, None)).refusal().is_none();
            prop_assert_eq!(is_believed, altered == Opened { context: altered.context, ..genuine });
        }
    }

    #[test]
    fn no_altered_character_of_a_file_of_evidence_stays_unseen(place in any::<prop::sample::Index>(), with in "[ -~]") {
        let file = evidence();
        let text = file.render();
        let place = place.index(text.len());
        let altered = format!("{}{with}{}", &text[..place], &text[place + 1..]);
        if altered != text {
            // Only the signed part can be altered and still be a file; its signature tells then.
            let seen = match EvidenceFile::parse(&altered) {
                Ok(parsed) => parsed.bundle.encode() != file.bundle.encode() || parsed.signature != file.signature,
                Err(_) => true,
            };
            prop_assert!(seen);
        }
    }
}

fn refused(expected: Check, change: impl FnOnce(&mut Opened)) {
    let genuine = opened(&text("you are an idiot"));
    let mut altered = genuine.clone();
    change(&mut altered);
    // The log would tell as well; the proof has to do without it.
    let facts = Facts { logged: None, ..facts(&genuine, None) };
    assert_eq!(judge(&altered, &facts).refusal(), Some(expected));
}

fn judge(opened: &Opened, facts: &Facts) -> CheckLog {
    examine(&keys(), server(), room(), opened, Some(facts))
}

fn facts(opened: &Opened, blob: Option<BlobId>) -> Facts {
    let Opened { account, device, epoch, at, message_id, stamp, .. } = *opened;
    Facts { was_member: true, logged: Some(Logged { account, device, epoch, at, message_id, stamp, blob }) }
}

fn opened(body: &Body) -> Opened {
    opened_bytes(body.encode())
}

fn opened_bytes(body: Vec<u8>) -> Opened {
    let mut opened = Opened {
        seq: Seq::new(12).unwrap(),
        at: Timestamp(1_790_000_000_000),
        epoch: Epoch::new(5).unwrap(),
        account: account(101),
        device: DeviceId::new(1_001).unwrap(),
        message_id: MessageId([0xaa; 16]),
        stamp: Stamp { kid: 0, mac: StampMac([0; 32]) },
        franking_key: Secret32::new([0; 32]),
        body: Bytes::default(),
        commitment: Commitment([0; 32]),
        context: false,
    };
    let franked = seal(&origin(&opened), &body);
    opened.commitment = franking::read_aad(&franked.aad).unwrap().commitment;
    opened.franking_key = franked.key.secret();
    opened.body = Bytes::new(body).unwrap();
    opened.stamp = franking::stamp(&keys(), server(), &stamped(room(), &opened));
    opened
}

fn origin(opened: &Opened) -> Origin {
    let Opened { account, device, message_id, .. } = *opened;
    Origin { room: room(), account, device, message_id }
}

fn exhibit() -> Exhibit {
    let opened = opened(&text("you are an idiot"));
    let found = judge(&opened, &facts(&opened, None));
    Exhibit { room: room(), opened, found, examined_at: Timestamp(1_790_000_100_000) }
}

fn evidence() -> EvidenceFile {
    let bundle = Bundle {
        server: SERVER_KEY,
        report: ReportId::new(606).unwrap(),
        made_at: Timestamp(1_790_000_100_000),
        category: ReportCategory::Harassment,
        note: Text::new("he does this every day").unwrap(),
        state: ReportState::Claimed,
        account: Person { id: account(101), name: Text::new("ada").unwrap() },
        exported_at: Timestamp(1_790_000_200_000),
        messages: List::new(vec![Named { author: Text::new("ada").unwrap(), exhibit: exhibit() }]).unwrap(),
    };
    EvidenceFile { bundle, signature: [5; SIGNATURE] }
}

fn text(words: &str) -> Body {
    Body::Text { body: Text::new(words).unwrap(), reply_to: None }
}

fn file(key: [u8; 32], sha256: [u8; 32]) -> Body {
    let facts = FileFacts {
        plain_sha256: ContentHash([2; 32]),
        name: Text::new("cat.png").unwrap(),
        media: Text::new("image/png").unwrap(),
    };
    let card = FileCard {
        blob: BlobId(sha256),
        sealed_size: FileSize::new(500).unwrap(),
        lock: FileLock::Key { key: Secret32::new(key), facts },
    };
    Body::File { card, caption: Text::default(), reply_to: None }
}

fn bytes(body: &Body) -> Bytes<{ proto::limits::OPENED_BODY }> {
    Bytes::new(body.encode()).unwrap()
}

fn keys() -> StampKeys {
    let key = |kid, byte| StampKey { kid, made_at: Timestamp(0), key: Secret32::new([byte; 32]) };
    StampKeys::new(vec![key(1, 0x11), key(3, 0x33)]).unwrap()
}

fn server() -> ServerId {
    ServerId::of(&SERVER_KEY)
}

fn room() -> RoomId {
    RoomId::new(77).unwrap()
}

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

const MALLORY: u64 = 202;
