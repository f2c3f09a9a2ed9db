//! Documents keep up with the code: every member is described, every link leads somewhere.

use std::path::Path;

use anyhow::{Context, Result};

use super::File;

const PICTURE: &str = "docs/ARCHITECTURE.md";
const CI: &str = ".ci/run";
const README: &str = "README.md";

/// Returns members that the picture leaves out, links that lead nowhere, and a CI that is not the README's.
///
/// # Errors
/// When the root manifest cannot be read.
pub(crate) fn check(root: &Path, files: &[File]) -> Result<Vec<String>> {
    let manifest = files.iter().find(|file| file.path == "Cargo.toml").context("no root manifest")?;
    let mut findings = undescribed(&manifest.text, text_of(files, PICTURE))?;
    findings.extend(ci_is_the_readme(text_of(files, README), text_of(files, CI)));
    let documents = files.iter().filter(|file| file.path.ends_with(".md"));
    findings.extend(documents.flat_map(|document| dead_links(root, document)));
    Ok(findings)
}

fn text_of<'f>(files: &'f [File], path: &str) -> &'f str {
    files.iter().find(|file| file.path == path).map_or("", |file| &file.text)
}

fn undescribed(manifest: &str, picture: &str) -> Result<Vec<String>> {
    let manifest: toml::Table = manifest.parse().context("parsing the root manifest")?;
    let members =
        manifest.get("workspace").and_then(|table| table.get("members")).and_then(|list| list.as_array());
    let members = members.into_iter().flatten().filter_map(toml::Value::as_str);
    let missing = members.filter(|member| !picture.contains(&format!("`{member}`")));
    Ok(missing.map(|member| format!("{PICTURE}: does not describe `{member}`")).collect())
}

/// The command in the README's block marked `sh test` is what CI runs.
fn ci_is_the_readme(readme: &str, ci: &str) -> Option<String> {
    let command = block(readme, "```sh test");
    let Some(command) = command else { return Some(format!("{README}: no block marked `sh test`")) };
    (!ci.contains(command.trim())).then(|| format!("{CI}: does not call the README's `{}`", command.trim()))
}

fn block<'t>(text: &'t str, fence: &str) -> Option<&'t str> {
    let (_, after) = text.split_once(&format!("{fence}\n"))?;
    after.split_once("```").map(|(inside, _)| inside)
}

fn dead_links(root: &Path, document: &File) -> Vec<String> {
    let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
    links(&document.text)
        .filter(|link| !link.contains("://") && !link.starts_with(['#', '<']) && !link.starts_with("mailto:"))
        .filter(|link| {
            let target = link.split('#').next().unwrap_or_default();
            !target.is_empty() && !root.join(folder).join(target).exists()
        })
        .map(|link| format!("{}: the link to {link} leads nowhere", document.path))
        .collect()
}

/// What stands in the round brackets of `[text](link)`, outside of code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines()
        .filter(move |line| {
            let fence = line.trim_start().starts_with("```");
            in_code ^= fence;
            !in_code && !fence
        })
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_not_described_is_found() {
        let manifest = "[workspace]\nmembers = [\"crates/proto\", \"chatd\"]\n";
        let found = undescribed(manifest, "| `chatd` | the daemon |").unwrap();
        assert_eq!(found, ["docs/ARCHITECTURE.md: does not describe `crates/proto`"]);
    }

    #[test]
    fn ci_has_to_call_what_the_readme_says() {
        let readme = "# x\n```sh test\ncargo xtask ci\n```\n";
        assert_eq!(ci_is_the_readme(readme, "exec cargo xtask ci\n"), None);
        assert!(ci_is_the_readme(readme, "exec cargo test\n").is_some());
        assert!(ci_is_the_readme("# x\n", "exec cargo xtask ci\n").is_some());
    }

    #[test]
    fn a_link_to_nothing_is_found_and_one_in_code_or_to_the_net_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("THERE.md"), "").unwrap();
        let text = "[a](THERE.md) [b](THERE.md#part) [c](https://example.org) [d](#part) [e](GONE.md)\n\
                    ```\n[f](ALSO-GONE.md)\n```\n";
        let found = dead_links(folder.path(), &File::fake("README.md", text));
        assert_eq!(found, ["README.md: the link to GONE.md leads nowhere"]);
    }
}
