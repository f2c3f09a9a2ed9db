//! Invites: making, using up and revoking them.

use proto::ids::{InviteId, Timestamp};
use proto::message::Role;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::NewInvite;

impl Tx<'_> {
    /// Makes an invite.
    ///
    /// # Errors
    /// `Conflict` if there is one with this digest.
    pub fn create_invite(&mut self, new: &NewInvite) -> Result<InviteId, StoreError> {
        if self.reads().invite_by_digest(&new.digest)?.is_some() {
            return Err(StoreError::Conflict);
        }
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO invites (digest, role, uses_left, expires_at_ms, created_by, created_at_ms) \
             VALUES (:digest, :role, :uses, :expires_at, :by, :at) RETURNING id",
        )?;
        let id = statement.query_row(
            named_params! {
                ":digest": new.digest.as_slice(),
                ":role": new.role.column(),
                ":uses": new.uses.column(),
                ":expires_at": new.expires_at.column(),
                ":by": or_zero(new.by),
                ":at": new.at.column(),
            },
            |row| get(row, 0),
        )?;
        Ok(id)
    }

    /// Makes an invite void. Doing it twice is doing it once.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn revoke_invite(&mut self, invite: InviteId, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE invites SET revoked_at_ms = iif(revoked_at_ms = 0, max(?2, 1), revoked_at_ms) WHERE id = ?1",
            )?
            .execute((invite.column(), at.column()))?;
        if changed == 0 { Err(StoreError::NotFound { what: "invite" }) } else { Ok(()) }
    }

    /// Takes one use of an invite and returns the role it gives.
    ///
    /// # Errors
    /// `BadInvite`.
    pub(super) fn use_invite(
        &self,
        digest: &[u8; 32],
        at: Timestamp,
    ) -> Result<(InviteId, Role), StoreError> {
        let invite = self.reads().invite_by_digest(digest)?;
        let invite = invite.filter(|invite| invite.is_good(at)).ok_or(StoreError::BadInvite)?;
        self.conn
            .prepare_cached("UPDATE invites SET uses_left = uses_left - 1 WHERE id = ?1")?
            .execute([invite.id.column()])?;
        Ok((invite.id, invite.role))
    }
}
