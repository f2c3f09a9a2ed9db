//! Logging in and out, and how long it lasts.

use domain::audit::Action;
use proto::message::Role;
use service::clock;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn the_owner_logs_in_with_name_password_and_code_and_sees_the_first_page() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.browser();
    let answer = browser.log_in("ada", PASSWORD, &ada.code()).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/"));
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Overview") && page.body.contains("ada"), "{}", page.body);
    let head = world.store.read(|reads| reads.audit_after(store::AuditSeq(0), 100)).await.unwrap();
    assert!(
        head.iter()
            .any(|row| row.event.action == Action::StaffLoggedIn && row.event.actor == Some(ada.account))
    );
}

#[tokio::test]
async fn the_cookie_has_every_flag_and_the_token_is_not_in_the_database() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.browser();
    let answer = browser.log_in("ada", PASSWORD, &ada.code()).await;
    let line = answer.all("set-cookie").find(|line| line.starts_with("__Host-sid=")).unwrap();
    for flag in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
        assert!(line.split("; ").any(|part| part == flag), "{line}");
    }
    let token = data_encoding::BASE64URL_NOPAD.decode(browser.cookies["__Host-sid"].as_bytes()).unwrap();
    world.store.close();
    for file in ["chat.db", "chat.db-wal"] {
        let bytes = std::fs::read(world.store.path().with_file_name(file)).unwrap_or_default();
        assert!(!bytes.windows(32).any(|window| window == token), "the token is in {file}");
    }
}

#[tokio::test]
async fn unknown_name_wrong_password_wrong_code_and_a_member_are_one_answer() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let bob = world.somebody("bob", Role::Member).await;
    let tries = [
        ("mallory", PASSWORD, "123456".to_owned()),
        ("ada", "not the password", ada.code()),
        ("ada", PASSWORD, "000000".to_owned()),
        ("bob", PASSWORD, bob.code()),
        ("ada", PASSWORD, "aaaa-bbbb-cccc-dddd".to_owned()),
    ];
    let mut pages = Vec::new();
    for (name, password, code) in tries {
        let mut browser = world.browser();
        let answer = browser.log_in(name, password, &code).await;
        assert_eq!(answer.status, 401, "{name}");
        assert!(!browser.cookies.contains_key("__Host-sid"));
        let csrf = answer.csrf();
        pages.push(answer.body.replace(&csrf, "").replace(&format!("value=\"{name}\""), ""));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
}

#[tokio::test]
async fn a_code_works_once_and_a_recovery_code_too() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let code = ada.code();
    assert_eq!(world.browser().log_in("ada", PASSWORD, &code).await.status, 303);
    assert_eq!(world.browser().log_in("ada", PASSWORD, &code).await.status, 401);
    assert_eq!(world.browser().log_in("ada", PASSWORD, &ada.recovery_codes[0]).await.status, 303);
    assert_eq!(world.browser().log_in("ada", PASSWORD, &ada.recovery_codes[0]).await.status, 401);
}

#[tokio::test]
async fn guessing_is_slowed_down_with_the_time_to_wait() {
    let world = World::start().await;
    world.somebody("ada", Role::Owner).await;
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let answer = world.browser().log_in("ada", "a wrong guess", "123456").await;
        if answer.status == 429 {
            assert!(1 <= answer.header("retry-after").parse::<u64>().unwrap());
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
}

#[tokio::test]
async fn logging_in_and_proving_oneself_again_change_the_token_and_the_old_one_opens_nothing() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.browser();
    browser.cookies.insert("__Host-sid".to_owned(), "A".repeat(43));
    assert_eq!(browser.log_in("ada", PASSWORD, &ada.code()).await.status, 303);
    let before = browser.cookies["__Host-sid"].clone();
    assert_ne!(before, "A".repeat(43));
    let answer = browser.step_up(PASSWORD, &ada.code()).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/audit"));
    assert_ne!(browser.cookies["__Host-sid"], before);
    assert_eq!(browser.get("/").await.status, 200);
    let mut thief = world.browser();
    thief.cookies.insert("__Host-sid".to_owned(), before);
    assert_eq!(thief.get("/").await.header("location"), "/login");
}

#[tokio::test]
async fn a_dangerous_page_asks_for_password_and_code_and_then_opens() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.logged_in(&ada).await;
    let answer = browser.get("/audit/export?format=jsonl").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/sudo?next=%2Faudit%2Fexport%3Fformat%3Djsonl");
    assert_eq!(browser.step_up("wrong", &ada.code()).await.status, 401);
    assert_eq!(browser.step_up(PASSWORD, &ada.recovery_codes[0]).await.status, 401);
    assert_eq!(browser.step_up(PASSWORD, &ada.code()).await.status, 303);
    let export = browser.get("/audit/export?format=jsonl").await;
    assert_eq!(export.status, 200);
    assert!(export.header("content-disposition").starts_with("attachment; filename=\"audit-"));
    assert!(export.body.contains("\"action\":\"AuditExported\""), "{}", export.body);
}

#[tokio::test]
async fn logging_out_ends_the_session_for_good() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.logged_in(&ada).await;
    let token = browser.cookies["__Host-sid"].clone();
    let csrf = browser.get("/").await.csrf();
    assert_eq!(browser.post("/logout", &[("csrf", &csrf)]).await.header("location"), "/login");
    assert!(!browser.cookies.contains_key("__Host-sid"));
    browser.cookies.insert("__Host-sid".to_owned(), token);
    assert_eq!(browser.get("/me").await.header("location"), "/login?next=%2Fme");
}

#[tokio::test]
async fn a_session_ends_at_its_idle_and_absolute_limits() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let (account, now) = (ada.account, clock::now());
    // Sessions of the past: one idle for 31 minutes, one for 29, one that is over.
    for (number, (ago, ends_in, opens)) in
        [(31, 600, false), (29, 600, true), (1, -1, false)].into_iter().enumerate()
    {
        let token = [u8::try_from(number).unwrap() + 1; 32];
        let text = data_encoding::BASE64URL_NOPAD.encode(&token);
        let digest = digest_of(&token);
        let new = store::NewWebSession {
            digest,
            account,
            agent: proto::text::Text::cut("test"),
            tag: [0; 10],
            at: now.plus_ms(-ago * 60_000),
            ends_at: now.plus_ms(ends_in * 60_000),
        };
        world.store.run(move |tx| tx.open_web_session(&new)).await.unwrap();
        let mut browser = world.browser();
        browser.cookies.insert("__Host-sid".to_owned(), text);
        assert_eq!(browser.get("/").await.status == 200, opens, "{ago} minutes idle, ends in {ends_in}");
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_closes_the_door_at_once() {
    let world = World::start().await;
    let _owner = world.somebody("ada", Role::Owner).await;
    let bob = world.somebody("bob", Role::Moderator).await;
    let mut browser = world.logged_in(&bob).await;
    assert_eq!(browser.get("/").await.status, 200);
    assert_eq!(browser.get("/audit").await.status, 403);
    let account = bob.account;
    world.store.run(move |tx| tx.set_role(account, Role::Member)).await.unwrap();
    assert_eq!(browser.get("/").await.header("location"), "/login");
}

fn digest_of(token: &[u8; 32]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::new().chain_update(b"livechat/web-session/v1\0").chain_update(token).finalize().into()
}
