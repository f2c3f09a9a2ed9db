//! The places of the user guide where pictures stand.

use anyhow::{Result, ensure};

use super::album::Picture;

/// Puts each picture at its place; what stood there before goes.
pub(super) fn fill(text: &str, pictures: &[Picture]) -> Result<String> {
    let mut places: Vec<&str> = pictures.iter().map(|picture| picture.place).collect();
    places.sort_unstable();
    places.dedup();
    let mut text = text.to_owned();
    for place in places {
        let here: Vec<_> = pictures.iter().filter(|picture| picture.place == place).map(link).collect();
        let (begin, end) = (format!("<!-- screens: {place} -->\n"), "<!-- end of screens -->");
        let parts =
            text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
        ensure!(parts.is_some(), "the guide has no place for {place}");
        if let Some((before, after)) = parts {
            text = format!("{before}{begin}\n{}\n\n{end}{after}", here.join("\n\n"));
        }
    }
    Ok(text)
}

fn link(picture: &Picture) -> String {
    format!("![{}](screenshots/client/{})", picture.title, picture.file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(place: &'static str, file: &str) -> Picture {
        Picture { place, file: file.to_owned(), title: "The chat (80x24)".to_owned() }
    }

    #[test]
    fn pictures_stand_at_their_places_and_again_gives_the_same() {
        let guide = "# Guide\n<!-- screens: chat -->\nold\n<!-- end of screens -->\nwords\n<!-- screens: files -->\n<!-- end of screens -->\n";
        let pictures =
            [picture("chat", "chat-80x24.svg"), picture("chat", "chat-light.svg"), picture("files", "f.svg")];
        let once = fill(guide, &pictures).unwrap();
        assert!(
            once.contains("-->\n\n![The chat (80x24)](screenshots/client/chat-80x24.svg)\n\n![The chat"),
            "{once}"
        );
        assert!(!once.contains("old") && once.contains("words"));
        assert_eq!(fill(&once, &pictures).unwrap(), once);
    }

    #[test]
    fn a_place_that_the_guide_lacks_is_named() {
        let error = fill("# Guide\n", &[picture("chat", "x.svg")]).unwrap_err();
        assert_eq!(error.to_string(), "the guide has no place for chat");
    }
}
