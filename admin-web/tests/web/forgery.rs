//! Forms that do not come from our own page: each of the three layers refuses by itself.

use proto::message::Role;

use crate::world::World;

#[tokio::test]
async fn a_form_from_another_site_is_refused_whatever_it_carries() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.logged_in(&ada).await;
    let csrf = browser.get("/").await.csrf();
    let fields = [("csrf", csrf.as_str()), ("theme", "dark")];
    let own = format!("http://{}", world.web);
    let refused: [&[(&str, &str)]; 5] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", &own)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    for headers in refused {
        assert_eq!(browser.post_with("/theme", &fields, headers).await.status, 403, "{headers:?}");
    }
    let accepted: [&[(&str, &str)]; 2] = [&[("sec-fetch-site", "same-origin")], &[("origin", &own)]];
    for headers in accepted {
        assert_eq!(browser.post_with("/theme", &fields, headers).await.status, 303, "{headers:?}");
    }
}

#[tokio::test]
async fn a_form_without_the_proof_of_its_own_session_is_refused() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Owner).await, world.somebody("bob", Role::Moderator).await);
    let (mut browser, mut other) = (world.logged_in(&ada).await, world.logged_in(&bob).await);
    let (own, foreign) = (browser.get("/").await.csrf(), other.get("/").await.csrf());
    for proof in ["", "x", &foreign, &own[..own.len() - 1]] {
        assert_eq!(
            browser.post("/theme", &[("csrf", proof), ("theme", "dark")]).await.status,
            403,
            "{proof}"
        );
    }
    assert_eq!(browser.post("/theme", &[("csrf", &own), ("theme", "dark")]).await.status, 303);
}

#[tokio::test]
async fn without_the_cookie_that_other_sites_cannot_send_nothing_happens() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut browser = world.logged_in(&ada).await;
    let csrf = browser.get("/").await.csrf();
    let session = browser.cookies.remove("__Host-sid").unwrap();
    assert_eq!(browser.post("/logout", &[("csrf", &csrf)]).await.header("location"), "/login");
    browser.cookies.insert("__Host-sid".to_owned(), session);
    assert_eq!(browser.get("/").await.status, 200, "the session was ended by a form without its cookie");
}

#[tokio::test]
async fn a_login_form_belongs_to_the_browser_that_opened_it() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let (mut victim, mut attacker) = (world.browser(), world.browser());
    let foreign = attacker.get("/login").await.csrf();
    victim.get("/login").await;
    let fields = [
        ("csrf", foreign.as_str()),
        ("name", "ada"),
        ("password", crate::world::PASSWORD),
        ("code", &ada.code()),
    ];
    assert_eq!(victim.post("/login", &fields).await.status, 403);
    assert!(!victim.cookies.contains_key("__Host-sid"));
}
