//! What the bot has learned: which response followed which statement, and how often.

use std::collections::VecDeque;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, named_params};

/// Pairs of statements and responses in a database.
#[derive(Debug)]
pub(crate) struct Brain {
    database: Connection,
}

/// What was said last in a room, to find out what a message responds to.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    last: VecDeque<Heard>,
}

/// A message as the listener sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) place: u64,
    pub(crate) author: String,
    pub(crate) text: String,
    pub(crate) replies_to: Option<u64>,
}

impl Brain {
    /// Opens a brain on disk, or an empty one that knows nothing.
    ///
    /// # Errors
    /// When the file is not a database of this program.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let database = Connection::open(path)?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS pairs (
                 statement TEXT NOT NULL,
                 response TEXT NOT NULL,
                 times INTEGER NOT NULL,
                 PRIMARY KEY (statement, response)
             ) STRICT, WITHOUT ROWID",
        )?;
        Ok(Self { database })
    }

    /// Remembers that `response` was given to `statement` once more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) fn learn(&mut self, statement: &str, response: &str) -> rusqlite::Result<()> {
        let statement = normal(statement);
        let response = response.trim();
        let fits = |text: &str| !text.is_empty() && text.len() <= LONGEST;
        if !fits(&statement) || !fits(response) || self.is_full(&statement)? {
            return Ok(());
        }
        self.database.execute(
            "INSERT INTO pairs (statement, response, times) VALUES (:statement, :response, 1)
             ON CONFLICT (statement, response) DO UPDATE SET times = times + 1",
            named_params! { ":statement": statement, ":response": response },
        )?;
        Ok(())
    }

    /// Returns the response given most often to the closest known statement, if one is close enough.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn respond(&self, statement: &str) -> rusqlite::Result<Option<String>> {
        let Some(closest) = self.closest(&normal(statement))? else { return Ok(None) };
        let best =
            "SELECT response FROM pairs WHERE statement = :statement ORDER BY times DESC, response LIMIT 1";
        self.database.query_row(best, named_params! { ":statement": closest }, |row| row.get(0)).optional()
    }

    /// Returns how many different statements are known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn statements(&self) -> rusqlite::Result<u64> {
        let count = "SELECT COUNT(DISTINCT statement) FROM pairs";
        self.database.query_row(count, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    }

    fn closest(&self, statement: &str) -> rusqlite::Result<Option<String>> {
        let mut query =
            self.database.prepare_cached("SELECT DISTINCT statement FROM pairs ORDER BY statement")?;
        let mut rows = query.query([])?;
        let (mut best, mut closest) = (SIMILAR_ENOUGH, None);
        while let Some(row) = rows.next()? {
            let known: String = row.get(0)?;
            let similarity = strsim::sorensen_dice(statement, &known);
            // The first of equals stays: the same question gets the same answer.
            if best < similarity || (closest.is_none() && similarity == best) {
                (best, closest) = (similarity, Some(known));
            }
        }
        Ok(closest)
    }

    /// A full brain strengthens what it knows and learns no other statements.
    fn is_full(&self, statement: &str) -> rusqlite::Result<bool> {
        let known = "SELECT EXISTS (SELECT 1 FROM pairs WHERE statement = :statement)";
        let is_known: bool =
            self.database.query_row(known, named_params! { ":statement": statement }, |row| row.get(0))?;
        Ok(!is_known && MOST_STATEMENTS <= self.statements()?)
    }
}

impl Listener {
    /// Hears a message and returns the statement it responds to: the message it replies to, or else the one before it
    /// when somebody else said that.
    pub(crate) fn hear(&mut self, heard: Heard) -> Option<String> {
        let statement = match heard.replies_to {
            Some(place) => self.last.iter().find(|before| before.place == place),
            None => self.last.back(),
        };
        let statement =
            statement.filter(|before| before.author != heard.author).map(|before| before.text.clone());
        self.last.push_back(heard);
        if REMEMBERED < self.last.len() {
            self.last.pop_front();
        }
        statement
    }
}

/// Returns a statement without what does not change its meaning: case, punctuation, extra spaces, and the names called.
pub(crate) fn normal(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.starts_with('@'));
    let kept =
        |word: &str| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let words: Vec<String> = words.map(kept).filter(|word: &String| !word.is_empty()).collect();
    words.join(" ")
}

/// 0 has nothing in common, 1 is the same.
const SIMILAR_ENOUGH: f64 = 0.6;
const LONGEST: usize = 512;
const MOST_STATEMENTS: u64 = 20_000;
const REMEMBERED: usize = 100;
