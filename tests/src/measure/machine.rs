//! What the machine does and tells: which core runs what, CPU time and memory of a process, how long a flush takes.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::{Pid, SysconfVar, sysconf};

use super::stats::Histogram;

/// The core that runs the server; the generator runs on the other one.
pub(crate) const SERVER_CORE: usize = 0;
/// The core that runs the generator.
pub(crate) const GENERATOR_CORE: usize = 1;

/// Keeps this process, and what it starts from then on, on one core.
pub(crate) fn stay_on(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &cores).with_context(|| format!("moving to core {core}"))
}

/// Returns how many cores there are.
pub(crate) fn cores() -> usize {
    let online = sysconf(SysconfVar::_NPROCESSORS_ONLN).ok().flatten();
    online.and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
}

/// Lets this process, and what it starts from then on, open as many files as the machine permits; returns how many.
pub(crate) fn open_many_files() -> Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(hard)
}

/// Returns the CPU time all threads of a process have used, ended ones too, in user space and in the kernel.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    let clock = clock_getcpuclockid(pid(process)?).context("finding the CPU clock of the server")?;
    let time = clock_gettime(clock).context("reading the CPU clock of the server")?;
    Ok(Duration::from(time))
}

/// Returns a process's resident memory in bytes.
pub(crate) fn resident_bytes(process: u32) -> Result<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).context("reading memory")?;
    let pages: u64 = statm.split(' ').nth(1).context("memory has another format")?.parse()?;
    let page = sysconf(SysconfVar::PAGE_SIZE)?.and_then(|size| u64::try_from(size).ok()).unwrap_or(4096);
    Ok(pages * page)
}

/// Returns the most memory in bytes that a process has ever had resident.
pub(crate) fn peak_bytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("reading memory")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().context("memory has another format")?;
    Ok(kibibytes * 1024)
}

/// Returns the times of `rounds` flushes after 4 KiB appended to a file in this folder.
pub(crate) fn flush_times(folder: &Path, rounds: u32) -> Result<Histogram> {
    let path = folder.join("flush");
    let mut file = File::create(&path)?;
    let mut times = Histogram::default();
    for _ in 0..rounds {
        file.write_all(&[7; 4096])?;
        let began = Instant::now();
        file.sync_data()?;
        times.record(began.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(times)
}

/// Lets all threads of these processes run ahead of everything else on their core, or no longer.
///
/// Returns whether the machine permits that; where it does not, other programs show in the latencies.
pub(crate) fn run_ahead(processes: [u32; 2], ahead: bool) -> bool {
    let policy: &[&str] = if ahead { &["--rr", "--pid", "10"] } else { &["--other", "--pid", "0"] };
    processes.iter().all(|process| {
        let mut chrt = Command::new("chrt");
        chrt.arg("--all-tasks").args(policy).arg(process.to_string());
        chrt.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        chrt.status().is_ok_and(|status| status.success())
    })
}

/// While it lives, this session's programs get the cores before those of other sessions, where the machine permits it.
///
/// It moves shares between sessions and leaves those between the threads of a server as they are.
#[derive(Debug)]
pub(crate) struct Preference {
    taken: bool,
}

impl Preference {
    /// Asks for it.
    pub(crate) fn ask() -> Self {
        Self { taken: std::fs::write(AUTOGROUP, "-20").is_ok() }
    }

    /// Returns whether it was granted.
    pub(crate) fn is_taken(&self) -> bool {
        self.taken
    }
}

impl Drop for Preference {
    fn drop(&mut self) {
        if self.taken {
            // Without it the session merely stays preferred until it ends.
            let _ = std::fs::write(AUTOGROUP, "0");
        }
    }
}

/// Returns what a reader of the figures has to know about this machine.
pub(crate) fn facts() -> Vec<(&'static str, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let field = |name: &str| {
        let line = cpus.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let flags = field("flags").unwrap_or_default();
    let aes: Vec<&str> = ["aes", "vaes", "avx2", "avx512f"]
        .into_iter()
        .filter(|wanted| flags.split(' ').any(|flag| flag == *wanted))
        .collect();
    vec![
        ("CPU", field("model name").unwrap_or_else(|| "unknown".to_owned())),
        ("CPU features", aes.join(" ")),
        ("cores", cores().to_string()),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("memory", format!("{} MiB", memory_mib(&read("/proc/meminfo")))),
        ("load before", read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned()),
    ]
}

const AUTOGROUP: &str = "/proc/self/autogroup";

fn memory_mib(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

fn pid(process: u32) -> Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(process)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_clock_of_a_process_moves_while_it_works() {
        let this = std::process::id();
        let before = cpu_time(this).unwrap();
        let worked = (0..3_000_000_u64).fold(0_u64, |sum, next| sum.rotate_left(5) ^ next);
        assert_ne!(worked, 1);
        assert!(before < cpu_time(this).unwrap());
    }

    #[test]
    fn this_process_takes_memory() {
        assert!(100 * 1024 < resident_bytes(std::process::id()).unwrap());
    }

    #[test]
    fn memory_is_read_in_mebibytes() {
        assert_eq!(memory_mib("MemFree:  1 kB\nMemTotal:       2048 kB\n"), 2);
        assert_eq!(memory_mib("MemFree:  1 kB\n"), 0);
    }
}
