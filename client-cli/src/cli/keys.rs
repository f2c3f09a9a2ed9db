//! `chat keys`: this device's keys of sealed rooms, copied, closed, looked at, made anew.

use std::path::Path;

use client_cli::{Folders, KeyExport, Profile, look_at_export};
use domain::text::term_safe;
use zeroize::Zeroizing;

use super::args::Global;
use super::args::sealed::{Keys, KeysAct};
use super::exit::{Exit, Failure};
use super::json::{KeyExportLine, Object};
use super::online::{Online, keys_passphrase, open_profile, open_vault};
use super::output::{self, Format, talk};
use super::render::full_time;
use super::{prompt, secrets};

/// Does what is asked with the keys.
pub(crate) async fn keys(global: &Global, format: Format, keys: Keys) -> Result<Exit, Failure> {
    match keys.act {
        KeysAct::Export { file, passphrase_file } => {
            export(global, format, &file, passphrase_file.as_deref()).await
        }
        KeysAct::Import { file, dry_run: true, passphrase_file, .. } => {
            let passphrase = passphrase_of(passphrase_file.as_deref()).await?;
            let found = look_at_export(&file, &passphrase)?;
            told(format, &file, &found, false)?;
            talk("Every byte of it opens; nothing was changed.");
            Ok(Exit::Ok)
        }
        KeysAct::Import { file, yes, passphrase_file, .. } => {
            import(global, format, &file, passphrase_file.as_deref(), yes).await
        }
        KeysAct::Close { passphrase_file } => close(global, passphrase_file.as_deref()).await,
        KeysAct::Open => {
            let profile = open_profile(global)?;
            match keys_passphrase(&profile, global).await? {
                Some(passphrase) => {
                    profile.keys().unclose(&passphrase)?;
                    talk("The passphrase is off: the keys are as safe as this machine's disk.");
                }
                None => talk("No passphrase closes these keys."),
            }
            Ok(Exit::Ok)
        }
        KeysAct::Check => check(global).await,
        KeysAct::StartOver { yes } => start_over(global, yes).await,
    }
}

async fn export(
    global: &Global,
    format: Format,
    file: &Path,
    passphrase_file: Option<&Path>,
) -> Result<Exit, Failure> {
    secrets::must_be_new(file)?;
    let profile = open_profile(global)?;
    let vault = open_vault(&profile, global).await?;
    let passphrase = new_passphrase("Passphrase of the export", passphrase_file).await?;
    let export = profile.export_keys(&vault, file, &passphrase)?;
    told(format, file, &export, false)?;
    talk("It was opened again to be sure. Who has the file and the passphrase is this device.");
    talk("Use it to move, not to copy: once it is imported, do not start chat with this profile any more.");
    Ok(Exit::Ok)
}

async fn import(
    global: &Global,
    format: Format,
    file: &Path,
    passphrase_file: Option<&Path>,
    yes: bool,
) -> Result<Exit, Failure> {
    let passphrase = passphrase_of(passphrase_file).await?;
    let found = look_at_export(file, &passphrase)?;
    talk(format_args!(
        "This export is {} on {}, written {}. From the moment it is imported the device it was made on must not be used \
         any more: two devices with the same keys give each other's messages away.",
        term_safe(&found.account),
        term_safe(&found.server),
        full_time(found.at)
    ));
    if !yes && !prompt::yes("Import it".to_owned(), "--yes").await? {
        return Err(Failure::usage("not imported"));
    }
    let folders = Folders::from_environment()?;
    let (_, export) = Profile::import_keys(&folders, &global.profile, file, &passphrase)?;
    told(format, file, &export, true)?;
    talk("At the next start this device renews its keys in every room before it sends anything.");
    talk("Next:  chat    and afterwards remove the export: rm it, it is a key");
    Ok(Exit::Ok)
}

async fn close(global: &Global, passphrase_file: Option<&Path>) -> Result<Exit, Failure> {
    let profile = open_profile(global)?;
    let old = keys_passphrase(&profile, global).await?;
    // The vault is opened once: a key that opens nothing is not closed in.
    drop(profile.keys().open(old.as_ref().map(|old| old.as_str()))?);
    let new = new_passphrase("New passphrase of this profile's keys", passphrase_file).await?;
    profile.keys().close(old.as_ref().map(|old| old.as_str()), &new)?;
    talk("The keys are closed. Every start asks for the passphrase; nobody can bring it back.");
    Ok(Exit::Ok)
}

async fn check(global: &Global) -> Result<Exit, Failure> {
    let profile = open_profile(global)?;
    let damaged = open_vault(&profile, global).await?.check().map_err(client_cli::KeysError::from)?;
    for row in &damaged {
        output::data(&row.to_string())?;
    }
    if damaged.is_empty() {
        talk(format_args!("{}: every row is whole.", profile.keys().vault_file().display()));
        return Ok(Exit::Ok);
    }
    let message = format!("{} rows are damaged", damaged.len());
    Err(Failure::new(Exit::Usage, "keys", message).hint(
        "what they held is lost here; rooms are entered anew by themselves, other devices have the messages",
    ))
}

async fn start_over(global: &Global, yes: bool) -> Result<Exit, Failure> {
    talk(
        "A new identity takes the place of your account's: your other devices lose their keys, every sealed room has to \
         let you in again, and others are told that your keys have changed.",
    );
    if !yes && !prompt::yes("Start over".to_owned(), "--yes").await? {
        return Err(Failure::usage("nothing was changed"));
    }
    let online = Online::ask(global).await?;
    online.client.start_over().await?;
    online.close().await;
    talk(
        "This device has a new identity. Ask the people of your sealed rooms to let you in: /invite with your name.",
    );
    Ok(Exit::Ok)
}

fn told(format: Format, file: &Path, export: &KeyExport, imported: bool) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(&Object::KeyExport(KeyExportLine::of(file, export, imported)).line()),
        Format::Text => output::data(&format!(
            "{}: {} on {}, {} sealed rooms, {} messages, keys of {} people, written {}",
            file.display(),
            term_safe(&export.account),
            term_safe(&export.server),
            export.rooms,
            export.messages,
            export.people,
            full_time(export.at)
        )),
    }
}

async fn passphrase_of(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(file) => secrets::first_line(file),
        None => {
            prompt::secret("Passphrase of the export (not shown)".to_owned(), "--passphrase-file FILE").await
        }
    }
}

async fn new_passphrase(question: &str, file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(file) => secrets::first_line(file),
        None => prompt::new_passphrase(question, "--passphrase-file FILE").await,
    }
}
