//! Another authenticator, asked for from where one talks.

use proto::message::Enrolment;
use proto::text::Secret;

use super::*;
use crate::cli::tui::overlay::notice::Notice;
use crate::cli::tui::overlay::totp::wish::{Asker, Came, Step, TotpAnswer};

#[test]
fn the_command_opens_it_and_leaving_it_changes_nothing_and_says_so() {
    let mut desk = Desk::new();
    desk.say("/totp");
    assert!(desk.shows("LiveChat  Another authenticator"));
    desk.press("esc");
    assert!(desk.shows("the authenticator is as it was"));
    assert!(desk.effects().is_empty());
}

#[test]
fn an_answer_finds_who_asked_also_below_something_else_and_nobody_once_they_are_gone() {
    let mut desk = Desk::new();
    let asker = asked(&mut desk);
    desk.app.open(Box::new(Notice::new("Disconnected", "the server is stopping")));
    answer(&mut desk, &asker);
    desk.press("esc");
    assert!(desk.shows("GEZD GNBV GY3T QOJQ"));

    let mut desk = Desk::new();
    let gone = asked(&mut desk);
    desk.press("esc");
    answer(&mut desk, &gone);
    assert!(!desk.shows("GEZD"));
    asked(&mut desk);
    answer(&mut desk, &gone);
    assert!(!desk.shows("GEZD"), "the one who waits now gets an answer of their own");
}

#[test]
fn nothing_of_it_is_in_debug() {
    let mut desk = Desk::new();
    desk.say("/totp");
    desk.type_in("kettle");
    desk.press("enter");
    desk.type_in("123456");
    desk.press("enter");
    let debug = format!("{:?}", desk.app);
    assert!(!debug.contains("kettle") && !debug.contains("123456"));
}

/// Asks for another authenticator.
fn asked(desk: &mut Desk) -> Asker {
    desk.say("/totp");
    desk.app.paste("kettle on fire");
    desk.press("enter");
    desk.app.paste("123456");
    desk.press("enter");
    match desk.effects().pop() {
        Some(Effect::Totp(wish)) if matches!(wish.step, Step::Renew { .. }) => wish.asker,
        other => panic!("{other:?}"),
    }
}

fn answer(desk: &mut Desk, asker: &Asker) {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let enrolment = Enrolment {
        totp_uri: Secret::new(format!("otpauth://totp/chat:ada?secret={secret}")).unwrap(),
        totp_secret: Secret::new(secret).unwrap(),
    };
    let came = Ok(Came::Enrolment(enrolment));
    desk.app.answer(Answer::Totp(Box::new(TotpAnswer { asker: asker.clone(), came })));
}
