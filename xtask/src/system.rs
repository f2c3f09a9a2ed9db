//! What must be on the machine beside Rust, and getting it from the distribution where that is allowed.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::run;

/// Something the machine must have.
pub(crate) struct Need {
    /// What it is, for people.
    what: &'static str,
    /// What it is for.
    why: &'static str,
    /// Debian's package.
    package: &'static str,
    /// Tells whether it is there.
    present: fn() -> bool,
}

/// What `cargo xtask demo` needs.
pub(crate) const TO_BUILD: &[Need] = &[Need {
    what: "a C compiler",
    why: "SQLite is built from source",
    package: "gcc",
    present: || program("cc"),
}];

/// What `cargo xtask ci` needs besides.
pub(crate) const TO_TEST: &[Need] = &[
    Need {
        what: "Python 3",
        why: "the handshake is checked against an independent implementation",
        package: "python3",
        present: || program("python3"),
    },
    Need {
        what: "Python's venv and pip",
        why: "that implementation is kept apart from the system's packages",
        package: "python3-venv",
        present: python_venv,
    },
    Need {
        what: "libfaketime",
        why: "a test steps the server's clock",
        package: "libfaketime",
        present: || shared_library("faketime/libfaketimeMT.so.1"),
    },
    Need {
        what: "dpkg",
        why: "a test unpacks Prometheus without starting it as a service",
        package: "dpkg",
        present: || program("dpkg"),
    },
    Need {
        what: "Chromium",
        why: "the dashboard is tested in a real browser",
        package: "chromium",
        present: || program("chromium"),
    },
    Need {
        what: "Chromium's driver",
        why: "the stories steer the browser through it",
        package: "chromium-driver",
        present: || program("chromedriver"),
    },
    Need {
        what: "setsid",
        why: "a browser ends together with the test program that started it",
        package: "util-linux",
        present: || program("setsid"),
    },
    Need {
        what: "a font with most letters",
        why: "a machine without any shows boxes in the browser",
        package: "fonts-dejavu-core",
        present: || Path::new("/usr/share/fonts/truetype").is_dir(),
    },
];

const INSTALL_TIME: Duration = Duration::from_secs(600);

/// Makes sure that everything needed is there, installing what is missing.
///
/// With a terminal it asks first. Without one it installs when it may (as root) and never asks.
///
/// # Errors
/// When something is missing and cannot be installed; the message has the command that would.
pub(crate) fn ensure(needs: &[&[Need]]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().copied().flatten().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("missing: {} (package {}), because {}", need.what, need.package, need.why);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let by_hand = format!("apt-get install {}", packages.join(" "));
    if !program("apt-get") {
        bail!("install what is missing with this system's package manager, then run this again");
    }
    if !nix::unistd::geteuid().is_root() {
        bail!("only root may install packages; run this, then try again: sudo {by_hand}");
    }
    if !agreed(&by_hand)? {
        bail!("not installed; run this, then try again: {by_hand}");
    }
    install(&packages)?;
    match missing.iter().find(|need| !(need.present)()) {
        Some(need) => bail!("{} is still missing after: {by_hand}", need.what),
        None => Ok(()),
    }
}

fn agreed(by_hand: &str) -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        println!("installing: {by_hand}");
        return Ok(true);
    }
    print!("run `{by_hand}` [Y/n]? ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "" | "y" | "Y" | "yes"))
}

fn install(packages: &[&str]) -> Result<()> {
    run::plain(apt(&["update", "-q"]), INSTALL_TIME)?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    run::plain(apt(&arguments), INSTALL_TIME)
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Tells whether a program of this name is on the search path.
pub(crate) fn program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn python_venv() -> bool {
    let check = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    check.is_ok_and(|output| output.status.success())
}

fn shared_library(name: &str) -> bool {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
    folders.iter().any(|folder| Path::new(folder).join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_on_the_path_is_found_and_another_is_not() {
        assert!(program("sh"));
        assert!(!program("no-such-program-anywhere"));
    }

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        let here = Need { what: "a shell", why: "a test", package: "no-such-package", present: || true };
        assert!(ensure(&[&[here]]).is_ok());
    }
}
