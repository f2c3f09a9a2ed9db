//! Files on a real server: killed in the middle of everything, watched while it works, searched for what it must not know.

mod kills;
mod memory;
mod plaintext;
