//! Whom this device trusts: other people's keys, and further devices of one's own.

use proto::bytes::Bytes;
use proto::ids::DeviceId;
use proto::message::Command;
use sealed::ServerId;
use sealed::identity::safety_number;
use sealed::member::Standing;

use super::call::{DeviceKeys, DeviceState, Known, Trust};
use super::engine::{Engine, clock};
use super::setup::bytes;
use super::{SealedWhy, refused};
use crate::error::RequestError;

impl Engine {
    /// Returns what is known of somebody's identity, and the number to compare.
    pub(super) async fn known(&mut self, name: &str) -> Result<Known, RequestError> {
        let own = match self.member.standing() {
            Standing::Certified(own) => own.identity,
            Standing::Nobody | Standing::Asking { .. } => {
                self.must_be_certified()?;
                return Err(RequestError::Unexpected);
            }
        };
        let card = self.card(name).await?;
        let name = card.name.into_inner();
        let key = card.key.ok_or_else(|| {
            refused(SealedWhy::NoKeys, format!("{name} has no identity yet: {name} has to start chat once"))
        })?;
        let pin = self.member.pin(card.account).map_err(|error| self.failed(&error))?;
        let trust = match pin {
            None => Trust::First,
            Some(pin) if pin.key != key => Trust::Changed,
            Some(pin) if pin.verified => Trust::Verified,
            Some(_) => Trust::Seen,
        };
        let server = ServerId::of(&self.identity.server_key);
        let safety_number = safety_number(server, (self.me(), &own), (card.account, &key));
        Ok(Known { account: card.account, name, key, safety_number, trust })
    }

    /// Takes somebody's key as compared; a changed key takes the place of the old one.
    pub(super) async fn trust(&mut self, name: &str) -> Result<Known, RequestError> {
        let known = self.known(name).await?;
        self.member.trust(known.account, known.key, true).map_err(|error| self.failed(&error))?;
        Ok(Known { trust: Trust::Verified, ..known })
    }

    /// Returns one's devices and where each stands.
    pub(super) async fn own_devices(&mut self) -> Result<Vec<DeviceKeys>, RequestError> {
        let card = self.card("").await?;
        let devices = card.devices.iter().map(|device| {
            let (state, code) = match (&device.certificate, device.asks) {
                (Some(_), _) => (DeviceState::Certified, None),
                (None, true) => (DeviceState::Asks, self.code_of(&card, device)),
                (None, false) => (DeviceState::Without, None),
            };
            DeviceKeys { device: device.device, state, code }
        });
        Ok(devices.collect())
    }

    /// Approves a device that waits, after its person compared the code that both show.
    pub(super) async fn approve(&mut self, device: DeviceId, code: &str) -> Result<(), RequestError> {
        self.must_be_certified()?;
        let card = self.card("").await?;
        let found = card.devices.iter().find(|other| other.device == device && other.asks);
        let (Some(asking), Some(expected)) = (found, found.and_then(|asking| self.code_of(&card, asking)))
        else {
            return Err(refused(SealedWhy::NoKeys, format!("device {device} does not ask to be approved")));
        };
        if digits(code) != digits(&expected) {
            return Err(refused(
                SealedWhy::WrongCode,
                format!(
                    "device {device} does not have this code: it is not the device you look at, or somebody is in between"
                ),
            ));
        }
        let Some(signature_key) = asking.signature_key else { return Err(RequestError::Unexpected) };
        let approval = self
            .member
            .approve(device, &asking.noise_key, &signature_key, clock())
            .map_err(|error| self.failed(&error))?;
        let certificate: Bytes<{ proto::limits::CERTIFICATE }> = bytes(approval.certificate)?;
        let parcel = bytes(approval.parcel)?;
        self.done(Command::ApproveDevice { device, certificate, parcel }).await
    }
}

/// The digits of a code, however they are grouped.
fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}
