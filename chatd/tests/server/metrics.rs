//! What operators read: figures with closed labels, health and readiness.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use proto::keys::StaticKey;
use proto::message::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::LOBBY;
use crate::world::World;

#[tokio::test]
async fn the_figures_follow_what_happens() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let (mut ada, _bob) = (world.online(&ada).await, world.online(&bob).await);
    ada.say(LOBBY, "hello").await;
    world.log_in(&StaticKey::generate(), "ada", "wrong password", "000000").await;
    let (status, text) = get(world.metrics, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "chatd_sessions 2",
        "chatd_rooms{kind=\"open\"} 1",
        "chatd_messages_total{kind=\"text\"} 1",
        "chatd_logins_total 2",
        "chatd_auth_failures_total{reason=\"bad_credentials\"} 1",
        "chatd_delivery_seconds_count 1",
        "chatd_build_info{version=\"0.1.0\"} 1",
        "chatd_sqlite_halted 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(value(&text, "chatd_connections_total{result=\"greeted\"}") >= 3.0);
    assert!(value(&text, "chatd_sqlite_commits_total") >= 1.0);
    assert!(1_600_000_000.0 < value(&text, "chatd_start_time_seconds"));
    assert!(0.0 < value(&text, "process_resident_memory_bytes"));
}

#[tokio::test]
async fn the_number_of_series_does_not_grow_with_people_and_rooms() {
    let world = World::start().await;
    let before = series(&get(world.metrics, "/metrics").await.1);
    let ada = world.somebody("ada", Role::Member).await;
    let mut ada = world.online(&ada).await;
    for number in 0..20 {
        let name = proto::text::Text::cut(&format!("room-{number}"));
        let command = proto::message::Command::CreateRoom { name, topic: proto::text::Text::default() };
        ada.ask(command).await.unwrap();
    }
    drop(ada);
    let after = series(&get(world.metrics, "/metrics").await.1);
    assert_eq!(before, after);
    assert!(before.len() < 500);
    let text = get(world.metrics, "/metrics").await.1;
    for secret in ["ada", "room-", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn health_readiness_and_everything_else_have_their_status() {
    let world = World::start().await;
    assert_eq!(get(world.metrics, "/healthz").await, (200, "alive\n".to_owned()));
    assert_eq!(get(world.metrics, "/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(get(world.metrics, "/").await.0, 404);
    assert_eq!(ask(world.metrics, "POST", "/metrics").await.0, 405);
}

pub(crate) async fn get(server: SocketAddr, path: &str) -> (u16, String) {
    ask(server, "GET", path).await
}

async fn ask(server: SocketAddr, method: &str, path: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(server).await.unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn series(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect()
}

fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}
