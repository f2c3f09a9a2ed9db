//! The dashboard in a real Chromium, on a real `chatd`: what people do on its pages, and what must never happen there.

mod audit;
mod detectors;
mod login;
mod pages;
