//! What is in a folder, read in bounded time and memory.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// The things in a folder, folders first.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) items: Vec<Item>,
    /// There are more than are listed.
    pub(super) is_cut: bool,
    /// Why there is nothing to see.
    pub(super) wrong: Option<String>,
}

/// One thing in a folder.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) name: OsString,
    pub(super) kind: Kind,
    /// Size and time of the last change, asked for when it comes into sight.
    facts: Option<(u64, Option<SystemTime>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Folder,
    File,
    /// A pipe, a socket, a device, a link to nothing.
    Special,
}

/// What of a folder is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// A part of the name, in small letters.
    pub(super) part: &'a str,
    /// Also names that begin with a dot.
    pub(super) hidden: bool,
}

impl Listing {
    /// Reads a folder. Never more than [`MOST`] things are kept and [`SCANNED`] looked at, so that a folder of any size
    /// is there at once.
    pub(super) fn read(folder: &Path, wanted: Wanted<'_>) -> Self {
        Self::read_most(folder, wanted, MOST)
    }

    fn read_most(folder: &Path, wanted: Wanted<'_>, most: usize) -> Self {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return Self { wrong: Some(why(folder, &error)), ..Self::default() },
        };
        let mut listing = Self::default();
        for (count, entry) in entries.enumerate() {
            if listing.items.len() == most || count == SCANNED {
                listing.is_cut = true;
                break;
            }
            match entry {
                Ok(entry) => listing.items.extend(Item::of(&entry, wanted)),
                // A folder that goes away while it is read has no more to tell.
                Err(error) if listing.items.is_empty() => listing.wrong = Some(why(folder, &error)),
                Err(_) => break,
            }
        }
        listing.items.sort_by_cached_key(|item| (item.kind, item.name.to_string_lossy().to_lowercase()));
        listing
    }

    /// Returns the places of what is wanted.
    pub(super) fn matching(&self, wanted: Wanted<'_>) -> Vec<usize> {
        let items = self.items.iter().enumerate();
        let mut places: Vec<_> = items.filter(|(_, item)| wanted.wants(&item.name)).collect();
        // What begins like that is meant before what only contains it.
        if !wanted.part.is_empty() {
            places.sort_by_cached_key(|(_, item)| {
                Reverse(item.name.to_string_lossy().to_lowercase().starts_with(wanted.part))
            });
        }
        places.into_iter().map(|(at, _)| at).collect()
    }
}

impl Item {
    fn of(entry: &DirEntry, wanted: Wanted<'_>) -> Option<Self> {
        let name = entry.file_name();
        if !wanted.wants(&name) {
            return None;
        }
        let kind = match entry.file_type() {
            // What a link leads to counts.
            Ok(kind) if kind.is_symlink() => {
                fs::metadata(entry.path()).map_or(Kind::Special, |m| kind_of(m.file_type()))
            }
            Ok(kind) => kind_of(kind),
            Err(_) => Kind::Special,
        };
        Some(Self { name, kind, facts: None })
    }

    /// Returns size and time of the last change.
    pub(super) fn facts(&mut self, folder: &Path) -> (u64, Option<SystemTime>) {
        *self.facts.get_or_insert_with(|| match fs::metadata(folder.join(&self.name)) {
            Ok(metadata) => (metadata.len(), metadata.modified().ok()),
            Err(_) => (0, None),
        })
    }
}

impl Wanted<'_> {
    fn wants(self, name: &std::ffi::OsStr) -> bool {
        let name = name.to_string_lossy();
        // Who types a dot first looks for what is hidden.
        let is_seen = self.hidden || self.part.starts_with('.') || !name.starts_with('.');
        is_seen && (self.part.is_empty() || name.to_lowercase().contains(self.part))
    }
}

fn kind_of(kind: fs::FileType) -> Kind {
    match (kind.is_dir(), kind.is_file()) {
        (true, _) => Kind::Folder,
        (_, true) => Kind::File,
        _ => Kind::Special,
    }
}

fn why(folder: &Path, error: &io::Error) -> String {
    let folder = folder.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("There is no folder {folder}."),
        io::ErrorKind::NotADirectory => format!("{folder} is not a folder."),
        io::ErrorKind::PermissionDenied => format!("You may not look into {folder}."),
        _ => format!("{folder} cannot be read: {error}."),
    }
}

/// Most things that are listed.
pub(super) const MOST: usize = 10_000;
/// Most things that are looked at.
const SCANNED: usize = 300_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_folder_is_cut_and_a_part_of_a_name_still_finds_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..60 {
            fs::write(folder.path().join(format!("file {number:05}")), "").unwrap();
        }
        let all = Listing::read_most(folder.path(), Wanted { part: "", hidden: false }, 50);
        assert!(all.is_cut && all.items.len() == 50);
        let one = Listing::read_most(folder.path(), Wanted { part: "file 00059", hidden: false }, 50);
        assert!(!one.is_cut && one.items.len() == 1);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = Wanted { part: "", hidden: false };
        let missing = Listing::read(&folder.path().join("gone"), wanted).wrong.unwrap();
        assert!(missing.starts_with("There is no folder") && missing.ends_with("gone."), "{missing}");
        fs::write(folder.path().join("tea"), "").unwrap();
        let file = Listing::read(&folder.path().join("tea"), wanted).wrong.unwrap();
        assert!(file.ends_with("tea is not a folder."), "{file}");
    }

    #[test]
    fn folders_come_first_links_count_as_what_they_lead_to_and_hidden_things_only_when_wanted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", "A.txt", ".secret"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("z")).unwrap();
        std::os::unix::fs::symlink("z", folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).unwrap();
        let names = |part, hidden| {
            let wanted = Wanted { part, hidden };
            let listing = Listing::read(folder.path(), wanted);
            let places = listing.matching(wanted);
            places.iter().map(|&at| listing.items[at].name.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("", false), ["link", "z", "A.txt", "b.txt", "broken"]);
        assert_eq!(names("", true), ["link", "z", ".secret", "A.txt", "b.txt", "broken"]);
        assert_eq!(names(".s", false), [".secret"]);
        assert_eq!(names("t", false), ["A.txt", "b.txt"]);
        assert_eq!(names("b", false), ["b.txt", "broken"]);
    }
}
