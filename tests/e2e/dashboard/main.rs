//! The dashboard in a real Chromium, on a real `chatd`: what people do on its pages, and what must never happen there.

mod appeals;
mod audit;
mod automod;
mod bans;
mod detectors;
mod hostile;
mod import;
mod login;
mod media;
mod pages;
mod raid;
mod reports;
mod roles;
mod sealed;
