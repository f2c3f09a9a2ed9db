//! What surrounds every page: navigation by role, who is logged in, the proof for forms, words to be shown once.

use domain::role::{self, Action};
use proto::ids::Timestamp;

use crate::app::App;
use crate::flash::Flash;
use crate::guard::Viewer;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::theme::Theme;
use crate::time::span_ms;

/// See the module. Cheap to clone: a page takes it into its template.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    pub(crate) server_name: String,
    pub(crate) viewer: Viewer,
    pub(crate) csrf: String,
    pub(crate) flash: Option<Flash>,
    pub(crate) nav: Vec<NavGroup>,
    /// Path and query of this page.
    pub(crate) here: String,
    pub(crate) theme: Theme,
    /// Whether keys act as shortcuts.
    pub(crate) shortcuts: bool,
    /// How long password and code, given again, still count.
    pub(crate) sudo_left: Option<String>,
}

/// A heading of the navigation with its entries.
#[derive(Debug, Clone)]
pub(crate) struct NavGroup {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<NavItem>,
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    /// The name of its drawing in `icons.html`.
    pub(crate) icon: &'static str,
    pub(crate) is_current: bool,
    /// How much waits there; 0 is not shown.
    pub(crate) waiting: u64,
    /// The second key of its shortcut, after `g`.
    pub(crate) key: &'static str,
}

/// Heading, then path, label, icon, shortcut, and what the role must permit.
type Entry = (&'static str, &'static str, &'static str, &'static str, Action);

const NAV: &[(&str, &[Entry])] = &[
    ("", &[("/", "Overview", "home", "o", Action::ViewDashboard)]),
    (
        "Moderation",
        &[
            ("/reports", "Reports", "flag", "r", Action::ViewReports),
            ("/bans", "Bans", "ban", "b", Action::ViewSanctions),
            ("/users", "People", "users", "u", Action::ViewUsers),
            ("/approvals", "Approvals", "check", "v", Action::ViewUsers),
            ("/appeals", "Appeals", "scale", "e", Action::ViewSanctions),
            ("/held", "Held messages", "pause", "d", Action::ViewReports),
        ],
    ),
    (
        "Community",
        &[
            ("/rooms", "Rooms", "rooms", "m", Action::ViewUsers),
            ("/sealed", "Sealed rooms", "lock", "k", Action::ViewUsers),
            ("/media", "Files", "image", "w", Action::ViewMedia),
            ("/automod", "Auto-mod", "filter", "f", Action::TestFilters),
            ("/raid", "Raid level", "storm", "l", Action::ViewDashboard),
            ("/invites", "Invites", "ticket", "i", Action::Invite),
            ("/announcements", "Announcements", "horn", "n", Action::ViewDashboard),
            ("/settings", "Settings", "gear", "s", Action::ViewSystem),
        ],
    ),
    (
        "Server",
        &[
            ("/metrics-charts", "Metrics", "chart", "t", Action::ViewDashboard),
            ("/audit", "Audit log", "log", "a", Action::ReadAudit),
            ("/system", "System", "server", "y", Action::ViewSystem),
        ],
    ),
    (
        "You",
        &[
            ("/me", "My profile", "user", "p", Action::ViewDashboard),
            ("/help", "Help and keys", "help", "h", Action::ViewDashboard),
        ],
    ),
];

/// The preference that switches shortcuts off.
pub(crate) const SHORTCUTS: &str = "shortcuts";

impl Shell {
    /// Makes the surroundings of a page for somebody.
    pub(crate) async fn of(
        app: &App,
        viewer: &Viewer,
        request: &Request,
        theme: Theme,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (account, counts_reports) = (viewer.account, viewer.may(Action::ViewReports));
        let read = app.store.read(move |reads| {
            let reports = if counts_reports { u64::from(reads.open_report_counts()?.new) } else { 0 };
            Ok((reads.preferences(account)?, reads.server_name()?, reports))
        });
        let (preferences, server_name, reports) = read.await?;
        Ok(Self {
            server_name: server_name.to_string(),
            csrf: app.csrf.prove(&viewer.proof_subject()),
            flash: takes_words(request).then(|| app.flashes.take(viewer.session)).flatten(),
            nav: nav(viewer, &request.path, reports),
            here: request.here(),
            theme,
            shortcuts: preferences.get(SHORTCUTS).map(String::as_str) != Some("off"),
            sudo_left: viewer.sudo_until.map(|until| span_ms(left_ms(until, now))),
            viewer: viewer.clone(),
        })
    }

    /// Returns the first letter of the viewer's name.
    pub(crate) fn initial(&self) -> String {
        self.viewer.name.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default()
    }

    /// Returns the word of the viewer's role.
    pub(crate) fn role(&self) -> &'static str {
        role::word(self.viewer.role)
    }
}

/// Words wait for a whole page; a piece of one would swallow them.
fn takes_words(request: &Request) -> bool {
    request.method == "GET" && !request.is_htmx() && request.path != "/live"
}

fn nav(viewer: &Viewer, path: &str, reports: u64) -> Vec<NavGroup> {
    let groups = NAV.iter().map(|(title, entries)| NavGroup {
        title,
        items: entries
            .iter()
            .filter(|(.., action)| viewer.may(*action))
            .map(|(href, label, icon, key, _)| NavItem {
                href,
                label,
                icon,
                is_current: is_within(path, href),
                waiting: if *href == "/reports" { reports } else { 0 },
                key,
            })
            .collect(),
    });
    groups.filter(|group| !group.items.is_empty()).collect()
}

fn is_within(path: &str, href: &str) -> bool {
    path == href || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
}

fn left_ms(until: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(until.0.saturating_sub(now.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use warp::http::Method;

    use super::*;
    use crate::routes::{self, Found, Need};

    #[test]
    fn every_entry_leads_to_a_page_that_its_role_may_open() {
        for (path, action) in
            NAV.iter().flat_map(|(_, entries)| entries.iter()).map(|entry| (entry.0, entry.4))
        {
            let Found::Row(row, _) = routes::find(&Method::GET, path) else { panic!("{path} leads nowhere") };
            assert!(row.need == Need::May(action) || row.need == Need::Login, "{path}: {:?}", row.need);
        }
    }

    #[test]
    fn no_two_entries_have_the_same_key() {
        let mut keys: Vec<_> =
            NAV.iter().flat_map(|(_, entries)| entries.iter()).map(|entry| entry.3).collect();
        keys.sort_unstable();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn a_page_below_an_entry_marks_the_entry_and_no_other() {
        assert!(is_within("/bans", "/bans") && is_within("/bans/7", "/bans"));
        assert!(!is_within("/bansx", "/bans") && !is_within("/bans", "/") && is_within("/", "/"));
    }
}
