//! What the message types look like, read from their source: the tests compare samples and document with it.

use std::collections::BTreeMap;

const SOURCES: [&str; 9] = [
    include_str!("../../src/message/opening.rs"),
    include_str!("../../src/message/command.rs"),
    include_str!("../../src/message/server.rs"),
    include_str!("../../src/message/event.rs"),
    include_str!("../../src/message/log.rs"),
    include_str!("../../src/message/report.rs"),
    include_str!("../../src/message/file.rs"),
    include_str!("../../src/message/sealed.rs"),
    include_str!("../../src/refusal.rs"),
];

/// An encoded type: a struct with fields, or an enum with variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Struct(Vec<Field>),
    /// Variants with fields; on the wire an array that starts with the number.
    Enum(Vec<Variant>),
    /// Variants without fields; on the wire the number alone.
    Codes(Vec<Variant>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) number: usize,
    /// Empty in a tuple variant.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) doc: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) doc: String,
}

/// A type with its comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) doc: String,
    pub(crate) shape: Shape,
}

/// Returns every type that is encoded, by name.
pub(crate) fn types() -> BTreeMap<String, Declared> {
    SOURCES.iter().flat_map(|source| types_of(source)).collect()
}

fn types_of(source: &str) -> Vec<(String, Declared)> {
    let mut types = Vec::new();
    let mut lines = source.lines();
    let (mut codes, mut doc) = (false, Vec::new());
    while let Some(line) = lines.next() {
        let Some((kind, name)) = type_head(line) else {
            codes = line == "#[cbor(index_only)]" || (codes && line.starts_with("#["));
            match comment(line) {
                Some(comment) => doc.push(comment),
                None if line.starts_with("#[") => {}
                None => doc.clear(),
            }
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").map(str::trim).collect();
        let shape = match (kind, codes) {
            ("struct", _) => Shape::Struct(named_fields(&body)),
            (_, true) => Shape::Codes(variants(&body)),
            (_, false) => Shape::Enum(variants(&body)),
        };
        types.push((name.to_owned(), Declared { doc: std::mem::take(&mut doc).join(" "), shape }));
    }
    types
}

fn type_head(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("pub ")?.strip_suffix(" {")?;
    rest.split_once(' ').filter(|(kind, _)| matches!(*kind, "struct" | "enum"))
}

fn variants(body: &[&str]) -> Vec<Variant> {
    let mut variants = Vec::new();
    let mut lines = body.iter().copied();
    while let Some((doc, number, line)) = next_item(&mut lines) {
        let (name, fields) = if let Some(name) = line.strip_suffix(" {") {
            let inner: Vec<&str> = lines.by_ref().take_while(|line| *line != "},").collect();
            (name, named_fields(&inner))
        } else if let Some((name, inner)) = line.split_once('(') {
            (name, tuple_fields(inner.strip_suffix("),").expect("a tuple variant ends on its line")))
        } else {
            (line.trim_end_matches(','), Vec::new())
        };
        variants.push(Variant { number, name: name.to_owned(), fields, doc });
    }
    variants
}

fn named_fields(body: &[&str]) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut lines = body.iter().copied();
    while let Some((doc, number, line)) = next_item(&mut lines) {
        let field = line.trim_start_matches("pub ").trim_end_matches(',');
        let (name, kind) = field.split_once(": ").expect("a field has a type");
        fields.push(Field { number, name: name.to_owned(), kind: readable(kind), doc });
    }
    fields
}

fn tuple_fields(inner: &str) -> Vec<Field> {
    let fields = inner.split(", ").map(|field| {
        let (number, kind) = field.split_once(' ').expect("a field has a number and a type");
        let number = number_of(number).unwrap_or_else(|| panic!("expected #[n(..)], found {field:?}"));
        Field { number, name: String::new(), kind: readable(kind), doc: String::new() }
    });
    fields.collect()
}

/// Returns the next field or variant: its comment, its number, and the line that declares it.
fn next_item<'s>(lines: &mut impl Iterator<Item = &'s str>) -> Option<(String, usize, &'s str)> {
    let (mut doc, mut number) = (Vec::new(), None);
    for line in lines {
        if let Some(comment) = comment(line) {
            doc.push(comment);
        } else if let Some(found) = number_of(line) {
            number = Some(found);
        } else {
            return Some((doc.join(" "), number.unwrap_or_else(|| panic!("{line:?} has a number")), line));
        }
    }
    None
}

/// Returns the words of a comment, without the marks of links.
pub(crate) fn comment(line: &str) -> Option<String> {
    let words = line.strip_prefix("/// ")?.replace("limits::", "");
    Some(words.replace("[`", "`").replace("`]", "`"))
}

fn number_of(line: &str) -> Option<usize> {
    line.strip_prefix("#[n(")?.strip_suffix(")]")?.parse().ok()
}

/// `Option<Text<{ limits::NAME }>>` reads `Text(NAME)?` in the document.
fn readable(kind: &str) -> String {
    if let Some(inner) = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>')) {
        return format!("{}?", readable(inner));
    }
    if let Some((item, max)) = kind.strip_prefix("List<").and_then(|kind| kind.rsplit_once(", ")) {
        return format!("[{}; {}]", readable(item), limit(max));
    }
    match kind.split_once('<') {
        Some((name, max)) => format!("{name}({})", limit(max)),
        None => kind.to_owned(),
    }
}

fn limit(max: &str) -> &str {
    max.trim_end_matches('>').trim_matches(['{', '}', ' ']).trim_start_matches("limits::")
}

#[test]
fn the_source_is_understood() {
    let types = types();
    let Shape::Enum(commands) = &types["Command"].shape else { panic!("Command is an enum") };
    assert_eq!(commands.len(), 56);
    let send = &commands[1];
    let fields: Vec<String> =
        send.fields.iter().map(|field| format!("{} {}: {}", field.number, field.name, field.kind)).collect();
    assert_eq!(send.name, "Send");
    assert_eq!(send.doc, "Says something in a room. Answer: `Accepted`, after the entry is on disk.");
    assert_eq!(
        fields,
        ["0 room: RoomId", "1 message_id: MessageId", "2 body: Text(BODY)", "3 reply_to: Seq?"]
    );
    let Shape::Struct(fields) = &types["Welcome"].shape else { panic!("Welcome is a struct") };
    assert_eq!(fields[8].kind, "[Secret(CODE); RECOVERY_CODES]");
    let Shape::Codes(codes) = &types["Code"].shape else { panic!("Code is a list of codes") };
    assert_eq!(codes.len(), 38);
    let Shape::Enum(messages) = &types["ServerMessage"].shape else { panic!("ServerMessage is an enum") };
    assert_eq!(messages[0].fields[1].kind, "Answer");
}

#[test]
fn numbers_of_fields_and_variants_count_up_without_gaps() {
    for (name, declared) in types() {
        match declared.shape {
            Shape::Struct(fields) => assert_counts(&name, fields.iter().map(|field| field.number)),
            Shape::Enum(variants) | Shape::Codes(variants) => {
                assert_counts(&name, variants.iter().map(|variant| variant.number));
                for variant in variants {
                    assert_counts(&variant.name, variant.fields.iter().map(|field| field.number));
                }
            }
        }
    }
}

fn assert_counts(name: &str, numbers: impl Iterator<Item = usize>) {
    for (expected, number) in numbers.enumerate() {
        assert_eq!(number, expected, "{name}");
    }
}
