//! The encode matrix: every way to turn an event into bytes, from text in hand to bytes that can be sent.
//!
//! sse-stream wants `String`s. Who has a `&str`, as all others here, pays for the copy (`sse-stream`); who has owned
//! text already does not (`sse-stream own`). axum gives its bytes out only as frames of a response body, so what is
//! measured is what a server does for each event: to build it, and to poll the body once.

use std::{
    convert::Infallible,
    hint::black_box,
    io::IoSlice,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{
    body::Body,
    response::{IntoResponse, sse},
};
use bytes::{Buf, Bytes};
use http_body::Body as _;
use memchr::memchr2_iter;
use sse_wire::{Decoder, Frame, FrameHead, Utf8Bytes};

use crate::{
    contenders::Ready,
    report::{number, verdict},
    timing::{Plan, Race, Task, run_all, time},
};

/// What is sent. The text lives as long as the program, because axum's streams must be `'static`.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    event_type: Option<&'static str>,
    id: Option<&'static str>,
    data: Option<&'static str>,
    comment: Option<&'static str>,
}

const COLUMNS: [&str; 8] =
    ["encode", "to_bytes", "to_buf", "sse-stream", "sse-stream own", "axum", "memchr2", "memcpy"];

/// Where in its page the data starts, each in a race of its own; of each contender the best counts. Where text and buffer have
/// addresses that end in the same twelve bits, a processor takes a load from one for a load from the other: 3 short lines
/// take 20 ns instead of 14, and it is a matter of luck who meets that.
const PLACES: [usize; 3] = [0, 1360, 2720];

/// Runs the cases whose name is wanted, and prints them.
pub(crate) fn run(plan: Plan, wanted: impl Fn(&str) -> bool) {
    let cases: Vec<_> = cases().into_iter().filter(|case| wanted(&format!("encode/{}", case.name))).collect();
    if !cases.is_empty() {
        let rows = measure(plan, &cases);
        print(&rows);
        targets(&rows);
    }
    if wanted("encode/fan-out") {
        fan_out(plan);
    }
}

fn print(rows: &[Row]) {
    println!("\nencode: one event from text to bytes (ns per event)");
    let columns = COLUMNS.map(|name| format!("{name:>16}")).concat();
    println!("{:<14}{:>7}{columns}", "event", "bytes");
    for row in rows {
        let columns = row.nanos.map(|nanos| format!("{:>16}", nanos.map_or("-".to_owned(), number))).concat();
        println!("{:<14}{:>7}{columns}", row.case, row.length);
    }
}

fn cases() -> Vec<Case> {
    let case = Case { name: "", event_type: None, id: None, data: None, comment: None };
    let line = "fn main() { println!(\"{}\", std::env::args().count()); } // eighty bytes, all in";
    let token =
        format!("{{\"id\":\"chatcmpl-B9MHDb\",\"choices\":[{{\"delta\":{{\"content\":\" {}\"}}}}]}}", "x".repeat(189));
    vec![
        Case {
            name: "small",
            event_type: Some("tick"),
            id: Some("1234567"),
            data: Some("{\"price\":101.25,\"size\":300,\"side\":\"buy\"}"),
            ..case
        },
        Case { name: "token-250", data: Some(token.leak()), ..case },
        Case { name: "3-lines", data: Some("the first line\nthe second line\nthe third line"), ..case },
        Case { name: "20-lines-80", data: Some([line; 20].join("\n").leak()), ..case },
        Case { name: "ascii-40k", data: Some("etaoin shrdlu,cm".repeat(2500).leak()), ..case },
        Case { name: "keep-alive", comment: Some("keep-alive"), ..case },
    ]
}

impl Case {
    fn moved(self, by: usize) -> Self {
        let moved = |text: &str| -> &'static str { &(" ".repeat(by) + text).leak()[by..] };
        Self { data: self.data.map(moved), ..self }
    }
}

struct Row {
    case: &'static str,
    length: usize,
    /// In the order of [`COLUMNS`].
    nanos: [Option<f64>; COLUMNS.len()],
}

impl Row {
    fn new(case: &Case, columns: &[usize], race: &Race) -> Self {
        let mut nanos = [None; COLUMNS.len()];
        for (&column, task) in columns.iter().zip(race) {
            nanos[column] = Some(task.nanos() / times(case) as f64);
        }
        Self { case: case.name, length: frame(case).to_encoded().len(), nanos }
    }

    fn best(self, other: Self) -> Self {
        let best = |at: usize| [self.nanos[at], other.nanos[at]].into_iter().flatten().reduce(f64::min);
        Self { nanos: std::array::from_fn(best), ..self }
    }

    fn nanos(&self, column: &str) -> Option<f64> {
        self.nanos[COLUMNS.iter().position(|name| *name == column)?]
    }
}

fn measure(plan: Plan, cases: &[Case]) -> Vec<Row> {
    let moved = cases.iter().flat_map(|case| PLACES.map(|place| case.moved(place)));
    let (columns, mut races): (Vec<Vec<usize>>, Vec<Race>) = moved.map(|case| race(&case).into_iter().unzip()).unzip();
    run_all(plan, &mut races);

    let (columns, races) = (columns.chunks(PLACES.len()), races.chunks(PLACES.len()));
    let rows = cases.iter().zip(columns.zip(races)).map(|(case, (columns, races))| {
        let at_places = columns.iter().zip(races).map(|(columns, race)| Row::new(case, columns, race));
        at_places.reduce(Row::best).expect("a place")
    });
    rows.collect()
}

/// The contenders with their columns.
fn race(&case: &Case) -> Vec<(usize, Task)> {
    check(&case);
    let times = times(&case);
    let text = case.data.unwrap_or_default();
    let payload = Utf8Bytes::from(text);
    let mut buffer = Vec::with_capacity(frame(&case).to_encoded().len());
    let mut target = vec![0; text.len()];
    let mut body = axum_body(case);

    let mut tasks = vec![
        (0, repeated(times, move || encode(&case, &mut buffer))),
        (1, repeated(times, move || _ = black_box(frame(&case).to_encoded()))),
        (5, repeated(times, move || _ = black_box(next_frame(&mut body)))),
        (6, repeated(times, move || _ = black_box(memchr2_iter(b'\r', b'\n', black_box(text.as_bytes())).count()))),
        (7, repeated(times, move || target.copy_from_slice(black_box(text.as_bytes())))),
    ];
    if case.data.is_some() {
        tasks.push((2, repeated(times, move || send(head(&case).shared_data(payload.clone())))));
        tasks.push((3, repeated(times, move || _ = black_box(peer(&case).encode().is_ok_and(keep)))));
        tasks.push((4, Task::self_timed(move || encode_owned(&case, times))));
    }
    tasks
}

/// How often in a run: about a quarter megabyte, far above what the clock costs.
fn times(case: &Case) -> usize {
    256 * 1024 / (frame(case).to_encoded().len() + 64) + 1
}

fn repeated(times: usize, mut work: impl FnMut() + 'static) -> Task {
    Task::new(move || (0..times).for_each(|_| work()))
}

fn encode(case: &Case, buffer: &mut Vec<u8>) {
    buffer.clear();
    frame(case).encode(buffer);
    black_box(&buffer[..]);
}

/// What is checked when a value is set is part of the price.
fn frame<'a>(case: &Case) -> Frame<'a> {
    let case = black_box(case);
    Frame::from(head(case)).maybe_data(case.data)
}

fn head<'a>(case: &Case) -> FrameHead<'a> {
    let mut frame = Frame::head();
    if let Some(event_type) = case.event_type {
        frame = frame.event_type(event_type).expect("no line break");
    }
    if let Some(id) = case.id {
        frame = frame.id(id).expect("no line break");
    }
    if let Some(comment) = case.comment {
        frame = frame.comment(comment);
    }
    frame
}

/// What a vectored write to a socket that takes everything does.
fn send(mut frame: impl Buf) {
    while frame.has_remaining() {
        let mut slices = [IoSlice::new(&[]); 64];
        let count = frame.chunks_vectored(&mut slices);
        let slices = black_box(&slices[..count]);
        let length = slices.iter().map(|slice| slice.len()).sum();
        frame.advance(length);
    }
}

fn peer(case: &Case) -> sse_stream::Sse {
    let case = black_box(case);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    sse_stream::Sse { event: owned(case.event_type), id: owned(case.id), data: owned(case.data), retry: None }
}

fn keep(bytes: Bytes) -> bool {
    black_box(bytes);
    true
}

/// The encoding alone, in batches that stay in the cache.
fn encode_owned(case: &Case, times: usize) -> Duration {
    let batch = 32 * 1024 / (case.data.map_or(0, str::len) + 64) + 1;
    let mut sum = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let events: Vec<_> = (0..batch.min(left)).map(|_| peer(case)).collect();
        left -= events.len();
        sum += time(|| {
            for event in events {
                black_box(event.encode().is_ok_and(keep));
            }
        });
    }
    sum
}

/// A response whose stream builds the same event again and again.
fn axum_body(case: Case) -> Body {
    let events = std::iter::repeat_with(move || {
        let case = black_box(&case);
        let mut event = sse::Event::default();
        if let Some(event_type) = case.event_type {
            event = event.event(event_type);
        }
        if let Some(id) = case.id {
            event = event.id(id);
        }
        if let Some(comment) = case.comment {
            event = event.comment(comment);
        }
        if let Some(data) = case.data {
            event = event.data(data);
        }
        Ok::<_, Infallible>(event)
    });
    sse::Sse::new(Ready(events)).into_response().into_body()
}

fn next_frame(body: &mut Body) -> Option<Bytes> {
    match Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
        _ => None,
    }
}

/// All of them must say the same; the order of the fields is theirs.
fn check(case: &Case) {
    let ours = frame(case).to_encoded();
    let mut outputs = vec![next_frame(&mut axum_body(*case)).expect("a frame")];
    let mut buffer = Vec::new();
    encode(case, &mut buffer);
    outputs.push(buffer.into());
    if let Some(data) = case.data {
        outputs.push(peer(case).encode().expect("no line break"));
        let mut vectored = head(case).shared_data(data);
        outputs.push(vectored.copy_to_bytes(vectored.remaining()));
    }
    for output in outputs {
        assert_eq!(output.len(), ours.len(), "{}", case.name);
        assert_eq!(read(&output), read(&ours), "{}", case.name);
    }
}

fn read(mut bytes: &[u8]) -> Option<(String, String, String)> {
    let mut decoder = Decoder::new();
    let event = decoder.decode(&mut bytes).ok()??;
    Some((event.event_type().to_owned(), event.last_event_id().to_owned(), event.data().to_owned()))
}

fn targets(rows: &[Row]) {
    println!("\ntargets");
    let small = ["small", "3-lines", "20-lines-80"];
    let all = ["small", "token-250", "3-lines", "20-lines-80", "ascii-40k"];
    let checks: [(&str, &str, &[&str], f64); 7] = [
        ("encode", "sse-stream", &small, 3.0),
        ("encode", "axum", &small, 10.0),
        ("encode", "sse-stream", &["ascii-40k"], 1.5),
        ("to_bytes", "sse-stream", &all, 1.3),
        ("encode", "sse-stream own", &small, 3.0),
        ("encode", "sse-stream own", &["ascii-40k"], 1.5),
        ("to_bytes", "sse-stream own", &all, 1.3),
    ];
    for (ours, peer, names, wanted) in checks {
        let rows = rows.iter().filter(|row| names.contains(&row.case));
        let ratios: Vec<_> = rows.filter_map(|row| Some((row.case, row.nanos(peer)? / row.nanos(ours)?))).collect();
        let text: Vec<_> = ratios.iter().map(|(case, ratio)| format!("{case} {ratio:.2}")).collect();
        let is_met = ratios.iter().all(|(_, ratio)| *ratio >= wanted);
        verdict(is_met, &format!("{ours} vs {peer}, wanted {wanted:.1}: {}", text.join(", ")));
    }
    let long = rows.iter().find(|row| row.case == "ascii-40k");
    if let Some(part) = long.and_then(|row| Some(row.nanos("to_buf")? / row.nanos("memchr2")?)) {
        verdict(part <= 1.3, &format!("to_buf ascii-40k: {part:.2} times one memchr2 pass, wanted 1.3 at most"));
    }
}

/// One event to many subscribers: we encode it once, axum's events are encoded for each.
fn fan_out(plan: Plan) {
    let cases = cases().into_iter().take(2);
    let pairs: Vec<_> = cases.flat_map(|case| [1, 100, 10_000].map(|subscribers| (case, subscribers))).collect();
    let mut races: Vec<_> = pairs.iter().map(|&(case, subscribers)| fan_out_race(case, subscribers)).collect();
    run_all(plan, &mut races);

    println!("\nfan-out: one event to N subscribers (ns per subscriber)");
    println!("{:<14}{:>12}{:>16}{:>16}{:>16}", "event", "subscribers", "to_bytes+clone", "axum", "axum/ours");
    for ((case, subscribers), race) in pairs.iter().zip(&races) {
        let [ours, axum] = [&race[0], &race[1]].map(|task| task.nanos() / FAN_OUT as f64);
        let ratio = axum / ours;
        println!("{:<14}{subscribers:>12}{:>16}{:>16}{ratio:>16.1}", case.name, number(ours), number(axum));
    }
}

/// How many get an event in one run.
const FAN_OUT: usize = 10_000;

fn fan_out_race(case: Case, subscribers: usize) -> Race {
    let mut body = axum_body(case);
    vec![
        repeated(FAN_OUT / subscribers, move || {
            let bytes = frame(&case).to_encoded();
            (0..subscribers).for_each(|_| _ = black_box(bytes.clone()));
        }),
        repeated(FAN_OUT, move || _ = black_box(next_frame(&mut body))),
    ]
}
