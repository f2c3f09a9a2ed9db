//! One signed POST: to the configured address and nowhere else, bounded in time and bytes.

use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use ureq::Agent;

/// Why an alert did not arrive.
#[derive(Debug, Error)]
pub(super) enum PostError {
    #[error("the address is not one of http or https")]
    Address,
    #[error("the other side answered with status {0}, expected 200 to 299")]
    Status(u16),
    #[error("the other side was not reached: {0}")]
    Failed(String),
}

/// Sends alerts.
#[derive(Debug, Clone)]
pub(super) struct Poster(Agent);

impl Poster {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // A redirect would lead to an address that nobody configured.
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("LiveChat/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }

    /// Sends a body and waits for the answer; blocks for ten seconds at most.
    pub(super) fn post(&self, url: &str, secret: &str, body: &str) -> Result<(), PostError> {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(PostError::Address);
        }
        let mut request = self.0.post(url).header("Content-Type", "application/json");
        if !secret.is_empty() {
            request = request.header("X-LiveChat-Signature", signature(secret, body));
        }
        // What the other side says is not read beyond its first line and headers.
        let answer = request.send(body).map_err(|error| PostError::Failed(error.to_string()))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(PostError::Status(status.as_u16())) }
    }
}

/// Returns what proves that a body came from this server: `sha256=` and the HMAC of its bytes.
pub(super) fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(body.as_bytes());
    format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

/// How long one delivery may take in all.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::thread::{self, JoinHandle};

    use super::*;

    /// The value was computed by another program.
    #[test]
    fn a_body_is_signed_as_receivers_check_it() {
        assert_eq!(
            signature("it is a secret to everybody", "Hello, World!"),
            "sha256=93dd4892c47a7494f1e5a9e2e5c2fee2ea5fbfe89338ca30617445bcefc97409"
        );
    }

    #[test]
    fn a_delivery_carries_its_signature_and_a_good_answer_ends_it() {
        let (address, heard) = answering("HTTP/1.1 204 No Content\r\n\r\n");
        Poster::new()
            .post(&format!("http://{address}/hook"), "0123456789abcdef", "{\"kind\":\"report\"}")
            .unwrap();
        let heard = heard.join().unwrap();
        let signed = signature("0123456789abcdef", "{\"kind\":\"report\"}");
        assert!(heard.starts_with("POST /hook HTTP/1.1\r\n"), "{heard}");
        assert!(heard.to_lowercase().contains(&format!("x-livechat-signature: {signed}")), "{heard}");
        assert!(heard.ends_with("{\"kind\":\"report\"}"), "{heard}");
    }

    #[test]
    fn a_refusal_and_a_redirect_are_failures() {
        for (answer, status) in [
            ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500),
            ("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", 302),
        ] {
            let (address, heard) = answering(answer);
            let error = Poster::new().post(&format!("http://{address}/"), "", "{}").unwrap_err();
            assert!(matches!(error, PostError::Status(code) if code == status), "{error}");
            assert!(!heard.join().unwrap().to_lowercase().contains("x-livechat-signature"));
        }
    }

    #[test]
    fn only_the_web_is_posted_to() {
        for url in ["file:///etc/passwd", "gopher://192.0.2.1/", ""] {
            assert!(matches!(Poster::new().post(url, "", "{}"), Err(PostError::Address)), "{url}");
        }
    }

    /// Answers one request; gives what was heard.
    fn answering(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let mut heard = Vec::new();
            let mut buffer = [0; 1_024];
            while !heard.ends_with(b"}") {
                let read = socket.read(&mut buffer).unwrap();
                assert_ne!(read, 0, "the sender left");
                heard.extend_from_slice(&buffer[..read]);
            }
            socket.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(heard).unwrap()
        });
        (address, heard)
    }
}
