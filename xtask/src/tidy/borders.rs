//! Who may use whom: the arrows of `docs/ARCHITECTURE.md`, read from each member's manifest.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use toml::Table;

/// Each member and the members it may use. `tests` is in nobody's list.
const MAY_USE: &[(&str, &[&str])] = &[
    ("proto", &[]),
    ("domain", &["proto"]),
    ("store", &["proto", "domain"]),
    ("sealed", &["proto"]),
    ("stego", &["terminal"]),
    ("attachment", &[]),
    ("vault", &["proto", "sealed", "attachment"]),
    ("keys", &["proto", "domain", "sealed"]),
    ("service", &["proto", "domain"]),
    ("terminal", &[]),
    ("chatd", &["proto", "domain", "store", "keys", "service", "sealed", "terminal"]),
    ("admin-web", &["proto", "domain", "store", "keys", "service", "sealed", "stego", "attachment"]),
    ("client-cli", &["proto", "domain", "sealed", "vault", "stego", "attachment", "terminal"]),
    (
        "tests",
        &[
            "proto",
            "domain",
            "store",
            "keys",
            "service",
            "sealed",
            "vault",
            "stego",
            "attachment",
            "chatd",
            "admin-web",
            "client-cli",
        ],
    ),
    ("xtask", &[]),
];

/// A test or a build script may not cross a border either.
const SECTIONS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// Outside crates that only these members may name among their dependencies.
const KEPT_APART: &[(&str, &[&str])] = &[("rusqlite", &["store", "vault"]), ("rpassword", &["terminal"])];

/// Reads every member's manifest and returns what breaks the borders.
///
/// # Errors
/// When a manifest cannot be read.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let workspace = parse(&root.join("Cargo.toml"))?;
    let members = workspace
        .get("workspace")
        .and_then(|table| table.get("members"))
        .and_then(toml::Value::as_array)
        .context("the root manifest has no list of members")?;
    let mut manifests = BTreeMap::new();
    for member in members.iter().filter_map(toml::Value::as_str) {
        let manifest = parse(&root.join(member).join("Cargo.toml"))?;
        manifests.insert(member.to_owned(), manifest);
    }
    Ok(judge(&manifests))
}

fn parse(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.parse().with_context(|| format!("parsing {}", path.display()))
}

fn judge(manifests: &BTreeMap<String, Table>) -> Vec<String> {
    let names: Vec<&str> = manifests.values().filter_map(name).collect();
    let mut findings = Vec::new();
    for (path, manifest) in manifests {
        let Some(member) = name(manifest) else {
            findings.push(format!("{path}: the manifest has no package name"));
            continue;
        };
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == member) else {
            findings.push(format!("{path}: {member} is not in the table of who may use whom"));
            continue;
        };
        for used in SECTIONS.iter().flat_map(|section| dependencies(manifest, section)) {
            // A package may name itself to switch a feature on for its own tests.
            if used != member && names.contains(&used) && !allowed.contains(&used) {
                findings.push(format!("{path}: {member} may not use {used}"));
            }
        }
        for used in dependencies(manifest, "dependencies") {
            if let Some((_, owners)) =
                KEPT_APART.iter().find(|(kept, owners)| *kept == used && !owners.contains(&member))
            {
                findings
                    .push(format!("{path}: {member} may not use {used}, only {} does", owners.join(" or ")));
            }
        }
        if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&toml::Value::Boolean(true))
        {
            findings.push(format!("{path}: the manifest does not take the workspace's lints"));
        }
    }
    findings
}

fn name(manifest: &Table) -> Option<&str> {
    manifest.get("package")?.get("name")?.as_str()
}

/// The names in a section, also under `target.*`; a renamed crate counts under its real name.
fn dependencies<'m>(manifest: &'m Table, section: &'m str) -> Vec<&'m str> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let of_targets = targets.into_iter().flat_map(|table| table.values()).filter_map(toml::Value::as_table);
    std::iter::once(manifest)
        .chain(of_targets)
        .filter_map(|table| table.get(section)?.as_table())
        .flat_map(|table| table.iter())
        .map(|(key, value)| value.get("package").and_then(toml::Value::as_str).unwrap_or(key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(manifests: &[(&str, &str)]) -> Vec<String> {
        let parsed = manifests.iter().map(|(name, rest)| {
            let text = format!("[package]\nname = \"{name}\"\n{rest}\n[lints]\nworkspace = true\n");
            ((*name).to_owned(), text.parse().unwrap())
        });
        judge(&parsed.collect())
    }

    #[test]
    fn the_allowed_arrows_pass() {
        let fine = findings(&[
            ("proto", ""),
            ("domain", "[dependencies]\nproto.workspace = true"),
            ("store", "[dependencies]\ndomain.workspace = true\nrusqlite.workspace = true"),
            ("chatd", "[dependencies]\nstore.workspace = true"),
            ("tests", "[dependencies]\nchatd.workspace = true\nproto.workspace = true"),
        ]);
        assert_eq!(fine, Vec::<String>::new());
    }

    #[test]
    fn an_arrow_against_the_picture_is_found() {
        let found = findings(&[("proto", "[dependencies]\ndomain.workspace = true"), ("domain", "")]);
        assert_eq!(found, ["proto: proto may not use domain"]);
    }

    #[test]
    fn nobody_uses_tests_not_even_in_tests() {
        let found = findings(&[("chatd", "[dev-dependencies]\ntests.workspace = true"), ("tests", "")]);
        assert_eq!(found, ["chatd: chatd may not use tests"]);
    }

    #[test]
    fn a_renamed_arrow_and_one_for_a_target_are_found() {
        let found = findings(&[
            ("proto", "[dependencies]\nhidden = { package = \"store\", path = \"..\" }"),
            ("domain", "[target.'cfg(unix)'.dependencies]\nstore.workspace = true"),
            ("store", ""),
        ]);
        assert_eq!(found, ["domain: domain may not use store", "proto: proto may not use store"]);
    }

    #[test]
    fn sqlite_is_for_the_store_the_vault_and_examples() {
        let found = findings(&[
            ("chatd", "[dependencies]\nrusqlite.workspace = true"),
            ("vault", "[dependencies]\nrusqlite.workspace = true"),
            ("client-cli", "[dev-dependencies]\nrusqlite.workspace = true"),
        ]);
        assert_eq!(found, ["chatd: chatd may not use rusqlite, only store or vault does"]);
    }

    #[test]
    fn a_member_without_a_row_or_without_the_lints_is_found() {
        let bare: Table = "[package]\nname = \"proto\"".parse().unwrap();
        let found = judge(&BTreeMap::from([("crates/proto".to_owned(), bare)]));
        assert_eq!(found, ["crates/proto: the manifest does not take the workspace's lints"]);
        assert_eq!(
            findings(&[("surprise", "")]),
            ["surprise: surprise is not in the table of who may use whom"]
        );
    }
}
