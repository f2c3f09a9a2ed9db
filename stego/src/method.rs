//! How a message is written into samples.

use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// The ways to choose which samples change. Reading needs no choice: the header says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Every usable sample costs the same: +-1 at keyed positions (LSB matching), simple and fast.
    Lsb,
    /// Changes go where the picture is hard to predict, as few as a syndrome-trellis code needs.
    #[default]
    Adaptive,
}

/// A method's name that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no method; there are lsb and adaptive")]
pub struct UnknownMethod(String);

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "lsb" => Ok(Self::Lsb),
            "adaptive" => Ok(Self::Adaptive),
            other => Err(UnknownMethod(other.to_owned())),
        }
    }
}
