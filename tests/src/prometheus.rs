//! A real Prometheus from the distribution, unpacked beside the built programs and never installed as a service.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::program::{self, PATIENCE, Running};

/// A Prometheus that scrapes one target until it is dropped.
#[derive(Debug)]
pub struct Prometheus {
    address: SocketAddr,
    _process: Running,
    _folder: TempDir,
}

/// Returns one of Prometheus's programs, fetching the package the first time.
///
/// # Errors
/// When the distribution does not have it.
pub fn tool(name: &str) -> Result<PathBuf> {
    static UNPACKED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = UNPACKED.get_or_init(|| unpack().map_err(|error| format!("{error:#}")));
    match folder {
        Ok(folder) => Ok(folder.join("usr/bin").join(name)),
        Err(error) => bail!("{error}"),
    }
}

fn unpack() -> Result<PathBuf> {
    let target = program::folder().parent().context("the target folder")?;
    let unpacked = target.join("debian").join("prometheus");
    if unpacked.join("usr/bin/promtool").exists() {
        return Ok(unpacked);
    }
    let fetched = tempfile::tempdir()?;
    if download(fetched.path()).is_err() {
        // A fresh machine has no lists of packages yet.
        quietly(Command::new("apt-get").args(["update", "-q"]))?;
        download(fetched.path())?;
    }
    let mut packages = fs::read_dir(fetched.path())?.filter_map(|entry| Some(entry.ok()?.path()));
    let package =
        packages.find(|path| path.extension().is_some_and(|end| end == "deb")).context("no package came")?;
    let aside = unpacked.with_extension(std::process::id().to_string());
    fs::create_dir_all(&aside)?;
    quietly(Command::new("dpkg").arg("-x").arg(package).arg(&aside))?;
    // Another test may have been faster; its copy is as good.
    if fs::rename(&aside, &unpacked).is_err() {
        fs::remove_dir_all(&aside)?;
    }
    Ok(unpacked)
}

fn download(folder: &Path) -> Result<()> {
    quietly(Command::new("apt-get").args(["download", "-q", "prometheus"]).current_dir(folder))
}

fn quietly(command: &mut Command) -> Result<()> {
    let ended = Running::start(command)?.wait(5 * PATIENCE)?;
    ended.good().map(drop).with_context(|| format!("{command:?}"))
}

impl Prometheus {
    /// Starts one that scrapes this address four times a second.
    ///
    /// # Errors
    /// When it cannot be had or does not start.
    pub fn watching(target: SocketAddr) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global:\n  scrape_interval: 250ms\n  scrape_timeout: 250ms\nscrape_configs:\n  - job_name: chatd\n    static_configs:\n      - targets: [\"{target}\"]\n"
        );
        fs::write(&config, text)?;
        // It cannot tell which port it got, so it is given one that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(tool("prometheus")?);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"));
        let mut process = Running::start(&mut command)?;
        process.line_with("Server is ready to receive web requests")?;
        Ok(Self { address, _process: process, _folder: folder })
    }

    /// Waits until a query gives a number that pleases `wanted`, and returns it.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn until(&self, query: &str, wanted: impl Fn(f64) -> bool) -> Result<f64> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.query(query)?;
            match value {
                Some(value) if wanted(value) => return Ok(value),
                _ if deadline < Instant::now() => bail!("{query} is {value:?}"),
                _ => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Returns the first number a query gives, if any.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn query(&self, query: &str) -> Result<Option<f64>> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let page = http::get(self.address, &format!("/api/v1/query?query={encoded}"))?;
        let answer: Value = serde_json::from_str(&page.body)?;
        if page.status != 200 {
            bail!("{query}: {answer}");
        }
        let text = answer.pointer("/data/result/0/value/1").and_then(Value::as_str);
        Ok(text.and_then(|text| text.parse().ok()))
    }
}
