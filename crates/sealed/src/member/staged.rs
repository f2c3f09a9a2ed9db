//! What the MLS library reads and writes during one step. The step puts it into its batch.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mls_rs::{GroupStateStorage, KeyPackageStorage, PreSharedKeyStorage};
use mls_rs_core::group::{EpochRecord, GroupState};
use mls_rs_core::key_package::KeyPackageData;
use mls_rs_core::psk::{ExternalPskId, PreSharedKey};
use zeroize::Zeroizing;

/// Storage that lives as long as a step. Every clone is the same one: the library keeps some.
#[derive(Clone, Default)]
pub(crate) struct Staged(Arc<Mutex<Stage>>);

#[derive(Default)]
struct Stage {
    /// The group that the library may load.
    loadable: Option<Zeroizing<Vec<u8>>>,
    /// The group as it was written last.
    written: Option<Zeroizing<Vec<u8>>>,
    /// Key packages that a Welcome may be for.
    known: BTreeMap<Vec<u8>, KeyPackageData>,
    made: Vec<(Vec<u8>, KeyPackageData)>,
    used: Vec<Vec<u8>>,
}

impl Staged {
    /// Forgets the step before.
    pub(crate) fn clear(&self) {
        *self.lock() = Stage::default();
    }

    /// Lets the library load this group.
    pub(crate) fn offer_group(&self, state: Zeroizing<Vec<u8>>) {
        self.lock().loadable = Some(state);
    }

    /// Lets the library use this key package.
    pub(crate) fn offer_key_package(&self, id: Vec<u8>, data: KeyPackageData) {
        self.lock().known.insert(id, data);
    }

    /// Returns the group that the library wrote.
    pub(crate) fn take_group(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.lock().written.take()
    }

    /// Returns the key packages that the library made.
    pub(crate) fn take_made(&self) -> Vec<(Vec<u8>, KeyPackageData)> {
        std::mem::take(&mut self.lock().made)
    }

    /// Returns the key packages that the library used up.
    pub(crate) fn take_used(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.lock().used)
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        // A panic elsewhere leaves a stage that the next step clears.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GroupStateStorage for Staged {
    type Error = Infallible;

    fn state(&self, _: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(self.lock().loadable.clone())
    }

    /// Keys of ended epochs are not kept: entries after a commit are of the epoch it began.
    fn epoch(&self, _: &[u8], _: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Infallible> {
        Ok(None)
    }

    fn write(
        &mut self,
        state: GroupState,
        _: Vec<EpochRecord>,
        _: Vec<EpochRecord>,
    ) -> Result<(), Infallible> {
        self.lock().written = Some(state.data);
        Ok(())
    }

    fn max_epoch_id(&self, _: &[u8]) -> Result<Option<u64>, Infallible> {
        Ok(None)
    }
}

impl KeyPackageStorage for Staged {
    type Error = Infallible;

    fn delete(&mut self, id: &[u8]) -> Result<(), Infallible> {
        self.lock().used.push(id.to_vec());
        Ok(())
    }

    fn insert(&mut self, id: Vec<u8>, data: KeyPackageData) -> Result<(), Infallible> {
        self.lock().made.push((id, data));
        Ok(())
    }

    fn get(&self, id: &[u8]) -> Result<Option<KeyPackageData>, Infallible> {
        Ok(self.lock().known.get(id).cloned())
    }
}

impl PreSharedKeyStorage for Staged {
    type Error = Infallible;

    fn get(&self, _: &ExternalPskId) -> Result<Option<PreSharedKey>, Infallible> {
        Ok(None)
    }
}
