//! Roles: changed only by somebody who has just proven who they are, and felt at once.

use anyhow::Result;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::server::Setup;
use tests::visitor::Visitor;

#[test]
fn a_role_changes_after_a_fresh_proof_and_not_before() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let mut bob = chatd.add("bob", "moderator")?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let mut bobs = Visitor::log_in(&dashboard, &mut bob, "harness")?;
    assert_eq!(bobs.get("/bans")?.status, 200);

    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/users?q=bob"))?;
        browser.press("bob")?;
        browser.sees("Change role")?;
        browser.choose("Role", "auditor")?;
        browser.press("Change role")?;
        Dashboard::prove(browser, &mut owner)?;
        // The form is sent again by the person, not by the page that asked for the proof.
        browser.sees("Change role")?;
        assert!(browser.text()?.contains("moderator"), "nothing has changed yet");
        browser.choose("Role", "auditor")?;
        browser.press("Change role")?;
        browser.until("the new role", || {
            let head = browser.shows(".page-head")?;
            Ok(head.contains("auditor").then_some(()))
        })?;
        browser.is_clean()
    })?;
    // An auditor reads, and bans nobody.
    let form = bobs.get("/bans/new")?;
    assert!([303, 403].contains(&form.status), "{}", form.status);
    Ok(())
}
