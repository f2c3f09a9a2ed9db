//! What must not happen on any page: console errors, policy violations, injected markup, accessibility violations.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::Browser;

/// Runs before every page's scripts.
pub(super) const TELL: &str = include_str!("tell.js");
const INTRUDERS: &str = include_str!("intruders.js");
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");
/// Every rule is on, best practices too.
const JUDGE: &str = "
const page = await axe.run(document, {resultTypes: ['violations']});
return page.violations.map(each => `${each.id}: ${each.help}: `
    + each.nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} (${node.any.concat(node.all, node.none).map(check => check.message).join('; ').slice(0, 200)})`).join(' | '))";

/// Something that is wrong with a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A script failed, or a page complained in the console.
    Console(String),
    /// A page or something in it could not be loaded: the status is in the text.
    Load(String),
    /// The content security policy refused something.
    Policy(String),
    /// A dialog of the browser came up.
    Dialog(String),
    /// A script that came in as text has run.
    Ran(String),
}

impl Finding {
    fn of(entry: &Value) -> Option<Self> {
        let text = entry["message"].as_str().unwrap_or_default().to_owned();
        let source = entry["source"].as_str().unwrap_or_default();
        let is_wrong = entry["level"] == "SEVERE" || source == "security";
        if !is_wrong {
            return None;
        }
        Some(if text.contains("harness: ran: ") {
            Self::Ran(text)
        } else if text.contains("harness: dialog: ") {
            Self::Dialog(text)
        } else if source == "security"
            || text.contains("harness: policy: ")
            || text.contains("Content Security")
        {
            Self::Policy(text)
        } else if source == "network" {
            Self::Load(text)
        } else {
            Self::Console(text)
        })
    }
}

impl Browser {
    /// Returns what went wrong on all pages since the last call.
    ///
    /// # Errors
    /// When the browser is gone.
    pub fn findings(&self) -> Result<Vec<Finding>> {
        let log = self.driver.call("POST", "/se/log", &json!({"type": "browser"}))?;
        Ok(log.as_array().context("no log")?.iter().filter_map(Finding::of).collect())
    }

    /// Returns what stands on this page that only text from outside can have brought in.
    ///
    /// # Errors
    /// When the page cannot be looked at.
    pub fn intruders(&self) -> Result<Vec<String>> {
        strings(&self.run(INTRUDERS, &[])?)
    }

    /// Returns the accessibility rules that this page breaks, with the places.
    ///
    /// # Errors
    /// When the page cannot be judged.
    pub fn axe(&self) -> Result<Vec<String>> {
        if self.run("return typeof axe", &[])? == json!("undefined") {
            self.run(AXE, &[])?;
        }
        strings(&self.run(JUDGE, &[])?)
    }

    /// Demands that this page breaks no accessibility rule, that nothing came in from outside, and that nothing went
    /// wrong on the way here.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn is_clean(&self) -> Result<()> {
        let mut wrong: Vec<String> = self.findings()?.iter().map(|finding| format!("{finding:?}")).collect();
        wrong.extend(self.intruders()?.into_iter().map(|each| format!("intruder: {each}")));
        wrong.extend(self.axe()?.into_iter().map(|each| format!("axe: {each}")));
        if !wrong.is_empty() {
            bail!("{} has\n  {}", self.url()?, wrong.join("\n  "));
        }
        Ok(())
    }
}

fn strings(list: &Value) -> Result<Vec<String>> {
    let list = list.as_array().with_context(|| format!("not a list: {list}"))?;
    Ok(list.iter().map(|each| each.as_str().unwrap_or_default().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accessibility_rules_are_the_ones_that_their_readme_names() {
        use sha2::{Digest, Sha256};
        let sum = data_encoding::HEXLOWER.encode(&Sha256::digest(AXE.as_bytes()));
        assert!(include_str!("../../vendor/axe-core/README.md").contains(&sum), "{sum}");
    }

    #[test]
    fn a_complaint_is_told_apart_by_where_it_comes_from() {
        let entry = |level: &str, source: &str, message: &str| {
            Finding::of(&json!({"level": level, "source": source, "message": message}))
        };
        assert_eq!(entry("INFO", "console-api", "hello"), None);
        assert!(matches!(entry("SEVERE", "network", "404"), Some(Finding::Load(_))));
        assert!(matches!(entry("SEVERE", "javascript", "x is not defined"), Some(Finding::Console(_))));
        assert!(matches!(entry("SEVERE", "security", "Refused to"), Some(Finding::Policy(_))));
        assert!(matches!(entry("SEVERE", "console-api", "a 1:2 \"harness: ran: 7\""), Some(Finding::Ran(_))));
    }
}
