use std::fs;

use tempfile::TempDir;

use super::super::parts::testing::*;
use super::*;

#[test]
fn it_says_what_others_will_see_and_who_can_read_it() {
    let folder = folder();
    let mut preview = open(&folder.path().join("tea.png"), "#ops", RoomKind::Open).unwrap();
    let screen = drawn(&mut *preview, (80, 24));
    for line in [
        "Name  tea.png",
        "Size  16 B, image/png",
        "To    #ops, open: the server can read it",
        "[ Send  Enter ]",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    let mut preview = open(&folder.path().join("tea.png"), "~plans", RoomKind::Sealed).unwrap();
    assert!(drawn(&mut *preview, (140, 40)).contains("~plans, sealed: only its members can read it"));
}

#[test]
fn a_picture_has_a_place_where_there_is_room_and_other_files_have_none() {
    let folder = folder();
    let tea = folder.path().join("tea.png");
    let mut preview = open(&tea, "#ops", RoomKind::Open).unwrap();
    for (size, has_room) in [((140, 40), true), ((80, 24), true), ((60, 24), true), ((40, 10), false)] {
        drawn(&mut *preview, size);
        let (screen, picture) = (Rect::new(0, 0, size.0, size.1), preview.picture());
        assert_eq!(picture.is_some(), has_room, "{size:?}");
        assert!(picture.is_none_or(|(path, place)| path == tea && screen.intersection(place) == place));
    }
    let mut preview = open(&folder.path().join("notes.txt"), "#ops", RoomKind::Open).unwrap();
    let screen = drawn(&mut *preview, (140, 40));
    assert!(preview.picture().is_none() && !screen.contains("Hide a text"), "{screen}");
}

#[test]
fn enter_sends_with_the_caption() {
    let folder = folder();
    let mut preview = open(&folder.path().join("notes.txt"), "#ops", RoomKind::Open).unwrap();
    type_in(&mut *preview, "the figures ");
    let upload = sent(press(&mut *preview, KeyCode::Enter));
    assert_eq!(
        (upload.caption.as_str(), upload.path.as_path()),
        ("the figures", &*folder.path().join("notes.txt"))
    );
    assert!(upload.passphrase.is_none() && upload.hide.is_none());
}

#[test]
fn a_lock_needs_its_passphrase_twice() {
    let folder = folder();
    let mut preview = open(&folder.path().join("notes.txt"), "#ops", RoomKind::Open).unwrap();
    press(&mut *preview, KeyCode::Tab);
    press(&mut *preview, KeyCode::Char(' '));
    assert!(matches!(press(&mut *preview, KeyCode::Enter), Then::Stay));
    assert!(drawn(&mut *preview, (80, 24)).contains("A passphrase is needed."));
    type_in(&mut *preview, "kettle");
    assert!(matches!(press(&mut *preview, KeyCode::Enter), Then::Stay));
    type_in(&mut *preview, "kettlr");
    assert!(matches!(press(&mut *preview, KeyCode::Enter), Then::Stay));
    let screen = drawn(&mut *preview, (80, 24));
    assert!(screen.contains("The two were not the same.") && !screen.contains("kettl"), "{screen}");
    for _ in 0..2 {
        type_in(&mut *preview, "kettle");
        if let Then::Do(Act::Upload(upload)) = press(&mut *preview, KeyCode::Enter) {
            assert_eq!(upload.passphrase.unwrap().as_str(), "kettle");
            return;
        }
    }
    panic!("it was not sent");
}

#[test]
fn a_text_is_hidden_in_a_picture_behind_its_own_passphrase() {
    let folder = folder();
    let mut preview = open(&folder.path().join("tea.png"), "@bob", RoomKind::SealedDirect).unwrap();
    assert!(matches!(click_on(&mut *preview, (80, 24), "Hide a text"), Then::Stay));
    assert!(matches!(press(&mut *preview, KeyCode::Enter), Then::Stay));
    assert!(drawn(&mut *preview, (80, 24)).contains("Type the text that is to be hidden."));
    type_in(&mut *preview, "meet me");
    press(&mut *preview, KeyCode::Tab);
    type_in(&mut *preview, "noon");
    press(&mut *preview, KeyCode::Tab);
    type_in(&mut *preview, "noon");
    let debug = format!("{preview:?}");
    assert!(!debug.contains("meet me") && !debug.contains("noon"), "{debug}");
    let upload = sent(press(&mut *preview, KeyCode::Enter));
    let (text, passphrase) = upload.hide.unwrap();
    assert_eq!((text.as_str(), passphrase.as_str()), ("meet me", "noon"));
    assert!(upload.passphrase.is_none());
}

#[test]
fn a_box_that_is_unticked_asks_for_nothing() {
    let folder = folder();
    let mut preview = open(&folder.path().join("tea.png"), "#ops", RoomKind::Open).unwrap();
    for _ in 0..2 {
        click_on(&mut *preview, (80, 24), "Lock it");
    }
    let upload = sent(click_on(&mut *preview, (80, 24), "Send  Enter"));
    assert!(upload.passphrase.is_none());
    assert!(matches!(press(&mut *preview, KeyCode::Esc), Then::Close));
}

#[test]
fn programs_and_empty_files_are_told() {
    let folder = folder();
    for (name, content, words) in [
        ("tea.jpg", &b"MZ\x90\0"[..], "This is a program"),
        ("run", b"#!/bin/sh\n", "This is a program"),
        ("setup.EXE", b"x", "This is a program"),
        ("nothing", b"", "This file is empty."),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
        let mut preview = open(&folder.path().join(name), "#ops", RoomKind::Open).unwrap();
        let screen = drawn(&mut *preview, (80, 24));
        assert!(screen.contains(words), "{name}\n{screen}");
    }
}

#[test]
fn what_cannot_be_sent_is_told_in_one_sentence() {
    let folder = folder();
    let refused = |path: &Path| open(path, "#ops", RoomKind::Open).unwrap_err();
    assert!(refused(&folder.path().join("gone")).ends_with("gone."));
    assert!(refused(folder.path()).ends_with("is a folder; only files can be sent."));
    assert!(refused(Path::new("/dev/null")).ends_with("is not a file."));
}

#[test]
fn hostile_names_are_harmless_at_every_size() {
    let folder = folder();
    for name in hostile() {
        let name: String = name.replace('/', "_").chars().take(80).collect();
        let path = folder.path().join(name);
        fs::copy(folder.path().join("tea.png"), &path).unwrap();
        let mut preview = open(&path, "#ops\u{202e}", RoomKind::Open).unwrap();
        preview.paste("caption \x1b[31m\u{202e}\n");
        for _ in 0..2 {
            for size in SIZES {
                drawn(&mut *preview, size);
            }
            press(&mut *preview, KeyCode::Tab);
            press(&mut *preview, KeyCode::Char(' '));
        }
    }
}

#[test]
fn what_is_typed_into_stays_in_sight_on_a_small_screen() {
    let folder = folder();
    let mut preview = open(&folder.path().join("tea.png"), "#ops", RoomKind::Open).unwrap();
    press(&mut *preview, KeyCode::Up);
    press(&mut *preview, KeyCode::Char(' '));
    type_in(&mut *preview, "meet me at noon");
    let screen = drawn(&mut *preview, (40, 10));
    assert!(
        screen.contains("hidden text > meet me at noon") && screen.contains("[ Send  Enter ]"),
        "{screen}"
    );
}

fn sent(then: Then) -> Box<Upload> {
    match then {
        Then::Do(Act::Upload(upload)) => upload,
        other => panic!("{other:?}"),
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tea.png"), b"\x89PNG\r\n\x1a\n--------").unwrap();
    fs::write(folder.path().join("notes.txt"), "some words").unwrap();
    folder
}
