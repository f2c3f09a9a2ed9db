//! Links in a text, however they are dressed up: with a scheme, with `www.`, or as a bare host people click on.

use unicode_normalization::UnicodeNormalization;

/// Something in a text that a client may open, or a reader may type into a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The host: lower case, full-width letters and dots folded, without name, password, port and final dot.
    pub host: String,
}

/// Most links of one text that are looked at; more do not make a difference to any rule.
const MOST: usize = 64;

/// Returns the links of a text, in order.
#[must_use]
pub fn links(text: &str) -> Vec<Link> {
    text.split(is_between).filter_map(link).take(MOST).collect()
}

impl Link {
    /// Returns whether the host is this one or below it; `*` is every host.
    #[must_use]
    pub fn is_under(&self, host: &str) -> bool {
        host == "*"
            || self.host == host
            || self.host.strip_suffix(host).is_some_and(|below| below.ends_with('.'))
    }
}

/// Returns a host as links carry it.
pub(super) fn fold_host(host: &str) -> String {
    let visible = host.nfkc().filter(|character| !crate::text::is_invisible(*character));
    let dotted = visible.map(|character| if character == IDEOGRAPHIC_STOP { '.' } else { character });
    dotted.flat_map(char::to_lowercase).collect::<String>().trim_end_matches('.').to_owned()
}

const IDEOGRAPHIC_STOP: char = '\u{3002}';

/// Ends of bare hosts that are links in what people write; others are file names and abbreviations too often.
const BARE: [&str; 40] = [
    "com", "net", "org", "info", "biz", "io", "gg", "me", "co", "ly", "xyz", "top", "site", "online", "shop",
    "club", "app", "dev", "link", "click", "live", "store", "icu", "vip", "win", "ru", "cn", "tk", "ml",
    "ga", "cf", "de", "uk", "eu", "us", "tv", "cc", "ws", "pw", "onion",
];

fn is_between(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '<' | '>' | '"' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '`' | ',')
}

/// Returns the link that a word is, if it is one.
fn link(word: &str) -> Option<Link> {
    // Most words have none of these, and then there is nothing to fold.
    if !word.contains(['.', IDEOGRAPHIC_STOP, '\u{ff0e}', '\u{ff61}', ':', '\u{ff1a}', '\u{2024}']) {
        return None;
    }
    let folded = fold_host(word);
    let (has_scheme, rest) = match folded.split_once("://") {
        Some((before, rest)) => (before.ends_with(|last: char| last.is_ascii_alphanumeric()), rest),
        None => (false, folded.trim_start_matches(|first: char| !first.is_alphanumeric())),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // What stands before an @ is a name and password, and the host is behind it: a well-known trick. Without a scheme
    // it is an address of mail.
    let host = match authority.rsplit_once('@') {
        Some((_, host)) if has_scheme => host,
        Some(_) => return None,
        None => authority,
    };
    let host = without_port(host).trim_end_matches(|last: char| !last.is_alphanumeric());
    let is_host = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    let bare = || host.rsplit('.').next().is_some_and(|last| BARE.contains(&last));
    let is_link = if has_scheme {
        !host.is_empty()
    } else {
        is_host && (host.starts_with("www.") || bare() || (is_address(host) && !path.is_empty()))
    };
    is_link.then(|| Link { host: host.to_owned() })
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_link_is_found_however_it_is_dressed_up() {
        for (text, host) in [
            ("see https://example.org/path?q=1", "example.org"),
            ("(http://Example.ORG).", "example.org"),
            ("[text](https://example.org/a)", "example.org"),
            ("HTTPS://EXAMPLE.ORG:8443/x", "example.org"),
            ("www.example.test", "www.example.test"),
            ("join example.gg/abc now", "example.gg"),
            ("example.com, really", "example.com"),
            ("https://good.example@evil.example/login", "evil.example"),
            ("https://\u{ff45}xample\u{ff0e}org", "example.org"),
            ("example\u{3002}com", "example.com"),
            ("https://exam\u{200b}ple.org", "example.org"),
            ("https://localhost/admin", "localhost"),
            ("http://192.0.2.1/x", "192.0.2.1"),
            ("192.0.2.1/x", "192.0.2.1"),
            ("ftp://files.example.org", "files.example.org"),
            ("https://example.org.", "example.org"),
        ] {
            assert_eq!(links(text), [Link { host: host.to_owned() }], "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_no_links() {
        for text in [
            "",
            "hello",
            "e.g. this",
            "main.rs",
            "version 1.2.3",
            "192.0.2.1",
            "...",
            "mail ada@example.org please",
            "a.b",
            "12:30",
            "://",
            "note: this",
            "wait..com",
            "https://",
        ] {
            assert_eq!(links(text), [], "{text}");
        }
    }

    #[test]
    fn a_host_is_under_itself_and_what_is_above_it() {
        let link = &links("https://a.b.example.org")[0];
        for (host, under) in [
            ("example.org", true),
            ("b.example.org", true),
            ("a.b.example.org", true),
            ("*", true),
            ("xample.org", false),
            ("c.example.org", false),
            ("", false),
        ] {
            assert_eq!(link.is_under(host), under, "{host}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_hosts_are_folded(text in "\\PC{0,80}", tricky in "[a.:/@?#\\\\ \u{3002}\u{200b}w]{0,60}") {
            for text in [text, tricky] {
                for link in links(&text) {
                    prop_assert!(!link.host.is_empty());
                    prop_assert!(!link.host.contains(['/', '@', ' ']), "{:?}", link);
                }
            }
        }
    }
}
