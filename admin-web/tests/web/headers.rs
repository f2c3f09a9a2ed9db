//! What every answer carries, whatever its status.

use proto::message::Role;

use crate::client::Answer;
use crate::world::World;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let mut stranger = world.browser();
    let mut browser = world.logged_in(&ada).await;
    let mut statuses = Vec::new();
    for answer in [
        stranger.get("/login").await,
        stranger.get("/").await,
        stranger.get("/nowhere").await,
        stranger.send("DELETE", "/login", &[], "").await,
        stranger.post("/login", &[]).await,
        stranger.post_with("/login", &[], &[]).await,
        stranger.send("POST", "/login", &[("content-type", "text/plain")], &"x".repeat(2 << 20)).await,
        browser.get("/").await,
        browser.get("/me").await,
        browser.get("/bans/7/nowhere").await,
        browser.get("/live?once=1").await,
    ] {
        check(&answer);
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [200, 303, 404, 405, 403, 403, 413, 200, 200, 404, 200]);
}

#[tokio::test]
async fn a_page_is_never_kept_and_an_asset_for_ever() {
    let world = World::start().await;
    let mut browser = world.browser();
    let page = browser.get("/login").await;
    assert_eq!(page.header("cache-control"), "no-store");
    let (_, rest) = page.body.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let path = rest.split('"').next().unwrap();
    let asset = browser.get(path).await;
    assert_eq!((asset.status, asset.header("cache-control")), (200, "public, max-age=31536000, immutable"));
    let again = browser.send("GET", path, &[("if-none-match", asset.header("etag"))], "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(browser.get("/assets/dashboard.css").await.status, 404);
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_with_it() {
    let world = World::start_with(|config| config.behind_proxy = true).await;
    let answer = world.browser().get("/login").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    let plain = World::start().await;
    assert_eq!(plain.browser().get("/login").await.header("strict-transport-security"), "");
}

fn check(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{} {policy}", answer.status);
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), value, "{name} on {}", answer.status);
    }
    assert!(answer.header("permissions-policy").contains("camera=()"));
    assert_eq!(answer.header("x-request-id").len(), 12);
}
