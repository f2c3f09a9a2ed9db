//! Pages of reports.

pub(crate) mod decide;
pub(crate) mod one;
pub(crate) mod queue;
