//! The audit log against somebody who changes the file itself, and events from before they could be searched.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

mod support;

use domain::audit::{Action, AuditEvent, ChainHash, Target};
use rusqlite::Connection;
use store::{AuditCheck, AuditFault, AuditFilter, AuditSeq, Store, StoreError};
use support::{NOW, Place, audit_head, text};

fn filled() -> Place {
    let place = Place::new();
    let store = place.open();
    for number in 0..9 {
        let event = AuditEvent {
            at: NOW.plus_ms(number),
            actor: None,
            action: Action::SettingChanged,
            target: Target::Setting,
            detail: text(&format!("number {number}")),
        };
        store.run_blocking(move |tx| tx.audit(&event)).unwrap();
    }
    store.close();
    place
}

/// Changes the file as somebody with the operator's rights could.
fn tamper(place: &Place, sql: &str) {
    let conn = Connection::open(place.path()).unwrap();
    conn.execute_batch("DROP TRIGGER audit_keeps_rows; DROP TRIGGER audit_keeps_values;").unwrap();
    conn.execute_batch(sql).unwrap();
    conn.execute_batch(
        "CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;",
    )
    .unwrap();
}

/// Follows the chain in steps of two.
fn check(store: &Store) -> AuditCheck {
    let (mut from, mut before) = (AuditSeq(0), ChainHash::START);
    loop {
        match store.read_blocking(|reads| reads.verify_audit_from(from, before, 2)).unwrap() {
            AuditCheck::Holds { place, hash, more: true } => (from, before) = (place, hash),
            end => return end,
        }
    }
}

#[test]
fn the_first_place_that_does_not_hold_is_named() {
    use AuditFault::{DoesNotFollow, Misfiled, Missing, Unreadable};
    for (sql, place, fault) in [
        ("UPDATE audit SET event = (SELECT event FROM audit WHERE seq = 1) WHERE seq = 5", 5, DoesNotFollow),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 4", 4, DoesNotFollow),
        ("DELETE FROM audit WHERE seq = 3", 3, Missing),
        ("DELETE FROM audit WHERE seq = 1", 1, Missing),
        ("UPDATE audit_facets SET action = 9 WHERE seq = 6", 6, Misfiled),
        ("DELETE FROM audit_facets WHERE seq = 2", 2, Misfiled),
        ("UPDATE audit_facets SET actor = 1 WHERE seq = 7", 7, Misfiled),
    ] {
        let tampered = filled();
        tamper(&tampered, sql);
        let store = tampered.open();
        assert_eq!(check(&store), AuditCheck::Broken { place: AuditSeq(place), fault }, "{sql}");
        let whole = store.verify().unwrap_err();
        assert_eq!(whole, StoreError::Damaged { what: format!("audit event {place} {fault}") });
        assert_ne!(fault, Unreadable);
    }
}

/// A chain that was made anew around bytes that are no event.
#[test]
fn an_event_that_cannot_be_read_is_named() {
    let place = filled();
    let store = place.open();
    let (_, head) = audit_head(&store);
    store.close();
    let garbage: &[u8] = &[0xff, 0x00];
    Connection::open(place.path())
        .unwrap()
        .execute(
            "INSERT INTO audit (at_ms, event, hash) VALUES (1, ?1, ?2)",
            (garbage, head.after(garbage).0),
        )
        .unwrap();
    let store = place.open();
    assert_eq!(check(&store), AuditCheck::Broken { place: AuditSeq(10), fault: AuditFault::Unreadable });
}

#[test]
fn events_from_before_the_search_are_found() {
    let place = filled();
    Connection::open(place.path()).unwrap().execute_batch("DELETE FROM audit_facets").unwrap();
    let store = place.open();
    assert!(matches!(check(&store), AuditCheck::Holds { place: AuditSeq(9), .. }));
    let filter = AuditFilter { action: Some(Action::SettingChanged), ..AuditFilter::default() };
    let page = store.read_blocking(|reads| reads.audit_page(&filter, None, 100)).unwrap();
    assert_eq!((page.items.len(), page.next), (9, None));
}
