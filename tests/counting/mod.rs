//! The allocator of a test program, which is the system's and counts, and what is fed while it does. Each thread counts
//! for itself, since tests run side by side.
#![allow(dead_code, unreachable_pub)] // Each test file includes this one and uses a part of it.
#![allow(unsafe_code)] // An allocator cannot be written without.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use bytes::Bytes;
use sse_wire::{DecodeOptions, Decoder, LineDecoder};

use crate::support::{DRIVERS, Driver};

/// What a decoder may retain after an event, however large that was, as the docs of `Decoder` say.
pub const KEPT: isize = 64 * 1024;

/// Whatever takes a stream.
#[expect(clippy::large_enum_variant, reason = "a box would be an allocation")]
pub enum Taker {
    Events(Driver, Decoder),
    Lines(LineDecoder),
}

impl Taker {
    pub fn all(options: DecodeOptions) -> impl Iterator<Item = Self> {
        let events = DRIVERS.into_iter().map(move |driver| Self::Events(driver, Decoder::with_options(options)));
        events.chain([Self::Lines(LineDecoder::with_max_line_len(options.max_event_len()))])
    }

    pub fn name(&self) -> String {
        match self {
            Self::Events(driver, _) => format!("{driver:?}"),
            Self::Lines(_) => "Lines".into(),
        }
    }

    /// Feeds the stream in chunks of that length; returns how much was shown, and how many errors.
    pub fn feed_all(&mut self, stream: &Bytes, cut: usize) -> (usize, usize) {
        let (mut shown, mut errors) = (0, 0);
        let mut rest = stream.clone();
        while !rest.is_empty() {
            let mut bytes = rest.split_to(cut.min(rest.len()));
            let chunk = bytes.clone();
            let mut input = &chunk[..];
            loop {
                let outcome = match self {
                    Self::Events(Driver::Decode, decoder) => decoder.decode(&mut input).map(|event| event.is_some()),
                    Self::Events(Driver::DecodeItem, decoder) => {
                        decoder.decode_item(&mut input).map(|item| item.is_some())
                    }
                    Self::Events(Driver::DecodeBytes, decoder) => {
                        decoder.decode_bytes(&mut bytes).map(|event| event.is_some())
                    }
                    Self::Events(Driver::DecodeItemBytes, decoder) => {
                        decoder.decode_item_bytes(&mut bytes).map(|item| item.is_some())
                    }
                    Self::Events(Driver::DecodeOwned, decoder) => {
                        decoder.decode_owned(&mut input).map(|event| event.is_some())
                    }
                    Self::Events(Driver::DecodeItemOwned, decoder) => {
                        decoder.decode_item_owned(&mut input).map(|item| item.is_some())
                    }
                    Self::Lines(decoder) => decoder.decode(&mut input).map(|line| line.is_some()),
                };
                match outcome {
                    Ok(true) => shown += 1,
                    Ok(false) => break,
                    Err(_) => errors += 1,
                }
            }
        }
        (shown, errors)
    }

    /// Ends the stream; true if something was cut off.
    pub fn finish(&mut self) -> bool {
        match self {
            Self::Events(_, decoder) => decoder.finish().is_some(),
            Self::Lines(decoder) => decoder.finish().is_some(),
        }
    }

    pub fn reset(&mut self) {
        match self {
            Self::Events(_, decoder) => decoder.reset(),
            Self::Lines(decoder) => decoder.reset(),
        }
    }
}

/// Bytes whose clones allocate nothing any more.
pub fn shared(bytes: Vec<u8>) -> Bytes {
    let bytes = Bytes::from(bytes);
    // The first clone makes the count of references.
    drop(bytes.clone());
    bytes
}

/// What a piece of work has cost.
#[derive(Debug)]
pub struct Cost {
    pub allocations: usize,
    /// The most that was alive at once, in bytes, beyond what was before.
    pub peak: isize,
    /// What is still alive.
    pub retained: isize,
}

/// Does the work, and counts what this thread allocates for it.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let before = COUNTS.get();
    COUNTS.set(Counts { peak: before.live, ..before });
    let outcome = work();
    let after = COUNTS.get();
    let cost = Cost {
        allocations: after.allocations - before.allocations,
        peak: after.peak - before.live,
        retained: after.live - before.live,
    };
    (outcome, cost)
}

#[derive(Clone, Copy)]
struct Counts {
    allocations: usize,
    /// Bytes; less than none if the thread frees what another has allocated.
    live: isize,
    peak: isize,
}

thread_local! {
    // Constant and without a destructor, so that the allocator may look at it at any time.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, live: 0, peak: 0 }) };
}

fn count(allocations: usize, bytes: isize) {
    let counts = COUNTS.get();
    let live = counts.live + bytes;
    COUNTS.set(Counts { allocations: counts.allocations + allocations, live, peak: counts.peak.max(live) });
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is left to the system's allocator; the counts are no memory that it gives out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size().cast_signed());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        count(0, -layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.dealloc(start, layout) }
    }

    // A block that grows counts with what it grows by. Where it has to move, both are there for a moment.
    unsafe fn realloc(&self, start: *mut u8, layout: Layout, length: usize) -> *mut u8 {
        count(1, length.cast_signed() - layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.realloc(start, layout, length) }
    }
}
