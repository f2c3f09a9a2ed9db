//! Every page there is, in both themes and on a phone: accessible, silent in the console, within its policy.

use anyhow::{Result, bail};
use tests::browser::{Browser, Finding, Theme};
use tests::dashboard::Dashboard;
use tests::lively::Lively;
use tests::server::Setup;
use tests::tour::Tour;

/// Pages that the walk must find.
const EXPECTED: &[&str] = &[
    "/",
    "/announcements",
    "/appeals",
    "/approvals",
    "/audit",
    "/automod",
    "/automod/1",
    "/automod/new",
    "/bans",
    "/bans/1",
    "/bans/export",
    "/bans/import",
    "/bans/new",
    "/held",
    "/help",
    "/invites",
    "/joiners",
    "/me",
    "/media",
    "/media/1",
    "/metrics-charts",
    "/raid",
    "/reports",
    "/reports/1",
    "/rooms",
    "/rooms/1",
    "/sealed",
    "/sealed/1",
    "/settings",
    "/system",
    "/users",
    "/users/1",
];

#[tokio::test]
async fn every_page_is_clean_in_both_themes_and_fits_a_phone() -> Result<()> {
    let lively = Lively::make().await?;
    let dashboard = &lively.dashboard;
    let mut owner = lively.chatd.owner.clone();
    let mut wrong = Vec::new();
    let kinds = Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        Tour { of_a_kind: 1 }.walk(dashboard, browser, |path| {
            for theme in Theme::ALL {
                browser.theme(theme)?;
                if let Err(error) = browser.is_clean() {
                    wrong.push(format!("{path} ({}): {error:#}", theme.name()));
                }
            }
            browser.size(390, 844)?;
            wrong.extend(browser.intruders()?.into_iter().map(|each| format!("{path} at 390: {each}")));
            browser.size(1280, 900)?;
            browser.theme(Theme::Light)
        })
    })?;
    let missing: Vec<_> = EXPECTED.iter().filter(|page| !kinds.contains(**page)).collect();
    if !wrong.is_empty() || !missing.is_empty() {
        bail!("{}\nnot found by walking: {missing:?} among {kinds:?}", wrong.join("\n"));
    }
    Ok(())
}

#[test]
fn an_unknown_page_is_one_of_ours() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/no-such-page"))?;
        // The status of the page itself is in the log, as a browser writes it for every 404.
        let heard = browser.findings()?;
        assert!(heard.iter().all(|finding| matches!(finding, Finding::Load(_))), "{heard:?}");
        browser.is_clean()
    })
}
