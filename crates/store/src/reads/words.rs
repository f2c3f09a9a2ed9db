//! What somebody types to find rows by words.

use proto::limits;

use crate::error::StoreError;

/// Returns an FTS5 expression that finds rows with words that begin like each of these, with everything typed quoted;
/// `None` if there is no word at all.
pub(super) fn match_all(typed: &str) -> Result<Option<String>, StoreError> {
    let words: Vec<&str> = typed
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| word.contains(char::is_alphanumeric))
        .collect();
    if limits::QUERY_TERMS < words.len() {
        return Err(StoreError::TooMany { what: "words in a search", max: limits::QUERY_TERMS });
    }
    if words.is_empty() {
        return Ok(None);
    }
    let quoted: Vec<String> =
        words.iter().map(|word| format!("\"{}\" *", word.replace('"', "\"\""))).collect();
    Ok(Some(quoted.join(" AND ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_quoted_and_never_an_operator() {
        assert_eq!(match_all("spam NOT a\"b").unwrap().unwrap(), r#""spam" * AND "NOT" * AND "a""b" *"#);
        assert_eq!(match_all(" * ( "), Ok(None));
        assert!(match_all("a b c d e f g h i").is_err());
    }
}
