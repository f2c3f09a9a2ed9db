//! An installation opened for a staff command: its settings, its keys and its database, which belong together.

use store::{Check, Missing, Options, Store, StoreError, Tx};

use super::failure::Failure;
use super::place::Place;
use keys::Keys;

/// What staff commands work with.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) keys: Keys,
    pub(crate) store: Store,
}

impl Office {
    /// Opens what `chatd init` made, for serving: the database is examined first.
    pub(crate) fn open(place: &Place) -> Result<Self, Failure> {
        Self::open_with(place, &Options { missing: Missing::Refuse, ..Options::default() })
    }

    /// Opens it for one short command.
    pub(crate) fn visit(place: &Place) -> Result<Self, Failure> {
        let options =
            Options { missing: Missing::Refuse, check: Check::Skip, readers: 1, ..Options::default() };
        Self::open_with(place, &options)
    }

    fn open_with(place: &Place, options: &Options) -> Result<Self, Failure> {
        place.must_exist()?;
        let config = place.config();
        let keys = Keys::load(&config.keys_dir())?;
        let store = Store::open_with(&config.database(), options)?;
        let office = Self { keys, store };
        office.check_keys(place)?;
        Ok(office)
    }

    /// Writes, waits for the disk, and gives what the job gave.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.store.run_blocking(job)
    }

    fn check_keys(&self, place: &Place) -> Result<(), Failure> {
        let config = place.config();
        match self.store.read_blocking(|reads| reads.meta(KEYS_MARK))? {
            Some(mark) if mark == self.keys.mark() => Ok(()),
            Some(_) => Err(Failure::new(format!(
                "the keys in {} do not belong to the database {}; put back the keys that were made with it",
                config.keys_dir().display(),
                config.database().display()
            ))),
            None => {
                Err(Failure::new(format!("the installation is not complete; run: {}", place.command("init"))))
            }
        }
    }
}

impl Drop for Office {
    /// Copies the log into the file, so that what a short command leaves behind is one whole database.
    fn drop(&mut self) {
        self.store.close();
    }
}

/// The name in the database of [`Keys::mark`].
pub(crate) const KEYS_MARK: &str = "keys_mark";
