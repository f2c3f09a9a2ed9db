//! What goes into the store and what comes out: plain values, valid by their types.

mod appeal;
mod audit;
mod automod;
mod bulk;
mod file;
mod operations;
mod people;
mod posture;
mod report;
mod sanction;
mod sealed;
mod sealed_list;
mod web;

use std::fmt;

use domain::audit::{AuditEvent, ChainHash};
use domain::name::AccountName;
use proto::ids::{
    AccountId, AnnouncementId, BatchId, DeviceId, FileId, HeldId, InviteId, MessageId, PublicKey, PurgeId,
    ReportId, RoomId, SanctionId, Seq, Timestamp,
};
use proto::limits;
use proto::message::{Content, Entry, Role, RoomKind};
use proto::text::Text;

pub use appeal::*;
pub use audit::*;
pub use automod::*;
pub use bulk::*;
pub use file::*;
pub use operations::*;
pub use people::*;
pub use posture::*;
pub use report::*;
pub use sanction::*;
pub use sealed::*;
pub use sealed_list::*;
pub use web::*;

/// The lobby: made by the first migration, everybody is in it.
pub const LOBBY: RoomId = RoomId::new(1).expect("1 is within the range of ids");

/// The place of a row in the feed of changes; 0 is before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeSeq(pub u64);

/// The place of a row in the audit log; the first is 1, 0 is before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditSeq(pub u64);

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount {
    pub name: AccountName,
    /// The role, unless an invite is given: then the invite's role counts.
    pub role: Role,
    /// A PHC string.
    pub password_hash: String,
    /// The digest of the invite that is used up by this.
    pub invite_digest: Option<[u8; 32]>,
    /// What the applicant says, if a moderator has to approve the account before it is used.
    pub application: Option<Text<{ limits::REASON }>>,
    pub at: Timestamp,
}

/// What is sealed for one account and therefore can only be made when its id is known.
#[derive(Clone)]
pub struct AccountSecrets {
    pub totp_sealed: Vec<u8>,
    pub recovery_digests: Vec<[u8; 32]>,
}

/// An account with what is needed to judge a login.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
    pub password_hash: String,
    pub totp_sealed: Vec<u8>,
    /// The newest TOTP time step that was accepted.
    pub totp_last_step: u64,
    /// The invite it came by.
    pub invite: Option<InviteId>,
    pub created_at: Timestamp,
    pub state: AccountState,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountState {
    Active,
    /// It waits for a moderator's approval.
    Pending,
    Rejected,
}

/// A login that has been judged good: who, with which device, by which second factor.
#[derive(Debug, Clone)]
pub struct Login {
    pub account: AccountId,
    pub key: PublicKey,
    pub label: Text<{ limits::DEVICE_LABEL }>,
    pub client: Text<{ limits::CLIENT_NAME }>,
    pub factor: Factor,
    pub at: Timestamp,
    pub login_until: Timestamp,
}

/// The second factor that was given; it is used up by the login.
#[derive(Clone, Copy)]
pub enum Factor {
    /// A TOTP code of this time step.
    Totp { step: u64 },
    /// A recovery code with this digest.
    Recovery { digest: [u8; 32] },
}

/// A login that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedIn {
    pub device: DeviceId,
    /// Whether this device had never logged in before.
    pub first_time: bool,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    pub device: DeviceId,
    pub account: AccountId,
    pub key: PublicKey,
    pub label: Text<{ limits::DEVICE_LABEL }>,
    pub client: Text<{ limits::CLIENT_NAME }>,
    pub added: Timestamp,
    pub last_seen: Timestamp,
    /// Until when its key alone is enough.
    pub login_until: Timestamp,
    pub revoked: bool,
}

/// An invite to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    pub digest: [u8; 32],
    pub role: Role,
    /// How many accounts can be made with it.
    pub uses: u32,
    pub expires_at: Timestamp,
    /// Nobody: the operator's command line.
    pub by: Option<AccountId>,
    pub at: Timestamp,
}

/// An invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteRow {
    pub id: InviteId,
    pub role: Role,
    pub uses_left: u32,
    pub expires_at: Timestamp,
    pub by: Option<AccountId>,
    pub created_at: Timestamp,
    pub revoked: bool,
}

impl InviteRow {
    /// Whether an account can be made with it at this time.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        !self.revoked && 0 < self.uses_left && now < self.expires_at
    }
}

/// A room as it is for everybody; [`crate::Reads::summary`] gives it as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRow {
    pub id: RoomId,
    pub kind: RoomKind,
    /// Empty for a direct room.
    pub name: Text<{ limits::ROOM_NAME }>,
    pub topic: Text<{ limits::TOPIC }>,
    /// The two people of a direct room, the lower id first.
    pub pair: Option<(AccountId, AccountId)>,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub members: u32,
    pub last_seq: Seq,
    /// Seconds between two messages of one person; 0 for no limit.
    pub slow_seconds: u32,
    /// Only staff write in it.
    pub locked: bool,
    pub archived: bool,
}

/// Something to be written to a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    pub room: RoomId,
    pub author: AccountId,
    /// The id the author's client chose; the same id with the same content gives the first result again.
    pub message_id: MessageId,
    /// Text, Edit, Delete, Reaction, Topic or File; the store writes the others itself.
    pub content: Content,
    pub at: Timestamp,
    pub power: Power,
}

/// On whose texts an author may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// Only their own.
    Own,
    /// Deletes anybody's, and in open rooms without being a member.
    Moderator,
}

/// An entry that is (with the commit) on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub entry: Entry,
    /// Whether it was written by this call; if not, it has been delivered before.
    pub fresh: bool,
}

/// A member of a room, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    pub account: AccountId,
    pub name: Text<{ limits::NAME }>,
    pub role: Role,
}

/// An event of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: AuditSeq,
    pub event: AuditEvent,
    /// The hash of this event and of everything before it.
    pub hash: ChainHash,
}

/// A row of the feed: what changed and where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRow {
    pub seq: ChangeSeq,
    pub change: Change,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A measure against the account was taken or changed.
    Sanctioned { account: AccountId, sanction: SanctionId },
    /// A measure against the account was lifted.
    Lifted { account: AccountId },
    /// Role, password or authenticator changed.
    AccountChanged { account: AccountId },
    /// A new account: a new member of the lobby.
    AccountCreated { account: AccountId },
    /// The device's login was ended.
    DeviceRevoked { account: AccountId, device: DeviceId },
    /// The account was removed from the room; from the lobby: its connections are to be cut.
    Kicked { account: AccountId, room: RoomId, sanction: SanctionId },
    /// The room was made, or its topic, its slow mode or its lock changed.
    RoomChanged { room: RoomId },
    /// A measure against a device, a network or a lineage was taken, changed or lifted.
    SanctionsChanged { sanction: SanctionId },
    /// Many measures were taken or lifted together: everything has to be read again.
    BatchChanged { batch: BatchId },
    /// The raid level changed.
    PostureChanged,
    /// A setting changed.
    SettingsChanged,
    /// A filter changed.
    FiltersChanged,
    /// A held message was decided.
    HeldDecided { held: HeldId },
    /// Texts were hidden, or came back.
    Purged { purge: PurgeId },
    /// A report came in or changed.
    ReportChanged { report: ReportId },
    /// An announcement was made or ended.
    Announced { announcement: AnnouncementId },
    /// Somebody who applied for an account was let in or refused.
    AccountDecided { account: AccountId },
    /// A file was held back, let through or purged.
    FileChanged { file: FileId },
    /// Somebody has to go from a sealed room.
    Evicting { room: RoomId },
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewAccount")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AccountRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccountRow")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AccountSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccountSecrets(***)")
    }
}

impl fmt::Debug for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Totp { .. } => "Totp",
            Self::Recovery { .. } => "Recovery",
        })
    }
}
