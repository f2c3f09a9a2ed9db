//! Random bytes from the operating system, for keys, codes, salts and nonces.

use zeroize::Zeroizing;

/// Returns `N` random bytes, wiped when dropped.
pub(crate) fn bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    // A server without randomness must not hand out keys; there is nothing to go on with.
    getrandom::fill(&mut bytes[..]).expect("the operating system gives random bytes");
    bytes
}
