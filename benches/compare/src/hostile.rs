//! Streams that a hostile peer would send: is the cost of a byte the same, however many there are?

use std::time::Duration;

use bytes::Bytes;

use crate::{
    contenders::{Contender, FAST_PEERS, INCUMBENT, OURS, Run},
    corpus::Total,
    report::number,
    timing::time,
    ways::WAYS,
};

/// A stream of a length that can be chosen.
struct Shape {
    name: &'static str,
    length: usize,
    /// Chunks of so many bytes.
    cut: usize,
    make: fn(usize) -> Made,
}

/// A stream, its events, and the length of all their data.
type Made = (Vec<u8>, usize, usize);

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

const SHAPES: [Shape; 8] = [
    // A comment that never ends.
    Shape { name: "drip of :", length: 256 * KIB, cut: 1, make: |length| (b":".repeat(length), 0, 0) },
    // An unknown field that never ends.
    Shape { name: "drip of x", length: 256 * KIB, cut: 1, make: |length| (b"x".repeat(length), 0, 0) },
    Shape { name: "256 KiB line by 4", length: 256 * KIB, cut: 4, make: line },
    Shape { name: "8 MiB line by 1460", length: 8 * MIB, cut: 1460, make: line },
    // As many events as a chunk can hold.
    Shape {
        name: "1 MiB of data\\n\\n",
        length: MIB,
        cut: MIB,
        make: |length| (b"data\n\n".repeat(length / 6), length / 6, 0),
    },
    Shape { name: "1 MiB of \\r", length: MIB, cut: MIB, make: |length| (b"\r".repeat(length), 0, 0) },
    Shape { name: "1 MiB of id\\n", length: MIB, cut: MIB, make: |length| (b"id\n".repeat(length / 3), 0, 0) },
    LARGE_ID,
];

/// An ID just below the limit, which is 16 MiB for an event as for a line, and 2,000 events that all have it.
/// A copy of the ID for each event shows at once; up to 1 ns a byte more is the allocator's, which gives blocks of this size
/// back to the system, so that their pages are touched for the first time again.
const LARGE_ID: Shape = Shape {
    name: "16 MiB ID, data\\n\\n",
    length: 16 * MIB,
    cut: 1460,
    make: |length| {
        let events = length / (8 * KIB);
        let id = b"i".repeat(length - KIB);
        ([&b"id: "[..], &id, b"\n\n", &b"data\n\n".repeat(events)].concat(), events, 0)
    },
};

fn line(length: usize) -> Made {
    let stream = [&b"data: "[..], &b"etaoin shrdlu,cm".repeat(length / 16), b"\n\n"].concat();
    (stream, 1, length / 16 * 16)
}

/// Prints nanoseconds a byte at a quarter of the length and at all of it. Who would need longer than `most` for the next
/// size does not get it.
pub(crate) fn run(most: Duration, wanted: impl Fn(&str) -> bool) {
    let contenders: Vec<_> = OURS.into_iter().chain(FAST_PEERS).chain([INCUMBENT]).collect();
    let mut is_first = true;
    for shape in SHAPES.iter().filter(|shape| wanted(&format!("hostile/{}", shape.name))) {
        if std::mem::take(&mut is_first) {
            println!("\nhostile streams: ns per byte, at a quarter of the size and at all of it; > was stopped");
            let columns: String = contenders.iter().map(|contender| format!("{:>20}", contender.name)).collect();
            println!("{:<20}{columns}", "stream");
        }
        let columns: String =
            contenders.iter().map(|contender| format!("{:>20}", measure(shape, contender, most))).collect();
        println!("{:<20}{columns}", shape.name);
    }
    if wanted(&format!("hostile/{}", LARGE_ID.name)) {
        println!("\n{} through every driver and adapter, likewise", LARGE_ID.name);
        for way in &WAYS {
            println!("{:<20}{:>20}", way.name, measure(&LARGE_ID, way, most));
        }
    }
}

/// Goes up in steps of four, so that a quadratic decoder is found out before it takes minutes.
fn measure(shape: &Shape, contender: &Contender, most: Duration) -> String {
    let mut found = Vec::new();
    for part in [64, 16, 4, 1] {
        let (stream, events, data_len) = (shape.make)(shape.length / part);
        let length = stream.len() as f64;
        let chunks = cut(stream, shape.cut);
        let (time, total) = best(contender.run, &chunks);
        if (total.events, total.data_len) != (events, data_len) {
            return "WRONG".to_owned();
        }
        let nanos = time.as_nanos() as f64 / length;
        found.push(number(nanos));
        if part > 1 && time * 16 > most {
            let above = format!(">{}", number(nanos));
            found.resize(4, above);
        }
        if found.len() == 4 {
            break;
        }
    }
    format!("{} {}", found[2], found[3])
}

/// The fastest of a few runs; of one if that takes long.
pub(crate) fn best(run: Run, chunks: &[Bytes]) -> (Duration, Total) {
    let mut total = Total::default();
    let mut best = Duration::MAX;
    let mut sum = Duration::ZERO;
    for round in 0.. {
        if round == 50 || sum > Duration::from_millis(100) {
            break;
        }
        let time = time(|| total = run(chunks));
        best = best.min(time);
        sum += time;
    }
    (best, total)
}

/// Chunks of so many bytes.
pub(crate) fn cut(stream: Vec<u8>, step: usize) -> Vec<Bytes> {
    let stream = Bytes::from(stream);
    let starts = (0..stream.len()).step_by(step);
    starts.map(|start| stream.slice(start..stream.len().min(start + step))).collect()
}
