//! What operators and Prometheus read, on a listener of its own: `/metrics`, `/healthz`, `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use store::{Reads, SealedCounts, StoreError};
use tokio::net::TcpListener;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};
use warp::Filter;
use warp::http::{Method, StatusCode};
use warp::path::FullPath;

use crate::files;
use crate::hub::Census;
use crate::metrics::{FileSnapshot, Snapshot};
use crate::shared::Shared;
use crate::upkeep;

/// Answers until `stop`, and a moment longer for who is being answered.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let route = warp::method().and(warp::path::full()).then(move |method, path| {
        let shared = shared.clone();
        async move { answer(&shared, &method, &path).await }
    });
    let serving = warp::serve(route).incoming(listener).graceful(stop.clone().cancelled_owned()).run();
    tokio::select! {
        () = serving => {}
        () = async { stop.cancelled().await; time::sleep(GRACE).await } => debug!("a metrics reader was cut"),
    }
}

type Response = warp::http::Response<String>;

async fn answer(shared: &Shared, method: &Method, path: &FullPath) -> Response {
    match (method.as_str(), path.as_str()) {
        ("GET" | "HEAD", "/metrics") => metrics(shared).await,
        ("GET" | "HEAD", "/healthz") => health(shared).await,
        ("GET" | "HEAD", "/readyz") => readiness(shared).await,
        (_, "/metrics" | "/healthz" | "/readyz") => {
            words(StatusCode::METHOD_NOT_ALLOWED, "only GET works here")
        }
        _ => words(StatusCode::NOT_FOUND, "try /metrics, /healthz or /readyz"),
    }
}

async fn metrics(shared: &Shared) -> Response {
    let Some(census) = census(shared).await else { return not_alive() };
    // A database that cannot be read leaves the other figures readable.
    let head = shared.store.read(audit_head).await;
    let waiting = shared.store.read(upkeep::waiting).await.unwrap_or_default();
    let snapshot = Snapshot {
        census,
        connections: shared.connections(),
        half_open: shared.half_open.len(),
        store: shared.store.stats(),
        audit_head: head.unwrap_or(0),
        held: waiting.held,
        reports_open: waiting.reports,
        files: file_snapshot(shared).await,
        sealed: shared.store.read(sealed_counts).await.unwrap_or_default(),
    };
    match shared.metrics.text(&snapshot).map(String::from_utf8) {
        Ok(Ok(text)) => {
            let mut response = Response::new(text);
            let kind = warp::http::HeaderValue::from_static(prometheus::TEXT_FORMAT);
            response.headers_mut().insert(warp::http::header::CONTENT_TYPE, kind);
            response
        }
        Ok(Err(_)) | Err(_) => {
            error!("the metrics cannot be written as text");
            words(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written")
        }
    }
}

fn sealed_counts(reads: &Reads<'_>) -> Result<SealedCounts, StoreError> {
    reads.sealed_counts()
}

async fn file_snapshot(shared: &Shared) -> FileSnapshot {
    let usage = shared.store.read(files::usage).await.unwrap_or_default();
    FileSnapshot {
        uploads_open: shared.blobs.uploads(),
        blobs: usage.files,
        blob_bytes: usage.bytes,
        free_bytes: shared.blobs.free_bytes().await.unwrap_or(0),
        reserve_bytes: shared.settings().files.reserve_bytes,
    }
}

/// Alive: the hub takes its turn.
async fn health(shared: &Shared) -> Response {
    match census(shared).await {
        Some(_) => words(StatusCode::OK, "alive"),
        None => not_alive(),
    }
}

/// Ready: the hub takes its turn, the database can be read, and the writer has not given up.
async fn readiness(shared: &Shared) -> Response {
    if census(shared).await.is_none() {
        return not_alive();
    }
    let not_ready = |why| words(StatusCode::SERVICE_UNAVAILABLE, why);
    if shared.store.stats().halted {
        return not_ready("writing has stopped; the log says why");
    }
    match time::timeout(PATIENCE, shared.store.read(audit_head)).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => return not_ready("the database cannot be read; the log says why"),
        Err(_) => return not_ready("the database does not answer in time"),
    }
    words(StatusCode::OK, "ready")
}

async fn census(shared: &Shared) -> Option<Census> {
    time::timeout(PATIENCE, shared.hub.census()).await.ok().flatten()
}

fn audit_head(reads: &Reads<'_>) -> Result<u64, StoreError> {
    Ok(reads.audit_head()?.0.0)
}

fn not_alive() -> Response {
    words(StatusCode::SERVICE_UNAVAILABLE, "the hub does not answer in time")
}

fn words(status: StatusCode, words: &str) -> Response {
    let mut response = Response::new(format!("{words}\n"));
    *response.status_mut() = status;
    response
}

/// How long an answer from inside may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a reader may be kept when the server stops.
const GRACE: Duration = Duration::from_secs(1);
