//! The `admin-web` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    admin_web::cli::main()
}
