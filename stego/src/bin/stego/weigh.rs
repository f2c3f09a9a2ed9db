//! `stego capacity`

use stego::Palette;

use crate::args::Capacity;
use crate::fail::Failure;
use crate::files;
use crate::hide::explain;

pub(crate) fn run(command: &Capacity, json: bool) -> Result<(), Failure> {
    let limits = command.bounds.limits();
    let cover = files::read(&command.cover, limits.file_bytes)?;
    let palette = if command.convert_palette { Palette::Convert } else { Palette::Refuse };
    let capacity = stego::capacity(&cover, command.method, palette, &limits)?;
    if json {
        println!("{}", serde_json::json!(capacity));
        return Ok(());
    }
    println!("safe: {} bytes (detectors hardly do better than guessing)", capacity.safe_bytes);
    println!("most: {} bytes (with --force)", capacity.max_bytes);
    println!("samples: {}, of them usable {}", capacity.samples, capacity.usable);
    for note in capacity.notes {
        println!("{}", explain(note));
    }
    Ok(())
}
