//! `chat login`: an existing account on this device.

use std::path::Path;

use client_cli::{
    Address, ConnectError, Credentials, LoggedIn, Profile, ProfileError, TotpSecret, key_to_text,
};
use proto::ids::PublicKey;
use proto::keys::fingerprint;
use zeroize::Zeroizing;

use super::args::{CodeBy, Global, Login};
use super::exit::{Exit, Failure};
use super::json::Object;
use super::online::{device_label, unix_seconds};
use super::output::{self, Format, talk};
use super::{appeal, entering, online, prompt, secrets};

/// Logs this device in.
pub(crate) async fn login(global: &Global, format: Format, login: Login) -> Result<(), Failure> {
    let mut profile = open_or_make(global, &login).await?;
    let name = match login.name.clone().or_else(|| profile.settings().account.clone()) {
        Some(name) => name,
        None => prompt::line("Name".to_owned(), std::env::var("USER").ok(), "--name NAME").await?,
    };
    entering::must_belong_to(profile.settings().account.as_deref(), &name)?;
    let password = match &login.password_file {
        Some(path) => secrets::first_line(path)?,
        None => prompt::secret("Password (not shown)".to_owned(), "--password-file FILE").await?,
    };
    let (code, step) = code(&login.code, profile.settings().totp_step).await?;
    let label = device_label(login.label.clone());
    let credentials = Credentials { name: &name, password: &password, code: &code, device_label: &label };
    let session = match entering::log_in(&mut profile, &credentials, step).await? {
        LoggedIn::In(session) => *session,
        LoggedIn::Banned(appealing) => {
            let refusal = appealing.refusal().clone();
            if prompt::somebody_is_there() {
                appeal::offer(&refusal, *appealing).await?;
            }
            return Err(ConnectError::Denied(refusal).into());
        }
    };
    if format == Format::Json {
        output::json(&Object::whoami(session.welcome()).line())?;
    }
    talk(format_args!("Logged in as {} on {}.", &*session.welcome().name, &*session.welcome().server));
    let vault = online::open_vault(&profile, global).await?;
    if let Some(approval) = entering::settle(session, vault, global.patience()).await? {
        talk(approval);
    }
    Ok(())
}

async fn open_or_make(global: &Global, login: &Login) -> Result<Profile, Failure> {
    let given_key = login.server_key.as_deref().map(entering::server_key).transpose()?;
    let address: Option<Address> = login.server.as_ref().map(|server| server.parse()).transpose()?;
    if let Some(mut profile) = entering::known_profile(global)? {
        entering::repoint(&mut profile, address, given_key)?;
        return Ok(profile);
    }
    let Some(address) = address else {
        return Err(ProfileError::Missing(global.profile.clone()).into());
    };
    let server_key = match given_key {
        Some(key) => key,
        None => ask_for_trust(&address).await?,
    };
    entering::make_profile(global, &entering::fresh_identity(address, server_key))
}

/// Shows an unknown server's key; the person compares it with what the operator says.
pub(super) async fn ask_for_trust(address: &Address) -> Result<PublicKey, Failure> {
    let key = client_cli::offered_key(address).await?;
    talk(format_args!("The server at {address} shows the key  {}", fingerprint(key)));
    talk("Compare it with what the operator told you, or with `chat status` on another device of yours.");
    if prompt::yes("Is it the same?".to_owned(), "--server-key KEY").await? {
        return Ok(key);
    }
    Err(Failure::new(
        Exit::UntrustedKey,
        "untrusted_key",
        "the server's key was not confirmed; nothing was sent",
    )
    .hint(format!("when you know it is right: --server-key {}", key_to_text(key))))
}

/// Returns the code that was given, made from the secret in a file or asked for, and its step when this program made it.
pub(super) async fn code(
    by: &CodeBy,
    last: Option<u64>,
) -> Result<(Zeroizing<String>, Option<u64>), Failure> {
    match (&by.code, &by.totp_secret_file) {
        (Some(code), _) => Ok((Zeroizing::new(code.clone()), None)),
        (None, Some(path)) => made_code(path, last).await,
        (None, None) => {
            let question = "Code from the app, or a recovery code".to_owned();
            let code = prompt::line(question, None, "--code CODE or --totp-secret-file FILE").await?;
            Ok((Zeroizing::new(code), None))
        }
    }
}

/// Makes a code that was not used before: the server takes each step once, and steps up to one ahead of its clock.
async fn made_code(path: &Path, last: Option<u64>) -> Result<(Zeroizing<String>, Option<u64>), Failure> {
    let secret = secrets::totp_secret(path)?;
    let now = TotpSecret::step_at(unix_seconds());
    let step = next_step(now, last);
    if now + 1 < step {
        let wait = TotpSecret::second_of(step - 1).saturating_sub(unix_seconds());
        talk(format_args!("The last codes are used; waiting {wait} s for the next."));
        tokio::time::sleep(std::time::Duration::from_secs(wait)).await;
    }
    Ok((secret.code_at(TotpSecret::second_of(step)), Some(step)))
}

/// Returns the first step that is not used, unless the last one lies so far ahead that the clock was set back.
fn next_step(now: u64, last: Option<u64>) -> u64 {
    match last {
        Some(last) if now <= last && last <= now + 2 => last + 1,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_is_used_twice_and_a_clock_set_back_does_not_stop_logins() {
        assert_eq!(next_step(100, None), 100);
        assert_eq!(next_step(100, Some(90)), 100);
        assert_eq!(next_step(100, Some(100)), 101);
        assert_eq!(next_step(100, Some(101)), 102);
        assert_eq!(next_step(100, Some(5_000)), 100);
    }
}
