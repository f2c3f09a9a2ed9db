//! A vault on disk: batches, damage, a second program, exports.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rusqlite::Connection;

use super::*;

#[test]
fn a_batch_is_there_after_opening_again_and_in_the_file_nothing_can_be_read() {
    let place = Place::new();
    let vault = place.open();
    let mut batch = Batch::new();
    batch.put(Table::History, b"\x01\x01", b"the eagle has landed").put(Table::Pins, b"ada", b"a key of ada");
    batch.put(Table::Pins, b"bob", b"a key of bob").remove(Table::Pins, b"ada");
    vault.commit(&batch).unwrap();
    drop(vault);

    let vault = place.open();
    assert_eq!(vault.get(Table::History, b"\x01\x01").unwrap().unwrap().as_slice(), b"the eagle has landed");
    assert_eq!(vault.get(Table::Pins, b"ada").unwrap(), None);
    assert_eq!(vault.count(Table::Pins).unwrap(), 1);
    drop(vault);
    let bytes = std::fs::read(&place.path).unwrap();
    for secret in [&b"the eagle has landed"[..], b"a key of"] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret));
    }
    assert_eq!(std::fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_commit_waits_for_the_disk_and_removed_bytes_are_overwritten() {
    let place = Place::new();
    let vault = place.open();
    for (name, expected) in [("synchronous", 2), ("secure_delete", 1), ("trusted_schema", 0)] {
        let set: i64 =
            vault.with(|inner| Ok(inner.conn.pragma_query_value(None, name, |row| row.get(0))?)).unwrap();
        assert_eq!(set, expected, "{name}");
    }
}

#[test]
fn a_batch_that_fails_in_the_middle_leaves_nothing() {
    let place = Place::new();
    let vault = place.open();
    vault.with(|inner| Ok(inner.conn.execute_batch("DROP TABLE pins")?)).unwrap();
    let mut batch = Batch::new();
    batch.put(Table::Outbox, b"1", b"first").put(Table::Pins, b"ada", b"second");
    assert!(vault.commit(&batch).is_err());
    assert_eq!(vault.count(Table::Outbox).unwrap(), 0);
}

#[test]
fn a_second_program_is_refused_with_one_clear_sentence() {
    let place = Place::new();
    let first = place.open();
    let error = Vault::open(&place.path, place.key.clone()).unwrap_err();
    assert!(matches!(error, VaultError::InUse(_)), "{error:?}");
    assert!(error.to_string().ends_with("is in use by another program; close that one first"), "{error}");
    drop(first);
    place.open();
}

#[test]
fn another_key_is_refused_before_anything_is_read() {
    let place = Place::new();
    drop(place.open());
    let error = Vault::open(&place.path, VaultKey::random()).unwrap_err();
    assert!(matches!(error, VaultError::WrongKey), "{error:?}");
}

#[test]
fn a_changed_row_and_one_from_another_place_are_found_and_named() {
    let place = Place::new();
    let vault = place.open();
    let mut batch = Batch::new();
    for key in [&b"a"[..], b"b", b"c"] {
        batch.put(Table::Pins, key, key);
    }
    vault.commit(&batch).unwrap();
    drop(vault);
    let conn = Connection::open(&place.path).unwrap();
    conn.execute_batch(
        "UPDATE pins SET value = (SELECT value FROM pins WHERE key = x'62') WHERE key = x'61'; \
         UPDATE pins SET value = zeroblob(length(value)) WHERE key = x'63'; \
         INSERT INTO rooms (key, value) SELECT key, value FROM pins WHERE key = x'62'",
    )
    .unwrap();
    drop(conn);

    let vault = place.open();
    let found: Vec<_> = vault.check().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found, ["pins 61", "pins 63", "rooms 62"]);
    assert!(matches!(vault.get(Table::Pins, b"a"), Err(VaultError::Damaged(_))));
    assert_eq!(vault.get(Table::Pins, b"b").unwrap().unwrap().as_slice(), b"b");
}

#[test]
fn rows_are_walked_in_the_order_of_their_keys_within_a_prefix() {
    let place = Place::new();
    let vault = place.open();
    let mut batch = Batch::new();
    for key in [[1, 9], [2, 1], [2, 2], [2, 3], [3, 0], [255, 255]] {
        batch.put(Table::History, &key, key);
    }
    vault.commit(&batch).unwrap();
    let keys = |walk, limit| {
        let rows = vault.walk(Table::History, walk, limit).unwrap();
        rows.into_iter()
            .map(|(key, value)| {
                assert_eq!(key, **value);
                key[1]
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(Walk::Up { prefix: &[2], after: None }, 9), [1, 2, 3]);
    assert_eq!(keys(Walk::Up { prefix: &[2], after: Some(&[2, 1]) }, 1), [2]);
    assert_eq!(keys(Walk::Down { prefix: &[2], before: None }, 2), [3, 2]);
    assert_eq!(keys(Walk::Down { prefix: &[2], before: Some(&[2, 3]) }, 9), [2, 1]);
    assert_eq!(keys(Walk::Down { prefix: &[255], before: None }, 9), [255]);
    assert_eq!(keys(Walk::Up { prefix: &[], after: None }, 9).len(), 6);
    batch = Batch::new();
    batch.remove_upto(Table::History, &[2], &[2, 2]);
    vault.commit(&batch).unwrap();
    assert_eq!(keys(Walk::Up { prefix: &[2], after: None }, 9), [3]);
    assert_eq!(vault.count(Table::History).unwrap(), 4);
}

#[test]
fn a_vault_that_others_can_read_or_that_is_no_file_is_refused() {
    let place = Place::new();
    drop(place.open());
    std::fs::set_permissions(&place.path, PermissionsExt::from_mode(0o640)).unwrap();
    let error = Vault::open(&place.path, place.key.clone()).unwrap_err();
    assert!(error.to_string().contains("chmod 600"), "{error}");
    let link = place.folder.path().join("link");
    std::os::unix::fs::symlink(&place.path, &link).unwrap();
    assert!(Vault::open(&link, place.key.clone()).is_err());
}

#[test]
fn a_vault_of_a_later_version_is_left_alone() {
    let place = Place::new();
    drop(place.open());
    Connection::open(&place.path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Vault::open(&place.path, place.key.clone()).unwrap_err();
    assert!(matches!(error, VaultError::Newer { found: 99, known: 1 }), "{error:?}");
}

#[test]
fn an_export_comes_back_whole_in_another_vault_under_another_key() {
    let place = Place::new();
    let vault = place.open();
    let large = vec![7; 300_000];
    let mut batch = Batch::new();
    batch.put(Table::Groups, b"g", large.clone()).put(Table::Own, b"identity", b"secret");
    for number in 0..600_u16 {
        batch.put(Table::History, &number.to_be_bytes(), number.to_be_bytes());
    }
    vault.commit(&batch).unwrap();
    let file = exported(&vault, "correct horse");
    assert!(!file.windows(6).any(|part| part == b"secret" || part == b"said o"));

    let looked = Import::new(Cursor::new(&file)).look("correct horse").unwrap();
    let expected = BTreeMap::from([(Table::Own, 1), (Table::Groups, 1), (Table::History, 600)]);
    assert_eq!((looked.said.as_slice(), &looked.rows), (&b"said of it"[..], &expected));

    let other = Place::new();
    let fresh = other.open();
    assert_eq!(Import::new(Cursor::new(&file)).into_vault("correct horse", &fresh).unwrap(), looked);
    assert_eq!(fresh.get(Table::Groups, b"g").unwrap().unwrap().as_slice(), large);
    assert_eq!(fresh.count(Table::History).unwrap(), 600);
    assert_eq!(fresh.get(Table::Own, b"identity").unwrap().unwrap().as_slice(), b"secret");
    drop(fresh);
    other.open();
}

#[test]
fn a_wrong_passphrase_a_cut_and_a_changed_export_are_refused() {
    let place = Place::new();
    let vault = place.open();
    let mut batch = Batch::new();
    batch.put(Table::Groups, b"g", vec![7; 100_000]);
    vault.commit(&batch).unwrap();
    let file = exported(&vault, "correct horse");
    let look = |bytes: &[u8], passphrase: &str| Import::new(Cursor::new(bytes)).look(passphrase);
    assert!(matches!(look(&file, "wrong horse"), Err(VaultError::WrongPassphrase)));
    assert!(matches!(look(b"LiveChat keys 2\n0123456789abcdef", ""), Err(VaultError::NotAnExport(_))));
    for cut in [0, 20, 90, 70_000, file.len() - 1] {
        assert!(look(&file[..cut], "correct horse").is_err(), "{cut}");
    }
    for at in [FORMAT_END, FORMAT_END + 40, 70_000, file.len() - 1] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(look(&changed, "correct horse").is_err(), "{at}");
    }
    assert!(look(&[&*file, b"x"].concat(), "correct horse").is_err());
}

fn exported(vault: &Vault, passphrase: &str) -> Vec<u8> {
    let mut file = Vec::new();
    vault.export(&mut file, passphrase, b"said of it").unwrap();
    file
}

struct Place {
    folder: tempfile::TempDir,
    path: PathBuf,
    key: VaultKey,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        Self { folder, path, key: VaultKey::random() }
    }

    fn open(&self) -> Vault {
        Vault::open(&self.path, self.key.clone()).unwrap()
    }
}

const FORMAT_END: usize = 16;
