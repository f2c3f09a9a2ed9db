//! A vault as the member of sealed rooms needs it: its tables, its walks, its batches.

use sealed::vault::{self as wanted, Change as Wanted};
use zeroize::Zeroizing;

use crate::batch::Change;
use crate::{Batch, Table, Vault, VaultError, Walk};

impl sealed::Vault for Vault {
    type Error = VaultError;

    fn get(&self, table: wanted::Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.get(table.into(), key)
    }

    fn scan(
        &self,
        table: wanted::Table,
        prefix: &[u8],
        walk: wanted::Walk<'_>,
        limit: usize,
    ) -> Result<Vec<wanted::Row>, VaultError> {
        let walk = match walk {
            wanted::Walk::Up { after } => Walk::Up { prefix, after },
            wanted::Walk::Down { before } => Walk::Down { prefix, before },
        };
        let rows = self.walk(table.into(), walk, limit)?;
        Ok(rows.into_iter().map(|(key, value)| wanted::Row { key, value }).collect())
    }

    fn apply(&mut self, batch: wanted::Batch) -> Result<(), VaultError> {
        let changes = batch.changes.into_iter().map(|change| match change {
            Wanted::Put { table, key, value } => Change::Put { table: table.into(), key, value },
            Wanted::Delete { table, key } => Change::Remove { table: table.into(), key },
        });
        self.commit(&Batch { changes: changes.collect() })
    }
}

impl From<wanted::Table> for Table {
    fn from(table: wanted::Table) -> Self {
        match table {
            wanted::Table::Own => Self::Own,
            wanted::Table::Pin => Self::Pins,
            wanted::Table::KeyPackage => Self::KeyPackages,
            wanted::Table::Room => Self::Rooms,
            wanted::Table::Group => Self::Groups,
            wanted::Table::Tree => Self::Trees,
            wanted::Table::Joining => Self::Joining,
            wanted::Table::Outbox => Self::Outbox,
            wanted::Table::History => Self::History,
            wanted::Table::ByMessage => Self::ByMessage,
        }
    }
}

#[cfg(test)]
mod tests {
    use sealed::Vault as _;

    use super::*;
    use crate::VaultKey;

    /// The vault on disk and the one in memory are the same to a member: after the same batches, the same answers.
    #[test]
    fn a_vault_on_disk_answers_as_the_one_in_memory_does() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Vault::open(&folder.path().join("vault.db"), VaultKey::random()).unwrap();
        let mut memory = wanted::MemoryVault::default();
        let put = |table, key: &[u8], value: u8| Wanted::Put {
            table,
            key: key.to_vec(),
            value: Zeroizing::new(vec![value]),
        };
        for round in 0_u8..4 {
            for table in wanted::Table::ALL {
                let changes = || {
                    let mut changes: Vec<_> =
                        (0..9).map(|key| put(table, &[key % 3, round, key], round + key)).collect();
                    changes.push(Wanted::Delete { table, key: vec![0, round, 3] });
                    wanted::Batch { changes }
                };
                disk.apply(changes()).unwrap();
                memory.apply(changes()).unwrap();
            }
        }
        for table in wanted::Table::ALL {
            assert_eq!(sealed::Vault::get(&disk, table, &[0, 1, 3]).unwrap(), None);
            assert_eq!(sealed::Vault::get(&disk, table, &[1, 1, 4]).unwrap().unwrap()[..], [5]);
            for prefix in [&[][..], &[0], &[1, 2], &[2, 9]] {
                for limit in [1, 5, 99] {
                    for walk in [
                        wanted::Walk::Up { after: None },
                        wanted::Walk::Up { after: Some(&[1, 2, 4]) },
                        wanted::Walk::Down { before: None },
                        wanted::Walk::Down { before: Some(&[1, 2, 4]) },
                    ] {
                        let on_disk = disk.scan(table, prefix, walk, limit).unwrap();
                        let in_memory = memory.scan(table, prefix, walk, limit).unwrap();
                        assert_eq!(on_disk, in_memory, "{table:?} {prefix:?} {walk:?} {limit}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_table_of_a_member_is_another_one_here() {
        let tables: std::collections::BTreeSet<Table> = wanted::Table::ALL.map(Table::from).into();
        assert_eq!(tables.len(), wanted::Table::ALL.len());
        assert!(!tables.contains(&Table::Client));
    }
}
