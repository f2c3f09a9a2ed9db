//! The full-screen interface as a person sees it: the real `chat` in a terminal, a real `chatd`, and the screen.

mod ends;
mod factor;
mod files;
mod hostile;
mod looks;
mod paste;
mod sizes;
mod staff;
mod stage;
mod talk;
mod welcome;
