//! Any message at all: what is encoded reads back as the same value.

use proptest::prelude::*;
use proto::bytes::{Bytes, Secret32};
use proto::codec;
use proto::ids::*;
use proto::limits;
use proto::message::*;
use proto::refusal::{Code, Refusal};
use proto::text::{List, Secret, Text};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_opening_reads_back(opening in opening()) {
        prop_assert_eq!(codec::decode::<Opening>(&codec::encode(&opening)).unwrap(), opening);
    }

    #[test]
    fn a_client_message_reads_back(request in any::<u32>(), command in command()) {
        let message = ClientMessage { request: RequestId(request), command };
        prop_assert_eq!(codec::decode::<ClientMessage>(&codec::encode(&message)).unwrap(), message);
    }

    #[test]
    fn a_server_message_reads_back(message in server_message()) {
        prop_assert_eq!(codec::decode::<ServerMessage>(&codec::encode(&message)).unwrap(), message);
    }
}

fn opening() -> impl Strategy<Value = Opening> {
    let resume = text().prop_map(|client| Opening::Resume(Resume { client }));
    let login = (text(), secret(), secret(), text(), text()).prop_map(
        |(name, password, code, device_label, client)| {
            Opening::Login(Login { name, password, code, device_label, client })
        },
    );
    let register = (secret(), text(), secret(), text(), text(), text()).prop_map(
        |(invite, name, password, device_label, client, application)| {
            Opening::Register(Register { invite, name, password, device_label, client, application })
        },
    );
    prop_oneof![resume, login, register]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        entry_command(),
        room_command(),
        reading_command(),
        staff_command(),
        moderation_command(),
        file_command(),
        identity_command(),
        group_command()
    ]
}

fn entry_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (room(), message_id(), text(), option(seq())).prop_map(|(room, message_id, body, reply_to)| {
            Command::Send { room, message_id, body, reply_to }
        }),
        (room(), message_id(), seq(), text()).prop_map(|(room, message_id, target, body)| Command::Edit {
            room,
            message_id,
            target,
            body
        }),
        (room(), message_id(), seq()).prop_map(|(room, message_id, target)| Command::Delete {
            room,
            message_id,
            target
        }),
        (room(), message_id(), seq(), text(), change()).prop_map(
            |(room, message_id, target, emoji, change)| Command::React {
                room,
                message_id,
                target,
                emoji,
                change
            }
        ),
        (room(), message_id(), text()).prop_map(|(room, message_id, topic)| Command::SetTopic {
            room,
            message_id,
            topic
        }),
    ]
}

fn room_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (text(), text()).prop_map(|(name, topic)| Command::CreateRoom { name, topic }),
        text().prop_map(|name| Command::Join { name }),
        room().prop_map(|room| Command::Leave { room }),
        text().prop_map(|name| Command::OpenDirect { name }),
        (room(), seq()).prop_map(|(room, upto)| Command::MarkRead { room, upto }),
        Just(Command::Ping),
        Just(Command::Bye),
    ]
}

fn reading_command() -> impl Strategy<Value = Command> {
    let from = prop_oneof![
        Just(HistoryFrom::Latest),
        seq().prop_map(HistoryFrom::Before),
        seq().prop_map(HistoryFrom::After),
    ];
    prop_oneof![
        text().prop_map(|after| Command::ListRooms { after }),
        (room(), text()).prop_map(|(room, after)| Command::ListMembers { room, after }),
        (room(), from, any::<u16>()).prop_map(|(room, from, limit)| Command::History { room, from, limit }),
        (text(), option(room()), any::<u64>(), any::<u16>())
            .prop_map(|(query, room, before, limit)| Command::Search { query, room, before, limit }),
        Just(Command::ListDevices),
        device().prop_map(|device| Command::RevokeDevice { device }),
    ]
}

fn staff_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (room(), text(), text()).prop_map(|(room, name, reason)| Command::Kick { room, name, reason }),
        (text(), text(), option(any::<u64>())).prop_map(|(name, reason, seconds)| Command::Ban {
            name,
            reason,
            seconds
        }),
        (text(), text()).prop_map(|(name, reason)| Command::Unban { name, reason }),
        secret().prop_map(|code| Command::ConfirmTotp { code }),
    ]
}

fn moderation_command() -> impl Strategy<Value = Command> {
    let what = prop_oneof![
        (room(), list(seq())).prop_map(|(room, seqs)| ReportWhat::Messages { room, seqs }),
        text().prop_map(|name| ReportWhat::Account { name }),
    ];
    prop_oneof![
        (what, category(), text()).prop_map(|(what, category, note)| Command::Report {
            what,
            category,
            note
        }),
        Just(Command::ListReports),
        (option(room()), text(), text(), option(any::<u64>()))
            .prop_map(|(room, name, reason, seconds)| Command::Mute { room, name, reason, seconds }),
        (option(room()), text(), text()).prop_map(|(room, name, reason)| Command::Unmute {
            room,
            name,
            reason
        }),
        (room(), text(), text(), option(any::<u64>()))
            .prop_map(|(room, name, reason, seconds)| Command::RoomBan { room, name, reason, seconds }),
        (room(), text(), text()).prop_map(|(room, name, reason)| Command::RoomUnban { room, name, reason }),
        (room(), any::<u32>()).prop_map(|(room, seconds)| Command::SlowMode { room, seconds }),
        (any::<u8>(), any::<u32>(), text()).prop_map(|(level, minutes, reason)| Command::Raid {
            level,
            minutes,
            reason
        }),
        text().prop_map(|text| Command::Appeal { text }),
    ]
}

fn file_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (room(), blob(), size()).prop_map(|(room, blob, sealed_size)| Command::BeginUpload {
            room,
            blob,
            sealed_size
        }),
        (blob(), any::<u64>(), bytes()).prop_map(|(blob, offset, bytes)| Command::UploadPiece {
            blob,
            offset,
            bytes
        }),
        blob().prop_map(|blob| Command::FinishUpload { blob }),
        blob().prop_map(|blob| Command::CancelUpload { blob }),
        (room(), message_id(), file(), text(), option(seq())).prop_map(
            |(room, message_id, file, caption, reply_to)| Command::SendFile {
                room,
                message_id,
                file,
                caption,
                reply_to
            }
        ),
        (room(), seq(), any::<u64>(), any::<u32>())
            .prop_map(|(room, seq, offset, len)| Command::FetchPiece { room, seq, offset, len }),
    ]
}

fn identity_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        text().prop_map(|name| Command::Identity { name }),
        (identity_key(), bytes(), signature_key(), option(identity_key())).prop_map(
            |(key, certificate, signature_key, replaces)| Command::PublishIdentity {
                key,
                certificate,
                signature_key,
                replaces
            }
        ),
        signature_key().prop_map(|signature_key| Command::AskApproval { signature_key }),
        (device(), bytes(), bytes()).prop_map(|(device, certificate, parcel)| Command::ApproveDevice {
            device,
            certificate,
            parcel
        }),
        (list(bytes()), option(bytes()))
            .prop_map(|(packages, last_resort)| Command::PublishKeyPackages { packages, last_resort }),
        (room(), text()).prop_map(|(room, name)| Command::TakeKeyPackages { room, name }),
    ]
}

fn group_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (message_id(), option(text()))
            .prop_map(|(message_id, with)| Command::CreateSealed { message_id, with }),
        (room(), bytes(), bytes()).prop_map(|(room, group_info, tree)| Command::StartGroup {
            room,
            group_info,
            tree
        }),
        (room(), message_id(), epoch(), bytes(), bytes(), bytes()).prop_map(
            |(room, message_id, epoch, commit, group_info, welcome)| Command::Commit {
                room,
                message_id,
                epoch,
                commit,
                group_info,
                welcome
            }
        ),
        (room(), message_id(), epoch(), bytes(), option(blob())).prop_map(
            |(room, message_id, epoch, message, blob)| Command::SendSealed {
                room,
                message_id,
                epoch,
                message,
                blob
            }
        ),
        Just(Command::ListWelcomes),
        welcome_id().prop_map(|id| Command::DropWelcome { id }),
        (room(), epoch(), any::<u64>(), any::<u32>())
            .prop_map(|(room, epoch, offset, len)| { Command::FetchTree { room, epoch, offset, len } }),
        room().prop_map(|room| Command::FetchGroupInfo { room }),
        (room(), seq()).prop_map(|(room, seq)| Command::CannotRead { room, seq }),
        (room(), category(), text(), list(opened())).prop_map(|(room, category, note, opened)| {
            Command::ReportSealed { room, category, note, opened }
        }),
        Just(Command::FetchHost),
        (text(), text(), option(any::<u64>())).prop_map(|(name, reason, seconds)| Command::Purge {
            name,
            reason,
            seconds
        }),
        (secret(), secret()).prop_map(|(password, code)| Command::RenewTotp { password, code }),
    ]
}

fn opened() -> impl Strategy<Value = Opened> {
    let sender = (account(), device(), message_id());
    let proof = (stamp(), any::<[u8; 32]>(), any::<[u8; 32]>());
    (seq(), at(), epoch(), sender, proof, bytes(), any::<bool>()).prop_map(
        |(seq, at, epoch, (account, device, message_id), proof, body, context)| Opened {
            seq,
            at,
            epoch,
            account,
            device,
            message_id,
            stamp: proof.0,
            franking_key: Secret32::new(proof.1),
            body,
            commitment: Commitment(proof.2),
            context,
        },
    )
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (any::<u32>(), any::<[u8; 32]>()).prop_map(|(kid, mac)| Stamp { kid, mac: StampMac(mac) })
}

fn sealed_answer() -> impl Strategy<Value = Answer> {
    let package = || (device(), bytes()).prop_map(|(device, package)| DevicePackage { device, package });
    let welcome = (welcome_id(), room(), epoch(), seq(), bytes())
        .prop_map(|(id, room, epoch, seq, welcome)| WelcomeCard { id, room, epoch, seq, welcome });
    prop_oneof![
        identity_card().prop_map(Answer::Identity),
        any::<u32>().prop_map(|left| Answer::KeyPackagesLeft { left }),
        list(package()).prop_map(|packages| Answer::KeyPackages { packages }),
        (list(welcome), any::<bool>())
            .prop_map(|(welcomes, more)| Answer::Welcomes(WelcomePage { welcomes, more })),
        (epoch(), seq(), bytes()).prop_map(|(epoch, seq, info)| Answer::GroupInfo { epoch, seq, info }),
        bytes().prop_map(|sender| Answer::Host { sender }),
        (any::<u64>(), any::<bool>()).prop_map(|(messages, more)| Answer::Purged { messages, more }),
        (secret(), secret())
            .prop_map(|(totp_uri, totp_secret)| Answer::Totp(Enrolment { totp_uri, totp_secret })),
        list(secret()).prop_map(|codes| Answer::RecoveryCodes { codes }),
    ]
}

fn identity_card() -> impl Strategy<Value = IdentityCard> {
    let secrets = (option(bytes()), option(bytes()));
    let device = (device(), any::<[u8; 32]>(), option(signature_key()), secrets, any::<bool>()).prop_map(
        |(device, noise_key, signature_key, (certificate, parcel), asks)| DeviceIdentity {
            device,
            noise_key: PublicKey(noise_key),
            signature_key,
            certificate,
            parcel,
            asks,
        },
    );
    (account(), text(), option(identity_key()), list(device))
        .prop_map(|(account, name, key, devices)| IdentityCard { account, name, key, devices })
}

fn sealed_content() -> impl Strategy<Value = Content> {
    let why = (0_u8..6).prop_map(|number| codec::decode(&[number]).unwrap());
    prop_oneof![
        (device(), epoch(), bytes(), option(blob()), stamp()).prop_map(
            |(device, epoch, message, blob, stamp)| Content::Sealed { device, epoch, message, blob, stamp }
        ),
        (device(), epoch(), bytes()).prop_map(|(device, epoch, message)| Content::Commit {
            device,
            epoch,
            message
        }),
        (epoch(), list(bytes()), why).prop_map(|(epoch, proposals, why)| Content::Evict {
            epoch,
            proposals,
            why
        }),
    ]
}

fn sealed_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (device(), text(), signature_key()).prop_map(|(device, label, signature_key)| Event::DeviceAsks {
            device,
            label,
            signature_key
        }),
        device().prop_map(|device| Event::DeviceApproved { device }),
        room().prop_map(|room| Event::WelcomeWaits { room }),
        (account(), text(), identity_key()).prop_map(|(account, name, key)| Event::KeysChanged {
            account,
            name,
            key
        }),
    ]
}

fn file() -> impl Strategy<Value = FileCard> {
    let facts = (any::<[u8; 32]>(), text(), text()).prop_map(|(hash, name, media)| FileFacts {
        plain_sha256: ContentHash(hash),
        name,
        media,
    });
    let lock = prop_oneof![
        (any::<[u8; 32]>(), facts).prop_map(|(key, facts)| FileLock::Key { key: Secret32::new(key), facts }),
        (any::<[u8; 16]>(), bytes())
            .prop_map(|(salt, card)| FileLock::Passphrase { salt: LockSalt(salt), card }),
    ];
    (blob(), size(), lock).prop_map(|(blob, sealed_size, lock)| FileCard { blob, sealed_size, lock })
}

fn server_message() -> impl Strategy<Value = ServerMessage> {
    let request = || any::<u32>().prop_map(RequestId);
    prop_oneof![
        4 => (request(), answer()).prop_map(|(request, answer)| ServerMessage::Answer(request, answer)),
        2 => (request(), sealed_answer()).prop_map(|(request, answer)| ServerMessage::Answer(request, answer)),
        1 => (request(), refusal()).prop_map(|(request, refusal)| ServerMessage::Refused(request, refusal)),
        4 => event().prop_map(ServerMessage::Event),
        1 => sealed_event().prop_map(ServerMessage::Event),
        1 => welcome().prop_map(ServerMessage::Welcome),
        1 => (secret(), secret()).prop_map(|(totp_uri, totp_secret)| {
            ServerMessage::Enrol(Enrolment { totp_uri, totp_secret })
        }),
        1 => refusal().prop_map(ServerMessage::Denied),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    let hit = (history_item(), text()).prop_map(|(item, room_name)| SearchHit { item, room_name });
    let device = (device(), text(), text(), at(), at(), any::<bool>(), any::<bool>()).prop_map(
        |(device, label, client, added, last_seen, online, current)| Device {
            device,
            label,
            client,
            added,
            last_seen,
            online,
            current,
        },
    );
    prop_oneof![
        Just(Answer::Done),
        (room(), seq(), at()).prop_map(|(room, seq, at)| Answer::Accepted { room, seq, at }),
        summary().prop_map(Answer::Room),
        (list(summary()), any::<bool>()).prop_map(|(rooms, more)| Answer::Rooms(RoomPage { rooms, more })),
        (list(person()), any::<bool>(), any::<u32>(), any::<u32>()).prop_map(
            |(people, more, members, online)| {
                Answer::Members(MemberPage { people, more, members, online })
            }
        ),
        (room(), list(history_item()), any::<bool>())
            .prop_map(|(room, items, more)| Answer::History(HistoryPage { room, items, more })),
        (list(hit), any::<u64>()).prop_map(|(hits, next)| Answer::Found(SearchPage { hits, next })),
        list(device).prop_map(|devices| Answer::Devices(DevicePage { devices })),
        report().prop_map(|report| Answer::Reported { report }),
        list(own_report()).prop_map(|reports| Answer::Reports(ReportPage { reports })),
        text().prop_map(|why| Answer::Held { why }),
        any::<u64>().prop_map(|received| Answer::Upload { received }),
        (any::<u64>(), bytes()).prop_map(|(offset, bytes)| Answer::Piece { offset, bytes }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let why = prop_oneof![Just(GoneWhy::Left), Just(GoneWhy::Kicked)];
    let kind = (0_u8..7).prop_map(|number| codec::decode(&[number]).unwrap());
    let decided = prop_oneof![Just(HeldDecision::Released), Just(HeldDecision::Rejected)];
    let goodbye = (goodbye_reason(), text(), option(any::<u64>()))
        .prop_map(|(reason, detail, retry_after_ms)| Goodbye { reason, detail, retry_after_ms });
    let people = (room(), list(person()), list(account()), any::<u32>(), any::<u32>()).prop_map(
        |(room, changed, left, members, online)| PeopleChange { room, changed, left, members, online },
    );
    prop_oneof![
        entry().prop_map(Event::Entry),
        summary().prop_map(Event::Room),
        (room(), why, text()).prop_map(|(room, why, reason)| Event::RoomGone { room, why, reason }),
        Just(Event::Ready),
        people.prop_map(Event::People),
        (room(), seq()).prop_map(|(room, upto)| Event::Read { room, upto }),
        (kind, text()).prop_map(|(kind, text)| Event::Notice { kind, text }),
        goodbye.prop_map(Event::Goodbye),
        (account(), at(), at()).prop_map(|(account, since, upto)| Event::Purged { account, since, upto }),
        (account(), at(), at()).prop_map(|(account, since, upto)| Event::Restored { account, since, upto }),
        (room(), any::<u32>(), any::<bool>()).prop_map(|(room, slow_seconds, locked)| Event::RoomPosture {
            room,
            slow_seconds,
            locked
        }),
        (room(), message_id(), decided).prop_map(|(room, message_id, decided)| Event::Held {
            room,
            message_id,
            decided
        }),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        (text(), option(seq())).prop_map(|(body, reply_to)| Content::Text { body, reply_to }),
        (seq(), text()).prop_map(|(target, body)| Content::Edit { target, body }),
        seq().prop_map(|target| Content::Delete { target }),
        (seq(), text(), change()).prop_map(|(target, emoji, change)| Content::Reaction {
            target,
            emoji,
            change
        }),
        text().prop_map(|topic| Content::Topic { topic }),
        Just(Content::Created),
        account().prop_map(|by| Content::Removed { by }),
        (file(), text(), option(seq())).prop_map(|(file, caption, reply_to)| Content::File {
            file,
            caption,
            reply_to
        }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let content = prop_oneof![3 => content(), 1 => sealed_content()];
    (room(), seq(), at(), account(), text(), message_id(), content).prop_map(
        |(room, seq, at, author, author_name, message_id, content)| Entry {
            room,
            seq,
            at,
            author,
            author_name,
            message_id,
            content,
        },
    )
}

fn history_item() -> impl Strategy<Value = HistoryItem> {
    let reaction = (text(), any::<u32>(), any::<bool>()).prop_map(|(emoji, count, mine)| ReactionCount {
        emoji,
        count,
        mine,
    });
    (entry(), option(seq()), list(reaction)).prop_map(|(entry, edited_by, reactions)| HistoryItem {
        entry,
        edited_by,
        reactions,
    })
}

fn summary() -> impl Strategy<Value = RoomSummary> {
    let kind = (0_u8..4).prop_map(|number| codec::decode(&[number]).unwrap());
    let posture = (any::<u32>(), any::<bool>());
    (room(), text(), kind, text(), seq(), seq(), any::<u32>(), any::<bool>(), posture).prop_map(
        |(room, name, kind, topic, last_seq, read_upto, members, joined, (slow_seconds, locked))| {
            RoomSummary {
                room,
                name,
                kind,
                topic,
                last_seq,
                read_upto,
                members,
                joined,
                slow_seconds,
                locked,
            }
        },
    )
}

fn welcome() -> impl Strategy<Value = Welcome> {
    (account(), text(), role(), device(), text(), at(), at(), any::<u64>(), list(secret())).prop_map(
        |(account, name, role, device, server, now, login_until, incarnation, recovery_codes)| Welcome {
            account,
            name,
            role,
            device,
            server,
            now,
            login_until,
            incarnation,
            recovery_codes,
        },
    )
}

fn person() -> impl Strategy<Value = Person> {
    (account(), text(), role(), any::<bool>()).prop_map(|(account, name, role, online)| Person {
        account,
        name,
        role,
        online,
    })
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let code = (0_u8..38).prop_map(|number| codec::decode::<Code>(&codec::encode(&number)).unwrap());
    (code, text(), option(any::<u64>())).prop_map(|(code, detail, retry_after_ms)| Refusal {
        code,
        detail,
        retry_after_ms,
    })
}

fn own_report() -> impl Strategy<Value = OwnReport> {
    let state = (0_u8..4).prop_map(|number| codec::decode(&[number]).unwrap());
    (report(), at(), text(), any::<u32>(), category(), state, text()).prop_map(
        |(report, at, name, messages, category, state, outcome)| OwnReport {
            report,
            at,
            name,
            messages,
            category,
            state,
            outcome,
        },
    )
}

fn category() -> impl Strategy<Value = ReportCategory> {
    (0_u8..6).prop_map(|number| codec::decode(&[number]).unwrap())
}

fn goodbye_reason() -> impl Strategy<Value = GoodbyeReason> {
    (0_u8..10).prop_map(|number| codec::decode(&[number]).unwrap())
}

fn role() -> impl Strategy<Value = Role> {
    (0_u8..6).prop_map(|number| codec::decode(&[number]).unwrap())
}

fn change() -> impl Strategy<Value = ReactionChange> {
    prop_oneof![Just(ReactionChange::Add), Just(ReactionChange::Remove)]
}

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "(?s).{0,60}".prop_map(|text| Text::cut(&text))
}

fn secret<const MAX: usize>() -> impl Strategy<Value = Secret<MAX>> {
    "(?s).{0,8}".prop_map(|text| Secret::new(text).unwrap())
}

fn list<T, const MAX: usize>(item: impl Strategy<Value = T>) -> impl Strategy<Value = List<T, MAX>>
where
    T: std::fmt::Debug,
{
    prop::collection::vec(item, 0..4).prop_map(|items| List::new(items).ok().unwrap())
}

fn option<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(value)
}

fn bytes<const MAX: usize>() -> impl Strategy<Value = Bytes<MAX>> {
    prop::collection::vec(any::<u8>(), 0..60).prop_map(|bytes| Bytes::new(bytes).unwrap())
}

fn blob() -> impl Strategy<Value = BlobId> {
    any::<[u8; 32]>().prop_map(BlobId)
}

fn size() -> impl Strategy<Value = FileSize> {
    (1..=limits::FILE_BYTES).prop_map(|bytes| FileSize::new(bytes).unwrap())
}

fn message_id() -> impl Strategy<Value = MessageId> {
    any::<[u8; 16]>().prop_map(MessageId)
}

fn at() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

/// Numbers of every encoded length up to the largest id.
fn number() -> impl Strategy<Value = u64> {
    (0_u32..63, any::<u64>()).prop_map(|(shift, number)| (number & i64::MAX.cast_unsigned()) >> shift)
}

fn room() -> impl Strategy<Value = RoomId> {
    number().prop_map(|number| RoomId::new(number).unwrap())
}

fn seq() -> impl Strategy<Value = Seq> {
    number().prop_map(|number| Seq::new(number).unwrap())
}

fn account() -> impl Strategy<Value = AccountId> {
    number().prop_map(|number| AccountId::new(number).unwrap())
}

fn device() -> impl Strategy<Value = DeviceId> {
    number().prop_map(|number| DeviceId::new(number).unwrap())
}

fn epoch() -> impl Strategy<Value = Epoch> {
    number().prop_map(|number| Epoch::new(number).unwrap())
}

fn welcome_id() -> impl Strategy<Value = WelcomeId> {
    number().prop_map(|number| WelcomeId::new(number).unwrap())
}

fn identity_key() -> impl Strategy<Value = IdentityKey> {
    any::<[u8; 32]>().prop_map(IdentityKey)
}

fn signature_key() -> impl Strategy<Value = SignatureKey> {
    any::<[u8; 32]>().prop_map(SignatureKey)
}

fn report() -> impl Strategy<Value = ReportId> {
    number().prop_map(|number| ReportId::new(number).unwrap())
}
