//! Pages of reports.

pub(crate) mod decide;
pub(crate) mod export;
pub(crate) mod one;
pub(crate) mod proof;
pub(crate) mod queue;
