//! The way in and out: `/login`, `/logout`, `/sudo` (password and code again before dangerous acts), `/theme`.

use askama::Template;
use domain::audit::{Action as Act, Target};
use domain::cidr::Cidr;
use domain::role::{self, Action};
use domain::throttle::Standing;
use store::{Actor, Factor, StoreError};
use tracing::{info, warn};
use warp::http::StatusCode;

use crate::flash::Flash;
use crate::login::{self, Claim, Denied, Proven};
use crate::metrics::LoginResult;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::{Call, OpenCall};
use crate::sessions;
use crate::shell::Shell;
use crate::theme::Theme;
use crate::token::Token;

/// The cookie that binds a login form to its browser.
const KNOCK: &str = "__Host-knock";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    theme: Theme,
    server_name: &'a str,
    proof: &'a str,
    next: &'a str,
    name: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sudo.html")]
struct SudoPage<'a> {
    shell: Shell,
    next: &'a str,
    minutes: u64,
    problem: Option<&'a str>,
}

/// Shows the form.
pub(crate) async fn login_form(call: OpenCall) -> Result<Reply, Refusal> {
    let next = local(call.request.query.get("next"));
    if call.viewer.is_some() {
        return Ok(Reply::to(next));
    }
    login_page(&call, StatusCode::OK, "", None)
}

/// Judges the form. Whoever has no business in the dashboard gets the answer of a wrong password.
pub(crate) async fn log_in(call: OpenCall) -> Result<Reply, Refusal> {
    let app = &call.app;
    let knock = call.request.cookie(KNOCK).and_then(Token::parse);
    let is_ours = knock.is_some_and(|knock| app.knock.holds(&knock.digest(), call.form.get("csrf")));
    if !is_ours {
        let words = "The form was too old. Please type it again.";
        return login_page(&call, StatusCode::FORBIDDEN, call.form.get("name"), Some(words));
    }
    let claim = Claim {
        name: call.form.get("name"),
        password: call.form.raw("password"),
        code: call.form.get("code"),
        peer: call.request.peer,
        standing: Standing::Stranger,
    };
    let proven = match login::judge(app, claim, call.now).await {
        Ok(proven) if role::permits(proven.account.role, Action::ViewDashboard) => proven,
        Ok(_) => return wrong(&call, Denied::Wrong),
        Err(denied) => return wrong(&call, denied),
    };
    let opened = match record(&call, &proven).await {
        Ok(opened) => opened,
        Err(StoreError::CodeUsed | StoreError::Banned | StoreError::NotFound { .. }) => {
            return wrong(&call, Denied::Wrong);
        }
        Err(error) => return Err(error.into()),
    };
    proven.give_back(app);
    app.metrics.login(LoginResult::Accepted);
    info!(user.id = %proven.account.id, "logged in to the dashboard");
    let mut reply = Reply::to(local(call.form.get("next")));
    reply.set_cookie(&sessions::cookie(&opened, app.lifetimes));
    reply.set_cookie(&format!("{KNOCK}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"));
    Ok(reply)
}

/// Ends the session.
pub(crate) async fn log_out(call: Call) -> Result<Reply, Refusal> {
    let (session, now) = (call.viewer.session, call.now);
    call.app.store.run(move |tx| tx.close_web_session(session, now)).await?;
    let mut reply = Reply::to("/login");
    reply.set_cookie(&sessions::no_cookie());
    Ok(reply)
}

/// Asks for password and code again.
pub(crate) async fn sudo_form(call: Call) -> Result<Reply, Refusal> {
    Ok(sudo_page(&call, StatusCode::OK, call.query.get("next"), None))
}

/// Judges them; the session gets another token, so one that was seen before is worth nothing.
pub(crate) async fn step_up(call: Call) -> Result<Reply, Refusal> {
    let app = &call.app;
    let next = call.form.get("next");
    let claim = Claim {
        name: &call.viewer.name,
        password: call.form.raw("password"),
        code: call.form.get("code"),
        peer: call.peer,
        standing: Standing::KnownDevice,
    };
    let refuse = |status, words| Ok(sudo_page(&call, status, next, Some(words)));
    let proven = match login::judge(app, claim, call.now).await {
        // A recovery code stands in for a lost authenticator, not for a person at a keyboard.
        Ok(proven) if matches!(proven.factor, Factor::Totp { .. }) => proven,
        Ok(_) | Err(Denied::Wrong) => return refuse(StatusCode::UNAUTHORIZED, login::WRONG),
        Err(Denied::Wait(wait)) => return Err(Refusal::Wait(wait)),
        Err(Denied::Unavailable) => return Err(Refusal::Busy),
    };
    if proven.account.id != call.viewer.account {
        return refuse(StatusCode::UNAUTHORIZED, login::WRONG);
    }
    let token = Token::generate().ok_or(Refusal::Failed)?;
    let (digest, session, now) = (token.digest(), call.viewer.session, call.now);
    let (account, factor) = (proven.account.id, proven.factor);
    let until = now.plus_ms(sessions::milliseconds(app.lifetimes.sudo));
    let actor = call.actor();
    let stepped = app.store.run(move |tx| {
        tx.web_login(account, &factor, now)?;
        tx.rotate_web_session(session, &digest)?;
        tx.step_up_web_session(session, until)?;
        tx.staff(&actor, now)?.log(Act::SteppedUp, Target::Account(account), "")?;
        Ok(())
    });
    match stepped.await {
        Ok(()) => {}
        Err(StoreError::CodeUsed) => return refuse(StatusCode::UNAUTHORIZED, login::WRONG),
        Err(error) => return Err(error.into()),
    }
    proven.give_back(app);
    let words = format!("Confirmed for {} minutes.", app.lifetimes.sudo.as_secs() / 60);
    let mut reply = Reply::see_other(local(next), Flash::good(words));
    reply.set_cookie(&sessions::cookie(&token, app.lifetimes));
    Ok(reply)
}

/// Keeps a theme.
pub(crate) async fn set_theme(call: Call) -> Result<Reply, Refusal> {
    let mut reply = Reply::to(local(call.form.get("next")));
    reply.set_cookie(&Theme::parse(call.form.get("theme")).cookie());
    Ok(reply)
}

/// Uses the factor up, opens the session and writes the audit event, all or nothing.
async fn record(call: &OpenCall, proven: &Proven) -> Result<Token, StoreError> {
    let app = &call.app;
    let token = Token::generate().ok_or_else(|| StoreError::Other("no random bytes".to_owned()))?;
    let (account, factor, now) = (proven.account.id, proven.factor, call.now);
    let tag = app.tags.tag(Cidr::of_person(call.request.peer)).0;
    let new = sessions::new(&token, app.lifetimes, account, call.request.header("user-agent"), tag, now);
    let peer = call.request.peer;
    let opened = app.store.run(move |tx| {
        tx.web_login(account, &factor, now)?;
        let session = tx.open_web_session(&new)?;
        let actor = Actor::on_web(account, session, Some(peer));
        tx.staff(&actor, now)?.log(Act::StaffLoggedIn, Target::Account(account), "")?;
        Ok(())
    });
    opened.await.map(|()| token)
}

fn wrong(call: &OpenCall, denied: Denied) -> Result<Reply, Refusal> {
    let name = call.form.get("name");
    match denied {
        Denied::Wrong => {
            call.app.metrics.login(LoginResult::Refused);
            warn!("a login to the dashboard was refused");
            login_page(call, StatusCode::UNAUTHORIZED, name, Some(login::WRONG))
        }
        Denied::Wait(wait) => {
            call.app.metrics.login(LoginResult::Throttled);
            Err(Refusal::Wait(wait))
        }
        Denied::Unavailable => {
            call.app.metrics.login(LoginResult::Unavailable);
            Err(Refusal::Busy)
        }
    }
}

/// Makes the form with a proof that is bound to a cookie: nobody can be logged in to somebody else's account.
fn login_page(
    call: &OpenCall,
    status: StatusCode,
    name: &str,
    problem: Option<&str>,
) -> Result<Reply, Refusal> {
    let fresh = Token::generate().ok_or(Refusal::Failed)?;
    let known = call.request.cookie(KNOCK).and_then(Token::parse);
    let (knock, is_new) = known.map_or((fresh, true), |known| (known, false));
    let fields = if call.form.get("next").is_empty() { &call.request.query } else { &call.form };
    let page = LoginPage {
        theme: call.theme,
        server_name: &call.server_name,
        proof: &call.app.knock.prove(&knock.digest()),
        next: local(fields.get("next")),
        name,
        problem,
    };
    let mut reply = Reply::page_as(status, &page);
    if is_new {
        let line =
            format!("{KNOCK}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=3600", *knock.text());
        reply.set_cookie(&line);
    }
    Ok(reply)
}

fn sudo_page(call: &Call, status: StatusCode, next: &str, problem: Option<&str>) -> Reply {
    let minutes = call.app.lifetimes.sudo.as_secs() / 60;
    Reply::page_as(status, &SudoPage { shell: call.shell.clone(), next: local(next), minutes, problem })
}

/// Returns a path of this site; anything else is the first page, so that no link leads away from here.
pub(crate) fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
        && path.len() <= 2_000;
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leaves_the_site() {
        for path in ["/", "/bans", "/bans?q=a%20b&cursor=7"] {
            assert_eq!(local(path), path);
        }
        for path in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nset-cookie: x", "/\t/x"]
        {
            assert_eq!(local(path), "/", "{path:?}");
        }
    }
}
