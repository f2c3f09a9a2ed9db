//! Starting oneself again in a role, on a disk that may fail.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Says which role a child plays; without it the roles do nothing.
const ROLE: &str = "STORE_TEST_ROLE";
/// Says where the child's database is.
const PLACE: &str = "STORE_TEST_PLACE";

/// Returns a command that runs the test with this name in a process of its own, in the role of the same name.
pub(crate) fn role(test: &str, place: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(ROLE, test).env(PLACE, place).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Lays a disk under the command that fails as the files in `wishes` say.
pub(crate) fn on_failing_disk(mut command: Command, wishes: &Path) -> Command {
    command.env("LD_PRELOAD", faults()).env("FAULTS", wishes);
    command
}

/// Returns where the database is if this process plays this role.
pub(crate) fn playing(test: &str) -> Option<PathBuf> {
    (env::var(ROLE).as_deref() == Ok(test)).then(|| env::var_os(PLACE).unwrap().into())
}

/// Returns what the failing disk was told, in the child.
pub(crate) fn wishes() -> PathBuf {
    env::var_os("FAULTS").unwrap().into()
}

/// Runs a role to its end; it has to end well. Prints what it printed.
pub(crate) fn plays_well(mut command: Command) {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    assert!(out.contains("1 passed"), "the role is there: {out}");
    for line in out.lines().filter_map(|line| line.split_once("-- ").map(|(_, told)| told)) {
        println!("{line}");
    }
}

/// Compiles the failing disk once.
fn faults() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture/faults.c");
        let built = Command::new(env::var("CC").unwrap_or_else(|_| "cc".to_owned()))
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        assert!(built.is_ok_and(|status| status.success()), "a C compiler is needed, as for SQLite itself");
        library
    })
}
