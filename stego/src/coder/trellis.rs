//! Syndrome-trellis codes (Filler, Judas, Fridrich: "Minimizing Additive Distortion in Steganography using
//! Syndrome-Trellis Codes", 2011): the cheapest set of changes after which samples spell a message.
//!
//! The search runs over the changes, not the values: a state is the part of the syndrome that later samples can still
//! correct, and a sample that may not change has no step at all. So a wet sample is never violated: where the rest
//! cannot spell the message, there is no path and the caller is told.

use super::columns::{HEIGHT, columns};

const STATES: usize = 1 << HEIGHT;
/// States are handled in groups of eight: wide enough for two or four vector registers everywhere.
const LANES: usize = 8;
const GROUPS: usize = STATES / LANES;
/// Groups whose decisions share one word.
const SHARED: usize = 32;

type Metrics = [[f32; LANES]; GROUPS];
/// For every state of one step, whether the best way there changes the sample.
type Decisions = [u32; STATES / 32];

/// Where each message bit's run of samples begins: as even as can be.
fn start(bit: usize, bits: usize, samples: usize) -> usize {
    // Both are bounded by the samples of a picture, the product by 2^64.
    (bit as u64 * samples as u64 / bits as u64) as usize
}

/// The columns of the two widths that the runs of one message have.
struct Runs {
    samples: usize,
    bits: usize,
    narrow: Vec<u16>,
    wide: Vec<u16>,
}

impl Runs {
    fn new(samples: usize, bits: usize) -> Self {
        let width = samples / bits;
        Self { samples, bits, narrow: columns(width), wide: columns(width + 1) }
    }

    /// The first sample and the columns of one message bit's run.
    fn run(&self, bit: usize) -> (usize, &[u16]) {
        let first = start(bit, self.bits, self.samples);
        let width = start(bit + 1, self.bits, self.samples) - first;
        (first, if width == self.narrow.len() { &self.narrow } else { &self.wide })
    }

    /// Which rows of a column exist: near the end of the message there are fewer.
    fn rows(&self, bit: usize) -> u16 {
        ((1_u32 << HEIGHT.min(self.bits - bit)) - 1) as u16
    }
}

/// Reads `bits` message bits from the parities of samples.
pub(crate) fn extract(parities: &[u8], bits: usize) -> Vec<u8> {
    let mut message = vec![0; bits];
    if bits == 0 {
        return message;
    }
    let runs = Runs::new(parities.len(), bits);
    let mut syndrome = 0_u16;
    for (bit, place) in message.iter_mut().enumerate() {
        let (first, columns) = runs.run(bit);
        for (parity, column) in parities[first..].iter().zip(columns) {
            syndrome ^= column * u16::from(parity & 1);
        }
        *place = (syndrome & 1) as u8;
        syndrome >>= 1;
    }
    message
}

/// Finds the cheapest flips of `parities` that make them spell `message`: one flag for each sample, or nothing where
/// the samples that may change cannot spell it. Samples that cost more than `ceiling` are left alone.
pub(crate) fn embed(parities: &[u8], costs: &[f32], message: &[u8], ceiling: f32) -> Option<Vec<bool>> {
    let mut flips = vec![false; parities.len()];
    if message.is_empty() {
        return Some(flips);
    }
    if parities.len() < message.len() {
        return None;
    }
    let mut target = extract(parities, message.len());
    for (bit, wanted) in target.iter_mut().zip(message) {
        *bit ^= wanted;
    }
    let runs = Runs::new(parities.len(), message.len());
    let search = Search::forward(&runs, costs, &target, ceiling)?;
    search.backward(&target, &mut flips);
    Some(flips)
}

/// One sample's step through the trellis.
#[derive(Clone, Copy)]
struct Step {
    sample: u32,
    column: u16,
}

/// The trellis of one message, walked to its end.
struct Search {
    steps: Vec<Step>,
    decisions: Vec<Decisions>,
    /// How many steps there are up to the end of each message bit.
    ends: Vec<usize>,
}

impl Search {
    fn forward(runs: &Runs, costs: &[f32], target: &[u8], ceiling: f32) -> Option<Self> {
        let mut search = Self { steps: Vec::new(), decisions: Vec::new(), ends: Vec::new() };
        let mut metrics = Box::new([[f32::INFINITY; LANES]; GROUPS]);
        let mut next = metrics.clone();
        metrics[0][0] = 0.0;
        let mut cheapest = Cheapest::new();
        for (bit, wanted) in target.iter().enumerate() {
            let (first, columns) = runs.run(bit);
            cheapest.choose(first, columns, runs.rows(bit), costs, ceiling);
            for step in &cheapest.chosen {
                let mut decisions = [0; STATES / 32];
                let cost = costs[step.sample as usize];
                advance(&metrics, &mut next, step.column, cost, &mut decisions);
                std::mem::swap(&mut metrics, &mut next);
                search.decisions.push(decisions);
            }
            search.steps.extend_from_slice(&cheapest.chosen);
            search.ends.push(search.steps.len());
            settle(&metrics, &mut next, *wanted)?;
            std::mem::swap(&mut metrics, &mut next);
        }
        Some(search)
    }

    /// Walks the best path back from its end, where nothing is left to correct.
    fn backward(&self, target: &[u8], flips: &mut [bool]) {
        let mut state = 0_usize;
        let mut end = self.steps.len();
        for bit in (0..target.len()).rev() {
            state = (state << 1 | usize::from(target[bit])) % STATES;
            let begin = if bit == 0 { 0 } else { self.ends[bit - 1] };
            for index in (begin..end).rev() {
                if is_taken(&self.decisions[index], state) {
                    let step = self.steps[index];
                    flips[step.sample as usize] = true;
                    state ^= usize::from(step.column);
                }
            }
            end = begin;
        }
    }
}

/// Picks the samples of a run that are worth a step: two with the same column never change both, and of those the
/// cheaper one is always as good. It bounds the steps of a run to the number of different columns.
struct Cheapest {
    by_column: Vec<u32>,
    chosen: Vec<Step>,
    sorted: Vec<f32>,
}

const NONE: u32 = u32::MAX;
/// Of a long run the cheapest so many, and those that hardly cost more, give the same result as all, measured on costs
/// that differ as those of pictures do; where all cost the same, all are kept.
const ENOUGH: usize = 20;
const HARDLY_MORE: f32 = 1.25;

impl Cheapest {
    fn new() -> Self {
        Self { by_column: vec![NONE; STATES], chosen: Vec::new(), sorted: Vec::new() }
    }

    fn choose(&mut self, first: usize, columns: &[u16], rows: u16, costs: &[f32], ceiling: f32) {
        self.chosen.clear();
        for ((sample, cost), column) in (first..).zip(&costs[first..]).zip(columns) {
            if ceiling < *cost || cost.is_infinite() {
                continue;
            }
            let column = column & rows;
            let sample = u32::try_from(sample).expect("a picture has fewer samples than a u32 counts");
            let slot = &mut self.by_column[usize::from(column)];
            if *slot == NONE {
                *slot = self.chosen.len() as u32;
                self.chosen.push(Step { sample, column });
            } else {
                let other = &mut self.chosen[*slot as usize];
                if *cost < costs[other.sample as usize] {
                    other.sample = sample;
                }
            }
        }
        for step in &self.chosen {
            self.by_column[usize::from(step.column)] = NONE;
        }
        if ENOUGH < self.chosen.len() {
            self.sorted.clear();
            self.sorted.extend(self.chosen.iter().map(|step| costs[step.sample as usize]));
            let (_, limit, _) = self.sorted.select_nth_unstable_by(ENOUGH, f32::total_cmp);
            let limit = *limit * HARDLY_MORE;
            self.chosen.retain(|step| costs[step.sample as usize] <= limit);
        }
    }
}

/// One sample: every state is reached by leaving it alone or, from the state across its column, by changing it.
fn advance(old: &Metrics, new: &mut Metrics, column: u16, cost: f32, decisions: &mut Decisions) {
    let across = usize::from(column) / LANES;
    match usize::from(column) % LANES {
        0 => select::<0>(old, new, across, cost, decisions),
        1 => select::<1>(old, new, across, cost, decisions),
        2 => select::<2>(old, new, across, cost, decisions),
        3 => select::<3>(old, new, across, cost, decisions),
        4 => select::<4>(old, new, across, cost, decisions),
        5 => select::<5>(old, new, across, cost, decisions),
        6 => select::<6>(old, new, across, cost, decisions),
        _ => select::<7>(old, new, across, cost, decisions),
    }
}

/// Add, compare, select over all states. The lane of the other state is a constant, so the compiler makes whole
/// vectors of it; decisions are gathered lane by lane for the same reason.
fn select<const LANE: usize>(
    old: &Metrics,
    new: &mut Metrics,
    across: usize,
    cost: f32,
    decisions: &mut Decisions,
) {
    for (block, words) in decisions.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut taken = [0_u32; LANES];
        let mut mark = 1_u32;
        for index in 0..SHARED {
            let group = (block * SHARED + index) % GROUPS;
            let stay = old[group];
            let flip = old[(group ^ across) % GROUPS];
            let flip: [f32; LANES] = std::array::from_fn(|lane| flip[lane ^ LANE] + cost);
            let marks: [u32; LANES] =
                std::array::from_fn(|lane| if flip[lane] < stay[lane] { mark } else { 0 });
            taken = std::array::from_fn(|lane| taken[lane] | marks[lane]);
            new[group] =
                std::array::from_fn(|lane| if flip[lane] < stay[lane] { flip[lane] } else { stay[lane] });
            mark = mark.wrapping_shl(1);
        }
        *words = taken;
    }
}

fn is_taken(decisions: &Decisions, state: usize) -> bool {
    let (group, lane) = (state / LANES, state % LANES);
    decisions[group / SHARED * LANES + lane] >> (group % SHARED) & 1 == 1
}

/// The end of a run: states that spell the wrong bit end here, the rest move on by one bit. Metrics are kept small by
/// taking off the smallest; nothing is left where no state spells the bit.
fn settle(old: &Metrics, new: &mut Metrics, wanted: u8) -> Option<()> {
    let old = old.as_flattened();
    let smallest =
        old.iter().skip(usize::from(wanted)).step_by(2).fold(f32::INFINITY, |least, cost| least.min(*cost));
    if smallest.is_infinite() {
        return None;
    }
    let new = new.as_flattened_mut();
    new[STATES / 2..].fill(f32::INFINITY);
    for (metric, pair) in new.iter_mut().zip(old.as_chunks::<2>().0) {
        *metric = pair[usize::from(wanted)] - smallest;
    }
    Some(())
}

#[cfg(test)]
mod tests;
