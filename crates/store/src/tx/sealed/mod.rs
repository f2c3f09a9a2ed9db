//! Sealed rooms: making them, starting their groups, taking commits and messages, carrying out who has to go.
//!
//! What a commit means was judged before, against one version of the group. Here that version is compared with the one
//! in the table, in the transaction that writes: of two commits of an epoch one is accepted.

mod commits;
mod evictions;
mod groups;
mod identities;
mod key_packages;
mod messages;
mod welcomes;
