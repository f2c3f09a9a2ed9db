//! The first time: in by an invite without leaving the interface, and the second time without a question.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result, ensure};
use tests::account::Account;
use tests::glass::Glass;
use tests::person::Person;
use tests::server::Setup;
use tests::terminal::Size;
use vt100::Color;

use crate::stage::{leave, online, open, say};

#[test]
fn somebody_with_an_invite_is_in_after_one_page_one_code_and_saved_codes() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let link = chatd.invite()?;
    let dora = Person::stranger("dora")?;
    let mut glass = Glass::start(&dora.interface(), Size::of(100, 50))?;
    glass.wait_for("Nobody is logged in here yet.")?;
    glass.press("enter")?;
    glass.wait_for("Paste the invite")?;
    // A whole invite needs nothing more: the name is next.
    glass.paste(&link)?;
    glass.wait_for("key ")?;
    glass.type_in("dora")?;
    glass.wait_for("dora")?;
    for _ in 0..2 {
        glass.press("tab")?;
        glass.type_in("correct horse dora battery staple")?;
    }
    glass.press("tab")?;
    glass.press("enter")?;

    glass.wait_for("Second factor")?;
    glass.wait_for("otpauth://")?;
    assert!(is_black_and_white(&glass), "a phone reads it on dark and on light terminals alike");
    let mut phone = Account::new("dora", "", &secret(&glass)?)?;
    glass.type_in(&phone.code())?;
    glass.press("enter")?;

    glass.wait_for("Recovery codes")?;
    glass.wait_for("Each works once")?;
    let file = dora.home().join("codes.txt");
    glass.type_in(&file.to_string_lossy())?;
    glass.wait_for("codes.txt")?;
    glass.press("enter")?;
    glass.wait_for("Saved to")?;
    let saved = fs::read_to_string(&file)?;
    ensure!(saved.lines().filter(|line| glass.shows(line.trim())).count() == 10, "{saved}");
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    glass.press("enter")?;
    online(&mut glass)?;
    say(&mut glass, "hello everybody")?;
    leave(glass)?;

    let mut again = open(&dora, Size::of(80, 24))?;
    again.wait_for("hello everybody")?;
    leave(again)
}

#[test]
fn a_wrong_invite_and_two_passwords_that_differ_are_said_where_they_are_and_nothing_is_lost() -> Result<()> {
    let dora = Person::stranger("dora")?;
    let mut glass = Glass::start(&dora.interface(), Size::of(80, 24))?;
    glass.wait_for("Nobody is logged in here yet.")?;
    glass.press("enter")?;
    glass.wait_for("Paste the invite")?;
    glass.paste("chat://nonsense")?;
    glass.press("tab")?;
    glass.type_in("dora")?;
    glass.wait_for("dora")?;
    for _ in 0..3 {
        glass.press("tab")?;
    }
    glass.press("enter")?;
    glass.wait_for("nvite")?;
    assert!(glass.shows("dora") && glass.shows("chat://nonsense"), "{}", glass.contents());
    glass.press("ctrl-c")?;
    glass.wait()?;
    glass.is_given_back()
}

/// Reads the groups of four below the sentence that introduces them, as a person types them.
pub(crate) fn secret(glass: &Glass) -> Result<String> {
    let (row, _) = glass.find("Put this secret").context("no secret")?;
    let words = [glass.row(row + 1), glass.row(row + 2)].join(" ");
    let groups = words
        .split_whitespace()
        .filter(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let secret = groups.take(8).collect::<String>();
    ensure!(secret.len() == 32, "not a secret: {words}");
    Ok(secret)
}

/// Returns whether the code's cells say their colours themselves.
fn is_black_and_white(glass: &Glass) -> bool {
    let (rows, columns) = glass.screen().size();
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let cells: Vec<_> = cells
        .filter_map(|(row, column)| glass.screen().cell(row, column))
        .filter(|cell| matches!(cell.contents(), "█" | "▀" | "▄"))
        .collect();
    200 < cells.len()
        && cells.iter().all(|cell| cell.fgcolor() != Color::Default && cell.bgcolor() != Color::Default)
}
