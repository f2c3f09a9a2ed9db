//! Messages that wait for a decision.

use domain::audit::Action;
use domain::sanction::{Kind, Target};
use proto::ids::{AccountId, HeldId};
use proto::message::{Content, Role};
use store::{CarriedOut, Change, Held, HeldDecision, LOBBY, NewHeld, NewSanction, Store, StoreError};

use crate::support::{
    NOW, append, audited, body, changes_since, entry, history, id, in_chat, last_change, person, room, say,
    seq, text, with_role,
};

fn new_held(author: AccountId, number: u64, words: &str) -> NewHeld {
    NewHeld {
        room: LOBBY,
        author,
        message_id: id(number),
        content: Content::Text { body: text(words), reply_to: None },
        rule: "a link from a new account".to_owned(),
        filter: None,
        at: NOW,
    }
}

fn hold(store: &Store, new: &NewHeld) -> Result<Held, StoreError> {
    let new = new.clone();
    store.run_blocking(move |tx| tx.hold(&new))
}

fn held(store: &Store, author: AccountId, number: u64, words: &str) -> HeldId {
    match hold(store, &new_held(author, number, words)) {
        Ok(Held::Waits(id)) => id,
        other => panic!("{other:?}"),
    }
}

fn decide(store: &Store, by: AccountId, held: HeldId, decision: HeldDecision) -> Result<(), StoreError> {
    in_chat(store, by, NOW, move |staff| staff.decide_held(held, decision))
}

fn carry_out(store: &Store, held: HeldId) -> Option<CarriedOut> {
    store.run_blocking(move |tx| tx.carry_out_held(held, NOW.plus_ms(60_000))).unwrap()
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
fn waiting(store: &Store) -> u64 {
    store.read_blocking(|reads| reads.held_count()).unwrap()
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
fn left_over(store: &Store) -> Vec<HeldId> {
    store.read_blocking(|reads| reads.held_to_carry_out()).unwrap()
}

fn lobby(store: &Store, reader: AccountId) -> Vec<String> {
    history(store, LOBBY, reader).iter().map(body).collect()
}

laws! {
    fn a_message_that_is_let_through_is_delivered_once(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Moderator), person(store, "mallory"));
        let waits = held(store, mallory, 1, "see https://example.org");
        assert_eq!(hold(store, &new_held(mallory, 1, "see https://example.org")), Ok(Held::Waits(waits)));
        assert_eq!((lobby(store, ada).len(), carry_out(store, waits), left_over(store)), (0, None, vec![]));
        let page = store.read_blocking(|reads| reads.held(None, 10)).unwrap();
        let line = &page.items[0];
        assert_eq!((line.row.id, &*line.author_name, &*line.room_name, line.row.body.as_str()), (waits, "mallory", "lobby", "see https://example.org"));

        let before = last_change(store);
        assert_eq!(decide(store, mallory, waits, HeldDecision::Release), Err(StoreError::NotPermitted));
        decide(store, ada, waits, HeldDecision::Release).unwrap();
        decide(store, ada, waits, HeldDecision::Release).unwrap();
        assert_eq!(decide(store, ada, waits, HeldDecision::Reject), Err(StoreError::Stale { now: 2 }));
        assert_eq!(changes_since(store, before), [Change::HeldDecided { held: waits }]);
        assert_eq!(audited(store, Action::HeldReleased, ada), 1);
        assert_eq!((left_over(store), waiting(store)), (vec![waits], 0));

        let first = carry_out(store, waits).unwrap();
        let again = carry_out(store, waits).unwrap();
        assert_eq!((first.fresh, again.fresh, &first.entry), (true, false, &again.entry));
        assert_eq!((lobby(store, ada), left_over(store)), (vec!["see https://example.org".to_owned()], vec![]));
        let told = hold(store, &new_held(mallory, 1, "see https://example.org")).unwrap();
        assert_eq!(told, Held::Delivered(first.entry.unwrap()));
    }

    fn a_message_that_is_refused_stays_refused(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Moderator), person(store, "mallory"));
        let waits = held(store, mallory, 1, "spam");
        decide(store, ada, waits, HeldDecision::Reject).unwrap();
        decide(store, ada, waits, HeldDecision::Reject).unwrap();
        assert_eq!(decide(store, ada, waits, HeldDecision::Release), Err(StoreError::Stale { now: 2 }));
        assert_eq!(carry_out(store, waits).map(|done| (done.entry, done.author)), Some((None, mallory)));
        assert_eq!(hold(store, &new_held(mallory, 1, "spam")), Ok(Held::Rejected));
        assert_eq!((lobby(store, ada).len(), audited(store, Action::HeldRejected, ada)), (0, 1));
        assert_eq!(decide(store, ada, HeldId::new(99).unwrap(), HeldDecision::Reject), Err(StoreError::NotFound { what: "held message" }));
    }

    fn nobody_is_let_through_who_may_no_longer_write(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Moderator), person(store, "mallory"));
        let waits = held(store, mallory, 1, "spam");
        decide(store, ada, waits, HeldDecision::Release).unwrap();
        let ban = NewSanction::new(Target::Account(mallory), Kind::Ban, None, text("spam"));
        in_chat(store, ada, NOW, move |staff| staff.sanction(&ban)).unwrap();
        let done = carry_out(store, waits).unwrap();
        assert_eq!((done.entry, done.fresh, left_over(store)), (None, true, vec![]));
        assert!(!carry_out(store, waits).unwrap().fresh);
        assert_eq!(hold(store, &new_held(mallory, 2, "more")), Err(StoreError::Banned));
    }

    fn what_waits_is_what_its_author_may_send(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let rust = room(store, ada, "rust");
        let mut outside = new_held(mallory, 1, "hello");
        outside.room = rust;
        assert_eq!(hold(store, &outside), Err(StoreError::NotAMember));
        let mut reaction = new_held(mallory, 1, "hello");
        reaction.content = Content::Delete { target: seq(1) };
        assert_eq!(hold(store, &reaction), Err(StoreError::NotPermitted));
        held(store, mallory, 2, "hello");
        assert_eq!(hold(store, &new_held(mallory, 2, "other words")), Err(StoreError::Conflict));
        let accepted = append(store, say(LOBBY, mallory, 3, "before the rule")).unwrap().entry;
        assert_eq!(hold(store, &new_held(mallory, 3, "before the rule")), Ok(Held::Delivered(accepted)));
        for number in 10..29 {
            held(store, mallory, number, "hello");
        }
        let full = StoreError::TooMany { what: "messages that wait for a moderator", max: 20 };
        assert_eq!(hold(store, &new_held(mallory, 29, "hello")), Err(full));
    }

    fn an_edit_waits_too(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Moderator), person(store, "mallory"));
        append(store, say(LOBBY, mallory, 1, "hello")).unwrap();
        let mut edit = new_held(mallory, 2, "");
        edit.content = Content::Edit { target: seq(1), body: text("buy this") };
        let Held::Waits(waits) = hold(store, &edit).unwrap() else { panic!() };
        decide(store, ada, waits, HeldDecision::Release).unwrap();
        assert!(carry_out(store, waits).unwrap().entry.is_some());
        assert_eq!(body(&history(store, LOBBY, ada)[0]), "buy this");
        append(store, entry(LOBBY, mallory, 3, Content::Delete { target: seq(1) })).unwrap();
    }
}
