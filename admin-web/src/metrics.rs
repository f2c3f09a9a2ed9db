//! What the dashboard tells Prometheus. Labels come from the table of routes and from closed enums, never from people.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    process_collector::ProcessCollector,
};
use service::clock;

/// Counters and clocks; one per server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    logins: IntCounterVec,
    /// Event streams that are open.
    pub(crate) streams: IntGauge,
    /// Connections that are open.
    pub(crate) connections: IntGauge,
}

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginResult {
    Accepted,
    Refused,
    Throttled,
    Unavailable,
}

const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

impl Metrics {
    /// Makes them, all at zero.
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = HistogramVec::new(
            HistogramOpts::new(
                "admin_http_request_duration_seconds",
                "Time from a request's arrival to its answer, by method, route and status.",
            )
            .buckets(BUCKETS.to_vec()),
            &["method", "route", "status"],
        )?;
        let logins = IntCounterVec::new(
            Opts::new("admin_logins_total", "Logins to the dashboard, by how they ended."),
            &["result"],
        )?;
        let streams = IntGauge::new("admin_event_streams", "Pages that follow live figures.")?;
        let connections = IntGauge::new("admin_connections", "Open connections of browsers.")?;
        let started = IntGauge::new("admin_start_time_seconds", "When this process began to serve.")?;
        started.set(clock::now().0 / 1_000);
        let version = Opts::new("admin_build_info", "1, with the program's version.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(version)?;
        build.set(1);
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(logins.clone()))?;
        for gauge in [&streams, &connections, &started, &build] {
            registry.register(Box::new(gauge.clone()))?;
        }
        registry.register(Box::new(ProcessCollector::for_self()))?;
        for result in
            [LoginResult::Accepted, LoginResult::Refused, LoginResult::Throttled, LoginResult::Unavailable]
        {
            logins.with_label_values(&[result.word()]);
        }
        Ok(Self { registry, requests, logins, streams, connections })
    }

    /// Counts an answer.
    pub(crate) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        // A method that is none of ours could be any word.
        let method = if matches!(method, "GET" | "HEAD" | "POST") { method } else { "other" };
        let status = status.to_string();
        self.requests.with_label_values(&[method, route, &status]).observe(took.as_secs_f64());
    }

    /// Counts a login.
    pub(crate) fn login(&self, result: LoginResult) {
        self.logins.with_label_values(&[result.word()]).inc();
    }

    /// Returns everything in Prometheus's text format.
    pub(crate) fn text(&self) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

impl LoginResult {
    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_method_does_not_become_a_label() {
        let metrics = Metrics::new().unwrap();
        metrics.request("BREW", "none", 404, Duration::from_millis(3));
        metrics.login(LoginResult::Refused);
        let text = String::from_utf8(metrics.text().unwrap()).unwrap();
        assert!(
            text.contains("method=\"other\",route=\"none\",status=\"404\"") && !text.contains("BREW"),
            "{text}"
        );
        assert!(text.contains("admin_logins_total{result=\"refused\"} 1"));
        assert!(text.contains("admin_logins_total{result=\"accepted\"} 0"));
    }
}
