//! What holds for messages holds for files: measures, slow mode, filters, and the list of what waits.

use domain::filter::{Action as Then, Kind as FilterKind, Mode};
use proto::message::{Answer, Command, Content, Event, HeldDecision as Decided, Role};
use proto::refusal::{Code, Refusal};
use proto::text::Text;
use store::{HeldDecision, NewFilter};

use super::{Sealed, download};
use crate::client::{Client, LOBBY};
use crate::world::World;

#[tokio::test]
async fn a_muted_person_posts_no_files() {
    let world = World::start().await;
    let (mia, bob) =
        (world.somebody("mia", Role::Moderator).await, world.somebody("bob", Role::Member).await);
    let (mut mia, mut bob) = (world.online(&mia).await, world.online(&bob).await);
    let file = Sealed::new(1, 1_000);
    file.upload(&mut bob, LOBBY).await;
    let (name, reason) = (Text::cut("bob"), Text::cut("rude"));
    mia.ask(Command::Mute { room: None, name, reason, seconds: Some(60) }).await.unwrap();
    assert_eq!(post(&mut bob, &file, ("a.bin", "")).await.unwrap_err().code, Code::Muted);
}

#[tokio::test]
async fn slow_mode_counts_files_and_texts_together() {
    let world = World::start().await;
    let (mia, bob) =
        (world.somebody("mia", Role::Moderator).await, world.somebody("bob", Role::Member).await);
    let (mut mia, mut bob) = (world.online(&mia).await, world.online(&bob).await);
    let file = Sealed::new(1, 1_000);
    file.upload(&mut bob, LOBBY).await;
    mia.ask(Command::SlowMode { room: LOBBY, seconds: 60 }).await.unwrap();
    post(&mut bob, &file, ("a.bin", "")).await.unwrap();
    assert_eq!(post(&mut bob, &file, ("a.bin", "")).await.unwrap_err().code, Code::SlowMode);
    let text = bob.message(LOBBY, "hello");
    assert_eq!(bob.ask(text).await.unwrap_err().code, Code::SlowMode);
}

#[tokio::test]
async fn a_filter_sees_the_words_beside_a_file_and_its_name_and_what_it_holds_can_be_released() {
    let world = World::start().await;
    let (ada, bob) = (world.somebody("ada", Role::Member).await, world.somebody("bob", Role::Member).await);
    let filter = NewFilter {
        room: None,
        kind: FilterKind::Word,
        pattern: "spam".to_owned(),
        action: Then::Hold,
        mode: Mode::On,
    };
    world.staff(move |staff| staff.set_filter(None, &filter)).await;
    let (mut ada, mut bob) = (world.online(&ada).await, world.online(&bob).await);
    for (number, words) in [(1, ("a.bin", "buy spam")), (2, ("spam.bin", ""))] {
        let file = Sealed::new(number, 1_000);
        file.upload(&mut ada, LOBBY).await;
        // The feed may need a moment to bring the filter.
        let held = loop {
            match post(&mut ada, &file, words).await.unwrap() {
                Answer::Held { why } => break why,
                Answer::Accepted { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert!(held.contains("Filter"), "{held:?}");
        let waiting = world.store.read(|reads| reads.held(None, 10)).await.unwrap();
        let id = waiting.items[0].row.id;
        bob.forget();
        world.staff(move |staff| staff.decide_held(id, HeldDecision::Release)).await;
        let decided =
            ada.until(|event| if let Event::Held { decided, .. } = event { Some(decided) } else { None });
        assert_eq!(decided.await, Decided::Released);
        let entry = loop {
            let entry = bob.entry().await;
            if matches!(&entry.content, Content::File { file: card, .. } if card.blob == file.blob) {
                break entry;
            }
        };
        assert_eq!(download(&mut bob, LOBBY, entry.seq, file.size()).await.unwrap(), file.bytes);
    }
}

#[tokio::test]
async fn a_name_that_is_a_path_or_forges_a_line_is_refused() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut ada = world.online(&ada).await;
    let file = Sealed::new(1, 1_000);
    file.upload(&mut ada, LOBBY).await;
    for name in ["", "  ", "../up", "a\\b", "two\nlines", "esc\u{1b}[2J", "left\u{202e}thgir"] {
        assert_eq!(post(&mut ada, &file, (name, "")).await.unwrap_err().code, Code::BadInput, "{name:?}");
    }
    let refusal = post(&mut ada, &file, ("a.bin", "bell\u{7}")).await.unwrap_err();
    assert_eq!(refusal.code, Code::BadInput);
    post(&mut ada, &file, ("Über uns 📎.pdf", "two\nlines are fine here")).await.unwrap();
}

async fn post(client: &mut Client, file: &Sealed, words: (&str, &str)) -> Result<Answer, Refusal> {
    let message = file.message(client, LOBBY, words);
    client.ask(message).await
}
