//! What leaves the server: pages, redirects, downloads and streams, all with the same security headers.

use askama::Template;
use bytes::Bytes;
use futures_util::Stream;
use tracing::error;
use warp::Reply as _;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use warp::http::{Response, StatusCode};

use crate::flash::Flash;

/// An answer.
pub(crate) struct Reply {
    response: warp::reply::Response,
    /// Shown on the next page of this session.
    pub(crate) flash: Option<Flash>,
}

/// Set on every answer, whatever it is. Nothing inline runs, nothing is loaded from elsewhere, nobody frames a page.
const ALWAYS: [(&str, &str); 9] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self)",
    ),
    ("x-robots-tag", "noindex, nofollow"),
];

impl Reply {
    /// Returns a page.
    pub(crate) fn page(template: &impl Template) -> Self {
        Self::page_as(StatusCode::OK, template)
    }

    /// Returns a page with another status.
    pub(crate) fn page_as(status: StatusCode, template: &impl Template) -> Self {
        match template.render() {
            Ok(html) => Self::html(status, html),
            Err(error) => {
                error!(%error, "a page could not be made");
                Self::text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "This page could not be made; the log says why.\n",
                )
            }
        }
    }

    /// Returns words.
    pub(crate) fn text(status: StatusCode, words: impl Into<String>) -> Self {
        Self::of(status, "text/plain; charset=utf-8", words.into())
    }

    /// Sends the browser on with GET, after something was done.
    pub(crate) fn see_other(path: &str, flash: Flash) -> Self {
        Self { flash: Some(flash), ..Self::to(path) }
    }

    /// Sends the browser on with GET.
    pub(crate) fn to(path: &str) -> Self {
        let mut reply = Self::of(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new());
        // A path that is no header value cannot have come from our own links.
        reply.set(LOCATION, HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/")));
        reply
    }

    /// Returns a file to be saved.
    pub(crate) fn download(name: &str, kind: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes: Bytes = bytes.into();
        Self::of(StatusCode::OK, kind, bytes).saved_as(name)
    }

    /// Returns a file to be saved that comes piece by piece; an error among the pieces cuts the connection.
    pub(crate) fn download_of<E: std::error::Error + Send + Sync + 'static>(
        name: &str,
        kind: &'static str,
        pieces: impl Stream<Item = Result<String, E>> + Send + Sync + 'static,
    ) -> Self {
        let mut reply = Self { response: warp::reply::stream(pieces).into_response(), flash: None };
        reply.set(CONTENT_TYPE, HeaderValue::from_static(kind));
        reply.set(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        reply.saved_as(name)
    }

    /// Returns bytes of this kind.
    pub(crate) fn of(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Self {
        let body: Bytes = body.into();
        let mut response = Response::new(body).into_response();
        *response.status_mut() = status;
        let mut reply = Self { response, flash: None };
        reply.set(CONTENT_TYPE, HeaderValue::from_static(kind));
        reply.set(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        reply
    }

    /// Returns a stream of events that goes on until its source ends.
    pub(crate) fn events(
        events: impl Stream<Item = Result<warp::sse::Event, std::convert::Infallible>> + Send + Sync + 'static,
    ) -> Self {
        let events = warp::sse::keep_alive().stream(events);
        let mut reply = Self { response: warp::sse::reply(events).into_response(), flash: None };
        reply.set(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A proxy that buffers would hold events back.
        reply.set(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        reply
    }

    /// Sets a header.
    pub(crate) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.response.headers_mut().insert(name, value);
    }

    /// Adds a cookie, as its whole line.
    pub(crate) fn set_cookie(&mut self, line: &str) {
        if let Ok(value) = HeaderValue::try_from(line) {
            self.response.headers_mut().append(SET_COOKIE, value);
        }
    }

    /// Returns the status.
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns the answer with what every answer carries.
    pub(crate) fn finish(mut self, is_encrypted: bool, request_id: &str) -> warp::reply::Response {
        for (name, value) in ALWAYS {
            self.set(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if is_encrypted {
            let hsts = HeaderValue::from_static("max-age=31536000");
            self.set(HeaderName::from_static("strict-transport-security"), hsts);
        }
        if let Ok(id) = HeaderValue::try_from(request_id) {
            self.set(HeaderName::from_static("x-request-id"), id);
        }
        self.response
    }

    fn saved_as(mut self, name: &str) -> Self {
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
            self.set(CONTENT_DISPOSITION, value);
        }
        self
    }

    fn html(status: StatusCode, html: String) -> Self {
        Self::of(status, "text/html; charset=utf-8", html)
    }
}
