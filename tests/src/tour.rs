//! A walk through the whole dashboard: every page that a link leads to, in the browser.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result};

use crate::browser::Browser;
use crate::dashboard::Dashboard;

/// More pages than this are not walked; no installation of a story has as many.
const MOST: usize = 600;
/// Leaving is not part of the walk, downloads show nothing.
const NOT_FOLLOWED: &[&str] = &["/logout", "/assets/", "/live", "/audit/export"];

/// How far a walk goes.
#[derive(Debug, Clone, Copy)]
pub struct Tour {
    /// How many pages of one kind are opened: `/users/1` and `/users/2` are of one kind.
    pub of_a_kind: usize,
}

impl Tour {
    /// Opens pages one after the other, from the overview on, and calls `look` on each. Returns their kinds.
    ///
    /// # Errors
    /// What `look` finds, with the address, or when a page cannot be opened.
    pub fn walk(
        self,
        dashboard: &Dashboard,
        browser: &Browser,
        mut look: impl FnMut(&str) -> Result<()>,
    ) -> Result<BTreeSet<String>> {
        let mut known = BTreeSet::from(["/".to_owned()]);
        let mut ahead = VecDeque::from(["/".to_owned()]);
        let mut opened = BTreeMap::<String, usize>::new();
        let mut left = MOST;
        while let Some(path) = ahead.pop_front() {
            let seen = opened.entry(kind(&path)).or_default();
            if *seen == self.of_a_kind || left == 0 {
                continue;
            }
            *seen += 1;
            left -= 1;
            browser.open(&dashboard.url(&path)).with_context(|| path.clone())?;
            look(&path).with_context(|| format!("at {path}"))?;
            for link in links(browser)? {
                if known.insert(link.clone()) {
                    ahead.push_back(link);
                }
            }
        }
        Ok(opened.into_keys().collect())
    }
}

/// Returns the addresses on the page that stay on the dashboard.
fn links(browser: &Browser) -> Result<Vec<String>> {
    let script =
        "return [...document.querySelectorAll('a[href]:not([download])')].map(link => new URL(link.href))
        .filter(url => url.origin === location.origin).map(url => url.pathname + url.search)";
    let found = browser.run(script, &[])?;
    let found = found.as_array().context("no list of links")?;
    let paths = found.iter().filter_map(|link| link.as_str());
    Ok(paths
        .filter(|path| !NOT_FOLLOWED.iter().any(|start| path.starts_with(start)))
        .map(str::to_owned)
        .collect())
}

/// Returns a path without its numbers and without the values of its query.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let part = |part: &str| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { "1".to_owned() } else { part.to_owned() }
    };
    let path: Vec<String> = path.split('/').map(part).collect();
    let mut names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    names.sort_unstable();
    names.dedup();
    let query = names.join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{query}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_differ_in_numbers_and_values_are_of_one_kind() {
        assert_eq!(kind("/users/17"), kind("/users/4"));
        assert_eq!(kind("/bans?state=active&q=x"), kind("/bans?q=&state=all"));
        assert_ne!(kind("/bans"), kind("/bans?q=x"));
        assert_ne!(kind("/users/17"), kind("/users"));
        assert_eq!(kind("/"), "/");
    }
}
