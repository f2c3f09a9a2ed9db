//! One request, one answer: the only warp filter takes a request apart, the table of routes decides, and whatever
//! comes out is counted, logged and given the security headers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use service::clock;
use tracing::{info, warn};
use warp::Filter;
use warp::host::Authority;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use warp::path::FullPath;

use crate::app::App;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::request::{BodyFault, Fields, Request, read_body};
use crate::routes::{self, Found};
use crate::theme::Theme;

/// Whose connection it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Returns the filter. Nothing in it can be refused, so a refusal is always one of our own pages.
pub(crate) fn filter(
    app: Arc<App>,
) -> impl Filter<Extract = (warp::reply::Response,), Error = warp::Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let limit = app.body_limit;
    let body = warp::body::stream().then(move |body| read_body(body, limit));
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::host::optional().or(warp::any().map(|| None)).unify())
        .and(warp::ext::optional::<Peer>())
        .and(body)
        .then(
            move |method: Method,
                  path: FullPath,
                  query: String,
                  headers: HeaderMap,
                  authority: Option<Authority>,
                  peer: Option<Peer>,
                  body: Result<Bytes, BodyFault>| {
                let app = app.clone();
                let request = Request {
                    method,
                    path: path.as_str().to_owned(),
                    query: Fields::parse(&query),
                    raw_query: query,
                    peer: peer_of(&app, peer, &headers),
                    headers,
                    authority: authority.map(|authority| authority.to_string()),
                    body,
                };
                async move { answer(&app, request).await }
            },
        )
}

async fn answer(app: &Arc<App>, request: Request) -> warp::reply::Response {
    let (began, now) = (Instant::now(), clock::now());
    let id = request_id();
    let (method, theme) = (request.method.clone(), Theme::of(&request));
    let (session, is_htmx) = (request.cookie(crate::sessions::COOKIE).is_some(), request.is_htmx());
    let (route, result) = match (&request.body, routes::find(&request.method, &request.path)) {
        (_, Found::Nothing) => ("none", Err(Refusal::NotFound)),
        (_, Found::WrongMethod(allowed)) => ("none", Err(Refusal::WrongMethod(allowed))),
        (Err(fault), Found::Row(row, _)) => (row.path, Err(Refusal::Body(*fault))),
        (Ok(_), Found::Row(row, part)) => (row.path, row.answer(app, request, part, now).await),
    };
    let reply = result.unwrap_or_else(|refusal| refused(&refusal, theme, is_htmx, &id));
    let (status, took) = (reply.status().as_u16(), began.elapsed());
    app.metrics.request(method.as_str(), route, status, took);
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if route != "/assets/:word" {
        info!(request.id = %id, %method, route, status, took_ms, session, "answered");
    }
    reply.finish(app.is_encrypted, &id)
}

fn refused(refusal: &Refusal, theme: Theme, is_htmx: bool, id: &str) -> Reply {
    match refusal {
        // A piece of a page must not become the login page.
        Refusal::LoggedOut(_) if is_htmx => {
            let mut reply = Reply::text(StatusCode::UNAUTHORIZED, "Log in again.\n");
            reply.set(HeaderName::from_static("hx-redirect"), HeaderValue::from_static("/login"));
            return reply;
        }
        Refusal::Failed => warn!(request.id = %id, "a request failed"),
        Refusal::Forged(layer) => warn!(request.id = %id, ?layer, "a form did not come from our own page"),
        _ => {}
    }
    refusal.reply(theme, id)
}

/// Returns where a request comes from; only a proxy we were told of may say otherwise, and only its own last word.
fn peer_of(app: &App, peer: Option<Peer>, headers: &HeaderMap) -> IpAddr {
    let direct = peer.map_or(IpAddr::from([0, 0, 0, 0]), |Peer(address)| address);
    if !app.behind_proxy {
        return direct;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let last = last.and_then(|list| list.rsplit(',').next()).and_then(|word| word.trim().parse().ok());
    last.unwrap_or(direct)
}

/// Returns a number that stands in the log and on an error page.
fn request_id() -> String {
    let mut bytes = [0; 6];
    // Without randomness the number is zeros, which costs only its use.
    let _ = getrandom::fill(&mut bytes);
    HEXLOWER.encode(&bytes)
}
