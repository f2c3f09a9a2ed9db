use super::*;

#[test]
fn every_flipped_bit_of_a_text_changes_the_checksum() {
    for length in [1, 7, 8, 9, 100] {
        let text: Vec<u8> = (0..length).collect();
        let whole = checksum(&text);
        for bit in 0..usize::from(length) * 8 {
            let mut flipped = text.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(&flipped), whole, "bit {bit} of {length} bytes");
        }
    }
}

#[test]
fn a_text_is_not_the_same_with_zeros_after_it() {
    assert_ne!(checksum(b"ada"), checksum(b"ada\0"));
    assert_ne!(checksum(b""), checksum(b"\0"));
    assert_ne!(checksum(b""), checksum(&[0; 8]));
}

/// The value is in every database there is: another way to compute it would call all of them damaged.
#[test]
fn the_checksum_stays_what_it_is() {
    assert_eq!(checksum(b"between the two of us"), 730_952_988_803_246_142);
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut checksum = Checksum::default();
    checksum.add_bytes(bytes);
    checksum.0
}
