//! A server with two days of life in it, at moments that are always the same.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};
use client_cli::key_to_text;
use proto::ids::{RoomId, Seq};
use proto::message::{Command, ReactionChange};
use proto::text::Text;
use serde_json::json;

use crate::cargo;
use crate::fault::Clock;
use crate::glass::Glass;
use crate::person::{Person, Robot};
use crate::photo;
use crate::proxy::{Gate, Proxy};
use crate::seat::{self, LOBBY, Seat, message_id};
use crate::server::{Chatd, Setup};
use crate::terminal::Size;
use crate::wire::Peer;

/// Everybody and everything.
pub(super) struct Cast {
    pub(super) clock: Clock,
    /// Ada, who looks at it all; her client goes through the proxy.
    pub(super) ada: Person,
    /// Bob, who stays while she looks.
    bob: Robot,
    pub(super) carol: Peer,
    pub(super) dave: Peer,
    pub(super) release: RoomId,
    pub(super) proxy: Proxy,
    pub(super) gate: Gate,
    // Others who are there, and at last what must outlive them.
    _erin: Peer,
    _bobs: Person,
    pub(super) chatd: Chatd,
}

impl Cast {
    /// Makes it all, through the doors that people use.
    pub(super) async fn make() -> Result<Self> {
        let clock = Clock::new()?;
        clock.stop_at("2026-05-03 16:20:00")?;
        let setup = clock.believed(Setup::quick().set("server_name", "Harbour"))?;
        let mut chatd = setup.start()?;
        let (proxy, gate) = Proxy::gated(chatd.address()).await?;
        let key = key_to_text(chatd.key()?);
        let code = chatd.owner.code_at(THE_FIRST_DAY);
        let door = (key.as_str(), code.as_str());
        let (ada, ended) =
            Person::log_in_with(chatd.owner.clone(), proxy.address(), door, clock.variables()?)?;
        ended.good().context("Ada logs in")?;
        let bob = Person::join_with("bob", &chatd.invite()?, clock.variables()?)?;
        let seats = seat::seats(&chatd, &["carol", "dave", "erin"])?;
        let [mut carol, mut dave, erin] = enter(&chatd, &seats).await?;
        let release = seat::room(&chatd, "release", &seats)?;
        seat::room(&chatd, "garden", &seats[..2])?;
        for room in ["release", "garden"] {
            ada.run(&["rooms", "join", room])?.good()?;
        }
        chatd.owner = ada.account.clone();
        first_day((&clock, release), (&ada, &bob), (&mut carol, &mut dave)).await?;
        bob.run(&["rooms", "join", "garden"])?.good()?;
        let robot = bob.robot()?;
        let (bob, bobs_machine) = (robot, bob);
        let mut cast = Self {
            clock,
            ada,
            bob,
            carol,
            dave,
            release,
            proxy,
            gate,
            _erin: erin,
            _bobs: bobs_machine,
            chatd,
        };
        cast.second_day().await?;
        cast.desk()?;
        Ok(cast)
    }

    /// Opens the interface as Ada in this theme.
    pub(super) fn open(&self, size: Size, theme: &str) -> Result<Glass> {
        self.ada.prefers(&format!("theme = \"{theme}\"\nimages = \"half-blocks\"\n"))?;
        let mut glass = Glass::start(&self.ada.interface(), size)?;
        glass.wait_for("Message #lobby")?;
        // The rooms are named one after the other.
        glass.wait_for("@bob")?;
        glass.focus(true)?;
        Ok(glass)
    }

    /// Moves the clock of the second day.
    pub(super) fn at(&self, time: &str) -> Result<()> {
        self.clock.stop_at(&format!("2026-05-04 {time}:00"))
    }

    async fn second_day(&mut self) -> Result<()> {
        self.at("08:58")?;
        self.ada.say("lobby", "Good morning ☕ The server moves to the new machine at ten.")?;
        self.at("09:02")?;
        self.dave.say(LOBBY, "おはよう! The Japanese pages look right on my side 🚀").await?;
        self.at("09:05")?;
        let plan =
            "The plan:\n1. backup, and look that it restores\n2. stop, copy, start\n3. tell everybody here";
        let plan = self.carol.say(LOBBY, plan).await?;
        self.at("09:07")?;
        let asks = self.bob_says("lobby", "@ada can you check the metrics before we begin?")?;
        for emoji in ["👍", "🎉"] {
            for peer in [&mut self.carol, &mut self.dave] {
                react(peer, plan, emoji).await?;
            }
        }
        self.at("09:09")?;
        let reply = json!({"cmd": "send", "room": "lobby", "text": "All green, 412 people online at most.", "reply_to": asks});
        self.ada.robot()?.ask(reply)?;
        Ok(())
    }

    /// What comes while Ada looks.
    pub(super) async fn news(&mut self) -> Result<()> {
        self.at("09:14")?;
        self.carol.say(self.release, "0.9.0 is tagged").await?;
        self.carol.say(self.release, "@ada the signatures are on your desk").await?;
        self.bob_says("garden", "The beans are up!")?;
        self.bob_says("@ada", "Lunch?")?;
        self.at("09:16")?;
        cargo::show(&mut self.dave, LOBBY, "harbour.bmp", "image/bmp", &photo::harbour(240, 135)).await?;
        self.at("09:17")?;
        self.carol.say(LOBBY, "What a morning. @ada shall we?").await?;
        Ok(())
    }

    fn bob_says(&mut self, room: &str, text: &str) -> Result<u64> {
        let answer = self.bob.ask(json!({"cmd": "send", "room": room, "text": text}))?;
        answer["seq"].as_u64().with_context(|| answer.to_string())
    }

    /// Files that Ada has on her machine.
    fn desk(&self) -> Result<()> {
        let home = self.ada.home();
        for folder in ["photos", "papers"] {
            fs::create_dir(home.join(folder))?;
        }
        let put =
            |name: &str, bytes: &[u8]| fs::write(home.join(name), bytes).with_context(|| name.to_owned());
        put("garden.bmp", &photo::harbour(320, 180))?;
        put("minutes.md", "# Minutes\n".repeat(120).as_bytes())?;
        put("backup-plan.txt", "stop, copy, start\n".repeat(40).as_bytes())?;
        put("talk.bin", &vec![7; 6 << 20])?;
        let yesterday = UNIX_EPOCH + Duration::from_secs(THE_FIRST_DAY);
        for entry in fs::read_dir(home)? {
            fs::File::open(entry?.path())?.set_modified(yesterday)?;
        }
        Ok(())
    }

    /// Where Ada's files are.
    pub(super) fn home(&self) -> &Path {
        self.ada.home()
    }
}

async fn first_day(
    (clock, release): (&Clock, RoomId),
    (ada, bob): (&Person, &Person),
    (carol, dave): (&mut Peer, &mut Peer),
) -> Result<()> {
    let set = Command::SetTopic {
        room: release,
        message_id: message_id(),
        topic: Text::cut("0.9 goes out on Monday"),
    };
    carol.ask(set).await?;
    carol.say(LOBBY, "The notes for 0.9 are in #release, please read them before Monday.").await?;
    clock.stop_at("2026-05-03 16:31:00")?;
    dave.say(LOBBY, "Reading them tonight, thanks!").await?;
    ada.run(&["rooms", "create", "board", "--sealed", "--topic", "Budget and people"])?.good()?;
    let mut bobs = bob.listen()?;
    ada.run(&["rooms", "invite", "board", "bob"])?.good()?;
    bobs.line_with("board")?;
    ada.say("~board", "The budget is signed. Nobody but us can read this.")?;
    bobs.line_with("The budget is signed")?;
    drop(bobs);
    bob.say("~board", "Good. The new machines can be ordered then.")?;
    bob.say("@ada", "Do you have a minute after lunch?")?;
    ada.say("@bob", "At two, in the garden")?;
    Ok(())
}

async fn enter(chatd: &Chatd, seats: &[Seat]) -> Result<[Peer; 3]> {
    let [carol, dave, erin] = seats else { anyhow::bail!("three seats") };
    Ok([carol.enter(chatd).await?, dave.enter(chatd).await?, erin.enter(chatd).await?])
}

async fn react(peer: &mut Peer, target: Seq, emoji: &str) -> Result<()> {
    let (message_id, emoji) = (message_id(), Text::cut(emoji));
    let change = ReactionChange::Add;
    peer.ask(Command::React { room: LOBBY, message_id, target, emoji, change }).await.map(drop)
}

/// 2026-05-03 16:20:00 UTC.
const THE_FIRST_DAY: u64 = 1_777_825_200;
