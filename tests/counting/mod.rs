//! The allocator of a test program: the system's, and it counts. Each thread counts for itself, since tests run side by side.
#![allow(unsafe_code)] // An allocator cannot be written without.
#![allow(unreachable_pub)] // Public for the test file that includes this one.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

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
