//! What a logged-in client asks for.
// tidy: long because it is one table of commands.

use minicbor::{Decode, Encode};

use super::file::FileCard;
use super::report::{ReportCategory, ReportWhat};
use super::sealed::Opened;
use crate::bytes::Bytes;
use crate::ids::{
    BlobId, DeviceId, Epoch, FileSize, IdentityKey, MessageId, RequestId, RoomId, Seq, SignatureKey,
    WelcomeId,
};
use crate::limits;
use crate::text::{List, Secret, Text};

/// A command with the client's number for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ClientMessage {
    /// Comes back with the answer. A client does not use a number again while its answer is open.
    #[n(0)]
    pub request: RequestId,
    /// What is wanted.
    #[n(1)]
    pub command: Command,
}

/// Everything a client can ask for. Each gets exactly one answer or refusal, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Command {
    /// Keeps the connection open. Answer: `Done`.
    #[n(0)]
    Ping,
    /// Says something in a room. Answer: `Accepted`, after the entry is on disk.
    #[n(1)]
    Send {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        body: Text<{ limits::BODY }>,
        #[n(3)]
        reply_to: Option<Seq>,
    },
    /// Replaces the text of an own message. Answer: `Accepted`.
    #[n(2)]
    Edit {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        target: Seq,
        #[n(3)]
        body: Text<{ limits::BODY }>,
    },
    /// Removes the text of a message: one's own, or anybody's for a moderator. Answer: `Accepted`.
    #[n(3)]
    Delete {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        target: Seq,
    },
    /// Adds or takes back a reaction. Answer: `Accepted`.
    #[n(4)]
    React {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        target: Seq,
        #[n(3)]
        emoji: Text<{ limits::EMOJI }>,
        #[n(4)]
        change: ReactionChange,
    },
    /// Makes an open room and joins it. Answer: `Room`.
    #[n(5)]
    CreateRoom {
        #[n(0)]
        name: Text<{ limits::ROOM_NAME }>,
        #[n(1)]
        topic: Text<{ limits::TOPIC }>,
    },
    /// Joins an open room. Joining again changes nothing. Answer: `Room`.
    #[n(6)]
    Join {
        #[n(0)]
        name: Text<{ limits::ROOM_NAME }>,
    },
    /// Leaves a room; nobody leaves the lobby. Answer: `Done`.
    #[n(7)]
    Leave {
        #[n(0)]
        room: RoomId,
    },
    /// Sets the topic. Answer: `Accepted`.
    #[n(8)]
    SetTopic {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        topic: Text<{ limits::TOPIC }>,
    },
    /// Lists open rooms by name. Answer: `Rooms`.
    #[n(9)]
    ListRooms {
        /// Continue after this name; empty starts.
        #[n(0)]
        after: Text<{ limits::ROOM_NAME }>,
    },
    /// Lists a room's members by name. Answer: `Members`.
    #[n(10)]
    ListMembers {
        #[n(0)]
        room: RoomId,
        /// Continue after this name; empty starts.
        #[n(1)]
        after: Text<{ limits::NAME }>,
    },
    /// Reads the log. Answer: `History`.
    #[n(11)]
    History {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        from: HistoryFrom,
        /// Most entries wanted; the server caps it at `limits::PAGE`.
        #[n(2)]
        limit: u16,
    },
    /// Finds words in open rooms one is in, newest first. Answer: `Found`.
    #[n(12)]
    Search {
        #[n(0)]
        query: Text<{ limits::QUERY }>,
        /// Only in this room.
        #[n(1)]
        room: Option<RoomId>,
        /// The cursor of the page before, 0 to start.
        #[n(2)]
        before: u64,
        #[n(3)]
        limit: u16,
    },
    /// Remembers how far one has read; shared with one's other devices. Never moves back. Answer: `Done`.
    #[n(13)]
    MarkRead {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        upto: Seq,
    },
    /// Lists one's own devices. Answer: `Devices`.
    #[n(14)]
    ListDevices,
    /// Ends a device's login for good. Answer: `Done`.
    #[n(15)]
    RevokeDevice {
        #[n(0)]
        device: DeviceId,
    },
    /// Opens the room of two with this person, making it the first time. Answer: `Room`.
    #[n(16)]
    OpenDirect {
        #[n(0)]
        name: Text<{ limits::NAME }>,
    },
    /// Removes somebody from a room; from the lobby: cuts their connections. Answer: `Done`.
    #[n(17)]
    Kick {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        name: Text<{ limits::NAME }>,
        #[n(2)]
        reason: Text<{ limits::REASON }>,
    },
    /// Bans an account from the server. Answer: `Done`.
    #[n(18)]
    Ban {
        #[n(0)]
        name: Text<{ limits::NAME }>,
        #[n(1)]
        reason: Text<{ limits::REASON }>,
        /// Seconds, or for good.
        #[n(2)]
        seconds: Option<u64>,
    },
    /// Lifts an account's ban. Answer: `Done`.
    #[n(19)]
    Unban {
        #[n(0)]
        name: Text<{ limits::NAME }>,
        #[n(1)]
        reason: Text<{ limits::REASON }>,
    },
    /// Proves that the authenticator works. It finishes a registration, with `Welcome` as answer, or what `RenewTotp`
    /// began, with `RecoveryCodes`. On a wrong code the answer is a refusal, and the client may try again.
    #[n(20)]
    ConfirmTotp {
        #[n(0)]
        code: Secret<{ limits::CODE }>,
    },
    /// Leaves in order, so that a cut connection can be told from a closed one. No answer.
    #[n(21)]
    Bye,
    /// Tells the moderators about messages or a person. Reporting the same again adds to the open report. Answer:
    /// `Reported`.
    #[n(22)]
    Report {
        #[n(0)]
        what: ReportWhat,
        #[n(1)]
        category: ReportCategory,
        /// What the moderators should know; may be empty.
        #[n(2)]
        note: Text<{ limits::REASON }>,
    },
    /// Lists one's own reports and what became of them, newest first. Answer: `Reports`.
    #[n(23)]
    ListReports,
    /// Takes somebody's right to write. Answer: `Done`.
    #[n(24)]
    Mute {
        /// Only in this room; everywhere when absent.
        #[n(0)]
        room: Option<RoomId>,
        #[n(1)]
        name: Text<{ limits::NAME }>,
        #[n(2)]
        reason: Text<{ limits::REASON }>,
        /// Seconds, or for good.
        #[n(3)]
        seconds: Option<u64>,
    },
    /// Gives somebody the right to write back. Answer: `Done`.
    #[n(25)]
    Unmute {
        /// Where the mute holds: in this room, or everywhere when absent.
        #[n(0)]
        room: Option<RoomId>,
        #[n(1)]
        name: Text<{ limits::NAME }>,
        #[n(2)]
        reason: Text<{ limits::REASON }>,
    },
    /// Keeps somebody out of one room. Answer: `Done`.
    #[n(26)]
    RoomBan {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        name: Text<{ limits::NAME }>,
        #[n(2)]
        reason: Text<{ limits::REASON }>,
        /// Seconds, or for good.
        #[n(3)]
        seconds: Option<u64>,
    },
    /// Lets somebody into the room again. Answer: `Done`.
    #[n(27)]
    RoomUnban {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        name: Text<{ limits::NAME }>,
        #[n(2)]
        reason: Text<{ limits::REASON }>,
    },
    /// Sets how long each person waits between two messages in a room. Answer: `Done`.
    #[n(28)]
    SlowMode {
        #[n(0)]
        room: RoomId,
        /// The pause, at most `limits::SLOW_SECONDS`; 0 ends slow mode.
        #[n(1)]
        seconds: u32,
    },
    /// Sets how far the server is closed: 5 is every day, 4 holds newcomers' messages, 3 also links, 2 also closes the
    /// server to newcomers, 1 lets only staff in. Answer: `Done`.
    #[n(29)]
    Raid {
        #[n(0)]
        level: u8,
        /// Minutes until it returns by itself, at most `limits::RAID_MINUTES`; 0 is without an end.
        #[n(1)]
        minutes: u32,
        #[n(2)]
        reason: Text<{ limits::REASON }>,
    },
    /// Asks to look at one's ban again: only right after `Denied` with `Banned`, within `limits::APPEAL_TIME`.
    /// Answer: `Done`, and the connection ends.
    #[n(30)]
    Appeal {
        #[n(0)]
        text: Text<{ limits::APPEAL }>,
    },
    /// Starts to bring a file for a room, or asks how much of it the server has. Asking again, also after a cut or a
    /// restart, goes on where it stopped. Answer: `Upload`.
    #[n(31)]
    BeginUpload {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        blob: BlobId,
        #[n(2)]
        sealed_size: FileSize,
    },
    /// Brings the next bytes of an upload; `offset` is what the server has. Answer: `Upload`.
    #[n(32)]
    UploadPiece {
        #[n(0)]
        blob: BlobId,
        #[n(1)]
        offset: u64,
        #[n(2)]
        bytes: Bytes<{ limits::PIECE }>,
    },
    /// Ends an upload that is complete: its hash is checked and it is safe on disk. Answer: `Done`.
    #[n(33)]
    FinishUpload {
        #[n(0)]
        blob: BlobId,
    },
    /// Gives an upload up. Answer: `Done`.
    #[n(34)]
    CancelUpload {
        #[n(0)]
        blob: BlobId,
    },
    /// Posts a file that was uploaded for this room. Answer: `Accepted`, or `Held`.
    #[n(35)]
    SendFile {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        file: FileCard,
        /// Some words beside it; may be empty.
        #[n(3)]
        caption: Text<{ limits::BODY }>,
        #[n(4)]
        reply_to: Option<Seq>,
    },
    /// Reads sealed bytes of a message's file. Answer: `Piece`.
    #[n(36)]
    FetchPiece {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        seq: Seq,
        #[n(2)]
        offset: u64,
        /// Bytes wanted; the server caps it at `limits::PIECE`.
        #[n(3)]
        len: u32,
    },
    /// Asks for the identity of an account: one's own, or of anybody here. Answer: `Identity`.
    #[n(37)]
    Identity {
        /// Whose; empty is oneself.
        #[n(0)]
        name: Text<{ limits::NAME }>,
    },
    /// Gives the account an identity with this device as its first, or another one in place of the old: then all
    /// other certificates end and the account leaves its sealed rooms. The same again changes nothing. Answer: `Done`.
    #[n(38)]
    PublishIdentity {
        #[n(0)]
        key: IdentityKey,
        /// What `key` signed for this device.
        #[n(1)]
        certificate: Bytes<{ limits::CERTIFICATE }>,
        #[n(2)]
        signature_key: SignatureKey,
        /// The identity key so far. Anything else than the server has is a `Conflict`.
        #[n(3)]
        replaces: Option<IdentityKey>,
    },
    /// Asks the account's other devices to approve this one. Answer: `Done`.
    #[n(39)]
    AskApproval {
        #[n(0)]
        signature_key: SignatureKey,
    },
    /// Vouches for another device of one's own account that asked. Answer: `Done`.
    #[n(40)]
    ApproveDevice {
        #[n(0)]
        device: DeviceId,
        #[n(1)]
        certificate: Bytes<{ limits::CERTIFICATE }>,
        /// The account's secret, sealed for that device.
        #[n(2)]
        parcel: Bytes<{ limits::PARCEL }>,
    },
    /// Leaves key packages of this device, so that others can add it while it is away; an empty list only asks how
    /// many are left. Answer: `KeyPackagesLeft`.
    #[n(41)]
    PublishKeyPackages {
        #[n(0)]
        packages: List<Bytes<{ limits::KEY_PACKAGE }>, { limits::KEY_PACKAGES }>,
        /// Handed out when no other is left; replaces the one before.
        #[n(1)]
        last_resort: Option<Bytes<{ limits::KEY_PACKAGE }>>,
    },
    /// Takes one key package of each device of an account that is not in the room yet. Answer: `KeyPackages`.
    #[n(42)]
    TakeKeyPackages {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        name: Text<{ limits::NAME }>,
    },
    /// Makes a sealed room, or the one with this person. The same `message_id`, or the same person, gives the same
    /// room. Answer: `Room`; the maker then starts its group.
    #[n(43)]
    CreateSealed {
        #[n(0)]
        message_id: MessageId,
        #[n(1)]
        with: Option<Text<{ limits::NAME }>>,
    },
    /// Starts the group of a sealed room that has none. Answer: `Done`.
    #[n(44)]
    StartGroup {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        group_info: Bytes<{ limits::GROUP_INFO }>,
        #[n(2)]
        tree: Bytes<{ limits::MLS_MESSAGE }>,
    },
    /// Changes the members or keys of a sealed room. The first commit of an epoch wins. Answer: `Accepted`.
    #[n(45)]
    Commit {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        /// The epoch it ends.
        #[n(2)]
        epoch: Epoch,
        #[n(3)]
        commit: Bytes<{ limits::MLS_MESSAGE }>,
        /// The group after the commit.
        #[n(4)]
        group_info: Bytes<{ limits::GROUP_INFO }>,
        /// For the devices that it adds; empty when it adds none.
        #[n(5)]
        welcome: Bytes<{ limits::WELCOME }>,
    },
    /// Says something in a sealed room. Answer: `Accepted`.
    #[n(46)]
    SendSealed {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        message_id: MessageId,
        #[n(2)]
        epoch: Epoch,
        #[n(3)]
        message: Bytes<{ limits::MLS_MESSAGE }>,
        /// A file that was uploaded for this room.
        #[n(4)]
        blob: Option<BlobId>,
    },
    /// Lists the Welcomes that wait for this device. Answer: `Welcomes`.
    #[n(47)]
    ListWelcomes,
    /// Throws a Welcome away, once it is used or useless. Answer: `Done`.
    #[n(48)]
    DropWelcome {
        #[n(0)]
        id: WelcomeId,
    },
    /// Reads the ratchet tree of a sealed room: of the current epoch, or of one whose Welcome waits. Answer: `Piece`.
    #[n(49)]
    FetchTree {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        epoch: Epoch,
        #[n(2)]
        offset: u64,
        /// Bytes wanted; the server caps it at `limits::PIECE`.
        #[n(3)]
        len: u32,
    },
    /// Asks for what a device needs to come into a sealed room of its account by itself. Answer: `GroupInfo`.
    #[n(50)]
    FetchGroupInfo {
        #[n(0)]
        room: RoomId,
    },
    /// Tells that this device could not make sense of an entry of a sealed room. Answer: `Done`.
    #[n(51)]
    CannotRead {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        seq: Seq,
    },
    /// Opens messages of one person in a sealed room for the moderators. Reporting more adds to the open report.
    /// Answer: `Reported`.
    #[n(52)]
    ReportSealed {
        #[n(0)]
        room: RoomId,
        #[n(1)]
        category: ReportCategory,
        /// What the moderators should know; may be empty.
        #[n(2)]
        note: Text<{ limits::REASON }>,
        #[n(3)]
        opened: List<Opened, { limits::OPENED }>,
    },
    /// Asks how the server names itself as a sender in sealed rooms. Answer: `Host`.
    #[n(53)]
    FetchHost,
    /// Removes what somebody wrote until now, in every room; everybody is told with `Event::Purged`. It can be brought
    /// back for a day. Answer: `Purged`.
    #[n(54)]
    Purge {
        #[n(0)]
        name: Text<{ limits::NAME }>,
        #[n(1)]
        reason: Text<{ limits::REASON }>,
        /// How far back, in seconds, at most `limits::PURGE_SECONDS`; from the beginning when absent.
        #[n(2)]
        seconds: Option<u64>,
    },
    /// Asks for another authenticator in place of one's own. Nothing changes until `ConfirmTotp`, on this connection and
    /// within ten minutes. Answer: `Totp`.
    #[n(55)]
    RenewTotp {
        #[n(0)]
        password: Secret<{ limits::PASSWORD }>,
        /// Of the authenticator there is, or a recovery code. It is used up.
        #[n(1)]
        code: Secret<{ limits::CODE }>,
    },
}

/// Where a page of the log starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum HistoryFrom {
    /// The newest entries.
    #[n(0)]
    Latest,
    /// The entries just before this place.
    #[n(1)]
    Before(#[n(0)] Seq),
    /// The entries just after this place, for catching up.
    #[n(2)]
    After(#[n(0)] Seq),
}

/// What happens to a reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ReactionChange {
    /// The person reacts.
    #[n(0)]
    Add,
    /// The person takes it back.
    #[n(1)]
    Remove,
}
