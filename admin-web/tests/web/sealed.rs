//! Pages of sealed rooms: opened messages with their proof, what leaves as a file, evictions and numbers.

use domain::sanction::{Kind, Target};
use keys::Keys;
use proto::bytes::{Bytes, Secret32};
use proto::ids::{BlobId, ContentHash, FileSize, MessageId, ReportId, RoomId, SanctionId, Timestamp};
use proto::message::{Content, FileCard, FileFacts, FileLock, Opened, ReportCategory, Role};
use proto::text::Text;
use sealed::Body;
use sealed::evidence::{EvidenceFile, Exhibit, Facts, Logged, examine};
use sealed::franking::{Origin, StampInput, read_aad, seal};
use service::clock;
use store::testing::sealed::{self as rooms, Member};
use store::{Actor, AuditFilter, NewExhibit, NewSanction, NewSealedReport, StoreError, Tx};

use crate::world::{PASSWORD, Somebody, World};

const INSULT: &str = "nobody wants you here";
const PAYLOAD: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}";

#[tokio::test]
async fn an_opened_message_is_shown_with_its_proof_and_context_and_not_who_opened_it() {
    let world = World::start().await;
    let case = Case::make(&world, &text(INSULT)).await;
    let mut browser = world.logged_in(&case.olga).await;
    let page = browser.get(&format!("/reports/{}", case.report)).await.body;
    for expected in [
        INSULT,
        "is this about me?",
        ">verified<",
        "sealed room: proven",
        &format!("sealed room #{}", case.room),
        "the sender committed to exactly this text",
        "Before this report the server knew who wrote",
    ] {
        assert!(page.contains(expected), "{expected} is not on the page: {page}");
    }
    assert!(!page.contains("@carol"), "the reporter is named");
    let queue = browser.get("/reports").await.body;
    assert!(queue.contains(&format!("in sealed room #{}", case.room)), "{queue}");
    assert!(!queue.contains(INSULT), "the list has no opened text");
}

#[tokio::test]
async fn opened_text_of_strangers_stays_text() {
    let world = World::start().await;
    let meta = Body::Meta { name: Text::cut(PAYLOAD), topic: Text::cut(PAYLOAD) };
    for (number, body) in [text(PAYLOAD), file(PAYLOAD), meta].iter().enumerate() {
        let case = Case::of(&world, body, PAYLOAD, number).await;
        let mut browser = world.logged_in(&case.olga).await;
        let page = browser.get(&format!("/reports/{}", case.report)).await.body;
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
        assert!(!page.contains('\u{202e}'), "a sign that turns text around is on the page");
        assert!(page.contains("alert(1)"), "the text is not on the page");
    }
}

#[tokio::test]
async fn the_proof_leaves_after_a_fresh_proof_of_identity_holds_elsewhere_and_is_in_the_audit_log() {
    let world = World::start().await;
    let case = Case::make(&world, &text(INSULT)).await;
    let mut browser = world.logged_in(&case.olga).await;
    let path = format!("/reports/{}/proof/export", case.report);
    let csrf = browser.get("/help").await.csrf();
    let answer = browser.post(&path, &[("csrf", &csrf)]).await;
    assert!(answer.header("location").starts_with("/sudo"), "{answer:?}");
    assert_eq!(browser.step_up(PASSWORD, &case.olga.code()).await.status, 303);
    let csrf = browser.get("/help").await.csrf();
    let answer = browser.post(&path, &[("csrf", &csrf)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.header("content-disposition").contains("evidence.json"), "{answer:?}");
    let file = EvidenceFile::parse(&answer.body).unwrap();
    assert!(world.keys.audit.public().vouched(&file.bundle.encode(), &file.signature));
    assert_eq!(file.bundle.messages.len(), 2);
    for message in file.bundle.messages.iter() {
        let found = message.exhibit.examine(&world.keys.franking.keys(), world.keys.franking.server());
        assert_eq!(found.refusal(), None);
    }
    assert!(answer.body.contains(INSULT), "{}", answer.body);
    let exported =
        AuditFilter { action: Some(domain::audit::Action::EvidenceExported), ..AuditFilter::default() };
    let page = world.store.read(move |reads| reads.audit_page(&exported, None, 10)).await.unwrap();
    assert!(page.items.iter().any(|row| row.event.detail.contains("verifiable")), "{page:?}");
}

#[tokio::test]
async fn evidence_under_another_key_is_told_and_does_not_leave_as_proof() {
    let world = World::start().await;
    let case = Case::make(&world, &text(INSULT)).await;
    let sql = rusqlite::Connection::open(world.store.path()).unwrap();
    sql.execute("UPDATE report_evidence SET exhibit = zeroblob(200) WHERE part = 0", []).unwrap();
    let mut browser = world.logged_in(&case.olga).await;
    let page = browser.get(&format!("/reports/{}", case.report)).await.body;
    assert!(page.contains("cannot be opened") && !page.contains(INSULT), "{page}");
    assert_eq!(browser.step_up(PASSWORD, &case.olga.code()).await.status, 303);
    let csrf = browser.get("/help").await.csrf();
    let path = format!("/reports/{}/proof/export", case.report);
    let answer = browser.post(&path, &[("csrf", &csrf)]).await;
    assert!(answer.status != 200 && answer.body.contains("encrypted under another key"), "{answer:?}");
}

#[tokio::test]
async fn evictions_are_shown_where_somebody_looks_for_them_until_they_are_done() {
    let world = World::start().await;
    let case = Case::make(&world, &text(INSULT)).await;
    let ban = case.ban(&world).await;
    let mut browser = world.logged_in(&case.olga).await;
    let (person, room) = (case.mallory.account, case.room);
    let pages =
        [format!("/bans/{ban}"), format!("/users/{person}"), "/sealed".to_owned(), format!("/sealed/{room}")];
    for page in &pages {
        let body = browser.get(page).await.body;
        assert!(body.contains("waits for the server"), "{page}: {body}");
        assert!(
            body.contains(&format!("sealed room #{room}")) || body.contains(&format!("Sealed room #{room}")),
            "{page}"
        );
    }
    assert!(browser.get("/").await.body.contains("Evictions pending"));
    let (carol, later) = (case.carol, clock::now().plus_ms(4_000));
    let done = move |tx: &mut Tx<'_>| {
        rooms::propose(tx, room, later)?;
        rooms::commit(tx, room, (carol, &[carol]), later)
    };
    world.store.run(done).await.unwrap();
    for page in &pages[..2] {
        let body = browser.get(page).await.body;
        assert!(body.contains(">done<") && body.contains("by @carol"), "{page}: {body}");
    }
    assert!(!browser.get("/sealed").await.body.contains("Who has to go"));
}

#[tokio::test]
async fn a_sealed_room_is_numbers_to_the_team_and_one_of_two_is_nothing() {
    let world = World::start().await;
    let case = Case::make(&world, &text(INSULT)).await;
    let (carol, mallory) = (case.carol, case.mallory);
    let direct = world.store.run(move |tx| {
        let with = Some(mallory.account);
        let message_id = MessageId([99; 16]);
        tx.create_sealed(&store::NewSealedRoom { by: carol.account, with, message_id, at: clock::now() })
    });
    let direct = direct.await.unwrap().0.id;
    let mut browser = world.logged_in(&case.olga).await;
    let list = browser.get("/sealed").await.body;
    assert!(list.contains(&format!("href=\"/sealed/{}\"", case.room)), "{list}");
    assert!(!list.contains(&format!("href=\"/sealed/{direct}\"")), "{list}");
    let page = browser.get(&format!("/sealed/{}", case.room)).await;
    assert!(page.body.contains("carol") && page.body.contains("mallory"), "{}", page.body);
    assert_eq!(browser.get(&format!("/sealed/{direct}")).await.status, 404);
    assert_eq!(browser.get(&format!("/rooms/{}", case.room)).await.status, 404);
}

/// A sealed room of Carol and Mallory, what Mallory said there, Carol's report, and Olga who looks at it.
struct Case {
    olga: Somebody,
    carol: Member,
    mallory: Member,
    room: RoomId,
    report: ReportId,
}

impl Case {
    async fn make(world: &World, body: &Body) -> Self {
        Self::of(world, body, "he does this every day", 0).await
    }

    /// Several cases in one world have people of their own.
    async fn of(world: &World, body: &Body, note: &'static str, number: usize) -> Self {
        let [olga, carol, mallory] = PEOPLE[number];
        let olga = world.somebody(olga, Role::Owner).await;
        let carol = world.somebody(carol, Role::Member).await.account;
        let mallory = world.somebody(mallory, Role::Member).await.account;
        let first_device = 10 + 2 * u8::try_from(number).unwrap();
        let (keys, body) = (world.keys.clone(), body.clone());
        let made = world.store.run(move |tx| {
            let at = clock::now();
            let carol = rooms::member(tx, carol, first_device, at)?;
            let mallory = rooms::member(tx, mallory, first_device + 1, at)?;
            let room = rooms::room(tx, &[carol, mallory], at)?;
            let exhibits = vec![
                speak(tx, &keys, room, carol, (&text("is this about me?"), true), at)?,
                speak(tx, &keys, room, mallory, (&body, false), at)?,
            ];
            let category = ReportCategory::Harassment;
            let (reporter, note) = (carol.account, Text::cut(note));
            let report =
                tx.report_sealed(&NewSealedReport { reporter, room, category, note, exhibits, at })?;
            Ok((carol, mallory, room, report))
        });
        let (carol, mallory, room, report) = made.await.unwrap();
        Self { olga, carol, mallory, room, report }
    }

    async fn ban(&self, world: &World) -> SanctionId {
        let (olga, mallory) = (self.olga.account, self.mallory.account);
        let ban = NewSanction::new(Target::Account(mallory), Kind::Ban, None, Text::cut("enough"));
        let act = move |tx: &mut Tx<'_>| tx.staff(&Actor::in_chat(olga), clock::now())?.sanction(&ban);
        world.store.run(act).await.unwrap()
    }
}

/// Says something as a client does, and opens it as the server takes it.
fn speak(
    tx: &mut Tx<'_>,
    keys: &Keys,
    room: RoomId,
    by: Member,
    (body, context): (&Body, bool),
    at: Timestamp,
) -> Result<NewExhibit, StoreError> {
    let (account, device, encoded) = (by.account, by.device, body.encode());
    let message_id = MessageId([if context { 1 } else { 2 }; 16]);
    let franked = seal(&Origin { room, account, device, message_id }, &encoded);
    let commitment = read_aad(&franked.aad).unwrap().commitment;
    let stamp = |epoch, seq, at| {
        keys.franking.stamp(&StampInput { room, seq, at, epoch, account, device, message_id, commitment })
    };
    let entry = rooms::say(tx, room, (by, message_id), None, at, &stamp)?;
    let Content::Sealed { epoch, stamp, blob, .. } = entry.content else { panic!("{entry:?}") };
    let (seq, at) = (entry.seq, entry.at);
    let opened = Opened {
        seq,
        at,
        epoch,
        account,
        device,
        message_id,
        stamp,
        franking_key: franked.key.secret(),
        body: Bytes::new(encoded).unwrap(),
        commitment,
        context,
    };
    let logged = Some(Logged { account, device, epoch, at, message_id, stamp, blob });
    let facts = Facts { was_member: true, logged };
    let found = examine(&keys.franking.keys(), keys.franking.server(), room, &opened, Some(&facts));
    let exhibit = Exhibit { room, opened, found, examined_at: at };
    let sealed = keys.seal_evidence(account, room, seq, &exhibit.encode());
    Ok(NewExhibit { seq, reported: !context, author: account, at, sealed })
}

fn text(words: &str) -> Body {
    Body::Text { body: Text::new(words).unwrap(), reply_to: None }
}

fn file(name: &str) -> Body {
    let facts =
        FileFacts { plain_sha256: ContentHash([2; 32]), name: Text::cut(name), media: Text::cut(name) };
    let card = FileCard {
        blob: BlobId([8; 32]),
        sealed_size: FileSize::new(500).unwrap(),
        lock: FileLock::Key { key: Secret32::new([7; 32]), facts },
    };
    Body::File { card, caption: Text::cut(name), reply_to: None }
}

const PEOPLE: [[&str; 3]; 3] =
    [["olga", "carol", "mallory"], ["owen", "chris", "marvin"], ["oprah", "cindy", "milton"]];
