//! `stego reveal`

use std::io::{self, IsTerminal, Write};

use crate::args::Reveal;
use crate::fail::Failure;
use crate::files::{self, Ask, Existing};

pub(crate) fn run(command: &Reveal, json: bool) -> Result<(), Failure> {
    let limits = command.bounds.limits();
    let image = files::read(&command.image, limits.file_bytes)?;
    let passphrase = files::passphrase(&command.passphrase, Ask::Once)?;
    let payload = stego::reveal(&image, &passphrase, &limits, &mut files::show)?;
    let text = std::str::from_utf8(&payload.bytes).ok();
    if let Some(out) = &command.out {
        files::write(out, &payload.bytes, Existing::from_flag(command.overwrite))?;
    }
    if json {
        let text = text.filter(|_| command.out.is_none());
        if text.is_none() && command.out.is_none() {
            return Err(Failure::Binary);
        }
        let size = payload.bytes.len();
        println!("{}", serde_json::json!({ "name": payload.name, "bytes": size, "text": text }));
        return Ok(());
    }
    if command.out.is_some() {
        let name = payload.name.map(|name| format!(", called {name:?}")).unwrap_or_default();
        println!("Revealed {} bytes{name}.", payload.bytes.len());
        return Ok(());
    }
    print(&payload.bytes, text)
}

/// Content goes to the standard output as it is, but to a terminal only as text that cannot steer it.
fn print(bytes: &[u8], text: Option<&str>) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let to_terminal = out.is_terminal();
    if to_terminal && text.is_none_or(|text| text.chars().any(|letter| letter.is_control() && letter != '\n'))
    {
        return Err(Failure::Binary);
    }
    out.write_all(bytes)
        .and_then(|()| if to_terminal { out.write_all(b"\n") } else { out.flush() })
        .map_err(|source| Failure::File { path: "standard output".into(), source })
}
