//! What every page has in common: accessible, silent in the console, within its policy.

use anyhow::Result;
use tests::browser::{Browser, Finding};
use tests::dashboard::Dashboard;
use tests::server::Setup;

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
