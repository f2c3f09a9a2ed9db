//! The second factor as `chat join` and `chat totp` set it up: the files are looked at, the secret is shown or written,
//! the recovery codes are handed over.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use client_cli::TotpSecret;
use proto::limits;
use proto::message::Enrolment;
use proto::text::Secret;
use zeroize::Zeroizing;

use super::exit::{Exit, Failure};
use super::output::talk;
use super::qr::{self, Picture};
use super::{entering, prompt, secrets};

/// Refuses files that could not be written later, when it is too late to break off.
pub(crate) fn look_at_files(secret_out: Option<&Path>, recovery_out: Option<&Path>) -> Result<(), Failure> {
    for path in [secret_out, recovery_out].into_iter().flatten() {
        secrets::must_be_new(path)?;
    }
    if secret_out.is_some() && secret_out == recovery_out {
        return Err(Failure::usage("the secret and the recovery codes need a file each"));
    }
    Ok(())
}

/// Writes the secret to a file that only its owner can read, and returns it to make a code with.
pub(crate) fn write_secret(enrolment: &Enrolment, path: &Path) -> Result<TotpSecret, Failure> {
    let text = enrolment.totp_secret.reveal();
    let secret = TotpSecret::parse(text).map_err(|error| Failure::new(Exit::Network, "garbage", error))?;
    secrets::write_new(path, &Zeroizing::new(format!("{text}\n")))?;
    Ok(secret)
}

/// Shows the secret as a picture, for typing, and as a link. The link is the server's text and made safe.
pub(crate) fn show(enrolment: &Enrolment) -> Result<(), Failure> {
    talk("\nSet up the second factor: scan this with an authenticator app.\n");
    if io::stderr().is_terminal()
        && let Some(picture) = Picture::of(enrolment.totp_uri.reveal())
    {
        io::stderr().lock().write_all(picture.lines().as_bytes())?;
    }
    talk(format_args!("\nOr type the secret:  {}", qr::groups(enrolment.totp_secret.reveal())));
    talk(format_args!("Or open the link:    {}\n", enrolment.totp_uri.reveal()));
    Ok(())
}

/// Shows the recovery codes this once, and saves them where the person wants them.
pub(crate) async fn hand_over_codes(
    codes: &[Secret<{ limits::CODE }>],
    recovery_out: Option<&Path>,
) -> Result<(), Failure> {
    if codes.is_empty() {
        return Ok(());
    }
    let text = entering::one_a_line(codes);
    if let Some(path) = recovery_out {
        match secrets::write_new(path, &text) {
            Ok(()) => {
                talk(format_args!("Recovery codes: in {} (only you can read it)", path.display()));
                return Ok(());
            }
            // Whoever is there can still write them down.
            Err(failure) if prompt::somebody_is_there() => talk(failure.message),
            Err(failure) => return Err(failure.hint("the codes are lost; others are made by: chat totp")),
        }
    }
    talk("\nRecovery codes. Each works once instead of a code from the app. They are not shown again:\n");
    for code in codes {
        talk(format_args!("  {}", code.reveal()));
    }
    talk("");
    if prompt::somebody_is_there() {
        offer_to_save(&text).await;
    } else {
        talk("Keep them in a safe place. (--recovery-out FILE saves them.)");
    }
    Ok(())
}

/// The second factor holds by now: a file that cannot be written is asked for again and never ends the program.
async fn offer_to_save(text: &str) {
    loop {
        let question = "Save them to a file? Its name, or Enter when you wrote them down".to_owned();
        let Ok(name) = prompt::line(question, Some(String::new()), "--recovery-out FILE").await else {
            return;
        };
        if name.is_empty() {
            return;
        }
        match secrets::write_new(Path::new(&name), text) {
            Ok(()) => return talk(format_args!("Saved to {name} (only you can read it).")),
            Err(failure) => talk(failure.message),
        }
    }
}

/// The hint where a code that this program made is not accepted.
pub(crate) const CLOCK: &str = "is this machine's clock right? codes depend on the time";
