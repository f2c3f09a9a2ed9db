//! `chat devices`: what is logged in as this account.

use proto::ids::DeviceId;
use proto::message::Device;

use super::args::{DeviceAct, Devices, Global};
use super::exit::{Exit, Failure};
use super::json::Object;
use super::online::Online;
use super::output::{self, Format, talk};
use super::render::full_time;

/// Lists devices, or ends one's login.
pub(crate) async fn devices(global: &Global, format: Format, devices: Devices) -> Result<Exit, Failure> {
    let online = Online::ask(global).await?;
    match devices.act {
        None => {
            for device in online.client.devices().await? {
                match format {
                    Format::Json => output::json(&Object::device(&device).line())?,
                    Format::Text => output::data(&device_line(&device))?,
                }
            }
            talk("Next:  chat devices revoke NUMBER ends a device's login");
        }
        Some(DeviceAct::Revoke { device }) => {
            let id =
                DeviceId::new(device).ok_or_else(|| Failure::usage("there is no device with that number"))?;
            online.client.revoke_device(id).await?;
            talk(format_args!("Device {device} is logged out for good."));
        }
    }
    online.close().await;
    Ok(Exit::Ok)
}

/// Returns a device as one line of a list.
pub(crate) fn device_line(device: &Device) -> String {
    let seen = match (device.current, device.online) {
        (true, _) => "this one".to_owned(),
        (false, true) => "online".to_owned(),
        (false, false) => format!("last seen {}", full_time(device.last_seen)),
    };
    let (label, client) = (domain::text::term_safe(&device.label), domain::text::term_safe(&device.client));
    format!("{}  {label}  ({client}, added {})  {seen}", device.device, full_time(device.added))
}
