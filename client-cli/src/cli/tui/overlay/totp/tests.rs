//! Another authenticator, without a server: what is drawn, what is wished for, and what is lost and kept.

use std::os::unix::fs::PermissionsExt;

use client_cli::RequestError;
use crossterm::event::{KeyCode, KeyModifiers};
use proto::message::Enrolment;
use proto::refusal::{Code, Refusal};
use proto::text::Secret;

use super::*;
use crate::cli::exit::Exit;
use crate::cli::tui::files::parts::testing::*;
use crate::cli::tui::theme::ThemeName;
use crate::cli::tui::welcome::guest;
use crate::cli::tui::welcome::testing::{URI, scanned};

#[test]
fn it_says_what_will_happen_and_the_password_is_stars() {
    let mut totp = Totp::new();
    let screen = drawn(&mut totp, USUAL);
    for words in
        ["with the last step, not before", "recovery codes become void", "logins to the dashboard end"]
    {
        assert!(one_line(&screen).contains(words), "{words}\n{screen}");
    }
    type_in(&mut totp, "kettle");
    totp.paste(" on fire\n");
    let screen = drawn(&mut totp, USUAL);
    assert!(screen.contains("> Password [**************") && !screen.contains("kettle"), "{screen}");
    assert!(!format!("{totp:?}").contains("kettle"));
}

#[test]
fn enter_on_the_last_field_sends_once_and_the_page_says_that_it_waits() {
    let mut totp = Totp::new();
    type_in(&mut totp, "kettle on fire");
    assert!(matches!(press(&mut totp, KeyCode::Enter), Then::Stay));
    type_in(&mut totp, " 123456 ");
    let Step::Renew { password, code } = step(press(&mut totp, KeyCode::Enter)) else { panic!("not asked") };
    assert_eq!((password.as_str(), code.as_str()), ("kettle on fire", "123456"));
    for code in [KeyCode::Enter, KeyCode::Char('x')] {
        assert!(matches!(press(&mut totp, code), Then::Stay));
    }
    totp.paste("x");
    assert!(drawn(&mut totp, USUAL).contains("the server looks at password and code ..."));
    answer(&mut totp, Err(refused(Code::TooFast, "Too many tries.")));
    let screen = drawn(&mut totp, USUAL);
    assert!(screen.contains("! Too many tries.") && screen.contains("[ 123456 "), "{screen}");
}

#[test]
fn nothing_is_asked_before_both_are_typed() {
    let mut totp = Totp::new();
    press(&mut totp, KeyCode::Enter);
    assert!(matches!(press(&mut totp, KeyCode::Enter), Then::Stay));
    assert_eq!(drawn(&mut totp, USUAL).matches("! this is needed").count(), 2);
}

#[test]
fn a_wrong_pair_is_told_at_the_code_which_is_typed_again_and_the_password_is_kept() {
    let mut totp = asked();
    answer(&mut totp, Err(refused(Code::BadCredentials, "Password or code is wrong.")));
    let screen = drawn(&mut totp, USUAL);
    assert!(screen.contains("> Code     [from the app"), "{screen}");
    assert!(screen.contains("! Password or code is wrong."), "{screen}");
    type_in(&mut totp, "aaaa-1111");
    let Step::Renew { password, code } = step(press(&mut totp, KeyCode::Enter)) else { panic!("not asked") };
    assert_eq!((password.as_str(), code.as_str()), ("kettle on fire", "aaaa-1111"));
}

#[test]
fn what_can_be_done_is_told_unless_it_is_done_outside() {
    let mut totp = asked();
    let wait = Refusal { retry_after_ms: Some(30_000), ..Refusal::new(Code::TooFast, "Too many tries.") };
    answer(&mut totp, Err(RequestError::Refused(wait).into()));
    assert!(drawn(&mut totp, USUAL).contains("try again in 30 s"));
    answer(&mut totp, Err(refused(Code::LoginNeeded, "Log in.")));
    assert!(!drawn(&mut totp, USUAL).contains("chat login"));
}

#[test]
fn leaving_before_the_last_step_changes_nothing_and_says_so() {
    for mut totp in [Totp::new(), asked()] {
        for key in [esc(), interrupt()] {
            assert!(said(totp.key(key)).contains("as it was"));
        }
    }
    for key in [esc(), interrupt()] {
        assert!(said(enrolled().key(key)).contains("as it was"));
    }
    let mut totp = Totp::new();
    assert!(said(click_on(&mut totp, USUAL, "[ Cancel ]")).contains("as it was"));
}

#[test]
fn an_answer_that_another_one_waited_for_is_not_taken() {
    let gone = asked();
    let mut totp = asked();
    totp.totp(&TotpAnswer { asker: gone.asker.clone(), came: Ok(Came::Enrolment(enrolment())) });
    assert!(drawn(&mut totp, USUAL).contains("Another authenticator"));
    assert!(totp.busy.is_some());
}

#[test]
fn the_new_secret_can_be_scanned_typed_and_opened_and_the_password_is_forgotten() {
    for theme in ThemeName::ALL {
        let mut totp = enrolled();
        let area = Rect::new(0, 0, 80, 24);
        // What lies below must not shine through.
        let mut buffer = Buffer::empty(area);
        (0..24).for_each(|y| buffer.set_string(0, y, "▀█".repeat(40), ratatui::style::Style::new()));
        totp.draw(area, &mut buffer, &Theme::of(theme));
        assert_eq!(scanned(&buffer), URI);
        let screen = text_of(&buffer);
        assert!(screen.contains("GEZD GNBV GY3T QOJQ") && screen.contains("otpauth://totp/"), "{screen}");
        assert!(totp.needs_colours());
        assert_eq!(totp.page.typed(Slot::Password), "");
    }
}

#[test]
fn a_screen_too_small_for_the_picture_has_the_secret_alone() {
    let mut totp = enrolled();
    let screen = drawn(&mut totp, (40, 10));
    assert!(!screen.contains(['█', '▀', '▄']) && screen.contains("GEZD GNBV GY3T QOJQ"), "{screen}");
}

#[test]
fn a_wrong_code_says_so_and_another_may_be_typed_and_the_check_is_not_left() {
    let mut totp = enrolled();
    type_in(&mut totp, "000000");
    assert!(matches!(step(press(&mut totp, KeyCode::Enter)), Step::Confirm(code) if *code == "000000"));
    for key in [esc(), interrupt()] {
        assert!(matches!(totp.key(key), Then::Stay), "the answer has the recovery codes");
    }
    assert!(drawn(&mut totp, USUAL).contains("the server looks at the code ..."));
    answer(&mut totp, Err(refused(Code::BadCredentials, "The code does not match.")));
    assert!(one_line(&drawn(&mut totp, USUAL)).contains("! The code does not match."));
    type_in(&mut totp, "123456");
    assert!(matches!(step(press(&mut totp, KeyCode::Enter)), Step::Confirm(code) if *code == "123456"));
}

#[test]
fn where_the_answer_was_lost_nobody_is_told_that_nothing_changed() {
    let mut totp = enrolled();
    type_in(&mut totp, "123456");
    step(press(&mut totp, KeyCode::Enter));
    answer(&mut totp, Ok(Came::Unclear(RequestError::Cut.into())));
    let screen = drawn(&mut totp, USUAL);
    assert!(screen.contains("! the connection was cut"), "{screen}");
    assert!(said(totp.key(esc())).contains("not known"));
}

#[test]
fn the_codes_are_shown_and_left_when_they_are_saved_or_written_down_and_otherwise_not_at_once() {
    let mut totp = changed();
    let screen = drawn(&mut totp, USUAL);
    for words in ["The new authenticator holds.", "aaaa-1111", "bbbb-2222", "[ I wrote them down ]"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    assert!(matches!(totp.key(esc()), Then::Stay));
    assert!(drawn(&mut totp, USUAL).contains("! They are not shown again."));
    assert!(said(totp.key(esc())).contains("is changed"));

    assert!(said(click_on(&mut changed(), USUAL, "[ I wrote them down ]")).contains("is changed"));

    let mut totp = changed();
    type_in(&mut totp, "~/codes");
    assert!(matches!(step(press(&mut totp, KeyCode::Enter)), Step::Save { path, .. } if path == "~/codes"));
    answer(&mut totp, Ok(Came::Saved("Saved to /tea/codes.".to_owned())));
    assert!(drawn(&mut totp, USUAL).contains("Saved to /tea/codes."));
    assert!(said(totp.key(esc())).contains("is changed"));
}

#[test]
fn codes_are_saved_for_their_person_only_and_never_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, fresh) = (folder.path().join("taken"), folder.path().join("fresh"));
    std::fs::write(&taken, "letters").unwrap();
    let mut totp = changed();
    type_in(&mut totp, &taken.display().to_string());
    save(&mut totp);
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "letters");
    let page = drawn(&mut totp, (140, 40));
    assert!(page.contains("! cannot write") && page.contains("choose a file that does not exist"), "{page}");
    assert!(page.contains("> File [") && page.contains("taken"), "{page}");
    assert!(matches!(totp.key(esc()), Then::Stay), "they are not saved");

    totp.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
    type_in(&mut totp, &fresh.display().to_string());
    save(&mut totp);
    assert_eq!(std::fs::read_to_string(&fresh).unwrap(), CODES);
    assert_eq!(std::fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(drawn(&mut totp, (140, 40)).contains("> [ I wrote them down ]"));
}

#[test]
fn every_page_is_drawn_at_every_size_whatever_the_server_says() {
    for words in hostile() {
        let mut pages = vec![Totp::new(), asked(), enrolled(), changed(), asked(), asked(), enrolled()];
        answer(&mut pages[1], Err(refused(Code::BadCredentials, &words)));
        answer(&mut pages[2], Ok(Came::Unclear(refused(Code::Internal, &words))));
        answer(&mut pages[3], Err(Failure::new(Exit::Usage, "usage", &words)));
        answer(&mut pages[4], Ok(Came::Enrolment(of(&words.chars().take(20).collect::<String>()))));
        answer(&mut pages[5], Err(refused(Code::Internal, &words)));
        answer(&mut pages[6], Ok(Came::Codes(Zeroizing::new(words.clone()))));
        for page in &mut pages {
            for size in SIZES {
                drawn(page, size);
                page.key(KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE));
            }
        }
    }
}

#[test]
fn debug_says_nothing_of_secret_and_codes() {
    for overlay in [enrolled(), changed()] {
        let debug = format!("{overlay:?}");
        assert!(!debug.contains("GEZD") && !debug.contains("1111"), "{debug}");
    }
}

// Helpers.

const USUAL: (u16, u16) = (80, 24);
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const CODES: &str = "aaaa-1111\nbbbb-2222\n";

/// Password and code are on their way.
fn asked() -> Totp {
    let mut totp = Totp::new();
    type_in(&mut totp, "kettle on fire");
    press(&mut totp, KeyCode::Enter);
    type_in(&mut totp, "123456");
    step(press(&mut totp, KeyCode::Enter));
    totp
}

/// The new secret is shown.
fn enrolled() -> Totp {
    let mut totp = asked();
    answer(&mut totp, Ok(Came::Enrolment(enrolment())));
    totp
}

/// The new codes are shown.
fn changed() -> Totp {
    let mut totp = enrolled();
    answer(&mut totp, Ok(Came::Codes(Zeroizing::new(CODES.to_owned()))));
    totp
}

fn enrolment() -> Enrolment {
    Enrolment { totp_uri: Secret::new(URI).unwrap(), totp_secret: Secret::new(SECRET).unwrap() }
}

fn of(text: &str) -> Enrolment {
    Enrolment {
        totp_uri: Secret::new(text).unwrap(),
        totp_secret: Secret::new(text).unwrap_or_else(|_| Secret::new("x").unwrap()),
    }
}

fn refused(code: Code, words: &str) -> Failure {
    RequestError::Refused(Refusal::new(code, words)).into()
}

fn answer(totp: &mut Totp, came: Result<Came, Failure>) {
    let asker = totp.asker.clone();
    totp.totp(&TotpAnswer { asker, came });
}

/// Presses Enter in the field for the file, and does what is wished for then.
fn save(totp: &mut Totp) {
    let Step::Save { path, text } = step(press(totp, KeyCode::Enter)) else { panic!("not saved") };
    answer(totp, guest::save(&path, &text).map(Came::Saved));
}

fn step(then: Then) -> Step {
    match then {
        Then::Also(Act::Totp(wish)) => wish.step,
        other => panic!("{other:?}"),
    }
}

/// What is said when it closes.
fn said(then: Then) -> &'static str {
    match then {
        Then::Do(Act::Say(words)) => words,
        other => panic!("{other:?}"),
    }
}

fn esc() -> KeyEvent {
    KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)
}

fn interrupt() -> KeyEvent {
    KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)
}

fn one_line(screen: &str) -> String {
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}
