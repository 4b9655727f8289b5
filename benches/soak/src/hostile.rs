//! What a hostile peer sends to fill the memory or to take up time: each with the default limit, through every driver and
//! adapter, and with a bound of its own.

mod adapters;
mod source;
mod ways;

use std::time::{Duration, Instant};

use sse_wire::DecodeOptions;

use self::{
    adapters::ADAPTERS,
    source::{Repeated, Source},
    ways::{DRIVERS, Shows, Taken, Way},
};
use crate::heap;

/// A start, the same again and again, and then perhaps the same short event.
#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    start: &'static [u8],
    unit: &'static [u8],
    /// The length of both.
    length: usize,
    /// How many events without text follow, which inherit what is to be inherited.
    events: usize,
    /// How many events the receiver keeps.
    keeps: usize,
    kept: Kept,
}

/// What may be retained of it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kept {
    /// Everything up to the limit. The event is rejected, or ends.
    Values,
    /// Comments, up to the limit, by those who ask for them.
    Comments,
    /// Unknown fields, up to the limit, by those who ask for them.
    Fields,
    /// An ID up to the limit, while the next one comes, and once more to be shared.
    Ids,
    Nothing,
}

const LIMIT: usize = DecodeOptions::new().max_event_len();
const KIB: usize = 1024;

const fn endless(name: &'static str, start: &'static [u8], unit: &'static [u8], kept: Kept) -> Shape {
    Shape { name, start, unit, length: 4 * LIMIT, events: 0, keeps: 0, kept }
}

const fn once(name: &'static str, start: &'static [u8], unit: &'static [u8], length: usize, kept: Kept) -> Shape {
    Shape { name, start, unit, length: start.len() + length, events: 0, keeps: 0, kept }
}

/// An ID just below the limit, which a line has as well, and so many events that have it.
const fn inherited(name: &'static str, events: usize, keeps: usize) -> Shape {
    Shape { events, keeps, ..once(name, b"id: ", b"x", LIMIT - KIB, Kept::Ids) }
}

const SHAPES: &[Shape] = &[
    endless("endless line of data", b"data: ", b"x", Kept::Values),
    endless("endless Korean line", b"data: ", "한".as_bytes(), Kept::Values),
    endless("endless ID", b"id: ", b"x", Kept::Values),
    endless("endless ID of NULs", b"id: ", b"\0", Kept::Values),
    endless("endless event type", b"event: ", b"x", Kept::Values),
    endless("endless lines of data", b"", b"data: another line of an event that never ends\n", Kept::Values),
    endless("endless comment", b": ", b"x", Kept::Comments),
    endless("endless unknown field", b"foo: ", b"x", Kept::Fields),
    endless("endless name", b"", b"x", Kept::Fields),
    endless("endless digits", b"retry: ", b"0", Kept::Nothing),
    endless("endless blank lines", b"", b"\r", Kept::Nothing),
    endless("keep-alive forever", b"data: x\n", b": still here\n", Kept::Nothing),
    endless("types that replace types", b"", b"event: tick\nevent\n", Kept::Nothing),
    endless("endless bad UTF-8", b"data: ", b"\xFF", Kept::Values),
    // Each of these bytes becomes three: the first fits in the end, the second does not.
    once("bad UTF-8 that just fits", b"data: ", b"\xFF", LIMIT / 3, Kept::Values),
    once("bad UTF-8 that does not", b"data: ", b"\xFF", LIMIT, Kept::Values),
    once("bad UTF-8 in a comment", b"data: x\n: ", b"\xFF", LIMIT / 3 - 1, Kept::Comments),
    once("a million empty lines", b"", b"data\n", 5_000_000, Kept::Values),
    once("a whole event of 16 MiB", b"data: ", b"x", LIMIT, Kept::Values),
    once("an ID of 16 MiB, inherited", b"id: ", b"x", LIMIT, Kept::Ids),
    inherited("8,000 events with such an ID", 8000, 0),
    inherited("200 of them kept", 8000, 200),
];

impl Shape {
    /// A part of it: one `divisor`-th.
    fn part(self, divisor: usize) -> Self {
        let length = self.start.len() + (self.length - self.start.len()) / divisor;
        Self { length, events: self.events / divisor, ..self }
    }

    fn source(&self) -> Source {
        Source::new([
            Repeated::once(self.start),
            Repeated::new(self.unit, self.length - self.start.len()),
            Repeated::once(b"\n\n"),
            Repeated::new(EVENT, EVENT.len() * self.events),
            Repeated::once(REST),
        ])
    }

    fn sent(&self) -> usize {
        self.length + 2 + EVENT.len() * self.events + REST.len()
    }
}

/// And a block without data, which has the ID as well where it is shown.
const EVENT: &[u8] = b"data\n\n\n";

/// An event that has the ID of the one before, and one that takes the ID back.
const REST: &[u8] = b"data\n\nid\ndata\n\n: end\n";

pub(crate) fn run() {
    println!(
        "\nhostile streams, an event may retain {} KiB: the most on the heap / what is left, in KiB; ns per byte of the \
         slowest way, at a quarter of the size and at all of it",
        LIMIT / KIB
    );
    for ways in [DRIVERS, ADAPTERS] {
        print!("{:<29}{:>6}", "stream", "sent");
        ways.iter().for_each(|way| print!("{:>13}", way.name));
        println!("{:>13}{:>14}", "bounds", "ns/byte");
        for shape in SHAPES {
            row(shape, ways);
        }
    }
    huge_blocks();
}

/// What is too large to be edited, or for an observer, passes on all the same.
fn huge_blocks() {
    println!("\na block of 1 GB: the most on the heap, in KiB");
    for way in ADAPTERS.iter().filter(|way| matches!(way.name, "tap" | "edit")) {
        let shape = Shape { length: 1_000_000_000, ..SHAPES[0] };
        let cost = Cost::of(&shape, way);
        cost.assert_bounded(&shape, way);
        println!("{:<29}{:>6}", way.name, cost.peak / KIB);
    }
}

fn row(shape: &Shape, ways: &[Way]) {
    print!("{:<29}{:>6}", shape.name, shape.sent() / KIB);
    let events = Cost::of(shape, &DRIVERS[0]).events;
    let mut slowest = (0.0, 0.0);
    for way in ways {
        let cost = Cost::of(shape, way);
        let (least, most) = (cost.left.div_ceil(KIB), cost.peak.div_ceil(KIB));
        print!("{:>13}", format!("{most}/{least}"));
        let name = format_args!("{}, {}", shape.name, way.name);
        assert!(!way.is_comparable() || cost.events == events, "{name}: {} events, not {events}", cost.events);
        cost.assert_bounded(shape, way);
        let times = assert_linear(shape, way, cost.time);
        if times.1 > slowest.1 {
            slowest = times;
        }
    }
    let most = ways.iter().map(|way| bound(shape.kept, way.shows)).max().expect("a way");
    println!(
        "{:>13}{:>14}",
        format!("{}/{}", most / KIB, left_bound(shape) / KIB),
        format!("{:.2} {:.2}", slowest.0, slowest.1)
    );
}

/// What a way takes for a stream.
struct Cost {
    events: usize,
    peak: usize,
    /// What is alive in the end.
    left: usize,
    /// All that was asked for.
    asked: usize,
    time: Duration,
}

impl Cost {
    fn of(shape: &Shape, way: &Way) -> Self {
        let mut source = shape.source();
        let base = heap::live();
        heap::take_peak();
        heap::take_asked();
        let mut taken = Taken::new(shape.keeps);
        let start = Instant::now();
        (way.run)(&mut source, &mut taken);
        let time = start.elapsed();
        let id_len = if way.shows == Shows::Copies { 0 } else { shape.length - shape.start.len() };
        assert!(taken.kept.iter().all(|event| event.last_event_id().len() == id_len), "{}: another ID", way.name);
        Self {
            events: taken.events,
            peak: heap::take_peak() - base,
            left: source.live_at_end() - base,
            asked: heap::take_asked(),
            time,
        }
    }

    fn assert_bounded(&self, shape: &Shape, way: &Way) {
        let Self { peak, left, asked, .. } = *self;
        let name = format_args!("{}, {}", shape.name, way.name);
        let most = bound(shape.kept, way.shows);
        assert!(peak <= most, "{name}: {peak} bytes, more than {most}");
        let most = left_bound(shape);
        assert!(left <= most, "{name}: {left} bytes are left, more than {most}");
        let most = ASKED_A_BYTE * shape.sent() + ALWAYS_KEPT;
        assert!(asked <= most, "{name}: {asked} bytes were asked for in all, more than {most}");
    }
}

/// Nanoseconds a byte at a quarter of the size and at all of it. Where work is linear they are the same, and where it is
/// quadratic they are four times as many.
fn assert_linear(shape: &Shape, way: &Way, mut time: Duration) -> (f64, f64) {
    let quarter = shape.part(4);
    let time_of_quarter = Cost::of(&quarter, way).time;
    // Machines are shared: a time that is too long may be another's.
    for _ in 0..3 {
        if time <= 8 * time_of_quarter + LEAST_TIME {
            let nanos = |time: Duration, shape: &Shape| time.as_nanos() as f64 / shape.sent() as f64;
            return (nanos(time_of_quarter, &quarter), nanos(time, shape));
        }
        time = time.min(Cost::of(shape, way).time);
    }
    panic!("{}, {}: {time:?}, and {time_of_quarter:?} for a quarter of it", shape.name, way.name);
}

/// What `Decoder` says that it retains between events, and the buffers of adapters: `EventReader` has 16 KiB, `FramedRead`
/// 8, and a data frame of `EventBody` 16.
const ALWAYS_KEPT: usize = 64 * KIB;

fn bound(kept: Kept, shows: Shows) -> usize {
    let limits = match (kept, shows) {
        // A block that is cut is in a buffer that grows, and is edited into another.
        (_, Shows::Blocks) => 2,
        (_, Shows::EditedBlocks) => 3,
        (Kept::Nothing, Shows::Lines) | (Kept::Fields, Shows::Lines | Shows::AllItems) => 1,
        (Kept::Nothing | Kept::Fields, _) => 0,
        (Kept::Comments, Shows::Events | Shows::OwnedEvents | Shows::Copies) => 0,
        (Kept::Ids, Shows::OwnedEvents | Shows::OwnedItems | Shows::AllItems) | (Kept::Values, Shows::Copies) => 2,
        _ => 1,
    };
    limits * LIMIT + ALWAYS_KEPT + KIB
}

/// Events that are kept share the ID, of which nothing else is left.
fn left_bound(shape: &Shape) -> usize {
    ALWAYS_KEPT + if shape.keeps > 0 { LIMIT } else { 0 }
}

/// How much of the heap a byte may cost, given back or not: bytes that are not UTF-8 become three, and three more in a copy
/// of the event. If each event had a copy of its ID, it would be some thousands.
const ASKED_A_BYTE: usize = 8;

/// Times below this say nothing on a machine that is shared.
const LEAST_TIME: Duration = Duration::from_millis(50);
