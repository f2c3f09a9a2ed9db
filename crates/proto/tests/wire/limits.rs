//! Every limit of the wire on both sides: the longest value is taken, one more is not.

use minicbor::{Decode, Encode};
use proto::bytes::Bytes;
use proto::codec::{self, CodecError};
use proto::ids::{
    BlobId, Epoch, FileSize, IdentityKey, PublicKey, ReportId, RequestId, SignatureKey, StampMac, Timestamp,
    WelcomeId,
};
use proto::invite::{InviteLink, InviteLinkError};
use proto::limits;
use proto::message::{
    Answer, Content, Device, DeviceIdentity, DevicePackage, DevicePage, Entry, Event, EvictWhy, IdentityCard,
    MemberPage, OwnReport, PeopleChange, Person, ReportCategory, ReportPage, ReportState, Role,
    ServerMessage, Stamp, WelcomeCard, WelcomePage,
};
use proto::text::{List, Secret, Text, TooLong};

use crate::samples::{account, device, list, message_id, room, seq, text};

#[test]
fn each_text_takes_its_limit_and_not_one_byte_more() {
    text_limit::<{ limits::NAME }>(64);
    text_limit::<{ limits::ROOM_NAME }>(48);
    text_limit::<{ limits::TOPIC }>(512);
    text_limit::<{ limits::BODY }>(16_384);
    text_limit::<{ limits::EMOJI }>(64);
    text_limit::<{ limits::DEVICE_LABEL }>(64);
    text_limit::<{ limits::CLIENT_NAME }>(64);
    text_limit::<{ limits::REASON }>(512);
    text_limit::<{ limits::APPEAL }>(2048);
    text_limit::<{ limits::QUERY }>(256);
    text_limit::<{ limits::DETAIL }>(512);
    text_limit::<{ limits::FILE_NAME }>(255);
    text_limit::<{ limits::MEDIA_TYPE }>(100);
}

#[test]
fn each_secret_takes_its_limit_and_not_one_byte_more() {
    secret_limit::<{ limits::PASSWORD }>(1024);
    secret_limit::<{ limits::CODE }>(32);
    secret_limit::<{ limits::INVITE }>(64);
    secret_limit::<512>(512);
}

#[test]
fn pieces_and_cards_take_their_limit_and_not_one_byte_more() {
    bytes_limit::<{ limits::PIECE }>(32_768);
    bytes_limit::<{ limits::CARD_SEALED }>(1_024);
}

#[test]
fn what_sealed_rooms_bring_takes_its_limit_and_not_one_byte_more() {
    bytes_limit::<{ limits::MLS_MESSAGE }>(49_152);
    bytes_limit::<{ limits::GROUP_INFO }>(4_096);
    bytes_limit::<{ limits::WELCOME }>(49_152);
    bytes_limit::<{ limits::KEY_PACKAGE }>(1_024);
    bytes_limit::<{ limits::CERTIFICATE }>(153);
    bytes_limit::<{ limits::PARCEL }>(160);
    bytes_limit::<{ limits::PROPOSAL }>(1_024);
    bytes_limit::<{ limits::SENDER }>(512);
    bytes_limit::<{ limits::OPENED_BODY }>(17_408);
}

#[test]
fn the_longest_messages_of_sealed_rooms_fit_into_one_message() {
    let entry = |content| {
        ServerMessage::Event(Event::Entry(Entry {
            room: room(i64::MAX.cast_unsigned()),
            seq: seq(i64::MAX.cast_unsigned()),
            at: Timestamp(i64::MIN),
            author: account(i64::MAX.cast_unsigned()),
            author_name: text(&"n".repeat(limits::NAME)),
            message_id: message_id(),
            content,
        }))
    };
    let (device, epoch) = (device(i64::MAX.cast_unsigned()), Epoch::new(i64::MAX.cast_unsigned()).unwrap());
    let stamp = Stamp { kid: u32::MAX, mac: StampMac([7; 32]) };
    let message = full::<{ limits::MLS_MESSAGE }>();
    assert_fits(&entry(Content::Sealed { device, epoch, message, blob: Some(BlobId([7; 32])), stamp }));
    let proposals = list(vec![full(); limits::PROPOSALS]);
    assert_fits(&entry(Content::Evict { epoch, proposals, why: EvictWhy::IdentityReplaced }));
    let package = DevicePackage { device, package: full() };
    assert_fits(&answer(Answer::KeyPackages { packages: list(vec![package; limits::DEVICES]) }));
    let welcome = WelcomeCard {
        id: WelcomeId::new(i64::MAX.cast_unsigned()).unwrap(),
        room: room(i64::MAX.cast_unsigned()),
        epoch,
        seq: seq(i64::MAX.cast_unsigned()),
        welcome: full(),
    };
    assert_fits(&answer(Answer::Welcomes(WelcomePage { welcomes: list(vec![welcome]), more: true })));
    let device = DeviceIdentity {
        device,
        noise_key: PublicKey([7; 32]),
        signature_key: Some(SignatureKey([7; 32])),
        certificate: Some(full()),
        parcel: Some(full()),
        asks: true,
    };
    assert_fits(&answer(Answer::Identity(IdentityCard {
        account: account(i64::MAX.cast_unsigned()),
        name: text(&"n".repeat(limits::NAME)),
        key: Some(IdentityKey([7; 32])),
        devices: list(vec![device; limits::DEVICES]),
    })));
}

fn full<const MAX: usize>() -> Bytes<MAX> {
    Bytes::new(vec![7; MAX]).unwrap()
}

fn answer(answer: Answer) -> ServerMessage {
    ServerMessage::Answer(RequestId(u32::MAX), answer)
}

#[test]
fn a_file_has_at_least_one_byte_and_at_most_its_limit() {
    for (bytes, is_size) in
        [(0, false), (1, true), (1 << 40, true), ((1 << 40) + 1, false), (u64::MAX, false)]
    {
        assert_eq!(FileSize::new(bytes).map(FileSize::get), is_size.then_some(bytes));
        assert_eq!(codec::decode::<FileSize>(&codec::encode(&bytes)).is_ok(), is_size, "{bytes}");
    }
}

#[test]
fn each_list_takes_its_limit_and_not_one_item_more() {
    list_limit::<{ limits::PAGE }>(200);
    list_limit::<{ limits::PEOPLE }>(500);
    list_limit::<{ limits::REACTIONS }>(32);
    list_limit::<{ limits::REPORTED }>(20);
    list_limit::<{ limits::REPORTS }>(50);
    list_limit::<{ limits::RECOVERY_CODES }>(10);
    list_limit::<{ limits::DEVICES }>(32);
    list_limit::<{ limits::KEY_PACKAGES }>(20);
    list_limit::<{ limits::PROPOSALS }>(32);
    list_limit::<{ limits::OPENED }>(10);
}

#[test]
fn a_message_takes_its_limit_and_not_one_byte_more() {
    // Text is a message too, as far as the codec is concerned; its head has three bytes.
    let longest = Text::<{ limits::MESSAGE }>::new("a".repeat(limits::MESSAGE - 3)).unwrap();
    let bytes = codec::encode(&longest);
    assert_eq!(bytes.len(), 65_517);
    assert!(codec::decode::<Text<{ limits::MESSAGE }>>(&bytes).is_ok());
    let longer = codec::encode(&Text::<{ limits::MESSAGE }>::new("a".repeat(limits::MESSAGE - 2)).unwrap());
    let error = codec::decode::<Text<{ limits::MESSAGE }>>(&longer).unwrap_err();
    assert!(matches!(error, CodecError::TooLong { len: 65_518 }), "{error}");
}

#[test]
fn an_invite_link_takes_its_limits_and_not_one_byte_more() {
    let parse = |host: &str, token: &str| {
        let key = "a".repeat(51) + "a";
        InviteLink::parse(&format!("chat://{host}:1/i/{token}#k={key}")).map(|link| link.host.len())
    };
    assert_eq!(parse(&"h".repeat(limits::HOST), &"t".repeat(limits::INVITE)), Ok(253));
    assert_eq!(parse(&"h".repeat(limits::HOST + 1), "t"), Err(InviteLinkError::Host));
    assert_eq!(parse("h", &"t".repeat(limits::INVITE + 1)), Err(InviteLinkError::Token));
    let long = "chat://".to_owned() + &"h".repeat(limits::INVITE_LINK - 6);
    assert_eq!(InviteLink::parse(&long), Err(InviteLinkError::TooLong { len: 513 }));
    assert_eq!(InviteLink::parse(&long[..512]), Err(InviteLinkError::Scheme));
}

#[test]
fn the_longest_lists_of_people_reports_and_devices_fit_into_one_message() {
    let person = Person {
        account: account(i64::MAX.cast_unsigned()),
        name: text(&"n".repeat(limits::NAME)),
        role: Role::Owner,
        online: true,
    };
    let people = list(vec![person; limits::PEOPLE]);
    let page = MemberPage { people: people.clone(), more: true, members: u32::MAX, online: u32::MAX };
    assert_fits(&ServerMessage::Answer(RequestId(u32::MAX), Answer::Members(page)));
    assert_fits(&ServerMessage::Event(Event::People(PeopleChange {
        room: room(i64::MAX.cast_unsigned()),
        changed: people,
        left: list(vec![account(i64::MAX.cast_unsigned()); limits::PEOPLE]),
        members: u32::MAX,
        online: u32::MAX,
    })));
    let report = OwnReport {
        report: ReportId::new(i64::MAX.cast_unsigned()).unwrap(),
        at: Timestamp(i64::MIN),
        name: text(&"n".repeat(limits::NAME)),
        messages: u32::MAX,
        category: ReportCategory::Other,
        state: ReportState::Dismissed,
        outcome: text(&"o".repeat(limits::REASON)),
    };
    let reports = ReportPage { reports: list(vec![report; limits::REPORTS]) };
    assert_fits(&ServerMessage::Answer(RequestId(u32::MAX), Answer::Reports(reports)));
    let device = Device {
        device: device(i64::MAX.cast_unsigned()),
        label: text(&"l".repeat(limits::DEVICE_LABEL)),
        client: text(&"c".repeat(limits::CLIENT_NAME)),
        added: Timestamp(i64::MIN),
        last_seen: Timestamp(i64::MIN),
        online: true,
        current: true,
    };
    let devices = DevicePage { devices: list(vec![device; limits::DEVICES]) };
    assert_fits(&ServerMessage::Answer(RequestId(u32::MAX), Answer::Devices(devices)));
}

fn assert_fits(message: &ServerMessage) {
    let len = codec::encode(message).len();
    assert!(len <= limits::MESSAGE, "{len} bytes");
}

fn text_limit<const MAX: usize>(documented: usize) {
    assert_eq!(MAX, documented);
    let (longest, longer) = ("a".repeat(MAX), "a".repeat(MAX + 1));
    assert_eq!(Text::<MAX>::new(longest.clone()).map(|text| text.len()), Ok(MAX));
    assert_eq!(Text::<MAX>::new(longer.clone()), Err(TooLong { len: MAX + 1, max: MAX }));
    both_sides::<Text<MAX>, _>(&longest, &longer);
}

fn secret_limit<const MAX: usize>(documented: usize) {
    assert_eq!(MAX, documented);
    let (longest, longer) = ("a".repeat(MAX), "a".repeat(MAX + 1));
    assert!(Secret::<MAX>::new(longest.clone()).is_ok());
    assert_eq!(Secret::<MAX>::new(longer.clone()).unwrap_err(), TooLong { len: MAX + 1, max: MAX });
    both_sides::<Secret<MAX>, _>(&longest, &longer);
}

fn bytes_limit<const MAX: usize>(documented: usize) {
    assert_eq!(MAX, documented);
    let (longest, longer) = (vec![7_u8; MAX], vec![7_u8; MAX + 1]);
    assert_eq!(Bytes::<MAX>::new(longest.clone()).map(|bytes| bytes.len()), Ok(MAX));
    assert_eq!(Bytes::<MAX>::new(longer.clone()), Err(TooLong { len: MAX + 1, max: MAX }));
    let wide = |bytes| Bytes::<{ limits::MESSAGE }>::new(bytes).unwrap();
    both_sides::<Bytes<MAX>, _>(&wide(longest), &wide(longer));
}

fn list_limit<const MAX: usize>(documented: usize) {
    assert_eq!(MAX, documented);
    let (longest, longer) = (vec![7_u8; MAX], vec![7_u8; MAX + 1]);
    assert!(List::<u8, MAX>::new(longest.clone()).is_ok());
    assert_eq!(List::<u8, MAX>::new(longer.clone()).unwrap_err(), TooLong { len: MAX + 1, max: MAX });
    both_sides::<List<u8, MAX>, _>(&longest, &longer);
}

/// The same on the wire: without the check, the longer value would decode.
fn both_sides<T, V>(longest: &V, longer: &V)
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
    V: Encode<()> + for<'b> Decode<'b, ()>,
{
    assert!(codec::decode::<T>(&codec::encode(longest)).is_ok());
    assert!(codec::decode::<V>(&codec::encode(longer)).is_ok());
    assert!(codec::decode::<T>(&codec::encode(longer)).is_err());
}
