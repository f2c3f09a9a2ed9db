//! Each page by role, and text of strangers in them.

use domain::audit::{Action, AuditEvent, Target};
use proto::message::Role;
use proto::text::Text;
use service::clock;

use crate::client::Browser;
use crate::world::World;

const PAGES: [(&str, bool, bool); 10] = [
    // path, moderator, auditor
    ("/", true, true),
    ("/me", true, true),
    ("/help", true, true),
    ("/sealed", true, true),
    ("/search?q=ad", true, true),
    ("/metrics-charts", true, true),
    ("/metrics-charts?range=30d", true, true),
    ("/live?once=1", true, true),
    ("/audit", false, true),
    ("/system", false, true),
];

#[tokio::test]
async fn each_page_opens_for_whose_role_permits_it_and_for_nobody_else() {
    let world = World::start().await;
    let people = [
        (world.somebody("ada", Role::Owner).await, 0),
        (world.somebody("bob", Role::Moderator).await, 1),
        (world.somebody("cleo", Role::Auditor).await, 2),
    ];
    for (somebody, column) in &people {
        let mut browser = world.logged_in(somebody).await;
        for (path, moderator, auditor) in PAGES {
            let opens = [true, moderator, auditor][*column];
            let answer = browser.get(path).await;
            assert_eq!(answer.status, if opens { 200 } else { 403 }, "{path} for {}", somebody.name);
            let is_linked = browser.get("/").await.body.contains(&format!("href=\"{path}\""));
            assert!(opens || !is_linked, "{path} is in the navigation of {}", somebody.name);
        }
    }
}

#[tokio::test]
async fn text_of_strangers_stays_text() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let payload = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let event = AuditEvent {
        at: clock::now(),
        actor: Some(ada.account),
        action: Action::Banned,
        target: Target::Account(ada.account),
        detail: Text::cut(payload),
    };
    world.store.run(move |tx| tx.audit(&event)).await.unwrap();
    let mut browser = world.logged_in(&ada).await;
    for path in [
        "/audit",
        "/audit?q=%22%3E%3Cscript%3E",
        "/search?q=%22%3E%3Cscript%3E",
        "/login?next=%22%3E%3Cscript%3E",
    ] {
        let page = browser.get(path).await;
        assert!(!page.body.contains("<script>") && !page.body.contains("<img"), "{path}: {}", page.body);
    }
    assert!(browser.get("/audit").await.body.contains("alert(1)"), "the event is not on the page");
}

#[tokio::test]
async fn the_chain_is_verified_and_a_search_finds_by_action() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.logged_in(&ada).await;
    let csrf = browser.get("/audit").await.csrf();
    assert_eq!(browser.post("/audit/verify", &[("csrf", &csrf)]).await.status, 303);
    let page = browser.get("/audit?q=action%3AAuditVerified").await;
    assert!(page.body.contains("The chain holds: all"), "{}", page.body);
    assert!(page.body.contains("holds up to"), "{}", page.body);
    assert!(!page.body.contains("action:StaffLoggedIn"));
    let wrong = browser.get("/audit?q=action%3ANonsense").await;
    assert!(wrong.body.contains("is not an action"), "{}", wrong.body);
    // Words that were shown are not shown again.
    assert!(!wrong.body.contains("The chain holds"));
}

#[tokio::test]
async fn one_of_ones_own_logins_can_be_ended_and_nobody_elses() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Owner).await, world.somebody("bob", Role::Moderator).await);
    let (mut browser, mut second) = (world.logged_in(&ada).await, world.logged_in(&ada).await);
    let mut other = world.logged_in(&bob).await;
    let account = bob.account;
    let of_bob = world.store.read(move |reads| reads.web_sessions_of(account)).await.unwrap()[0].id;
    let csrf = browser.get("/me").await.csrf();
    let path = format!("/me/sessions/{of_bob}/revoke");
    assert_eq!(browser.post(&path, &[("csrf", &csrf)]).await.status, 404);
    assert_eq!(other.get("/").await.status, 200);
    let account = ada.account;
    let newest = world.store.read(move |reads| reads.web_sessions_of(account)).await.unwrap()[0].id;
    let path = format!("/me/sessions/{newest}/revoke");
    assert_eq!(browser.post(&path, &[("csrf", &csrf)]).await.status, 303);
    assert_eq!(second.get("/").await.header("location"), "/login");
    assert_eq!(browser.get("/").await.status, 200);
}

#[tokio::test]
async fn a_changed_event_and_a_tail_that_was_cut_off_are_named() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.logged_in(&ada).await;
    for number in 0..5 {
        let event = AuditEvent {
            at: clock::now(),
            actor: None,
            action: Action::SettingChanged,
            target: Target::Setting,
            detail: Text::cut(&format!("number {number}")),
        };
        world.store.run(move |tx| tx.audit(&event)).await.unwrap();
    }
    world.write_checkpoint().await;
    assert!(verdict(&mut browser).await.contains("and the checkpoint signed"));

    let good = world.store.read(|reads| Ok(reads.audit_head()?.0.0)).await.unwrap();
    let sql = rusqlite::Connection::open(world.store.path()).unwrap();
    let triggers: Vec<String> = sql
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for name in triggers {
        sql.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    sql.execute("DELETE FROM audit_facets WHERE seq > ?1", [i64::try_from(good).unwrap() - 3]).unwrap();
    sql.execute("DELETE FROM audit WHERE seq > ?1", [i64::try_from(good).unwrap() - 3]).unwrap();
    let words = verdict(&mut browser).await;
    assert!(words.contains("The log was cut off") || words.contains("The log was rewritten"), "{words}");
    sql.execute("UPDATE audit SET hash = zeroblob(32) WHERE seq = 2", []).unwrap();
    let words = verdict(&mut browser).await;
    assert!(words.contains("The chain is broken: event 2 does not follow from the one before"), "{words}");
}

async fn verdict(browser: &mut Browser) -> String {
    let csrf = browser.get("/help").await.csrf();
    assert_eq!(browser.post("/audit/verify", &[("csrf", &csrf)]).await.status, 303);
    let page = browser.get("/help").await.body;
    let (_, rest) = page.split_once("role=\"status\">").unwrap();
    rest.split("</div>").next().unwrap().to_owned()
}
