//! A new phone: another authenticator from inside the interface, and what is void after it.

use anyhow::{Result, ensure};
use client_cli::key_to_text;
use tests::account::Account;
use tests::person::Person;
use tests::terminal::Size;

use crate::stage::{Stage, leave, online};
use crate::welcome::secret;

#[tokio::test(flavor = "multi_thread")]
async fn another_authenticator_takes_the_place_of_the_old_one_with_its_last_step() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(Size::of(100, 50))?;
    glass.enter("/totp")?;
    glass.wait_for("Another authenticator")?;
    glass.type_in("a wrong password")?;
    glass.press("tab")?;
    glass.type_in(&stage.bob.account.wrong_code())?;
    glass.press("enter")?;
    glass.wait_for("is wrong")?;
    ensure!(!glass.shows("a wrong password"), "a password is seen:\n{}", glass.contents());
    glass.press("esc")?;
    glass.wait_for("as it was")?;

    glass.enter("/totp")?;
    glass.wait_for("Another authenticator")?;
    glass.type_in(&stage.bob.account.password.clone())?;
    glass.press("tab")?;
    glass.type_in(&stage.bob.account.code())?;
    glass.press("enter")?;
    glass.wait_for("otpauth://")?;
    let mut phone = Account::new("bob", &stage.bob.account.password, &secret(&glass)?)?;
    glass.type_in(&phone.wrong_code())?;
    glass.press("enter")?;
    glass.wait_for("does not match")?;
    glass.type_in(&phone.code())?;
    glass.press("enter")?;
    glass.wait_for("New recovery codes")?;
    let file = stage.bob.home().join("new-codes.txt");
    glass.type_in(&file.to_string_lossy())?;
    glass.press("enter")?;
    glass.wait_for("Saved to")?;
    glass.press("enter")?;
    online(&mut glass)?;
    leave(glass)?;

    let key = key_to_text(stage.chatd.key()?);
    let logs_in = |account: &Account, code: &str| -> Result<i32> {
        let (_, ended) = Person::log_in(account.clone(), stage.chatd.address(), &key, code)?;
        Ok(ended.status.code().unwrap_or(-1))
    };
    let (old_code, old_recovery) = (stage.bob.account.code(), stage.bob.account.recovery[0].clone());
    assert_eq!(logs_in(&phone, &old_code)?, 3, "the old authenticator");
    assert_eq!(logs_in(&phone, &old_recovery)?, 3, "an old recovery code");
    assert_eq!(logs_in(&phone, &phone.clone().code())?, 0, "the new authenticator");
    let saved = std::fs::read_to_string(&file)?;
    assert_eq!(logs_in(&phone, saved.lines().next().unwrap_or_default())?, 0, "a new recovery code");
    Ok(())
}
