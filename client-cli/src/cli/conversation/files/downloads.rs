//! Where fetched files go when nobody says otherwise.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folder of the interface: what the configuration says, else `CHAT_DOWNLOADS`, which is also the default of
/// `chat download --out`, else the desktop's download folder when there is one, else the folder the program runs in.
/// What a person set is taken as it is, so that a folder that is missing is told and not passed over.
pub(crate) fn download_folder(configured: Option<&Path>) -> PathBuf {
    let home = env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let set = configured.map(Path::to_owned).or_else(|| variable("CHAT_DOWNLOADS").map(PathBuf::from));
    let folder = set.unwrap_or_else(|| desktop_folder(home.as_deref()).unwrap_or_else(|| PathBuf::from(".")));
    match (folder.strip_prefix("~"), home) {
        (Ok(behind), Some(home)) => home.join(behind),
        _ => folder,
    }
}

fn desktop_folder(home: Option<&Path>) -> Option<PathBuf> {
    let home = home?;
    let config = variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    let named = match fs::metadata(config.join(USER_DIRS)) {
        Ok(file) if file.len() <= LARGEST => fs::read_to_string(config.join(USER_DIRS)).ok(),
        _ => None,
    };
    let named = named.and_then(|text| download_line(&text, home));
    named.into_iter().chain([home.join("Downloads")]).find(|folder| folder.is_dir())
}

/// Reads `XDG_DOWNLOAD_DIR="$HOME/Downloads"`. The home folder itself means that there is none.
fn download_line(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let value = value.trim().trim_matches('"');
    let folder = match value.strip_prefix("$HOME/") {
        Some(behind) => home.join(behind),
        None => PathBuf::from(value),
    };
    (folder.is_absolute() && folder != home).then_some(folder)
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

const USER_DIRS: &str = "user-dirs.dirs";
const LARGEST: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktops_folder_is_read_from_its_file() {
        let home = Path::new("/people/ada");
        for (line, expected) in [
            ("XDG_DOWNLOAD_DIR=\"$HOME/Geladen\"", Some("/people/ada/Geladen")),
            ("# a word\nXDG_MUSIC_DIR=\"$HOME/m\"\n  XDG_DOWNLOAD_DIR=\"/big/d\"", Some("/big/d")),
            ("XDG_DOWNLOAD_DIR=\"$HOME/\"", None),
            ("XDG_DOWNLOAD_DIR=\"here\"", None),
            ("", None),
        ] {
            assert_eq!(download_line(line, home), expected.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn what_the_configuration_says_goes_first() {
        assert_eq!(download_folder(Some(Path::new("/pictures"))), Path::new("/pictures"));
    }
}
