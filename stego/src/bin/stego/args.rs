//! The command line.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand};
use stego::{Limits, Method};

/// Hides encrypted messages in pictures and reads them back.
///
/// Exit codes: 0 done, 1 a file could not be read or written, 2 nothing to be read with this passphrase, 3 too much for
/// this picture, 4 no picture that this program reads, 64 wrong arguments.
#[derive(Debug, Parser)]
#[command(name = "stego", version)]
pub(crate) struct Args {
    /// Prints one JSON object instead of words.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Hides a text or a file in a picture.
    Hide(Hide),
    /// Reads what is hidden in a picture.
    Reveal(Reveal),
    /// Tells how much a picture can carry, and how much of it is safe.
    Capacity(Capacity),
    /// Looks for what others hid by replacing lowest bits.
    Scan(Scan),
}

#[derive(Debug, Group)]
pub(crate) struct Hide {
    /// The cover: PNG, BMP or JPEG. Delete it afterwards: beside its twin every difference shows.
    #[arg(long = "in", value_name = "PICTURE")]
    pub(crate) cover: PathBuf,
    /// Where the new picture goes, in the cover's format.
    #[arg(long, value_name = "PICTURE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) what: What,
    /// Stores this file name with the file.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
    /// How samples are chosen: adaptive, or lsb.
    #[arg(long, default_value = "adaptive")]
    pub(crate) method: Method,
    /// Hides more than is safe.
    #[arg(long)]
    pub(crate) force: bool,
    /// Keeps the place where the picture was taken in its metadata.
    #[arg(long)]
    pub(crate) keep_location: bool,
    /// Converts a picture with a palette to one without.
    #[arg(long)]
    pub(crate) convert_palette: bool,
    /// Overwrites the output.
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
}

#[derive(Debug, Group)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// The text.
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// The file; - is the standard input.
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
}

/// Without any of these the passphrase is asked for.
#[derive(Debug, Group)]
#[group(multiple = false)]
pub(crate) struct Passphrase {
    /// The passphrase itself: everybody on this machine can see it while the program runs.
    #[arg(long, value_name = "PASSPHRASE")]
    pub(crate) key: Option<String>,
    /// A file whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub(crate) pass_file: Option<PathBuf>,
}

#[derive(Debug, Group)]
pub(crate) struct Reveal {
    /// The picture.
    #[arg(long = "in", value_name = "PICTURE")]
    pub(crate) image: PathBuf,
    /// Where the content goes, instead of the standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrites the output.
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) passphrase: Passphrase,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
}

#[derive(Debug, Group)]
pub(crate) struct Capacity {
    /// The cover.
    #[arg(long = "in", value_name = "PICTURE")]
    pub(crate) cover: PathBuf,
    /// For which method: adaptive, or lsb.
    #[arg(long, default_value = "adaptive")]
    pub(crate) method: Method,
    /// Takes a picture with a palette as if it were converted.
    #[arg(long)]
    pub(crate) convert_palette: bool,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
}

#[derive(Debug, Group)]
pub(crate) struct Scan {
    /// The picture: PNG, BMP or JPEG.
    pub(crate) file: PathBuf,
    /// Writes a PNG of the lowest bits, in which filled areas show.
    #[arg(long, value_name = "PNG")]
    pub(crate) picture: Option<PathBuf>,
    /// Writes a PNG of how often each value occurs.
    #[arg(long, value_name = "PNG")]
    pub(crate) histogram: Option<PathBuf>,
    /// Overwrites the pictures.
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) bounds: Bounds,
}

#[derive(Debug, Group)]
pub(crate) struct Bounds {
    /// The longest side of a picture that is read.
    #[arg(long, value_name = "PIXELS", default_value_t = Limits::default().side)]
    pub(crate) max_side: u32,
    /// The most memory that a decoded picture may take, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().decoded_bytes >> 20)]
    pub(crate) max_decoded: u64,
}

impl Bounds {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            side: self.max_side,
            decoded_bytes: self.max_decoded.saturating_mul(1 << 20),
            ..Limits::default()
        }
    }
}
