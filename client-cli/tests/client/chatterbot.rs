//! What the example bot learns and answers.

#[path = "../../examples/chatterbot/brain.rs"]
mod brain;

use brain::{Brain, Heard, Listener, normal};

#[test]
fn a_new_brain_knows_nothing() {
    let (_folder, brain) = empty();
    assert_eq!(brain.respond("hello").unwrap(), None);
    assert_eq!(brain.statements().unwrap(), 0);
}

#[test]
fn the_most_frequent_response_to_the_closest_statement_is_given() {
    let (_folder, mut brain) = empty();
    for (statement, response) in [
        ("how are you?", "fine"),
        ("how are you", "tired"),
        ("How are YOU?!", "tired"),
        ("what time is it", "tea time"),
    ] {
        brain.learn(statement, response).unwrap();
    }
    assert_eq!(brain.respond("@chatterbot how are you all?").unwrap().as_deref(), Some("tired"));
    assert_eq!(brain.respond("what time is it now").unwrap().as_deref(), Some("tea time"));
    assert_eq!(brain.respond("completely different words").unwrap(), None);
}

#[test]
fn what_was_learned_survives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brain");
    Brain::open(&path).unwrap().learn("ping", "pong").unwrap();
    assert_eq!(Brain::open(&path).unwrap().respond("Ping!").unwrap().as_deref(), Some("pong"));
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    std::fs::write(&path, "my notes, not a database, and long enough to be looked at").unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(Brain::open(&path).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_response_belongs_to_what_it_replies_to_or_else_to_what_came_before() {
    let mut listener = Listener::default();
    assert_eq!(listener.hear(heard(1, "ada", "tea or coffee?", None)), None);
    assert_eq!(listener.hear(heard(2, "ada", "I mean today", None)), None, "nobody responds to themselves");
    assert_eq!(listener.hear(heard(3, "bob", "tea", Some(1))).as_deref(), Some("tea or coffee?"));
    assert_eq!(listener.hear(heard(4, "eve", "me too", None)).as_deref(), Some("tea"));
    assert_eq!(listener.hear(heard(5, "eve", "late", Some(77))), None);
}

#[test]
fn statements_are_compared_without_case_punctuation_and_names() {
    assert_eq!(normal("  @Bot,  HOW are\nyou?! "), "how are you");
    assert_eq!(normal("@bot ... !"), "");
}

#[test]
fn empty_and_endless_texts_are_not_learned() {
    let (_folder, mut brain) = empty();
    brain.learn("?", "what").unwrap();
    brain.learn("statement", " ").unwrap();
    brain.learn(&"long ".repeat(200), "short").unwrap();
    assert_eq!(brain.statements().unwrap(), 0);
}

fn empty() -> (tempfile::TempDir, Brain) {
    let folder = tempfile::tempdir().unwrap();
    let brain = Brain::open(&folder.path().join("brain")).unwrap();
    (folder, brain)
}

fn heard(place: u64, author: &str, text: &str, replies_to: Option<u64>) -> Heard {
    Heard { place, author: author.to_owned(), text: text.to_owned(), replies_to }
}
