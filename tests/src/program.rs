//! Real programs: found or built once, started, listened to, waited for with a deadline, and killed when dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long anything a program does may take, slow machines included.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Output kept of one program; more than any story prints.
const MOST_LINES: usize = 200_000;
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A program that runs.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    heard: Arc<Heard>,
    readers: Vec<thread::JoinHandle<()>>,
}

/// A program that has ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// What it gave as data.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

/// Which of a program's two voices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Data.
    Stdout,
    /// Talk.
    Stderr,
}

#[derive(Debug, Default)]
struct Heard {
    lines: Mutex<Vec<(Voice, String)>>,
    more: Condvar,
}

/// Returns the folder with the workspace's programs.
///
/// `cargo xtask ci` names it after building them. Without that, they are built here, once per test program, so that
/// no test ever runs an older build.
///
/// # Panics
/// When the programs cannot be built: nothing can be tested then.
#[must_use]
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| match std::env::var_os("LIVECHAT_PROGRAMS") {
        Some(folder) => PathBuf::from(folder),
        None => build().expect("the workspace's programs build"),
    })
}

/// Returns a call of one of the workspace's programs, without anything of this process's environment.
#[must_use]
pub fn command(name: &str) -> Command {
    let mut command = Command::new(folder().join(name));
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

fn build() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    // A test program lies in `deps`, an ordinary one beside the others.
    let folder =
        own.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).context("a folder")?.to_owned();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    if !cargo.status().context("starting cargo")?.success() {
        bail!("the programs do not build");
    }
    Ok(folder)
}

/// Waits until something is so that nobody tells about.
///
/// # Errors
/// When it is not in time.
pub fn until(what: &str, is_so: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        if deadline < Instant::now() {
            bail!("it did not come so far: {what}");
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

/// Runs a program to its end with this input.
///
/// # Errors
/// When it does not start, or does not end in time.
pub fn run(command: &mut Command, input: &str) -> Result<Ended> {
    let mut running = Running::start(command)?;
    running.type_in(input)?;
    running.wait(PATIENCE)
}

impl Running {
    /// Starts a program with all three of its streams in our hands.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().display().to_string();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
        let heard = Arc::<Heard>::default();
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(listen(stdout, Voice::Stdout, Arc::clone(&heard)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(listen(stderr, Voice::Stderr, Arc::clone(&heard)));
        }
        let stdin = child.stdin.take();
        Ok(Self { name, child, stdin, heard, readers })
    }

    /// Types into the program; nothing is closed.
    ///
    /// # Errors
    /// When the program no longer reads.
    pub fn type_in(&mut self, text: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().context("its input is closed")?;
        match stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()) {
            // A program that needed no input and has ended.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe && text.is_empty() => Ok(()),
            outcome => outcome.with_context(|| format!("typing into {}", self.name)),
        }
    }

    /// Ends the program's input.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line for which `pick` gives something, from the `from`th on.
    ///
    /// # Errors
    /// When no such line comes before the deadline or the program's end; the message has all it said.
    pub fn line<T>(&mut self, mut pick: impl FnMut(&str) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        let mut next = 0;
        let mut lines = self.heard.lock();
        loop {
            while let Some((_, line)) = lines.get(next) {
                if let Some(found) = pick(line) {
                    return Ok(found);
                }
                next += 1;
            }
            let over = deadline < Instant::now();
            drop(lines);
            if over || (self.ended()? && self.heard.lock().len() == next) {
                bail!("{} did not say what was awaited; it said:\n{}", self.name, self.all());
            }
            let held = self.heard.lock();
            lines = match self.heard.more.wait_timeout(held, LOOK_AGAIN) {
                Ok((lines, _)) => lines,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Waits for a line that contains this.
    ///
    /// # Errors
    /// As [`Running::line`].
    pub fn line_with(&mut self, part: &str) -> Result<String> {
        self.line(|line| line.contains(part).then(|| line.to_owned()))
            .with_context(|| format!("waiting for a line with {part:?}"))
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid()?, signal).with_context(|| format!("sending {signal} to {}", self.name))
    }

    /// Kills at once, as a power cut would, and waits until the process is gone.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(mut self) -> Result<Ended> {
        self.child.kill()?;
        self.wait(PATIENCE)
    }

    /// Closes the input and waits for the end.
    ///
    /// # Errors
    /// When it does not end in time; it is killed then.
    pub fn wait(mut self, limit: Duration) -> Result<Ended> {
        self.close_input();
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if deadline < Instant::now() {
                bail!("{} did not end within {limit:?}; it said:\n{}", self.name, self.all());
            }
            thread::sleep(LOOK_AGAIN);
        };
        for reader in self.readers.drain(..) {
            // A grandchild that keeps the pipe open must not hold us.
            while !reader.is_finished() && Instant::now() < deadline {
                thread::sleep(LOOK_AGAIN);
            }
        }
        Ok(Ended { status, stdout: self.said(Voice::Stdout), stderr: self.said(Voice::Stderr) })
    }

    /// Tells whether the process has ended.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Returns what one of its voices has said so far.
    #[must_use]
    pub fn said(&self, voice: Voice) -> String {
        let lines = self.heard.lock();
        lines.iter().filter(|(whose, _)| *whose == voice).map(|(_, line)| format!("{line}\n")).collect()
    }

    /// Returns everything it has said so far.
    #[must_use]
    pub fn all(&self) -> String {
        self.heard.lock().iter().map(|(_, line)| format!("{line}\n")).collect()
    }

    /// Returns the process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn pid(&self) -> Result<Pid> {
        Ok(Pid::from_raw(i32::try_from(self.child.id())?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Returns the exit code; nothing after a signal.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Demands that it ended well, and returns its data.
    ///
    /// # Errors
    /// With all it said, when it did not.
    pub fn good(self) -> Result<String> {
        if !self.status.success() {
            bail!("ended with {}\nstdout:\n{}\nstderr:\n{}", self.status, self.stdout, self.stderr);
        }
        Ok(self.stdout)
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Vec<(Voice, String)>> {
        self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn listen(stream: impl Read + Send + 'static, voice: Voice, heard: Arc<Heard>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let mut lines = heard.lock();
            if lines.len() < MOST_LINES {
                lines.push((voice, String::from_utf8_lossy(&line).into_owned()));
            }
            drop(lines);
            heard.more.notify_all();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        command
    }

    #[test]
    fn a_program_is_heard_on_both_voices_and_answers_what_is_typed() {
        let mut running =
            Running::start(&mut shell("echo one; echo two >&2; read word; echo got $word")).unwrap();
        running.line_with("two").unwrap();
        running.type_in("three\n").unwrap();
        let ended = running.wait(PATIENCE).unwrap();
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("one\ngot three\n", "two\n"));
    }

    #[test]
    fn a_line_that_never_comes_is_an_error_with_what_was_said() {
        let mut running = Running::start(&mut shell("echo something else")).unwrap();
        let error = running.line_with("awaited").unwrap_err();
        assert!(format!("{error:#}").contains("something else"), "{error:#}");
    }

    #[test]
    fn a_dropped_program_is_gone() {
        let running = Running::start(&mut shell("exec sleep 600")).unwrap();
        let place = PathBuf::from(format!("/proc/{}", running.id()));
        assert!(place.exists());
        drop(running);
        assert!(!place.exists());
    }

    #[test]
    fn a_program_that_fails_is_not_good() {
        assert!(run(&mut shell("exit 3"), "").unwrap().good().is_err());
        assert_eq!(run(&mut shell("exit 3"), "").unwrap().code(), Some(3));
    }
}
