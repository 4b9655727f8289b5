//! The decode matrix: every crate on every corpus in every cut.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    contenders::{CEILINGS, Contender, FAST_PEERS, INCUMBENT, OURS, PEERS_ON_BYTES},
    corpus::{CUTS, Corpus, Cut},
    timing::{Plan, Task, race},
};

/// One corpus in one cut.
pub(crate) struct Cell {
    pub(crate) cut: Cut,
    pub(crate) corpus: &'static str,
    pub(crate) block_len: usize,
    pub(crate) scores: Vec<Score>,
}

/// What one contender did in a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    pub(crate) name: &'static str,
    /// Per block; not a number if the events were wrong.
    pub(crate) nanos: f64,
    /// Gigabytes a second.
    pub(crate) rate: f64,
    pub(crate) mark: Mark,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mark {
    Whole,
    /// Measured on the first so many bytes, because more would have taken too long: flatters who is quadratic.
    Prefix(usize),
    /// It did not give the events that are in the stream; not timed.
    Wrong,
}

impl Cell {
    pub(crate) fn name(&self) -> String {
        cell_name(self.cut, self.corpus)
    }

    /// The time of a contender; `None` if it was wrong or did not run.
    pub(crate) fn nanos(&self, name: &str) -> Option<f64> {
        self.score(name).map(|score| score.nanos).filter(|nanos| nanos.is_finite())
    }

    pub(crate) fn score(&self, name: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.name == name)
    }

    /// The time of the best of them.
    pub(crate) fn best(&self, peers: &[Contender]) -> Option<f64> {
        peers.iter().filter_map(|peer| self.nanos(peer.name)).reduce(f64::min)
    }
}

/// Runs those cells whose name is wanted, and shows each when it is done.
pub(crate) fn run(
    plan: Plan,
    corpora: &[Corpus],
    wanted: impl Fn(&str) -> bool,
    mut done: impl FnMut(&Cell),
) -> Vec<Cell> {
    let mut cells = Vec::new();
    for cut in CUTS {
        for corpus in corpora.iter().filter(|corpus| wanted(&cell_name(cut, corpus.name))) {
            let cell = run_cell(plan, corpus, cut);
            done(&cell);
            cells.push(cell);
        }
    }
    cells
}

fn cell_name(cut: Cut, corpus: &str) -> String {
    format!("{}/{corpus}", cut.name)
}

fn run_cell(plan: Plan, corpus: &Corpus, cut: Cut) -> Cell {
    let mut entries: Vec<Entry> = Vec::new();
    // The last of those on `Bytes` is in both lists.
    for contender in OURS.into_iter().chain(FAST_PEERS).chain(PEERS_ON_BYTES.into_iter().take(2)) {
        entries.push(Entry::new(contender, corpus, cut));
    }
    entries.push(Entry::new(INCUMBENT, &affordable(corpus, cut, plan.most_each), cut));
    entries.extend(CEILINGS.map(|ceiling| Entry::unchecked(ceiling, corpus, cut)));

    let mut tasks: Vec<Task<'_>> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_right) {
        tasks.push(Task::new(|| _ = (entry.contender.run)(&entry.chunks)));
    }
    race(plan, &mut tasks);

    let mut times = tasks.iter().map(Task::nanos);
    let scores = entries.iter().map(|entry| {
        let nanos = if entry.is_right { times.next().unwrap_or(f64::NAN) } else { f64::NAN };
        entry.score(nanos, corpus)
    });
    Cell { cut, corpus: corpus.name, block_len: corpus.block_len(), scores: scores.collect() }
}

struct Entry {
    contender: Contender,
    chunks: Vec<Bytes>,
    blocks: usize,
    is_right: bool,
}

impl Entry {
    /// Runs it once: only who finds all the events and all their data is timed.
    fn new(contender: Contender, corpus: &Corpus, cut: Cut) -> Self {
        let entry = Self::unchecked(contender, corpus, cut);
        let found = catch_unwind(AssertUnwindSafe(|| (contender.run)(&entry.chunks)));
        let is_right =
            found.is_ok_and(|found| (found.events, found.data_len) == (corpus.total.events, corpus.total.data_len));
        Self { is_right, ..entry }
    }

    fn unchecked(contender: Contender, corpus: &Corpus, cut: Cut) -> Self {
        Self { contender, chunks: corpus.cut(cut), blocks: corpus.total.blocks, is_right: true }
    }

    fn score(&self, nanos: f64, corpus: &Corpus) -> Score {
        let length: usize = self.chunks.iter().map(Bytes::len).sum();
        let mark = match self.is_right {
            false => Mark::Wrong,
            true if length < corpus.stream.len() => Mark::Prefix(length),
            true => Mark::Whole,
        };
        Score { name: self.contender.name, nanos: nanos / self.blocks as f64, rate: length as f64 / nanos, mark }
    }
}

/// As much of the corpus as the incumbent can decode in an eighth of its time; one event at least.
fn affordable(corpus: &Corpus, cut: Cut, most: Duration) -> Corpus {
    let mut length = 4 * 1024;
    loop {
        let part = corpus.prefix(length);
        let chunks = part.cut(cut);
        let start = Instant::now();
        // A panic is found out later.
        _ = catch_unwind(AssertUnwindSafe(|| (INCUMBENT.run)(&chunks)));
        if start.elapsed() * 8 > most || part.stream.len() == corpus.stream.len() {
            return part;
        }
        length = part.stream.len() * 2;
    }
}
