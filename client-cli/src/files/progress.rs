//! How far a transfer is, and how that reads: percent, rate, time to go.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use domain::file::size_words;

/// What a transfer does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finds out what there is to do.
    Starting,
    /// Hides the message in the image.
    Hiding,
    /// Encrypts the file into the spool.
    Sealing,
    /// Sends it to the server.
    Sending,
    /// Posts the message that carries the file.
    Posting,
    /// Checks what an earlier try has left.
    Checking,
    /// Gets it from the server.
    Receiving,
    /// Is done.
    Done,
}

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it does.
    pub stage: Stage,
    /// How much of the stage is done, in bytes.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
    /// Whether it waits for the connection.
    pub waits: bool,
}

impl Progress {
    /// Returns the beginning of a stage.
    #[must_use]
    pub fn start(stage: Stage, total: u64) -> Self {
        Self { stage, done: 0, total, waits: false }
    }

    /// Returns the percentage, which is 100 only when all is done.
    #[must_use]
    pub fn percent(&self) -> u8 {
        if self.total <= self.done {
            return 100;
        }
        let percent = u128::from(self.done) * 100 / u128::from(self.total);
        u8::try_from(percent).unwrap_or(99).min(99)
    }
}

/// Measures the rate over the last seconds.
#[derive(Debug, Default)]
pub struct Meter {
    stage: Option<Stage>,
    seen: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// Takes note of where the transfer stands.
    pub fn note(&mut self, progress: &Progress, now: Instant) {
        let goes_back = self.seen.back().is_some_and(|&(_, done)| progress.done < done);
        if self.stage != Some(progress.stage) || goes_back {
            self.stage = Some(progress.stage);
            self.seen.clear();
        }
        self.seen.push_back((now, progress.done));
        while 2 < self.seen.len() && self.seen.front().is_some_and(|(at, _)| WINDOW < now.duration_since(*at))
        {
            self.seen.pop_front();
        }
    }

    /// Returns the bytes a second, once enough time has passed to know.
    #[must_use]
    pub fn rate(&self) -> Option<u64> {
        let (&(first, from), &(last, upto)) = (self.seen.front()?, self.seen.back()?);
        let millis = last.duration_since(first).as_millis();
        if millis < KNOWN_AFTER.as_millis() {
            return None;
        }
        u64::try_from(u128::from(upto - from) * 1_000 / millis).ok()
    }

    /// Returns how long the rest takes at this rate.
    #[must_use]
    pub fn time_left(&self, progress: &Progress) -> Option<Duration> {
        let rate = self.rate().filter(|&rate| 0 < rate)?;
        Some(Duration::from_secs(progress.total.saturating_sub(progress.done).div_ceil(rate)))
    }

    /// Returns where the transfer stands as one line without control characters.
    #[must_use]
    pub fn line(&self, name: &str, progress: &Progress) -> String {
        format!("{}: {}", domain::text::term_safe(name), self.state(progress))
    }

    /// Returns the same without a name.
    #[must_use]
    pub fn state(&self, progress: &Progress) -> String {
        let act = match progress.stage {
            Stage::Starting => "starting",
            Stage::Hiding => "hiding",
            Stage::Sealing => "encrypting",
            Stage::Sending => "sending",
            Stage::Posting => "posting",
            Stage::Checking => "checking",
            Stage::Receiving => "receiving",
            Stage::Done => "done",
        };
        let mut line = act.to_owned();
        if matches!(progress.stage, Stage::Starting | Stage::Posting | Stage::Done) {
            return line;
        }
        line.push_str(&format!(" {}%", progress.percent()));
        if 0 < progress.total && progress.stage != Stage::Hiding {
            line.push_str(&format!(" of {}", size_words(progress.total)));
        }
        if progress.waits {
            line.push_str(", waits for the connection");
        } else if let Some(rate) = self.rate() {
            line.push_str(&format!(", {}/s", size_words(rate)));
            if let Some(left) = self.time_left(progress).filter(|left| !left.is_zero()) {
                line.push_str(&format!(", {} to go", duration(left)));
            }
        }
        line
    }
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

const WINDOW: Duration = Duration::from_secs(5);
const KNOWN_AFTER: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(duration(Duration::from_secs(59)), "59 s");
        assert_eq!(duration(Duration::from_secs(61)), "1 min 01 s");
        assert_eq!(duration(Duration::from_secs(7_260)), "2 h 01 min");
    }

    #[test]
    fn the_line_tells_percent_rate_and_time_to_go() {
        let (start, mut meter) = (Instant::now(), Meter::default());
        let mut progress = Progress::start(Stage::Sending, 100 << 20);
        meter.note(&progress, start);
        assert_eq!(meter.line("tea.png", &progress), "tea.png: sending 0% of 100 MiB");
        progress.done = 10 << 20;
        meter.note(&progress, start + Duration::from_secs(2));
        assert_eq!(
            meter.line("tea.png", &progress),
            "tea.png: sending 10% of 100 MiB, 5.0 MiB/s, 18 s to go"
        );
        progress.waits = true;
        assert_eq!(
            meter.line("tea.png", &progress),
            "tea.png: sending 10% of 100 MiB, waits for the connection"
        );
    }

    #[test]
    fn a_hostile_name_and_an_empty_file_do_no_harm() {
        let meter = Meter::default();
        let line = meter.line("\u{1b}[2J\u{202e}x", &Progress::start(Stage::Sending, 0));
        assert!(line.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{line:?}");
        assert!(line.ends_with("sending 100%"), "{line}");
    }

    #[test]
    fn a_hundred_percent_is_only_said_of_what_is_whole() {
        let progress = Progress { done: u64::MAX - 1, ..Progress::start(Stage::Sending, u64::MAX) };
        assert_eq!(progress.percent(), 99);
    }

    #[test]
    fn a_step_back_starts_the_measurement_again() {
        let (start, mut meter) = (Instant::now(), Meter::default());
        let mut progress = Progress { done: 9_000_000, ..Progress::start(Stage::Sending, 10_000_000) };
        meter.note(&progress, start);
        progress.done = 1_000;
        meter.note(&progress, start + Duration::from_secs(1));
        assert_eq!(meter.rate(), None);
    }
}
