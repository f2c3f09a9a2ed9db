//! Settings from their three places, each with where it came from, so that every error can name it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// A program's settings: a struct whose fields are the keys, each with a safe default.
pub trait Layered: Default + Serialize + DeserializeOwned {
    /// Every key with its section, in the order of the annotated file.
    const KEYS: &'static [&'static str];
    /// Variables that start with this are settings: `CHATD__LIMITS__MAX_CONNECTIONS`.
    const ENV_PREFIX: &'static str;
    /// Keys whose value is a path, meant from where it was written.
    const PATHS: &'static [&'static str];

    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// [`OutOfRange`] for the first number that is not allowed.
    fn check(&self) -> Result<(), OutOfRange>;

    /// Returns words to go after an error about this key, like an example; empty for most.
    #[must_use]
    fn hint(key: &str) -> &'static str;
}

/// A number outside of what its key allows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key} is {value}, allowed is {} to {}", .allowed.start(), .allowed.end())]
pub struct OutOfRange {
    /// The key with its section.
    pub key: &'static str,
    /// What was set.
    pub value: u64,
    /// What may be set.
    pub allowed: RangeInclusive<u64>,
}

/// Where settings are looked for; later places win.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file's place and content, when there is one.
    pub file: Option<(PathBuf, String)>,
    /// Variables of the process; only those that start with the program's prefix count.
    pub env: Vec<(String, String)>,
    /// `key=value` pairs of the command line, with the flag they came from.
    pub flags: Vec<Flag>,
}

/// One setting from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// As typed, for messages: `--listen`.
    pub name: String,
    /// The key with its section: `limits.max_connections`.
    pub key: String,
    /// The text after it.
    pub value: String,
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<C> {
    /// Checked and ready.
    pub config: C,
    /// Every key in the order of the file, with its value and origin.
    pub settings: Vec<Setting>,
}

/// One key in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The key with its section.
    pub key: &'static str,
    /// The value as TOML, `None` for an optional key that is not set.
    pub value: Option<String>,
    /// Who set it.
    pub origin: Origin,
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Default,
    /// This line of the file.
    File(PathBuf, usize),
    /// This variable.
    Env(String),
    /// This flag.
    Flag(String),
}

/// Why the settings cannot be used. Each says where it is and what was expected.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file is not TOML.
    #[error("{} line {line}: not valid TOML: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where in it.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A key that does not exist.
    #[error("{origin}: unknown key \"{key}\"; the nearest known key is \"{nearest}\"")]
    UnknownKey {
        /// Who set it.
        origin: Origin,
        /// What was set.
        key: String,
        /// What was perhaps meant.
        nearest: &'static str,
    },
    /// A value of the wrong type or outside of its range.
    #[error("{origin}: {key}: {problem}")]
    BadValue {
        /// Who set it.
        origin: Origin,
        /// Which key.
        key: &'static str,
        /// What was expected.
        problem: String,
    },
}

/// Puts defaults, file, variables and flags together, in this order.
///
/// # Errors
/// [`ConfigError`] for the first setting that cannot be used.
pub fn load<C: Layered>(sources: &Sources) -> Result<Loaded<C>, ConfigError> {
    let mut draft = Draft::<C>::new();
    if let Some((path, text)) = &sources.file {
        for (key, value, line) in read_file(C::KEYS, path, text)? {
            let folder = path.parent().unwrap_or(Path::new(""));
            draft.set(&key, in_folder(C::PATHS, &key, value, folder), Origin::File(path.clone(), line))?;
        }
    }
    let variables: BTreeMap<_, _> = sources.env.iter().map(|(name, text)| (name, text)).collect();
    for (name, text) in variables {
        if let Some(rest) = name.strip_prefix(C::ENV_PREFIX) {
            let key = rest.to_lowercase().replace("__", ".");
            draft.set_text(&key, text, Origin::Env(name.clone()))?;
        }
    }
    for flag in &sources.flags {
        draft.set_text(&flag.key, &flag.value, Origin::Flag(flag.name.clone()))?;
    }
    Ok(draft.finish())
}

/// Settings that are valid after every step, so that an error belongs to the step that made it.
struct Draft<C> {
    config: C,
    table: Table,
    origins: BTreeMap<&'static str, Origin>,
}

impl<C: Layered> Draft<C> {
    fn new() -> Self {
        let config = C::default();
        let table = Table::try_from(&config).expect("the default settings are a TOML table");
        Self { config, table, origins: BTreeMap::new() }
    }

    fn set(&mut self, key: &str, value: Value, origin: Origin) -> Result<(), ConfigError> {
        let Some(key) = C::KEYS.iter().copied().find(|known| *known == key) else {
            let nearest = nearest(C::KEYS, key);
            return Err(ConfigError::UnknownKey { origin, key: key.to_owned(), nearest });
        };
        *place(&mut self.table, key) = value;
        let config = match C::deserialize(self.table.clone()) {
            Ok(config) => config,
            Err(error) => {
                let problem = format!("{}{}", error.message(), C::hint(key));
                return Err(ConfigError::BadValue { origin, key, problem });
            }
        };
        if let Err(error) = config.check() {
            let problem = format!(
                "is {}, allowed is {} to {}",
                error.value,
                error.allowed.start(),
                error.allowed.end()
            );
            return Err(ConfigError::BadValue { origin, key, problem });
        }
        self.config = config;
        self.origins.insert(key, origin);
        Ok(())
    }

    /// Sets a value that came as text: it is read as what the key holds, and stays text where that does not work.
    fn set_text(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), ConfigError> {
        let read = match value_of(&self.table, key) {
            Some(Value::Integer(_)) => text.trim().parse().ok().map(Value::Integer),
            Some(Value::Boolean(_)) => text.trim().parse().ok().map(Value::Boolean),
            _ => None,
        };
        let value = read.unwrap_or_else(|| Value::String(text.to_owned()));
        let here = std::env::current_dir().unwrap_or_default();
        self.set(key, in_folder(C::PATHS, key, value, &here), origin)
    }

    fn finish(self) -> Loaded<C> {
        let Self { config, table, mut origins } = self;
        let settings = C::KEYS
            .iter()
            .copied()
            .map(|key| Setting {
                key,
                value: value_of(&table, key).map(ToString::to_string),
                origin: origins.remove(key).unwrap_or(Origin::Default),
            })
            .collect();
        Loaded { config, settings }
    }
}

/// Returns every setting of the file with its line.
fn read_file(keys: &[&str], path: &Path, text: &str) -> Result<Vec<(String, Value, usize)>, ConfigError> {
    let syntax = |error: toml::de::Error| ConfigError::Syntax {
        path: path.to_owned(),
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        problem: error.message().to_owned(),
    };
    let table: Table = text.parse().map_err(syntax)?;
    let spans = DeTable::parse(text).map_err(syntax)?;
    let mut found = Vec::new();
    collect(keys, "", (&table, spans.get_ref()), text, &mut found);
    found.sort_by_key(|(_, _, line)| *line);
    Ok(found)
}

fn collect(
    keys: &[&str],
    section: &str,
    (table, spans): (&Table, &DeTable<'_>),
    text: &str,
    found: &mut Vec<(String, Value, usize)>,
) {
    for (name, value) in table {
        let Some((span, inner)) = spans.get_key_value(name.as_str()) else { continue };
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match (value, inner.get_ref()) {
            // A table two deep holds no known key; reported as a whole it names its own line.
            (Value::Table(table), DeValue::Table(spans)) if section.is_empty() && is_section(keys, &key) => {
                collect(keys, &key, (table, spans), text, found);
            }
            _ => found.push((key, value.clone(), line_of(text, span.span().start))),
        }
    }
}

fn is_section(keys: &[&str], key: &str) -> bool {
    keys.iter().any(|known| known.split_once('.').is_some_and(|(section, _)| section == key))
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.bytes().filter(|&byte| byte == b'\n').count() + 1
}

fn place<'a>(table: &'a mut Table, key: &str) -> &'a mut Value {
    let (table, name) = match key.split_once('.') {
        Some((section, name)) => {
            let section = table.get_mut(section).and_then(Value::as_table_mut);
            (section.expect("every section has a default"), name)
        }
        None => (table, key),
    };
    table.entry(name).or_insert(Value::Boolean(false))
}

fn value_of<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((section, name)) => table.get(section)?.as_table()?.get(name),
        None => table.get(key),
    }
}

/// Paths are meant from where they were written: the file's folder, or where the command was typed.
fn in_folder(paths: &[&str], key: &str, value: Value, folder: &Path) -> Value {
    match value {
        Value::String(path) if paths.contains(&key) && !path.is_empty() => {
            let path: PathBuf = folder.join(path).components().collect();
            Value::String(path.to_string_lossy().into_owned())
        }
        value => value,
    }
}

fn nearest(keys: &[&'static str], key: &str) -> &'static str {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let distance = |known: &&'static str| {
        let as_a_whole = strsim::damerau_levenshtein(key, known);
        as_a_whole.min(strsim::damerau_levenshtein(&last(key), &last(known)) + 1)
    };
    keys.iter().copied().min_by_key(distance).expect("there are keys")
}

impl Setting {
    /// Returns whether somebody set it.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.origin != Origin::Default
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path, line) => write!(formatter, "{} line {line}", path.display()),
            Self::Env(name) => write!(formatter, "variable {name}"),
            Self::Flag(name) => write!(formatter, "flag {name}"),
        }
    }
}
