//! Arguments, settings and signals: everything around [`crate::app::serve`].

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Parser;
use keys::Keys;
use sd_notify::NotifyState;
use service::settings::{Flag, Loaded, Sources, load};
use service::signals::{Signals, Told};
use service::{clock, logging};
use store::{Missing, Options, Store};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::{self, Listeners};
use crate::config::Config;

/// LiveChat's dashboard: works on the data folder of chatd, for browsers.
#[derive(Debug, Parser)]
#[command(name = "admin-web", version, about, max_term_width = 100)]
#[command(after_help = "First time here?  chatd init, then chatd run, then admin-web --data DIR")]
struct Cli {
    /// Settings file [default: admin-web.toml in --data, else in /etc/chatd]
    #[arg(long, value_name = "FILE", env = "ADMIN_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the database and the keys [default: data_dir of the settings]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where browsers connect [default: listen of the settings]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// One setting for this run, for instance --set log.level=debug
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
    /// Check the settings and stop
    #[arg(long)]
    check_config: bool,
}

/// How the program ends when it does not end well.
enum Failure {
    /// Arguments or settings cannot be used.
    Usage(String),
    Failed(anyhow::Error),
}

/// EX_USAGE of sysexits.h.
const WRONG_USE: u8 = 64;
/// Whose log lines are ours.
const OUR_CRATES: [&str; 6] = ["admin_web", "service", "store", "keys", "domain", "proto"];
const SYSTEM_CONFIG: &str = "/etc/chatd/admin-web.toml";

/// Carries out the command line. 0: stopped well. 1: failed while running. 64: wrong arguments or settings.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; a reader that left needs no words.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(WRONG_USE) } else { ExitCode::SUCCESS };
        }
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(sentence)) => {
            eprintln!("admin-web: {sentence}");
            ExitCode::from(WRONG_USE)
        }
        Err(Failure::Failed(error)) => {
            eprintln!("admin-web: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let loaded = settings(cli)?;
    let config = loaded.config;
    config.check_together().map_err(|error| Failure::Usage(error.to_string()))?;
    if cli.check_config {
        let set = loaded.settings.iter().filter(|setting| setting.is_set()).count();
        println!("The settings can be used: {set} of {} keys set.", loaded.settings.len());
        return Ok(());
    }
    logging::start(&config.log, &OUR_CRATES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    Ok(runtime.context("the runtime cannot start")?.block_on(start_and_serve(config))?)
}

fn settings(cli: &Cli) -> Result<Loaded<Config>, Failure> {
    let beside = cli.data.as_ref().map(|folder| folder.join("admin-web.toml")).filter(|file| file.exists());
    let file = cli.config.clone().or(beside).unwrap_or_else(|| PathBuf::from(SYSTEM_CONFIG));
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && cli.config.is_none() => None,
        Err(error) => {
            return Err(Failure::Usage(format!("settings file {} cannot be read: {error}", file.display())));
        }
    };
    let flag =
        |name: &str, key: &str, value: String| Flag { name: name.to_owned(), key: key.to_owned(), value };
    let data = cli.data.as_deref().map(Path::to_string_lossy);
    let flags = data.map(|data| flag("--data", "data_dir", data.into_owned())).into_iter();
    let flags = flags.chain(cli.listen.map(|listen| flag("--listen", "listen", listen.to_string())));
    let set = cli.set.iter().map(|(key, value)| flag(&format!("--set {key}"), key, value.clone()));
    let sources = Sources {
        file: text.map(|text| (file, text)),
        // Variables that are not text are none of ours.
        env: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        flags: flags.chain(set).collect(),
    };
    load(&sources).map_err(|error| Failure::Usage(error.to_string()))
}

async fn start_and_serve(config: Config) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("signals cannot be listened to")?;
    let web = bind(config.listen, "listen")?;
    let metrics = bind(config.metrics_listen, "metrics_listen")?;
    let (store, keys) = open(&config)?;
    let address = web.local_addr().context("the address cannot be read")?;
    let scheme = if config.has_tls() { "https" } else { "http" };
    let url = format!("{scheme}://{address}/");
    println!("The dashboard: {url}");
    let operators = metrics.local_addr().context("the address of the metrics cannot be read")?;
    println!("Its metrics:   http://{operators}/metrics");
    // For "chatd admin open".
    let noted = url.clone();
    store.run(move |tx| tx.put_status("admin-web.address", &noted, clock::now())).await?;
    let stop = CancellationToken::new();
    let serving = app::serve(Listeners { web, metrics }, store, keys, &config, stop.clone());
    notify(&[NotifyState::Ready]);
    tokio::pin!(serving);
    loop {
        let told = tokio::select! {
            ended = &mut serving => return ended,
            told = signals.next() => told,
        };
        match told {
            Told::Reload => info!("settings are read at the start only; restart to take them up"),
            Told::Stop if stop.is_cancelled() => {
                return Err(anyhow!("told to stop again, cut what was left"));
            }
            Told::Stop => {
                info!("told to stop");
                notify(&[NotifyState::Stopping]);
                stop.cancel();
            }
        }
    }
}

/// Opens what `chatd init` made: keys and database that belong together.
fn open(config: &Config) -> anyhow::Result<(Store, Keys)> {
    let keys = Keys::load(&config.keys_dir())?;
    let options = Options { missing: Missing::Refuse, ..Options::default() };
    let store = Store::open_with(&config.database(), &options)
        .with_context(|| "admin-web needs the data folder that \"chatd init\" made; name it with --data")?;
    match store.read_blocking(|reads| reads.meta("keys_mark"))? {
        Some(mark) if mark == keys.mark() => Ok((store, keys)),
        _ => Err(anyhow!(
            "the keys in {} do not belong to the database {}; put back the keys that were made with it",
            config.keys_dir().display(),
            config.database().display()
        )),
    }
}

fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(1_024)
    };
    listen().with_context(|| {
        format!("{address} cannot be listened on; is admin-web running already? See {key} in the settings")
    })
}

/// Tells systemd, if it started us.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "systemd cannot be told");
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, like log.level=debug".to_owned()),
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
