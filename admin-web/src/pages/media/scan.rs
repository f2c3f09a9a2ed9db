//! Examining a picture for hidden messages: opened with the key its message carries, in memory only.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use attachment::FileKey;
use data_encoding::BASE64;
use proto::ids::BlobId;
use proto::message::{FileCard, FileLock};
use stego::Limits;
use stego::scan::{Evidence, Scan, Verdict};
use store::MediaRow;
use tracing::warn;

use crate::pages::kit::{Call, Refusal};
use crate::pages::words;
use crate::view::Mark;

/// What an examination found.
pub(super) struct Findings {
    pub(super) verdict: Mark,
    pub(super) meaning: String,
    pub(super) blind: &'static str,
    pub(super) figures: Vec<Figure>,
    /// Pictures as addresses that hold their bytes.
    pub(super) pictures: Vec<Picture>,
}

/// A measured share, per channel.
pub(super) struct Figure {
    pub(super) channel: String,
    pub(super) weighted: String,
    pub(super) pairs: String,
    pub(super) groups: String,
}

/// A picture of what was looked at.
pub(super) struct Picture {
    pub(super) title: &'static str,
    pub(super) words: &'static str,
    pub(super) address: String,
}

/// Opens a file of an open room and looks for what may be hidden in it.
///
/// # Errors
/// `Invalid` with what is wrong: under a passphrase, no picture, too large, damaged; `Busy` while another one runs.
pub(super) async fn examine(call: &Call, row: &MediaRow, card: &FileCard) -> Result<Findings, Refusal> {
    let FileLock::Key { key, .. } = &card.lock else {
        return Err(Refusal::Invalid(words::UNDER_A_PASSPHRASE.to_owned()));
    };
    let key = FileKey::from_bytes(*key.reveal());
    let limits = Limits::default();
    if limits.file_bytes < row.size.get() {
        return Err(Refusal::Invalid("It is too large to be examined here.".to_owned()));
    }
    // One at a time: a large picture takes seconds of a processor and its pixels in memory.
    let Ok(turn) = call.app.examining.clone().try_acquire_owned() else { return Err(Refusal::Busy) };
    let path = path(&call.app.data_dir, row.blob);
    let looked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        look(&path, &key, &limits)
    });
    looked.await.map_err(|_| Refusal::Failed)?
}

fn look(path: &Path, key: &FileKey, limits: &Limits) -> Result<Findings, Refusal> {
    let file = File::open(path).map_err(|error| {
        warn!(%error, "a file cannot be examined");
        Refusal::Invalid("It is not in the folder of files any more.".to_owned())
    })?;
    let mut plain = Vec::new();
    attachment::open_stream(file.take(limits.file_bytes), &mut plain, key).map_err(|error| {
        Refusal::Invalid(format!("It does not open with the key of its message: {error}."))
    })?;
    let unreadable = |error: stego::ReadError| Refusal::Invalid(format!("It cannot be examined: {error}."));
    let scan = stego::scan(&plain, limits).map_err(unreadable)?;
    let pictures = [
        (
            "Lowest bits",
            "Noise everywhere is usual; a sharp border between noise and structure is not.",
            stego::scan::bit_plane(&plain, limits),
        ),
        (
            "Histogram",
            "Pairs of neighbours that are levelled out are what replaced bits leave.",
            stego::scan::histogram(&plain, limits),
        ),
    ];
    let pictures = pictures.into_iter().map(|(title, words, png)| {
        Ok(Picture {
            title,
            words,
            address: format!("data:image/png;base64,{}", BASE64.encode(&png.map_err(unreadable)?)),
        })
    });
    Ok(Findings { pictures: pictures.collect::<Result<_, Refusal>>()?, ..found(&scan) })
}

fn found(scan: &Scan) -> Findings {
    let verdict = match scan.judgement.verdict {
        Verdict::NothingFound => Mark::new("muted", "nothing found"),
        Verdict::Suspicious => Mark::new("warn", "suspicious"),
        Verdict::Found => Mark::new("bad", "hidden data found"),
    };
    let rate = scan.judgement.false_positive_rate;
    let meaning = match scan.judgement.verdict {
        Verdict::NothingFound => "It shows no more than clean pictures do.".to_owned(),
        _ => format!("{} of clean pictures get this verdict or a stronger one.", percent(rate)),
    };
    let figures = match &scan.evidence {
        Evidence::Pixels { channels } => channels
            .iter()
            .enumerate()
            .map(|(number, channel)| Figure {
                channel: format!("channel {}", number + 1),
                weighted: percent(channel.weighted_stego),
                pairs: percent(channel.sample_pairs),
                groups: percent(channel.regular_singular),
            })
            .collect(),
        Evidence::Coefficients { jsteg, .. } => vec![Figure {
            channel: "coefficients".to_owned(),
            weighted: percent(*jsteg),
            pairs: "-".to_owned(),
            groups: "-".to_owned(),
        }],
    };
    Findings { verdict, meaning, blind: scan.blind_to, figures, pictures: Vec::new() }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share.max(0.0) * 100.0)
}

/// Returns where the server keeps a file: by its hash, in a folder named after the first byte.
fn path(data_dir: &Path, blob: BlobId) -> PathBuf {
    let name = blob.to_string();
    data_dir.join("blobs").join(&name[..2]).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lies_where_the_server_puts_it() {
        let path = path(Path::new("/d"), BlobId([0xab; 32]));
        assert_eq!(path, Path::new("/d/blobs/ab").join("ab".repeat(32)));
    }

    #[test]
    fn a_file_is_opened_examined_and_refused_with_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("sealed"), FileKey::from_bytes([7; 32]));
        let mut sealed = Vec::new();
        attachment::seal_stream(&b"no picture"[..], &mut sealed, &key).unwrap();
        std::fs::write(&path, sealed).unwrap();
        let words = |result: Result<Findings, Refusal>| match result {
            Err(Refusal::Invalid(words)) => words,
            Ok(_) => "found".to_owned(),
            Err(other) => format!("{other:?}"),
        };
        let limits = Limits::default();
        assert!(words(look(&path, &key, &limits)).starts_with("It cannot be examined"));
        let other = FileKey::from_bytes([8; 32]);
        assert!(words(look(&path, &other, &limits)).starts_with("It does not open"));
        assert!(
            words(look(&folder.path().join("none"), &key, &limits)).starts_with("It is not in the folder")
        );
    }
}
