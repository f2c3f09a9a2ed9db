//! `chatd user`: making, listing and mending accounts. Each change is in the audit log.

use domain::audit::{Action, Target};
use domain::name::AccountName;
use domain::role;
use proto::ids::DeviceId;
use proto::message::Role;
use store::{AccountRow, StoreError};

use super::accounts;
use super::args::{PasswordArgs, SecretArgs, UserCommand};
use super::audit;
use super::enrol::SecondFactor;
use super::failure::Failure;
use super::list;
use super::office::Office;
use super::place::Place;
use super::screen::say;
use super::secrets::{Way, Written};
use service::clock;

/// Carries out one of the `user` commands.
pub(crate) fn run(command: &UserCommand, place: &Place) -> Result<(), Failure> {
    let office = Office::visit(place)?;
    match command {
        UserCommand::Add { name, role, secrets } => add(&office, place, name, *role, secrets),
        UserCommand::List { json } => list::accounts(&office, *json),
        UserCommand::ResetTotp { name, secrets } => reset_totp(&office, place, name, secrets),
        UserCommand::ResetPassword { name, secrets } => reset_password(&office, place, name, secrets),
        UserCommand::Role { name, role } => change_role(&office, place, name, *role),
        UserCommand::Devices { name, revoke: None } => list::devices(&office, &find(&office, place, name)?),
        UserCommand::Devices { name, revoke: Some(device) } => revoke(&office, place, name, *device),
    }
}

fn add(
    office: &Office,
    place: &Place,
    name: &AccountName,
    role: Role,
    secrets: &SecretArgs,
) -> Result<(), Failure> {
    let way = Way::choose(secrets, &place.config().data_dir)?;
    accounts::make(office, place.config(), name, role, &way)?;
    say(&format!("  account   {} ({})", name.as_str(), role::word(role)))?;
    Ok(say(&format!(
        "\n{} types:  {}",
        name.as_str(),
        place.login_command(office.keys.public(), name.as_str())
    ))?)
}

fn reset_totp(
    office: &Office,
    place: &Place,
    name: &AccountName,
    secrets: &SecretArgs,
) -> Result<(), Failure> {
    let way = Way::choose(secrets, &place.config().data_dir)?;
    let account = find(office, place, name)?;
    let factor = SecondFactor::generate();
    let mut written = way.hand_over(None, &factor, place.config().server_name.as_str(), name)?;
    let kept = factor.kept(&office.keys, account.id);
    let done = office.write(move |tx| {
        tx.set_totp(account.id, &kept)?;
        tx.audit(&audit::event(Action::TotpReset, Target::Account(account.id), "by the operator")).map(|_| ())
    });
    settle(done, &mut written)?;
    say(&format!(
        "{} has a new authenticator secret and new recovery codes; the old ones are void.",
        name.as_str()
    ))?;
    say_of_devices(place, name)
}

fn reset_password(
    office: &Office,
    place: &Place,
    name: &AccountName,
    args: &PasswordArgs,
) -> Result<(), Failure> {
    let secrets =
        SecretArgs { yes: args.yes, password_file: args.password_file.clone(), ..SecretArgs::default() };
    let way = Way::choose(&secrets, &place.config().data_dir)?;
    let account = find(office, place, name)?;
    let password = way.password(name)?;
    let hashed = password.hash(&office.keys, &place.config().argon2)?;
    way.show_password(&password)?;
    let mut written = way.keep_password(&password, name)?;
    let done = office.write(move |tx| {
        tx.set_password(account.id, &hashed.phc)?;
        tx.audit(&audit::event(Action::PasswordReset, Target::Account(account.id), "by the operator"))
            .map(|_| ())
    });
    settle(done, &mut written)?;
    say(&format!("{} has a new password; the authenticator stays the same.", name.as_str()))?;
    say_of_devices(place, name)
}

fn change_role(office: &Office, place: &Place, name: &AccountName, role: Role) -> Result<(), Failure> {
    let account = find(office, place, name)?;
    let (old, new) = (role::word(account.role), role::word(role));
    if account.role == role {
        return Ok(say(&format!("{} is {new} already, nothing was changed.", name.as_str()))?);
    }
    let detail = format!("from {old} to {new}");
    let done = office.write(move |tx| {
        tx.set_role(account.id, role)?;
        tx.audit(&audit::event(Action::RoleChanged, Target::Account(account.id), &detail)).map(|_| ())
    });
    match done {
        Ok(()) => Ok(say(&format!("{} is {new} now, was {old}.", name.as_str()))?),
        Err(StoreError::NotPermitted) => {
            let first = place.command("user role NAME owner");
            Err(Failure::new(format!("{} is the last owner; make another one first: {first}", name.as_str())))
        }
        Err(error) => Err(error.into()),
    }
}

fn revoke(office: &Office, place: &Place, name: &AccountName, device: u64) -> Result<(), Failure> {
    let account = find(office, place, name)?;
    let device =
        DeviceId::new(device).ok_or_else(|| Failure::Usage(format!("device {device} cannot exist")))?;
    let done = office.write(move |tx| {
        tx.revoke_device(account.id, device, clock::now())?;
        let target = Target::Device(account.id, device);
        tx.audit(&audit::event(Action::DeviceRevoked, target, "by the operator")).map(|_| ())
    });
    match done {
        Ok(()) => Ok(say(&format!("Device {device} of {} can no longer log in.", name.as_str()))?),
        Err(StoreError::NotFound { .. }) => {
            let list = place.command(&format!("user devices {}", name.as_str()));
            Err(Failure::new(format!("{} has no device {device}; list them with: {list}", name.as_str())))
        }
        Err(error) => Err(error.into()),
    }
}

/// A reset does not end the logins of devices: whoever has one of them is still in.
fn say_of_devices(place: &Place, name: &AccountName) -> Result<(), Failure> {
    let list = place.command(&format!("user devices {}", name.as_str()));
    Ok(say(&format!("Devices that are logged in stay so; to see them and end one:  {list}"))?)
}

/// Returns the account with this name.
fn find(office: &Office, place: &Place, name: &AccountName) -> Result<AccountRow, Failure> {
    let lookup = name.clone();
    let found = office.store.read_blocking(move |reads| reads.account_by_name(&lookup))?;
    found.ok_or_else(|| {
        let list = place.command("user list");
        Failure::new(format!("there is no account {}; list them with: {list}", name.as_str()))
    })
}

/// Says where secrets are when the change is on disk, and deletes them when it is not.
fn settle(done: Result<(), StoreError>, written: &mut Written) -> Result<(), Failure> {
    match done {
        Ok(()) => Ok(written.say()?),
        Err(error) => {
            written.take_back();
            Err(error.into())
        }
    }
}
