//! Makes a saved database of one schema for the migration tests. After the release of schema N, once:
//!
//! `cargo run -p store --features testing --example make_fixture -- N crates/store/tests/fixtures/schema-N.db`
//!
//! The file is committed and never made again: it is what a server of that release left on its disk.

use std::path::PathBuf;

use store::testing::make_database;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(schema), Some(path)) = (arguments.next(), arguments.next()) else {
        eprintln!("make_fixture SCHEMA FILE");
        std::process::exit(64);
    };
    let schema: usize = schema.parse().expect("the schema is a number");
    let indexed = if 2 <= schema { INDEX } else { "" };
    make_database(&PathBuf::from(path), schema, &format!("{CONTENT}{indexed}"))
        .expect("the file is new and its folder can be written");
}

/// People, rooms and a log as schema 1 keeps them: one text, one that was edited, one that was removed, a direct one.
const CONTENT: &str = include_str!("../tests/fixtures/content.sql");

/// From schema 2 on the server keeps an index of the texts.
const INDEX: &str = "INSERT INTO entries_fts (entries_fts) VALUES ('rebuild');";
