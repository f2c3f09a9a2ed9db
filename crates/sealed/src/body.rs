//! What people say in a sealed room: the plaintext of an application message.

use std::fmt;

use minicbor::{Decode, Encode};
use proto::codec;
use proto::ids::MessageId;
use proto::limits;
use proto::message::{FileCard, ReactionChange};
use proto::text::Text;

/// The content of one message. Messages are named by the id their sender gave them, which is inside the seal.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Body {
    /// A line of text.
    #[n(0)]
    Text {
        #[n(0)]
        body: Text<{ limits::BODY }>,
        #[n(1)]
        reply_to: Option<MessageId>,
    },
    /// The text of one's own `target` is this from here on.
    #[n(1)]
    Edit {
        #[n(0)]
        target: MessageId,
        #[n(1)]
        body: Text<{ limits::BODY }>,
    },
    /// A reaction to `target`.
    #[n(2)]
    Reaction {
        #[n(0)]
        target: MessageId,
        #[n(1)]
        emoji: Text<{ limits::EMOJI }>,
        #[n(2)]
        change: ReactionChange,
    },
    /// A file; its sealed bytes lie at the server.
    #[n(3)]
    File {
        #[n(0)]
        card: FileCard,
        /// What the sender wrote beside it; may be empty.
        #[n(1)]
        caption: Text<{ limits::BODY }>,
        #[n(2)]
        reply_to: Option<MessageId>,
    },
    /// The room's name and topic, which the server does not know.
    #[n(4)]
    Meta {
        #[n(0)]
        name: Text<{ limits::ROOM_NAME }>,
        #[n(1)]
        topic: Text<{ limits::TOPIC }>,
    },
    /// A device that joined by itself asks for the room's name and topic.
    #[n(5)]
    AskMeta,
}

/// Why bytes are not a body.
#[derive(Debug, thiserror::Error)]
#[error("not the body of a message: {0}")]
pub struct BodyError(#[from] codec::CodecError);

impl Body {
    /// Reads a body that fills `bytes`, in its one encoding.
    ///
    /// # Errors
    /// [`BodyError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, BodyError> {
        Ok(codec::decode(bytes)?)
    }

    /// Returns the body's bytes: canonical CBOR, which the sender commits to.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

/// Names the kind and never the text.
impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text { .. } => "Text(***)",
            Self::Edit { .. } => "Edit(***)",
            Self::Reaction { .. } => "Reaction(***)",
            Self::File { .. } => "File(***)",
            Self::Meta { .. } => "Meta(***)",
            Self::AskMeta => "AskMeta",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(body: &str) -> Body {
        Body::Text { body: Text::new(body).unwrap(), reply_to: None }
    }

    #[test]
    fn a_body_comes_back_from_its_bytes_and_is_not_printed() {
        let body = text("the keys are under the mat");
        assert_eq!(Body::decode(&body.encode()).unwrap(), body);
        assert_eq!(format!("{body:?}"), "Text(***)");
    }

    #[test]
    fn the_bytes_of_a_text_are_frozen() {
        assert_eq!(data(&text("hi")), "8200626869");
        assert_eq!(data(&Body::AskMeta), "8105");
    }

    proptest! {
        #[test]
        fn garbage_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(body) = Body::decode(&bytes) {
                prop_assert_eq!(body.encode(), bytes);
            }
        }
    }

    fn data(body: &Body) -> String {
        body.encode().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
