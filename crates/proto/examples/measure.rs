//! Prints what the transport costs: memory per connection, nanoseconds per message, microseconds per handshake.
//!
//! `cargo run --release -p proto --example measure`

use std::time::{Duration, Instant};

use bytes::BytesMut;
use proto::handshake::{Initiator, Responder};
use proto::keys::StaticKey;
use proto::message::{Opening, Resume};
use proto::text::Text;
use proto::transport::{Transport, next_frame};

fn main() {
    memory();
    for size in [100, 1024, 16 * 1024] {
        for batch in [1, 8, 64, 512] {
            speed(size, batch);
        }
    }
    handshakes();
}

fn memory() {
    let connections = 5_000;
    let before = resident_bytes();
    let transports: Vec<Transport> = (0..connections).map(|_| pair().1).collect();
    let after = resident_bytes();
    println!(
        "transport: {} B in place, {} B resident each ({connections} of them)",
        size_of::<Transport>(),
        (after - before) / connections
    );
    drop(transports);
}

fn speed(size: usize, batch: usize) {
    let (mut client, mut server) = pair();
    let messages = vec![vec![7_u8; size]; batch];
    let (mut sealing, mut opening) = (Fastest::default(), Fastest::default());
    let mut out = BytesMut::with_capacity(1 << 20);
    let until = Instant::now() + Duration::from_millis(300);
    while Instant::now() < until {
        let mut left = messages.as_slice();
        sealing.time(|| {
            while !left.is_empty() {
                let taken = server.seal(left, &mut out).expect("messages are short enough");
                left = &left[taken..];
            }
        });
        opening.time(|| {
            while let Some(frame) = next_frame(&mut out).expect("our own frames are well-formed") {
                client.open(&frame).expect("frames are in order");
            }
        });
    }
    let (seal, open) = (sealing.nanoseconds_each(batch), opening.nanoseconds_each(batch));
    println!("{size:6} B x {batch:4}: seal {seal:8.1} ns, open {open:8.1} ns per message");
}

fn handshakes() {
    let (server, device) = (StaticKey::generate(), StaticKey::generate());
    let mut steps: [Fastest; 4] = Default::default();
    for _ in 0..2_000 {
        let (initiator, first) = steps[0].time(|| Initiator::start(&device));
        let (second, waiting) =
            steps[1].time(|| Responder::new(&server).read_first(&first[12..]).expect("m1 is good"));
        let (third, _) = steps[2].time(|| {
            let introduced = initiator.read_reply(&second[2..]).expect("m2 is good");
            introduced.finish(&opening()).expect("the opening fits")
        });
        steps[3].time(|| waiting.read_third(&third[2..]).expect("m3 is good"));
    }
    let [start, answer, finish, accept] = steps.map(|step| step.0.unwrap_or_default());
    println!("handshake: client {:?}, server {:?}", start + finish, answer + accept);
}

/// The shortest of many times: what it costs when nothing else runs in between.
#[derive(Default)]
struct Fastest(Option<Duration>);

impl Fastest {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        self.0 = Some(self.0.map_or(took, |fastest| fastest.min(took)));
        result
    }

    fn nanoseconds_each(&self, count: usize) -> f64 {
        let count = u32::try_from(count).expect("batches are small");
        self.0.unwrap_or_default().as_secs_f64() * 1e9 / f64::from(count)
    }
}

fn pair() -> (Transport, Transport) {
    let (initiator, first) = Initiator::start(&StaticKey::generate());
    let (second, waiting) =
        Responder::new(&StaticKey::generate()).read_first(&first[12..]).expect("m1 is good");
    let introduced = initiator.read_reply(&second[2..]).expect("m2 is good");
    let (third, client) = introduced.finish(&opening()).expect("the opening fits");
    (client, waiting.read_third(&third[2..]).expect("m3 is good").transport)
}

fn opening() -> Opening {
    Opening::Resume(Resume { client: Text::cut("measure") })
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has /proc");
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.expect("the second field of statm is a number") * 4096
}
