//! The identity of an account as others see it, and as its own devices do.

use std::collections::BTreeMap;

use domain::name::AccountName;
use proto::ids::{AccountId, DeviceId};
use proto::message::{DeviceIdentity, IdentityCard};
use proto::text::List;
use store::{DeviceIdentityRow, Reads, StoreError};

/// Returns somebody's card, or the reader's own: that one has every device, and what is meant for each.
///
/// # Errors
/// `NotFound`; those of the disk.
pub(super) fn card(
    reads: &Reads<'_>,
    reader: AccountId,
    whom: Option<&AccountName>,
) -> Result<IdentityCard, StoreError> {
    let row = match whom {
        None => reads.account(reader)?,
        Some(name) => reads.account_by_name(name)?,
    };
    let row = row.ok_or(StoreError::NotFound { what: "account" })?;
    let own = row.id == reader;
    let mut known: BTreeMap<DeviceId, DeviceIdentityRow> =
        reads.device_identities(row.id)?.into_iter().map(|row| (row.device, row)).collect();
    let devices = reads.devices(row.id)?.into_iter().map(|device| {
        let row = known.remove(&device.device);
        DeviceIdentity {
            device: device.device,
            noise_key: device.key,
            signature_key: row.as_ref().map(|row| row.signature_key),
            certificate: row.as_ref().and_then(|row| row.certificate.clone()),
            parcel: row.as_ref().and_then(|row| row.parcel.clone()).filter(|_| own),
            asks: own && row.as_ref().is_some_and(|row| row.asks),
        }
    });
    let devices = devices.filter(|device| own || device.certificate.is_some()).collect();
    let devices = List::new(devices).unwrap_or_default();
    Ok(IdentityCard { account: row.id, name: row.name, key: reads.identity_key(row.id)?, devices })
}
