//! What is done to a file: holding it back, letting it through, purging it.

use store::MediaId;

use super::one::find;
use crate::pages::bans::one::required_reason;
use crate::pages::kit::{self, Call, Refusal, Reply};

/// `POST /media/ID/quarantine`
pub(crate) async fn quarantine(call: Call, id: MediaId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    let file = find(&call, id).await?.0.file;
    call.act(move |staff| staff.quarantine_file(file, &reason)).await?;
    kit::done(&format!("/media/{}", id.0), "Held back. Nobody can fetch it, and nobody can bring it again.")
}

/// `POST /media/ID/release`
pub(crate) async fn release(call: Call, id: MediaId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    let file = find(&call, id).await?.0.file;
    call.act(move |staff| staff.release_file(file, &reason)).await?;
    kit::done(&format!("/media/{}", id.0), "Let through. Everybody in the room can fetch it again.")
}

/// `POST /media/ID/purge`
pub(crate) async fn purge(call: Call, id: MediaId) -> Result<Reply, Refusal> {
    let reason = required_reason(&call)?;
    let file = find(&call, id).await?.0.file;
    let back = format!("/media/{}", id.0);
    call.act_from(&back, move |staff| staff.purge_file(file, &reason)).await?;
    kit::done("/media", "Purged: it is gone from every message, and who brings it again is refused.")
}
