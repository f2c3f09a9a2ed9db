//! Stand-in.
use super::{input::Inputs, screen::Screen, theme::Theme};
use crate::cli::{args::Global, exit::Failure};
pub(crate) enum Welcomed {
    In,
    Left,
}
pub(crate) enum Why {
    Failed(Failure),
}
impl Why {
    pub(crate) fn of(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
pub(crate) fn mends(_failure: &Failure) -> bool {
    false
}
pub(crate) async fn welcome(
    _screen: &mut Screen,
    _inputs: &mut Inputs,
    _theme: &Theme,
    _global: &Global,
    why: Why,
) -> Result<Welcomed, Failure> {
    let Why::Failed(failure) = why;
    Err(failure)
}
