//! Every page of the site in one table: method, path, who may, and what answers. A path without a row is a 404, a known
//! path with another method a 405. `:id` stands for a number, `:word` for anything without a slash.

use std::net::IpAddr;
use std::sync::Arc;

use domain::role::Action;
use futures_util::future::BoxFuture;
use proto::ids::Timestamp;
use store::Actor;
use warp::http::Method;

use crate::app::App;
use crate::csrf;
use crate::guard::{self, Viewer};
use crate::pages::kit::PathId;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::request::{Fields, Request};
use crate::shell::Shell;
use crate::theme::Theme;
use crate::{assets, door, pages};

/// A request of somebody who is logged in and may do this, with everything a page needs.
pub(crate) struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) viewer: Viewer,
    pub(crate) query: Fields,
    /// Empty unless something is to be changed; then its proof was checked.
    pub(crate) form: Fields,
    pub(crate) peer: IpAddr,
    /// Path and query, for coming back here.
    pub(crate) here: String,
    pub(crate) now: Timestamp,
    /// What surrounds every page.
    pub(crate) shell: Shell,
}

/// A request of anybody.
pub(crate) struct OpenCall {
    pub(crate) app: Arc<App>,
    pub(crate) request: Request,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) form: Fields,
    pub(crate) theme: Theme,
    pub(crate) server_name: String,
    pub(crate) now: Timestamp,
}

/// What a handler gives.
pub(crate) type Answer = BoxFuture<'static, Result<Reply, Refusal>>;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) need: Need,
    run: Run,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Anybody.
    Open,
    /// Whoever is logged in.
    Login,
    /// Whose role permits this.
    May(Action),
    /// Whose role permits this, with password and code given a short while ago.
    Sudo(Action),
}

#[derive(Clone, Copy)]
enum Run {
    Open(fn(OpenCall) -> Answer),
    Plain(fn(Call) -> Answer),
    Id(fn(Call, u64) -> Answer),
}

macro_rules! open {
    ($handler:path) => {
        Run::Open(|call| Box::pin($handler(call)))
    };
}
macro_rules! plain {
    ($handler:path) => {
        Run::Plain(|call| Box::pin($handler(call)))
    };
}
macro_rules! id {
    ($handler:path) => {
        Run::Id(|call, id| Box::pin($handler(call, id)))
    };
}
/// A row whose number stands for an id.
macro_rules! of {
    ($handler:path) => {
        Run::Id(|call, number| {
            Box::pin(async move {
                match PathId::of(number) {
                    Some(id) => $handler(call, id).await,
                    None => Err(Refusal::NotFound),
                }
            })
        })
    };
}

use Need::{Login, May, Open, Sudo};

/// The table.
pub(crate) static ROUTES: &[Row] = &[
    get("/login", Open, open!(door::login_form)),
    post("/login", Open, open!(door::log_in)),
    post("/logout", Login, plain!(door::log_out)),
    get("/sudo", Login, plain!(door::sudo_form)),
    post("/sudo", Login, plain!(door::step_up)),
    post("/theme", Login, plain!(door::set_theme)),
    get("/assets/:word", Open, open!(assets::serve)),
    get("/", May(Action::ViewDashboard), plain!(pages::overview::show)),
    get("/live", May(Action::ViewDashboard), plain!(pages::overview::live)),
    get("/me", Login, plain!(pages::me::show)),
    post("/me/preferences", Login, plain!(pages::me::prefer)),
    post("/me/password", Login, plain!(pages::me::set_password)),
    post("/me/sessions/:id/revoke", Login, id!(pages::me::revoke)),
    get("/me/totp", Login, plain!(pages::enrol::show)),
    post("/me/totp", Login, plain!(pages::enrol::confirm)),
    get("/audit", May(Action::ReadAudit), plain!(pages::audit::list)),
    post("/audit/verify", May(Action::ReadAudit), plain!(pages::audit::verify)),
    get("/audit/export", Sudo(Action::ExportAudit), plain!(pages::audit::export)),
    get("/metrics-charts", May(Action::ViewDashboard), plain!(pages::figures::show)),
    get("/system", May(Action::ViewSystem), plain!(pages::system::show)),
    get("/search", May(Action::ViewDashboard), plain!(pages::search::show)),
    get("/help", Login, plain!(pages::help::show)),
    get("/bans", May(Action::ViewSanctions), plain!(pages::bans::list::page)),
    get("/bans/new", May(Action::Ban), plain!(pages::bans::new::page)),
    post("/bans/new", May(Action::Ban), plain!(pages::bans::new::submit)),
    get("/bans/import", Sudo(Action::ImportSanctions), plain!(pages::bans::import::page)),
    post("/bans/import", May(Action::ImportSanctions), plain!(pages::bans::import::submit)),
    post("/bans/import/:id/undo", May(Action::ImportSanctions), of!(pages::bans::import::undo)),
    get("/bans/export", Sudo(Action::ExportSanctions), plain!(pages::bans::export::page)),
    post("/bans/export", May(Action::ExportSanctions), plain!(pages::bans::export::download)),
    get("/bans/:id", May(Action::ViewSanctions), of!(pages::bans::one::page)),
    post("/bans/:id/lift", May(Action::Unban), of!(pages::bans::one::lift)),
    post("/bans/:id/undo", May(Action::Unban), of!(pages::bans::one::undo)),
    post("/bans/:id/change", May(Action::Unban), of!(pages::bans::one::change)),
    post("/bans/:id/note", May(Action::Note), of!(pages::bans::one::note)),
    get("/reports", May(Action::ViewReports), plain!(pages::reports::queue::page)),
    get("/reports/:id", May(Action::ViewReports), of!(pages::reports::one::page)),
    post("/reports/:id/claim", May(Action::HandleReport), of!(pages::reports::decide::claim)),
    post("/reports/:id/release", May(Action::HandleReport), of!(pages::reports::decide::release)),
    post("/reports/:id/reopen", May(Action::HandleReport), of!(pages::reports::decide::reopen)),
    post("/reports/:id/decide", May(Action::HandleReport), of!(pages::reports::decide::decide)),
    post("/reports/:id/note", May(Action::Note), of!(pages::reports::one::note)),
    post("/reports/:id/reveal", May(Action::RevealReporter), of!(pages::reports::decide::reveal)),
    post("/reports/:id/export", May(Action::ViewReports), of!(pages::reports::export::download)),
    post("/reports/:id/proof/export", May(Action::ViewReports), of!(pages::reports::export::proof)),
    get("/users", May(Action::ViewUsers), plain!(pages::users::list::page)),
    get("/users/:id", May(Action::ViewUsers), of!(pages::users::one::page)),
    post("/users/:id/note", May(Action::Note), of!(pages::users::act::note)),
    post("/users/:id/role", May(Action::ManageRoles), of!(pages::users::act::set_role)),
    post("/devices/:id/revoke", May(Action::RevokeDevices), of!(pages::users::act::revoke)),
    get("/joiners", May(Action::ViewUsers), plain!(pages::users::joiners::page)),
    get("/approvals", May(Action::ViewUsers), plain!(pages::users::approvals::page)),
    post("/approvals/:id/approve", May(Action::Approve), of!(pages::users::approvals::approve)),
    post("/approvals/:id/reject", May(Action::Approve), of!(pages::users::approvals::reject)),
    post("/joiners/act", May(Action::BulkAct), plain!(pages::users::joiners::act)),
    post("/users/:id/purge", May(Action::Purge), of!(pages::users::act::purge)),
    post("/purges/:id/undo", May(Action::Purge), of!(pages::users::act::undo_purge)),
    post("/users/:id/networks", May(Action::RevealNetwork), of!(pages::users::networks::reveal)),
    post("/users/:id/reset-codes", May(Action::ManageUsers), of!(pages::users::second_factor::reset)),
    get("/automod", May(Action::TestFilters), plain!(pages::automod::list)),
    get("/automod/new", May(Action::TestFilters), plain!(pages::automod::new)),
    post("/automod/new", May(Action::TestFilters), plain!(pages::automod::create)),
    get("/automod/:id", May(Action::TestFilters), of!(pages::automod::one)),
    post("/automod/:id", May(Action::TestFilters), of!(pages::automod::change)),
    post("/automod/:id/remove", May(Action::ManageFilters), of!(pages::automod::remove)),
    get("/held", May(Action::ViewReports), plain!(pages::held::page)),
    post("/held/:id/release", May(Action::DecideHeld), of!(pages::held::release)),
    post("/held/:id/reject", May(Action::DecideHeld), of!(pages::held::reject)),
    get("/appeals", May(Action::ViewSanctions), plain!(pages::appeals::page)),
    post("/appeals/:id/decide", May(Action::DecideAppeal), of!(pages::appeals::decide)),
    get("/announcements", May(Action::ViewDashboard), plain!(pages::announcements::page)),
    post("/announcements", May(Action::Announce), plain!(pages::announcements::submit)),
    post("/announcements/:id/end", May(Action::Announce), of!(pages::announcements::end)),
    get("/raid", May(Action::ViewDashboard), plain!(pages::raid::page)),
    post("/raid", May(Action::SetRaidLevel), plain!(pages::raid::submit)),
    get("/rooms", May(Action::ViewUsers), plain!(pages::rooms::list)),
    get("/rooms/:id", May(Action::ViewUsers), of!(pages::rooms::one)),
    post("/rooms/:id/slow", May(Action::SetSlowMode), of!(pages::rooms::slow)),
    post("/rooms/:id/lock", May(Action::ManageRoom), of!(pages::rooms::lock)),
    post("/rooms/:id/unlock", May(Action::ManageRoom), of!(pages::rooms::unlock)),
    get("/sealed", May(Action::ViewUsers), plain!(pages::sealed::list::page)),
    get("/sealed/:id", May(Action::ViewUsers), of!(pages::sealed::one::page)),
    get("/media", May(Action::ViewMedia), plain!(pages::media::list::page)),
    get("/media/:id", May(Action::ViewMedia), of!(pages::media::one::page)),
    post("/media/:id/scan", May(Action::ScanFile), of!(pages::media::one::examine)),
    post("/media/:id/quarantine", May(Action::QuarantineFile), of!(pages::media::act::quarantine)),
    post("/media/:id/release", May(Action::ReleaseFile), of!(pages::media::act::release)),
    post("/media/:id/purge", May(Action::PurgeFile), of!(pages::media::act::purge)),
    get("/invites", May(Action::Invite), plain!(pages::invites::page)),
    post("/invites", May(Action::Invite), plain!(pages::invites::submit)),
    post("/invites/:id/revoke", May(Action::Invite), of!(pages::invites::revoke)),
    get("/settings", May(Action::ViewSystem), plain!(pages::settings::page)),
    post("/settings", May(Action::ManageSettings), plain!(pages::settings::submit)),
];

/// What the table says about a path.
pub(crate) enum Found {
    Row(&'static Row, Option<String>),
    /// The path has these methods.
    WrongMethod(String),
    Nothing,
}

/// Looks a path up. HEAD is GET without its body.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    let asked = if method == Method::HEAD { "GET" } else { method.as_str() };
    let mut others = Vec::new();
    for row in ROUTES {
        if let Some(part) = fits(row.path, path) {
            if row.method == asked {
                return Found::Row(row, part);
            }
            others.push(row.method);
        }
    }
    if others.is_empty() { Found::Nothing } else { Found::WrongMethod(others.join(", ")) }
}

impl Row {
    /// Checks who asks and answers. The body was read before, so that a refusal never cuts a request under way.
    pub(crate) async fn answer(
        &self,
        app: &Arc<App>,
        request: Request,
        part: Option<String>,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        let theme = Theme::of(&request);
        if let Run::Open(run) = self.run {
            return run(open_call(app, request, theme, now).await?).await;
        }
        let changes = self.method != "GET";
        if changes {
            csrf::check_origin(&request).map_err(Refusal::Forged)?;
        }
        let back = if changes { "/".to_owned() } else { request.here() };
        let viewer = guard::viewer(app, &request, now).await?.ok_or(Refusal::LoggedOut(back))?;
        let form = if changes { request.form().map_err(Refusal::Body)? } else { Fields::default() };
        if changes {
            csrf::check_proof(&app.csrf, &viewer.proof_subject(), form.get(csrf::FIELD))
                .map_err(Refusal::Forged)?;
        }
        self.check(&viewer, &request)?;
        let shell = Shell::of(app, &viewer, &request, theme, now).await?;
        let here = request.here();
        let (flashes, session) = (app.clone(), viewer.session);
        let app = app.clone();
        let call = Call { app, viewer, query: request.query, form, peer: request.peer, here, now, shell };
        let mut reply = match (self.run, part) {
            (Run::Plain(run), _) => run(call).await,
            (Run::Id(run), Some(part)) => run(call, part.parse().map_err(|_| Refusal::NotFound)?).await,
            (Run::Open(_) | Run::Id(_), _) => Err(Refusal::NotFound),
        }?;
        if let Some(flash) = reply.flash.take() {
            flashes.flashes.put(session, flash);
        }
        Ok(reply)
    }

    fn check(&self, viewer: &Viewer, request: &Request) -> Result<(), Refusal> {
        match self.need {
            Open | Login => Ok(()),
            May(action) => viewer.must(action),
            Sudo(action) => {
                viewer.must(action)?;
                // A form is lost on the way to the password; its page is where it is sent from again.
                let back = if self.method == "GET" { request.here() } else { came_from(request) };
                viewer.must_be_stepped_up(&back)
            }
        }
    }
}

impl Call {
    /// Returns who acts, for the store.
    pub(crate) fn actor(&self) -> Actor {
        Actor::on_web(self.viewer.account, self.viewer.session, Some(self.peer))
    }
}

async fn open_call(
    app: &Arc<App>,
    request: Request,
    theme: Theme,
    now: Timestamp,
) -> Result<OpenCall, Refusal> {
    let changes = request.method != Method::GET && request.method != Method::HEAD;
    if changes {
        csrf::check_origin(&request).map_err(Refusal::Forged)?;
    }
    let form = if changes { request.form().map_err(Refusal::Body)? } else { Fields::default() };
    let is_page = !request.path.starts_with("/assets/");
    let viewer = if is_page { guard::viewer(app, &request, now).await? } else { None };
    let server_name = if is_page { app.server_name().await } else { String::new() };
    Ok(OpenCall { app: app.clone(), request, viewer, form, theme, server_name, now })
}

/// Returns the path of the page that a form was on, as the form says.
fn came_from(request: &Request) -> String {
    let form = request.form().unwrap_or_default();
    door::local(form.get("next")).to_owned()
}

/// Returns whether a path fits a pattern, with what stands in the place of its parameter.
#[expect(clippy::option_option, reason = "no match, a match without a parameter, a match with one")]
fn fits(pattern: &str, path: &str) -> Option<Option<String>> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut part = None;
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(part),
            (Some(":id" | ":word"), Some(found)) if !found.is_empty() => part = Some(found.to_owned()),
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => return None,
        }
    }
}

const fn get(path: &'static str, need: Need, run: Run) -> Row {
    Row { method: "GET", path, need, run }
}

const fn post(path: &'static str, need: Need, run: Run) -> Row {
    Row { method: "POST", path, need, run }
}

#[cfg(test)]
mod permissions;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_row_is_found_by_method_and_path_with_its_parameter() {
        assert!(matches!(find(&Method::GET, "/"), Found::Row(row, None) if row.path == "/"));
        assert!(matches!(find(&Method::HEAD, "/help"), Found::Row(row, None) if row.path == "/help"));
        assert_eq!(fits("/bans/:id/lift", "/bans/7/lift"), Some(Some("7".to_owned())));
        assert_eq!(fits("/bans/:id/lift", "/bans//lift"), None);
    }

    #[test]
    fn an_unknown_path_and_a_wrong_method_are_told_apart() {
        for path in ["", "/nowhere", "/help/", "//", "/assets/"] {
            assert!(matches!(find(&Method::GET, path), Found::Nothing), "{path}");
        }
        assert!(
            matches!(find(&Method::DELETE, "/login"), Found::WrongMethod(allowed) if allowed == "GET, POST")
        );
        assert!(matches!(find(&Method::GET, "/logout"), Found::WrongMethod(allowed) if allowed == "POST"));
    }

    #[test]
    fn no_two_rows_are_for_the_same_request() {
        let rows: BTreeSet<_> =
            ROUTES.iter().map(|row| (row.method, row.path.replace(":word", ":id"))).collect();
        assert_eq!(rows.len(), ROUTES.len());
    }

    #[test]
    fn only_the_door_is_open_to_strangers() {
        let open = ROUTES.iter().filter(|row| row.need == Open).map(|row| row.path);
        assert_eq!(open.collect::<BTreeSet<_>>(), BTreeSet::from(["/login", "/assets/:word"]));
        for row in ROUTES {
            assert_eq!(matches!(row.run, Run::Open(_)), row.need == Open, "{}", row.path);
        }
    }
}
