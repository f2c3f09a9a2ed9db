use super::*;

/// A tile and its costs as another implementation computed them; see `tests/data/README.md`.
fn oracle(file: &[u8]) -> (usize, usize, Vec<u16>, Vec<f32>) {
    let (sides, rest) = file.as_chunks::<2>().0.split_at(2);
    let [width, height] = [sides[0], sides[1]].map(|side| usize::from(u16::from_le_bytes(side)));
    let (pixels, costs) = rest.as_flattened().split_at(width * height);
    let costs = costs.as_chunks::<4>().0.iter().map(|cost| f32::from_le_bytes(*cost)).collect();
    (width, height, pixels.iter().copied().map(u16::from).collect(), costs)
}

#[test]
fn costs_agree_with_the_oracle_pixel_by_pixel() {
    let files: [&[u8]; 3] = [
        include_bytes!("../../../tests/data/hill-00003.bin"),
        include_bytes!("../../../tests/data/hill-00120.bin"),
        include_bytes!("../../../tests/data/hill-00777.bin"),
    ];
    for file in files {
        let (width, height, plane, expected) = oracle(file);
        assert_eq!(expected.len(), width * height);
        let ours = costs(&plane, width, height);
        for (place, (ours, expected)) in ours.iter().zip(&expected).enumerate() {
            if plane[place] == 255 {
                continue;
            }
            let error = (ours - expected).abs() / expected;
            assert!(error < 1e-4, "pixel {place}: {ours} instead of {expected}");
        }
    }
}

#[test]
fn a_picture_smaller_than_the_windows_is_mirrored_until_it_fills_them() {
    for (width, height) in [(1, 1), (2, 1), (1, 3), (3, 5)] {
        let plane: Vec<u16> = (0..width * height).map(|place| (place * 29 % 17) as u16).collect();
        let costs = costs(&plane, width, height);
        assert!(costs.iter().all(|cost| cost.is_finite() && 0.0 < *cost), "{width} x {height}: {costs:?}");
    }
    assert!(costs(&[], 0, 0).is_empty());
    assert_eq!((mirror(0, -1, 3), mirror(2, 1, 3), mirror(0, -7, 3), mirror(0, 1, 1)), (0, 2, 0, 0));
}
