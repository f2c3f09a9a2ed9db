//! Files that people sent to open rooms: the list, one file, holding it back, purging it, looking for hidden messages.

pub(crate) mod act;
pub(crate) mod list;
pub(crate) mod one;
mod scan;
