//! Templates hold nothing that a strict policy would refuse, and nothing that lets markup through.

use std::path::Path;

/// What must not be in a template, and why.
const BANNED: [(&str, &str); 7] = [
    ("|safe", "lets markup of strangers through"),
    ("| safe", "lets markup of strangers through"),
    ("style=", "styles live in the style sheet"),
    ("<style", "styles live in the style sheet"),
    ("hx-on", "is evaluated as script"),
    ("js:", "is evaluated as script"),
    ("javascript:", "is script"),
];

#[test]
fn no_template_holds_script_style_or_unescaped_text() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(faults(&text), Vec::<String>::new(), "{}", path.display());
        assert_eq!(
            text.matches("method=\"post\"").count(),
            proofs(&text),
            "{}: a form without its proof",
            path.display()
        );
        seen += 1;
    }
    assert!(8 < seen);
}

#[test]
fn each_fault_is_found() {
    for text in [
        "{{ x|safe }}",
        "<p style=\"x\">",
        "<p onclick=\"x\">",
        "<script>x</script>",
        "<a hx-on:click=\"x\">",
        "<a href=\"javascript:x\">",
    ] {
        assert_eq!(faults(text).len(), 1, "{text}");
    }
    assert_eq!(faults("<script src=\"{{ x }}\" defer></script><p class=\"on\">"), Vec::<String>::new());
}

fn faults(text: &str) -> Vec<String> {
    let mut faults: Vec<String> = BANNED
        .iter()
        .filter(|(word, _)| text.contains(word))
        .map(|(word, why)| format!("{word}: {why}"))
        .collect();
    let mut words = text.split_whitespace();
    faults.extend(words.by_ref().filter(|word| is_handler(word)).map(|word| format!("{word}: is script")));
    faults.extend(text.match_indices("<script").filter_map(|(at, _)| {
        let tag = text[at..].split('>').next().unwrap_or_default();
        (!tag.contains("src=")).then(|| format!("{tag}: inline script"))
    }));
    faults
}

fn is_handler(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    word.contains('=')
        && 2 < name.len()
        && name.starts_with("on")
        && name.bytes().all(|b| b.is_ascii_lowercase())
}

/// Forms that carry a proof, by the macro or by the field itself.
fn proofs(text: &str) -> usize {
    text.matches("::csrf(").count() + text.matches("name=\"csrf\" value=\"{{ proof }}\"").count()
}
