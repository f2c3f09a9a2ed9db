//! `chat --plain` through pipes: what a screen reader, a script or a simple terminal gets.

use std::io::{BufRead, BufReader, Write};

use crate::support::mini::MiniServer;
use crate::support::program::{Machine, ended};

#[test]
fn lines_are_said_in_order_and_accepted_before_the_end() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run_with(&["--plain"], "hello\n//slash\n/me waves\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(server.texts("lobby"), ["hello", "/slash", "/me waves"]);
    let said: Vec<_> = ran.out.lines().collect();
    assert_eq!(said, ["[1] 22:13 ada: hello", "[2] 22:13 ada: /slash", "[3] 22:13 * ada waves"]);
}

#[test]
fn a_command_is_done_before_the_next_line_is_read() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine
        .run_with(&["--plain"], "/create ops machines\nin ops\n/room lobby\nin the lobby\n/quit\nnever\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(server.texts("ops"), ["in ops"]);
    assert_eq!(server.texts("lobby"), ["in the lobby"]);
}

#[test]
fn refused_words_are_shown_again_and_the_exit_code_tells() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run_with(&["--plain"], "forbidden\nfine\n");
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("your words are kept: forbidden"), "{}", ran.err);
    assert_eq!(server.texts("lobby"), ["fine"]);
}

#[test]
fn commands_show_their_answers_and_wrong_ones_the_nearest() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    server.say("lobby", "bob", "the deploy is done");
    let commands = "/chatmember\n/search deploy\n/history\n/whoami\n/devices\n/rooms\n/chatmembr\n/kick bob\n/topic\n/help\n";
    let ran = machine.run_with(&["--plain"], commands);
    for expected in
        ["online   ada  (member)", "#lobby bob: the deploy is done", "name     ada", "laptop", "#lobby"]
    {
        assert!(ran.out.contains(expected), "{expected}: {ran:?}");
    }
    for expected in
        ["Did you mean /chatmember?", "Only moderators may.", "/disconnect", "1 members, 1 online"]
    {
        assert!(ran.err.contains(expected), "{expected}: {ran:?}");
    }
    assert_eq!(ran.code, 6, "one command was refused: {ran:?}");
}

#[test]
fn a_mention_rings_the_bell_once_and_says_so() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let mut child = machine.start(&["--plain", "--bell", "always"]);
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(input, "I am here").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "[1] 22:13 ada: I am here");
    server.say("lobby", "bob", "hello @ada \u{7}\u{7}");
    let line = lines.next().unwrap().unwrap();
    assert_eq!(line, "\u{7}[2] 22:13 bob mentions you: hello @ada ␇␇");
    drop(input);
    assert_eq!(ended(child).code, 0);
}

#[test]
fn messages_that_could_not_be_sent_are_sent_at_the_next_start() {
    let server = MiniServer::start();
    let machine = Machine::joined(&server, "ada");
    let ran = machine.run_with(&["--plain", "--timeout", "1"], "too fast\nbehind it\n");
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("2 messages are not sent yet"), "{}", ran.err);
    // The first is refused for an hour, and the second keeps its place behind it.
    let ran = machine.run_with(&["--plain", "--timeout", "1"], "");
    assert!(ran.err.contains("2 messages from last time"), "{}", ran.err);
    assert_eq!(server.texts("lobby"), Vec::<String>::new());
}
