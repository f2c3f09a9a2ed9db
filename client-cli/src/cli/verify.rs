//! `chat verify`: comparing keys with somebody.

use client_cli::sealed::{Known, Trust};
use domain::text::term_safe;

use super::args::Global;
use super::args::sealed::Verify;
use super::exit::{Exit, Failure};
use super::json::{IdentityLine, Object};
use super::online::Online;
use super::output::{self, Format, talk};

/// Shows the number to compare, or takes it for compared.
pub(crate) async fn verify(global: &Global, format: Format, verify: Verify) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let known = match verify.matches {
        true => online.client.verified(&verify.name).await?,
        false => online.client.identity_of(&verify.name).await?,
    };
    online.close().await;
    match format {
        Format::Json => output::json(&Object::Identity(IdentityLine::of(&known)).line())?,
        Format::Text => {
            output::data(&known.safety_number)?;
            lines(&known, "chat verify").iter().for_each(talk);
        }
    }
    // A changed key that nobody has compared is no success for a script that checks it.
    Ok(if known.trust == Trust::Changed { Exit::UntrustedKey } else { Exit::Ok })
}

/// Returns what the number means and what can be done, in lines; `command` is how it is typed here.
pub(crate) fn lines(known: &Known, command: &str) -> Vec<String> {
    let name = term_safe(&known.name);
    let compare = format!(
        "Compare these digits with {name}, in person or by phone: {name} sees the same ones when nobody stands in between."
    );
    match known.trust {
        Trust::Verified => vec![format!("The key of {name} is verified.")],
        Trust::First | Trust::Seen => {
            vec![compare, format!("When they match:  {command} {name}{}", matches_word(command))]
        }
        Trust::Changed => vec![
            format!(
                "THE KEY OF {} HAS CHANGED. They lost all their devices, or somebody else claims to be them.",
                name.to_uppercase()
            ),
            compare,
            format!("Only when they match:  {command} {name}{}", matches_word(command)),
        ],
    }
}

fn matches_word(command: &str) -> &'static str {
    if command.starts_with('/') { " matches" } else { " --matches" }
}
