//! Coming back with a device whose key is known: no password, no disk flush.

use proto::message::Resume;
use store::StoreError;

use super::{Caller, Entrance, Turned, banned, one_line};
use crate::load;
use crate::metrics::AuthFailure;
use crate::refuse;
use crate::shared::Shared;
use service::clock;

pub(super) async fn resume(shared: &Shared, caller: Caller, resume: Resume) -> Result<Entrance, Turned> {
    one_line(&resume.client)?;
    let now = clock::now();
    let found = shared.store.read(move |reads| {
        let Some(device) = reads.device_by_key(&caller.key)? else { return Ok(None) };
        let account = reads.account(device.account)?.ok_or(StoreError::NotFound { what: "account" })?;
        Ok(Some((load::ban_of(reads, account.id, Some(device.device), now)?, device, account)))
    });
    let found = found.await.map_err(|error| Turned::failed(&error))?;
    let login_needed = || Turned::away(refuse::login_needed(), AuthFailure::LoginNeeded);
    let (ban, device, account) = found.ok_or_else(login_needed)?;
    if device.revoked || device.login_until <= now {
        return Err(login_needed());
    }
    if let Some(ban) = ban {
        return Err(banned(shared, account.id, &ban, now).await);
    }
    caller.papers.check(shared, (account.id, account.role, account.created_at)).await?;
    shared.seen.note(device.device, resume.client, now);
    let entrance = Entrance {
        account: account.id,
        name: account.name,
        role: account.role,
        device: device.device,
        login_until: device.login_until,
        new_device: None,
        recovery_codes: Vec::new(),
    };
    tracing::debug!(user.id = %entrance.account, device.id = %entrance.device, "came back");
    Ok(entrance)
}
