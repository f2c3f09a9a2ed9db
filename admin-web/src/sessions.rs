//! Logins of the dashboard: the cookie, its digest in the store, when one ends, when it gets another token.

use std::time::Duration;

use proto::ids::{AccountId, Timestamp};
use proto::text::Text;
use store::{NewWebSession, Store, StoreError, WebSessionRow};

use crate::token::Token;

/// The cookie's name; the prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
pub(crate) const COOKIE: &str = "__Host-sid";

/// How long a login is good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
    pub(crate) sudo: Duration,
}

/// A touch is written at most this often, so that a page costs no write.
const TOUCH_EVERY_MS: i64 = 30_000;

/// Returns the session to be opened for a fresh token, so nothing a browser held before is worth anything afterwards.
pub(crate) fn new(
    token: &Token,
    lifetimes: Lifetimes,
    account: AccountId,
    agent: &str,
    tag: [u8; 10],
    at: Timestamp,
) -> NewWebSession {
    let ends_at = at.plus_ms(milliseconds(lifetimes.absolute));
    NewWebSession { digest: token.digest(), account, agent: Text::cut(agent), tag, at, ends_at }
}

/// Returns the session of a token if it still opens pages, and notes that it was used.
pub(crate) async fn find(
    store: &Store,
    lifetimes: Lifetimes,
    token: &Token,
    now: Timestamp,
) -> Result<Option<WebSessionRow>, StoreError> {
    let digest = token.digest();
    let row = store.read(move |reads| reads.web_session(&digest)).await?;
    let Some(row) = row.filter(|row| row.is_good(now) && !is_idle(row, lifetimes, now)) else {
        return Ok(None);
    };
    if row.seen_at.plus_ms(TOUCH_EVERY_MS) <= now {
        let id = row.id;
        store.run(move |tx| tx.touch_web_session(id, now)).await?;
    }
    Ok(Some(row))
}

/// Returns the cookie for a token.
pub(crate) fn cookie(token: &Token, lifetimes: Lifetimes) -> String {
    let seconds = lifetimes.absolute.as_secs();
    format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}", *token.text())
}

/// Returns the cookie that takes a token away.
pub(crate) fn no_cookie() -> String {
    format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

/// Returns a length of time as the store counts.
pub(crate) fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn is_idle(row: &WebSessionRow, lifetimes: Lifetimes, now: Timestamp) -> bool {
    row.seen_at.plus_ms(milliseconds(lifetimes.idle)) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts_and_other_sites() {
        let token = Token::generate().unwrap();
        let line = cookie(&token, LIFETIMES);
        assert!(line.starts_with(&format!("__Host-sid={}; ", *token.text())), "{line}");
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
            assert!(line.split("; ").any(|found| found == part), "{line}");
        }
        assert!(!line.contains("Domain"));
        assert!(no_cookie().ends_with("Max-Age=0"));
    }

    const LIFETIMES: Lifetimes = Lifetimes {
        idle: Duration::from_secs(1_800),
        absolute: Duration::from_secs(43_200),
        sudo: Duration::from_secs(600),
    };
}
