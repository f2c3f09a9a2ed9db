use std::fs;

use tempfile::TempDir;

use super::super::parts::testing::*;
use super::*;

#[test]
fn folders_come_first_with_sizes_and_dates_where_there_is_room() {
    let folder = pictures();
    let mut explorer = open(folder.path());
    let screen = drawn(&mut *explorer, (80, 24));
    let rows: Vec<_> = screen.lines().filter(|line| line.contains("20")).collect();
    assert!(screen.contains("> holiday/"), "{screen}");
    assert!(rows.iter().any(|row| row.contains("tea.png") && row.contains("2.0 KiB")), "{screen}");
    let small = drawn(&mut *explorer, (40, 10));
    assert!(small.contains("tea.png") && small.contains("2.0 KiB") && small.contains("[ Open ]"), "{small}");
    assert!(!small.contains(".hidden"), "{small}");
}

#[test]
fn enter_goes_into_folders_and_chooses_files() {
    let folder = pictures();
    let mut explorer = open(folder.path());
    assert!(matches!(press(&mut *explorer, KeyCode::Enter), Then::Stay));
    match press(&mut *explorer, KeyCode::Enter) {
        Then::Do(Act::Offer(path)) => assert_eq!(path, folder.path().join("holiday/sea.jpg")),
        other => panic!("{other:?}"),
    }
    // Up again stands on the folder one came from.
    press(&mut *explorer, KeyCode::Left);
    assert!(drawn(&mut *explorer, (80, 24)).contains("> holiday/"));
    press(&mut *explorer, KeyCode::Right);
    press(&mut *explorer, KeyCode::Backspace);
    assert!(drawn(&mut *explorer, (80, 24)).contains("> holiday/"));
}

#[test]
fn typing_finds_and_backspace_takes_back() {
    let folder = pictures();
    let mut explorer = open(folder.path());
    type_in(&mut *explorer, "TEA");
    let screen = drawn(&mut *explorer, (80, 24));
    assert!(screen.contains("> tea.png") && !screen.contains("holiday/"), "{screen}");
    type_in(&mut *explorer, "x");
    assert!(drawn(&mut *explorer, (80, 24)).contains("Nothing here has this in its name."));
    assert!(matches!(press(&mut *explorer, KeyCode::Enter), Then::Stay));
    for _ in 0..4 {
        press(&mut *explorer, KeyCode::Backspace);
    }
    assert!(drawn(&mut *explorer, (80, 24)).contains("holiday/"));
}

#[test]
fn hidden_files_are_shown_on_a_key_or_when_a_dot_is_typed() {
    let folder = pictures();
    let mut explorer = open(folder.path());
    explorer.key(KeyEvent::new(KeyCode::Char('t'), KeyModifiers::CONTROL));
    assert!(drawn(&mut *explorer, (80, 24)).contains(".hidden"));
    explorer.key(KeyEvent::new(KeyCode::Char('t'), KeyModifiers::CONTROL));
    assert!(!drawn(&mut *explorer, (80, 24)).contains(".hidden"));
    type_in(&mut *explorer, ".hid");
    assert!(drawn(&mut *explorer, (80, 24)).contains("> .hidden"));
}

#[test]
fn a_path_can_be_typed_or_pasted() {
    let folder = pictures();
    let mut explorer = open(Path::new("/"));
    type_in(&mut *explorer, &format!("{}/holi", folder.path().display()));
    assert!(drawn(&mut *explorer, (140, 40)).contains("> holiday/"));
    press(&mut *explorer, KeyCode::Enter);
    assert!(drawn(&mut *explorer, (140, 40)).contains("sea.jpg"));
    type_in(&mut *explorer, "../tea.png");
    match press(&mut *explorer, KeyCode::Enter) {
        Then::Do(Act::Offer(path)) => assert!(path.ends_with("holiday/../tea.png"), "{path:?}"),
        other => panic!("{other:?}"),
    }
    let pasted = format!("'{}'", folder.path().join("tea.png").display());
    assert!(matches!(explorer.paste(&pasted), Then::Do(Act::Offer(_))));
    assert!(matches!(explorer.paste(&folder.path().display().to_string()), Then::Stay));
    type_in(&mut *explorer, "nowhere/x");
    assert!(drawn(&mut *explorer, (140, 40)).contains("There is no folder"));
}

#[test]
fn home_is_one_key_or_a_tilde_away() {
    let folder = pictures();
    let home = home().display().to_string();
    let mut explorer = open(folder.path());
    type_in(&mut *explorer, "~");
    assert!(drawn(&mut *explorer, (140, 40)).contains(&home));
    press(&mut *explorer, KeyCode::Backspace);
    press(&mut *explorer, KeyCode::Home);
    assert!(drawn(&mut *explorer, (140, 40)).contains(&home));
}

#[test]
fn names_that_attack_the_terminal_are_shown_harmlessly_at_every_size() {
    let folder = tempfile::tempdir().unwrap();
    for name in hostile() {
        let name: String = name.replace('/', "_").chars().take(80).collect();
        fs::write(folder.path().join(name), "").unwrap();
    }
    let mut explorer = open(folder.path());
    for size in SIZES {
        drawn(&mut *explorer, size);
    }
    // What is chosen is the file itself, not what is shown of it.
    match press(&mut *explorer, KeyCode::Enter) {
        Then::Do(Act::Offer(path)) => assert!(path.is_file(), "{path:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_wheel_moves_and_a_second_click_opens() {
    let folder = pictures();
    let mut explorer = open(folder.path());
    assert!(matches!(click_on(&mut *explorer, (80, 24), "tea.png"), Then::Stay));
    assert!(drawn(&mut *explorer, (80, 24)).contains("> tea.png"));
    assert!(matches!(click_on(&mut *explorer, (80, 24), "tea.png"), Then::Do(Act::Offer(_))));
    let wheel = |kind| MouseEvent { kind, column: 0, row: 0, modifiers: KeyModifiers::NONE };
    explorer.mouse(wheel(MouseEventKind::ScrollUp));
    assert!(drawn(&mut *explorer, (80, 24)).contains("> holiday/"));
    assert!(matches!(click_on(&mut *explorer, (80, 24), "Up"), Then::Stay));
    assert!(matches!(click_on(&mut *explorer, (80, 24), "Cancel"), Then::Close));
    assert!(matches!(press(&mut *explorer, KeyCode::Esc), Then::Close));
}

#[test]
fn a_folder_that_is_gone_gives_the_one_around_it() {
    let folder = pictures();
    let mut explorer = open(&folder.path().join("holiday/gone/further"));
    assert!(drawn(&mut *explorer, (80, 24)).contains("sea.jpg"));
}

#[test]
fn what_is_no_file_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).unwrap();
    let mut explorer = open(folder.path());
    press(&mut *explorer, KeyCode::Enter);
    let screen = drawn(&mut *explorer, (140, 24));
    assert!(screen.contains("broken is not a file.") && screen.contains("special"), "{screen}");
}

fn pictures() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tea.png"), vec![0; 2_048]).unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::write(folder.path().join(".hidden"), "x").unwrap();
    fs::create_dir(folder.path().join("holiday")).unwrap();
    fs::write(folder.path().join("holiday/sea.jpg"), "x").unwrap();
    folder
}
