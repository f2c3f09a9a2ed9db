//! All filters, compiled once: what they say of a message, in time linear in its length.

use std::collections::BTreeMap;
use std::fmt;

use proto::ids::{FilterId, RoomId};
use regex::{Regex, RegexBuilder};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::links::{Link, fold_host, links};
use super::{Action, Filter, Kind, Mode, PATTERN};
use crate::name::skeleton_of;
use crate::text::is_invisible;

/// Filters ready to judge.
#[derive(Default)]
pub struct FilterSet {
    /// Whole words, by the first of them.
    words: BTreeMap<String, Vec<WordRule>>,
    patterns: Vec<(Rule, Regex)>,
    hosts: Vec<(Rule, String)>,
}

/// Whether links wait for a moderator, whatever the filters say: newcomers' links, or everybody's during a raid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Links are like other text.
    Free,
    /// A message with a link is held.
    Held,
}

/// What is to happen to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The strictest rule that acts, and what it does. Nothing lets the message through.
    pub decided: Option<(Cause, Action)>,
    /// Every filter that acts and matched.
    pub matched: Vec<FilterId>,
    /// Every filter in shadow mode that matched.
    pub shadow: Vec<FilterId>,
}

/// Which rule decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A filter.
    Filter(FilterId),
    /// The rule that links wait.
    Link,
}

/// A pattern that cannot be used: what was wrong, what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// Nothing to look for.
    #[error("the pattern is empty, or has no letter or digit; write what to look for")]
    Empty,
    /// Too long.
    #[error("the pattern is {0} bytes, the limit is {PATTERN}; make two filters of it")]
    TooLong(usize),
    /// Not a regular expression.
    #[error("the pattern is not a regular expression: {0}")]
    Syntax(String),
    /// A regular expression that takes too much memory.
    #[error("the pattern is too big when compiled; repeat less, or make two filters of it")]
    TooBig,
    /// A pattern that matches nothing at all, so it matches everywhere.
    #[error(
        "the pattern also matches an empty text, so it would match every message; require at least one character"
    )]
    MatchesEverything,
    /// Not a host.
    #[error("\"{0}\" is not a host; write one like example.org, or * for every link")]
    NotAHost(String),
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    id: FilterId,
    room: Option<RoomId>,
    action: Action,
    acts: bool,
}

#[derive(Debug)]
struct WordRule {
    rule: Rule,
    rest: Vec<String>,
}

/// Bytes of one compiled pattern: bounds both memory and the time per byte of text.
const COMPILED: usize = 256 * 1024;
/// Bytes of the cache with which a pattern is matched.
const CACHE: usize = 512 * 1024;

impl FilterSet {
    /// Compiles the filters that are on or in shadow mode. Those that cannot be used are told and left out.
    #[must_use]
    pub fn compile(filters: &[Filter]) -> (Self, Vec<(FilterId, PatternError)>) {
        let (mut set, mut problems) = (Self::default(), Vec::new());
        for filter in filters.iter().filter(|filter| filter.mode != Mode::Off) {
            if let Err(problem) = set.add(filter) {
                problems.push((filter.id, problem));
            }
        }
        (set, problems)
    }

    /// Checks a pattern before it is stored.
    ///
    /// # Errors
    /// [`PatternError`] in words for the person.
    pub fn check(filter: &Filter) -> Result<(), PatternError> {
        Self::default().add(filter)
    }

    /// Says what is to happen to a message in this room.
    #[must_use]
    pub fn judge(&self, room: RoomId, text: &str, links_are: Links) -> Verdict {
        let mut hits = Hits { room, hits: BTreeMap::new() };
        if !self.words.is_empty() {
            self.find_words(text, &mut hits);
        }
        for (rule, pattern) in &self.patterns {
            if hits.concerns(*rule) && pattern.is_match(text) {
                hits.add(*rule);
            }
        }
        let found = if links_are == Links::Held || !self.hosts.is_empty() { links(text) } else { Vec::new() };
        for (rule, host) in &self.hosts {
            if hits.concerns(*rule) && found.iter().any(|link: &Link| link.is_under(host)) {
                hits.add(*rule);
            }
        }
        hits.verdict(links_are == Links::Held && !found.is_empty())
    }

    fn add(&mut self, filter: &Filter) -> Result<(), PatternError> {
        if PATTERN < filter.pattern.len() {
            return Err(PatternError::TooLong(filter.pattern.len()));
        }
        let rule =
            Rule { id: filter.id, room: filter.room, action: filter.action, acts: filter.mode == Mode::On };
        match filter.kind {
            Kind::Word => {
                let mut words = folded_words(&filter.pattern).into_iter();
                let first = words.next().ok_or(PatternError::Empty)?;
                self.words.entry(first).or_default().push(WordRule { rule, rest: words.collect() });
            }
            Kind::Regex => self.patterns.push((rule, compiled(&filter.pattern)?)),
            Kind::Link => self.hosts.push((rule, host(&filter.pattern)?)),
        }
        Ok(())
    }

    fn find_words(&self, text: &str, hits: &mut Hits) {
        let words = folded_words(text);
        for (at, word) in words.iter().enumerate() {
            for found in self.words.get(word).into_iter().flatten() {
                if hits.concerns(found.rule) && words[at + 1..].starts_with(&found.rest) {
                    hits.add(found.rule);
                }
            }
        }
    }
}

impl fmt::Debug for FilterSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: usize = self.words.values().map(Vec::len).sum();
        write!(
            formatter,
            "FilterSet({words} words, {} patterns, {} hosts)",
            self.patterns.len(),
            self.hosts.len()
        )
    }
}

struct Hits {
    room: RoomId,
    hits: BTreeMap<FilterId, Rule>,
}

impl Hits {
    fn concerns(&self, rule: Rule) -> bool {
        rule.room.is_none_or(|room| room == self.room) && !self.hits.contains_key(&rule.id)
    }

    fn add(&mut self, rule: Rule) {
        self.hits.insert(rule.id, rule);
    }

    fn verdict(self, link: bool) -> Verdict {
        let ids = |acts| self.hits.values().filter(|rule| rule.acts == acts).map(|rule| rule.id).collect();
        let acting = self.hits.values().filter(|rule| rule.acts);
        let by_filters = acting.map(|rule| (Cause::Filter(rule.id), rule.action));
        // Among equals the first filter decides, so that the same message always names the same rule.
        let decided =
            by_filters.chain(link.then_some((Cause::Link, Action::Hold))).reduce(|strictest, next| {
                if strictness(strictest.1) < strictness(next.1) { next } else { strictest }
            });
        Verdict { decided, matched: ids(true), shadow: ids(false) }
    }
}

fn strictness(action: Action) -> (u8, u32) {
    match action {
        Action::Hold => (0, 0),
        Action::Refuse => (1, 0),
        Action::Kick => (2, 0),
        Action::Mute { seconds } => (3, seconds),
    }
}

/// Returns the words of a text as they are compared: width, case and look-alikes folded, invisible characters gone.
fn folded_words(text: &str) -> Vec<String> {
    let visible: String =
        text.nfkc().filter(|character| !is_invisible(*character)).flat_map(char::to_lowercase).collect();
    let words = visible.split(|character: char| {
        !(character.is_alphanumeric() || is_combining_mark(character) || is_stand_in(character))
    });
    let words = words.map(|word| word.trim_matches(is_stand_in)).filter(|word| !word.is_empty());
    words.map(skeleton_of).filter(|word| !word.is_empty()).collect()
}

/// Signs that stand for letters inside a word, and are punctuation at its ends.
fn is_stand_in(character: char) -> bool {
    matches!(character, '|' | '\'')
}

fn compiled(pattern: &str) -> Result<Regex, PatternError> {
    if pattern.is_empty() {
        return Err(PatternError::Empty);
    }
    let built = RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(COMPILED)
        .dfa_size_limit(CACHE)
        .nest_limit(32)
        .build();
    let regex = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooBig,
        error => PatternError::Syntax(last_line(&error.to_string())),
    })?;
    if regex.is_match("") {
        return Err(PatternError::MatchesEverything);
    }
    Ok(regex)
}

/// The library draws the pattern with an arrow under it; its last line has the reason.
fn last_line(error: &str) -> String {
    let line = error.lines().last().unwrap_or_default();
    line.trim().trim_start_matches("error: ").to_owned()
}

fn host(pattern: &str) -> Result<String, PatternError> {
    let host = fold_host(pattern.trim());
    let host = host.strip_prefix("*.").unwrap_or(&host);
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    if host == "*" || host.split('.').all(is_label) {
        return Ok(host.to_owned());
    }
    Err(PatternError::NotAHost(pattern[..pattern.floor_char_boundary(64)].to_owned()))
}

#[cfg(test)]
mod tests;
