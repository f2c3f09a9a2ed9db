//! Emoji sequences (UTS 51): where joiners, variation selectors and tags belong to a picture.

/// Makes the character before it a picture.
const EMOJI_STYLE: char = '\u{fe0f}';
/// Makes the character before it plain text.
const TEXT_STYLE: char = '\u{fe0e}';
const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const END_OF_TAGS: char = '\u{e007f}';
/// Most pictures joined into one; the longest in use has four and a few attributes.
const JOINED: usize = 10;

/// Returns the length in bytes of the emoji the text starts with, its joiners and selectors included.
pub(super) fn sequence_len(text: &str) -> Option<usize> {
    keycap_len(text).or_else(|| flag_len(text)).or_else(|| tagged_flag_len(text)).or_else(|| joined_len(text))
}

/// A digit, `#` or `*` on a key.
fn keycap_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(|first: char| first.is_ascii_digit() || matches!(first, '#' | '*'))?;
    let rest = rest.strip_prefix(EMOJI_STYLE).unwrap_or(rest).strip_prefix(KEYCAP)?;
    Some(text.len() - rest.len())
}

/// Two regional indicators: a country's flag.
fn flag_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(is_regional)?.strip_prefix(is_regional)?;
    Some(text.len() - rest.len())
}

/// A black flag with the letters of a region in tags: the flag of Scotland and the like.
fn tagged_flag_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(BLACK_FLAG)?;
    let tags = rest.chars().take_while(|tag| is_region_tag(*tag)).count();
    let rest = rest.trim_start_matches(is_region_tag).strip_prefix(END_OF_TAGS)?;
    (4..=6).contains(&tags).then(|| text.len() - rest.len())
}

/// A picture, or several joined into one.
fn joined_len(text: &str) -> Option<usize> {
    let mut rest = picture(text)?;
    for _ in 1..JOINED {
        let Some(after) = rest.strip_prefix(JOINER).and_then(picture) else { break };
        rest = after;
    }
    Some(text.len() - rest.len())
}

/// Returns what follows one picture with its style or skin tone.
fn picture(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(is_pictographic)?;
    let rest = rest.strip_prefix(is_skin_tone).unwrap_or(rest);
    Some(rest.strip_prefix([EMOJI_STYLE, TEXT_STYLE]).unwrap_or(rest))
}

fn is_regional(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_region_tag(character: char) -> bool {
    matches!(character, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')
}

fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Whether the character is a picture, or one of the symbols that have a picture form.
fn is_pictographic(character: char) -> bool {
    matches!(
        character,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{24c2}' | '\u{3030}' | '\u{303d}'
            | '\u{3297}' | '\u{3299}' | '\u{25aa}' | '\u{25ab}' | '\u{25b6}' | '\u{25c0}' | '\u{2934}' | '\u{2935}'
            | '\u{2194}'..='\u{2199}' | '\u{21a9}' | '\u{21aa}' | '\u{231a}' | '\u{231b}' | '\u{2328}' | '\u{23cf}'
            | '\u{23e9}'..='\u{23fa}' | '\u{25fb}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}' | '\u{2b05}'..='\u{2b07}'
            | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{1f000}'..='\u{1f1e5}' | '\u{1f200}'..='\u{1faff}'
    )
}
