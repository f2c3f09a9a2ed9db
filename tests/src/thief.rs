//! Somebody who has a device's keys and the whole database of the server, and reads what these give.

use std::fs;

use anyhow::{Context, Result};
use domain::name::AccountName;
use proto::ids::Seq;
use proto::message::{Content, Entry, HistoryFrom};
use sealed::member::{Line, What};
use sealed::{Body, Member, ServerId};
use vault::{Vault, VaultKey};

use crate::person::Person;
use crate::seat::open_store;
use crate::server::Chatd;

/// What a thief can read of a sealed room, and what not.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Loot {
    /// The texts that these keys open, old ones that the device kept apart.
    pub texts: Vec<String>,
    /// The places of messages that they do not open.
    pub closed: Vec<Seq>,
}

/// Returns the entries of the only sealed room that `witness` is in, as the server's database has them.
///
/// # Errors
/// When there is no such room.
pub fn log(chatd: &Chatd, witness: &Person) -> Result<Vec<Entry>> {
    let name = AccountName::parse(&witness.account.name)?;
    let store = open_store(chatd)?;
    let items = store.read_blocking(|reads| {
        let Some(account) = reads.account_by_name(&name)? else { return Ok(Vec::new()) };
        let rooms = reads.sealed_rooms_of(account.id)?;
        let Some(room) = rooms.first() else { return Ok(Vec::new()) };
        Ok(reads.history(*room, account.id, HistoryFrom::After(Seq::START), 200)?.items.to_vec())
    });
    store.close();
    let entries: Vec<Entry> = items?.into_iter().map(|item| item.entry).collect();
    anyhow::ensure!(!entries.is_empty(), "{} is in no sealed room", witness.account.name);
    Ok(entries)
}

/// Reads a room's log with the keys of a device that does not run.
///
/// # Errors
/// When the keys cannot be opened.
pub fn read(chatd: &Chatd, victim: &Person, entries: &[Entry]) -> Result<Loot> {
    let mut member = member(chatd, victim)?;
    let mut loot = Loot::default();
    for entry in entries {
        // Where the keys end, a message alone is tried without what came before it.
        let taken = member.process(entry);
        let line = taken.ok().and_then(|processed| processed.line);
        match line {
            Some(Line { what: What::Message { body: Body::Text { body, .. }, .. }, .. }) => {
                loot.texts.push(body.to_string());
            }
            Some(Line { what: What::Unreadable { .. }, seq, .. }) => loot.closed.push(seq),
            _ => {}
        }
    }
    Ok(loot)
}

/// Returns the messages of a log, without what else is in it.
#[must_use]
pub fn messages(entries: &[Entry]) -> Vec<Entry> {
    let sealed = entries.iter().filter(|entry| matches!(entry.content, Content::Sealed { .. }));
    sealed.cloned().collect()
}

fn member(chatd: &Chatd, victim: &Person) -> Result<Member<Vault>> {
    let folder = victim.home().join(".local/share/livechat/default");
    let key = VaultKey::from_file(&fs::read(folder.join("vault.key"))?, None)?;
    let vault = Vault::open(&folder.join("vault.db"), key)?;
    let name = AccountName::parse(&victim.account.name)?;
    let store = open_store(chatd)?;
    let found = store.read_blocking(|reads| {
        let Some(account) = reads.account_by_name(&name)? else { return Ok(None) };
        let device = reads.devices(account.id)?.into_iter().next();
        Ok(device.map(|device| (account.id, device.device)))
    });
    store.close();
    let (account, device) = found?.context("the victim has no device")?;
    Ok(Member::open(vault, ServerId::of(&chatd.key()?), account, device)?)
}
