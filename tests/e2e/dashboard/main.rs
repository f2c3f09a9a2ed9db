//! The dashboard in a real Chromium, on a real `chatd`: what people do on its pages, and what must never happen there.

mod audit;
mod bans;
mod detectors;
mod import;
mod login;
mod pages;
mod roles;
