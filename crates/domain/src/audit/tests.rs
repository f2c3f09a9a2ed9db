use proptest::prelude::*;

use super::*;

/// The hashes were computed by another program from the format in the module's documentation.
#[test]
fn an_event_has_these_bytes_and_the_chain_these_hashes() {
    let event = ban();
    let bytes = event.canonical();
    assert_eq!(
        data_encoding::HEXLOWER.encode(&bytes),
        "851b0000019a2b3c4d5e18650983070718ca76666c6f6f64696e6720746865206c6f6262792c20336d"
    );
    let first = ChainHash::START.after(&bytes);
    assert_eq!(first.to_string(), "0c71e1beeb9e7fa618839d0e730a238e3cc02ec41c57d6ea4a0aaae33c9a9a27");
    assert_eq!(
        first.after(&bytes).to_string(),
        "b5fa016f1e0c1dd1e8a21c7d976aa4b4e6524709c36a2d7261315f9078e695f8"
    );
}

#[test]
fn an_event_reads_back_and_no_other_bytes_do() {
    for event in log() {
        let bytes = event.canonical();
        assert_eq!(AuditEvent::from_canonical(&bytes).unwrap(), event);
        assert!(AuditEvent::from_canonical(&[&bytes[..], &[0]].concat()).is_err());
        assert!(AuditEvent::from_canonical(&bytes[..bytes.len() - 1]).is_err());
    }
}

#[test]
fn changing_any_field_changes_the_bytes() {
    let event = ban();
    let changed = [
        AuditEvent { at: event.at.plus_ms(1), ..event.clone() },
        AuditEvent { actor: None, ..event.clone() },
        AuditEvent { actor: Some(account(102)), ..event.clone() },
        AuditEvent { action: Action::BanLifted, ..event.clone() },
        AuditEvent { target: Target::Account(account(202)), ..event.clone() },
        AuditEvent { target: Target::Sanction(SanctionId::new(8).unwrap(), account(202)), ..event.clone() },
        AuditEvent { target: Target::Sanction(SanctionId::new(7).unwrap(), account(203)), ..event.clone() },
        AuditEvent { detail: text("flooding the lobby, 3n"), ..event.clone() },
        AuditEvent { detail: text(""), ..event.clone() },
    ];
    for (at, other) in changed.iter().enumerate() {
        assert_ne!(other.canonical(), event.canonical(), "change {at}");
        assert!(changed[..at].iter().all(|earlier| earlier.canonical() != other.canonical()), "change {at}");
    }
}

#[test]
fn an_untouched_log_holds() {
    let log = stored(&log());
    let end = log.last().map(|(_, hash)| *hash);
    assert_eq!(check(&log, end), Ok(end.unwrap()));
    assert_eq!(check(&[], None), Ok(ChainHash::START));
}

#[test]
fn any_change_of_any_byte_shows_where_it_is() {
    let log = stored(&log());
    for index in 0..log.len() {
        for bit in 0..log[index].0.len() * 8 {
            let mut tampered = log.clone();
            tampered[index].0[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&tampered, None), Err(ChainError::Broken { index }));
        }
        let mut tampered = log.clone();
        tampered[index].1.0[0] ^= 1;
        assert_eq!(check(&tampered, None), Err(ChainError::Broken { index }));
    }
}

#[test]
fn removing_moving_doubling_or_adding_an_event_shows() {
    let log = stored(&log());
    let end = log.last().map(|(_, hash)| *hash);
    for index in 0..log.len() - 1 {
        let mut removed = log.clone();
        removed.remove(index);
        assert_eq!(check(&removed, None), Err(ChainError::Broken { index }), "removed");
        let mut swapped = log.clone();
        swapped.swap(index, index + 1);
        assert_eq!(check(&swapped, None), Err(ChainError::Broken { index }), "swapped");
        let mut doubled = log.clone();
        doubled.insert(index, log[index].clone());
        assert_eq!(check(&doubled, None), Err(ChainError::Broken { index: index + 1 }), "doubled");
    }
    let cut = &log[..log.len() - 1];
    assert!(check(cut, None).is_ok(), "a cut-off end does not show by itself");
    assert_eq!(
        check(cut, end),
        Err(ChainError::WrongEnd { len: cut.len() }),
        "it shows to who knows the end"
    );
}

/// A forger who recomputes all hashes after his change is caught by the end that is known elsewhere.
#[test]
fn a_log_that_was_recomputed_after_a_change_does_not_end_where_it_ended() {
    let original = stored(&log());
    let end = original.last().map(|(_, hash)| *hash);
    let mut events = log();
    events[1].actor = Some(account(9_999));
    let forged = stored(&events);
    assert!(check(&forged, None).is_ok());
    assert_eq!(check(&forged, end), Err(ChainError::WrongEnd { len: forged.len() }));
}

#[test]
fn an_event_of_a_later_release_still_has_its_place_in_the_chain() {
    let later = [0x85, 0x00, 0xf6, 0x18, 0xff, 0x81, 0x00, 0x60];
    assert!(AuditEvent::from_canonical(&later).is_err());
    let hash = ChainHash::START.after(&later);
    assert_eq!(verify([(&later[..], hash)], Some(hash)), Ok(hash));
}

proptest! {
    #[test]
    fn two_events_have_the_same_bytes_only_if_they_are_the_same(left in event(), right in event()) {
        prop_assert_eq!(left == right, left.canonical() == right.canonical());
        prop_assert_eq!(AuditEvent::from_canonical(&left.canonical()).unwrap(), left);
    }

    #[test]
    fn garbage_is_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(event) = AuditEvent::from_canonical(&bytes) {
            prop_assert_eq!(event.canonical(), bytes);
        }
    }
}

fn event() -> impl Strategy<Value = AuditEvent> {
    let events = log();
    (0..events.len(), 0..3_i64, "[ab]{0,2}").prop_map(move |(index, at, detail)| AuditEvent {
        at: Timestamp(at),
        detail: text(&detail),
        ..events[index].clone()
    })
}

type Stored = Vec<(Vec<u8>, ChainHash)>;

fn stored(events: &[AuditEvent]) -> Stored {
    let mut last = ChainHash::START;
    events
        .iter()
        .map(|event| {
            last = last.after(&event.canonical());
            (event.canonical(), last)
        })
        .collect()
}

fn check(log: &[(Vec<u8>, ChainHash)], end: Option<ChainHash>) -> Result<ChainHash, ChainError> {
    verify(log.iter().map(|(bytes, hash)| (bytes.as_slice(), *hash)), end)
}

/// One event of each kind of target.
fn log() -> Vec<AuditEvent> {
    let room = RoomId::new(303).unwrap();
    let targets = [
        (Action::ServerInitialised, Target::Server),
        (Action::RoleChanged, Target::Account(account(202))),
        (Action::DeviceRevoked, Target::Device(account(202), DeviceId::new(404).unwrap())),
        (Action::RoomCreated, Target::Room(room)),
        (Action::Kicked, Target::Member(room, account(202))),
        (Action::MessageDeleted, Target::Entry(room, Seq::new(5).unwrap())),
        (Action::InviteRevoked, Target::Invite(InviteId::new(505).unwrap())),
        (Action::ReportClaimed, Target::Report(ReportId::new(606).unwrap())),
        (Action::AppealDecided, Target::Appeal(AppealId::new(707).unwrap())),
        (Action::FilterChanged, Target::Filter(FilterId::new(808).unwrap())),
        (Action::NetworkBanned, Target::Network(SanctionId::new(7).unwrap())),
        (Action::HeldReleased, Target::Held(HeldId::new(909).unwrap())),
        (Action::Purged, Target::Purge(PurgeId::new(1_010).unwrap())),
        (Action::Announced, Target::Announcement(AnnouncementId::new(1_111).unwrap())),
        (Action::SanctionsImported, Target::Batch(BatchId::new(1_212).unwrap())),
        (Action::SettingChanged, Target::Setting),
        (Action::LineageBanned, Target::Lineage(SanctionId::new(7).unwrap(), InviteId::new(505).unwrap())),
        (Action::WebSessionRevoked, Target::WebSession(WebSessionId::new(1_313).unwrap(), account(202))),
        (Action::FileQuarantined, Target::File(FileId::new(1_414).unwrap())),
    ];
    let mut log: Vec<_> = targets.map(|(action, target)| AuditEvent { action, target, ..ban() }).into();
    log.push(ban());
    log
}

fn ban() -> AuditEvent {
    AuditEvent {
        at: Timestamp(0x019a_2b3c_4d5e),
        actor: Some(account(101)),
        action: Action::Banned,
        target: Target::Sanction(SanctionId::new(7).unwrap(), account(202)),
        detail: text("flooding the lobby, 3m"),
    }
}

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

fn text(detail: &str) -> Text<DETAIL> {
    Text::new(detail).unwrap()
}
