//! Each page by role, and text of strangers in them.

use domain::audit::{Action, AuditEvent, Target};
use proto::message::Role;
use proto::text::Text;
use service::clock;

use crate::world::World;

const PAGES: [(&str, bool, bool); 9] = [
    // path, moderator, auditor
    ("/", true, true),
    ("/me", true, true),
    ("/help", true, true),
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
