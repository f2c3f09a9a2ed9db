use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[test]
fn keys_are_the_same_when_read_again_and_different_on_another_server() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = Keys::create(&ours.path().join("keys")).unwrap();
    let read = Keys::load(&ours.path().join("keys")).unwrap();
    let other = Keys::create(&theirs.path().join("keys")).unwrap();
    assert_eq!((made.public(), made.mark()), (read.public(), read.mark()));
    assert_ne!(made.public(), other.public());
    assert_ne!(made.mark(), other.mark());
}

#[test]
fn an_installation_of_before_checkpoints_gets_a_key_for_them_once() {
    let folder = tempfile::tempdir().unwrap();
    let made = Keys::create(folder.path()).unwrap();
    fs::remove_file(folder.path().join("audit.key")).unwrap();
    let first = Keys::load(folder.path()).unwrap();
    let second = Keys::load(folder.path()).unwrap();
    assert_ne!(made.audit.public(), first.audit.public());
    assert_eq!(first.audit.public(), second.audit.public());
    assert_eq!(made.mark(), first.mark(), "the database still belongs to its keys");
}

#[test]
fn an_installation_of_before_sealed_rooms_gets_a_key_for_proposals_once() {
    let folder = tempfile::tempdir().unwrap();
    let made = Keys::create(folder.path()).unwrap();
    fs::remove_file(folder.path().join("host.key")).unwrap();
    let first = Keys::load(folder.path()).unwrap();
    let second = Keys::load(folder.path()).unwrap();
    assert_ne!(made.host, first.host);
    assert_eq!(first.host, second.host);
}

#[test]
fn a_network_is_kept_sealed_and_compared_by_its_pseudonym() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::create(folder.path()).unwrap();
    let (ada, bob) = (AccountId::new(101).unwrap(), AccountId::new(202).unwrap());
    let network = Cidr::parse("192.0.2.7").unwrap();
    let (tag, sealed) = keys.seal_network(ada, network);
    assert_eq!(tag, keys.seal_network(bob, network).0);
    assert_ne!(tag, keys.seal_network(ada, Cidr::parse("192.0.2.8").unwrap()).0);
    assert_eq!(keys.open_network(ada, &sealed), Some(network));
    assert_eq!(keys.open_network(bob, &sealed), None);
}

#[test]
fn an_installation_of_before_sealed_rooms_gets_a_stamping_key_once() {
    let folder = tempfile::tempdir().unwrap();
    let made = Keys::create(folder.path()).unwrap();
    fs::remove_file(folder.path().join("franking.key")).unwrap();
    let first = Keys::load(folder.path()).unwrap();
    let second = Keys::load(folder.path()).unwrap();
    assert_ne!(made.franking.keys(), first.franking.keys());
    assert_eq!(first.franking.keys(), second.franking.keys());
    assert_eq!(made.mark(), first.mark(), "the database still belongs to its keys");
}

#[test]
fn opened_evidence_opens_where_it_was_sealed_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::create(folder.path()).unwrap();
    let (ada, bob) = (AccountId::new(101).unwrap(), AccountId::new(202).unwrap());
    let (room, seq) = (RoomId::new(77).unwrap(), Seq::new(12).unwrap());
    let sealed = keys.seal_evidence(ada, room, seq, b"you are an idiot");
    assert_eq!(keys.open_evidence(ada, room, seq, &sealed).unwrap().as_slice(), b"you are an idiot");
    assert!(keys.open_evidence(bob, room, seq, &sealed).is_none());
    assert!(keys.open_evidence(ada, RoomId::new(78).unwrap(), seq, &sealed).is_none());
    assert!(keys.open_evidence(ada, room, seq.next(), &sealed).is_none());
}

#[test]
fn creating_twice_keeps_the_first_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = Keys::create(&folder.path().join("keys")).unwrap();
    let second = Keys::create(&folder.path().join("keys")).unwrap();
    assert_eq!(first.mark(), second.mark());
}

#[test]
fn files_are_0600_in_a_folder_0700() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    Keys::create(&keys).unwrap();
    assert_eq!(mode_of(&keys), 0o700);
    let files: Vec<_> = fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 6, "a draft was left behind: {files:?}");
    for file in files {
        assert_eq!(mode_of(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    Keys::create(folder.path()).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o601] {
        let path = folder.path().join("seal.key");
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = Keys::load(folder.path()).unwrap_err().to_string();
        let path = path.display();
        assert_eq!(
            error,
            format!("{path} can be opened by others (mode {mode:04o}), expected 0600; run: chmod 600 {path}")
        );
    }
}

#[test]
fn a_folder_that_others_can_open_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Keys::create(folder.path()).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o750)).unwrap();
    let error = Keys::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("(mode 0750), expected 0700; run: chmod 700"), "{error}");
}

#[test]
fn an_empty_folder_that_others_can_open_is_closed_to_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    Keys::create(folder.path()).unwrap();
    assert_eq!(mode_of(folder.path()), 0o700);
}

#[test]
fn a_read_only_key_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    Keys::create(folder.path()).unwrap();
    fs::set_permissions(folder.path().join("server.key"), Permissions::from_mode(0o400)).unwrap();
    assert!(Keys::load(folder.path()).is_ok());
}

#[test]
fn a_missing_key_is_named_and_not_made_anew_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    Keys::create(folder.path()).unwrap();
    fs::remove_file(folder.path().join("pepper.key")).unwrap();
    let error = Keys::load(folder.path()).unwrap_err();
    assert!(matches!(&error, KeyError::Missing(path) if path.ends_with("pepper.key")), "{error}");
    assert!(!folder.path().join("pepper.key").exists());
}

#[test]
fn swapped_cut_and_random_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    Keys::create(folder.path()).unwrap();
    let server = folder.path().join("server.key");
    let whole = fs::read(&server).unwrap();
    let pepper = fs::read(folder.path().join("pepper.key")).unwrap();
    let long = [whole.clone(), vec![b'A'; 1 << 20]].concat();
    for content in [&pepper[..], &whole[..whole.len() - 2], b"", b"\xff\xfe", &long] {
        fs::write(&server, content).unwrap();
        let error = Keys::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("server.key"), "{error}");
    }
    fs::write(&server, &whole).unwrap();
    assert!(Keys::load(folder.path()).is_ok());
}

#[test]
fn a_private_file_never_replaces_another_or_follows_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, link, target) =
        (folder.path().join("taken"), folder.path().join("link"), folder.path().join("target"));
    fs::write(&taken, "first").unwrap();
    symlink(&target, &link).unwrap();
    assert!(write_private(&taken, b"second").is_err());
    assert!(write_private(&link, b"second").is_err());
    assert_eq!(fs::read(&taken).unwrap(), b"first");
    assert!(!target.exists());
}

#[test]
fn printing_keys_shows_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::create(folder.path()).unwrap();
    let shown = format!("{keys:?}");
    for kind in ["server", "pepper", "seal"] {
        let text = fs::read_to_string(folder.path().join(format!("{kind}.key"))).unwrap();
        assert!(!shown.contains(&text[text.len() - 20..]));
    }
    assert!(shown.contains("***"), "{shown}");
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
