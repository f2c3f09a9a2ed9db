//! Style sheet, scripts and font: in the program, under addresses that change with their content.

use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, ETAG, HeaderValue};

use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::OpenCall;

/// One file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: Vec<u8>,
    href: String,
    tag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let font =
        asset("inter.woff2", "font/woff2", include_bytes!("../vendor/inter-latin-5.3.0.woff2").to_vec());
    let style = include_str!("../assets/dashboard.css").replace("/assets/inter.woff2", &font.href);
    vec![
        asset("dashboard.css", "text/css; charset=utf-8", style.into_bytes()),
        font,
        asset("htmx.js", SCRIPT, include_bytes!("../vendor/htmx-4.0.1.min.js").to_vec()),
        asset("sse.js", SCRIPT, include_bytes!("../vendor/hx-sse-4.0.1.min.js").to_vec()),
        asset("dashboard.js", SCRIPT, include_bytes!("../assets/dashboard.js").to_vec()),
        asset("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg").to_vec()),
    ]
});

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Returns the address of a file, for a page.
pub(crate) fn href(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/missing", |asset| &asset.href)
}

/// Answers with a file. Its address holds its digest, so a browser may keep it for ever.
pub(crate) async fn serve(call: OpenCall) -> Result<Reply, Refusal> {
    let asset = ASSETS.iter().find(|asset| asset.href == call.request.path).ok_or(Refusal::NotFound)?;
    let mut reply = if call.request.header("if-none-match") == asset.tag {
        Reply::of(StatusCode::NOT_MODIFIED, asset.kind, Vec::new())
    } else {
        Reply::of(StatusCode::OK, asset.kind, asset.bytes.clone())
    };
    reply.set(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(tag) = HeaderValue::try_from(&asset.tag) {
        reply.set(ETAG, tag);
    }
    Ok(reply)
}

fn asset(name: &'static str, kind: &'static str, bytes: Vec<u8>) -> Asset {
    let digest = HEXLOWER.encode(&Sha256::digest(&bytes)[..6]);
    let (stem, end) = name.split_once('.').expect("every file has an ending");
    Asset { name, kind, bytes, href: format!("/assets/{stem}.{digest}.{end}"), tag: format!("\"{digest}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every vendored file with the SHA-256 it had when it was taken in.
    const LOCK: &str = include_str!("../vendor/vendor.lock");

    #[test]
    fn vendored_files_are_what_the_lock_says() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vendor");
        let rows: Vec<_> = LOCK.lines().filter(|line| !line.starts_with('#')).collect();
        for row in &rows {
            let mut words = row.split_whitespace();
            let (digest, name) = (words.next().unwrap(), words.next().unwrap());
            let bytes = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(HEXLOWER.encode(&Sha256::digest(&bytes)), digest, "{name}");
        }
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, rows.len() + 1, "a file is not in vendor.lock");
    }

    #[test]
    fn the_style_sheet_names_the_font_by_its_digest() {
        let style = ASSETS.iter().find(|asset| asset.name == "dashboard.css").unwrap();
        assert!(String::from_utf8_lossy(&style.bytes).contains(href("inter.woff2")));
        assert_eq!(href("nothing.css"), "/assets/missing");
    }
}
