//! `chatd invite`: the link on standard output, the talk beside it.

use domain::token;
use proto::invite::InviteLink;
use proto::message::Role;

use crate::bench::{Bench, End};

#[test]
fn the_link_alone_is_on_standard_output_and_opens_the_door() {
    let bench = Bench::with_owner();
    let ended =
        bench.chatd(&["invite", "--for", "bob", "--role", "bot", "--uses", "3", "--expires", "2h"]).end();
    assert_eq!(ended.good().lines().count(), 1);
    let link = InviteLink::parse(&ended.stdout).unwrap();
    assert_eq!((link.host.as_str(), link.port, link.server_key), ("127.0.0.1", 7777, bench.keys().public()));
    let row = bench
        .store()
        .read_blocking(|reads| reads.invite_by_digest(&token::digest(&link.token)))
        .unwrap()
        .unwrap();
    assert_eq!((row.role, row.uses_left, row.by), (Role::Bot, 3, None));
    assert_eq!(row.expires_at.0 - row.created_at.0, 2 * 3600 * 1000);
    assert!(ended.stderr.contains(&format!("join '{}'", ended.stdout.trim())), "{ended:?}");
    assert!(ended.stderr.contains("bob types:  "), "{ended:?}");
    assert!(ended.stderr.contains("works on this machine only"), "{ended:?}");
}

#[test]
fn the_public_address_goes_into_the_link() {
    let bench = Bench::with_owner();
    for (address, host, port) in
        [("chat.example.org", "chat.example.org", 7777), ("[2001:db8::1]:99", "2001:db8::1", 99)]
    {
        let setting = format!("public_address={address}");
        let ended = bench.chatd(&["--set", &setting, "invite"]).end();
        let link = InviteLink::parse(ended.good()).unwrap();
        assert_eq!((link.host.as_str(), link.port), (host, port));
    }
}

#[test]
fn a_qr_code_is_drawn_when_asked_for() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["invite", "--qr"]).end();
    assert!(ended.good().contains("\u{1b}[38;5;231;48;5;16m"), "{ended:?}");
}

#[test]
fn a_time_or_number_that_makes_no_sense_is_refused() {
    let bench = Bench::with_owner();
    for words in
        [["--expires", "2w"], ["--uses", "0"], ["--uses", "1001"], ["--role", "king"], ["--for", "a b"]]
    {
        assert_eq!(bench.chatd(&["invite"]).args(words).end().code, Some(64), "{words:?}");
    }
    assert_eq!(bench.chatd(&["invite", "--role", "owner", "--uses", "2"]).end().code, Some(64));
}

#[test]
fn a_link_that_cannot_be_used_yet_says_so() {
    let bench = Bench::with_owner();
    let ended = bench.chatd(&["--set", "registration.mode=closed", "invite"]).end();
    assert!(ended.stderr.contains("Registration is closed"), "{ended:?}");
}
