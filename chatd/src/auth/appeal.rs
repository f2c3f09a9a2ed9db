//! One answer to a ban: whoever has proven to be the owner of a banned account may say one thing about it.

use proto::codec;
use proto::ids::{AccountId, SanctionId};
use proto::limits;
use proto::message::{Answer, ClientMessage, Command, ServerMessage};
use proto::refusal::{Code, Refusal};
use store::StoreError;
use tokio::time;
use tracing::info;

use crate::refuse;
use crate::shared::Shared;
use crate::wire::Wire;
use service::clock;

/// What an appeal would be against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Appealable {
    pub(crate) account: AccountId,
    pub(crate) sanction: SanctionId,
}

/// Waits for the one message that may follow a refusal, and answers it.
pub(super) async fn hear(shared: &Shared, wire: &mut Wire, about: Appealable) {
    // Bounded by itself: people who think about their words do not keep others out.
    let Ok(_place) = shared.appeals.try_acquire() else { return };
    let heard = shared.kill.run_until_cancelled(time::timeout(limits::APPEAL_TIME, wire.hear())).await;
    let Some(Ok(Ok(messages))) = heard else { return };
    let Some(message) = messages.iter().next() else { return };
    let Ok(ClientMessage { request, command }) = codec::decode(message) else { return };
    let reply = match command {
        Command::Appeal { text } => match appeal(shared, about, text.into_inner()).await {
            Ok(()) => ServerMessage::Answer(request, Answer::Done),
            Err(refusal) => ServerMessage::Refused(request, refusal),
        },
        Command::Bye => return,
        _ => ServerMessage::Refused(request, refuse::protocol("Only an appeal can follow a ban.")),
    };
    // Who left before the answer sees it in the refusal of the next login.
    let _: Result<(), _> = wire.say(&reply).await;
}

async fn appeal(shared: &Shared, about: Appealable, text: String) -> Result<(), Refusal> {
    let limit = shared.rules.settings().appeal_bytes;
    if limit < text.len() {
        let words = format!("The appeal is {} bytes, the limit is {limit}.", text.len());
        return Err(Refusal::new(Code::BadInput, &words));
    }
    domain::text::message_body(&text).map_err(|error| refuse::text(&error))?;
    let Appealable { account, sanction } = about;
    let made = shared.store.run(move |tx| tx.appeal(sanction, account, &text, clock::now())).await;
    match made {
        Ok(_) => {
            info!(user.id = %account, sanction.id = %sanction, "appeal made");
            Ok(())
        }
        Err(StoreError::Conflict | StoreError::TooMany { .. }) => {
            Err(Refusal::new(Code::LimitReached, "There is an appeal against this ban already."))
        }
        Err(error) => Err(refuse::store(&error)),
    }
}

/// Appeals that may be written at the same time.
pub(crate) const PLACES: usize = 64;
