//! Writing in the person's own editor.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use domain::text::term_safe;
use tokio::process::Command;

/// Opens the text in `$VISUAL`, `$EDITOR` or `vi`, and returns what it left there. The file lies where only the person can read it and is gone afterwards.
pub(super) async fn edit(folder: PathBuf, text: String) -> Result<String, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| failed("no file for the editor", &error))?;
    let path = folder.join(format!("draft-{}.txt", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| failed("no file for the editor", &error))?;
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.trim().is_empty()));
    let editor = editor.unwrap_or_else(|| "vi".to_owned());
    // The variable may hold options; the shell reads it as every other program lets it be read.
    let status =
        Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).status().await;
    let left = fs::read_to_string(&path);
    // A file that cannot be removed is emptied at least by the next draft.
    let _ = fs::remove_file(&path);
    match status {
        Err(error) => Err(failed(&format!("{} does not start", term_safe(&editor)), &error)),
        Ok(status) if !status.success() => {
            Err(format!("{} ended with {status}; the draft is as it was", term_safe(&editor)))
        }
        Ok(_) => left
            .map(|text| text.trim_end().to_owned())
            .map_err(|error| failed("the draft is not text", &error)),
    }
}
