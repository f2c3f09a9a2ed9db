//! How long a refusal takes must not say what was wrong. Prints the distributions.

use std::time::{Duration, Instant};

use domain::throttle::{LoginLimits, Rate};
use proto::keys::StaticKey;
use proto::message::{Role, ServerMessage};

use crate::logins::wrong;
use crate::world::{PASSWORD, World};

/// Enough to see a difference of a few per cent; `CHATD_TIMING_TRIES` asks for more.
const TRIES: usize = 24;

#[tokio::test]
async fn unknown_name_wrong_password_and_wrong_code_take_the_same_time() {
    let world = World::start_with(|settings| settings.logins = unlimited()).await;
    let ada = world.newcomer("ada", Role::Member).await;
    let wrong = wrong(&ada.code());
    let cases = [
        ("unknown name", "nobody", PASSWORD, &*wrong),
        ("wrong password", "ada", "not the password", &*wrong),
        ("wrong code", "ada", PASSWORD, &*wrong),
        ("unknown name, recovery code", "nobody", PASSWORD, "aaaa-aaaa-aaaa-aaaa"),
        ("wrong password, recovery code", "ada", "not the password", "aaaa-aaaa-aaaa-aaaa"),
        ("wrong recovery code", "ada", PASSWORD, "aaaa-aaaa-aaaa-aaaa"),
    ];
    let tries =
        std::env::var("CHATD_TIMING_TRIES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(TRIES);
    let mut times = vec![Vec::new(); cases.len()];
    // Interleaved, so that what else the machine does hits all of them alike.
    for _ in 0..tries {
        for ((_, name, password, code), times) in cases.iter().zip(&mut times) {
            let since = Instant::now();
            let first = world.log_in(&StaticKey::generate(), name, password, code).await;
            times.push(since.elapsed());
            assert!(matches!(first, ServerMessage::Denied(_)));
        }
    }
    let medians: Vec<_> = times.iter_mut().map(|times| median(times)).collect();
    for ((name, ..), times) in cases.iter().zip(&times) {
        let (first, last) = (times[0], times[times.len() - 1]);
        let quarters = [1, 2, 3].map(|quarter| times[times.len() * quarter / 4]);
        println!("{name:32} n {tries}  min {first:>9.2?}  quartiles {quarters:>9.2?}  max {last:>9.2?}");
    }
    for (medians, cases) in [(&medians[..3], &cases[..3]), (&medians[3..], &cases[3..])] {
        let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
        // One hash more or less would be a factor of two; this is a tripwire, the figures above are the measurement.
        assert!(*most < *least + *least / 2, "{medians:?} of {cases:?}");
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn unlimited() -> LoginLimits {
    let often = Rate::new(1_000_000, Duration::from_nanos(1));
    LoginLimits {
        network: often,
        around: often,
        account_from_network: often,
        account: often,
        strangers: often,
        known_device: often,
        codes: often,
        codes_in_all: often,
        ..LoginLimits::default()
    }
}
