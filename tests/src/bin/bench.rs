//! `bench`: measures a release build of `chatd` beside the limit program in the same run. See `tests::measure`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tests::measure::main()
}
