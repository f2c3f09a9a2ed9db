//! Slow, large and lingering browsers.

use std::time::{Duration, Instant};

use proto::message::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;

use crate::client::raw;
use crate::world::World;

#[tokio::test]
async fn a_head_that_does_not_arrive_is_cut_at_its_deadline() {
    let world = World::start().await;
    let began = Instant::now();
    let answer = raw(world.web, b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    let took = began.elapsed();
    assert!(Duration::from_secs(9) < took && took < Duration::from_secs(14), "{took:?}");
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_one_at_it_is_not() {
    let world = World::start_with(|config| config.limits.body_kib = 16).await;
    let mut browser = world.browser();
    let kind = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.send("POST", "/login", &kind, &"x".repeat(16 << 10)).await.status, 403);
    assert_eq!(browser.send("POST", "/login", &kind, &"x".repeat((16 << 10) + 1)).await.status, 413);
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let world = World::start().await;
    let request = format!("GET /login HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(64 << 10));
    let answer = raw(world.web, request.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn an_open_stream_of_figures_does_not_hold_the_server_up() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    let browser = world.logged_in(&ada).await;
    let mut socket = TcpStream::connect(world.web).await.unwrap();
    let cookie = &browser.cookies["__Host-sid"];
    let request = format!("GET /live HTTP/1.1\r\nhost: x\r\ncookie: __Host-sid={cookie}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4_096];
    while !String::from_utf8_lossy(&answer).contains("data:") {
        let read = time::timeout(Duration::from_secs(20), socket.read(&mut piece)).await.unwrap().unwrap();
        assert_ne!(read, 0, "the stream ended: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..read]);
    }
    assert!(String::from_utf8_lossy(&answer).contains("text/event-stream"));
    let began = Instant::now();
    world.stop.cancel();
    time::timeout(Duration::from_secs(4), world.serving).await.unwrap().unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // The stream ended in order: its last chunk is there.
    time::timeout(Duration::from_secs(2), socket.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.ends_with(b"0\r\n\r\n"));
}

#[tokio::test]
async fn metrics_and_health_answer_on_their_own_listener_alone() {
    let world = World::start().await;
    world.browser().get("/login").await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let text = String::from_utf8(raw(world.metrics, get("/metrics").as_bytes()).await).unwrap();
    let row = "admin_http_request_duration_seconds_count{method=\"GET\",route=\"/login\",status=\"200\"} 1";
    assert!(text.contains(row), "{text}");
    for path in ["/healthz", "/readyz"] {
        assert!(raw(world.metrics, get(path).as_bytes()).await.starts_with(b"HTTP/1.1 200"), "{path}");
        assert_eq!(world.browser().get(path).await.status, 404, "{path} is public");
    }
    assert_eq!(world.browser().get("/metrics").await.status, 404);
}
