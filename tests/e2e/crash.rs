//! `kill -9` under load, again and again: what was acknowledged is there, once, in one order for everybody.
//!
//! Twenty kills here; `LIVECHAT_KILLS=1000` on demand. The laws and their negative controls are in `tests::law`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use proto::ids::{MessageId, RequestId, RoomId, Seq};
use proto::message::{Answer, ClientMessage, Command, Event, ServerMessage};
use proto::text::Text;
use tests::law::{Line, Record, Verdict};
use tests::seat::{self, LOBBY, Seat, line, message_id};
use tests::server::{Chatd, Setup};
use tests::wire::Peer;
use tokio::task::JoinSet;

const KILLS: usize = 20;
const IN_FLIGHT: usize = 16;
const MOST_DOWN: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_once_and_in_one_order() -> Result<()> {
    let kills = std::env::var("LIVECHAT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut chatd = Setup::quick().start()?;
    let people = seat::seats(&chatd, &["bob", "carol", "dave", "erin"])?;
    let rooms = [LOBBY, seat::room(&chatd, "crash", &people)?];
    let mut checked = BTreeMap::from(rooms.map(|room| (room, Seq::START)));
    let (mut total, mut slowest) = (Verdict::default(), Duration::ZERO);
    for kill in 0..kills {
        let seen = load_until_kill(&mut chatd, &people, &rooms, 40 + 37 * kill % 400).await?;
        slowest = slowest.max(restart(&mut chatd, &people[0]).await?);
        let verdict = look(&chatd, &people, seen, &mut checked).await?;
        assert!(verdict.is_good(), "after kill {}: {verdict}", kill + 1);
        total.add(verdict);
    }
    println!("{kills} kills: {total}; slowest restart to accept {slowest:?}");
    assert!(kills * 40 < total.acknowledged, "too little load to show anything: {total}");
    assert!(slowest < MOST_DOWN, "a restart took {slowest:?}");
    Ok(())
}

/// What everybody saw until the connection broke.
#[derive(Debug, Default)]
struct Seen {
    acknowledged: BTreeMap<RoomId, Vec<Line>>,
    heard: BTreeMap<RoomId, Vec<Vec<Line>>>,
    unanswered: Vec<(RoomId, MessageId, String)>,
}

/// Everybody talks in both rooms until `enough` messages are acknowledged; then the server is killed.
async fn load_until_kill(
    chatd: &mut Chatd,
    people: &[Seat],
    rooms: &[RoomId; 2],
    enough: usize,
) -> Result<Seen> {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut talkers = JoinSet::new();
    for (index, person) in people.iter().enumerate() {
        let peer = person.enter(chatd).await?;
        let talker = Talker {
            name: person.name.clone(),
            peer,
            room: rooms[index % rooms.len()],
            waiting: BTreeMap::new(),
            said: 0,
            acknowledged: Arc::clone(&acknowledged),
            lines: BTreeMap::new(),
            accepted: Vec::new(),
        };
        let seen = Arc::clone(&seen);
        talkers.spawn(async move { talker.run(&seen).await });
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while acknowledged.load(Ordering::Relaxed) < enough {
        if deadline < Instant::now() {
            bail!("only {} acknowledged in 30 s", acknowledged.load(Ordering::Relaxed));
        }
        tokio::task::yield_now().await;
    }
    let killed = chatd.kill()?;
    assert_eq!(killed.code(), None, "it ended by itself: {}", killed.stderr);
    while let Some(talker) = talkers.join_next().await {
        talker?;
    }
    Ok(std::mem::take(&mut seen.lock().expect("no talker panicked")))
}

/// Starts the server again and returns how long it took until somebody was let in.
async fn restart(chatd: &mut Chatd, person: &Seat) -> Result<Duration> {
    let key = chatd.key()?;
    let began = Instant::now();
    chatd.start()?;
    let mut peer = Peer::connect(chatd.address(), &person.key, key, &tests::wire::resume()).await?;
    peer.until(|message| matches!(message, ServerMessage::Welcome(_)).then_some(())).await?;
    Ok(began.elapsed())
}

/// Sends again what was not answered, then compares the logs with what was seen.
async fn look(
    chatd: &Chatd,
    people: &[Seat],
    mut seen: Seen,
    checked: &mut BTreeMap<RoomId, Seq>,
) -> Result<Verdict> {
    for author in people {
        let mut peer = author.enter(chatd).await?;
        for (room, message_id, body) in
            seen.unanswered.extract_if(.., |said| said.2.starts_with(&author.name))
        {
            let text = Text::new(body.as_str())?;
            let again = Command::Send { room, message_id, body: text, reply_to: None };
            let Answer::Accepted { seq, .. } = peer.ask(again).await? else { bail!("not accepted again") };
            seen.acknowledged.entry(room).or_default().push(Line { seq, message_id, body });
        }
    }
    let mut peer = people[0].enter(chatd).await?;
    let mut verdict = Verdict::default();
    for (room, after) in checked.iter_mut() {
        let log: Vec<Line> = peer.log(*room, *after).await?.iter().map(line).collect();
        let upto = log.last().map_or(*after, |last| last.seq);
        let record = Record {
            acknowledged: seen.acknowledged.remove(room).unwrap_or_default(),
            heard: seen.heard.remove(room).unwrap_or_default(),
            log,
            after: *after,
        };
        verdict.add(record.judge());
        *after = upto;
    }
    Ok(verdict)
}

/// Keeps some messages in flight and notes everything it hears.
struct Talker {
    name: String,
    peer: Peer,
    room: RoomId,
    waiting: BTreeMap<RequestId, (MessageId, String)>,
    said: u32,
    acknowledged: Arc<AtomicUsize>,
    lines: BTreeMap<RoomId, Vec<Line>>,
    accepted: Vec<Line>,
}

impl Talker {
    async fn run(mut self, seen: &Mutex<Seen>) {
        // The kill ends it in the middle of something, whatever that is; a refusal would be a fault.
        let ended = self.talk().await.err();
        let mut seen = seen.lock().expect("no talker panicked");
        seen.acknowledged.entry(self.room).or_default().append(&mut self.accepted);
        for (room, lines) in self.lines {
            seen.heard.entry(room).or_default().push(lines);
        }
        let waiting = self.waiting.into_values();
        seen.unanswered.extend(waiting.map(|(message_id, body)| (self.room, message_id, body)));
        let why = ended.map(|error| error.to_string()).unwrap_or_default();
        assert!(!why.contains("refused"), "{why}");
    }

    async fn talk(&mut self) -> Result<()> {
        loop {
            while self.waiting.len() < IN_FLIGHT {
                self.say_next().await?;
            }
            match self.peer.next().await?.context("cut")? {
                ServerMessage::Answer(request, Answer::Accepted { seq, .. }) => {
                    let (message_id, body) = self.waiting.remove(&request).context("an answer to nothing")?;
                    self.accepted.push(Line { seq, message_id, body });
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                ServerMessage::Event(Event::Entry(entry)) => {
                    self.lines.entry(entry.room).or_default().push(line(&entry));
                }
                ServerMessage::Refused(_, refusal) => bail!("refused: {refusal}"),
                _ => {}
            }
        }
    }

    async fn say_next(&mut self) -> Result<()> {
        self.said += 1;
        let (request, message_id) = (RequestId(self.peer.fresh_request()), message_id());
        let id = data_encoding::HEXLOWER.encode(&message_id.0);
        let body = format!("{} {} {id}", self.name, self.said);
        self.waiting.insert(request, (message_id, body.clone()));
        let body = Text::new(body)?;
        let command = Command::Send { room: self.room, message_id, body, reply_to: None };
        self.peer.send(&ClientMessage { request, command }).await
    }
}
