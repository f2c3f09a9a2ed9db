//! `chat devices`: what is logged in as this account, and which of it may read sealed rooms.

use client_cli::sealed::{DeviceKeys, DeviceState};
use client_cli::{Client, RequestError};
use proto::ids::DeviceId;
use proto::message::Device;

use super::args::{DeviceAct, Devices, Global};
use super::exit::{Exit, Failure};
use super::json::{DeviceKeyLine, Object};
use super::online::Online;
use super::output::{self, Format, talk};
use super::prompt;
use super::render::full_time;

/// Lists devices, approves one, or ends one's login.
pub(crate) async fn devices(global: &Global, format: Format, devices: Devices) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    let result = match devices.act {
        None => list(&online.client, format).await,
        Some(DeviceAct::Approve { device, code }) => approve(&online.client, id(device)?, code).await,
        Some(DeviceAct::Revoke { device }) => {
            online.client.revoke_device(id(device)?).await?;
            talk(format_args!("Device {device} is logged out for good, and out of every sealed room."));
            Ok(())
        }
    };
    online.close().await;
    result.map(|()| Exit::Ok)
}

async fn list(client: &Client, format: Format) -> Result<(), Failure> {
    let keys = keys_of(client).await;
    for device in client.devices().await? {
        let keys = keys.iter().find(|keys| keys.device == device.device);
        match format {
            Format::Json => {
                output::json(&Object::device(&device).line())?;
                if let Some(keys) = keys {
                    output::json(&Object::DeviceKeys(DeviceKeyLine::of(keys)).line())?;
                }
            }
            Format::Text => output::data(&device_line(&device, keys))?,
        }
    }
    if keys.iter().any(|keys| keys.state == DeviceState::Asks) {
        talk("Next:  on a device that reads sealed rooms:  chat devices approve NUMBER");
    }
    talk("Next:  chat devices revoke NUMBER ends a device's login");
    Ok(())
}

/// Returns where one's devices stand; nothing from a server that knows no sealed rooms.
pub(crate) async fn keys_of(client: &Client) -> Vec<DeviceKeys> {
    client.device_keys().await.unwrap_or_default()
}

async fn approve(client: &Client, device: DeviceId, code: Option<String>) -> Result<(), Failure> {
    let code = match code {
        Some(code) => code,
        None => {
            let asks = client.device_keys().await?.into_iter().find(|keys| keys.device == device);
            let Some(code) = asks.and_then(|keys| keys.code) else {
                let words = format!("device {device} does not ask to be approved");
                return Err(Failure::new(Exit::Refused, "no_keys", words)
                    .hint("start chat there; then chat devices shows it"));
            };
            talk(format_args!("Device {device} must show this code:  {code}"));
            if !prompt::yes("Does it".to_owned(), "--code CODE").await? {
                return Err(Failure::usage("not approved").hint(format!("chat devices revoke {device}")));
            }
            code
        }
    };
    client.approve_device(device, &code).await.map_err(|error: RequestError| Failure::from(error))?;
    talk(format_args!("Device {device} reads your sealed rooms from here on."));
    Ok(())
}

fn id(device: u64) -> Result<DeviceId, Failure> {
    DeviceId::new(device).ok_or_else(|| Failure::usage("there is no device with that number"))
}

/// Returns a device as one line of a list.
pub(crate) fn device_line(device: &Device, keys: Option<&DeviceKeys>) -> String {
    let seen = match (device.current, device.online) {
        (true, _) => "this one".to_owned(),
        (false, true) => "online".to_owned(),
        (false, false) => format!("last seen {}", full_time(device.last_seen)),
    };
    let keys = match keys.map(|keys| (keys.state, keys.code.as_deref())) {
        Some((DeviceState::Certified, _)) => "  reads sealed rooms".to_owned(),
        Some((DeviceState::Asks, Some(code))) => format!("  ASKS TO READ SEALED ROOMS, code {code}"),
        Some((DeviceState::Asks, None)) => "  asks to read sealed rooms".to_owned(),
        Some((DeviceState::Without, _)) => "  does not read sealed rooms".to_owned(),
        None => String::new(),
    };
    let (label, client) = (domain::text::term_safe(&device.label), domain::text::term_safe(&device.client));
    format!("{}  {label}  ({client}, added {})  {seen}{keys}", device.device, full_time(device.added))
}
