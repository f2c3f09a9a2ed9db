//! Pages of bans and other measures.

pub(crate) mod export;
pub(crate) mod impact;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod one;
