//! The pages: each file holds its query, its template and its handlers.

pub(crate) mod audit;
pub(crate) mod enrol;
pub(crate) mod figures;
pub(crate) mod help;
pub(crate) mod me;
pub(crate) mod overview;
pub(crate) mod search;
pub(crate) mod system;
