//! What another process of ours holds in memory: everything that can be written to, as the system shows it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result};

use crate::search::Place;

/// Returns what a process has in its writable memory, stretch by stretch.
///
/// # Errors
/// When the system does not show it.
pub fn of_process(id: u32) -> Result<Vec<Place>> {
    let maps =
        fs::read_to_string(format!("/proc/{id}/maps")).context("reading the map of a process's memory")?;
    let memory = File::open(format!("/proc/{id}/mem")).context("opening a process's memory")?;
    let mut places = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').context("a stretch of memory has two ends")?;
        let (from, to) = (u64::from_str_radix(from, 16)?, u64::from_str_radix(to, 16)?);
        let mut bytes = vec![0; usize::try_from(to - from)?];
        // A stretch may have been given back meanwhile.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            places.push(Place::new(&format!("memory {range}"), bytes));
        }
    }
    Ok(places)
}

/// Returns the most memory in bytes that a process has ever had resident.
///
/// # Errors
/// When the system does not say.
pub fn peak(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).context("reading a process's status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak of memory")?;
    Ok(peak.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_holds_is_found_in_its_memory() {
        let marker = format!("marker-{}", std::process::id());
        let places = of_process(std::process::id()).unwrap();
        assert!(places.iter().any(|place| place.has(marker.as_bytes())));
        assert!(1024 * 1024 < peak(std::process::id()).unwrap());
    }
}
