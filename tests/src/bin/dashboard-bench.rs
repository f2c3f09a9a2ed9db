//! `dashboard-bench`: how fast bans and pages are, with release builds. See `tests::desk`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tests::desk::main()
}
