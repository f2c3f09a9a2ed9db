//! Reports from sealed rooms over real sockets: what is proven is taken and lies encrypted, what is not is refused with
//! the check that failed; and the key that stamps is renewed.

use std::fs;
use std::time::Duration;

use keys::{Keys, Verifier};
use proto::bytes::Bytes;
use proto::ids::{AccountId, MessageId, ReportId, RoomId, Seq};
use proto::message::{Answer, Command, Content, Opened, ReportCategory, Role};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Text};
use sealed::Body;
use sealed::evidence::{Check, Exhibit, Outcome};
use sealed::franking::{Origin, StampInput, read_aad, seal};
use sealed::member::{Line, LineWalk};
use store::testing::sealed::{self as rooms, Member};
use store::{StoreError, Tx};
use tokio::time::{Instant, sleep};

use crate::client::{Client, PATIENCE};
use crate::sealed::pair;
use crate::world::{Somebody, World, now};

const INSULT: &str = "nobody-wants-you-here-2718281828";

#[tokio::test]
async fn what_a_member_opens_is_taken_with_every_check_and_lies_encrypted() {
    let scene = Scene::make().await;
    let mut carol = scene.world.online(&scene.carol).await;
    let mut question = scene.opened[0].clone();
    question.context = true;
    let report = report(&mut carol, scene.room, &[question, scene.opened[1].clone()]).await.unwrap();
    let again = report_one(&mut carol, scene.room, scene.opened[1].clone()).await;
    assert_eq!(again, Ok(report), "more of the same is added");
    let view = scene.world.store.read(move |reads| reads.report_view(report)).await.unwrap().unwrap();
    assert_eq!(view.line.row.account, scene.mallory.account);
    let kept: Vec<_> = view.evidence.iter().map(|row| row.reported).collect();
    assert_eq!(kept, [false, true]);
    let row = &view.evidence[1];
    let bytes = scene.world.keys.open_evidence(row.author, row.room, row.seq, &row.exhibit).unwrap();
    let exhibit = Exhibit::decode(&bytes).unwrap();
    assert_eq!(Body::decode(&exhibit.opened.body).unwrap(), said(INSULT));
    for finding in exhibit.found.iter() {
        let expected = if finding.check == Check::File { Outcome::NothingToCompare } else { Outcome::Held };
        assert_eq!(finding.outcome, expected, "{finding:?}");
    }
    for name in ["chat.db", "chat.db-wal"] {
        let bytes = fs::read(scene.world.folder().join(name)).unwrap_or_default();
        let found = bytes.windows(INSULT.len()).any(|window| window == INSULT.as_bytes());
        assert!(!found, "the text is readable in {name}");
    }
}

#[tokio::test]
async fn what_does_not_hold_is_refused_with_one_sentence_and_nothing_is_written() {
    let scene = Scene::make().await;
    let mut carol = scene.world.online(&scene.carol).await;
    let genuine = &scene.opened[1];
    let other = scene.carol.account;
    for (altered, words) in [
        (Opened { body: bytes("something worse"), ..genuine.clone() }, "its text is not the one"),
        (Opened { account: other, ..genuine.clone() }, "the server's stamp is for another message"),
        (
            Opened { at: genuine.at.plus_ms(60_000), ..genuine.clone() },
            "the server's stamp is for another message",
        ),
        (Opened { seq: genuine.seq.next(), ..genuine.clone() }, "the server's stamp is for another message"),
        (
            Opened { stamp: proto::message::Stamp { kid: 1, ..genuine.stamp }, ..genuine.clone() },
            "no longer has the key of its stamp",
        ),
    ] {
        let refusal = report_one(&mut carol, scene.room, altered).await.unwrap_err();
        assert_eq!(refusal.code, Code::BadInput, "{refusal}");
        assert!(refusal.detail.contains(words), "{words}: {refusal}");
    }
    // One that does not hold takes the others down with it.
    let lie = Opened { body: bytes("something worse"), ..genuine.clone() };
    assert!(report(&mut carol, scene.room, &[genuine.clone(), lie]).await.is_err());
    let bob = scene.world.somebody("bob", Role::Member).await;
    let mut bob = scene.world.online(&bob).await;
    let refusal = report_one(&mut bob, scene.room, genuine.clone()).await.unwrap_err();
    assert!(refusal.detail.contains("you were not in the room"), "{refusal}");
    let nowhere = report_one(&mut bob, RoomId::new(4_242).unwrap(), genuine.clone()).await.unwrap_err();
    assert_eq!(nowhere.detail, refusal.detail, "a stranger does not learn that there is such a room");
    let mut mallory = scene.world.online(&scene.mallory).await;
    assert!(
        report_one(&mut mallory, scene.room, genuine.clone()).await.is_err(),
        "nobody reports themselves"
    );
    let waiting = scene.world.store.read(|reads| reads.open_report_counts().map(|counts| counts.total()));
    assert_eq!(waiting.await.unwrap(), 0);
}

#[tokio::test]
async fn what_travelled_through_a_real_group_is_proven_by_whoever_received_it() {
    let world = World::start().await;
    let (mut ada, mut bob, room) = pair(&world).await;
    let seq = bob.say(room, INSULT).await.unwrap();
    ada.say(room, "what did I do?").await.unwrap();
    ada.catch_up(room).await;
    let lines = ada.member.lines(room, LineWalk::Up { after: Seq::START }, 100).unwrap();
    let kept: Vec<Opened> = lines.iter().filter_map(Line::opened).collect();
    assert_eq!(kept.iter().map(|opened| opened.seq).collect::<Vec<_>>(), [seq, seq.next()]);
    let context = Opened { context: true, ..kept[1].clone() };
    let report = report(&mut ada.client, room, &[kept[0].clone(), context]).await.unwrap();
    let view = world.store.read(move |reads| reads.report_view(report)).await.unwrap().unwrap();
    assert_eq!(view.line.row.account, bob.somebody.account);
    for row in &view.evidence {
        let bytes = world.keys.open_evidence(row.author, room, row.seq, &row.exhibit).unwrap();
        let found = Exhibit::decode(&bytes).unwrap().found;
        for check in Check::ALL.into_iter().filter(|check| *check != Check::File) {
            assert_eq!(found.of(check), Outcome::Held, "{check:?} of {}", row.seq);
        }
    }
    // Taking the message back does not take it out of the report, nor the proof from who has it.
    let message_id = bob.client.message_id();
    bob.client.ask(Command::Delete { room, target: seq, message_id }).await.unwrap();
    assert_eq!(report_one(&mut ada.client, room, kept[0].clone()).await, Ok(report));
}

#[tokio::test]
async fn a_key_that_is_a_month_old_is_followed_by_another_and_still_checks() {
    const MONTH_MS: i64 = 31 * 24 * 3_600_000;
    let world = World::start().await;
    let before = world.keys.franking.keys();
    let world = world
        .again_after(|folder| {
            let path = folder.join("keys/franking.key");
            let (at, text) = (before.current().made_at.0, fs::read_to_string(&path).unwrap());
            fs::write(&path, text.replace(&at.to_string(), &(at - MONTH_MS).to_string())).unwrap();
        })
        .await;
    let deadline = Instant::now() + PATIENCE;
    let keys = loop {
        let keys = Verifier::load(&world.folder().join("keys")).unwrap().stamps;
        if 1 < keys.iter().len() {
            break keys;
        }
        assert!(Instant::now() < deadline, "no other key was made");
        sleep(Duration::from_millis(20)).await;
    };
    assert!(before.current().kid < keys.current().kid);
    assert!(keys.get(before.current().kid).is_some(), "the first still checks");
}

/// A sealed room of Carol and Mallory, and what they said there.
struct Scene {
    world: World,
    carol: Somebody,
    mallory: Somebody,
    room: RoomId,
    /// Carol's question, Mallory's answer.
    opened: Vec<Opened>,
}

impl Scene {
    async fn make() -> Self {
        let world = World::start().await;
        let carol = world.somebody("carol", Role::Member).await;
        let mallory = world.somebody("mallory", Role::Member).await;
        let (keys, people) = (world.keys.clone(), [carol.account, mallory.account]);
        let (room, opened) = world.store.run(move |tx| talk(tx, &keys, people)).await.unwrap();
        Self { world, carol, mallory, room, opened }
    }
}

fn talk(tx: &mut Tx<'_>, keys: &Keys, people: [AccountId; 2]) -> Result<(RoomId, Vec<Opened>), StoreError> {
    let carol = rooms::member(tx, people[0], 11, now())?;
    let mallory = rooms::member(tx, people[1], 22, now())?;
    let room = rooms::room(tx, &[carol, mallory], now())?;
    let question = speak(tx, keys, room, (carol, 1), "is this about me?")?;
    let answer = speak(tx, keys, room, (mallory, 2), INSULT)?;
    Ok((room, vec![question, answer]))
}

/// Says something as a client does, and keeps what it needs to report it.
fn speak(
    tx: &mut Tx<'_>,
    keys: &Keys,
    room: RoomId,
    (by, number): (Member, u8),
    words: &str,
) -> Result<Opened, StoreError> {
    let (account, device, body) = (by.account, by.device, said(words).encode());
    let message_id = MessageId([number; 16]);
    let franked = seal(&Origin { room, account, device, message_id }, &body);
    let commitment = read_aad(&franked.aad).unwrap().commitment;
    let stamp = |epoch, seq, at| {
        keys.franking.stamp(&StampInput { room, seq, at, epoch, account, device, message_id, commitment })
    };
    let entry = rooms::say(tx, room, (by, message_id), None, now(), &stamp)?;
    let Content::Sealed { epoch, stamp, .. } = entry.content else { panic!("{entry:?}") };
    Ok(Opened {
        seq: entry.seq,
        at: entry.at,
        epoch,
        account,
        device,
        message_id,
        stamp,
        franking_key: franked.key.secret(),
        body: bytes(words),
        commitment,
        context: false,
    })
}

async fn report_one(client: &mut Client, room: RoomId, opened: Opened) -> Result<ReportId, Refusal> {
    report(client, room, &[opened]).await
}

async fn report(client: &mut Client, room: RoomId, opened: &[Opened]) -> Result<ReportId, Refusal> {
    let answer = client.ask(Command::ReportSealed {
        room,
        category: ReportCategory::Harassment,
        note: Text::cut("every day"),
        opened: List::new(opened.to_vec()).unwrap(),
    });
    match answer.await? {
        Answer::Reported { report } => Ok(report),
        other => panic!("{other:?}"),
    }
}

fn said(words: &str) -> Body {
    Body::Text { body: Text::new(words).unwrap(), reply_to: None }
}

fn bytes(words: &str) -> Bytes<{ proto::limits::OPENED_BODY }> {
    Bytes::new(said(words).encode()).unwrap()
}
