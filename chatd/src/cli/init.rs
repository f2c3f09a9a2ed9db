//! `chatd init`: everything a server needs, made once; what is there stays as it is.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::Context;
use domain::audit::{Action, Target};
use domain::name::AccountName;
use proto::message::Role;
use proto::text::Text;
use store::Store;

use super::accounts;
use super::args::{InitArgs, PlaceArgs};
use super::audit;
use super::failure::Failure;
use super::list;
use super::office::{KEYS_MARK, Office};
use super::place::Place;
use super::screen::say;
use super::secrets::Way;
use crate::config::Flag;
use keys::{Keys, make_private_folder, write_private};

/// Makes what is missing and says what it did.
pub(crate) fn run(args: &InitArgs, place: &PlaceArgs) -> Result<(), Failure> {
    let place = Place::to_make(place, settings(args))?;
    refuse_late_settings(args, &place)?;
    let owner = existing_owner(&place)?;
    if let Some(owner) = owner.as_ref().filter(|_| place.file.exists()) {
        return say_nothing_changed(&place, owner);
    }
    // Before anything is made: without somebody to give the secrets to, nothing is.
    let way = owner.is_none().then(|| Way::choose(&args.secrets, &place.config().data_dir)).transpose()?;
    refuse_foreign_folder(&place)?;

    let config = place.config();
    let folder_is_there = config.data_dir.exists();
    make_private_folder(&config.data_dir)?;
    said("data", &config.data_dir, folder_is_there, "0700")?;
    let file_is_there = place.file.exists();
    make_settings(&place, args)?;
    said("settings", &place.file, file_is_there, "every key explained inside")?;
    let office = make_database(&place)?;
    let owner = match (owner, &way) {
        (None, Some(way)) => make_owner(&office, &place, args, way)?.as_str().to_owned(),
        (owner, _) => owner.unwrap_or_default(),
    };
    say(&format!("\nReady. Next:  {}", place.command("run")))?;
    Ok(say(&format!("then log in:  {}", place.login_command(office.keys.public(), &owner)))?)
}

/// The flags as settings, so that they are judged like the file's.
fn settings(args: &InitArgs) -> Vec<Flag> {
    let flag = |key: &str, value: Option<String>| {
        let name = format!("--{}", key.replace('_', "-"));
        value.map(|value| Flag { name, key: key.to_owned(), value })
    };
    [
        flag("listen", args.listen.map(|address| address.to_string())),
        flag("public_address", args.public_address.as_ref().map(ToString::to_string)),
        flag("server_name", args.server_name.as_ref().map(|name| name.as_str().to_owned())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A settings file that is there is never changed, so flags that belong into it are refused instead of forgotten.
fn refuse_late_settings(args: &InitArgs, place: &Place) -> Result<(), Failure> {
    let Some(flag) = settings(args).into_iter().next().filter(|_| place.file.exists()) else { return Ok(()) };
    let file = place.file.display();
    Err(Failure::Usage(format!(
        "{file} is there already and is not changed; set {} in it instead of {}",
        flag.key, flag.name
    )))
}

/// Returns the owner's name, if there is a whole database with one.
fn existing_owner(place: &Place) -> Result<Option<String>, Failure> {
    if !place.config().database().exists() {
        return Ok(None);
    }
    let keys = Keys::load(&place.config().keys_dir())?;
    let store = Store::open(&place.config().database())?;
    let mark = store.read_blocking(|reads| reads.meta(KEYS_MARK))?;
    if mark.is_some_and(|mark| mark == keys.mark()) { list::first_owner(&store) } else { Ok(None) }
}

/// A folder with other things in it is somebody else's; changing its mode or filling it would do harm.
fn refuse_foreign_folder(place: &Place) -> Result<(), Failure> {
    let folder = &place.config().data_dir;
    if !folder.exists() {
        return Ok(());
    }
    let entries =
        fs::read_dir(folder).with_context(|| format!("data folder {} cannot be opened", folder.display()))?;
    let ours =
        |name: &str| OURS.iter().any(|ours| name.starts_with(ours)) || Some(name) == file_name(&place.file);
    for entry in entries {
        let name = entry?.file_name();
        if !ours(&name.to_string_lossy()) {
            let what =
                format!("data folder {} holds other things ({})", folder.display(), name.to_string_lossy());
            return Err(Failure::new(format!("{what}; name an empty or a new folder with --data")));
        }
    }
    Ok(())
}

fn make_settings(place: &Place, args: &InitArgs) -> Result<(), Failure> {
    if place.file.exists() {
        return Ok(());
    }
    let folder = place.file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("folder {} cannot be made", folder.display()))?;
    let mut values = settings(args).into_iter().map(|flag| (flag.key, flag.value)).collect::<Vec<_>>();
    if let Some(data) = data_dir_as_written(place) {
        values.push(("data_dir".to_owned(), data));
    }
    let text =
        values.into_iter().fold(SHIPPED.to_owned(), |text, (key, value)| with_setting(&text, &key, &value));
    write_private(&place.file, text.as_bytes())
        .with_context(|| format!("settings file {} cannot be written", place.file.display()))?;
    Ok(())
}

/// Returns what the new file says about the data folder: nothing for the default, "." when it lies inside.
fn data_dir_as_written(place: &Place) -> Option<String> {
    let data = &place.config().data_dir;
    let same = |folder: &Path| folder.canonicalize().ok() == data.canonicalize().ok();
    if place.file.parent().is_some_and(same) {
        return Some(".".to_owned());
    }
    (*data != crate::config::Config::default().data_dir).then(|| data.to_string_lossy().into_owned())
}

/// Puts a value in place of its commented default.
fn with_setting(text: &str, key: &str, value: &str) -> String {
    let start = format!("#{key} = ");
    let line = format!("{key} = {}", toml::Value::String(value.to_owned()));
    text.split_inclusive('\n')
        .map(|old| if old.starts_with(&start) { format!("{line}\n") } else { old.to_owned() })
        .collect()
}

/// Makes keys and database. Keys are only made for a database that does not exist: others would not open it.
fn make_database(place: &Place) -> Result<Office, Failure> {
    let config = place.config();
    let (keys_dir, database) = (config.keys_dir(), config.database());
    let (keys_are_there, database_is_there) = (keys_dir.join("seal.key").exists(), database.exists());
    let keys = if database_is_there { Keys::load(&keys_dir)? } else { Keys::create(&keys_dir)? };
    said(
        "keys",
        &keys_dir,
        keys_are_there,
        "0600; copy them to a safe place, apart from backups of the data",
    )?;
    let store = Store::open(&database)?;
    said("database", &database, database_is_there, "0600")?;
    let mark = keys.mark();
    let name = config.server_name.as_str().to_owned();
    store.run_blocking(move |tx| {
        if tx.reads().meta(KEYS_MARK)?.is_none() {
            tx.set_meta(KEYS_MARK, &mark)?;
            tx.set_server_name(&Text::cut(&name))?;
            tx.audit(&audit::event(Action::ServerInitialised, Target::Server, ""))?;
        }
        Ok(())
    })?;
    store.close();
    Office::visit(place)
}

fn make_owner(office: &Office, place: &Place, args: &InitArgs, way: &Way) -> Result<AccountName, Failure> {
    say("\nOwner account")?;
    let name = match (&args.owner, way) {
        (Some(name), _) => name.clone(),
        (None, Way::Files(_)) => usual_owner(),
        (None, Way::Person(person)) => loop {
            let usual = usual_owner();
            let typed = person.ask(&format!("  name [{}]: ", usual.as_str()))?;
            if typed.is_empty() {
                break usual;
            }
            match AccountName::parse(&typed) {
                Ok(name) => break name,
                Err(error) => person.show(&format!("  {error}."))?,
            }
        },
    };
    accounts::make(office, place.config(), &name, Role::Owner, way)?;
    say(&format!("  account   {} (owner)", name.as_str()))?;
    Ok(name)
}

/// The person's name on this machine, if it can be one here.
fn usual_owner() -> AccountName {
    let user = env::var("USER").ok().filter(|user| user != "root");
    let name = user.and_then(|user| AccountName::parse(&user).ok());
    name.unwrap_or_else(|| AccountName::parse("owner").expect("\"owner\" is a name"))
}

fn said(what: &str, path: &Path, was_there: bool, note: &str) -> Result<(), Failure> {
    let note = if was_there { "was there, not changed" } else { note };
    Ok(say(&format!("  {what:<9} {}  ({note})", path.display()))?)
}

fn say_nothing_changed(place: &Place, owner: &str) -> Result<(), Failure> {
    let config = place.config();
    say(&format!(
        "Everything is there already, nothing was changed.\n  data      {}",
        config.data_dir.display()
    ))?;
    say(&format!("  settings  {}\n  owner     {owner}", place.file.display()))?;
    Ok(say(&format!("\nNext:  {}", place.command("run")))?)
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The annotated settings: each key as a comment with its default.
const SHIPPED: &str = include_str!("../../../deploy/chatd.toml");

/// How the names of our own files start, left from a run that was broken off, and what a fresh disk has.
const OURS: [&str; 8] =
    ["chat.db", "keys", "chatd.", "secrets-", "recovery-codes-", "doorbell", ".chatd", "lost+found"];
