//! The figures of the full-screen client as a table.

use std::time::Duration;

use super::keys::Press;
use crate::measure::stats::Histogram;
use crate::measure::table::{milliseconds, number};

/// Everything that was found.
#[derive(Debug)]
pub(crate) struct Report {
    presses: usize,
    rows: Vec<Row>,
    memory: Vec<(usize, u64)>,
}

/// How long one kind of press took, beside the limit.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) press: Press,
    pub(crate) client: Histogram,
    pub(crate) echo: Histogram,
}

impl Report {
    /// Begins a report about so many presses of each kind.
    pub(crate) fn begin(presses: usize) -> Self {
        Self { presses, rows: Vec::new(), memory: Vec::new() }
    }

    /// Adds times.
    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds the memory after so many messages.
    pub(crate) fn memory(&mut self, messages: usize, bytes: u64) {
        self.memory.push((messages, bytes));
    }

    /// Returns the tables as Markdown.
    pub(crate) fn markdown(&self, facts: &[(&'static str, String)]) -> String {
        let mut text: String = facts.iter().map(|(name, value)| format!("- {name}: {value}\n")).collect();
        let presses = self.presses;
        text += &format!(
            "- {presses} presses of each kind, 140x40 cells, 10,000 messages loaded\n\n\
             | what | p50 / p99 / longest ms | the same keys, only echoed: p50 / p99 / longest ms | p99 < 16 ms |\n\
             |---|---|---|---|\n"
        );
        for Row { press, client, echo } in &self.rows {
            let verdict = if client.quantile(0.99) < FRAME { "reached" } else { "not reached" };
            let name = press.name();
            text += &format!("| {name} | {} | {} | {verdict} |\n", three(client), three(echo));
        }
        text += "\n| messages that came | MB of memory |\n|---|---|\n";
        for (messages, bytes) in &self.memory {
            let messages = if *messages == 0 { "none".to_owned() } else { number(*messages as f64) };
            let mb = number(*bytes as f64 / 1e6);
            text += &format!("| {messages} | {mb} |\n");
        }
        text
    }
}

fn three(times: &Histogram) -> String {
    let [p50, p99, longest] = [0.5, 0.99, 1.0].map(|share| milliseconds(times.quantile(share)));
    format!("{p50} / {p99} / {longest}")
}

/// What a screen shows sixty times a second.
const FRAME: Duration = Duration::from_millis(16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_times_limit_and_verdict() {
        let mut report = Report::begin(2);
        let (mut client, mut echo) = (Histogram::default(), Histogram::default());
        client.record(Duration::from_millis(20));
        client.record(Duration::from_millis(2));
        echo.record(Duration::from_micros(50));
        report.row(Row { press: Press::Letter, client, echo });
        report.memory(0, 9_000_000);
        report.memory(10_000, 20_500_000);
        let text = report.markdown(&[("cores", "2".to_owned())]);
        assert!(text.starts_with("- cores: 2\n- 2 presses of each kind"), "{text}");
        assert!(
            text.contains("| a letter | 2.02 / 20.0 / 20.0 | 0.05 / 0.05 / 0.05 | not reached |"),
            "{text}"
        );
        assert!(text.ends_with("| none | 9.00 |\n| 10,000 | 20.5 |\n"), "{text}");
    }
}
