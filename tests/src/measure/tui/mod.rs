//! The full-screen client: how long a key takes until the changed screen has come back, and how much memory it takes.
//!
//! The real `chat` runs in a terminal on a real `chatd`, in a room with thousands of messages. The same keys go to a
//! program that only sends back what it gets: what that takes is the machine's share.

pub(crate) mod echo;
mod keys;
mod report;
mod stage;

use anyhow::Result;
use tokio::runtime::Runtime;

use super::machine;
use super::options::Pace;
use keys::Press;
use report::{Report, Row};
use stage::Stage;

/// Measures and returns the section of the document.
pub(crate) fn measure(pace: Pace) -> Result<String> {
    let presses = match pace {
        Pace::Thorough => 2_000,
        Pace::Quick => 1_000,
    };
    let runtime = Runtime::new()?;
    let mut stage = runtime.block_on(Stage::set())?;
    let mut report = Report::begin(presses);
    report.memory(0, stage.resident()?);
    eprintln!("telling {LOADED} messages");
    runtime.block_on(stage.tell(LOADED))?;
    report.memory(LOADED, stage.resident()?);
    for press in Press::ALL {
        eprintln!("measuring {}", press.name());
        let client = runtime.block_on(stage.times(press, presses))?;
        let echo = echo::times(press, presses)?;
        report.row(Row { press, client, echo });
    }
    eprintln!("telling {MORE} messages");
    runtime.block_on(stage.tell(MORE))?;
    report.memory(LOADED + MORE, stage.resident()?);
    stage.leave()?;
    Ok(report.markdown(&machine::facts()))
}

/// Messages in the room while keys are pressed.
const LOADED: usize = 10_000;
/// Messages that come after that.
const MORE: usize = 20_000;
