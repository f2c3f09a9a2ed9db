//! How a new account's secrets reach their owner: before a person's eyes, or in files that only they can read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::name::AccountName;
use zeroize::Zeroizing;

use super::args::SecretArgs;
use super::enrol::SecondFactor;
use super::failure::Failure;
use super::password::NewPassword;
use super::screen::{Person, say};
use keys::write_private;

/// How secrets come and go.
#[derive(Debug)]
pub(crate) enum Way {
    /// Asked and shown.
    Person(Person),
    /// Read and written.
    Files(SecretFiles),
}

/// Files for secrets. None of them may exist: nothing is replaced.
#[derive(Debug)]
pub(crate) struct SecretFiles {
    args: SecretArgs,
    /// Where everything goes that has no file of its own.
    folder: PathBuf,
}

impl Way {
    /// Decides by the flags and by who is there.
    pub(crate) fn choose(args: &SecretArgs, folder: &Path) -> Result<Self, Failure> {
        if args.yes {
            return Ok(Self::Files(SecretFiles { args: args.clone(), folder: folder.to_owned() }));
        }
        Person::here().map(Self::Person).ok_or_else(|| Failure::Usage(NO_TERMINAL.to_owned()))
    }

    /// Returns the password for this account.
    pub(crate) fn password(&self, name: &AccountName) -> Result<NewPassword, Failure> {
        match self {
            Self::Person(person) => Ok(NewPassword::ask(person, name)?),
            Self::Files(files) => match &files.args.password_file {
                Some(file) => NewPassword::read(file, name),
                None => Ok(NewPassword::generate()),
            },
        }
    }

    /// Shows a password that nobody chose.
    pub(crate) fn show_password(&self, password: &NewPassword) -> anyhow::Result<()> {
        if let (Self::Person(person), true) = (self, password.is_generated) {
            person.show(&format!("  generated password: {}", password.reveal()))?;
        }
        Ok(())
    }

    /// Keeps a password that nobody chose and nobody saw, and returns the file it went to.
    pub(crate) fn keep_password(
        &self,
        password: &NewPassword,
        name: &AccountName,
    ) -> Result<Written, Failure> {
        let mut written = Written::default();
        if let (Self::Files(files), true) = (self, password.is_generated) {
            let parts = ["account: ", name.as_str(), "\npassword: ", password.reveal(), "\n"];
            written.add(&files.common_file(name), KEEP_ELSEWHERE, &parts)?;
        }
        Ok(written)
    }

    /// Hands the second factor over and returns the files that were written for it.
    pub(crate) fn hand_over(
        &self,
        password: Option<&NewPassword>,
        factor: &SecondFactor,
        server: &str,
        name: &AccountName,
    ) -> Result<Written, Failure> {
        match self {
            Self::Person(person) => {
                factor.prove(person, server, name)?;
                show_codes(person, factor, name)?;
                Ok(Written::default())
            }
            Self::Files(files) => files.write(password, factor, server, name),
        }
    }
}

impl SecretFiles {
    fn write(
        &self,
        password: Option<&NewPassword>,
        factor: &SecondFactor,
        server: &str,
        name: &AccountName,
    ) -> Result<Written, Failure> {
        let mut written = Written::default();
        let mut rest = Zeroizing::new(String::new());
        if let Some(password) = password.filter(|password| password.is_generated) {
            add(&mut rest, &["password: ", password.reveal(), "\n"]);
        }
        match &self.args.totp_secret_out {
            Some(file) => written.add(file, "authenticator secret", &[&factor.base32(), "\n"])?,
            None => {
                let (secret, uri) = (factor.base32(), factor.uri(server, name));
                add(&mut rest, &["authenticator secret: ", &secret, "\nauthenticator address: ", &uri, "\n"]);
            }
        }
        match &self.args.recovery_out {
            Some(file) => written.add(file, "recovery codes", &[&factor.code_lines()])?,
            None => add(&mut rest, &["recovery codes, each good once:\n", &factor.code_lines()]),
        }
        if !rest.is_empty() {
            written.add(
                &self.common_file(name),
                KEEP_ELSEWHERE,
                &["account: ", name.as_str(), "\n", &rest],
            )?;
        }
        Ok(written)
    }

    fn common_file(&self, name: &AccountName) -> PathBuf {
        self.folder.join(format!("secrets-{}.txt", name.as_str()))
    }
}

/// Files that were written for an account that may yet fail to be made.
#[derive(Debug, Default)]
pub(crate) struct Written(Vec<(PathBuf, &'static str)>);

impl Written {
    /// Writes one more file; when that fails, the ones before it are taken back.
    pub(crate) fn add(&mut self, file: &Path, what: &'static str, parts: &[&str]) -> Result<(), Failure> {
        let mut content = Zeroizing::new(String::new());
        add(&mut content, parts);
        if let Err(error) = write_private(file, content.as_bytes()) {
            self.take_back();
            let next = match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    "it is there already; move it away, or name another file".to_owned()
                }
                _ => error.to_string(),
            };
            return Err(Failure::new(format!(
                "file {} for the {what} cannot be written: {next}",
                file.display()
            )));
        }
        self.0.push((file.to_owned(), what));
        Ok(())
    }

    /// Deletes the files: what they hold opens nothing.
    pub(crate) fn take_back(&mut self) {
        for (file, _) in self.0.drain(..) {
            // Nothing more can be done about a file that does not go; it holds no secret of any account.
            let _ = fs::remove_file(file);
        }
    }

    /// Says where they are.
    pub(crate) fn say(&self) -> io::Result<()> {
        self.0
            .iter()
            .try_for_each(|(file, what)| say(&format!("  wrote     {} (0600): {what}", file.display())))
    }
}

fn show_codes(person: &Person, factor: &SecondFactor, name: &AccountName) -> anyhow::Result<()> {
    person
        .show("\n  Recovery codes. Each gets you in once when the app is lost; they are not shown again:")?;
    let lines = factor.code_lines();
    let codes: Vec<&str> = lines.lines().collect();
    for pair in codes.chunks(2) {
        person.show(&format!("    {}", pair.join("    ")))?;
    }
    loop {
        let answer =
            person.ask("  [s] save them to a file only you can read, [Enter] I wrote them down: ")?;
        if !answer.eq_ignore_ascii_case("s") {
            return Ok(());
        }
        let usual = format!("recovery-codes-{}.txt", name.as_str());
        let file = person.ask(&format!("  file [{usual}]: "))?;
        let file = PathBuf::from(if file.is_empty() { usual } else { file });
        match write_private(&file, lines.as_bytes()) {
            Ok(()) => return Ok(person.show(&format!("  saved to {} (0600)", file.display()))?),
            Err(error) => {
                person
                    .show(&format!("  {} cannot be written: {error}. Try another name.", file.display()))?;
            }
        }
    }
}

/// Appends without leaving copies of the secret behind in moved buffers.
fn add(text: &mut Zeroizing<String>, parts: &[&str]) {
    let length = text.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut longer = Zeroizing::new(String::with_capacity(length));
    longer.push_str(text);
    for part in parts {
        longer.push_str(part);
    }
    *text = longer;
}

const KEEP_ELSEWHERE: &str = "secrets (keep them elsewhere and delete the file)";

const NO_TERMINAL: &str = "this asks for and shows secrets, which needs a terminal for input and output; \
    without one, add --yes: secrets then go into files that only you can read";
