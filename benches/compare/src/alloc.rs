//! Allocations per event, in steady state.
//!
//! The stream is decoded once and then twice in a row; the difference is what a second pass costs, without what is
//! set up once for each stream.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

use crate::{
    contenders::{FAST_PEERS, INCUMBENT, OURS, Run},
    corpus::{CUTS, Corpus},
    report::number,
};

/// The system's allocator, counting when told to: under the clock it costs one predictable branch.
struct Counter;

#[global_allocator]
static ALLOCATOR: Counter = Counter;

static IS_ON: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

fn count(size: usize) {
    if IS_ON.load(Relaxed) {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size, Relaxed);
    }
}

// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(memory, layout, size) }
    }
}

/// Prints allocations and bytes allocated per event, for each crate on each corpus.
pub(crate) fn run(corpora: &[Corpus], wanted: impl Fn(&str) -> bool) {
    let contenders = || OURS.into_iter().chain(FAST_PEERS).chain([INCUMBENT]);
    for cut in [CUTS[0], CUTS[2]] {
        let mut corpora =
            corpora.iter().filter(|corpus| wanted(&format!("alloc/{}/{}", cut.name, corpus.name))).peekable();
        if corpora.peek().is_some() {
            println!("\ncut: {} (allocations / bytes allocated, per event in steady state)", cut.name);
            let columns: String = contenders().map(|contender| format!("{:>20}", contender.name)).collect();
            println!("{:<15}{columns}", "corpus");
        }
        for corpus in corpora {
            // Counts are exact, so a little is enough; more would take the quadratic ones long.
            let corpus = corpus.prefix(64 * 1024);
            let once = corpus.cut(cut);
            let twice = [once.clone(), once.clone()].concat();
            let columns = contenders().map(|contender| {
                let (calls, bytes) = counted(contender.run, &once);
                let (calls_of_both, bytes_of_both) = counted(contender.run, &twice);
                let per_event = |both: usize, first: usize| (both as f64 - first as f64) / corpus.total.events as f64;
                let (calls, bytes) = (per_event(calls_of_both, calls), per_event(bytes_of_both, bytes));
                format!("{:>20}", format!("{calls:.2} / {}", number(bytes)))
            });
            println!("{:<15}{}", corpus.name, columns.collect::<String>());
        }
    }
}

fn counted(run: Run, chunks: &[bytes::Bytes]) -> (usize, usize) {
    let before = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    IS_ON.store(true, Relaxed);
    run(chunks);
    IS_ON.store(false, Relaxed);
    (CALLS.load(Relaxed) - before.0, BYTES.load(Relaxed) - before.1)
}
