//! Where this workspace and its built programs lie, and how its `cargo` is called.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Returns the folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies one folder below the root")
}

/// Returns the folder with the programs of a profile, beside the one this program was built into.
///
/// # Errors
/// When the running program's place cannot be told.
pub(crate) fn programs(profile: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding the folder of built programs")?;
    let target = own.parent().and_then(Path::parent).context("finding the target folder")?;
    Ok(target.join(profile))
}

/// Returns a `cargo` call in the root: the cargo that started this program.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    // Set by the `cargo run` around this program; a nested cargo would take them as its own.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}
