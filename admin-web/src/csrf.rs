//! Whether a request that changes something comes from our own page: three layers, each enough by itself.
//!
//! The session cookie is `SameSite=Strict`; the browser must say `Sec-Fetch-Site: same-origin`, or else send an
//! `Origin` whose host is the one it asked; and the form must carry the proof of its session.

use crate::request::Request;
use crate::token::ProofKey;

/// What a form carries.
pub(crate) const FIELD: &str = "csrf";

/// Which layer refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forged {
    /// The browser says it comes from another site, or does not say.
    Origin,
    /// The form does not carry the proof of this session.
    Proof,
}

/// Checks where the request comes from, by what only a browser can say.
pub(crate) fn check_origin(request: &Request) -> Result<(), Forged> {
    let is_ours = match request.header("sec-fetch-site") {
        "same-origin" => true,
        "" => {
            let origin = request.header("origin");
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == request.authority.as_deref()
        }
        _ => false,
    };
    if is_ours { Ok(()) } else { Err(Forged::Origin) }
}

/// Checks the proof that the form carries, or the header that a script sends.
pub(crate) fn check_proof(key: &ProofKey, subject: &[u8], proof: &str) -> Result<(), Forged> {
    if key.holds(subject, proof) { Ok(()) } else { Err(Forged::Proof) }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use bytes::Bytes;
    use warp::http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::*;
    use crate::request::Fields;

    #[test]
    fn only_the_same_origin_passes() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://chat.example")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "https://chat.example")], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[], false),
        ];
        for (headers, passes) in cases {
            assert_eq!(check_origin(&request(headers)).is_ok(), passes, "{headers:?}");
        }
    }

    fn request(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
        });
        Request {
            method: Method::POST,
            path: "/".to_owned(),
            query: Fields::default(),
            raw_query: String::new(),
            headers: headers.collect::<HeaderMap>(),
            authority: Some("chat.example".to_owned()),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            body: Ok(Bytes::new()),
        }
    }
}
