//! `docs/PROTOCOL.md` says what the code does: its tables and vectors are compared with the source.

use std::fmt::Write;
use std::time::Duration;

use proto::handshake::{RefusalReason, Version};
use proto::limits;
use serde_json::Value;

use crate::schema::{self, Declared, Field, Shape, Variant};

const DOCUMENT: &str = include_str!("../../../../docs/PROTOCOL.md");
const LIMITS: &str = include_str!("../../src/limits.rs");

#[test]
fn the_tables_of_types_are_those_of_the_source() {
    for (name, declared) in schema::types() {
        let table = table_of(&name, &declared);
        assert!(DOCUMENT.contains(&table), "docs/PROTOCOL.md needs this table of {name}:\n\n{table}");
    }
}

#[test]
fn the_table_of_limits_is_the_one_of_the_source() {
    let table = table_of_limits();
    assert!(DOCUMENT.contains(&table), "docs/PROTOCOL.md needs this table of limits:\n\n{table}");
}

#[test]
fn the_vectors_of_the_handshake_are_in_the_document() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/handshake.json")).unwrap();
    let document = without_spaces(DOCUMENT);
    for (name, value) in vectors.as_object().unwrap() {
        for hex in strings_of(value) {
            assert!(document.contains(&without_spaces(hex)), "docs/PROTOCOL.md needs {name}: {hex}");
        }
    }
}

#[test]
fn the_vectors_of_the_messages_are_in_the_document() {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/messages.json")).unwrap();
    for vector in vectors.as_object().unwrap().values().flat_map(|list| list.as_array().unwrap()) {
        let (message, hex) = (vector["message"].as_str().unwrap(), vector["hex"].as_str().unwrap());
        let row = format!("| `{message}` | `{hex}` |");
        assert!(DOCUMENT.contains(&row), "docs/PROTOCOL.md needs this row: {row}");
    }
}

#[test]
fn the_table_of_versions_ends_with_the_newest() {
    let newest = format!("| {} |", Version::NEWEST);
    let next = format!("| {} |", Version::NEWEST.number() + 1);
    let versions = DOCUMENT.split("## Versions").nth(1).unwrap().split("\n## ").next().unwrap();
    assert!(versions.contains(&newest) && !versions.contains(&next), "{versions}");
}

#[test]
fn the_reasons_of_refusals_in_the_clear_are_in_the_document() {
    for reason in [RefusalReason::Version, RefusalReason::Busy, RefusalReason::Network] {
        let row = format!("| {} | `{reason:?}` |", reason as u8);
        assert!(DOCUMENT.contains(&row), "docs/PROTOCOL.md needs this row: {row}");
    }
}

fn table_of(name: &str, declared: &Declared) -> String {
    let mut table = format!("#### {name}\n\n{}\n\n", declared.doc);
    match &declared.shape {
        Shape::Struct(fields) => {
            table += "| n | field | type | meaning |\n|---|---|---|---|\n";
            for Field { number, name, kind, doc } in fields {
                writeln!(table, "| {number} | `{name}` | `{kind}` | {doc} |").unwrap();
            }
        }
        Shape::Enum(variants) => {
            table += "| n | variant | fields | meaning |\n|---|---|---|---|\n";
            for variant in variants {
                let Variant { number, name, fields, doc } = variant;
                let (fields, docs) = (fields_of(fields), docs_of(fields));
                writeln!(table, "| {number} | `{name}` | {fields} | {doc}{docs} |").unwrap();
            }
        }
        Shape::Codes(variants) => {
            table += "| n | code | meaning |\n|---|---|---|\n";
            for Variant { number, name, doc, .. } in variants {
                writeln!(table, "| {number} | `{name}` | {doc} |").unwrap();
            }
        }
    }
    table
}

fn fields_of(fields: &[Field]) -> String {
    let fields = fields.iter().map(|Field { number, name, kind, .. }| match name.as_str() {
        "" => format!("{number} `{kind}`"),
        name => format!("{number} `{name}: {kind}`"),
    });
    fields.collect::<Vec<_>>().join(", ")
}

fn docs_of(fields: &[Field]) -> String {
    let fields = fields.iter().filter(|field| !field.doc.is_empty());
    fields.map(|field| format!(" `{}`: {}", field.name, field.doc)).collect()
}

/// The value as the document writes it.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for usize {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for u32 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for u64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for Duration {
    fn shown(&self) -> String {
        format!("{} s", self.as_secs())
    }
}

fn table_of_limits() -> String {
    macro_rules! values {
        ($($name:ident)+) => { [$((stringify!($name), limits::$name.shown())),+] };
    }
    let values = values![
        HANDSHAKE_MESSAGE HANDSHAKE_TIME NOISE_MESSAGE TAG FRAME_PLAINTEXT MESSAGE FRAME_PADDED FRAME_SMALLEST
        OPENING_PADDED REKEY_EVERY NAME ROOM_NAME TOPIC BODY EMOJI PASSWORD CODE INVITE HOST INVITE_LINK
        DEVICE_LABEL CLIENT_NAME REASON APPEAL QUERY QUERY_TERMS DETAIL PAGE PAGE_BYTES PEOPLE REACTIONS REPORTED
        REPORTS RECOVERY_CODES DEVICES ROOMS_PER_ACCOUNT PIECE PIECES_IN_FLIGHT FILE_NAME MEDIA_TYPE CARD_SEALED
        FILE_BYTES MLS_MESSAGE GROUP_INFO WELCOME KEY_PACKAGE KEY_PACKAGES CERTIFICATE PARCEL SEALED_DEVICES ADDED_AT_ONCE
        PROPOSAL PROPOSALS SENDER OPENED OPENED_BODY
        REQUESTS_IN_FLIGHT OUTBOX_BYTES WRITE_STALL PING_EVERY IDLE APPEAL_TIME BAN_SECONDS SLOW_SECONDS PURGE_SECONDS RAID_MINUTES
    ];
    let documented = constants_of(LIMITS);
    assert_eq!(documented.len(), values.len(), "a limit is missing here");
    let mut table = String::from("| limit | value | meaning |\n|---|---|---|\n");
    for ((name, value), (declared, doc)) in values.iter().zip(documented) {
        assert_eq!(*name, declared, "limits stand here in the order of the source");
        writeln!(table, "| `{name}` | {value} | {doc} |").unwrap();
    }
    table
}

/// Returns the constants of a source file with their comments.
fn constants_of(source: &str) -> Vec<(&str, String)> {
    let (mut constants, mut doc) = (Vec::new(), Vec::new());
    for line in source.lines() {
        if let Some(comment) = schema::comment(line) {
            doc.push(comment);
        } else if let Some((name, _)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(':'))
        {
            constants.push((name, doc.join(" ")));
            doc.clear();
        }
    }
    constants
}

fn strings_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings_of).collect(),
        Value::Object(fields) => fields.values().flat_map(strings_of).collect(),
        _ => Vec::new(),
    }
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}
