//! `chat whoami`, `chat status`, `chat logout`: the account on this machine.

use std::time::Instant;

use client_cli::{ConnectError, Follow, Profile, RequestError, key_to_text};
use proto::keys::fingerprint;
use proto::message::{Command, Welcome};
use proto::refusal::Code;

use super::args::{Global, Logout};
use super::exit::{Exit, Failure};
use super::json::{self, Object, Status};
use super::online::{Online, open_profile};
use super::output::{self, Format, talk};
use super::render::full_time;

/// Prints who one is on the server.
pub(crate) async fn whoami(global: &Global, format: Format) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let welcome = online.client.welcome();
    match format {
        Format::Json => output::json(&Object::whoami(&welcome).line())?,
        Format::Text => whoami_lines(&welcome).iter().try_for_each(|line| output::data(line))?,
    }
    online.close().await;
    Ok(Exit::Ok)
}

/// Returns who one is, in lines for people.
pub(crate) fn whoami_lines(welcome: &Welcome) -> Vec<String> {
    vec![
        format!("name     {}", &*welcome.name),
        format!("role     {}", json::role_name(welcome.role)),
        format!("server   {}", &*welcome.server),
        format!("device   {}", welcome.device),
        format!("log in   again by {}", full_time(welcome.login_until)),
    ]
}

/// Prints what is set up and whether the server answers; the exit code tells the same.
pub(crate) async fn status(global: &Global, format: Format) -> Result<Exit, Failure> {
    let profile = open_profile(global)?;
    let identity = profile.identity()?;
    let unsent = profile.outbox()?.len();
    let (address, key) = (identity.address.to_string(), key_to_text(identity.server_key));
    let started = Instant::now();
    let answered = reach(&profile, global).await;
    let answer_ms = u64::try_from(started.elapsed().as_millis()).ok();
    let detail = answered.as_ref().err().map(|failure| failure.message.clone());
    let status = Status {
        profile: profile.name(),
        address: &address,
        server_key: &key,
        fingerprint: &fingerprint(identity.server_key),
        account: profile.settings().account.as_deref(),
        unsent,
        reachable: answered.is_ok(),
        answer_ms: answer_ms.filter(|_| answered.is_ok()),
        detail: detail.as_deref(),
    };
    match format {
        Format::Json => output::json(&Object::Status(status).line())?,
        Format::Text => print_status(&status, &profile)?,
    }
    answered.map(|()| Exit::Ok)
}

/// Ends this device's login on the server, then removes the account from this machine.
pub(crate) async fn logout(global: &Global, logout: &Logout) -> Result<Exit, Failure> {
    let unsent = open_profile(global)?.outbox()?.len();
    if 0 < unsent && !logout.force {
        return Err(Failure::usage(format!("{unsent} messages are unsent and would be lost"))
            .hint("send them: chat   or lose them: chat logout --force"));
    }
    let told = tell_server(global).await;
    match told {
        Ok(()) => {}
        Err(failure) if logout.force || failure.exit == Exit::Auth => {
            talk(format_args!("chat: the server was not told: {}", failure.message));
        }
        Err(failure) => {
            return Err(failure.hint("to remove the account here all the same: chat logout --force"));
        }
    }
    let profile = open_profile(global)?;
    let name = profile.settings().account.clone().unwrap_or_default();
    profile.remove()?;
    talk(format_args!("Logged out {name}. Its key and settings are removed from this machine."));
    talk("Next:  chat login --server HOST:PORT --server-key KEY");
    Ok(Exit::Ok)
}

async fn tell_server(global: &Global) -> Result<(), Failure> {
    let online = Online::open(global, Follow::Asked, 0).await?;
    let device = online.client.welcome().device;
    let told = match online.client.revoke_device(device).await {
        // Its own goodbye can overtake the answer.
        Ok(()) | Err(RequestError::Stopped(_) | RequestError::Cut) => Ok(()),
        Err(error) => Err(error.into()),
    };
    online.close().await;
    told
}

async fn reach(profile: &Profile, global: &Global) -> Result<(), Failure> {
    let session = match client_cli::resume(profile.identity()?).await {
        Err(ConnectError::Denied(refusal)) if refusal.code == Code::LoginNeeded => {
            return Err(Failure::new(
                Exit::Auth,
                "login_needed",
                "this device must log in again: chat login",
            ));
        }
        other => other?,
    };
    let options =
        client_cli::Options { patience: global.patience(), follow: Follow::Asked, ..Default::default() };
    let (client, events) = session.start(options);
    let answered = client.done(Command::Ping).await;
    client.close().await;
    events.closed().await;
    Ok(answered?)
}

fn print_status(status: &Status<'_>, profile: &Profile) -> Result<(), Failure> {
    let account = status.account.unwrap_or("none yet: chat login");
    let reachable = match (status.answer_ms, status.detail) {
        (Some(ms), _) => format!("yes, answered in {ms} ms"),
        (None, detail) => format!("no: {}", detail.unwrap_or_default()),
    };
    for line in [
        format!("profile      {}", status.profile),
        format!("account      {account}"),
        format!("server       {}", status.address),
        format!("fingerprint  {}", status.fingerprint),
        format!("server key   {}", status.server_key),
        format!("reachable    {reachable}"),
        format!("unsent       {}", status.unsent),
        format!("settings     {}", profile.settings_file().display()),
        format!("device key   {}", profile.key_file().display()),
    ] {
        output::data(&line)?;
    }
    Ok(())
}
