//! Making an account from the command line, with every secret in its owner's hands before it counts.

use domain::audit::{Action, Target};
use domain::name::AccountName;
use domain::role;
use proto::ids::AccountId;
use proto::message::Role;
use store::NewAccount;

use super::audit;
use super::enrol::SecondFactor;
use super::failure::Failure;
use super::office::Office;
use super::screen::say;
use super::secrets::Way;
use crate::config::Config;
use service::clock;

/// Makes an account. Nothing is stored until the second factor has been handed over.
pub(crate) fn make(
    office: &Office,
    config: &Config,
    name: &AccountName,
    role: Role,
    way: &Way,
) -> Result<AccountId, Failure> {
    refuse_taken(office, name)?;
    let password = way.password(name)?;
    let hashed = password.hash(&office.keys, &config.argon2)?;
    way.show_password(&password)?;
    say(&format!("  password  {}", hashed.cost))?;
    let factor = SecondFactor::generate();
    let mut written = way.hand_over(Some(&password), &factor, config.server_name.as_str(), name)?;
    let new = NewAccount {
        name: name.clone(),
        role,
        password_hash: hashed.phc,
        invite_digest: None,
        application: None,
        at: clock::now(),
    };
    let keys = office.keys.clone();
    let made = office.write(move |tx| {
        let account = tx.create_account(&new, |account| factor.kept(&keys, account))?;
        let detail = format!("role {}", role::word(new.role));
        tx.audit(&audit::event(Action::AccountCreated, Target::Account(account), &detail))?;
        Ok(account)
    });
    match made {
        Ok(account) => {
            written.say()?;
            Ok(account)
        }
        Err(error) => {
            written.take_back();
            Err(error.into())
        }
    }
}

fn refuse_taken(office: &Office, name: &AccountName) -> Result<(), Failure> {
    let lookup = name.clone();
    match office.store.read_blocking(move |reads| reads.account_by_name(&lookup))? {
        None => Ok(()),
        Some(row) => Err(Failure::new(format!(
            "the name {} is taken, or looks like {}; choose another",
            name.as_str(),
            &*row.name
        ))),
    }
}
