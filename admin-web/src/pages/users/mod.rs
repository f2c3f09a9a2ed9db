//! Pages of people.

pub(crate) mod act;
pub(crate) mod approvals;
pub(crate) mod joiners;
pub(crate) mod list;
pub(crate) mod networks;
pub(crate) mod one;
pub(crate) mod second_factor;
