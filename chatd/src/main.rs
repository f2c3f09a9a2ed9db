//! The `chatd` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatd::cli::main()
}
