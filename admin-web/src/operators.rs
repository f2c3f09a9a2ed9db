//! What operators and Prometheus read, on a listener of its own: `/metrics`, `/healthz`, `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time;
use tokio_util::sync::CancellationToken;
use warp::Filter;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::http::{Method, Response, StatusCode};
use warp::path::FullPath;

use crate::app::App;

/// How long an answer from inside may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a reader may be kept when the server stops.
const GRACE: Duration = Duration::from_secs(1);

/// Answers until `stop`, and a moment longer for who is being answered.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken) {
    let route = warp::method().and(warp::path::full()).then(move |method, path| {
        let app = app.clone();
        async move { answer(&app, &method, &path).await }
    });
    let serving = warp::serve(route).incoming(listener).graceful(stop.clone().cancelled_owned()).run();
    tokio::select! {
        () = serving => {}
        () = async { stop.cancelled().await; time::sleep(GRACE).await } => {}
    }
}

async fn answer(app: &App, method: &Method, path: &FullPath) -> Response<String> {
    match (method.as_str(), path.as_str()) {
        ("GET" | "HEAD", "/metrics") => metrics(app),
        // Answering at all shows that the tasks take their turn.
        ("GET" | "HEAD", "/healthz") => words(StatusCode::OK, "alive"),
        ("GET" | "HEAD", "/readyz") => readiness(app).await,
        (_, "/metrics" | "/healthz" | "/readyz") => {
            words(StatusCode::METHOD_NOT_ALLOWED, "only GET works here")
        }
        _ => words(StatusCode::NOT_FOUND, "try /metrics, /healthz or /readyz"),
    }
}

fn metrics(app: &App) -> Response<String> {
    match app.metrics.text().map(String::from_utf8) {
        Ok(Ok(text)) => {
            let mut response = Response::new(text);
            let kind = HeaderValue::from_static(prometheus::TEXT_FORMAT);
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        Ok(Err(_)) | Err(_) => words(StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written"),
    }
}

/// Ready: the database can be read and the writer has not given up.
async fn readiness(app: &App) -> Response<String> {
    if app.store.stats().halted {
        return words(StatusCode::SERVICE_UNAVAILABLE, "writing has stopped; the log says why");
    }
    let read = app.store.read(|reads| Ok(reads.audit_head()?.0));
    match time::timeout(PATIENCE, read).await {
        Ok(Ok(_)) => words(StatusCode::OK, "ready"),
        Ok(Err(_)) => words(StatusCode::SERVICE_UNAVAILABLE, "the database cannot be read; the log says why"),
        Err(_) => words(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time"),
    }
}

fn words(status: StatusCode, words: &str) -> Response<String> {
    let mut response = Response::new(format!("{words}\n"));
    *response.status_mut() = status;
    response
}
