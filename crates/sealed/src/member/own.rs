//! Who this device is: its account's key, its certificate, its key packages.

use ed25519_dalek::SigningKey;
use mls_rs::extension::ExtensionType;
use mls_rs::extension::recommended::LastResortKeyPackageExt;
use mls_rs::{Client, ExtensionList, MlsMessage};
use mls_rs_core::key_package::KeyPackageData;
use proto::bytes::{Bytes, Secret32};
use proto::ids::{DeviceId, IdentityKey, PublicKey, SignatureKey, Timestamp};
use proto::keys::StaticKey;
use zeroize::Zeroizing;

use super::record::{self, Certification, KeptPackage, Own, Pin};
use super::step::COMMIT;
use super::{Config, Member, MemberError, Phase, Staged};
use crate::identity::{AccountKey, Certificate, IdentityError, Recipient, seconds};
use crate::ids::ServerId;
use crate::leaf::{Certificates, SUITE, crypto, mls_time, signing_identity};
use crate::rules::{self, Rules};
use crate::vault::{Batch, Table, Vault, Walk};

/// The key of the one row of [`Table::Own`].
pub(super) const KEY: &[u8] = b"own";
/// How long a key package may be used, in seconds: ninety days.
const KEY_PACKAGE_LIFE: u64 = 90 * 24 * 3600;
const DAY: u64 = 24 * 3600;
/// Most key packages that one scan looks at.
const SCAN: usize = 10_000;

/// How far this device's identity is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has none.
    Nobody,
    /// It asked another device of its account.
    Asking {
        /// The account's key, as the directory gave it.
        identity: IdentityKey,
        /// What it wants certified.
        signature_key: SignatureKey,
    },
    /// It has a certificate.
    Certified(Certified),
}

/// A certified device, as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The account's key.
    pub identity: IdentityKey,
    /// What the device signs with.
    pub signature_key: SignatureKey,
    /// The account's word for it.
    pub certificate: Vec<u8>,
}

/// What a device that is let in gets from the one that approves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The account's word for it.
    pub certificate: Vec<u8>,
    /// The account's key, for that device alone.
    pub parcel: Vec<u8>,
}

/// Key packages for the server to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPackages {
    /// Each for one room.
    pub packages: Vec<Vec<u8>>,
    /// For when those have run out.
    pub last_resort: Option<Vec<u8>>,
}

impl<V: Vault> Member<V> {
    /// Makes the account's key on its first device; again gives the same answer.
    ///
    /// # Errors
    /// [`MemberError::Asking`] when the device asked another one instead.
    pub fn found_identity(&mut self, now: Timestamp) -> Result<Certified, MemberError> {
        match self.standing() {
            Standing::Certified(certified) => Ok(certified),
            Standing::Asking { .. } => Err(MemberError::Asking),
            Standing::Nobody => self.new_identity(Batch::default(), now),
        }
    }

    /// Makes another key for the account, because all devices with the old one are lost. Every room of this device ends.
    ///
    /// # Errors
    /// When the vault cannot be read or written.
    pub fn replace_identity(&mut self, now: Timestamp) -> Result<Certified, MemberError> {
        let mut batch = Batch::default();
        for row in self.scan(Table::KeyPackage)? {
            batch.delete(Table::KeyPackage, row.key);
        }
        for row in self.scan(Table::Room)? {
            let mut room: record::RoomRecord = record::read(&row.value)?;
            room.phase = Phase::Ended;
            batch.put(Table::Room, row.key.clone(), record::row(&room));
            for table in [Table::Group, Table::Tree, Table::Joining] {
                batch.delete(table, row.key.clone());
            }
            batch.delete(Table::Outbox, [row.key, COMMIT.to_be_bytes().to_vec()].concat());
        }
        self.new_identity(batch, now)
    }

    /// Begins to ask a device that has the account's key; again gives the same answer. `identity` is what the directory
    /// says the key is: the approval code covers it.
    ///
    /// # Errors
    /// When the vault cannot be written.
    pub fn ask_approval(&mut self, identity: IdentityKey) -> Result<SignatureKey, MemberError> {
        if let Some(own) = &self.own
            && (own.certified.is_some() || own.identity == identity)
        {
            return Ok(signature_key(own));
        }
        let own = Own {
            server: self.server.0,
            account: self.account,
            device: self.device,
            signature_seed: random(),
            identity,
            certified: None,
        };
        let key = signature_key(&own);
        self.become_(own, Batch::default())?;
        Ok(key)
    }

    /// Lets a device of one's own account in, after the person compared its code.
    ///
    /// # Errors
    /// [`MemberError::NoIdentity`] on a device that has no certificate itself; a Noise key that shares no secret.
    pub fn approve(
        &self,
        device: DeviceId,
        noise_key: &PublicKey,
        signature_key: &SignatureKey,
        now: Timestamp,
    ) -> Result<Approval, MemberError> {
        let certified = self.own.as_ref().and_then(|own| own.certified.as_ref());
        let secret = &certified.ok_or(MemberError::NoIdentity)?.account_secret;
        let key = AccountKey::from_secret(secret.reveal());
        let (server, account) = (self.server, self.account);
        let recipient = Recipient { server, account, device, noise_key, signature_key };
        let certificate = key.certify(server, account, device, signature_key, now);
        Ok(Approval { certificate, parcel: recipient.pack(&key)? })
    }

    /// Takes what the approving device gave. `noise_secret` is the secret of the key this device connects with.
    ///
    /// # Errors
    /// [`MemberError::Identity`] when it is not for this device, or not of the account's key that was asked.
    pub fn approved(
        &mut self,
        noise_secret: &[u8; 32],
        certificate: &[u8],
        parcel: &[u8],
    ) -> Result<(), MemberError> {
        let mut own = self.own.clone().ok_or(MemberError::NoIdentity)?;
        if own.certified.is_some() {
            return Ok(());
        }
        let (server, account, device) = (self.server, self.account, self.device);
        let signature_key = &signature_key(&own);
        let read = Certificate::read(certificate, signature_key)?;
        read.check_owner(server, account, device, own.identity)?;
        let noise_key = &StaticKey::from_bytes(*noise_secret).public();
        let recipient = Recipient { server, account, device, noise_key, signature_key };
        let key = recipient.open(noise_secret, parcel)?;
        if key.identity() != own.identity {
            return Err(IdentityError::SomebodyElse.into());
        }
        own.certified = Some(certification(&key, certificate.to_vec())?);
        self.become_(own, Batch::default())
    }

    /// Makes key packages for others to add this device by, and forgets those that have run out.
    ///
    /// # Errors
    /// [`MemberError::NoIdentity`] before the device is certified.
    pub fn key_packages(
        &mut self,
        count: usize,
        last_resort: bool,
        now: Timestamp,
    ) -> Result<KeyPackages, MemberError> {
        self.staged.clear();
        let client = self.client.as_ref().ok_or(MemberError::NoIdentity)?;
        let make = |extensions| -> Result<Vec<u8>, MemberError> {
            let package =
                client.generate_key_package_message(extensions, ExtensionList::new(), Some(mls_time(now)))?;
            Ok(package.to_bytes()?)
        };
        let packages = (0..count).map(|_| make(ExtensionList::new())).collect::<Result<_, _>>()?;
        let mut extensions = ExtensionList::new();
        extensions.set_from(LastResortKeyPackageExt).map_err(|_| MemberError::Malformed)?;
        let last_resort = last_resort.then(|| make(extensions)).transpose()?;

        let mut batch = Batch::default();
        for row in self.scan(Table::KeyPackage)? {
            let kept: KeptPackage = record::read(&row.value)?;
            if kept.expires.saturating_add(DAY) < seconds(now) {
                batch.delete(Table::KeyPackage, row.key);
            }
        }
        for (id, data) in self.staged.take_made() {
            batch.put(Table::KeyPackage, id, record::row(&keep(data)?));
        }
        self.vault.apply(batch).map_err(MemberError::vault)?;
        Ok(KeyPackages { packages, last_resort })
    }

    /// Returns how far this device's identity is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let Some(own) = &self.own else { return Standing::Nobody };
        let (identity, signature_key) = (own.identity, signature_key(own));
        match &own.certified {
            None => Standing::Asking { identity, signature_key },
            Some(certified) => Standing::Certified(Certified {
                identity,
                signature_key,
                certificate: certified.certificate.to_vec(),
            }),
        }
    }

    fn new_identity(&mut self, batch: Batch, now: Timestamp) -> Result<Certified, MemberError> {
        let (key, signature_seed) = (AccountKey::generate(), random());
        let signature_key = public(&signature_seed);
        let certificate = key.certify(self.server, self.account, self.device, &signature_key, now);
        let own = Own {
            server: self.server.0,
            account: self.account,
            device: self.device,
            signature_seed,
            identity: key.identity(),
            certified: Some(certification(&key, certificate.clone())?),
        };
        self.become_(own, batch)?;
        Ok(Certified { identity: key.identity(), signature_key, certificate })
    }

    /// Writes the identity with what goes with it, and works under it from here on.
    fn become_(&mut self, own: Own, mut batch: Batch) -> Result<(), MemberError> {
        batch.put(Table::Own, KEY, record::row(&own));
        if own.certified.is_some() {
            let pin = Pin { key: own.identity, verified: true };
            batch.put(Table::Pin, self.account.get().to_be_bytes(), record::row(&pin));
        }
        self.vault.apply(batch).map_err(MemberError::vault)?;
        self.cached.clear();
        self.client = client(&own, self.server, &self.staged);
        self.own = Some(own);
        Ok(())
    }

    fn scan(&self, table: Table) -> Result<Vec<crate::vault::Row>, MemberError> {
        self.vault.scan(table, &[], Walk::Up { after: None }, SCAN).map_err(MemberError::vault)
    }
}

/// Returns the library's client of a certified device.
pub(super) fn client(own: &Own, server: ServerId, staged: &Staged) -> Option<Client<Config>> {
    let certified = own.certified.as_ref()?;
    let key = SigningKey::from_bytes(own.signature_seed.reveal());
    let identity = signing_identity(certified.certificate.to_vec(), &signature_key(own));
    let client = Client::builder()
        .group_state_storage(staged.clone())
        .key_package_repo(staged.clone())
        .psk_store(staged.clone())
        .crypto_provider(crypto())
        .identity_provider(Certificates { server })
        .mls_rules(Rules)
        .extension_type(ExtensionType::new(rules::EXTENSION))
        .key_package_lifetime(std::time::Duration::from_secs(KEY_PACKAGE_LIFE))
        .signing_identity(identity, key.to_keypair_bytes().to_vec().into(), SUITE)
        .build();
    Some(client)
}

/// Lets the library use the key packages that this Welcome is for.
pub(super) fn offer_packages<V: Vault>(
    vault: &V,
    staged: &Staged,
    welcome: &MlsMessage,
) -> Result<(), MemberError> {
    for reference in welcome.welcome_key_package_references() {
        let Some(row) = vault.get(Table::KeyPackage, reference).map_err(MemberError::vault)? else {
            continue;
        };
        let kept: KeptPackage = record::read(&row)?;
        let secret = |key: &Secret32| key.reveal().to_vec().into();
        let (init, leaf) = (secret(&kept.init_key), secret(&kept.leaf_key));
        let data = KeyPackageData::new(kept.package.into_inner(), init, leaf, kept.expires);
        staged.offer_key_package(reference.to_vec(), data);
    }
    Ok(())
}

fn keep(data: KeyPackageData) -> Result<KeptPackage, MemberError> {
    let secret = |key: &[u8]| key.try_into().map(Secret32::new).map_err(|_| MemberError::Malformed);
    Ok(KeptPackage {
        init_key: secret(&data.init_key)?,
        leaf_key: secret(&data.leaf_node_key)?,
        expires: data.expiration,
        package: Bytes::new(data.key_package_bytes).map_err(|_| MemberError::Malformed)?,
    })
}

fn certification(key: &AccountKey, certificate: Vec<u8>) -> Result<Certification, MemberError> {
    let certificate = Bytes::new(certificate).map_err(|_| MemberError::Malformed)?;
    Ok(Certification { account_secret: Secret32::new(*key.secret()), certificate })
}

fn signature_key(own: &Own) -> SignatureKey {
    public(&own.signature_seed)
}

fn public(seed: &Secret32) -> SignatureKey {
    SignatureKey(SigningKey::from_bytes(seed.reveal()).verifying_key().to_bytes())
}

fn random() -> Secret32 {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret).expect("the operating system gives random bytes");
    Secret32::new(*secret)
}
