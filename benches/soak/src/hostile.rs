//! What a hostile peer sends to fill the memory: each with the default limit, in every way that a decoder can be asked, and
//! with a bound of its own.

use bytes::Bytes;
use sse_wire::{DecodeOptions, Decoder, LineDecoder};

use crate::heap;

/// A start, and then the same again and again.
struct Shape {
    name: &'static str,
    start: &'static [u8],
    unit: &'static [u8],
    /// The length of it all.
    length: usize,
    kept: Kept,
}

/// What may be retained of it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kept {
    /// Everything up to the limit. The event is rejected, or ends.
    Values,
    /// Comments, up to the limit, by those who ask for them.
    Comments,
    /// An ID up to the limit, while the next one comes, and once more to be shared.
    Ids,
    Nothing,
}

const LIMIT: usize = DecodeOptions::new().max_event_len();
const KIB: usize = 1024;

const fn endless(name: &'static str, start: &'static [u8], unit: &'static [u8], kept: Kept) -> Shape {
    Shape { name, start, unit, length: 4 * LIMIT, kept }
}

const fn once(name: &'static str, start: &'static [u8], unit: &'static [u8], length: usize, kept: Kept) -> Shape {
    Shape { name, start, unit, length: start.len() + length, kept }
}

const SHAPES: &[Shape] = &[
    endless("endless line of data", b"data: ", b"x", Kept::Values),
    endless("endless Korean line", b"data: ", "한".as_bytes(), Kept::Values),
    endless("endless ID", b"id: ", b"x", Kept::Values),
    endless("endless ID of NULs", b"id: ", b"\0", Kept::Values),
    endless("endless event type", b"event: ", b"x", Kept::Values),
    endless("endless lines of data", b"", b"data: another line of an event that never ends\n", Kept::Values),
    endless("endless comment", b": ", b"x", Kept::Comments),
    endless("endless unknown field", b"foo: ", b"x", Kept::Nothing),
    endless("endless name", b"", b"x", Kept::Nothing),
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
];

/// What ends the event, an event that has its ID, and one that takes the ID back.
const REST: &[u8] = b"\n\ndata\n\nid\ndata\n\n: end\n";

pub(crate) fn run() {
    println!(
        "\nhostile streams, an event may retain {} KiB: the most on the heap, and what is left, in KiB",
        LIMIT / KIB
    );
    print!("{:<27}{:>9}", "stream", "sent");
    for way in WAYS {
        print!("{:>17}", way.name());
    }
    println!("{:>15}", "bounds");
    for shape in SHAPES {
        let start = Bytes::from_static(shape.start);
        let unit = Bytes::from(shape.unit.repeat(CHUNK));
        print!("{:<27}{:>9}", shape.name, shape.length / KIB);
        for way in WAYS {
            let (peak, left) = cost(shape, way, &start, &unit);
            let bound = bound(shape.kept, way);
            print!("{:>17}", format!("{} / {}", peak.div_ceil(KIB), left.div_ceil(KIB)));
            assert!(peak <= bound, "{}, {}: {peak} bytes, more than {bound}", shape.name, way.name());
            assert!(left <= ALWAYS_KEPT, "{}, {}: {left} bytes are left", shape.name, way.name());
        }
        // The ways differ in two things: whether comments are shown, and whether an ID is shared.
        let most = WAYS[..4].iter().map(|&way| bound(shape.kept, way)).max().expect("four");
        println!("{:>15}", format!("{} / {}", most / KIB, bound(shape.kept, Way::Lines) / KIB));
    }
}

/// The peak of the heap, and what is alive in the end.
fn cost(shape: &Shape, way: Way, start: &Bytes, unit: &Bytes) -> (usize, usize) {
    let base = heap::live();
    heap::take_peak();
    let mut taker = way.taker();
    let mut rest = shape.length - start.len();
    taker.take(start.clone());
    while rest > 0 {
        // A whole number of chunks of this size, and so of units, but for the last.
        let mut round = unit.slice(..rest.min(unit.len()));
        rest -= round.len();
        while !round.is_empty() {
            taker.take(round.split_to(CHUNK.min(round.len())));
        }
    }
    taker.take(Bytes::from_static(REST));
    (heap::take_peak() - base, heap::live() - base)
}

/// The bytes a TCP segment carries.
const CHUNK: usize = 1460;

/// What `Decoder` says that it retains between events.
const ALWAYS_KEPT: usize = 64 * KIB;

fn bound(kept: Kept, way: Way) -> usize {
    let limits = match (kept, way) {
        (Kept::Nothing, Way::Lines) => 1,
        (Kept::Nothing, _) | (Kept::Comments, Way::Decode | Way::DecodeBytes) => 0,
        (Kept::Ids, Way::DecodeBytes | Way::DecodeItemBytes) => 2,
        _ => 1,
    };
    limits * LIMIT + ALWAYS_KEPT + KIB
}

#[derive(Clone, Copy)]
enum Way {
    Decode,
    DecodeItem,
    DecodeBytes,
    DecodeItemBytes,
    Lines,
}

const WAYS: [Way; 5] = [Way::Decode, Way::DecodeItem, Way::DecodeBytes, Way::DecodeItemBytes, Way::Lines];

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::DecodeItem => "decode_item",
            Self::DecodeBytes => "decode_bytes",
            Self::DecodeItemBytes => "..item_bytes",
            Self::Lines => "LineDecoder",
        }
    }

    fn taker(self) -> Taker {
        Taker { way: self, decoder: Decoder::new(), lines: LineDecoder::new() }
    }
}

struct Taker {
    way: Way,
    decoder: Decoder,
    lines: LineDecoder,
}

impl Taker {
    fn take(&mut self, mut bytes: Bytes) {
        let chunk = bytes.clone();
        let mut input = &chunk[..];
        loop {
            let next = match self.way {
                Way::Decode => self.decoder.decode(&mut input).map(|event| event.is_some()),
                Way::DecodeItem => self.decoder.decode_item(&mut input).map(|item| item.is_some()),
                Way::DecodeBytes => self.decoder.decode_bytes(&mut bytes).map(|event| event.is_some()),
                Way::DecodeItemBytes => self.decoder.decode_item_bytes(&mut bytes).map(|item| item.is_some()),
                Way::Lines => self.lines.decode(&mut input).map(|line| line.is_some()),
            };
            // An error is an event that is rejected: decoding goes on.
            if next == Ok(false) {
                return;
            }
        }
    }
}
