//! What one wants to hear: quiet rooms, ignored people, themes; and the other words for hiding in images.

use super::*;
use crate::cli::conversation::ask::Outcome;
use crate::cli::conversation::files::{Request, Which};

#[test]
fn a_quiet_room_says_so_and_the_same_again_undoes_it() {
    let mut chat = chat();
    let ops = RoomId::new(7).unwrap();
    assert!(shown(chat.typed("/quiet #ops")).contains("#ops is quiet"));
    assert!(chat.is_quiet(ops) && !chat.is_quiet(lobby()));
    assert!(shown(chat.typed("/quiet ops")).contains("not quiet any more") && !chat.is_quiet(ops));
    assert!(shown(chat.typed("/quiet")).contains("#lobby is quiet"));
    assert!(chat.handle(said(11, "bob", "@ada!")).contains(&Show::Bell), "mentions still come");
    assert!(shown(chat.typed("/quiet nowhere")).contains("you are not in that room"));
}

#[test]
fn unread_messages_of_a_quiet_room_are_not_told_at_the_start() {
    let mut unread = summary(7, "ops", RoomKind::Open);
    unread.last_seq = Seq::new(99).unwrap();
    let start = |prefer: &str| {
        let mut chat = chat();
        chat.typed(prefer);
        let preferences = chat.preferences;
        let mut chat = Chat::new(me(), Echo::Whole);
        chat.preferences = preferences;
        chat.handle(ClientEvent::Room(summary(1, "lobby", RoomKind::Open)));
        chat.handle(ClientEvent::Room(unread.clone()))
    };
    assert!(format!("{:?}", start("/status")).contains("89 unread"));
    assert_eq!(start("/quiet ops"), []);
}

#[test]
fn lines_of_an_ignored_person_are_not_shown_and_do_not_ring() {
    let mut chat = chat();
    chat.handle(people(2, "bob", true));
    let bob = chat.account_of("BOB").unwrap();
    assert!(shown(chat.typed("/ignore @bob")).contains("/unignore bob ends it"));
    assert!(chat.is_ignored(bob) && shown(chat.typed("/ignore bob")).contains("already"));
    let of_bob = |content| {
        let ClientEvent::Entry { mut entry, live } = said(11, "bob", "@ada hello") else { unreachable!() };
        entry.author = bob;
        entry.content = content;
        ClientEvent::Entry { entry, live }
    };
    let text = Content::Text { body: Text::cut("@ada hello"), reply_to: None };
    assert_eq!(chat.handle(of_bob(text.clone())), []);
    assert_eq!(chat.handle(people(2, "bob", false)), []);
    assert_eq!(chat.rooms[&lobby()].newest.get(), 11, "it still counts as read");
    let removed = Content::Removed { by: AccountId::new(9_999).unwrap() };
    assert!(!chat.handle(of_bob(removed)).is_empty(), "what moderators do is shown");
    assert!(shown(chat.typed("/ignore")).contains("you ignore bob"));
    assert!(shown(chat.typed("/unignore bob")).contains("you see again"));
    assert!(chat.handle(of_bob(text)).contains(&Show::Bell));
    assert!(shown(chat.typed("/unignore bob")).contains("do not ignore"));
    assert!(shown(chat.typed("/ignore")).contains("nobody"));
    assert!(shown(chat.typed("/ignore ada")).contains("That is you"));
}

#[test]
fn somebody_who_is_not_known_here_is_looked_up_and_their_name_is_harmless() {
    let mut chat = chat();
    let Step::Ask(Ask::Ignore { room, .. }) = chat.typed("/ignore carol") else { panic!("not looked up") };
    assert_eq!(room, lobby());
    let hostile = Text::cut("\u{1b}[2J\u{202e}lorac");
    let ignore = Some((AccountId::new(4_004).unwrap(), hostile));
    let shows = chat.outcome(Outcome { ignore, ..Outcome::default() });
    let [Show::Note(line)] = &shows[..] else { panic!("{shows:?}") };
    assert!(line.contains("lorac") && !line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
    assert!(!shown(chat.typed("/ignore")).contains(['\u{1b}', '\u{202e}']));
    let Step::Ask(Ask::History { without, .. }) = chat.typed("/history") else { panic!("no history") };
    let ClientEvent::Entry { mut entry, .. } = said(11, "carol", "x") else { unreachable!() };
    assert!(!without.hide(&entry));
    entry.author = AccountId::new(4_004).unwrap();
    assert!(without.hide(&entry));
}

#[test]
fn a_theme_is_for_the_interface_and_a_wrong_one_says_which_there_are() {
    let mut chat = chat();
    assert!(matches!(chat.typed("/theme Light"), Step::Theme(ThemeName::Light)));
    assert!(shown(chat.typed("/theme")).contains("dark, light, high-contrast, none"));
    assert!(shown(chat.typed("/theme mauve")).contains("/theme [THEME]"));
}

#[test]
fn timeout_is_another_word_for_mute() {
    let mut chat = chat();
    assert!(matches!(
        chat.typed("/timeout mallory 10m"),
        Step::Ask(Ask::Do { command: Command::Mute { seconds: Some(600), .. }, .. })
    ));
}

#[test]
fn stego_is_another_way_to_hide_and_to_reveal() {
    let mut chat = chat();
    let request = |step| match step {
        Step::Ask(Ask::Files { request, .. }) => request,
        other => panic!("{other:?}"),
    };
    let Request::Upload { path, hide, lock: false, .. } =
        request(chat.typed("/stego hide \"my tea.png\" meet me  at noon"))
    else {
        panic!("not sent")
    };
    assert_eq!((path.to_str(), hide.as_deref()), (Some("my tea.png"), Some("meet me  at noon")));
    assert!(matches!(
        request(chat.typed("/stego reveal [12]")),
        Request::Reveal { which: Which::Entry { seq: Some(seq), .. }, .. } if seq.get() == 12
    ));
    assert!(matches!(
        request(chat.typed("/stego reveal ~/tea.png")),
        Request::Reveal { which: Which::Path(path), .. } if path.is_absolute()
    ));
    for wrong in ["/stego", "/stego hide tea.png", "/stego reveal", "/stego show 12", "/stego reveal 1 2"] {
        assert!(shown(chat.typed(wrong)).contains("/stego hide FILE TEXT"), "{wrong}");
    }
}
