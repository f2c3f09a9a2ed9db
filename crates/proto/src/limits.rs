//! Every length, count and duration that a peer controls, in one place.

use std::time::Duration;

/// Longest handshake message in bytes; checked before anything is allocated.
pub const HANDSHAKE_MESSAGE: usize = 4096;
/// Time from accept to the end of the handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Longest Noise transport message in bytes, by the Noise specification.
pub const NOISE_MESSAGE: usize = 65_535;
/// Bytes of the AES-GCM tag at the end of each frame.
pub const TAG: usize = 16;
/// Longest frame plaintext in bytes, padding included.
pub const FRAME_PLAINTEXT: usize = NOISE_MESSAGE - TAG;
/// Longest encoded message inside a frame in bytes: frame plaintext less its own length field.
pub const MESSAGE: usize = FRAME_PLAINTEXT - 2;
/// Shortest frame plaintext in bytes: pings, read markers and short lines of chat look the same.
pub const FRAME_PADDED: usize = 128;
/// Shortest frame on the wire in bytes, its length field apart.
pub const FRAME_SMALLEST: usize = FRAME_PADDED + TAG;
/// Shortest plaintext of an opening in bytes: coming back, logging in and registering look the same.
pub const OPENING_PADDED: usize = 512;
/// Frames in one direction after which both sides move to the next key.
pub const REKEY_EVERY: u64 = 1 << 16;

/// Longest account name in bytes (UTF-8).
pub const NAME: usize = 64;
/// Longest room name in bytes (UTF-8).
pub const ROOM_NAME: usize = 48;
/// Longest topic in bytes.
pub const TOPIC: usize = 512;
/// Longest text of one chat message in bytes.
pub const BODY: usize = 16 * 1024;
/// Longest reaction in bytes: one emoji with all its joiners.
pub const EMOJI: usize = 64;
/// Longest password in bytes.
pub const PASSWORD: usize = 1024;
/// Longest TOTP or recovery code in bytes, spaces and dashes included.
pub const CODE: usize = 32;
/// Longest invite token in bytes as text.
pub const INVITE: usize = 64;
/// Longest host name in bytes.
pub const HOST: usize = 253;
/// Longest invite link in bytes.
pub const INVITE_LINK: usize = 512;
/// Longest label of a device in bytes.
pub const DEVICE_LABEL: usize = 64;
/// Longest client name and version in bytes.
pub const CLIENT_NAME: usize = 64;
/// Longest reason of a kick or ban in bytes.
pub const REASON: usize = 512;
/// Longest appeal against a ban in bytes.
pub const APPEAL: usize = 2048;
/// Longest search query in bytes.
pub const QUERY: usize = 256;
/// Most words of a query that are searched for.
pub const QUERY_TERMS: usize = 8;
/// Longest line of explanation that goes with a refusal or a goodbye, in bytes.
pub const DETAIL: usize = 512;

/// Most entries in one history or search page; pages also end before [`PAGE_BYTES`].
pub const PAGE: usize = 200;
/// Encoded size in bytes at which the server ends a page.
pub const PAGE_BYTES: usize = 48 * 1024;
/// Most people in one presence event and one member page.
pub const PEOPLE: usize = 500;
/// Most different reactions to one entry.
pub const REACTIONS: usize = 32;
/// Most messages in one report.
pub const REPORTED: usize = 20;
/// Most of one's own reports that are listed, the newest.
pub const REPORTS: usize = 50;
/// Recovery codes made at enrolment.
pub const RECOVERY_CODES: usize = 10;
/// Most devices of one account.
pub const DEVICES: usize = 32;
/// Most rooms one account can be in.
pub const ROOMS_PER_ACCOUNT: usize = 500;

/// Longest piece of a file in one message, in bytes.
pub const PIECE: usize = 32 * 1024;
/// Pieces of one connection that may wait for their answer, in each direction; more are refused.
pub const PIECES_IN_FLIGHT: usize = 8;
/// Longest name of a file in bytes.
pub const FILE_NAME: usize = 255;
/// Longest media type of a file in bytes.
pub const MEDIA_TYPE: usize = 100;
/// Longest sealed card of a file under a passphrase, in bytes.
pub const CARD_SEALED: usize = 1024;
/// Largest sealed file in bytes; a server usually allows less.
pub const FILE_BYTES: u64 = 1 << 40;

/// Longest commit, proposal or message of a sealed room in bytes, and longest ratchet tree of a group that starts.
pub const MLS_MESSAGE: usize = 48 * 1024;
/// Longest description of a sealed room's group (GroupInfo, without its tree) in bytes.
pub const GROUP_INFO: usize = 4096;
/// Longest Welcome in bytes.
pub const WELCOME: usize = 48 * 1024;
/// Longest key package in bytes.
pub const KEY_PACKAGE: usize = 1024;
/// Most key packages in one message, and most one-time ones that wait for one device.
pub const KEY_PACKAGES: usize = 20;
/// Bytes of a device's certificate.
pub const CERTIFICATE: usize = 153;
/// Longest parcel for a device that was approved, in bytes.
pub const PARCEL: usize = 160;
/// Most devices in one sealed room: a commit over a tree that nobody has refreshed must fit a message.
pub const SEALED_DEVICES: usize = 500;
/// Most devices that one commit adds to a sealed room.
pub const ADDED_AT_ONCE: usize = 64;
/// Longest proposal of the server in bytes.
pub const PROPOSAL: usize = 1024;
/// Most proposals in one entry.
pub const PROPOSALS: usize = 32;
/// Longest identity of the server as a sender in sealed rooms, in bytes.
pub const SENDER: usize = 512;
/// Most messages of a sealed room that are opened in one report.
pub const OPENED: usize = 10;
/// Longest opened message in bytes, with everything that is encoded beside its text.
pub const OPENED_BODY: usize = BODY + 1024;

/// Requests of one connection that may wait for their answer.
pub const REQUESTS_IN_FLIGHT: usize = 256;
/// Bytes that may wait for one reader before the connection is cut as too slow.
pub const OUTBOX_BYTES: usize = 256 * 1024;
/// How long one write to a peer may stand still.
pub const WRITE_STALL: Duration = Duration::from_secs(20);
/// A client without traffic sends a ping this often.
pub const PING_EVERY: Duration = Duration::from_secs(30);
/// A connection without a frame for this long is closed.
pub const IDLE: Duration = Duration::from_secs(90);
/// How long a banned person may take to write an appeal.
pub const APPEAL_TIME: Duration = Duration::from_secs(300);
/// Longest ban that has an end, in seconds (ten years).
pub const BAN_SECONDS: u64 = 10 * 365 * 24 * 3600;
/// Longest pause between two messages of one person in slow mode, in seconds (six hours).
pub const SLOW_SECONDS: u32 = 6 * 3600;
/// Furthest that a purge with a beginning goes back, in seconds (a year).
pub const PURGE_SECONDS: u64 = 365 * 24 * 3600;
/// Longest raid level that ends by itself, in minutes (four weeks).
pub const RAID_MINUTES: u32 = 28 * 24 * 60;
