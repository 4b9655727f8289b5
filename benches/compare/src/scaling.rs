//! Time against the size of one event, and against the number of events in a chunk: who is quadratic, and where.

use std::time::Duration;

use bytes::Bytes;

use crate::{
    contenders::{Contender, FAST_PEERS, INCUMBENT, OURS},
    hostile::{best, cut},
    report::number,
};

/// The times of all contenders for one question.
pub(crate) struct Scaling {
    pub(crate) title: &'static str,
    pub(crate) x_label: &'static str,
    pub(crate) y_label: &'static str,
    pub(crate) lines: Vec<Line>,
}

/// The times of one contender: what was asked, and nanoseconds.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// The sizes of an event, 1 kB to 16 MB. Our own limit is 16 MiB.
const SIZES: [usize; 8] = [1_000, 4_000, 16_000, 64_000, 256_000, 1_024_000, 4_096_000, 16_384_000];

/// The events in a chunk.
const COUNTS: [usize; 8] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/// Measures and prints both. Who would need longer than `most` for the next step stops.
pub(crate) fn run(most: Duration) -> [Scaling; 2] {
    let by_size = Scaling {
        title: "Time for one event on one line, in chunks of 1460 bytes",
        x_label: "size of the event in bytes",
        y_label: "time for the event in ns",
        lines: lines(&SIZES, most, |size| {
            let event = [&b"data: "[..], &b"etaoin shrdlu,cm".repeat(size / 16 + 1)[..size], b"\n\n"].concat();
            // Several events if they are small: neither the clock nor the start of a stream is what is asked for.
            let events = 64_000 / size + 1;
            (cut(event.repeat(events), 1460), events as f64)
        }),
    };
    let by_count = Scaling {
        title: "Time an event, by the number of events in a chunk",
        x_label: "events of 119 bytes in a chunk",
        y_label: "time an event in ns",
        lines: lines(&COUNTS, most, |count| {
            let event = format!("event: content_block_delta\ndata: {}\n\n", "x".repeat(84));
            let chunk = Bytes::from(event.repeat(count));
            // Several chunks if they are small, as above.
            let chunks = vec![chunk; 1024 / count + 1];
            let events = (chunks.len() * count) as f64;
            (chunks, events)
        }),
    };
    for scaling in [&by_size, &by_count] {
        print(scaling);
    }
    [by_size, by_count]
}

fn lines(steps: &[usize], most: Duration, make: impl Fn(usize) -> (Vec<Bytes>, f64)) -> Vec<Line> {
    let contenders = OURS.into_iter().chain(FAST_PEERS).chain([INCUMBENT]);
    contenders.map(|contender| Line { name: contender.name, points: points(&contender, steps, most, &make) }).collect()
}

fn points(
    contender: &Contender,
    steps: &[usize],
    most: Duration,
    make: impl Fn(usize) -> (Vec<Bytes>, f64),
) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for &step in steps {
        let (chunks, events) = make(step);
        let (time, total) = best(contender.run, &chunks);
        assert_eq!(total.events as f64, events, "{} at {step}", contender.name);
        points.push((step as f64, time.as_nanos() as f64 / events));
        if time * 16 > most {
            break;
        }
    }
    points
}

fn print(scaling: &Scaling) {
    println!("\n{} ({})", scaling.title, scaling.y_label);
    let columns: String = scaling.lines.iter().map(|line| format!("{:>20}", line.name)).collect();
    println!("{:<12}{columns}", "");
    let longest = scaling.lines.iter().map(|line| line.points.len()).max().unwrap_or(0);
    for row in 0..longest {
        let step = scaling.lines.iter().find_map(|line| line.points.get(row)).map_or(0.0, |point| point.0);
        let columns: String = scaling
            .lines
            .iter()
            .map(|line| format!("{:>20}", line.points.get(row).map_or("stopped".to_owned(), |point| number(point.1))))
            .collect();
        println!("{step:<12}{columns}");
    }
}
