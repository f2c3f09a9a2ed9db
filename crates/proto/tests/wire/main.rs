//! What crosses the wire, byte for byte: frozen messages, round trips, garbage, limits, the document.

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod canonical;
#[cfg(test)]
mod document;
#[cfg(test)]
mod frozen;
#[cfg(test)]
mod garbage;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema;
