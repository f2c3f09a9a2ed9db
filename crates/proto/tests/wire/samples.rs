//! One value of every message, for frozen bytes and as seeds for garbage.

use proto::bytes::{Bytes, Secret32};
use proto::ids::{
    AccountId, BlobId, Commitment, ContentHash, DeviceId, Epoch, FileSize, IdentityKey, LockSalt, MessageId,
    PublicKey, ReportId, RequestId, RoomId, Seq, SignatureKey, StampMac, Timestamp, WelcomeId,
};
use proto::message::*;
use proto::refusal::{Code, Refusal};
use proto::text::{List, Secret, Text};

/// Every opening with the path of its variant.
pub(crate) fn openings() -> Vec<(&'static str, Opening)> {
    vec![
        ("Opening::Resume", Opening::Resume(Resume { client: text("chat 0.1.0") })),
        (
            "Opening::Login",
            Opening::Login(Login {
                name: text("ada"),
                password: secret("correct horse battery staple"),
                code: secret("287082"),
                device_label: text("Ada's laptop"),
                client: text("chat 0.1.0"),
            }),
        ),
        (
            "Opening::Register",
            Opening::Register(Register {
                invite: secret("mfrggzdfmztwq2lknnwg"),
                name: text("bob"),
                password: secret("correct horse battery staple"),
                device_label: text("Bob's phone"),
                client: text("chat 0.1.0"),
                application: text("Ada knows me."),
            }),
        ),
    ]
}

/// Every command with the path of its variant.
pub(crate) fn commands() -> Vec<(&'static str, Command)> {
    let mut commands = talk();
    commands.extend(moderation());
    commands.extend(files());
    commands.extend(sealed());
    commands
}

/// What people ask for while they chat.
fn talk() -> Vec<(&'static str, Command)> {
    let (room, name) = (room(1), text("mallory"));
    vec![
        ("Command::Ping", Command::Ping),
        (
            "Command::Send",
            Command::Send { room, message_id: message_id(), body: text("hello, lobby"), reply_to: None },
        ),
        (
            "Command::Send",
            Command::Send {
                room, message_id: message_id(), body: text("yes 👍🏽"), reply_to: Some(seq(41))
            },
        ),
        (
            "Command::Edit",
            Command::Edit { room, message_id: message_id(), target: seq(42), body: text("hello, world") },
        ),
        ("Command::Delete", Command::Delete { room, message_id: message_id(), target: seq(42) }),
        (
            "Command::React",
            Command::React {
                room,
                message_id: message_id(),
                target: seq(42),
                emoji: text("🎉"),
                change: ReactionChange::Add,
            },
        ),
        ("Command::CreateRoom", Command::CreateRoom { name: text("rust"), topic: text("Crabs") }),
        ("Command::Join", Command::Join { name: text("rust") }),
        ("Command::Leave", Command::Leave { room: self::room(300) }),
        ("Command::SetTopic", Command::SetTopic { room, message_id: message_id(), topic: text("Be kind") }),
        ("Command::ListRooms", Command::ListRooms { after: text("") }),
        ("Command::ListMembers", Command::ListMembers { room, after: text("bob") }),
        ("Command::History", Command::History { room, from: HistoryFrom::Latest, limit: 50 }),
        ("Command::History", Command::History { room, from: HistoryFrom::Before(seq(500)), limit: 200 }),
        ("Command::History", Command::History { room, from: HistoryFrom::After(Seq::START), limit: 65535 }),
        ("Command::Search", Command::Search { query: text("crab"), room: None, before: 0, limit: 20 }),
        ("Command::Search", Command::Search { query: text("crab"), room: Some(room), before: 99, limit: 20 }),
        ("Command::MarkRead", Command::MarkRead { room, upto: seq(42) }),
        ("Command::ListDevices", Command::ListDevices),
        ("Command::RevokeDevice", Command::RevokeDevice { device: device(70_000) }),
        ("Command::OpenDirect", Command::OpenDirect { name: text("bob") }),
        ("Command::Kick", Command::Kick { room, name: name.clone(), reason: text("spam") }),
        ("Command::Ban", Command::Ban { name: name.clone(), reason: text("spam"), seconds: None }),
        ("Command::Ban", Command::Ban { name: name.clone(), reason: text("spam"), seconds: Some(86_400) }),
        ("Command::Unban", Command::Unban { name, reason: text("appeal") }),
        ("Command::ConfirmTotp", Command::ConfirmTotp { code: secret("287082") }),
        ("Command::Bye", Command::Bye),
    ]
}

/// Bringing, posting and reading files.
fn files() -> Vec<(&'static str, Command)> {
    let (room, blob) = (room(1), blob());
    let bytes = Bytes::new(b"CHA1".to_vec()).unwrap();
    let send = |file, caption, reply_to| Command::SendFile {
        room,
        message_id: message_id(),
        file,
        caption: text(caption),
        reply_to,
    };
    vec![
        (
            "Command::BeginUpload",
            Command::BeginUpload { room, blob, sealed_size: FileSize::new(200_128).unwrap() },
        ),
        ("Command::UploadPiece", Command::UploadPiece { blob, offset: 32_768, bytes }),
        ("Command::FinishUpload", Command::FinishUpload { blob }),
        ("Command::CancelUpload", Command::CancelUpload { blob }),
        ("Command::SendFile", send(keyed_file(), "the roof", Some(seq(41)))),
        ("Command::SendFile", send(locked_file(), "", None)),
        ("Command::FetchPiece", Command::FetchPiece { room, seq: seq(43), offset: 65_536, len: 32_768 }),
    ]
}

/// Sealed rooms.
fn sealed() -> Vec<(&'static str, Command)> {
    let mut commands = devices_and_their_keys();
    commands.extend(groups());
    commands
}

fn devices_and_their_keys() -> Vec<(&'static str, Command)> {
    let (key, signature_key) = (identity_key(), signature_key());
    vec![
        ("Command::Identity", Command::Identity { name: text("") }),
        (
            "Command::PublishIdentity",
            Command::PublishIdentity {
                key,
                certificate: bytes("certificate"),
                signature_key,
                replaces: None,
            },
        ),
        (
            "Command::PublishIdentity",
            Command::PublishIdentity {
                key,
                certificate: bytes("certificate"),
                signature_key,
                replaces: Some(IdentityKey(*b"the identity key that Ada lost..")),
            },
        ),
        ("Command::AskApproval", Command::AskApproval { signature_key }),
        (
            "Command::ApproveDevice",
            Command::ApproveDevice {
                device: device(70_001),
                certificate: bytes("certificate"),
                parcel: bytes("parcel"),
            },
        ),
        (
            "Command::PublishKeyPackages",
            Command::PublishKeyPackages {
                packages: list(vec![bytes("key package 1"), bytes("key package 2")]),
                last_resort: Some(bytes("the last key package")),
            },
        ),
        (
            "Command::PublishKeyPackages",
            Command::PublishKeyPackages { packages: list(vec![]), last_resort: None },
        ),
        ("Command::TakeKeyPackages", Command::TakeKeyPackages { room: room(20), name: text("bob") }),
    ]
}

fn groups() -> Vec<(&'static str, Command)> {
    let room = room(20);
    vec![
        ("Command::CreateSealed", Command::CreateSealed { message_id: message_id(), with: None }),
        (
            "Command::CreateSealed",
            Command::CreateSealed { message_id: message_id(), with: Some(text("bob")) },
        ),
        (
            "Command::StartGroup",
            Command::StartGroup { room, group_info: bytes("group info"), tree: bytes("tree") },
        ),
        (
            "Command::Commit",
            Command::Commit {
                room,
                message_id: message_id(),
                epoch: epoch(4),
                commit: bytes("commit"),
                group_info: bytes("group info"),
                welcome: bytes("welcome"),
            },
        ),
        (
            "Command::SendSealed",
            Command::SendSealed {
                room,
                message_id: message_id(),
                epoch: epoch(4),
                message: bytes("sealed"),
                blob: None,
            },
        ),
        (
            "Command::SendSealed",
            Command::SendSealed {
                room,
                message_id: message_id(),
                epoch: epoch(4),
                message: bytes("sealed"),
                blob: Some(blob()),
            },
        ),
        ("Command::ListWelcomes", Command::ListWelcomes),
        ("Command::DropWelcome", Command::DropWelcome { id: welcome_id(31) }),
        ("Command::FetchTree", Command::FetchTree { room, epoch: epoch(5), offset: 32_768, len: 32_768 }),
        ("Command::FetchGroupInfo", Command::FetchGroupInfo { room }),
        ("Command::CannotRead", Command::CannotRead { room, seq: seq(43) }),
        (
            "Command::ReportSealed",
            Command::ReportSealed {
                room,
                category: ReportCategory::Threat,
                note: text("since yesterday"),
                opened: list(vec![opened()]),
            },
        ),
        ("Command::FetchHost", Command::FetchHost),
        (
            "Command::Purge",
            Command::Purge { name: text("mallory"), reason: text("spam"), seconds: Some(86_400) },
        ),
        ("Command::Purge", Command::Purge { name: text("mallory"), reason: text("spam"), seconds: None }),
        (
            "Command::RenewTotp",
            Command::RenewTotp { password: secret("correct horse battery"), code: secret("287082") },
        ),
    ]
}

fn opened() -> Opened {
    Opened {
        seq: seq(43),
        at: at(),
        epoch: epoch(4),
        account: account(1 << 40),
        device: device(70_002),
        message_id: message_id(),
        stamp: stamp(),
        franking_key: Secret32::new(*b"a franking key, now in the open."),
        body: bytes("what was said"),
        commitment: Commitment(*b"what its sender committed to, 32"),
        context: false,
    }
}

fn stamp() -> Stamp {
    Stamp { kid: 3, mac: StampMac(*b"the stamp of the server, 32 byte") }
}

fn identity_key() -> IdentityKey {
    IdentityKey(*b"Ada's identity key, its 32 bytes")
}

fn signature_key() -> SignatureKey {
    SignatureKey(*b"the key Ada's laptop signs with.")
}

/// A file that everybody in the room can open.
fn keyed_file() -> FileCard {
    let facts = FileFacts {
        plain_sha256: ContentHash(*b"SHA-256 of the plaintext: 0 to f"),
        name: text("roof.png"),
        media: text("image/png"),
    };
    let key = Secret32::new(*b"a key that is nowhere else: 1234");
    file(FileLock::Key { key, facts })
}

/// A file under a passphrase.
fn locked_file() -> FileCard {
    let card = Bytes::new(b"sealed: key, hash, name and kind".to_vec()).unwrap();
    file(FileLock::Passphrase { salt: LockSalt(*b"a salt of 16 byt"), card })
}

fn file(lock: FileLock) -> FileCard {
    FileCard { blob: blob(), sealed_size: FileSize::new(200_128).unwrap(), lock }
}

fn blob() -> BlobId {
    BlobId(*b"the SHA-256 of the sealed bytes!")
}

/// Reports, appeals, and what staff do about people and rooms.
fn moderation() -> Vec<(&'static str, Command)> {
    let (room, name) = (room(1), text("mallory"));
    vec![
        (
            "Command::Report",
            Command::Report {
                what: ReportWhat::Messages { room, seqs: list(vec![seq(41), seq(43)]) },
                category: ReportCategory::Spam,
                note: text("the same all day"),
            },
        ),
        (
            "Command::Report",
            Command::Report {
                what: ReportWhat::Account { name: name.clone() },
                category: ReportCategory::Other,
                note: text(""),
            },
        ),
        ("Command::ListReports", Command::ListReports),
        (
            "Command::Mute",
            Command::Mute { room: None, name: name.clone(), reason: text("shouting"), seconds: Some(600) },
        ),
        (
            "Command::Mute",
            Command::Mute { room: Some(room), name: name.clone(), reason: text(""), seconds: None },
        ),
        ("Command::Unmute", Command::Unmute { room: None, name: name.clone(), reason: text("calm") }),
        (
            "Command::RoomBan",
            Command::RoomBan { room, name: name.clone(), reason: text("spam"), seconds: Some(3_600) },
        ),
        ("Command::RoomUnban", Command::RoomUnban { room, name, reason: text("appeal") }),
        ("Command::SlowMode", Command::SlowMode { room, seconds: 30 }),
        ("Command::Raid", Command::Raid { level: 2, minutes: 60, reason: text("many joins") }),
        ("Command::Appeal", Command::Appeal { text: text("It was my brother.") }),
    ]
}

/// Every command as a client sends it.
pub(crate) fn client_messages() -> Vec<(&'static str, ClientMessage)> {
    let with_number =
        |(number, (path, command))| (path, ClientMessage { request: RequestId(number), command });
    (1..).zip(commands()).map(with_number).collect()
}

/// Every message of the server with the path of its innermost variant.
pub(crate) fn server_messages() -> Vec<(&'static str, ServerMessage)> {
    let request = RequestId(7);
    let answers = answers().into_iter().map(|(path, answer)| (path, ServerMessage::Answer(request, answer)));
    let events = events().into_iter().map(|(path, event)| (path, ServerMessage::Event(event)));
    let mut messages: Vec<_> = answers.chain(events).collect();
    messages.push((
        "ServerMessage::Refused",
        ServerMessage::Refused(request, Refusal::new(Code::NoSuchRoom, "No room called #rust.")),
    ));
    messages.push((
        "ServerMessage::Refused",
        ServerMessage::Refused(request, Refusal::new(Code::TooFast, "Slow down.").after_ms(1_500)),
    ));
    messages.push(("ServerMessage::Welcome", ServerMessage::Welcome(welcome(List::default()))));
    let codes = List::new(vec![secret("abcd-efgh-ijkl-mnop"), secret("qrst-uvwx-yz23-4567")]).unwrap();
    messages.push(("ServerMessage::Welcome", ServerMessage::Welcome(welcome(codes))));
    messages.push((
        "ServerMessage::Enrol",
        ServerMessage::Enrol(Enrolment {
            totp_uri: secret("otpauth://totp/Club:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Club"),
            totp_secret: secret("GEZDGNBVGY3TQOJQ"),
        }),
    ));
    messages.push((
        "ServerMessage::Denied",
        ServerMessage::Denied(Refusal::new(Code::BadCredentials, "Name, password or code is wrong.")),
    ));
    messages
}

/// Every content of an entry with the path of its variant.
pub(crate) fn contents() -> Vec<(&'static str, Content)> {
    vec![
        ("Content::Text", Content::Text { body: text("hello, lobby"), reply_to: None }),
        ("Content::Text", Content::Text { body: text("yes"), reply_to: Some(seq(41)) }),
        ("Content::Edit", Content::Edit { target: seq(42), body: text("hello, world") }),
        ("Content::Delete", Content::Delete { target: seq(42) }),
        (
            "Content::Reaction",
            Content::Reaction { target: seq(42), emoji: text("🎉"), change: ReactionChange::Remove },
        ),
        ("Content::Topic", Content::Topic { topic: text("Be kind") }),
        ("Content::Created", Content::Created),
        ("Content::Removed", Content::Removed { by: account(7) }),
        (
            "Content::File",
            Content::File { file: keyed_file(), caption: text("the roof"), reply_to: Some(seq(41)) },
        ),
        ("Content::File", Content::File { file: locked_file(), caption: text(""), reply_to: None }),
        (
            "Content::Sealed",
            Content::Sealed {
                device: device(70_000),
                epoch: epoch(4),
                message: bytes("sealed"),
                blob: Some(blob()),
                stamp: stamp(),
            },
        ),
        (
            "Content::Sealed",
            Content::Sealed {
                device: device(70_000),
                epoch: epoch(4),
                message: bytes("sealed"),
                blob: None,
                stamp: stamp(),
            },
        ),
        (
            "Content::Commit",
            Content::Commit { device: device(70_000), epoch: epoch(4), message: bytes("commit") },
        ),
        (
            "Content::Evict",
            Content::Evict {
                epoch: epoch(5),
                proposals: list(vec![bytes("proposal 1"), bytes("proposal 2")]),
                why: EvictWhy::RoomBanned,
            },
        ),
    ]
}

fn answers() -> Vec<(&'static str, Answer)> {
    let mut answers = open_answers();
    answers.extend(sealed_answers());
    answers
}

fn sealed_answers() -> Vec<(&'static str, Answer)> {
    let welcome = WelcomeCard {
        id: welcome_id(31),
        room: room(20),
        epoch: epoch(5),
        seq: seq(43),
        welcome: bytes("welcome"),
    };
    vec![
        (
            "Answer::Identity",
            Answer::Identity(IdentityCard {
                account: account(7),
                name: text("ada"),
                key: Some(identity_key()),
                devices: list(vec![
                    device_identity(70_000, Some(bytes("certificate"))),
                    device_identity(70_001, None),
                ]),
            }),
        ),
        ("Answer::KeyPackagesLeft", Answer::KeyPackagesLeft { left: 17 }),
        (
            "Answer::KeyPackages",
            Answer::KeyPackages {
                packages: list(vec![DevicePackage { device: device(70_002), package: bytes("key package") }]),
            },
        ),
        ("Answer::Welcomes", Answer::Welcomes(WelcomePage { welcomes: list(vec![welcome]), more: false })),
        ("Answer::GroupInfo", Answer::GroupInfo { epoch: epoch(5), seq: seq(43), info: bytes("group info") }),
        ("Answer::Host", Answer::Host { sender: bytes("the server's signing identity") }),
        ("Answer::Purged", Answer::Purged { messages: 128, more: true }),
        (
            "Answer::Totp",
            Answer::Totp(Enrolment {
                totp_uri: secret("otpauth://totp/Club:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Club"),
                totp_secret: secret("GEZDGNBVGY3TQOJQ"),
            }),
        ),
        (
            "Answer::RecoveryCodes",
            Answer::RecoveryCodes {
                codes: list(vec![secret("abcd-efgh-ijkl-mnop"), secret("qrst-uvwx-yz23-4567")]),
            },
        ),
    ]
}

/// A device that was approved, or one that asks.
fn device_identity(number: u64, certificate: Option<Bytes<153>>) -> DeviceIdentity {
    let asks = certificate.is_none();
    DeviceIdentity {
        device: device(number),
        noise_key: PublicKey(*b"the key a device connects with.."),
        signature_key: Some(signature_key()),
        certificate,
        parcel: (!asks).then(|| bytes("parcel")),
        asks,
    }
}

fn open_answers() -> Vec<(&'static str, Answer)> {
    let hit = SearchHit { item: history_item(None), room_name: text("lobby") };
    vec![
        ("Answer::Done", Answer::Done),
        ("Answer::Accepted", Answer::Accepted { room: room(1), seq: seq(43), at: at() }),
        ("Answer::Room", Answer::Room(summary(RoomKind::Open))),
        ("Answer::Rooms", Answer::Rooms(RoomPage { rooms: list(vec![summary(RoomKind::Open)]), more: true })),
        (
            "Answer::Members",
            Answer::Members(MemberPage {
                people: list(vec![person(7, "ada", Role::Owner), person(1_000_003, "bob", Role::Member)]),
                more: false,
                members: 2,
                online: 1,
            }),
        ),
        (
            "Answer::History",
            Answer::History(HistoryPage {
                room: room(1),
                items: list(vec![history_item(None), history_item(Some(seq(44)))]),
                more: true,
            }),
        ),
        ("Answer::Found", Answer::Found(SearchPage { hits: list(vec![hit]), next: 17 })),
        (
            "Answer::Devices",
            Answer::Devices(DevicePage {
                devices: list(vec![Device {
                    device: device(70_000),
                    label: text("Ada's laptop"),
                    client: text("chat 0.1.0"),
                    added: Timestamp(1_766_000_000_000),
                    last_seen: at(),
                    online: true,
                    current: true,
                }]),
            }),
        ),
        ("Answer::Reported", Answer::Reported { report: report(900) }),
        (
            "Answer::Reports",
            Answer::Reports(ReportPage {
                reports: list(vec![OwnReport {
                    report: report(900),
                    at: at(),
                    name: text("mallory"),
                    messages: 2,
                    category: ReportCategory::Spam,
                    state: ReportState::Actioned,
                    outcome: text("Thank you."),
                }]),
            }),
        ),
        ("Answer::Held", Answer::Held { why: text("Links of newcomers wait for a moderator.") }),
        ("Answer::Upload", Answer::Upload { received: 65_536 }),
        (
            "Answer::Piece",
            Answer::Piece { offset: 65_536, bytes: Bytes::new(b"\0sealed\xff".to_vec()).unwrap() },
        ),
    ]
}

fn events() -> Vec<(&'static str, Event)> {
    let mut events: Vec<_> =
        contents().into_iter().map(|(path, content)| (path, Event::Entry(entry(content)))).collect();
    events.extend([
        ("Event::Room", Event::Room(summary(RoomKind::Direct))),
        ("Event::RoomGone", Event::RoomGone { room: room(300), why: GoneWhy::Kicked, reason: text("spam") }),
        ("Event::Ready", Event::Ready),
        (
            "Event::People",
            Event::People(PeopleChange {
                room: room(1),
                changed: list(vec![person(1_000_003, "bob", Role::Member)]),
                left: list(vec![account(1 << 40)]),
                members: 2,
                online: 2,
            }),
        ),
        ("Event::Read", Event::Read { room: room(1), upto: seq(43) }),
        (
            "Event::Notice",
            Event::Notice { kind: NoticeKind::NewDevice, text: text("New device: Ada's phone.") },
        ),
        (
            "Event::Goodbye",
            Event::Goodbye(Goodbye {
                reason: GoodbyeReason::Draining,
                detail: text("The server restarts."),
                retry_after_ms: Some(2_000),
            }),
        ),
        (
            "Event::Goodbye",
            Event::Goodbye(Goodbye {
                reason: GoodbyeReason::Asked,
                detail: text("Goodbye."),
                retry_after_ms: None,
            }),
        ),
        (
            "Event::Purged",
            Event::Purged { account: account(1 << 40), since: Timestamp(1_766_996_400_123), upto: at() },
        ),
        (
            "Event::Restored",
            Event::Restored { account: account(1 << 40), since: Timestamp(1_766_996_400_123), upto: at() },
        ),
        ("Event::RoomPosture", Event::RoomPosture { room: room(1), slow_seconds: 30, locked: false }),
        (
            "Event::Held",
            Event::Held { room: room(1), message_id: message_id(), decided: HeldDecision::Released },
        ),
        (
            "Event::DeviceAsks",
            Event::DeviceAsks {
                device: device(70_001),
                label: text("Ada's phone"),
                signature_key: signature_key(),
            },
        ),
        ("Event::DeviceApproved", Event::DeviceApproved { device: device(70_001) }),
        ("Event::WelcomeWaits", Event::WelcomeWaits { room: room(20) }),
        (
            "Event::KeysChanged",
            Event::KeysChanged { account: account(7), name: text("ada"), key: identity_key() },
        ),
    ]);
    events
}

fn welcome(recovery_codes: List<Secret<32>, 10>) -> Welcome {
    Welcome {
        account: account(7),
        name: text("ada"),
        role: Role::Owner,
        device: device(70_000),
        server: text("Club"),
        now: at(),
        login_until: Timestamp(1_769_592_000_000),
        incarnation: u64::MAX,
        recovery_codes,
    }
}

fn entry(content: Content) -> Entry {
    Entry {
        room: room(1),
        seq: seq(43),
        at: at(),
        author: account(7),
        author_name: text("ada"),
        message_id: message_id(),
        content,
    }
}

fn history_item(edited_by: Option<Seq>) -> HistoryItem {
    let reaction = ReactionCount { emoji: text("🎉"), count: 3, mine: true };
    let content = Content::Text { body: text("hello"), reply_to: None };
    HistoryItem { entry: entry(content), edited_by, reactions: list(vec![reaction]) }
}

fn summary(kind: RoomKind) -> RoomSummary {
    RoomSummary {
        room: room(1),
        name: text("lobby"),
        kind,
        topic: text("Be kind"),
        last_seq: seq(43),
        read_upto: seq(40),
        members: 2,
        joined: true,
        slow_seconds: 30,
        locked: true,
    }
}

fn person(number: u64, name: &str, role: Role) -> Person {
    Person { account: account(number), name: text(name), role, online: true }
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn secret<const MAX: usize>(text: &str) -> Secret<MAX> {
    Secret::new(text).unwrap()
}

pub(crate) fn list<T, const MAX: usize>(items: Vec<T>) -> List<T, MAX> {
    List::new(items).ok().unwrap()
}

pub(crate) fn room(number: u64) -> RoomId {
    RoomId::new(number).unwrap()
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::new(number).unwrap()
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

pub(crate) fn device(number: u64) -> DeviceId {
    DeviceId::new(number).unwrap()
}

fn epoch(number: u64) -> Epoch {
    Epoch::new(number).unwrap()
}

fn welcome_id(number: u64) -> WelcomeId {
    WelcomeId::new(number).unwrap()
}

/// Words that stand for bytes nobody here looks into.
fn bytes<const MAX: usize>(words: &str) -> Bytes<MAX> {
    Bytes::new(words.as_bytes().to_vec()).unwrap()
}

fn report(number: u64) -> ReportId {
    ReportId::new(number).unwrap()
}

pub(crate) fn message_id() -> MessageId {
    MessageId(*b"ada's message 43")
}

fn at() -> Timestamp {
    Timestamp(1_767_000_000_123)
}

/// Every sample as bytes.
pub(crate) fn encoded() -> Vec<Vec<u8>> {
    let openings = openings().into_iter().map(|(_, message)| proto::codec::encode(&message));
    let commands = client_messages().into_iter().map(|(_, message)| proto::codec::encode(&message));
    let answers = server_messages().into_iter().map(|(_, message)| proto::codec::encode(&message));
    openings.chain(commands).chain(answers).collect()
}
