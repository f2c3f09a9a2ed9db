//! Help: what each key does, and where the rest is written.

use askama::Template;

use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "help.html")]
struct Page {
    shell: Shell,
    keys: &'static [(&'static str, &'static str)],
}

/// Keys that work on every page, beside those of the navigation.
const KEYS: &[(&str, &str)] = &[
    ("/", "Search"),
    ("?", "This page"),
    ("j  k", "Next and previous row of a list"),
    ("Enter", "Open the row"),
    ("x", "Select the row"),
    ("c", "Claim the report"),
    ("b", "Ban"),
    ("e", "Close the report as acted on"),
    ("s", "Dismiss the report"),
    ("n", "Write a note"),
    ("u", "Undo what was just done"),
    ("Esc", "Close a menu, leave a field"),
];

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    Ok(Reply::page(&Page { shell: call.shell, keys: KEYS }))
}
