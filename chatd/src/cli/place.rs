//! Where the settings and the data of this installation are, and how to say so in the next command.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use data_encoding::BASE32_NOPAD;
use nix::unistd::geteuid;
use proto::ids::PublicKey;

use super::args::PlaceArgs;
use super::failure::Failure;
use crate::config::{self, Config, Flag, Loaded, Sources};

/// The installation a command works on.
#[derive(Debug)]
pub(crate) struct Place {
    /// The settings file, whether it exists or not.
    pub(crate) file: PathBuf,
    /// The settings in force.
    pub(crate) loaded: Loaded,
    args: PlaceArgs,
}

impl Place {
    /// Finds and reads the settings. Without a file the defaults hold; a file named on the command line must exist.
    pub(crate) fn find(args: &PlaceArgs, flags: Vec<Flag>) -> Result<Self, Failure> {
        let file = settings_file(args, &Homes::of_process());
        let text = match fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound && args.config.is_none() => None,
            Err(error) => {
                let what = format!("settings file {} cannot be read: {error}", file.display());
                return Err(Failure::Usage(format!(
                    "{what}; name another with --config, or run: {} init",
                    program()
                )));
            }
        };
        Self::with_text(file, text, args, flags)
    }

    /// The place where `chatd init` works: the file may be missing and is made there.
    pub(crate) fn to_make(args: &PlaceArgs, flags: Vec<Flag>) -> Result<Self, Failure> {
        let homes = Homes::of_process();
        let mut file = settings_file(args, &homes);
        let is_new = !file.exists();
        if is_new && args.config.is_none() && args.data.is_none() {
            file = homes.config.clone();
        }
        let text = match fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(_) if is_new => None,
            Err(error) => {
                return Err(Failure::Usage(format!(
                    "settings file {} cannot be read: {error}",
                    file.display()
                )));
            }
        };
        let mut place = Self::with_text(file, text, args, flags)?;
        let data_is_set =
            place.loaded.settings.iter().any(|setting| setting.key == "data_dir" && setting.is_set());
        if is_new && !data_is_set {
            place.loaded.config.data_dir = homes.data;
        }
        Ok(place)
    }

    fn with_text(
        file: PathBuf,
        text: Option<String>,
        args: &PlaceArgs,
        flags: Vec<Flag>,
    ) -> Result<Self, Failure> {
        let sources = Sources {
            file: text.map(|text| (file.clone(), text)),
            env: variables(),
            flags: place_flags(args).chain(flags).collect(),
        };
        let loaded = config::load(&sources).map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Self { file, loaded, args: args.clone() })
    }

    /// Reads the same places again, for SIGHUP.
    pub(crate) fn read_again(&self, flags: Vec<Flag>) -> Result<Self, Failure> {
        Self::find(&self.args, flags)
    }

    /// Returns the settings in force.
    pub(crate) fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// Returns how to type another command for this installation.
    pub(crate) fn command(&self, rest: &str) -> String {
        let mut words = vec![program()];
        if let Some(file) = &self.args.config {
            words.push(format!("--config {}", quoted(file)));
        }
        if let Some(folder) = &self.args.data {
            words.push(format!("--data {}", quoted(folder)));
        }
        words.push(rest.to_owned());
        words.join(" ")
    }

    /// Returns how the dashboard of this installation is started.
    pub(crate) fn dashboard_command(&self) -> String {
        format!("{} --data {}", beside("admin-web"), quoted(&self.config().data_dir))
    }

    /// Returns how somebody with an account here logs in. The key makes sure that it is this server.
    pub(crate) fn login_command(&self, server: PublicKey, name: &str) -> String {
        let (host, port) = self.config().link_address();
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        let key = key_text(server);
        format!("{} login --server {host}:{port} --server-key {key} --name {name}", client())
    }

    /// Checks that there is an installation here at all.
    pub(crate) fn must_exist(&self) -> Result<(), Failure> {
        let folder = &self.config().data_dir;
        match fs::read_dir(folder) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let what = format!("data folder {} does not exist", folder.display());
                return Err(Failure::Failed(anyhow::anyhow!(
                    "{what}; make it with: {}",
                    self.command("init")
                )));
            }
            Err(error) => {
                let context = format!(
                    "data folder {} cannot be opened; run this as the account that owns it",
                    folder.display()
                );
                return Err(Failure::Failed(anyhow::Error::new(error).context(context)));
            }
        }
        let database = self.config().database();
        let there = database.try_exists().with_context(|| format!("looking for {}", database.display()))?;
        if !there {
            let what = format!("there is no database at {}", database.display());
            return Err(Failure::Failed(anyhow::anyhow!("{what}; make it with: {}", self.command("init"))));
        }
        Ok(())
    }
}

/// The folders of this account: root's are those of the system.
#[derive(Debug)]
struct Homes {
    config: PathBuf,
    data: PathBuf,
}

impl Homes {
    fn of_process() -> Self {
        let system = Self { config: PathBuf::from(SYSTEM_CONFIG), data: Config::default().data_dir };
        if geteuid().is_root() {
            return system;
        }
        let folder = |name: &str, fallback: &str| {
            let xdg = env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
            let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(fallback));
            xdg.or_else(home).filter(|path| path.is_absolute())
        };
        match (folder("XDG_CONFIG_HOME", ".config"), folder("XDG_DATA_HOME", ".local/share")) {
            (Some(config), Some(data)) => {
                Self { config: config.join("chatd/chatd.toml"), data: data.join("chatd") }
            }
            _ => system,
        }
    }
}

/// Returns how this program was called.
pub(crate) fn program() -> String {
    env::args_os().next().map_or_else(|| "chatd".to_owned(), |name| quoted(Path::new(&name)))
}

/// Returns how the client is called here: it usually lies beside this program.
pub(crate) fn client() -> String {
    beside("chat")
}

fn beside(name: &str) -> String {
    let beside = env::args_os().next().map(|own| Path::new(&own).with_file_name(name));
    // Called by its bare name, this program is in the search path, and the other with it.
    let beside = beside.filter(|path| 1 < path.components().count() && path.exists());
    beside.map_or_else(|| name.to_owned(), |path| quoted(&path))
}

/// Returns a server's key as `chat login --server-key` takes it.
pub(crate) fn key_text(server: PublicKey) -> String {
    BASE32_NOPAD.encode(&server.0).to_lowercase()
}

/// Variables that are not text are none of ours.
fn variables() -> Vec<(String, String)> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    env::vars_os().filter_map(text).collect()
}

fn settings_file(args: &PlaceArgs, homes: &Homes) -> PathBuf {
    if let Some(file) = &args.config {
        return file.clone();
    }
    if let Some(folder) = &args.data {
        return folder.join("chatd.toml");
    }
    let candidates = [homes.config.as_path(), Path::new(SYSTEM_CONFIG)];
    candidates.into_iter().find(|file| file.exists()).unwrap_or(&homes.config).to_owned()
}

fn place_flags(args: &PlaceArgs) -> impl Iterator<Item = Flag> {
    let data = args.data.as_ref().map(|folder| Flag {
        name: "--data".to_owned(),
        key: "data_dir".to_owned(),
        value: folder.to_string_lossy().into_owned(),
    });
    let set = args.set.iter().map(|(key, value)| Flag {
        name: format!("--set {key}"),
        key: key.clone(),
        value: value.clone(),
    });
    data.into_iter().chain(set)
}

/// Returns a path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.as_os_str().to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%,:=".contains(c);
    if !text.is_empty() && text.chars().all(plain) && path.as_os_str() == OsStr::new(text.as_ref()) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

const SYSTEM_CONFIG: &str = "/etc/chatd/chatd.toml";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_given_wins_over_a_folder_given_and_both_over_the_usual_places() {
        let homes = Homes { config: "/nowhere/chatd.toml".into(), data: "/nowhere".into() };
        let mut args = PlaceArgs { config: Some("/a/x.toml".into()), data: Some("/b".into()), set: vec![] };
        assert_eq!(settings_file(&args, &homes), Path::new("/a/x.toml"));
        args.config = None;
        assert_eq!(settings_file(&args, &homes), Path::new("/b/chatd.toml"));
    }

    #[test]
    fn the_data_flag_is_a_setting_and_later_settings_win() {
        let folder = tempfile::tempdir().unwrap();
        let args = PlaceArgs {
            config: None,
            data: Some(folder.path().to_owned()),
            set: vec![("log.level".to_owned(), "debug".to_owned())],
        };
        let place = Place::find(&args, vec![]).unwrap();
        assert_eq!(place.config().data_dir, folder.path());
        assert_eq!(place.config().log.level, config::LogLevel::Debug);
        assert!(place.command("run").ends_with(&format!(" --data {} run", folder.path().display())));
    }

    #[test]
    fn paths_with_spaces_and_quotes_survive_a_shell() {
        assert_eq!(quoted(Path::new("/var/lib/chatd")), "/var/lib/chatd");
        assert_eq!(quoted(Path::new("/my data/it's")), r"'/my data/it'\''s'");
    }
}
