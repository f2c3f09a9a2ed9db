//! A new authenticator: its secret as a QR code, kept until one of its codes was typed, and ten new recovery codes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use askama::Template;
use domain::name::AccountName;
use domain::recovery;
use domain::totp::{self, Secret20};
use proto::ids::WebSessionId;
use qrcode::{EcLevel, QrCode};
use service::clock;
use store::{AccountSecrets, OwnSecret};
use warp::http::StatusCode;

use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "enrol.html")]
struct Page {
    shell: Shell,
    qr: Qr,
    secret: String,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "enrolled.html")]
struct Done {
    shell: Shell,
    codes: Vec<String>,
}

/// A QR code as one path.
pub(crate) struct Qr {
    pub(crate) side: usize,
    pub(crate) path: String,
}

/// Secrets that wait for their first code, by session; lost when the server stops.
#[derive(Default)]
pub(crate) struct Pending(Mutex<BTreeMap<WebSessionId, (Secret20, Instant)>>);

/// How long a secret waits.
const WAITS: Duration = Duration::from_secs(600);
/// Sessions whose secrets wait at the same time.
const MOST: usize = 256;
/// Light modules around a code.
const QUIET: usize = 2;

/// Shows a secret, the same one until it is confirmed or too old.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    call.viewer.must_be_stepped_up(&call.here)?;
    let secret = call.app.pending.of(call.viewer.session).ok_or(Refusal::Busy)?;
    page(&call, &secret, StatusCode::OK, None)
}

/// Takes the secret once a code of it was typed.
pub(crate) async fn confirm(call: Call) -> Result<Reply, Refusal> {
    call.viewer.must_be_stepped_up(&call.here)?;
    let secret = call.app.pending.of(call.viewer.session).ok_or(Refusal::Busy)?;
    let step = totp::matching_step(&secret, call.form.get("code"), clock::unix_seconds(call.now));
    if step.is_none() {
        let words =
            "That code does not fit this secret. Check the clock of your phone and type the next code.";
        return page(&call, &secret, StatusCode::UNPROCESSABLE_ENTITY, Some(words));
    }
    let (account, session, now) = (call.viewer.account, call.viewer.session, call.now);
    let actor = call.actor();
    let codes = recovery::generate();
    let digest = |code: &str| recovery::digest(&call.app.keys.pepper, account, code);
    let secrets = AccountSecrets {
        totp_sealed: call.app.keys.seal_totp(account, &secret),
        recovery_digests: codes.iter().map(|code| digest(code)).collect(),
    };
    let changed = call.app.store.run(move |tx| {
        tx.set_totp(account, &secrets)?;
        tx.staff(&actor, now)?.log_own(OwnSecret::Authenticator)?;
        tx.close_web_sessions(account, Some(session), now)
    });
    changed.await?;
    call.app.pending.forget(session);
    let codes = codes.iter().map(|code| code.to_string()).collect();
    Ok(Reply::page(&Done { shell: call.shell, codes }))
}

fn page(
    call: &Call,
    secret: &Secret20,
    status: StatusCode,
    problem: Option<&'static str>,
) -> Result<Reply, Refusal> {
    let name = AccountName::parse(&call.viewer.name).map_err(|_| Refusal::Failed)?;
    let qr = Qr::of(&secret.uri(&call.shell.server_name, &name)).ok_or(Refusal::Failed)?;
    let shell = call.shell.clone();
    Ok(Reply::page_as(status, &Page { shell, qr, secret: grouped(&secret.base32()), problem }))
}

/// Letters in groups of four, for typing.
pub(crate) fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

impl Pending {
    /// Returns the secret of a session, a fresh one if none waits; `None` when too many do.
    fn of(&self, session: WebSessionId) -> Option<Secret20> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (_, since)| since.elapsed() < WAITS);
        if MOST <= waiting.len() && !waiting.contains_key(&session) {
            return None;
        }
        let (secret, _) = waiting.entry(session).or_insert_with(|| (Secret20::generate(), Instant::now()));
        Some(secret.clone())
    }

    fn forget(&self, session: WebSessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }
}

impl Qr {
    /// Returns the code of a text; nothing when the text is too long.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, color) in code.to_colors().into_iter().enumerate() {
            if color == qrcode::Color::Dark {
                let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
            }
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_a_quiet_edge() {
        let qr = Qr::of("otpauth://totp/x").unwrap();
        assert!(qr.path.starts_with(&format!("M{QUIET} {QUIET}h1")));
        assert!(!qr.path.contains("M0 ") && !qr.path.contains(&format!("M{} ", qr.side - 1)));
    }

    #[test]
    fn a_secret_waits_for_its_own_session() {
        let (pending, ada, bob) =
            (Pending::default(), WebSessionId::new(7).unwrap(), WebSessionId::new(4_242).unwrap());
        let first = pending.of(ada).unwrap();
        assert_eq!(pending.of(ada).unwrap().expose(), first.expose());
        assert_ne!(pending.of(bob).unwrap().expose(), first.expose());
        pending.forget(ada);
        assert_ne!(pending.of(ada).unwrap().expose(), first.expose());
    }
}
