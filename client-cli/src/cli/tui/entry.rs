//! From the command line to the conversation: configuration, terminal, profile, connection.

use std::io::{self, IsTerminal};
use std::time::Duration;

use client_cli::{Folders, Follow, Options, Profile, Session};
use domain::text::term_safe_lines;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tokio::time;

use super::config::Config;
use super::images::Pictures;
use super::input::{Input, Inputs};
use super::overlay::closes;
use super::running::Running;
use super::screen::Screen;
use super::theme::Theme;
use super::welcome::{self, Ready, Welcomed, Why};
use super::wrap::wrapped;
use crate::cli::args::Global;
use crate::cli::exit::{Exit, Failure};
use crate::cli::online::passes;
use crate::cli::output::talk;

/// Returns whether there is a person at a terminal that can be drawn on.
pub(crate) fn is_possible(global: &Global) -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !global.plain && !global.json && !dumb && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Chats until the person leaves.
pub(crate) async fn chat(global: &Global) -> Result<Exit, Failure> {
    let folders = Folders::from_environment()?;
    let config = Config::load(&folders).map_err(Failure::usage)?;
    let mut screen = Screen::open(config.mouse)?;
    let end = in_terminal(&mut screen, global, &config).await;
    // The terminal is the person's again before anything is said.
    drop(screen);
    end?.iter().for_each(talk);
    Ok(Exit::Ok)
}

async fn in_terminal(screen: &mut Screen, global: &Global, config: &Config) -> Result<Vec<String>, Failure> {
    let pictures = Pictures::probe(config.images, config.theme);
    let mut inputs = Inputs::default();
    let theme = Theme::of(config.theme);
    let mut begun = welcome::ready(global).await?;
    let (profile, vault, session) = loop {
        let why = match begun {
            Ok(Ready { profile, vault }) => match connect(screen, &mut inputs, &theme, &profile).await? {
                Connected::In(session) => break (profile, vault, *session),
                Connected::Left => return Ok(Vec::new()),
                Connected::Asks(why) => why,
            },
            Err(why) => why,
        };
        begun = match welcome::welcome(screen, &mut inputs, &theme, global, why).await? {
            Welcomed::In(ready) => Ok(*ready),
            Welcomed::Left => return Ok(Vec::new()),
        };
    };
    let outbox = profile.outbox()?;
    let waiting = outbox.len();
    let me = session.welcome().clone();
    let options = Options {
        follow: Follow::All,
        catch_up: CATCH_UP,
        patience: global.patience(),
        outbox,
        vault: Some(vault.clone()),
    };
    let (client, events) = session.start(options);
    let mut running = Running::new(client, &profile, vault, me, config, pictures, global.patience())?;
    if 0 < waiting {
        running.app.greet(&format!("{waiting} messages from last time are sent now"));
    }
    running.run(screen, &mut inputs, events).await
}

/// What came of connecting.
enum Connected {
    In(Box<Session>),
    /// The person did not wait.
    Left,
    /// Something has to be asked first.
    Asks(Why),
}

/// Connects, trying again for as long as the person waits.
async fn connect(
    screen: &mut Screen,
    inputs: &mut Inputs,
    theme: &Theme,
    profile: &Profile,
) -> Result<Connected, Failure> {
    let mut pause = Duration::from_secs(1);
    let server = profile.settings().server.clone();
    loop {
        say(screen, theme, &format!("Connecting to {server} ..."))?;
        let identity = profile.identity()?;
        let Some(result) = unless_left(inputs, client_cli::resume(identity)).await else {
            return Ok(Connected::Left);
        };
        let error = match result {
            Ok(session) => return Ok(Connected::In(Box::new(session))),
            Err(error) => error,
        };
        if let Some(why) = Why::of(&error) {
            return Ok(Connected::Asks(why));
        }
        if !passes(&error) {
            return Err(error.into());
        }
        let again = time::Instant::now() + pause;
        loop {
            let left = again.saturating_duration_since(time::Instant::now());
            if left.is_zero() {
                break;
            }
            say(
                screen,
                theme,
                &format!("{error}. Trying again in {} s; Ctrl-C leaves.", left.as_secs() + 1),
            )?;
            let second = time::sleep(left.min(Duration::from_secs(1)));
            if unless_left(inputs, second).await.is_none() {
                return Ok(Connected::Left);
            }
        }
        pause = (pause * 2).min(Duration::from_secs(60));
    }
}

/// Waits for something, but not longer than the person does.
async fn unless_left<T>(inputs: &mut Inputs, what: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(what);
    loop {
        tokio::select! {
            result = &mut what => return Some(result),
            input = inputs.next() => match input {
                Input::Key(key) if closes(&key) => return None,
                Input::Gone => return None,
                _ => {}
            },
        }
    }
}

/// Shows a sentence in the middle of the screen.
fn say(screen: &mut Screen, theme: &Theme, words: &str) -> Result<(), Failure> {
    let words = term_safe_lines(words).into_owned();
    screen.draw(|frame| {
        let area = frame.area();
        frame.buffer_mut().set_style(area, theme.text);
        let lines = wrapped(&words, usize::from(area.width.saturating_sub(4)));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
        let top = area.y + (area.height - height) / 2;
        for (line, y) in lines.into_iter().zip(top..top + height) {
            Line::styled(line, theme.text)
                .centered()
                .render(Rect { y, height: 1, ..area }, frame.buffer_mut());
        }
    })?;
    Ok(())
}

/// After a break at most this many missed messages of a room are read by themselves; scrolling reads the rest.
const CATCH_UP: u64 = 200;
