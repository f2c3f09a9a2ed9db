//! The way in, without a server: what is drawn, what is wished for, and where each refusal ends.

use client_cli::Address;
use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use proto::keys::StaticKey;
use proto::message::Enrolment;
use proto::refusal::{Code, Refusal};
use proto::text::Secret;

use super::*;
use crate::cli::tui::theme::ThemeName;
use crate::cli::tui::welcome::testing::{URI, scanned};

#[test]
fn the_choice_fits_small_and_large_screens_and_is_made_with_keys_or_a_click() {
    for size in SIZES {
        let mut flow = stranger();
        let screen = drawn(&mut flow, size);
        assert_eq!(screen.lines().next().unwrap().trim_end(), " LiveChat  Welcome");
        for words in ["> [ Join with an invite ]", "[ Make an account without invite ]", "[ Log in: I have"] {
            assert!(screen.contains(words), "{size:?}\n{screen}");
        }
    }
    let mut flow = stranger();
    keys(&mut flow, &["down", "enter"]);
    assert!(drawn(&mut flow, SIZES[1]).contains("Which server?"));
    keys(&mut flow, &["esc"]);
    let screen = drawn(&mut flow, SIZES[1]);
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains("Join with")).unwrap();
    click(&mut flow, line.find("Join").unwrap(), row);
    assert!(drawn(&mut flow, SIZES[1]).contains("Join with an invite"));
}

#[test]
fn an_invite_shows_whose_server_it_is_and_the_answers_go_there() {
    let mut flow = joining();
    insta(
        &drawn(&mut flow, SIZES[1]),
        " LiveChat  Join with an invite




    Paste the invite, and choose a name and a password.
      Invite   [chat://chat.example.org:7777/i/TOKEN#k=lx7n2o3l2r7w7iuo4foz]
      Server chat.example.org:7777
      key bgn4-kwja-wajg-r4qe-xtg6
    > Name     [ada                                                        ]
      Password [                                                           ]
      12 characters or more; a few unrelated words are good
      Again    [the same password                                          ]
      [ Make the account ]",
    );
    fill(&mut flow, &["ada", PASSWORD, PASSWORD]);
    let Some(Wish::Register(applicant)) = flow.poll_wish() else { panic!("not a registration") };
    assert_eq!((applicant.server.address.to_string(), applicant.token.as_str()), (HOST.to_owned(), "TOKEN"));
    assert_eq!((applicant.name.as_str(), applicant.password.as_str()), ("ada", PASSWORD));
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("connecting to chat.example.org:7777 ...   Esc breaks off"), "{screen}");
    assert!(!screen.contains(PASSWORD) && screen.contains("strong: 28 characters"), "{screen}");
}

#[test]
fn an_invite_may_be_pasted_with_the_command_around_it_and_a_cut_one_is_named_at_once() {
    let mut flow = stranger();
    keys(&mut flow, &["enter"]);
    paste(&mut flow, &format!("chat join '{}'\n", invite()));
    assert!(drawn(&mut flow, SIZES[1]).contains("Server chat.example.org:7777"));

    let mut flow = stranger();
    keys(&mut flow, &["enter"]);
    paste(&mut flow, &invite()[..50]);
    assert!(
        drawn(&mut flow, SIZES[1])
            .contains("! the invite link has no valid server key after #k=; was it cut?")
    );
}

#[test]
fn nothing_is_asked_of_the_server_before_the_answers_are_whole() {
    let mut flow = joining();
    fill(&mut flow, &["", PASSWORD, "another"]);
    assert!(flow.poll_wish().is_none());
    assert!(drawn(&mut flow, SIZES[1]).contains("! this is needed"));
    paste(&mut flow, "ada");
    fill(&mut flow, &[]);
    assert!(flow.poll_wish().is_none());
    assert!(drawn(&mut flow, SIZES[1]).contains("! the two passwords are not the same"));
}

#[test]
fn breaking_off_and_failing_lose_nothing_that_was_typed() {
    let mut flow = applied();
    assert!(flow.breaks_off(&Input::Key(key("esc"))));
    flow.broke_off();
    assert!(drawn(&mut flow, SIZES[1]).contains("! Broken off. What you typed is still here."));
    again(&mut flow);

    let address: Address = HOST.parse().unwrap();
    let source = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    flow.done(Err(ConnectError::Connect { address, source }.into()));
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("! cannot connect to chat.example.org:7777: connection refused"), "{screen}");
    again(&mut flow);
}

/// The twin of `entering::about`: where the sentence stands, and where the next key goes.
#[test]
fn every_refusal_ends_at_the_field_it_is_about() {
    use Code::*;
    let codes = [
        BadCredentials,
        TooFast,
        BadInvite,
        BadName,
        NameTaken,
        WeakPassword,
        NotPermitted,
        LimitReached,
        BadInput,
        Unavailable,
        Internal,
        Protocol,
        RegistrationClosed,
        Raid,
        NetworkBanned,
        LoginNeeded,
        PendingApproval,
    ];
    for code in codes {
        let joins = match code {
            BadInvite => Some(Slot::Invite),
            BadName | NameTaken => Some(Slot::Name),
            WeakPassword => Some(Slot::Password),
            _ => None,
        };
        let mut flow = applied();
        refused(&mut flow, code);
        assert_at(&mut flow, joins, code);
        again(&mut flow);

        let opens = match code {
            BadInvite => None,
            BadInput => Some(Slot::Application),
            _ => joins,
        };
        let mut flow = applied_without_invite();
        refused(&mut flow, code);
        assert_at(&mut flow, opens, code);

        let logs_in = match code {
            BadCredentials => Some(Slot::Code),
            BadName | NameTaken => Some(Slot::Name),
            WeakPassword => Some(Slot::Password),
            _ => None,
        };
        let mut flow = logging_in();
        refused(&mut flow, code);
        assert_at(&mut flow, logs_in, code);
    }
}

#[test]
fn a_key_that_changed_leads_to_the_field_for_the_right_one() {
    let mut flow = logging_in();
    let (pinned, offered) = (known().server.key, StaticKey::generate().public());
    flow.done(Err(ConnectError::UntrustedKey { pinned, offered }.into()));
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(
        screen.contains("> Server key [empty") && screen.contains("! THE SERVER'S KEY HAS CHANGED."),
        "{screen}"
    );
    paste(&mut flow, &client_cli::key_to_text(offered));
    keys(&mut flow, &["enter"]);
    again(&mut flow);
}

#[test]
fn an_unknown_server_is_compared_first_and_no_is_the_answer_of_who_only_presses_enter() {
    let mut flow = stranger();
    keys(&mut flow, &["down", "down", "enter"]);
    fill(&mut flow, &[HOST, ""]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Look(address)) if address.to_string() == HOST));
    let key = StaticKey::from_bytes([7; 32]).public();
    flow.done(Ok(Done::Looked(HOST.parse().unwrap(), key)));
    let screen = drawn(&mut flow, SIZES[0]);
    assert!(screen.contains("> [ It is not, or I do not know ]"), "{screen}");
    assert!(drawn(&mut flow, SIZES[1]).contains(&fingerprint(key)));
    keys(&mut flow, &["enter"]);
    assert!(drawn(&mut flow, SIZES[1]).contains("Which server?"));

    fill(&mut flow, &[]);
    flow.done(Ok(Done::Looked(HOST.parse().unwrap(), key)));
    keys(&mut flow, &["up", "enter"]);
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("Log in") && screen.contains(&fingerprint(key)), "{screen}");
}

#[test]
fn a_known_profile_asks_for_name_password_and_code_only_and_belongs_to_one_person() {
    let mut flow = Flow::new(Why::LogIn("this device must log in again".to_owned()), Some(known()), "user");
    insta(
        &drawn(&mut flow, SIZES[1]),
        " LiveChat  Log in




    ! this device must log in again

      Server chat.example.org:7777
      key bgn4-kwja-wajg-r4qe-xtg6
    > Name     [ada",
    );
    fill(&mut flow, &["mallory", PASSWORD, "123456"]);
    assert!(flow.poll_wish().is_none());
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("! this profile belongs to ada"), "{screen}");
    fill(&mut flow, &["ada", PASSWORD, "123456"]);
    let Some(Wish::LogIn(returner)) = flow.poll_wish() else { panic!("not a login") };
    assert_eq!((returner.name.as_str(), returner.code.as_str()), ("ada", "123456"));
    assert_eq!(returner.server, known().server);
}

#[test]
fn a_login_opens_the_keys_publishes_them_and_says_what_another_device_has_to_do() {
    let mut flow = logging_in();
    flow.done(Ok(Done::LoggedIn));
    assert!(matches!(flow.poll_wish(), Some(Wish::Enter)));
    flow.done(Ok(Done::KeysClosed));
    paste(&mut flow, "a pass\u{200d}phrase");
    keys(&mut flow, &["enter"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::OpenKeys(words)) if *words == "a pass\u{200d}phrase"));
    flow.done(Err(client_cli::KeysError::WrongPassphrase.into()));
    let screen = drawn(&mut flow, SIZES[0]);
    assert!(screen.contains("> Passphrase [****") && screen.contains("! this passphrase does"), "{screen}");
    keys(&mut flow, &["enter"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::OpenKeys(_))));
    flow.done(Ok(Done::KeysOpen));
    assert!(matches!(flow.poll_wish(), Some(Wish::Settle)));
    flow.done(Ok(Done::Settled(Some("There:  chat devices approve 7".to_owned()))));
    assert!(drawn(&mut flow, SIZES[0]).contains("chat devices approve 7"));
    assert!(flow.poll_end().is_none());
    keys(&mut flow, &["enter"]);
    assert!(matches!(flow.poll_end(), Some(End::In)));
}

#[test]
fn the_picture_of_the_second_factor_can_be_scanned_wherever_it_is_drawn() {
    for theme in ThemeName::ALL {
        for size in [(80, 24), (140, 40), (50, 40)] {
            let mut flow = enrolling();
            assert_eq!(scanned(&buffer(&mut flow, size, theme)), URI, "{size:?}");
        }
    }
    // As `chatd` writes it, for a long name: the picture needs all 24 rows then.
    let long = URI.replace(":ada", ":augusta-ada-king-of-lovelace-and-ockham");
    let said = format!("{long}&algorithm=SHA1&digits=6&period=30");
    let totp_secret = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
    let mut flow = applied();
    flow.done(Ok(Done::Enrol(Enrolment { totp_uri: Secret::new(said).unwrap(), totp_secret })));
    assert_eq!(scanned(&buffer(&mut flow, SIZES[1], ThemeName::Light)), long);
}

#[test]
fn where_the_picture_does_not_fit_the_secret_is_there_for_typing_and_can_be_scrolled() {
    let mut flow = enrolling();
    let screen = drawn(&mut flow, SIZES[0]);
    assert!(!screen.contains(['█', '▀', '▄']) && screen.contains("GEZD GNBV GY3T QOJQ"), "{screen}");
    assert!(screen.contains("(For a picture to scan"));
    assert!(screen.lines().nth(8).unwrap().ends_with('v'), "{screen}");
    keys(&mut flow, &["1"]);
    let screen = drawn(&mut flow, SIZES[0]);
    assert!(screen.contains("> Code [1") && screen.lines().nth(1).unwrap().ends_with('^'), "{screen}");
    keys(&mut flow, &["pageup", "pageup"]);
    assert!(drawn(&mut flow, SIZES[0]).contains("GEZD GNBV GY3T QOJQ"));
}

#[test]
fn a_wrong_code_says_so_and_stays_and_the_check_cannot_be_broken_off() {
    let mut flow = enrolling();
    fill(&mut flow, &["000000"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Confirm(code)) if *code == "000000"));
    assert!(!flow.breaks_off(&Input::Key(key("esc"))), "the answer has the recovery codes");
    flow.done(Ok(Done::WrongCode(Refusal::new(Code::BadCredentials, "The code does not match."))));
    assert!(flow.awaits_code());
    assert!(drawn(&mut flow, SIZES[1]).contains("! The code does not match."));

    flow.registration_over(ConnectError::Cut(None).into());
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("! the registration has ended: the connection was cut"), "{screen}");
    again(&mut flow);
}

#[test]
fn recovery_codes_are_saved_and_acknowledged_before_the_chat_starts() {
    let mut flow = enrolling();
    flow.done(Ok(Done::Registered(Zeroizing::new("aaaa-1111\nbbbb-2222\n".to_owned()))));
    insta(
        &drawn(&mut flow, SIZES[0]),
        " LiveChat  Recovery codes
 Each works once instead of a code from
 the app. They are not shown again:
 write them down.
   aaaa-1111
   bbbb-2222",
    );
    for out in ["esc", "ctrl-c"] {
        let mut flow = enrolling();
        flow.done(Ok(Done::Registered(Zeroizing::new("aaaa-1111\n".to_owned()))));
        keys(&mut flow, &[out]);
        assert!(flow.poll_end().is_none());
        assert!(drawn(&mut flow, SIZES[1]).contains("! They are not shown again."));
        keys(&mut flow, &[out]);
        assert!(matches!(flow.poll_end(), Some(End::Left)));
    }
    fill(&mut flow, &["~/codes"]);
    let Some(Wish::Save { path, text }) = flow.poll_wish() else { panic!("nothing is saved") };
    assert_eq!((path.as_str(), text.as_str()), ("~/codes", "aaaa-1111\nbbbb-2222\n"));
    flow.done(Err(Failure::usage("cannot write /tmp/codes: File exists (os error 17)")));
    assert!(drawn(&mut flow, SIZES[1]).contains("! cannot write /tmp/codes"));
    fill(&mut flow, &["~/other"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Save { .. })));
    flow.done(Ok(Done::Saved("Saved to /tmp/other (only you can read it).".to_owned())));
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("Saved to /tmp/other") && screen.contains("> [ I wrote them down ]"), "{screen}");
    keys(&mut flow, &["enter"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Enter)));
}

#[test]
fn an_account_that_waits_for_a_moderator_shows_its_codes_and_ends_with_that_exit_code() {
    let mut flow = enrolling();
    let words = "Your account is made and waits for a moderator. Recovery codes, shown this once: aaaa-1111";
    flow.done(Err(ConnectError::Denied(Refusal::new(Code::PendingApproval, words)).into()));
    assert!(drawn(&mut flow, SIZES[1]).contains("waits for a moderator"));
    keys(&mut flow, &["tab", "tab", "enter"]);
    let Some(End::Failed(failure)) = flow.poll_end() else { panic!("it goes on") };
    assert_eq!(failure.code, "pending_approval");
    assert!(!failure.message.contains("aaaa-1111"), "codes do not stay on the terminal");
}

#[test]
fn a_banned_person_reads_why_and_answers_once() {
    let refusal = Refusal::new(Code::Banned, "This account is banned until Friday: spam.");
    let mut flow = Flow::new(Why::Banned(refusal.clone()), Some(known()), "");
    let screen = drawn(&mut flow, SIZES[0]);
    assert!(screen.contains("This account is banned until Friday"), "{screen}");
    fill(&mut flow, &["It was my brother."]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Appeal(words)) if words == "It was my brother."));
    // The device has to log in first; the words wait meanwhile.
    flow.done(Err(ConnectError::Denied(Refusal::new(Code::LoginNeeded, "log in")).into()));
    assert!(drawn(&mut flow, SIZES[1]).contains("> Name"));
    flow.done(Ok(Done::Banned(refusal)));
    assert!(drawn(&mut flow, SIZES[1]).contains("[It was my brother."));
    keys(&mut flow, &["enter"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Appeal(_))));
    flow.done(Ok(Done::Appealed));
    assert!(drawn(&mut flow, SIZES[1]).contains("The moderators have your appeal."));
    keys(&mut flow, &["enter"]);
    assert!(matches!(flow.poll_end(), Some(End::Failed(failure)) if failure.code == "banned"));
}

#[test]
fn a_ban_without_appeal_has_no_field_for_one() {
    let mut flow = logging_in();
    refused(&mut flow, Code::BannedNoAppeal);
    let screen = drawn(&mut flow, SIZES[1]);
    assert!(screen.contains("Banned") && !screen.contains("Appeal"), "{screen}");
}

#[test]
fn what_a_hostile_server_says_changes_nothing_but_its_own_line() {
    let marks = "\u{301}".repeat(300);
    let hostile = format!("\u{1b}[2J\u{202e}evil\r\u{7}\t日本 👩\u{200d}🚀 x{marks}\nline");
    let mut flows: Vec<Flow> = Vec::new();
    let mut flow = applied();
    flow.done(Err(ConnectError::Denied(Refusal::new(Code::NameTaken, &hostile)).into()));
    flows.push(flow);
    let mut flow = enrolling();
    let (uri, secret) = (Secret::new(hostile.clone()).ok(), Secret::new("\u{1b}[2J\u{202e}GEZD").ok());
    let (Some(totp_uri), Some(totp_secret)) = (uri.or(Secret::new("\u{1b}[2J").ok()), secret) else {
        panic!("too long")
    };
    flow.done(Ok(Done::Enrol(Enrolment { totp_uri, totp_secret })));
    flows.push(flow);
    let mut flow = enrolling();
    flow.done(Ok(Done::Registered(Zeroizing::new(hostile.clone()))));
    flows.push(flow);
    flows.push(Flow::new(Why::Banned(Refusal::new(Code::Banned, &hostile)), Some(known()), ""));
    flows.push(Flow::new(Why::LogIn(hostile), Some(known()), ""));
    for mut flow in flows {
        for size in SIZES {
            let buffer = buffer(&mut flow, size, ThemeName::Dark);
            for cell in buffer.content() {
                let dangerous =
                    |letter: char| letter.is_control() || ('\u{202a}'..='\u{202e}').contains(&letter);
                assert!(!cell.symbol().contains(dangerous), "{:?}", cell.symbol());
            }
            let screen = text_of(&buffer);
            assert!(screen.starts_with(" LiveChat  "), "{screen}");
        }
    }
}

#[test]
fn no_screen_is_too_small_for_any_page() {
    for mut flow in [stranger(), joining(), applied_without_invite(), logging_in(), enrolling()] {
        for width in (0..90).step_by(3) {
            for height in 0..26 {
                drawn(&mut flow, (width, height));
                keys(&mut flow, &["tab"]);
            }
        }
    }
}

#[test]
fn where_the_keys_go_is_seen_without_colours_too() {
    let mut flow = joining();
    let screen = text_of(&buffer(&mut flow, SIZES[1], ThemeName::None));
    assert_eq!(screen.matches("> ").count(), 1, "{screen}");
}

// Helpers.

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (140, 40)];
const HOST: &str = "chat.example.org:7777";
const PASSWORD: &str = "correct horse battery staple";

fn stranger() -> Flow {
    Flow::new(Why::NoProfile, None, "ada")
}

fn known() -> Known {
    let server = Server { address: HOST.parse().unwrap(), key: StaticKey::from_bytes([3; 32]).public() };
    Known { server, account: Some("ada".to_owned()) }
}

fn invite() -> String {
    let key = client_cli::key_to_text(StaticKey::from_bytes([3; 32]).public());
    format!("chat://{HOST}/i/TOKEN#k={key}")
}

/// Somebody who pasted an invite.
fn joining() -> Flow {
    let mut flow = stranger();
    keys(&mut flow, &["enter"]);
    paste(&mut flow, &invite());
    flow
}

/// Somebody whose registration is on its way.
fn applied() -> Flow {
    let mut flow = joining();
    fill(&mut flow, &["ada", PASSWORD, PASSWORD]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Register(_))));
    flow
}

fn applied_without_invite() -> Flow {
    let mut flow = stranger();
    keys(&mut flow, &["down", "enter"]);
    let key = client_cli::key_to_text(StaticKey::from_bytes([3; 32]).public());
    fill(&mut flow, &[HOST, &key]);
    fill(&mut flow, &["ada", PASSWORD, PASSWORD, "I mend radios."]);
    assert!(matches!(flow.poll_wish(), Some(Wish::Register(it)) if it.application == "I mend radios."));
    flow
}

fn logging_in() -> Flow {
    let mut flow = Flow::new(Why::LogIn("log in".to_owned()), Some(known()), "");
    fill(&mut flow, &["ada", PASSWORD, "123456"]);
    assert!(matches!(flow.poll_wish(), Some(Wish::LogIn(_))));
    flow
}

fn enrolling() -> Flow {
    let mut flow = applied();
    let totp_secret = Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
    flow.done(Ok(Done::Enrol(Enrolment { totp_uri: Secret::new(URI).unwrap(), totp_secret })));
    flow
}

/// Answers the fields from the focused one on, each with Enter behind it; with nothing, presses the button.
fn fill(flow: &mut Flow, answers: &[&str]) {
    for answer in answers {
        keys(flow, &["ctrl-e", "ctrl-u"]);
        paste(flow, answer);
        keys(flow, &["enter"]);
    }
    if answers.is_empty() {
        flow.press(Press::Go);
    }
}

/// The same answers can be sent once more.
fn again(flow: &mut Flow) {
    fill(flow, &[]);
    match flow.poll_wish() {
        Some(Wish::Register(applicant)) => assert_eq!(applicant.password.as_str(), PASSWORD),
        Some(Wish::LogIn(returner)) => assert_eq!(returner.password.as_str(), PASSWORD),
        other => panic!("{other:?}"),
    }
}

fn refused(flow: &mut Flow, code: Code) {
    flow.done(Err(ConnectError::Denied(Refusal::new(code, "the words of the server")).into()));
}

fn assert_at(flow: &mut Flow, slot: Option<Slot>, code: Code) {
    let page = flow.page();
    let at = slot.and_then(|slot| page.field_mut(slot)).map(|field| field.error.clone());
    let words = at.unwrap_or_else(|| page.trouble.clone());
    assert!(words.is_some_and(|words| words.contains("the words of the server")), "{code:?}");
    let focus = &page.items[page.focus];
    if let Some(slot) = slot {
        assert!(
            matches!(focus, crate::cli::tui::welcome::page::Item::Field(at, _) if *at == slot),
            "{code:?}"
        );
    }
}

fn paste(flow: &mut Flow, text: &str) {
    flow.input(Input::Paste(text.to_owned()));
}

fn keys(flow: &mut Flow, names: &[&str]) {
    for name in names {
        flow.input(Input::Key(key(name)));
    }
}

fn key(name: &str) -> KeyEvent {
    let (modifiers, name) = match name.strip_prefix("ctrl-") {
        Some(name) => (KeyModifiers::CONTROL, name),
        None => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "pageup" => KeyCode::PageUp,
        letter => KeyCode::Char(letter.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

fn click(flow: &mut Flow, column: usize, row: usize) {
    let (column, row) = (u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
    let kind = MouseEventKind::Down(MouseButton::Left);
    flow.input(Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
}

fn drawn(flow: &mut Flow, size: (u16, u16)) -> String {
    text_of(&buffer(flow, size, ThemeName::Dark))
}

fn buffer(flow: &mut Flow, (width, height): (u16, u16), theme: ThemeName) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let cursor = flow.draw(area, &mut buffer, &Theme::of(theme));
    assert!(cursor.is_none_or(|cursor| area.contains(cursor)), "{cursor:?} in {area:?}");
    buffer
}

fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let row: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(&row);
        text.push('\n');
    }
    text
}

/// Compares the beginning of each row with what is expected there.
fn insta(screen: &str, expected: &str) {
    for (row, expected) in screen.lines().zip(expected.lines()) {
        assert!(row.starts_with(expected), "{expected:?} is not the beginning of {row:?} in\n{screen}");
    }
}
