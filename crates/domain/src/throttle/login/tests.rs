use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::*;

/// How long the authenticator's code is accepted: its step and one on either side.
const CODE_LIFE: Duration = Duration::from_secs(90);
/// Three of a million codes are good at any time.
const CHANCE: f64 = 3e-6;
const ADA: Subject = Subject([1; 16]);
const BOB: Subject = Subject([200; 16]);

#[test]
fn one_network_has_at_most_five_tries_in_the_life_of_a_code_and_then_waits() {
    let (mut throttle, start) = fresh();
    let mallory = stranger(network(9), ADA);
    let tries: Vec<_> = (0..3_600)
        .map(|second| start + Duration::from_secs(second))
        .filter(|now| throttle.admit(&mallory, *now) == Verdict::Go)
        .collect();
    assert!(most_within(CODE_LIFE, &tries) <= 5, "{} tries", most_within(CODE_LIFE, &tries));
    assert_eq!(tries.len(), 5 + 3_600 / 120 - 1);
    let last = start + Duration::from_secs(3_599);
    assert_eq!(throttle.admit(&mallory, last), Verdict::Wait(Duration::from_secs(1)));
}

#[test]
fn tries_at_the_same_moment_are_all_counted() {
    let (mut throttle, start) = fresh();
    let went = (0..100).filter(|_| throttle.admit(&stranger(network(9), ADA), start) == Verdict::Go).count();
    assert_eq!(went, 5);
}

#[test]
fn waiting_as_long_as_told_is_enough() {
    let (mut throttle, mut now) = fresh();
    for _ in 0..200 {
        if let Verdict::Wait(wait) = throttle.admit(&stranger(network(9), ADA), now) {
            now += wait;
            assert_eq!(throttle.admit(&stranger(network(9), ADA), now), Verdict::Go);
        }
    }
}

/// 10,000 networks try 1,000 accounts as fast as they like. Who has a known device does not notice; who has none can
/// come in once the attack is over.
#[test]
fn password_spraying_never_keeps_the_owner_of_a_known_device_out() {
    let (mut throttle, start) = fresh();
    let (mut owner_in, mut stranger_in, mut sprayed, mut tries) = (0, 0, 0, 0);
    for round in 0..100_u32 {
        let now = start + Duration::from_secs(u64::from(round) * 3);
        for bot in 0..1_000 {
            let number = (round * 1_000 + bot) % 10_000;
            let spray = stranger(network(number), user(bot % 1_000));
            tries += 1;
            if throttle.admit(&spray, now) == Verdict::Go {
                sprayed += 1;
                assert_eq!(throttle.judge(&spray, Finding::WrongPassword, now), Judgement::Refuse);
            }
        }
        owner_in += u32::from(comes_in(&mut throttle, &known(network(3), user(7)), now));
        stranger_in += u32::from(comes_in(&mut throttle, &stranger(network(60_000), user(8)), now));
    }
    println!(
        "{tries} tries sprayed, {sprayed} admitted; known device in {owner_in}/100, new device in {stranger_in}/100"
    );
    assert_eq!(owner_in, 100);
    assert!(stranger_in < 100, "the attack throttles nobody, the test proves nothing");
    assert!(sprayed <= 50 + 5 * 300, "all strangers together stay within what the hashing threads can do");
    let after = start + Duration::from_secs(3_600);
    assert!(comes_in(&mut throttle, &stranger(network(60_000), user(8)), after));
}

#[test]
fn one_network_that_guesses_does_not_keep_the_owner_out_of_a_new_device_elsewhere() {
    let (mut throttle, start) = fresh();
    for second in 0..3_600 {
        let now = start + Duration::from_secs(second);
        let _ = throttle.admit(&stranger(network(9), ADA), now);
        let _ = throttle.admit(&stranger(network(9), BOB), now);
    }
    let now = start + Duration::from_secs(3_599);
    assert!(comes_in(&mut throttle, &stranger(network(700), ADA), now));
    assert!(comes_in(&mut throttle, &stranger(network(700), BOB), now));
    assert!(!comes_in(&mut throttle, &stranger(network(9), ADA), now));
}

#[test]
fn an_ipv6_customer_is_one_network_however_many_addresses_he_uses() {
    let (mut throttle, start) = fresh();
    let host = |net: u16, host: u16| Network::of(Ipv6Addr::new(0x2001, 0xdb8, 1, net, 0, 0, 0, host).into());
    let went =
        (0..1_000).filter(|at| throttle.admit(&stranger(host(0, *at), ADA), start) == Verdict::Go).count();
    assert_eq!(went, 5);
    let (mut throttle, start) = fresh();
    let mut went = 0;
    for second in 0..600_u16 {
        for at in 0..10 {
            let attempt = stranger(host(second * 10 + at, 1), user(u32::from(second) * 10 + u32::from(at)));
            went += u32::from(
                throttle.admit(&attempt, start + Duration::from_secs(second.into())) == Verdict::Go,
            );
        }
    }
    assert!(went <= 160 + 600 * 4 / 5, "{went} tries from one /48");
}

/// Somebody has the password, a year and as many networks as he likes.
#[test]
fn a_year_of_guessing_codes_succeeds_less_than_once_in_a_thousand() {
    let guesses = a_year_of_guesses(LoginLimits::default());
    let (count, chance) = chance(&guesses);
    println!("with the password, a year and 10,000 networks: {count} guesses count, chance {chance:.1e}");
    assert!(chance <= 1e-3, "{chance}");
    assert!(
        most_within(CODE_LIFE, &guesses) <= 5,
        "{} guesses at one code",
        most_within(CODE_LIFE, &guesses)
    );
}

/// The test above without the long count: it has to fail.
#[test]
fn without_the_long_count_guessing_codes_would_succeed() {
    let limits = LoginLimits { codes_in_all: Rate::new(u32::MAX, Duration::ZERO), ..LoginLimits::default() };
    let (count, chance) = chance(&a_year_of_guesses(limits));
    println!("without the long count: {count} guesses, chance {chance:.2}");
    assert!(1e-2 < chance);
}

#[test]
fn while_somebody_guesses_codes_the_owner_comes_in_by_known_device_or_recovery_code() {
    let (mut throttle, start) = fresh();
    for at in 0..40 {
        let mallory = stranger(network(at), ADA);
        let now = start + Duration::from_secs(u64::from(at) * 60);
        assert_eq!(throttle.admit(&mallory, now), Verdict::Go);
        throttle.judge(&mallory, Finding::WrongCode, now);
    }
    let now = start + Duration::from_secs(3_600);
    let new_device = stranger(network(700), ADA);
    assert_eq!(throttle.judge(&new_device, Finding::RightCode, now), Judgement::RefuseAndWarn);
    assert_eq!(throttle.judge(&new_device, Finding::WrongCode, now), Judgement::RefuseAndWarn);
    assert_eq!(throttle.judge(&new_device, Finding::WrongPassword, now), Judgement::Refuse);
    assert_eq!(throttle.judge(&new_device, Finding::RecoveryCode, now), Judgement::Accept);
    assert!(comes_in(&mut throttle, &known(network(3), ADA), now));
    throttle.forget(ADA);
    assert_eq!(throttle.judge(&new_device, Finding::RightCode, now), Judgement::Accept);
}

#[test]
fn a_stolen_device_guesses_no_better_than_a_stranger() {
    let (mut throttle, start) = fresh();
    let stolen = known(network(9), ADA);
    let mut guesses = Vec::new();
    for minute in 0..365 * 24 * 60 / 10 {
        let now = start + Duration::from_secs(minute * 600);
        if throttle.admit(&stolen, now) == Verdict::Go
            && throttle.judge(&stolen, Finding::WrongCode, now) == Judgement::Refuse
        {
            guesses.push(now);
        }
    }
    assert!(chance(&guesses).1 <= 1e-3);
}

#[test]
fn a_known_device_that_fails_is_throttled_by_itself() {
    let (mut throttle, start) = fresh();
    let stolen = known(network(9), ADA);
    let went = (0..100).filter(|_| throttle.admit(&stolen, start) == Verdict::Go).count();
    assert_eq!(went, 10);
    assert_eq!(throttle.admit(&stolen, start), Verdict::Wait(Duration::from_secs(10)));
    assert!(
        comes_in(&mut throttle, &known(network(9), BOB), start),
        "another account's device on the same network"
    );
    assert!(comes_in(&mut throttle, &stranger(network(9), ADA), start), "a stranger");
    assert!(comes_in(&mut throttle, &stolen, start + Duration::from_secs(10)));
}

#[test]
fn success_costs_nothing_and_failure_stays_counted() {
    let (mut throttle, start) = fresh();
    for second in 0..1_000 {
        let now = start + Duration::from_secs(second);
        assert!(comes_in(&mut throttle, &stranger(network(3), ADA), now), "second {second}");
    }
    assert_eq!(throttle.keys(), 4, "nothing is owed: the keys wait to be dropped");
    let now = start + Duration::from_secs(1_000);
    for _ in 0..5 {
        assert_eq!(throttle.admit(&stranger(network(3), ADA), now), Verdict::Go);
    }
    assert!(!comes_in(&mut throttle, &stranger(network(3), ADA), now));
}

#[test]
fn an_account_that_does_not_exist_is_throttled_like_one_that_does() {
    let (mut throttle, start) = fresh();
    for second in 0..600 {
        let now = start + Duration::from_secs(second);
        let real = throttle.admit(&stranger(network(1), ADA), now);
        let unreal = throttle.admit(&stranger(network(200_000), user(1)), now);
        assert_eq!(real, unreal, "second {second}");
    }
    let lookalike = AccountName::parse("\u{430}\u{441}\u{435}").unwrap();
    assert_eq!(Subject::of(&lookalike), subject("ace"), "lookalikes share a count");
    assert_ne!(Subject::of_text("not a name!"), Subject::of_text("not a name?"));
}

#[test]
fn memory_stays_within_the_limit_and_the_worst_offender_is_not_forgotten() {
    let start = Instant::now();
    let endless = Rate::new(u32::MAX, Duration::ZERO);
    let limits = LoginLimits { table: 1_000, strangers: endless, ..LoginLimits::default() };
    let mut throttle = LoginThrottle::new(limits, start);
    for at in 0..20 {
        assert_eq!(throttle.admit(&stranger(network(1), user(1_000_000 + at)), start), Verdict::Go);
    }
    for number in 0..10_000 {
        let _ = throttle.admit(&stranger(network(1_000 + number), user(number)), start);
        assert!(throttle.keys() <= 4 * 1_000);
    }
    assert_ne!(throttle.admit(&stranger(network(1), user(2)), start), Verdict::Go);
}

#[test]
fn a_clock_that_steps_back_neither_frees_the_guesser_nor_locks_the_owner() {
    let (mut throttle, start) = fresh();
    while throttle.admit(&stranger(network(9), ADA), start) == Verdict::Go {}
    let before = start - Duration::from_secs(3_600);
    assert!(
        matches!(throttle.admit(&stranger(network(9), ADA), before), Verdict::Wait(wait) if wait <= Duration::from_secs(120))
    );
    assert!(comes_in(&mut throttle, &known(network(9), ADA), before));
    let moment = Duration::from_millis(200);
    assert_eq!(throttle.admit(&stranger(network(700), BOB), before), Verdict::Wait(moment));
    assert!(comes_in(&mut throttle, &stranger(network(700), BOB), before + moment));
    assert!(comes_in(&mut throttle, &stranger(network(9), ADA), before + Duration::from_secs(120)));
}

/// All guesses that count, made as early as the throttle lets one.
fn a_year_of_guesses(limits: LoginLimits) -> Vec<Instant> {
    let start = Instant::now();
    let mut throttle = LoginThrottle::new(limits, start);
    let (mut guesses, mut number) = (Vec::new(), 0);
    for visit in 0..365 * 24 * 4 {
        let now = start + Duration::from_secs(visit * 15 * 60);
        for _ in 0..8 {
            number = (number + 1) % 10_000;
            let mallory = stranger(network(number), ADA);
            if throttle.admit(&mallory, now) != Verdict::Go
                || throttle.judge(&mallory, Finding::WrongCode, now) != Judgement::Refuse
            {
                break;
            }
            guesses.push(now);
        }
    }
    guesses
}

fn chance(guesses: &[Instant]) -> (u32, f64) {
    let count = u32::try_from(guesses.len()).unwrap();
    (count, 1.0 - (1.0 - CHANCE).powf(f64::from(count)))
}

fn most_within(stretch: Duration, times: &[Instant]) -> usize {
    let from =
        |first: usize| times[first..].iter().take_while(|time| **time < times[first] + stretch).count();
    (0..times.len()).map(from).max().unwrap_or(0)
}

fn comes_in(throttle: &mut LoginThrottle, attempt: &LoginAttempt, now: Instant) -> bool {
    if throttle.admit(attempt, now) != Verdict::Go {
        return false;
    }
    let accepted = throttle.judge(attempt, Finding::RightCode, now) == Judgement::Accept;
    if accepted {
        throttle.give_back(attempt, now);
    }
    accepted
}

fn fresh() -> (LoginThrottle, Instant) {
    // A day after the clock's own start, so that tests can step back.
    let start = Instant::now() + Duration::from_secs(86_400);
    (LoginThrottle::new(LoginLimits::default(), start), start)
}

fn stranger(network: Network, subject: Subject) -> LoginAttempt {
    LoginAttempt { network, subject, standing: Standing::Stranger }
}

fn known(network: Network, subject: Subject) -> LoginAttempt {
    LoginAttempt { standing: Standing::KnownDevice, ..stranger(network, subject) }
}

/// The accounts of a crowd, without the work of making up names.
fn user(number: u32) -> Subject {
    let mut subject = [0; 16];
    subject[..4].copy_from_slice(&number.to_be_bytes());
    Subject(subject)
}

fn subject(name: &str) -> Subject {
    Subject::of(&AccountName::parse(name).unwrap())
}

/// The networks of different numbers lie in different /24s.
fn network(number: u32) -> Network {
    Network::of(IpAddr::V4(Ipv4Addr::from_bits(0x0b00_0000 + (number << 8))))
}
