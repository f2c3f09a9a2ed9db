//! The figures with their yardsticks and goals, as a table for people.

use std::fmt::Write;
use std::time::Duration;

use super::phase::Outcome;

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) figures: Vec<Figure>,
    pub(crate) details: Vec<Detail>,
    pub(crate) notes: Vec<String>,
}

/// A figure that has a goal.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) workload: String,
    /// What is counted, with its unit.
    pub(crate) what: &'static str,
    pub(crate) chatd: f64,
    pub(crate) yardstick: Option<Yardstick>,
    pub(crate) goals: Vec<Goal>,
}

/// What the figure is compared with, measured in the same run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Yardstick {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
}

/// What the figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
    /// At most so many times the yardstick.
    MostTimes(f64),
    /// At least so many times the yardstick.
    LeastTimes(f64),
}

/// What else a phase of load showed.
#[derive(Debug, Clone)]
pub(crate) struct Detail {
    pub(crate) workload: String,
    pub(crate) program: &'static str,
    pub(crate) outcome: Outcome,
}

impl Figure {
    /// Returns how many times the yardstick the figure is.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.yardstick.map(|yardstick| self.chatd / yardstick.value)
    }

    /// Returns whether a goal is reached; nothing when there is no yardstick.
    pub(crate) fn reaches(&self, goal: Goal) -> Option<bool> {
        match goal {
            Goal::Most(most) => Some(self.chatd <= most),
            Goal::Least(least) => Some(least <= self.chatd),
            Goal::MostTimes(most) => self.ratio().map(|ratio| ratio <= most),
            Goal::LeastTimes(least) => self.ratio().map(|ratio| least <= ratio),
        }
    }

    fn row(&self) -> String {
        let yardstick = self.yardstick.map_or_else(
            || "-".to_owned(),
            |yardstick| format!("{} ({})", number(yardstick.value), yardstick.name),
        );
        let ratio = self.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let goals: Vec<String> = self.goals.iter().map(|goal| self.verdict(*goal)).collect();
        format!(
            "| {} | {} | **{}** | {yardstick} | {ratio} | {} |",
            self.workload,
            self.what,
            number(self.chatd),
            goals.join("; ")
        )
    }

    fn verdict(&self, goal: Goal) -> String {
        let wanted = match goal {
            Goal::Most(most) => format!("<= {}", number(most)),
            Goal::Least(least) => format!(">= {}", number(least)),
            Goal::MostTimes(most) => format!("<= {most:.2}x"),
            Goal::LeastTimes(least) => format!(">= {least:.2}x"),
        };
        let verdict = match self.reaches(goal) {
            Some(true) => "reached",
            Some(false) => "not reached",
            None => "nothing to compare with",
        };
        format!("{wanted}: {verdict}")
    }
}

impl Detail {
    fn row(&self) -> String {
        let Outcome { latency, .. } = self.outcome;
        format!(
            "| {} | {} | {} | {:.2} | {} | {} / {} / {} | {} | {} | {} | {:.0} % |",
            self.workload,
            self.program,
            number(self.outcome.per_second()),
            self.outcome.micros_per_delivery(),
            number(1e6 / self.outcome.micros_per_delivery()),
            milliseconds(latency.p50),
            milliseconds(latency.p99),
            milliseconds(latency.p999),
            self.outcome.sent,
            self.outcome.lost,
            self.outcome.disordered,
            self.outcome.generator_busy * 100.0
        )
    }
}

impl Report {
    /// Adds what another part found.
    pub(crate) fn add(&mut self, other: Self) {
        self.figures.extend(other.figures);
        self.details.extend(other.details);
        self.notes.extend(other.notes);
    }

    /// Returns the tables as Markdown.
    pub(crate) fn markdown(&self, facts: &[(&'static str, String)]) -> String {
        let mut text = String::new();
        for (name, value) in facts {
            text += &format!("- {name}: {value}\n");
        }
        if !self.figures.is_empty() {
            text += "\n| workload | figure | chatd | yardstick | times the yardstick | goals |\n|---|---|---|---|---|---|\n";
            text.extend(self.figures.iter().map(|figure| figure.row() + "\n"));
        }
        if !self.details.is_empty() {
            text += "\n| workload | program | deliveries/s | server CPU us per delivery | deliveries per CPU second \
                     | p50 / p99 / p99.9 ms | sent | lost | out of order | generator busy |\n\
                     |---|---|---|---|---|---|---|---|---|---|\n";
            text.extend(self.details.iter().map(|detail| detail.row() + "\n"));
        }
        if !self.notes.is_empty() {
            text.push('\n');
            for note in &self.notes {
                // Writing to a string does not fail.
                let _ = writeln!(text, "- {note}");
            }
        }
        text
    }
}

/// Three digits that mean something, thousands with commas.
pub(crate) fn number(value: f64) -> String {
    if value < 9.995 {
        return format!("{value:.2}");
    }
    if value < 99.95 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place != 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> String {
    number(time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(chatd: f64, yardstick: Option<f64>) -> Figure {
        let yardstick = yardstick.map(|value| Yardstick { name: "limit program", value });
        Figure { workload: "50 x 20".to_owned(), what: "us", chatd, yardstick, goals: Vec::new() }
    }

    #[test]
    fn a_goal_on_the_edge_is_reached_and_one_beyond_it_is_not() {
        let at = figure(1.25, Some(1.0));
        assert_eq!(at.reaches(Goal::Most(1.25)), Some(true));
        assert_eq!(at.reaches(Goal::Most(1.24)), Some(false));
        assert_eq!(at.reaches(Goal::MostTimes(1.25)), Some(true));
        assert_eq!(at.reaches(Goal::MostTimes(1.2)), Some(false));
        assert_eq!(at.reaches(Goal::Least(1.26)), Some(false));
        assert_eq!(at.reaches(Goal::LeastTimes(1.25)), Some(true));
        assert_eq!(figure(1.0, None).reaches(Goal::MostTimes(2.0)), None);
    }

    #[test]
    fn a_row_says_value_yardstick_ratio_and_verdicts() {
        let mut figure = figure(1.5, Some(1.2));
        figure.goals = vec![Goal::MostTimes(1.3), Goal::Most(1.4)];
        let row = "| 50 x 20 | us | **1.50** | 1.20 (limit program) | 1.25 | <= 1.30x: reached; <= 1.40: not reached |";
        assert_eq!(figure.row(), row);
    }

    #[test]
    fn numbers_keep_three_digits_that_mean_something() {
        let cases =
            [(1.234, "1.23"), (9.999, "10.0"), (12.34, "12.3"), (813.4, "813"), (1_234_567.0, "1,234,567")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
