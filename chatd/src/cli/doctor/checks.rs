//! Each thing `chatd doctor` looks at, in the order in which a person would mend them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit};
use proto::ids::Timestamp;
use proto::keys::fingerprint;

use super::{Finding, disk};
use crate::cli::date;
use crate::cli::place::{Place, key_text};
use crate::cli::run::SPARE_FILES;
use crate::config::{Config, KEYS};
use keys::{Keys, check_private};
use sealed::franking::StampKeys;
use service::clock;

/// Looks at everything. What cannot be looked at without the data folder is left out when there is none.
pub(super) fn all(place: &Place) -> Vec<Finding> {
    let config = place.config();
    let mut findings = vec![settings(place), folder(place)];
    if findings.iter().all(Finding::is_fine) {
        findings.extend(keys(config));
        findings.extend(super::database::all(place));
        findings.push(disk::file_system(&config.data_dir));
        findings.push(disk::room(&config.data_dir, config.disk_reserve_mib));
        findings.push(disk::flush(&config.data_dir));
    }
    findings.push(clock_finding(clock::now()));
    findings.push(files(config));
    findings.extend(ports(config));
    findings.push(invites(place));
    findings
}

fn settings(place: &Place) -> Finding {
    let set = place.loaded.settings.iter().filter(|setting| setting.is_set()).count();
    if place.file.exists() {
        return Finding::fine(
            "settings",
            format!("{}, {set} of {} keys set", place.file.display(), KEYS.len()),
        );
    }
    Finding::fine(
        "settings",
        format!(
            "no file at {}, {set} of {} keys set by variables and flags",
            place.file.display(),
            KEYS.len()
        ),
    )
}

fn folder(place: &Place) -> Finding {
    let folder = &place.config().data_dir;
    if !folder.exists() {
        let said = format!("{} does not exist", folder.display());
        return Finding::failed("data folder", said, format!("make it with: {}", place.command("init")));
    }
    match check_private(folder, 0o700) {
        Ok(()) => Finding::fine("data folder", format!("{}, only you can open it", folder.display())),
        Err(error) => Finding::split("data folder", &error.to_string()),
    }
}

fn keys(config: &Config) -> Vec<Finding> {
    match Keys::load(&config.keys_dir()) {
        Ok(keys) => {
            let (words, key) = (fingerprint(keys.public()), key_text(keys.public()));
            let said = format!("only you can read them; fingerprint {words}, server key {key}");
            vec![Finding::fine("keys", said), stamps(&keys.franking.keys(), clock::now())]
        }
        Err(error) => vec![Finding::split("keys", &error.to_string())],
    }
}

/// Looks whether the keys that stamp sealed messages are renewed: a running server does it every month.
fn stamps(keys: &StampKeys, now: Timestamp) -> Finding {
    let (count, newest) = (keys.iter().len(), keys.current());
    let said = format!("{count} for sealed messages, the newest made {}", date::day(newest.made_at));
    if now < newest.made_at {
        let fix = "set the clock (timedatectl set-ntp true); then chatd makes the next key at its time";
        return Finding::warning("stamping keys", format!("{said}, which is in the future"), fix);
    }
    if keys.is_due(now.plus_ms(-OVERDUE_MS)) {
        let fix = "start chatd, which renews it; if it runs, let it write into its folder of keys";
        return Finding::warning("stamping keys", format!("{said}, more than forty days ago"), fix);
    }
    Finding::fine("stamping keys", said)
}

/// A clock before this program was written makes every code wrong.
fn clock_finding(now: Timestamp) -> Finding {
    let said = format!("{} UTC", date::minute(now));
    if (WRITTEN..WRITTEN.saturating_add(TEN_YEARS_MS)).contains(&now.0) {
        return Finding::fine("clock", said);
    }
    let fix = "set the clock (timedatectl set-ntp true): codes are refused when it is more than 30 s wrong";
    Finding::failed("clock", format!("it says {said}, which cannot be"), fix)
}

fn files(config: &Config) -> Finding {
    let needed = u64::from(config.limits.max_connections).saturating_add(SPARE_FILES);
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((_, most)) if most < needed => Finding::warning(
            "open files",
            format!(
                "{most} allowed, limits.max_connections = {} needs {needed}",
                config.limits.max_connections
            ),
            format!(
                "raise it (LimitNOFILE={needed} in the unit, ulimit -n), or lower limits.max_connections"
            ),
        ),
        Ok((_, most)) => Finding::fine("open files", format!("{most} allowed, {needed} needed")),
        Err(error) => {
            Finding::warning("open files", format!("the limit cannot be read: {error}"), "check ulimit -n")
        }
    }
}

fn ports(config: &Config) -> [Finding; 2] {
    let is_running = answers_health(config.metrics_listen);
    let look = |name, key, address: SocketAddr| match TcpListener::bind(address) {
        Ok(_) => Finding::fine(name, format!("{address} is free, chatd is not running")),
        Err(_) if is_running => Finding::fine(name, format!("chatd is running on {address}")),
        Err(error) => Finding::failed(
            name,
            format!("{address} cannot be used: {error}"),
            format!("stop the other program (ss -ltnp shows it), or change {key}"),
        ),
    };
    [
        look("chat port", "listen", config.listen),
        look("metrics port", "metrics_listen", config.metrics_listen),
    ]
}

fn invites(place: &Place) -> Finding {
    let config = place.config();
    let (host, port) = config.link_address();
    match (&config.public_address, config.listen.ip()) {
        (None, ip) if ip.is_unspecified() => Finding::warning(
            "invites",
            format!("links say {host}, which nobody can reach"),
            format!("set public_address in {} to the name or address people use", place.file.display()),
        ),
        (_, ip) if ip.is_loopback() => {
            Finding::fine("invites", format!("links say {host} port {port}; only this machine can connect"))
        }
        _ => Finding::fine("invites", format!("links say {host} port {port}")),
    }
}

/// Whether a chatd answers there.
fn answers_health(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.split_whitespace().nth(1) == Some("200"))
}

/// How long after its time a key may be renewed.
const OVERDUE_MS: i64 = 10 * 24 * 3_600_000;
const PATIENCE: Duration = Duration::from_secs(2);
/// 2026-11-01 in milliseconds.
const WRITTEN: i64 = 1_793_491_200_000;
const TEN_YEARS_MS: i64 = 10 * 366 * 24 * 3600 * 1000;

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_before_this_program_or_long_after_it_is_wrong() {
        assert_eq!(clock_finding(Timestamp(0)).verdict, Verdict::Failed);
        assert_eq!(clock_finding(Timestamp(WRITTEN - 1)).verdict, Verdict::Failed);
        assert_eq!(clock_finding(Timestamp(WRITTEN)).verdict, Verdict::Fine);
        assert_eq!(clock_finding(Timestamp(i64::MAX)).verdict, Verdict::Failed);
    }

    #[test]
    fn a_stamping_key_that_nobody_renews_or_of_another_time_is_a_warning() {
        const DAY: i64 = 24 * 3_600_000;
        let keys = StampKeys::first(Timestamp(100 * DAY), proto::bytes::Secret32::new([7; 32]));
        assert_eq!(stamps(&keys, Timestamp(100 * DAY)).verdict, Verdict::Fine);
        assert_eq!(stamps(&keys, Timestamp(139 * DAY)).verdict, Verdict::Fine);
        assert_eq!(stamps(&keys, Timestamp(140 * DAY)).verdict, Verdict::Warning);
        assert_eq!(stamps(&keys, Timestamp(99 * DAY)).verdict, Verdict::Warning);
    }

    #[test]
    fn more_connections_than_open_files_is_a_warning() {
        let mut config = Config::default();
        config.limits.max_connections = 1;
        assert_eq!(files(&config).verdict, Verdict::Fine);
        config.limits.max_connections = u32::MAX;
        assert_eq!(files(&config).verdict, Verdict::Warning);
    }

    #[test]
    fn a_port_of_another_program_fails_and_a_free_one_does_not() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config =
            Config { listen: taken.local_addr().unwrap(), metrics_listen: free, ..Config::default() };
        let [chat, metrics] = ports(&config);
        assert_eq!((chat.verdict, metrics.verdict), (Verdict::Failed, Verdict::Fine));
    }
}
