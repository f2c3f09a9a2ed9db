//! `cargo xtask guide`: writes what is made from the client's tables. The client's tests know how, and fail while it is old.

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Writes the documents and looks whether they are as they should be.
///
/// # Errors
/// When the client does not build, or the guide lost a mark.
pub(crate) fn run() -> Result<()> {
    for update in [true, false] {
        let mut tests = workspace::cargo(&[
            "test",
            "--quiet",
            "--package",
            "client-cli",
            "--bin",
            "chat",
            "--",
            "documents",
        ]);
        if update {
            tests.env("UPDATE_GUIDE", "1");
        }
        if !tests.status().context("starting cargo")?.success() {
            bail!("the documents are not written");
        }
    }
    Ok(())
}
