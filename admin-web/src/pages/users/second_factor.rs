//! A fresh second factor for somebody who lost theirs: shown once, to be passed on by a way both trust.

use askama::Template;
use domain::name::AccountName;
use domain::recovery;
use domain::totp::Secret20;
use proto::ids::AccountId;
use store::AccountSecrets;

use crate::filters;
use crate::pages::enrol::{Qr, grouped};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Shown {
    shell: Shell,
    id: u64,
    name: String,
    qr: Qr,
    secret: String,
    codes: Vec<String>,
}

/// `POST /users/ID/reset-codes`
pub(crate) async fn reset(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    call.stepped_up(&format!("/users/{id}"))?;
    let name = call.read(move |reads| reads.name_of(Some(id))).await?.ok_or(Refusal::NotFound)?;
    let name = AccountName::parse(&name).map_err(|_| Refusal::Failed)?;
    let (secret, codes) = (Secret20::generate(), recovery::generate());
    let keys = &call.app.keys;
    let secrets = AccountSecrets {
        totp_sealed: keys.seal_totp(id, &secret),
        recovery_digests: codes.iter().map(|code| recovery::digest(&keys.pepper, id, code)).collect(),
    };
    let qr = Qr::of(&secret.uri(&call.shell.server_name, &name)).ok_or(Refusal::Failed)?;
    call.act(move |staff| staff.reset_second_factor(id, &secrets)).await?;
    kit::page(&Shown {
        shell: call.shell,
        id: id.get(),
        name: name.as_str().to_owned(),
        qr,
        secret: grouped(&secret.base32()),
        codes: codes.iter().map(|code| code.to_string()).collect(),
    })
}
