//! How passphrases are asked for: at the terminal, in the interface, or not at all.

use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::cli::exit::Failure;
use crate::cli::prompt;

/// Who asks the person for a passphrase.
#[derive(Debug, Clone, Default)]
pub(crate) enum Asker {
    /// The terminal, in a line below what stands there.
    Terminal,
    /// Nobody: where lines are read from a pipe or without an editor, a passphrase would be read as a line and said in
    /// the room.
    #[default]
    Nobody,
    /// The interface, which takes the question and answers it when the person does.
    Interface(mpsc::Sender<Question>),
}

/// A passphrase that the interface is to ask for.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    /// It is a new one, typed twice so that a slip of the finger locks nobody out.
    pub(crate) twice: bool,
    /// Where the answer goes. Nothing, or dropping this, says that the person does not want to.
    pub(crate) reply: oneshot::Sender<Option<Zeroizing<String>>>,
}

impl Asker {
    /// Asks for a passphrase that exists.
    pub(super) async fn passphrase(&self, text: &str) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::Terminal => prompt::secret(format!("{text} (not shown)"), OPTIONS).await,
            Self::Nobody => Err(unseen()),
            Self::Interface(questions) => ask(questions, text, false).await,
        }
    }

    /// Asks for a passphrase that is made up on the spot.
    pub(super) async fn new_passphrase(&self, text: &str) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::Terminal => prompt::new_passphrase(text, OPTIONS).await,
            Self::Nobody => Err(unseen()),
            Self::Interface(questions) => ask(questions, text, true).await,
        }
    }

    /// Returns whether questions are asked where typed lines stand, so that no line may be read meanwhile.
    pub(crate) fn uses_the_terminal(&self) -> bool {
        matches!(self, Self::Terminal)
    }
}

async fn ask(
    questions: &mpsc::Sender<Question>,
    text: &str,
    twice: bool,
) -> Result<Zeroizing<String>, Failure> {
    let (reply, answer) = oneshot::channel();
    // An interface that is gone answers as somebody who does not want to.
    let _ = questions.send(Question { text: text.to_owned(), twice, reply }).await;
    let answer = answer.await.ok().flatten();
    answer.ok_or_else(|| Failure::usage("nothing was done: no passphrase was given"))
}

fn unseen() -> Failure {
    Failure::usage("a passphrase cannot be typed unseen here").hint(format!("use the options {OPTIONS}"))
}

const OPTIONS: &str = "--passphrase-file and --hide-pass-file of `upload`, `download` and `reveal`";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_interface_is_asked_and_its_answer_taken() {
        let (sender, mut questions) = mpsc::channel(1);
        let asker = Asker::Interface(sender);
        let asked = tokio::spawn(async move { asker.new_passphrase("Passphrase of the file").await });
        let question = questions.recv().await.unwrap();
        assert_eq!((question.text.as_str(), question.twice), ("Passphrase of the file", true));
        question.reply.send(Some(Zeroizing::new("kettle".to_owned()))).unwrap();
        assert_eq!(asked.await.unwrap().unwrap().as_str(), "kettle");
    }

    #[tokio::test]
    async fn a_question_that_is_closed_or_lost_ends_the_command_and_not_the_program() {
        for drops in [false, true] {
            let (sender, mut questions) = mpsc::channel(1);
            let asker = Asker::Interface(sender);
            let asked = tokio::spawn(async move { asker.passphrase("Passphrase of tea.png").await });
            let question = questions.recv().await.unwrap();
            assert!(!question.twice);
            match drops {
                true => drop(question),
                false => question.reply.send(None).unwrap(),
            }
            let failure = asked.await.unwrap().unwrap_err();
            assert_eq!(failure.message, "nothing was done: no passphrase was given");
        }
        let (sender, questions) = mpsc::channel(1);
        drop(questions);
        assert!(Asker::Interface(sender).passphrase("Passphrase").await.is_err());
    }

    #[tokio::test]
    async fn nobody_is_asked_where_typing_would_be_seen() {
        let failure = Asker::Nobody.passphrase("Passphrase").await.unwrap_err();
        assert!(failure.hint.unwrap().contains("--passphrase-file"));
    }
}
