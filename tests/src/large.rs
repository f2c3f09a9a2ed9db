//! The large data set: what `cargo xtask seed` puts into a data folder, and what pages are measured with.

use std::path::Path;

use anyhow::{Context, Result, bail};
use proto::ids::Timestamp;
use store::seed::{self, Scale};
use store::{Check, Missing, Options, Store};

pub use store::seed::{FULL, SMALL, TENTH};

use crate::account::unix_seconds;

const USAGE: &str = "\
seed DATA-FOLDER [full|tenth|small]
  fills an installation that `chatd init` has just made; chatd must not run";

/// Does what the command line says.
///
/// # Errors
/// When the words are wrong, or the database cannot be filled.
pub fn run(words: &[&str]) -> Result<()> {
    let (folder, scale) = match words {
        [folder] | [folder, "full"] => (folder, FULL),
        [folder, "tenth"] => (folder, TENTH),
        [folder, "small"] => (folder, SMALL),
        _ => bail!("{USAGE}"),
    };
    println!("making {scale}; the full set takes some minutes and 5 GB");
    fill(&Path::new(folder).join("chat.db"), scale)
}

/// Fills a database that has only its owner.
///
/// # Errors
/// When it is not there or has more than that.
pub fn fill(database: &Path, scale: Scale) -> Result<()> {
    let options = Options { missing: Missing::Refuse, check: Check::Skip, ..Options::default() };
    let store = Store::open_with(database, &options).context("opening the database")?;
    let now = Timestamp(i64::try_from(unix_seconds())?.saturating_mul(1_000));
    let filled = seed::fill(&store, scale, now);
    store.close();
    filled.context("filling the database")
}
