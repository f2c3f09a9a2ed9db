//! Light, dark, or as the system has it: kept in a cookie, so that the login page knows too.

use crate::request::Request;

/// What somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Auto,
    Light,
    Dark,
}

/// The cookie's name.
pub(crate) const COOKIE: &str = "__Host-theme";

impl Theme {
    /// Returns the theme of this word.
    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// Returns the theme a browser asks for.
    pub(crate) fn of(request: &Request) -> Self {
        Self::parse(request.cookie(COOKIE).unwrap_or(""))
    }

    /// Returns its word, for the page and the cookie.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the cookie that keeps it for a year.
    pub(crate) fn cookie(self) -> String {
        format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=31536000", self.word())
    }
}
