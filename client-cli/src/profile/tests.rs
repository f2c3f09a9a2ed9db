use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use proto::ids::PublicKey;

use super::*;
use crate::address::Address;

#[test]
fn a_profile_comes_back_as_it_was_written() {
    let home = Home::new();
    let identity = identity();
    let mut profile = Profile::create(&home.folders, "work", &identity).unwrap();
    profile.change(|settings| settings.account = Some("ada".to_owned())).unwrap();
    drop(profile);

    let profile = Profile::open(&home.folders, "work").unwrap();
    let read = profile.identity().unwrap();
    assert_eq!(read.address, identity.address);
    assert_eq!(read.server_key, identity.server_key);
    assert_eq!(read.device_key.public(), identity.device_key.public());
    assert_eq!(profile.settings().account.as_deref(), Some("ada"));
}

#[test]
fn everything_made_is_closed_to_others() {
    let home = Home::new();
    let profile = Profile::create(&home.folders, "work", &identity()).unwrap();
    profile.outbox().unwrap();
    for entry in walk(home.path()) {
        let mode = fs::metadata(&entry).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if entry.is_dir() { 0o700 } else { 0o600 }, "{}", entry.display());
    }
}

#[test]
fn a_file_or_folder_that_others_can_read_is_refused_and_the_fix_is_named() {
    for (name, mode) in
        [("work/device.key", 0o640), ("work/profile.toml", 0o604), ("work", 0o750), ("", 0o701)]
    {
        let home = Home::new();
        drop(Profile::create(&home.folders, "work", &identity()).unwrap());
        assert!(Profile::open(&home.folders, "work").is_ok());
        let path = home.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();

        let error = Profile::open(&home.folders, "work").unwrap_err();
        assert!(matches!(error, ProfileError::Loose { mode: found, .. } if found == mode), "{error}");
        assert!(error.to_string().contains("chmod"), "{error}");
    }
}

#[test]
fn a_link_in_the_place_of_the_key_is_refused() {
    let home = Home::new();
    drop(Profile::create(&home.folders, "work", &identity()).unwrap());
    let (key, elsewhere) = (home.path().join("work/device.key"), home.path().join("work/elsewhere"));
    fs::rename(&key, &elsewhere).unwrap();
    symlink(&elsewhere, &key).unwrap();
    assert!(matches!(Profile::open(&home.folders, "work"), Err(ProfileError::NotPlain(_))));
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let home = Home::new();
    drop(Profile::create(&home.folders, "work", &identity()).unwrap());
    for (name, contents) in [
        ("work/device.key", "short"),
        ("work/profile.toml", "server = 7"),
        ("work/profile.toml", "server = \"a:1\"\nserver_key = \"x\"\n"),
        ("work/profile.toml", "server = \"a:1\"\nserver_key = \"x\"\nunknown = 1\n"),
    ] {
        let path = home.path().join(name);
        let before = fs::read(&path).unwrap();
        fs::write(&path, contents).unwrap();
        let error = Profile::open(&home.folders, "work").unwrap_err();
        assert!(matches!(&error, ProfileError::Damaged { path, .. } if path.ends_with(name)), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), contents);
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn a_profile_with_an_account_is_not_overwritten() {
    let home = Home::new();
    let mut profile = Profile::create(&home.folders, "work", &identity()).unwrap();
    assert!(matches!(Profile::create(&home.folders, "work", &identity()), Err(ProfileError::InUse(_))));
    profile.change(|settings| settings.account = Some("ada".to_owned())).unwrap();
    drop(profile);
    assert!(matches!(Profile::create(&home.folders, "work", &identity()), Err(ProfileError::Exists(_))));
}

#[test]
fn a_profile_is_open_once_at_a_time() {
    let home = Home::new();
    let profile = Profile::create(&home.folders, "work", &identity()).unwrap();
    assert!(matches!(Profile::open(&home.folders, "work"), Err(ProfileError::InUse(_))));
    drop(profile);
    assert!(Profile::open(&home.folders, "work").is_ok());
}

#[test]
fn a_name_that_leaves_the_folder_is_refused() {
    let home = Home::new();
    for name in ["", "..", "a/b", ".hidden", "a b", "0123456789012345678901234567890123"] {
        assert!(matches!(Profile::open(&home.folders, name), Err(ProfileError::BadName)), "{name:?}");
    }
    assert!(matches!(Profile::open(&home.folders, "work"), Err(ProfileError::Missing(_))));
}

#[test]
fn a_removed_profile_leaves_no_key_no_message_and_no_picture() {
    let home = Home::new();
    let profile = Profile::create(&home.folders, "work", &identity()).unwrap();
    profile.outbox().unwrap();
    for place in ["work/pictures/7-12", "work/pastes"] {
        fs::create_dir_all(home.path().join(place)).unwrap();
        fs::write(home.path().join(place).join("picture"), "x").unwrap();
    }
    profile.remove().unwrap();
    let left: Vec<_> = walk(home.path()).into_iter().filter(|path| path.is_file()).collect();
    assert_eq!(left, [home.path().join("work/lock")]);
}

struct Home {
    _folder: tempfile::TempDir,
    path: PathBuf,
    folders: Folders,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        let folders = Folders::under(&path);
        Self { _folder: folder, path, folders }
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

fn identity() -> Identity {
    let address = Address { host: "chat.example.org".to_owned(), port: 7 };
    Identity { address, server_key: PublicKey([9; 32]), device_key: StaticKey::from_bytes([5; 32]) }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found
}
