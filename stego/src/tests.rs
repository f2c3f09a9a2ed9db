//! Whole ways: hide, write, read, reveal, over kinds of pictures, methods and sizes.

use std::io::Cursor;

use crate::*;

/// A picture that looks like something: slopes, edges and grain.
fn texture(place: usize, width: usize, channel: usize) -> f64 {
    let (x, y) = ((place % width) as f64, (place / width) as f64);
    let grain = (place as u64 * 3 + channel as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
    let slope = 90.0 + x * 0.4 + y * 0.2 + channel as f64 * 11.0;
    let edge = if (x / 40.0).sin() * (y / 25.0).cos() < 0.1 { 25.0 } else { 0.0 };
    slope + edge + grain as f64 / 4096.0 * (4.0 + 10.0 * (x / 30.0).sin().abs())
}

fn png_file(side: usize, colour: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let channels = colour.samples();
    let has_alpha = matches!(colour, png::ColorType::Rgba | png::ColorType::GrayscaleAlpha);
    let mut bytes = Vec::new();
    for place in 0..side * side {
        for channel in 0..channels {
            let value = texture(place, side, channel);
            let value = if has_alpha && channel + 1 == channels {
                ((place % 50) as f64 * 9.0).min(255.0)
            } else {
                value
            };
            if depth == png::BitDepth::Sixteen {
                bytes.extend(((value * 257.0) as u16).to_be_bytes());
            } else {
                bytes.push(value as u8);
            }
        }
    }
    let mut file = Vec::new();
    let side = u32::try_from(side).unwrap();
    let mut encoder = png::Encoder::new(Cursor::new(&mut file), side, side);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&bytes).unwrap();
    writer.finish().unwrap();
    file
}

fn gray(side: usize) -> Vec<u8> {
    png_file(side, png::ColorType::Grayscale, png::BitDepth::Eight)
}

fn bmp_file(side: usize) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    file.extend([0; 8]);
    for word in [54_u32, 40, side as u32, side as u32, 24 << 16 | 1] {
        file.extend(word.to_le_bytes());
    }
    file.extend([0; 24]);
    for row in 0..side {
        let values = (0..side * 3).map(|place| texture(row * side + place / 3, side, place % 3) as u8);
        file.extend(values);
        while !(file.len() - 54).is_multiple_of(4) {
            file.push(0);
        }
    }
    file
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse").unwrap()
}

/// Bytes that do not compress.
fn noise(count: usize) -> Vec<u8> {
    let mix = |place: u64| {
        let mixed = (place + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 41) as u8
    };
    (0..count as u64).map(mix).collect()
}

fn payload(bytes: Vec<u8>) -> Payload {
    Payload { name: None, bytes }
}

fn force(method: Method) -> HideOptions {
    HideOptions { method, amount: Amount::Forced, ..HideOptions::default() }
}

fn hide_with(cover: &[u8], payload: &Payload, options: &HideOptions) -> Result<Hidden, HideError> {
    hide(cover, payload, &passphrase(), options, &mut |_| {})
}

fn reveal_with(image: &[u8], passphrase: &Passphrase) -> Result<Payload, RevealError> {
    reveal(image, passphrase, &Limits::default(), &mut |_| {})
}

fn round_trip(cover: &[u8], method: Method, what: &str) {
    let most = capacity(cover, method, Palette::Refuse, &Limits::default()).unwrap().max_bytes;
    assert!(100 < most, "{what} {method:?}: {most}");
    for size in [1, 17, most / 3, most] {
        let payload = payload(noise(size));
        let hidden = hide_with(cover, &payload, &force(method)).unwrap();
        assert_eq!(reveal_with(&hidden.image, &passphrase()), Ok(payload), "{what} {method:?} {size}");
        assert_eq!(&hidden.image[..2], &cover[..2]);
    }
    let payload = payload(noise(most + 1));
    let refused = hide_with(cover, &payload, &force(method)).map(|_| ()).unwrap_err();
    assert_eq!(refused, HideError::DoesNotFit { needed: most + 1, max: most });
}

#[test]
fn every_png_kind_carries_from_one_byte_to_all_it_can() {
    use png::{BitDepth, ColorType};
    for colour in [ColorType::Grayscale, ColorType::GrayscaleAlpha, ColorType::Rgb, ColorType::Rgba] {
        for depth in [BitDepth::Eight, BitDepth::Sixteen] {
            for method in [Method::Lsb, Method::Adaptive] {
                round_trip(&png_file(100, colour, depth), method, &format!("{colour:?} {depth:?}"));
            }
        }
    }
}

#[test]
fn bmp_carries_from_one_byte_to_all_it_can() {
    for method in [Method::Lsb, Method::Adaptive] {
        round_trip(&bmp_file(99), method, "BMP");
    }
}

#[test]
fn small_pictures_say_how_little_they_carry() {
    for side in [1, 8, 20, 40, 64] {
        let cover = gray(side);
        let most = capacity(&cover, Method::Adaptive, Palette::Refuse, &Limits::default()).unwrap().max_bytes;
        let payload = payload(noise(most));
        let hidden = hide_with(&cover, &payload, &force(Method::Adaptive));
        if most == 0 {
            assert!(reveal_with(&cover, &passphrase()).is_err());
        } else {
            assert_eq!(reveal_with(&hidden.unwrap().image, &passphrase()), Ok(payload), "{side}");
        }
    }
}

#[test]
fn a_wrong_passphrase_and_an_untouched_picture_give_one_answer() {
    let cover = gray(100);
    for method in [Method::Lsb, Method::Adaptive] {
        let hidden = hide_with(&cover, &payload(noise(50)), &force(method)).unwrap();
        for other in ["correct horse ", "Correct horse", "x"] {
            let other = Passphrase::new(other).unwrap();
            assert_eq!(reveal_with(&hidden.image, &other), Err(RevealError::Nothing));
            assert_eq!(reveal_with(&cover, &other), Err(RevealError::Nothing));
        }
    }
}

#[test]
fn a_single_damaged_sample_of_a_full_picture_opens_nothing() {
    let cover = gray(100);
    let most = capacity(&cover, Method::Lsb, Palette::Refuse, &Limits::default()).unwrap().max_bytes;
    let hidden = hide_with(&cover, &payload(noise(most)), &force(Method::Lsb)).unwrap();
    let mut carrier = carrier::read(&hidden.image, &Limits::default(), Palette::Refuse).unwrap();
    let mut changes = vec![0; carrier.low_bits().len()];
    changes.iter_mut().step_by(97).for_each(|change| *change = 1);
    carrier.apply(&changes);
    let damaged = carrier.write(Location::Strip);
    assert_eq!(reveal_with(&damaged, &passphrase()), Err(RevealError::Nothing));
}

#[test]
fn more_than_is_safe_needs_force() {
    let cover = gray(200);
    let safe = capacity(&cover, Method::Adaptive, Palette::Refuse, &Limits::default()).unwrap().safe_bytes;
    assert!(500 < safe && safe < 2000, "{safe}");
    let careful = HideOptions::default();
    assert!(hide_with(&cover, &payload(noise(safe)), &careful).is_ok());
    let refused = hide_with(&cover, &payload(noise(safe + 1)), &careful).map(|_| ()).unwrap_err();
    assert_eq!(refused, HideError::Unsafe { needed: safe + 1, safe });
    let safe_in = |cover: &[u8]| {
        capacity(cover, Method::Adaptive, Palette::Refuse, &Limits::default()).unwrap().safe_bytes
    };
    let colours = safe_in(&png_file(200, png::ColorType::Rgb, png::BitDepth::Eight));
    assert!(colours < safe, "three times the samples, and still less is safe: {colours}");
    let quarter = safe_in(&gray(100));
    assert!(
        19 * quarter < 10 * safe && 10 * safe < 22 * quarter,
        "the root of four times the samples: {quarter}"
    );
    // What compresses is measured after that.
    assert!(hide_with(&cover, &payload(vec![b'a'; 4 * safe]), &careful).is_ok());
}

#[test]
fn changes_are_few_by_one_and_where_they_cost_little() {
    let cover = gray(200);
    let hidden = hide_with(&cover, &payload(noise(400)), &force(Method::Adaptive)).unwrap();
    let values = |file: &[u8]| {
        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    };
    let (before, after) = (values(&cover), values(&hidden.image));
    let changed: Vec<usize> = (0..before.len()).filter(|place| before[*place] != after[*place]).collect();
    assert!(changed.iter().all(|place| before[*place].abs_diff(after[*place]) == 1));
    assert_eq!(changed.len(), hidden.report.changed);
    // 400 bytes by plain LSB matching would change 1,600 samples and more.
    assert!(changed.len() < 1000, "{}", changed.len());
    let risen = changed.iter().filter(|place| before[**place] < after[**place]).count();
    assert!(changed.len() / 3 < risen && risen < changed.len() * 2 / 3, "as many up as down: {risen}");
    let carrier = carrier::read(&cover, &Limits::default(), Palette::Refuse).unwrap();
    let costs = carrier.samples(Method::Adaptive).cost;
    let mean = |costs: &mut dyn Iterator<Item = f32>| {
        let costs: Vec<f32> = costs.collect();
        costs.iter().sum::<f32>() / costs.len() as f32
    };
    let all = mean(&mut costs.iter().copied().filter(|cost| cost.is_finite()));
    let chosen = mean(&mut changed.iter().map(|place| costs[*place]));
    assert!(chosen < 0.8 * all, "{chosen} against {all}");
}

#[test]
fn saturated_pictures_are_used_where_they_are_not_and_refused_where_there_is_nowhere() {
    let side = 120;
    let half: Vec<u8> = (0..side * side)
        .map(|place| if place % side < 80 { 255 } else { texture(place, side, 0) as u8 })
        .collect();
    let encode = |pixels: &[u8]| {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(Cursor::new(&mut file), side as u32, side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
        writer.finish().unwrap();
        file
    };
    let cover = encode(&half);
    let capacity = capacity(&cover, Method::Adaptive, Palette::Refuse, &Limits::default()).unwrap();
    assert!(capacity.usable < side * side / 2);
    let payload = payload(noise(capacity.max_bytes));
    let hidden = hide_with(&cover, &payload, &force(Method::Adaptive)).unwrap();
    assert_eq!(reveal_with(&hidden.image, &passphrase()), Ok(payload.clone()));
    let white = encode(&vec![255; side * side]);
    let refused = hide_with(&white, &payload, &force(Method::Adaptive)).map(|_| ()).unwrap_err();
    assert_eq!(refused, HideError::DoesNotFit { needed: payload.bytes.len(), max: 0 });
}

#[test]
fn two_pictures_of_one_message_have_nothing_in_common() {
    let cover = gray(100);
    let payload = Payload { name: Some("plan.txt".to_owned()), bytes: b"meet at nine".to_vec() };
    let one = hide_with(&cover, &payload, &force(Method::Adaptive)).unwrap();
    let two = hide_with(&cover, &payload, &force(Method::Adaptive)).unwrap();
    assert_ne!(one.image, two.image);
    assert_eq!(reveal_with(&one.image, &passphrase()), Ok(payload));
}

#[test]
fn widened_pictures_are_named_and_nothing_is_safe_in_them() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(Cursor::new(&mut file), 60, 60);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().unwrap();
    let bytes: Vec<u8> = (0..3600).flat_map(|place| [texture(place, 60, 0) as u8; 2]).collect();
    writer.write_image_data(&bytes).unwrap();
    writer.finish().unwrap();
    let capacity = capacity(&file, Method::Adaptive, Palette::Refuse, &Limits::default()).unwrap();
    assert_eq!((capacity.safe_bytes, capacity.notes), (0, vec![Note::WidenedEightBit]));
}
