//! `stego scan`

use stego::scan::{Evidence, Scan, Verdict};

use crate::args;
use crate::fail::Failure;
use crate::files::{self, Existing};

pub(crate) fn run(command: &args::Scan, json: bool) -> Result<(), Failure> {
    let limits = command.bounds.limits();
    let file = files::read(&command.file, limits.file_bytes)?;
    let report = stego::scan(&file, &limits)?;
    let existing = Existing::from_flag(command.overwrite);
    if let Some(path) = &command.picture {
        files::write(path, &stego::scan::bit_plane(&file, &limits)?, existing)?;
    }
    if let Some(path) = &command.histogram {
        files::write(path, &stego::scan::histogram(&file, &limits)?, existing)?;
    }
    if json {
        println!("{}", serde_json::json!(report));
    } else {
        print!("{}", in_words(&report));
    }
    Ok(())
}

fn in_words(report: &Scan) -> String {
    let judgement = &report.judgement;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mut text = match judgement.verdict {
        Verdict::NothingFound => "nothing found".to_owned(),
        Verdict::Suspicious => {
            format!("suspicious: {} of clean pictures look like this", percent(judgement.false_positive_rate))
        }
        Verdict::Found => {
            format!(
                "lowest bits were replaced: {} of clean pictures look like this",
                percent(judgement.false_positive_rate)
            )
        }
    };
    text += &format!(
        "\nestimate: {} of the lowest bits (suspicious from {}, found from {})\n",
        percent(judgement.estimate),
        percent(judgement.suspicious_from),
        percent(judgement.found_from)
    );
    match &report.evidence {
        Evidence::Pixels { channels } => {
            for (index, channel) in channels.iter().enumerate() {
                text += &format!(
                    "channel {}: weighted stego {}, sample pairs {}, RS {}, chi-square: first {}\n",
                    index + 1,
                    percent(channel.weighted_stego),
                    percent(channel.sample_pairs),
                    percent(channel.regular_singular),
                    percent(channel.chi_square.share)
                );
            }
        }
        Evidence::Coefficients { jsteg, nonzero, chi_square } => {
            text += &format!(
                "coefficients that are not zero: {nonzero}; Jsteg {}, chi-square: first {}\n",
                percent(*jsteg),
                percent(chi_square.share)
            );
        }
    }
    text + report.blind_to + "\n"
}
