//! The README's way from nothing to a chat between two people: its very commands, typed in terminals.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tests::account::Account;
use tests::glass::Glass;
use tests::program;
use tests::terminal::Terminal;

const README: &str = include_str!("../../README.md");
const MOST_COMMANDS: usize = 6;

/// The commands of the README's quick start, one a line.
fn commands() -> Result<Vec<&'static str>> {
    let block = README.split_once("```sh quickstart\n").context("no quick start in the README")?.1;
    Ok(block.split_once("```").context("the block does not end")?.0.lines().collect())
}

/// One machine with a folder for everything; a command of the README becomes a program in a terminal on it.
struct Machine {
    home: TempDir,
    /// What the README's default ports are on this machine.
    chat_port: u16,
    metrics_port: u16,
}

impl Machine {
    fn new() -> Result<Self> {
        let free = || -> Result<u16> { Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port()) };
        Ok(Self { home: tempfile::tempdir()?, chat_port: free()?, metrics_port: free()? })
    }

    fn start(&self, line: &str, home: &str) -> Result<Terminal> {
        let line = line.replace(":7777", &format!(":{}", self.chat_port));
        let mut words = line.split_whitespace();
        let path = Path::new(words.next().context("an empty command")?);
        let name = path.file_name().and_then(|name| name.to_str()).context("no program")?;
        let folder = self.home.path().join(home);
        std::fs::create_dir_all(&folder)?;
        let mut command: Command = program::command(name);
        command.args(words).env("HOME", &folder).env("TERM", "xterm").env("NO_COLOR", "1");
        // The defaults of a person's machine, moved to where this test may be.
        let data = self.home.path().join("chatd");
        command.env("CHATD_CONFIG", self.home.path().join("chatd.toml"));
        command.env("CHATD__DATA_DIR", &data);
        command.env("CHATD__LISTEN", format!("127.0.0.1:{}", self.chat_port));
        command.env("CHATD__METRICS_LISTEN", format!("127.0.0.1:{}", self.metrics_port));
        Terminal::start(&command)
    }
}

/// The authenticator app: scans what stands in a terminal before `code from the app`.
fn scan(name: &str, shown: &str) -> Result<Account> {
    let secret = shown.split("secret=").nth(1).and_then(|rest| rest.split('&').next());
    // A narrow terminal may have broken the line.
    let secret: String = secret.context("no secret is shown")?.split_whitespace().collect();
    Account::new(name, "", &secret)
}

fn word_with<'t>(text: &'t str, start: &str) -> Result<&'t str> {
    let found =
        text.split_whitespace().map(|word| word.trim_matches('\'')).find(|word| word.starts_with(start));
    found.with_context(|| format!("nothing starts with {start} in:\n{text}"))
}

fn word_after<'t>(text: &'t str, before: &str) -> Result<&'t str> {
    let mut words = text.split_whitespace();
    words.find(|word| *word == before).with_context(|| format!("no {before} in:\n{text}"))?;
    words.next().context("nothing after it")
}

#[test]
fn a_stranger_gets_from_the_readme_to_a_chat_in_at_most_six_commands() -> Result<()> {
    let commands = commands()?;
    println!("{} commands of at most {MOST_COMMANDS}", commands.len());
    assert!(commands.len() <= MOST_COMMANDS, "{commands:?}");
    let &[build, init, run, invite, join, login] = commands.as_slice() else {
        bail!("this test knows six commands: {commands:?}");
    };
    // What it builds is what the harness has built; a second build here would only take its time.
    assert!(build.starts_with("cargo build"), "{build}");
    let machine = Machine::new()?;

    let mut terminal = machine.start(init, "ada")?;
    terminal.until("name [")?;
    terminal.type_line("ada")?;
    terminal.until("password (12+")?;
    terminal.type_line("")?;
    let shown = terminal.until("code from the app:")?;
    let password = word_after(&shown, "password:")?.to_owned();
    let mut adas_phone = scan("ada", &shown)?;
    terminal.type_line(&adas_phone.code())?;
    terminal.until("I wrote them down")?;
    terminal.type_line("")?;
    let said = terminal.until("--name ada")?;
    assert!(said.contains(" run\r\n"), "the next command is said: {said}");
    assert!(terminal.wait()?.success());

    let mut server = machine.start(run, "ada")?;
    let said = server.until("--name NAME")?;
    assert!(said.contains("invite --for NAME") && said.contains("login --server"), "{said}");
    let key = word_after(&said, "--server-key")?.to_owned();

    let mut terminal = machine.start(invite, "ada")?;
    let said = terminal.until("chat join")?;
    let link = word_with(&said, "chat://")?.to_owned();
    assert!(terminal.wait()?.success());

    let mut bob = machine.start(&join.replace("LINK", &link), "bob")?;
    bob.until("Name")?;
    bob.type_line("bob")?;
    for _ in 0..2 {
        bob.until("assword")?;
        // The echo is switched off before the question is asked, but the question is all that can be seen.
        bob.type_line("bobs long pass phrase")?;
    }
    let mut bobs_phone = scan("bob", &bob.until("Code from the app")?)?;
    bob.type_line(&bobs_phone.code())?;
    bob.until("wrote them down")?;
    bob.type_line("")?;
    let mut bob = Glass::over(bob);
    bob.wait_for("Message #lobby")?;

    let login = login.replace("KEY", &key).replace("NAME", "ada");
    let mut ada = machine.start(&login, "ada")?;
    ada.until("assword")?;
    ada.type_line(&password)?;
    ada.until("Code")?;
    ada.type_line(&adas_phone.code())?;
    let mut ada = Glass::over(ada);
    ada.wait_for("Message #lobby")?;

    ada.enter("good morning")?;
    bob.wait_for("good morning")?;
    bob.enter("and to you")?;
    ada.wait_for("and to you")?;
    for mut person in [ada, bob] {
        person.enter("/disconnect")?;
        assert!(person.wait()?.success());
        person.is_given_back()?;
    }
    Ok(())
}
