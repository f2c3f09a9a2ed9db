//! Purges asked for in the chat: what is gone for whom, who may, and that the dashboard brings it back.

use domain::audit::Action;
use proto::message::{Answer, Command, Content, Event, HistoryFrom, Role};
use proto::refusal::Code;
use proto::text::Text;
use store::AuditSeq;

use crate::client::{Client, LOBBY};
use crate::world::World;

#[tokio::test]
async fn a_purge_from_the_chat_is_gone_for_a_third_person_and_the_dashboard_brings_it_back() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Admin).await;
    let mallory = world.somebody("mallory", Role::Member).await;
    let bob = world.somebody("bob", Role::Member).await;
    let (mut staff, mut author) = (world.online(&ada).await, world.online(&mallory).await);
    let mut third = world.online(&bob).await;
    author.say(LOBBY, "buy gold").await;
    third.say(LOBBY, "no, thanks").await;
    author.say(LOBBY, "buy more gold").await;

    let answer = staff.ask(purge("Mallory", Some(3_600))).await.unwrap();
    assert_eq!(answer, Answer::Purged { messages: 2, more: false });
    let told =
        third.until(|event| if let Event::Purged { account, .. } = event { Some(account) } else { None });
    assert_eq!(told.await, mallory.account);
    assert_eq!(texts(&mut third).await, ["", "no, thanks", ""]);
    let again = staff.ask(purge("mallory", None)).await.unwrap();
    assert_eq!(again, Answer::Purged { messages: 0, more: false }, "it is gone already");

    let rows = world.store.read(|reads| reads.audit_after(AuditSeq(0), 10)).await.unwrap();
    let purged: Vec<_> = rows.iter().filter(|row| row.event.action == Action::Purged).collect();
    assert_eq!((purged.len(), purged[0].event.actor), (2, Some(ada.account)));
    assert!(purged[0].event.detail.contains("spam"));

    let account = mallory.account;
    let purges = world.store.read(move |reads| reads.purges_of(account, 10)).await.unwrap();
    for row in purges {
        world.staff(move |staff| staff.undo_purge(row.id)).await;
    }
    let back =
        third.until(|event| if let Event::Restored { account, .. } = event { Some(account) } else { None });
    assert_eq!(back.await, mallory.account);
    assert_eq!(texts(&mut third).await, ["buy gold", "no, thanks", "buy more gold"]);
}

#[tokio::test]
async fn a_purge_is_refused_to_moderators_for_ones_rank_and_above_and_for_impossible_stretches() {
    let world = World::start().await;
    let (ada, mia) = (world.somebody("ada", Role::Admin).await, world.somebody("mia", Role::Moderator).await);
    for (name, role) in [("max", Role::Admin), ("olga", Role::Owner), ("mallory", Role::Member)] {
        world.somebody(name, role).await;
    }
    let (mut admin, mut moderator) = (world.online(&ada).await, world.online(&mia).await);
    let refused = moderator.ask(purge("mallory", Some(60))).await.unwrap_err();
    assert_eq!(refused.code, Code::NotPermitted);
    for name in ["ada", "max", "olga"] {
        assert_eq!(admin.ask(purge(name, Some(60))).await.unwrap_err().code, Code::NotPermitted, "{name}");
    }
    assert_eq!(admin.ask(purge("nobody", None)).await.unwrap_err().code, Code::NoSuchAccount);
    let longest = proto::limits::PURGE_SECONDS;
    for (seconds, taken) in [(0, false), (1, true), (longest, true), (longest + 1, false), (u64::MAX, false)]
    {
        let answer = admin.ask(purge("mallory", Some(seconds))).await;
        assert_eq!(answer.is_ok(), taken, "{seconds}: {answer:?}");
    }
}

/// What was said in the lobby, as it reads; nothing where a text is gone.
async fn texts(client: &mut Client) -> Vec<String> {
    let command = Command::History { room: LOBBY, from: HistoryFrom::Latest, limit: 50 };
    let Ok(Answer::History(page)) = client.ask(command).await else { panic!("no history") };
    let words = page.items.iter().filter_map(|item| match &item.entry.content {
        Content::Text { body, .. } => Some(body.to_string()),
        Content::Removed { .. } => Some(String::new()),
        _ => None,
    });
    words.collect()
}

fn purge(name: &str, seconds: Option<u64>) -> Command {
    Command::Purge { name: Text::cut(name), reason: Text::cut("spam"), seconds }
}
