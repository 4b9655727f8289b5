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
use sse_wire::{Decoder, Frame, Utf8Bytes};

use crate::{
    contenders::Ready,
    report::{number, verdict},
    timing::{Plan, Task, race, time},
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

/// Where in its page the data starts, one after the other; of each contender the best counts. Where text and buffer have
/// addresses that end in the same twelve bits, a processor takes a load from one for a load from the other: 3 short lines
/// take 20 ns instead of 14, and it is a matter of luck who meets that.
const PLACES: [usize; 3] = [0, 1360, 2720];

/// Runs the cases whose name is wanted, and prints them.
pub(crate) fn run(plan: Plan, wanted: impl Fn(&str) -> bool) {
    let cases = cases().into_iter().filter(|case| wanted(&format!("encode/{}", case.name)));
    let mut rows = Vec::new();
    for case in cases {
        if rows.is_empty() {
            println!("\nencode: one event from text to bytes (ns per event)");
            let columns = COLUMNS.map(|name| format!("{name:>16}")).concat();
            println!("{:<14}{:>7}{columns}", "event", "bytes");
        }
        let row = PLACES.map(|place| race_case(plan.part_of(PLACES.len()), &case.moved(place)));
        let row = row.into_iter().reduce(Row::best).expect("a place");
        let columns = row.nanos.map(|nanos| format!("{:>16}", nanos.map_or("-".to_owned(), number))).concat();
        println!("{:<14}{:>7}{columns}", case.name, row.length);
        rows.push(row);
    }
    if !rows.is_empty() {
        targets(&rows);
    }
    if wanted("encode/fan-out") {
        fan_out(plan);
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
    fn best(self, other: Self) -> Self {
        let best = |at: usize| [self.nanos[at], other.nanos[at]].into_iter().flatten().reduce(f64::min);
        Self { nanos: std::array::from_fn(best), ..self }
    }

    fn nanos(&self, column: &str) -> Option<f64> {
        self.nanos[COLUMNS.iter().position(|name| *name == column)?]
    }
}

fn race_case(plan: Plan, case: &Case) -> Row {
    check(case);
    let bytes = frame(case).to_bytes();
    // Runs of about a quarter megabyte: far above what the clock costs.
    let times = 256 * 1024 / (bytes.len() + 64) + 1;
    let text = case.data.unwrap_or_default();
    let payload = Utf8Bytes::from(text);
    let mut buffer = Vec::with_capacity(bytes.len());
    let mut target = vec![0; text.len()];
    let mut body = axum_body(*case);

    let mut tasks = vec![
        (0, repeated(times, || encode(case, &mut buffer))),
        (1, repeated(times, || _ = black_box(frame(case).to_bytes()))),
        (5, repeated(times, || _ = black_box(next_frame(&mut body)))),
        (6, repeated(times, || _ = black_box(memchr2_iter(b'\r', b'\n', black_box(text.as_bytes())).count()))),
        (7, repeated(times, || target.copy_from_slice(black_box(text.as_bytes())))),
    ];
    if case.data.is_some() {
        tasks.push((2, repeated(times, || send(head(case).to_buf(payload.clone())))));
        tasks.push((3, repeated(times, || _ = black_box(peer(case).encode().is_ok_and(keep)))));
        tasks.push((4, Task::self_timed(|| encode_owned(case, times))));
    }
    let (columns, mut tasks): (Vec<_>, Vec<_>) = tasks.into_iter().unzip();
    race(plan, &mut tasks);
    let mut nanos = [None; COLUMNS.len()];
    for (column, task) in columns.into_iter().zip(&tasks) {
        nanos[column] = Some(task.nanos() / times as f64);
    }
    Row { case: case.name, length: bytes.len(), nanos }
}

fn repeated<'a>(times: usize, mut work: impl FnMut() + 'a) -> Task<'a> {
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
    let mut frame = head(case);
    if let Some(data) = case.data {
        frame = frame.data(data);
    }
    frame
}

fn head<'a>(case: &Case) -> Frame<'a> {
    let mut frame = Frame::new();
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
    let ours = frame(case).to_bytes();
    let mut outputs = vec![next_frame(&mut axum_body(*case)).expect("a frame")];
    let mut buffer = Vec::new();
    encode(case, &mut buffer);
    outputs.push(buffer.into());
    if let Some(data) = case.data {
        outputs.push(peer(case).encode().expect("no line break"));
        let mut vectored = head(case).to_buf(data);
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
    println!("\nfan-out: one event to N subscribers (ns per subscriber)");
    println!("{:<14}{:>12}{:>16}{:>16}{:>16}", "event", "subscribers", "to_bytes+clone", "axum", "axum/ours");
    for case in cases().into_iter().take(2) {
        for subscribers in [1, 100, 10_000] {
            let mut body = axum_body(case);
            let mut tasks = [
                repeated(10_000 / subscribers, || {
                    let bytes = frame(&case).to_bytes();
                    (0..subscribers).for_each(|_| _ = black_box(bytes.clone()));
                }),
                repeated(10_000, || _ = black_box(next_frame(&mut body))),
            ];
            race(plan, &mut tasks);
            let [ours, axum] = tasks.map(|task| task.nanos() / 10_000.0);
            let ratio = axum / ours;
            println!("{:<14}{subscribers:>12}{:>16}{:>16}{ratio:>16.1}", case.name, number(ours), number(axum));
        }
    }
}
