//! How text that people wrote gets into a page: askama escapes markup, and here characters that hide or reorder text
//! become visible.

#![expect(unreachable_pub, reason = "the attribute makes types that are more public than the function")]

use std::fmt::Display;

use askama::Values;
use domain::text::{term_safe, term_safe_lines};

/// One line.
#[askama::filter_fn]
pub(crate) fn seen(text: impl Display, _: &dyn Values) -> askama::Result<String> {
    let shown = term_safe(&text.to_string()).into_owned();
    Ok(shown)
}

/// Several lines: line breaks stay.
#[askama::filter_fn]
pub(crate) fn seen_lines(text: impl Display, _: &dyn Values) -> askama::Result<String> {
    let shown = term_safe_lines(&text.to_string()).into_owned();
    Ok(shown)
}
