use proptest::prelude::*;

use super::*;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ self.0 >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ mixed >> 33
    }

    fn bit(&mut self) -> u8 {
        (self.roll() >> 63) as u8
    }

    fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn bits(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.bit()).collect()
    }
}

fn spells(parities: &[u8], flips: &[bool], message: &[u8]) -> bool {
    let changed: Vec<u8> =
        parities.iter().zip(flips).map(|(parity, flip)| parity ^ u8::from(*flip)).collect();
    extract(&changed, message.len()) == message
}

fn total(costs: &[f32], flips: &[bool]) -> f64 {
    costs.iter().zip(flips).filter(|(_, flip)| **flip).map(|(cost, _)| f64::from(*cost)).sum()
}

/// The least cost that any code could have on average.
fn bound(costs: &[f32], bits: usize) -> f64 {
    let entropy = |chance: f64| {
        if chance < 1e-300 { 0.0 } else { -chance * chance.log2() - (1.0 - chance) * (1.0 - chance).log2() }
    };
    let chance = |weight: f64, cost: f32| 1.0 / (1.0 + (weight * f64::from(cost)).exp());
    let (mut low, mut high) = (1e-4_f64, 1e4_f64);
    for _ in 0..50 {
        let weight = (low * high).sqrt();
        let carried: f64 = costs.iter().map(|cost| entropy(chance(weight, *cost))).sum();
        if carried < bits as f64 { high = weight } else { low = weight }
    }
    costs.iter().map(|cost| chance(low, *cost) * f64::from(*cost)).sum()
}

proptest! {
    #[test]
    fn messages_come_back_and_wet_samples_stay(
        seed in any::<u64>(),
        bits in 1_usize..300,
        width in 2.5_f64..40.0,
        wet in 0.0_f64..0.3,
    ) {
        let mut dice = Dice(seed);
        let samples = (bits as f64 * width) as usize;
        let parities = dice.bits(samples);
        let message = dice.bits(bits);
        let costs: Vec<f32> = (0..samples)
            .map(|_| if dice.unit() < wet { f32::INFINITY } else { (dice.unit() * 6.0).exp() as f32 })
            .collect();
        // With few wet samples there nearly always is a way; where there is none, that is said.
        if let Some(flips) = embed(&parities, &costs, &message, f32::MAX) {
            prop_assert!(spells(&parities, &flips, &message));
            prop_assert!(costs.iter().zip(&flips).all(|(cost, flip)| !flip || cost.is_finite()));
        } else {
            prop_assert!(0.1 < wet && width < 6.0, "no way with {wet} wet at {width}");
        }
    }
}

#[test]
fn the_cost_is_near_the_bound() {
    for (width, most) in [(2, 1.20), (4, 1.18), (10, 1.18), (25, 1.20), (100, 1.22), (400, 1.25)] {
        let mut dice = Dice(width as u64);
        let samples = 60_000;
        let bits = samples / width;
        let costs: Vec<f32> = (0..samples).map(|_| (dice.unit() * 4.0).exp() as f32).collect();
        let (parities, message) = (dice.bits(samples), dice.bits(bits));
        let flips = embed(&parities, &costs, &message, f32::MAX).unwrap();
        assert!(spells(&parities, &flips, &message));
        let loss = total(&costs, &flips) / bound(&costs, bits);
        assert!((1.0..most).contains(&loss), "width {width}: {loss} times the bound");
    }
}

#[test]
fn nothing_cheaper_exists_in_small_cases() {
    let mut dice = Dice(7);
    for _ in 0..40 {
        let (samples, bits) = (11, 3);
        let (parities, message) = (dice.bits(samples), dice.bits(bits));
        let costs: Vec<f32> = (0..samples).map(|_| dice.unit() as f32 + 0.1).collect();
        let cheapest = (0..1_u32 << samples)
            .map(|pattern| (0..samples).map(|place| pattern >> place & 1 == 1).collect::<Vec<bool>>())
            .filter(|flips| spells(&parities, flips, &message))
            .map(|flips| total(&costs, &flips))
            .fold(f64::INFINITY, f64::min);
        let flips = embed(&parities, &costs, &message, f32::MAX).unwrap();
        assert!((total(&costs, &flips) - cheapest).abs() < 1e-5);
    }
}

#[test]
fn what_cannot_be_spelled_is_refused() {
    let message = [1, 0, 1, 1];
    assert_eq!(embed(&[0; 40], &[f32::INFINITY; 40], &message, f32::MAX), None);
    assert_eq!(embed(&[0; 3], &[1.0; 3], &message, f32::MAX), None);
    assert_eq!(embed(&[0; 40], &[5.0; 40], &message, 4.0), None);
    assert_eq!(embed(&[1, 0], &[1.0; 2], &[], f32::MAX), Some(vec![false; 2]));
    assert!(extract(&[1, 0], 0).is_empty());
}
