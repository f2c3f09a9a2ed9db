//! A file's message in words: its name, size and kind.

use domain::file::size_words;
use domain::text::term_safe;
use proto::message::{FileCard, FileLock};

/// What a message says of its file, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileWords<'a> {
    /// The name; nothing when only a passphrase tells it.
    pub(crate) name: Option<&'a str>,
    /// The kind; nothing when it is not told.
    pub(crate) media: Option<&'a str>,
    /// The size of the content; nothing when what the message says makes no sense.
    pub(crate) size: Option<u64>,
}

impl<'a> FileWords<'a> {
    pub(crate) fn of(card: &'a FileCard) -> Self {
        let size = client_cli::files::plain_size(card);
        match &card.lock {
            FileLock::Key { facts, .. } => Self {
                name: Some(&facts.name),
                media: Some(&*facts.media).filter(|media| !media.is_empty()),
                size,
            },
            FileLock::Passphrase { .. } => Self { name: None, media: None, size },
        }
    }
}

impl std::fmt::Display for FileWords<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = self.size.map_or_else(|| "of no possible size".to_owned(), size_words);
        match (self.name, self.media) {
            (None, _) => write!(formatter, "[locked file] ({size})"),
            (Some(name), None) => write!(formatter, "[file] {} ({size})", term_safe(name)),
            (Some(name), Some(media)) => {
                write!(formatter, "[file] {} ({size}, {})", term_safe(name), term_safe(media))
            }
        }
    }
}
