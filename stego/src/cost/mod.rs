//! What it costs to change a sample: the harder it is to predict, the less.

pub(crate) mod hill;
