//! Getting in, inside the interface: an invite, an account, a login, a ban, closed keys.

mod flow;
pub(super) mod forms;
pub(super) mod guest;
pub(super) mod page;
pub(super) mod paint;
#[cfg(test)]
pub(super) mod testing;
mod wish;
pub(super) mod words;

use client_cli::{ConnectError, Profile};
use crossterm::style::{Colored, force_color_output};
use proto::refusal::{Code, Refusal};
use tokio::signal::unix::{Signal, SignalKind, signal};
use vault::Vault;

use super::input::{Input, Inputs};
use super::screen::Screen;
use super::theme::Theme;
use crate::cli::args::Global;
use crate::cli::exit::Failure;
use crate::cli::{entering, online};

use flow::{End, Flow};
use guest::Guest;
use wish::{Done, Wish};

/// Why somebody has to be welcomed before the chat can start.
#[derive(Debug)]
pub(crate) enum Why {
    /// There is no profile, or none with an account.
    NoProfile,
    /// The device has to log in again; the sentence says why.
    LogIn(String),
    /// The account is banned.
    Banned(Refusal),
    /// A passphrase closes the keys of a profile that is logged in.
    KeysClosed,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Welcomed {
    /// The device is logged in, and this is what the chat starts with.
    In(Box<Ready>),
    /// The person left.
    Left,
}

/// A profile that is logged in, and its open keys. Nobody is connected: the chat comes back by itself.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) profile: Profile,
    pub(crate) vault: Vault,
}

impl Why {
    /// Returns why, from the error that coming back ended with; nothing where a welcome would not help.
    pub(crate) fn of(error: &ConnectError) -> Option<Self> {
        let ConnectError::Denied(refusal) = error else { return None };
        match refusal.code {
            Code::LoginNeeded => Some(Self::LogIn(refusal.detail.to_string())),
            Code::Banned | Code::BannedNoAppeal => Some(Self::Banned(refusal.clone())),
            _ => None,
        }
    }
}

/// Opens what the chat starts with, or says what has to be asked first.
///
/// # Errors
/// When the profile is damaged, open elsewhere, or its keys cannot be read.
pub(crate) async fn ready(global: &Global) -> Result<Result<Ready, Why>, Failure> {
    let profile = match entering::known_profile(global)? {
        Some(profile) if profile.settings().account.is_some() => profile,
        // One without an account is what a registration leaves that was broken off.
        _ => return Ok(Err(Why::NoProfile)),
    };
    if profile.keys().is_closed()? && global.keys_passphrase_file.is_none() {
        return Ok(Err(Why::KeysClosed));
    }
    let vault = online::open_vault(&profile, global).await?;
    Ok(Ok(Ready { profile, vault }))
}

/// Leads somebody in. The chosen profile must not be open: it is opened here, and handed back open.
///
/// # Errors
/// When the terminal or the profile cannot be used, and when the end is one that a program tells by its exit code:
/// banned, or waiting for a moderator.
pub(crate) async fn welcome(
    screen: &mut Screen,
    inputs: &mut Inputs,
    theme: &Theme,
    global: &Global,
    why: Why,
) -> Result<Welcomed, Failure> {
    let mut guest = Guest::new(global)?;
    let user = std::env::var("USER").unwrap_or_default();
    let mut flow = Flow::new(why, guest.known()?, &user);
    let _colours = Colours::shown();
    let mut shell = Shell { screen, inputs, theme, stops: Stops::listen()? };
    loop {
        shell.draw(&mut flow)?;
        if let Some(end) = flow.poll_end() {
            return finish(end, guest);
        }
        if let Some(wish) = flow.poll_wish() {
            shell.carry_out(wish, &mut flow, &mut guest).await?;
            continue;
        }
        if !flow.awaits_code() {
            guest.give_up_registration();
        }
        tokio::select! {
            input = shell.next() => flow.input(input),
            failure = guest.keep_open() => flow.registration_over(failure),
        }
    }
}

fn finish(end: End, guest: Guest<'_>) -> Result<Welcomed, Failure> {
    match (end, guest) {
        (End::Failed(failure), _) => Err(failure),
        (End::Left, _) => Ok(Welcomed::Left),
        (End::In, guest) => {
            let (profile, vault) = guest.into_parts()?;
            Ok(Welcomed::In(Box::new(Ready { profile, vault })))
        }
    }
}

/// The terminal, and the signals that end the program.
struct Shell<'a> {
    screen: &'a mut Screen,
    inputs: &'a mut Inputs,
    theme: &'a Theme,
    stops: Stops,
}

impl Shell<'_> {
    /// Does what is wished for, with the screen alive and a way to break off.
    async fn carry_out(&mut self, wish: Wish, flow: &mut Flow, guest: &mut Guest<'_>) -> Result<(), Failure> {
        let done: Option<Result<Done, Failure>> = {
            let mut work = std::pin::pin!(guest.carry_out(wish));
            loop {
                tokio::select! {
                    done = &mut work => break Some(done),
                    input = self.next() => {
                        if flow.breaks_off(&input) {
                            break None;
                        }
                    }
                }
                self.draw(flow)?;
            }
        };
        match done {
            Some(done) => flow.done(done),
            None => flow.broke_off(),
        }
        Ok(())
    }

    async fn next(&mut self) -> Input {
        tokio::select! {
            input = self.inputs.next() => input,
            () = self.stops.next() => Input::Gone,
        }
    }

    fn draw(&mut self, flow: &mut Flow) -> Result<(), Failure> {
        self.screen.draw(|frame| {
            let area = frame.area();
            if let Some(cursor) = flow.draw(area, frame.buffer_mut(), self.theme) {
                frame.set_cursor_position(cursor);
            }
        })?;
        Ok(())
    }
}

/// The signals that end a program; the terminal is given back first.
struct Stops {
    terminate: Signal,
    hangup: Signal,
}

impl Stops {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::usage);
        Ok(Self { terminate: listen(SignalKind::terminate())?, hangup: listen(SignalKind::hangup())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// Colours are written although `NO_COLOR` is set: a QR picture in the terminal's own colours cannot be scanned on half
/// of all terminals. The theme keeps everything else without colour.
pub(super) struct Colours;

impl Colours {
    pub(super) fn shown() -> Self {
        force_color_output(true);
        Self
    }
}

impl Drop for Colours {
    fn drop(&mut self) {
        force_color_output(!Colored::ansi_color_disabled());
    }
}
