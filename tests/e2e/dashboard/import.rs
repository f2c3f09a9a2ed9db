//! A file of bans: tried first, taken over in one go, taken back in one go.

use anyhow::Result;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;

const FILE: &str = "target,kind,length,reason,note\n\
    192.0.2.0/24,ban,7d,Flooding,seen in the lobby\n\
    2001:db8:7::/48,ban,1d,Flooding,\n\
    @mallory,mute,1d,\"Harassment, again\",\n\
    192.0.2.0/24,ban,7d,Flooding,the same again\n\
    10.0.0.0/4,ban,1d,Too wide,\n\
    @nobody,ban,1d,No such account,\n";

#[test]
fn a_file_of_bans_is_tried_imported_and_undone() -> Result<()> {
    let chatd = Setup::quick().start()?;
    seat::seats(&chatd, &["mallory"])?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let file = tempfile::NamedTempFile::with_suffix(".csv")?;
    std::fs::write(file.path(), FILE)?;

    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/bans/import"))?;
        Dashboard::prove(browser, &mut owner)?;
        browser.arrives("/bans/import")?;
        browser.attach("Or a file", file.path())?;
        browser.until("the file in the box", || {
            let text = browser.run("return document.querySelector('textarea[name=csv]').value", &[])?;
            Ok(text.as_str().filter(|text| text.contains("mallory")).map(|_| ()))
        })?;
        browser.press("Try it")?;
        let tried = browser.shows(".table-wrap table")?;
        for part in ["192.0.2.0/24", "2001:db8:7::/48", "mallory", "10.0.0.0/4", "nobody"] {
            assert!(tried.contains(part), "{part} is missing in\n{tried}");
        }
        browser.is_clean()?;
        browser.press("Import 3 bans")?;
        browser.sees("Imports that can still be undone")?;
        browser.open(&dashboard.url("/bans?state=active"))?;
        let list = browser.shows("table")?;
        assert!(list.contains("2001:db8:7::/48") && list.contains("Harassment, again"), "{list}");

        browser.open(&dashboard.url("/bans/import"))?;
        browser.press("Undo")?;
        browser.until("the end of the import", || {
            browser.open(&dashboard.url("/bans?state=active"))?;
            Ok((!browser.text()?.contains("2001:db8:7::/48")).then_some(()))
        })
    })
}
