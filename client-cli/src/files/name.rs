//! File names from strangers: what is left of one is a name, never a path, and harmless to terminals and shells.

use std::path::{Path, PathBuf};

use domain::text::term_safe;

/// Returns a name under which a file can be kept in a folder.
///
/// It has no separator, starts with neither a dot nor a dash, has no invisible, control or direction character, is no
/// device's name anywhere, and leaves room for a number within the file systems' 255 bytes. Nothing usable gives `file`.
#[must_use]
pub fn safe_name(sent: &str) -> String {
    let last =
        sent.rsplit(['/', '\\']).find(|part| !part.trim_matches(is_edge).is_empty()).unwrap_or_default();
    let mut name: String = last.chars().filter(|&c| is_visible(c)).map(plain).collect();
    name = term_safe(name.trim_matches(is_edge)).into_owned();
    if name.starts_with('-') {
        name.insert(0, '_');
    }
    if is_device(&name) {
        name.insert(0, '_');
    }
    name = shortened(&name);
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

/// Returns the name with a number in front of its ending: `tea (2).png`; the first one is the name itself.
#[must_use]
pub fn numbered(name: &str, number: u32) -> String {
    if number <= 1 {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    format!("{stem} ({number}){ending}")
}

/// Returns the place of a name in a folder. The name is made safe here once more, so that no caller can forget it.
#[must_use]
pub fn place_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(safe_name(name))
}

/// Splits the ending off, the dot with it. A dot in front is no ending, and neither are more than twelve letters.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if 0 < dot && name.len() - dot <= LONGEST_ENDING => name.split_at(dot),
        _ => (name, ""),
    }
}

fn is_visible(character: char) -> bool {
    // An accent is judged on a letter: alone it would be shown differently.
    let pair = format!("a{character}");
    term_safe(&pair) == pair
}

fn plain(character: char) -> char {
    match character {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        character if character.is_whitespace() => ' ',
        character => character,
    }
}

/// What does not stand at a name's ends: a dot in front hides a file, behind it some systems drop it.
fn is_edge(character: char) -> bool {
    character == '.' || character.is_whitespace() || !is_visible(character)
}

/// Whether some system takes the name for a device, whatever its ending.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    let numbered = |kind: &str| {
        let rest = stem.strip_prefix(kind).map(str::chars).map(Vec::from_iter);
        rest.is_some_and(|rest| matches!(rest[..], ['0'..='9' | '¹' | '²' | '³']))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, ending) = split(name);
    let mut end = LONGEST - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem[..end].trim_end_matches(is_edge))
}

const NAMELESS: &str = "file";
/// A file system's 255 bytes, less a number and the mark of an unfinished file.
const LONGEST: usize = 200;
const LONGEST_ENDING: usize = 13;

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in
            ["tea.png", "Größe 2026 (final).tar.gz", "e\u{301}te\u{301}.txt", "写真.jpg", "a", "100%.md"]
        {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn hostile_names_become_harmless_ones() {
        for (sent, kept) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/etc/cron.d/", "cron.d"),
            ("..", "file"),
            ("....//", "file"),
            ("", "file"),
            (".bashrc", "bashrc"),
            ("-rf", "_-rf"),
            ("a\0b.png", "ab.png"),
            ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("zero\u{200b}width", "zerowidth"),
            ("\u{1b}[2Jclear", "[2Jclear"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1.log", "_com1.log"),
            ("comet.log", "comet.log"),
            ("what?.txt", "what_.txt"),
            ("two\nlines.txt", "twolines.txt"),
            ("dots...", "dots"),
            ("  spaced  .txt  ", "spaced  .txt"),
        ] {
            assert_eq!(safe_name(sent), kept, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending_and_is_cut_between_characters() {
        let name = safe_name(&format!("{}.jpeg", "é".repeat(300)));
        assert!(name.len() <= LONGEST && name.ends_with(".jpeg") && name.starts_with("éé"), "{name}");
        assert!(safe_name(&"x.".repeat(400)).len() <= LONGEST);
    }

    #[test]
    fn a_number_stands_in_front_of_the_ending() {
        for (name, number, expected) in [
            ("tea.png", 1, "tea.png"),
            ("tea.png", 2, "tea (2).png"),
            ("README", 3, "README (3)"),
            (".hidden", 2, ".hidden (2)"),
        ] {
            assert_eq!(numbered(name, number), expected);
        }
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder_or_is_more_than_one_part(sent in hostile()) {
            let name = safe_name(&sent);
            let folder = Path::new("downloads");
            let parts: Vec<_> = place_in(folder, &sent).strip_prefix(folder).unwrap().components()
                .map(|part| matches!(part, Component::Normal(_))).collect();
            prop_assert_eq!(parts, [true], "{:?}", name);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST, "{:?}", name);
            prop_assert!(!name.starts_with(['.', '-', ' ']) && !name.ends_with(['.', ' ']), "{:?}", name);
            prop_assert!(!name.contains(['/', '\\', '\0', '\n']), "{:?}", name);
            prop_assert_eq!(term_safe(&name), name.as_str());
            prop_assert!(numbered(&name, u32::MAX).len() + ".part".len() < 250);
        }

        #[test]
        fn a_safe_name_is_safe_already(sent in hostile()) {
            let name = safe_name(&sent);
            prop_assert_eq!(safe_name(&name), name);
        }
    }

    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            ".{0,40}",
            r"[./\\ a-]{0,30}",
            "[\u{0}-\u{9f}\u{300}-\u{310}\u{200b}-\u{202e}\u{2066}-\u{2069}/.a]{0,300}",
            "(con|NUL|aux|com[0-9]|lpt¹)[. ]{0,2}[a-z]{0,3}",
            "[é.]{80,400}",
        ]
    }
}
