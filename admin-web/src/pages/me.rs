//! One's own profile: password, authenticator, recovery codes, logins of the dashboard, preferences.

use std::time::Duration;

use askama::Template;
use domain::name::AccountName;
use domain::password::PasswordRules;
use domain::throttle::Standing;
use proto::ids::WebSessionId;
use store::{Factor, OwnSecret};
use zeroize::Zeroizing;

use crate::flash::Flash;
use crate::login::{self, Claim, Denied};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::{SHORTCUTS, Shell};
use crate::time::When;

#[derive(Template)]
#[template(path = "me.html")]
struct Page {
    shell: Shell,
    sessions: Vec<Session>,
    codes_left: u32,
}

/// A login of the dashboard.
struct Session {
    id: u64,
    /// As the browser calls itself.
    agent: String,
    /// The same in two words.
    browser: String,
    network: String,
    opened: When,
    seen: When,
    is_this: bool,
}

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let (account, now) = (call.viewer.account, call.now);
    let read = call
        .app
        .store
        .read(move |reads| Ok((reads.web_sessions_of(account)?, reads.recovery_codes_left(account)?)));
    let (rows, codes_left) = read.await?;
    let sessions = rows
        .into_iter()
        .filter(|row| row.is_good(now))
        .map(|row| Session {
            id: row.id.get(),
            agent: row.agent.to_string(),
            browser: named(&row.agent),
            network: domain::network_tag::NetworkTag(row.tag).to_string(),
            opened: When::new(row.created_at, now),
            seen: When::new(row.seen_at, now),
            is_this: row.id == call.viewer.session,
        })
        .collect();
    Ok(Reply::page(&Page { shell: call.shell, sessions, codes_left }))
}

/// Ends one of one's own logins.
pub(crate) async fn revoke(call: Call, id: u64) -> Result<Reply, Refusal> {
    let session = WebSessionId::new(id).ok_or(Refusal::NotFound)?;
    let (account, now) = (call.viewer.account, call.now);
    let ended = call.app.store.run(move |tx| {
        let is_own = tx.reads().web_session_by_id(session)?.is_some_and(|row| row.account == account);
        if is_own {
            tx.close_web_session(session, now)?;
        }
        Ok(is_own)
    });
    if !ended.await? {
        return Err(Refusal::NotFound);
    }
    Ok(Reply::see_other("/me", Flash::good("That login has ended.")))
}

/// Keeps preferences.
pub(crate) async fn prefer(call: Call) -> Result<Reply, Refusal> {
    let account = call.viewer.account;
    let shortcuts = if call.form.ticked("shortcuts") { "" } else { "off" };
    call.app.store.run(move |tx| tx.set_preference(account, SHORTCUTS, shortcuts)).await?;
    let mut reply = Reply::see_other("/me", Flash::good("Saved."));
    reply.set_cookie(&crate::theme::Theme::parse(call.form.get("theme")).cookie());
    Ok(reply)
}

/// Sets another password. Password and code of now are wanted; every other login ends.
pub(crate) async fn set_password(call: Call) -> Result<Reply, Refusal> {
    let fresh = Zeroizing::new(call.form.raw("new").to_owned());
    if *fresh != call.form.raw("again") {
        return refuse("The two new passwords differ. Type the same one twice.");
    }
    let name = AccountName::parse(&call.viewer.name).map_err(|_| Refusal::Failed)?;
    if let Err(weak) = PasswordRules::default().check(&name, &fresh) {
        return refuse(&format!("The {weak}."));
    }
    let claim = Claim {
        name: &call.viewer.name,
        password: call.form.raw("password"),
        code: call.form.get("code"),
        peer: call.peer,
        standing: Standing::KnownDevice,
    };
    let proven = match login::judge(&call.app, claim, call.now).await {
        Ok(proven) if matches!(proven.factor, Factor::Totp { .. }) => proven,
        Ok(_) | Err(Denied::Wrong) => return refuse(login::WRONG),
        Err(Denied::Wait(wait)) => return Err(Refusal::Wait(wait.max(Duration::from_secs(1)))),
        Err(Denied::Unavailable) => return Err(Refusal::Busy),
    };
    let hash = call.app.hashers.run(move |hasher| hasher.hash(&fresh)).await;
    let Ok(Ok(hash)) = hash else { return Err(Refusal::Busy) };
    let (account, session, now) = (call.viewer.account, call.viewer.session, call.now);
    let (actor, factor) = (call.actor(), proven.factor);
    let changed = call.app.store.run(move |tx| {
        tx.web_login(account, &factor, now)?;
        tx.set_password(account, &hash)?;
        tx.staff(&actor, now)?.log_own(OwnSecret::Password)?;
        tx.close_web_sessions(account, Some(session), now)
    });
    let ended = changed.await?;
    proven.give_back(&call.app);
    let words = match ended {
        0 => "Your password is changed.".to_owned(),
        ended => format!("Your password is changed, and {ended} other logins of the dashboard have ended."),
    };
    Ok(Reply::see_other("/me", Flash::good(words)))
}

fn refuse(words: &str) -> Result<Reply, Refusal> {
    Ok(Reply::see_other("/me", Flash::bad(words)))
}

/// Returns program and system out of what a browser calls itself; both are claims and only help to recognise one's own.
fn named(agent: &str) -> String {
    // Later names hold earlier ones: Edge says Chrome, Chrome says Safari.
    let programs = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&programs), find(&systems)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        _ if agent.is_empty() => "A browser without a name".to_owned(),
        _ => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_two_words_and_a_strange_one_as_it_says() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0";
        assert_eq!(named(edge), "Edge on Windows");
        assert_eq!(
            named("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"),
            "Firefox on Linux"
        );
        assert_eq!(named("curl/8"), "curl/8");
        assert_eq!(named(""), "A browser without a name");
    }
}
