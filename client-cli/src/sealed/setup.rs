//! This device's identity: made on the first device, approved on every further one; and its key packages.

use std::time::Duration;

use proto::bytes::Bytes;
use proto::ids::{DeviceId, IdentityKey, Timestamp};
use proto::limits;
use proto::message::{Answer, Command, DeviceIdentity, IdentityCard};
use proto::refusal::Code;
use proto::text::{List, Text};
use sealed::ServerId;
use sealed::identity::approval_code;
use sealed::member::{Certified, Phase, Standing};

use super::duties::Duty;
use super::engine::{Engine, clock, now};
use super::{SealedWhy, refused, words};
use crate::error::RequestError;
use crate::event::SealedKind;

impl Engine {
    /// Brings this device to where it can read sealed rooms, as far as it can by itself.
    pub(super) async fn set_up(&mut self) -> Result<(), RequestError> {
        let card = self.card("").await?;
        let standing = self.member.standing();
        match (standing, card.key) {
            (Standing::Nobody, None) => self.found().await,
            (Standing::Nobody, Some(key)) => self.ask_to_be_approved(key, &card).await,
            (Standing::Asking { identity, .. }, Some(key)) if identity == key => {
                self.approved_or_asks(key, &card).await
            }
            (Standing::Asking { .. }, Some(key)) => self.ask_to_be_approved(key, &card).await,
            // The account's identity is gone from the server, and with it who could approve.
            (Standing::Asking { .. }, None) => self.found().await,
            (Standing::Certified(own), Some(key)) if own.identity != key => {
                let text = "your account has another identity: it was made anew on another device. \
                            This device has to be approved there: /devices";
                self.tell(SealedKind::Trouble, None, text.to_owned());
                self.ask_to_be_approved(key, &card).await
            }
            (Standing::Certified(own), _) => {
                let is_known = self.own_device(&card).is_some_and(|own| own.certificate.is_some());
                if !is_known {
                    // The server was set back to before it had it.
                    self.publish(own, None).await?;
                }
                self.is_set_up();
                Ok(())
            }
        }
    }

    /// Makes a new identity in place of the account's old one, after all its devices were lost.
    pub(super) async fn start_over(&mut self) -> Result<(), RequestError> {
        let card = self.card("").await?;
        let certified = self.member.replace_identity(clock()).map_err(|error| self.failed(&error))?;
        self.publish(certified, card.key).await?;
        self.is_set_up();
        Ok(())
    }

    /// Publishes as many key packages as are missing, so that others can let this device in while it is away.
    pub(super) async fn top_up(&mut self) -> Result<(), RequestError> {
        let none = Command::PublishKeyPackages { packages: List::default(), last_resort: None };
        let Answer::KeyPackagesLeft { left } = self.ask(none).await? else {
            return Err(RequestError::Unexpected);
        };
        let missing = limits::KEY_PACKAGES.saturating_sub(usize::try_from(left).unwrap_or(usize::MAX));
        let (last, time) = (self.notes.last_resort_at(), clock());
        let renews = last == Timestamp(0) || LAST_RESORT_EVERY < time.0.saturating_sub(last.0);
        if missing == 0 && !renews {
            return Ok(());
        }
        let made = self.member.key_packages(missing, renews, time).map_err(|error| self.failed(&error))?;
        let packages = made.packages.into_iter().map(bytes).collect::<Result<Vec<_>, _>>()?;
        let packages = List::new(packages)?;
        let last_resort = made.last_resort.map(bytes).transpose()?;
        match self.ask(Command::PublishKeyPackages { packages, last_resort }).await? {
            Answer::KeyPackagesLeft { .. } if renews => {
                // Published once too often at worst.
                let _ = self.notes.published_last_resort(time);
                Ok(())
            }
            Answer::KeyPackagesLeft { .. } => Ok(()),
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Returns somebody's identity as the server has it; an empty name is oneself.
    pub(super) async fn card(&mut self, name: &str) -> Result<IdentityCard, RequestError> {
        let name = Text::new(name.trim().trim_start_matches('@'))?;
        match self.ask(Command::Identity { name }).await? {
            Answer::Identity(card) => {
                let _ = self.notes.named(card.account, &card.name);
                Ok(card)
            }
            _ => Err(RequestError::Unexpected),
        }
    }

    /// Returns the code that a device shows which waits for approval; nothing when it named no key.
    pub(super) fn code_of(&self, card: &IdentityCard, device: &DeviceIdentity) -> Option<String> {
        let server = ServerId::of(&self.identity.server_key);
        let (key, signature_key) = (card.key?, device.signature_key?);
        Some(approval_code(server, card.account, &key, device.device, &device.noise_key, &signature_key))
    }

    /// Another device of this person waits: whether it may is for the person to say.
    pub(super) fn device_asks(&mut self, device: DeviceId, label: &str) {
        if matches!(self.member.standing(), Standing::Certified(_)) {
            self.tell(SealedKind::DeviceAsks, None, words::device_asks(device, label));
        }
    }

    /// Returns that this device has no identity yet, as a refusal; nothing when it has one.
    pub(super) fn must_be_certified(&self) -> Result<(), RequestError> {
        match self.member.standing() {
            Standing::Certified(_) => Ok(()),
            Standing::Nobody | Standing::Asking { .. } => Err(refused(
                SealedWhy::NotApproved,
                "this device waits until another of your devices approves it; /devices shows the code to compare",
            )),
        }
    }

    async fn found(&mut self) -> Result<(), RequestError> {
        let certified = self.member.found_identity(clock()).map_err(|error| self.failed(&error))?;
        match self.publish(certified, None).await {
            Ok(()) => {
                self.is_set_up();
                Ok(())
            }
            // Another device was faster: it approves this one.
            Err(RequestError::Refused(refusal)) if refusal.code == Code::Conflict => {
                let card = self.card("").await?;
                match card.key {
                    Some(key) => self.ask_to_be_approved(key, &card).await,
                    None => Err(RequestError::Refused(refusal)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn publish(
        &mut self,
        certified: Certified,
        replaces: Option<IdentityKey>,
    ) -> Result<(), RequestError> {
        let Certified { identity: key, certificate, signature_key } = certified;
        let certificate = bytes(certificate)?;
        self.done(Command::PublishIdentity { key, certificate, signature_key, replaces }).await
    }

    async fn ask_to_be_approved(
        &mut self,
        key: IdentityKey,
        card: &IdentityCard,
    ) -> Result<(), RequestError> {
        let signature_key = self.member.ask_approval(key).map_err(|error| self.failed(&error))?;
        self.done(Command::AskApproval { signature_key }).await?;
        let server = ServerId::of(&self.identity.server_key);
        let (device, noise_key) = (self.raw.welcome().device, self.identity.device_key.public());
        let code = approval_code(server, card.account, &key, device, &noise_key, &signature_key);
        self.tell(SealedKind::WaitsForApproval, None, words::waits_for_approval(&code));
        Ok(())
    }

    async fn approved_or_asks(&mut self, key: IdentityKey, card: &IdentityCard) -> Result<(), RequestError> {
        let own = self.own_device(card).cloned();
        let Some(DeviceIdentity { certificate: Some(certificate), parcel: Some(parcel), .. }) = own else {
            return self.ask_to_be_approved(key, card).await;
        };
        let secret = self.identity.device_key.to_bytes();
        self.member.approved(&secret, &certificate, &parcel).map_err(|error| self.failed(&error))?;
        self.tell(SealedKind::Ready, None, "this device reads your sealed rooms from here on".to_owned());
        self.is_set_up();
        Ok(())
    }

    fn own_device<'c>(&self, card: &'c IdentityCard) -> Option<&'c DeviceIdentity> {
        let me = self.raw.welcome().device;
        card.devices.iter().find(|device| device.device == me)
    }

    /// From here on rooms can be entered.
    fn is_set_up(&mut self) {
        self.duties.note(Duty::KeyPackages, now());
        self.duties.note(Duty::Welcomes, now());
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.attend(room);
        }
    }

    /// Notes what a room needs of this device after connecting.
    fn attend(&mut self, room: proto::ids::RoomId) {
        let must_enter_anew = self.notes.room(room).must_enter_anew;
        let state = self.state(room);
        match state.as_ref().map(|state| state.phase) {
            Some(Phase::Active | Phase::Joining) if !must_enter_anew => {
                self.duties.note(Duty::Follow(room), now());
            }
            Some(Phase::Active | Phase::Joining | Phase::Lost) => self.duties.note(Duty::Enter(room), now()),
            Some(Phase::Ended) | None => self.duties.note(Duty::Enter(room), now() + AFTER_WELCOMES),
        }
        let Some(state) = state else { return };
        let renewed = self.notes.room(room).renewed_at;
        let age = clock().0.saturating_sub(i64::try_from(renewed).unwrap_or(i64::MAX));
        if state.phase == Phase::Active && RENEW_EVERY < age {
            self.duties.note(Duty::Renew(room), now() + RENEW_LATER);
        }
        if self.rooms.get(&room).is_some_and(|room| room.summary.kind.is_direct()) {
            self.duties.note(Duty::Complete(room), now() + AFTER_WELCOMES);
        }
    }
}

pub(super) fn bytes<const MAX: usize>(bytes: Vec<u8>) -> Result<Bytes<MAX>, RequestError> {
    Bytes::new(bytes).map_err(RequestError::from)
}

/// The key package of last resort is made anew this often, in milliseconds.
const LAST_RESORT_EVERY: i64 = 60 * 24 * 3_600 * 1_000;
/// A device renews its keys in a room this often, in milliseconds.
const RENEW_EVERY: i64 = 7 * 24 * 3_600 * 1_000;
const RENEW_LATER: Duration = Duration::from_secs(20);
const AFTER_WELCOMES: Duration = Duration::from_secs(2);
