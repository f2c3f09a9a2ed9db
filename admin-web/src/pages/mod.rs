//! The pages: each file holds its query, its template and its handlers.

pub(crate) mod help;
pub(crate) mod overview;
