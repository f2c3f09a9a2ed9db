//! Sealed rooms: how many, who is in them, who has to go. What is said there is not the server's to know.

pub(crate) mod evictions;
pub(crate) mod list;
pub(crate) mod one;
