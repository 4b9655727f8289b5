//! Miri takes some thousand times as long for a test: under it, a sweep goes through a few of its cases. How many is said
//! here, or where a sweep has others in it.

use std::cell::Cell;

use proptest::test_runner::Config;

use super::sweep::Numbers;

/// The cases of a sweep; under Miri a few of them.
pub fn few<T>(cases: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    at_most(6, cases)
}

/// All cases; under Miri so many of them at most, others each time, so that a sweep in a sweep does not repeat itself: more
/// from the start, where lengths are those of a kind of line each, than from the end.
pub fn at_most<T>(most: usize, cases: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let cases: Vec<T> = cases.into_iter().collect();
    let places = if cfg!(miri) && most < cases.len() { draw(most, cases.len()) } else { (0..cases.len()).collect() };
    cases.into_iter().enumerate().filter(move |(at, _)| places.binary_search(at).is_ok()).map(|(_, case)| case)
}

/// That many places of `all`, or a few less, in order: of parts that grow, one place each.
fn draw(most: usize, all: usize) -> Vec<usize> {
    // Each test is a thread of its own, and draws the same in every run.
    thread_local!(static DRAWN: Cell<u64> = const { Cell::new(0) });
    let drawn = DRAWN.replace(DRAWN.get() + 1);
    let mut numbers = Numbers::seeded_by(&drawn.to_le_bytes());
    (0..most).map(|part| (part * 64 + numbers.below(64)).pow(2) * all / (most * 64).pow(2)).collect()
}

/// How a law is tried: on so many streams; under Miri on a few, and without the file of those that failed, since Miri keeps
/// a program from files.
pub fn config(cases: u32) -> Config {
    if cfg!(miri) {
        return Config { cases: 4, failure_persistence: None, ..Config::default() };
    }
    Config::with_cases(cases)
}
