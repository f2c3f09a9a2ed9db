//! The end nobody wants: a panic, seen from the terminal. The test starts itself again on one.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};

use super::*;

#[test]
fn a_panic_gives_the_terminal_and_its_title_back_before_it_speaks() {
    if std::env::var_os(OTHER_SIDE).is_some() {
        panic_on_the_whole_screen();
    }
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(&size, None).unwrap();
    let side = || Stdio::from(pair.slave.try_clone().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(OTHER_SIDE, "1")
        .stdin(side())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    let mut screen = File::from(pair.master);
    let reading = std::thread::spawn(move || {
        let (mut seen, mut piece) = (Vec::new(), [0; 4_096]);
        // The read fails when the last side of the terminal is closed.
        while let Ok(count @ 1..) = screen.read(&mut piece) {
            seen.extend_from_slice(&piece[..count]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    });
    child.wait().unwrap();
    let local = tcgetattr(&pair.slave).unwrap().local_flags;
    drop(pair.slave);
    let seen = reading.join().unwrap();

    let at = |bytes: &str| seen.rfind(bytes).unwrap_or_else(|| panic!("{bytes:?} is missing in {seen:?}"));
    assert!(at("\x1b[?1049h") < at("overdrawn") && at("overdrawn") < at("(title back)"), "{seen:?}");
    assert!(at("(title back)") < at("\x1b[?1049l") && at("\x1b[?1049l") < at("what went wrong"), "{seen:?}");
    for switched_off in ["\x1b[?1000l", "\x1b[?1004l", "\x1b[?2004l", "\x1b[?25h"] {
        at(switched_off);
    }
    assert!(local.contains(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG), "{local:?}");
}

/// The other side of the test above.
fn panic_on_the_whole_screen() -> ! {
    let mut screen = Screen::open(true).unwrap();
    screen.ends_with("(title back)");
    screen.draw(|frame| frame.render_widget("overdrawn", frame.area())).unwrap();
    panic!("what went wrong");
}

const NAME: &str = "cli::tui::screen::tests::a_panic_gives_the_terminal_and_its_title_back_before_it_speaks";
const OTHER_SIDE: &str = "CHAT_TEST_PANICS";
