//! Figures over time as a drawing: paths for an SVG that takes its colours from the style sheet, and a sentence that
//! says the same.

use std::fmt::Write;

use proto::ids::Timestamp;
use store::{Sample, Step};

use crate::time::{When, relative};

/// What a template draws.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) line: String,
    pub(crate) area: String,
    pub(crate) grid: [u32; 3],
    pub(crate) hits: Vec<Hit>,
    /// The whole drawing in words.
    pub(crate) words: String,
    pub(crate) from: String,
    pub(crate) to: &'static str,
    pub(crate) top: String,
    /// The newest figure.
    pub(crate) latest: String,
}

/// A stretch that shows its figure when it is pointed at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    pub(crate) x: String,
    pub(crate) width: String,
    pub(crate) words: String,
}

/// What one drawing shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) step: Step,
    pub(crate) seconds: i64,
}

const WIDTH: u32 = 600;
const HEIGHT: u32 = 150;
/// Points of a line; more cannot be told apart on a screen.
const POINTS: usize = 90;
/// The line does not touch the upper edge.
const HEADROOM: f64 = 1.12;

impl Span {
    /// Returns the span of this word: `1h`, `24h` or `30d`.
    pub(crate) fn parse(word: &str) -> (Self, &'static str) {
        match word {
            "24h" => (Self { step: Step::Minute, seconds: 86_400 }, "24h"),
            "30d" => (Self { step: Step::Hour, seconds: 30 * 86_400 }, "30d"),
            _ => (Self { step: Step::TenSeconds, seconds: 3_600 }, "1h"),
        }
    }

    /// Returns when it begins.
    pub(crate) fn since(self, now: Timestamp) -> Timestamp {
        now.plus_ms(-self.seconds.saturating_mul(1_000))
    }
}

/// Draws the samples of a span that ends now. Where nothing was measured the line is broken.
pub(crate) fn draw(title: &'static str, unit: &str, samples: &[Sample], span: Span, now: Timestamp) -> Chart {
    let values = averaged(samples, span, now);
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    let scale = if top <= 0.0 { 1.0 } else { top * HEADROOM };
    let step = f64::from(WIDTH) / (POINTS - 1) as f64;
    let place = |at: usize, value: f64| (at as f64 * step, f64::from(HEIGHT) * (1.0 - value / scale));
    let (mut line, mut area) = (String::new(), String::new());
    let mut stretch: Vec<(f64, f64)> = Vec::new();
    for (at, value) in values.iter().enumerate().chain([(POINTS, &None)]) {
        match value {
            Some(value) => stretch.push(place(at, *value)),
            None => add_stretch(&mut line, &mut area, &std::mem::take(&mut stretch)),
        }
    }
    let latest =
        samples.last().map_or_else(|| "no figures yet".to_owned(), |sample| figure(sample.value, unit));
    Chart {
        title,
        width: WIDTH,
        height: HEIGHT,
        words: words(title, &values, unit, &latest, top),
        grid: [1, HEIGHT / 2, HEIGHT - 1],
        hits: hits(&values, step, unit, span, now),
        line,
        area,
        from: relative(span.since(now), now),
        to: "now",
        top: figure(top, unit),
        latest,
    }
}

/// Puts the samples into as many buckets as there are points, and takes the mean of each.
fn averaged(samples: &[Sample], span: Span, now: Timestamp) -> Vec<Option<f64>> {
    let (since, length) = (span.since(now).0, span.seconds.saturating_mul(1_000).max(1));
    let mut sums = vec![(0.0, 0_u32); POINTS];
    for sample in samples {
        let away = sample.at.0.saturating_sub(since);
        let bucket = usize::try_from(away.saturating_mul(POINTS as i64) / length).unwrap_or(usize::MAX);
        if let (true, Some((sum, count))) = (0 <= away, sums.get_mut(bucket)) {
            *sum += sample.value;
            *count += 1;
        }
    }
    let means: Vec<Option<f64>> =
        sums.into_iter().map(|(sum, count)| (count != 0).then(|| sum / f64::from(count))).collect();
    // Samples may be further apart than points; a hole of one or two points is no hole in the measurement.
    (0..POINTS)
        .map(|at| means[at].or_else(|| (1..=2).find_map(|back| means[at.checked_sub(back)?])))
        .collect()
}

fn add_stretch(line: &mut String, area: &mut String, points: &[(f64, f64)]) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let command = if at == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    let _ = write!(area, "{path}L{:.1} {HEIGHT}L{:.1} {HEIGHT}Z", last.0, first.0);
    line.push_str(&path);
}

fn hits(values: &[Option<f64>], step: f64, unit: &str, span: Span, now: Timestamp) -> Vec<Hit> {
    let of_point = |(at, value): (usize, &Option<f64>)| {
        let part = span.seconds.saturating_mul(1_000).saturating_mul(i64::try_from(at).ok()?) / POINTS as i64;
        let when = When::new(span.since(now).plus_ms(part), now);
        let words = format!("{}: {}", when.full, figure((*value)?, unit));
        Some(Hit { x: format!("{:.1}", (at as f64 - 0.5) * step), width: format!("{step:.1}"), words })
    };
    values.iter().enumerate().filter_map(of_point).collect()
}

fn words(title: &str, values: &[Option<f64>], unit: &str, latest: &str, top: f64) -> String {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    if known.is_empty() {
        return format!("{title}: nothing was measured in this time.");
    }
    let low = known.iter().copied().fold(f64::INFINITY, f64::min);
    let range = format!("between {} and {}", figure(low, unit), figure(top, unit));
    format!("{title}: {latest} at the end, {range} over the time shown.")
}

/// Returns a figure with as many digits as mean something.
pub(crate) fn figure(value: f64, unit: &str) -> String {
    let number = if value.fract().abs() < 0.05 || 100.0 <= value.abs() {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const HOUR: Span = Span { step: Step::TenSeconds, seconds: 3_600 };

    #[test]
    fn nothing_measured_is_said_and_not_drawn_as_zero() {
        let chart = draw("People online", "", &[], HOUR, NOW);
        assert_eq!((chart.line.as_str(), chart.area.as_str(), chart.hits.len()), ("", "", 0));
        assert_eq!(chart.words, "People online: nothing was measured in this time.");
        assert_eq!(chart.latest, "no figures yet");
    }

    #[test]
    fn a_gap_breaks_the_line_and_the_words_name_both_ends() {
        let sample = |ago_seconds: i64, value| Sample { at: NOW.plus_ms(-ago_seconds * 1_000), value };
        let early = (0..30).map(|at| sample(3_500 - at * 10, 4.0));
        let late = (0..30).map(|at| sample(300 - at * 10, 8.0));
        let samples: Vec<Sample> = early.chain(late).collect();
        let chart = draw("People online", "", &samples, HOUR, NOW);
        assert_eq!(chart.line.matches('M').count(), 2);
        assert_eq!(chart.area.matches('Z').count(), 2);
        assert!(chart.words.contains("8 at the end, between 4 and 8"), "{}", chart.words);
        assert!(chart.hits.iter().all(|hit| hit.words.contains("UTC: ")));
    }

    #[test]
    fn figures_have_the_digits_that_mean_something() {
        assert_eq!(
            (figure(3.0, ""), figure(3.24, "ms"), figure(1_234.56, "")),
            ("3".into(), "3.2 ms".into(), "1235".into())
        );
    }
}
