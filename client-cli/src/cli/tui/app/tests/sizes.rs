//! The screen at every size.

use super::*;

#[test]
fn every_size_can_be_drawn_with_everything_open() {
    let mut desk = Desk::of(Role::Owner);
    for number in 1..=40 {
        desk.hear(
            1,
            number,
            "bob",
            "日本語 and 👩‍🚀 and a rather long sentence that has to be broken somewhere, @ada",
        );
    }
    let opened = ["", "f1", "esc ctrl-k", "esc ctrl-f", "esc alt-up enter", "esc x y z"];
    for keys in opened {
        desk.press(keys);
        for width in [1, 2, 3, 7, 20, 39, 40, 59, 60, 80, 89, 90, 100, 140, 200] {
            for height in [1, 2, 3, 5, 10, 13, 24, 60] {
                desk.resize(width, height);
                assert_eq!(desk.screen().len(), usize::from(height));
                desk.press("pageup");
                desk.screen();
                desk.press("pagedown");
            }
        }
    }
}

#[test]
fn the_smallest_screen_that_is_promised_has_room_for_talking() {
    let mut desk = Desk::new();
    desk.resize(40, 10);
    desk.screen();
    desk.hear(1, 1, "bob", "deploy at ten, 日本語 and 👩‍🚀 line up");
    desk.hear(1, 2, "carol", "@ada look");
    desk.type_in("yes");
    let screen = desk.screen();
    assert_eq!(screen[0], "#lobby (open: the server can read it)───");
    assert_eq!(screen[5], "22:13 bob: deploy at ten, 日本語 and 👩‍🚀");
    assert_eq!(screen[6], "  line up");
    assert_eq!(screen[7], "22:13 carol! @ada look");
    assert_eq!(screen[8], "> yes");
    assert!(screen[9].starts_with(" ● online"));
}

#[test]
fn a_usual_screen_has_rooms_log_and_state() {
    let mut desk = Desk::new();
    desk.resize(80, 24);
    desk.screen();
    desk.hear(1, 1, "bob", "deploy at ten?");
    let screen = desk.screen();
    assert_eq!(screen[1], "Rooms────────────┐#lobby (open: the server can read it)─────────────────────────");
    assert_eq!(screen[2], "›1 #lobby        │");
    assert_eq!(screen[4], " 3 #ops          │");
    assert_eq!(screen[20], "                 │22:13 bob        deploy at ten?");
    assert_eq!(
        screen[21],
        "Message #lobby (enter sends, alt-enter begins a line)───────────────────────────"
    );
    assert_eq!(screen[23], " ● online, encrypted to the server │ open: the server can read");
}

#[test]
fn a_wide_screen_has_the_members_as_well() {
    let mut desk = Desk::new();
    desk.resize(140, 40);
    let screen = desk.screen();
    assert!(screen[1].ends_with("┌Members 2/3────────────"), "{}", screen[1]);
    assert!(screen[2].ends_with("│+ bob (moderator)"), "{}", screen[2]);
    assert!(screen[4].ends_with("│- carol"), "{}", screen[4]);
}

#[test]
fn themes_differ_in_colours_only_and_one_has_none() {
    let mut desk = Desk::new();
    desk.hear(2, 1, "bob", "@ada");
    desk.hear(1, 1, "bob", "hello @ada");
    let dark = desk.screen();
    for name in ThemeName::ALL {
        desk.app.use_theme(name);
        assert_eq!(desk.screen(), dark, "{name:?} tells the same");
    }
    let mut terminal = Terminal::new(TestBackend::new(100, 24)).unwrap();
    terminal.draw(|frame| view::draw(&mut desk.app, &[], Instant::now(), frame)).unwrap();
    let coloured =
        terminal.backend().buffer().content.iter().filter(|cell| {
            cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
        });
    assert_eq!(coloured.count(), 0);
}
