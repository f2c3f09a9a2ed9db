//! `stego hide`

use stego::{Amount, HideOptions, Location, Note, Palette, Payload, Report};

use crate::args::Hide;
use crate::fail::Failure;
use crate::files::{self, Ask, Existing};

pub(crate) fn run(command: &Hide, json: bool) -> Result<(), Failure> {
    let limits = command.bounds.limits();
    let cover = files::read(&command.cover, limits.file_bytes)?;
    let bytes = match (&command.what.text, &command.what.file) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(file)) => files::read(file, limits.payload_bytes)?,
        (None, None) => Vec::new(),
    };
    let payload = Payload { name: command.name.clone(), bytes };
    let passphrase = files::passphrase(&command.passphrase, Ask::Twice)?;
    let options = HideOptions {
        method: command.method,
        amount: if command.force { Amount::Forced } else { Amount::Safe },
        location: if command.keep_location { Location::Keep } else { Location::Strip },
        palette: if command.convert_palette { Palette::Convert } else { Palette::Refuse },
        limits,
    };
    let hidden = stego::hide(&cover, &payload, &passphrase, &options, &mut files::show)?;
    files::write(&command.out, &hidden.image, Existing::from_flag(command.overwrite))?;
    if json {
        println!("{}", serde_json::json!(hidden.report));
    } else {
        println!("{}", words(&hidden.report));
    }
    Ok(())
}

fn words(report: &Report) -> String {
    let Report { payload_bytes, embedded_bits, samples, changed, safe_bytes, notes, .. } = report;
    let mut words = format!(
        "Hid {payload_bytes} bytes as {embedded_bits} bits: {changed} of {samples} samples changed by one. About {safe_bytes} bytes are safe in this picture."
    );
    for note in notes {
        words.push('\n');
        words.push_str(explain(*note));
    }
    words
}

/// What a note means for a person.
pub(crate) fn explain(note: Note) -> &'static str {
    match note {
        Note::Converted => {
            "Note: a palette picture turned into another kind is conspicuous; nothing is safe in it."
        }
        Note::WidenedEightBit => {
            "Note: its 16-bit values are 8-bit values written twice, so every change shows; nothing is safe in it."
        }
    }
}
