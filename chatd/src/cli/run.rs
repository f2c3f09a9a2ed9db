//! `chatd run`: takes its ports first, then its folder, keys and database, and serves until it is told to stop.

use std::io;
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use proto::keys::fingerprint;
use sd_notify::NotifyState;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::args::{PlaceArgs, RunArgs};
use super::doctor::free_mib;
use super::failure::Failure;
use super::lock;
use super::office::Office;
use super::place::Place;
use super::reload::Reloader;
use super::screen::say;
use crate::app::{self, Listeners};
use crate::blobs;
use crate::config::{Config, Flag};
use crate::settings::Settings;
use service::logging::{self, LogControl};
use service::signals::{Signals, Told};

/// Whose log lines are ours.
const OUR_CRATES: [&str; 6] = ["chatd", "service", "store", "keys", "domain", "proto"];

/// Open files beside one for each connection: uploads, database, log, sockets, standard streams.
pub(crate) const SPARE_FILES: u64 = 64 + blobs::UPLOADS as u64;

/// Serves until SIGTERM or SIGINT.
pub(crate) fn run(args: &RunArgs, place: &PlaceArgs) -> Result<(), Failure> {
    let flags = flags(args);
    let place = Place::find(place, flags.clone())?;
    let log = logging::start(&place.config().log, &OUR_CRATES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("the runtime cannot start")?.block_on(start_and_serve(place, flags, log))
}

async fn start_and_serve(place: Place, flags: Vec<Flag>, log: LogControl) -> Result<(), Failure> {
    let signals = Signals::listen().context("signals cannot be listened to")?;
    let chat = bind(place.config().listen, "listen", &place)?;
    let metrics = bind(place.config().metrics_listen, "metrics_listen", &place)?;
    place.must_exist()?;
    let _lock = lock::take(&place.config().data_dir)?;
    let office = Office::open(&place)?;
    raise_open_files(place.config());
    warn_of_little_room(place.config());
    if let Err(error) = say_where(&place, &office, &chat, &metrics) {
        // A server serves whether anybody reads its first words or not.
        warn!(%error, "standard output cannot be written");
    }

    let (settings, followers) = watch::channel(Settings::of(place.config()).context("settings")?);
    let stop = CancellationToken::new();
    let (store, keys) = (office.store.clone(), office.keys.clone());
    let serving = app::serve(Listeners { chat, metrics }, store, keys, followers, stop.clone());
    // Both ports are bound: who connects from here on is answered.
    notify(&[NotifyState::Ready]);
    attend(signals, Reloader::new(place, flags, log, settings), &stop, serving).await
}

/// Listens to the system until serving ends by itself or because it was told to.
async fn attend(
    mut signals: Signals,
    mut reloader: Reloader,
    stop: &CancellationToken,
    serving: impl Future<Output = anyhow::Result<()>>,
) -> Result<(), Failure> {
    tokio::pin!(serving);
    loop {
        let told = tokio::select! {
            ended = &mut serving => return Ok(ended?),
            told = signals.next() => told,
        };
        match told {
            Told::Reload => {
                notify(&reloading());
                reloader.reload();
                notify(&[NotifyState::Ready]);
            }
            Told::Stop if stop.is_cancelled() => {
                warn!("told to stop again, cutting what is left");
                return Err(Failure::Told);
            }
            Told::Stop => {
                info!("told to stop, letting connections go");
                notify(&[NotifyState::Stopping]);
                stop.cancel();
            }
        }
    }
}

/// Tells systemd, if it started us.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "systemd cannot be told");
    }
}

fn reloading() -> Vec<NotifyState<'static>> {
    let now = NotifyState::monotonic_usec_now().ok();
    [NotifyState::Reloading].into_iter().chain(now).collect()
}

fn flags(args: &RunArgs) -> Vec<Flag> {
    let flag = |name: &str, key: &str, address: Option<SocketAddr>| {
        address.map(|address| Flag { name: name.to_owned(), key: key.to_owned(), value: address.to_string() })
    };
    let listen = flag("--listen", "listen", args.listen);
    let metrics = flag("--metrics-listen", "metrics_listen", args.metrics_listen);
    listen.into_iter().chain(metrics).collect()
}

fn bind(address: SocketAddr, key: &str, place: &Place) -> Result<TcpListener, Failure> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let bound = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    });
    bound.map_err(|error| {
        let (port, file) = (address.port(), place.file.display());
        let next = match error.kind() {
            io::ErrorKind::AddrInUse => format!("another program has it (see: ss -ltnp sport = :{port}); stop that one, or set {key} in {file}"),
            io::ErrorKind::AddrNotAvailable => format!("this machine has no such address; set {key} in {file} to one it has, or to 0.0.0.0:{port}"),
            io::ErrorKind::PermissionDenied => format!("ports below 1024 need a privilege; set {key} in {file} to a higher one"),
            _ => format!("{error}; set {key} in {file} to another address"),
        };
        Failure::Failed(anyhow!("cannot listen on {address}: {next}"))
    })
}

fn say_where(place: &Place, office: &Office, chat: &TcpListener, metrics: &TcpListener) -> io::Result<()> {
    let (chat, metrics) = (chat.local_addr()?, metrics.local_addr()?);
    let note = if chat.ip().is_loopback() { "  (this machine only)" } else { "" };
    say(&format!("  chat      {chat}{note}"))?;
    say(&format!("  metrics   http://{metrics}/metrics"))?;
    say(&format!(
        "  server    {}, fingerprint {}",
        place.config().server_name.as_str(),
        fingerprint(office.keys.public())
    ))?;
    say(&format!("  data      {}", place.config().data_dir.display()))?;
    say(&format!("Next, in another terminal:\n  {}", place.command("invite --for NAME")))?;
    say(&format!("  {}", place.login_command(office.keys.public(), "NAME")))?;
    Ok(())
}

/// Each connection is an open file; the usual limit of 1,024 is a soft one.
fn raise_open_files(config: &Config) {
    let needed = u64::from(config.limits.max_connections).saturating_add(SPARE_FILES);
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    if soft < needed && soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_err() {
        warn!(
            allowed = soft,
            needed, "the limit of open files cannot be raised; connections beyond it are refused"
        );
    } else if hard < needed {
        warn!(
            allowed = hard,
            needed, "fewer open files are allowed than max_connections needs; raise LimitNOFILE"
        );
    }
}

fn warn_of_little_room(config: &Config) {
    match free_mib(&config.data_dir) {
        Ok(free_mib) if free_mib < config.disk_reserve_mib => {
            warn!(
                free_mib,
                reserve_mib = config.disk_reserve_mib,
                "the disk is nearly full; free some space"
            );
        }
        Ok(_) => {}
        Err(error) => warn!(%error, "free space cannot be read"),
    }
}

/// Connections that may wait to be accepted: everybody comes back at once after a restart.
const BACKLOG: u32 = 4096;
