//! What is measured: one file for each workload.

mod durable;
mod fan_out;
mod files;
mod idle;
mod joins;
mod login;
mod storm;

use std::time::Duration;

use anyhow::Result;

use super::phase::Timing;
use super::scene::Scene;
use super::stamp::Epoch;
use super::table::Report;

/// Something to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// 50 rooms with 20 people each.
    FanOut,
    /// One room with 500 people.
    LargeRoom,
    /// 500 people join one room.
    Joins,
    /// Connections that do nothing.
    Idle,
    /// Coming back with a known device.
    Login,
    /// Messages that are on the disk before they are acknowledged.
    Durable,
    /// Fan-out while others try passwords.
    Storm,
    /// Files in and out, and talk beside them.
    Files,
}

/// What every workload works with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) scene: Scene,
    pub(crate) epoch: Epoch,
    pub(crate) rounds: usize,
    pub(crate) timing: Timing,
    /// Connections that do nothing, and logins.
    pub(crate) idle: usize,
    pub(crate) logins: usize,
    /// Size of the file that is brought and fetched.
    pub(crate) file_mib: u64,
}

impl Workload {
    pub(crate) const ALL: [Self; 8] = [
        Self::FanOut,
        Self::LargeRoom,
        Self::Joins,
        Self::Idle,
        Self::Login,
        Self::Durable,
        Self::Storm,
        Self::Files,
    ];

    /// Returns the word for the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FanOut => "fan-out",
            Self::LargeRoom => "large-room",
            Self::Joins => "joins",
            Self::Idle => "idle",
            Self::Login => "login",
            Self::Durable => "durable",
            Self::Storm => "storm",
            Self::Files => "files",
        }
    }

    /// Measures it.
    pub(crate) async fn measure(self, bench: &Bench) -> Result<Report> {
        match self {
            Self::FanOut => fan_out::small_rooms(bench).await,
            Self::LargeRoom => fan_out::large_room(bench).await,
            Self::Joins => joins::measure(bench).await,
            Self::Idle => idle::measure(bench).await,
            Self::Login => login::measure(bench).await,
            Self::Durable => durable::measure(bench).await,
            Self::Storm => storm::measure(bench).await,
            Self::Files => files::measure(bench).await,
        }
    }
}

/// Long enough that presence, which is told with a delay, has been told.
const SETTLE: Duration = Duration::from_millis(1500);
