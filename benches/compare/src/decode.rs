//! The decode matrix: every crate on every corpus in every cut.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    contenders::{CEILINGS, Contender, FAST_PEERS, INCUMBENT, OURS, PEERS_ON_BYTES},
    corpus::{CUTS, Corpus, Cut},
    timing::{Plan, Race, Task, run_all},
};

/// One corpus in one cut.
pub(crate) struct Cell {
    pub(crate) cut: Cut,
    pub(crate) corpus: &'static str,
    pub(crate) block_len: usize,
    pub(crate) scores: Vec<Score>,
}

/// What one contender did in a cell.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) name: &'static str,
    /// Per block; not a number if the events were wrong.
    pub(crate) nanos: f64,
    /// The best of each round, per block; `None` where it sat out.
    rounds: Vec<Option<f64>>,
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

    /// How many times as fast we were as the best of them, in each round in which all of them ran; sorted.
    pub(crate) fn ratios(&self, peers: &[Contender], ours: &str) -> Vec<f64> {
        let rounds = |name| self.score(name).filter(|score| score.mark != Mark::Wrong).map(|score| &score.rounds[..]);
        let peers: Vec<_> = peers.iter().filter_map(|peer| rounds(peer.name)).collect();
        let ours = rounds(ours).unwrap_or_default().iter().enumerate();
        let ratios = ours.filter_map(|(round, ours)| {
            let best = peers.iter().map(|peer| peer[round]).reduce(|best, peer| Some(best?.min(peer?)))?;
            Some(best? / (*ours)?)
        });
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }
}

/// Runs those cells whose name is wanted.
pub(crate) fn run(plan: Plan, corpora: &[Corpus], wanted: impl Fn(&str) -> bool) -> Vec<Cell> {
    let pairs = CUTS.into_iter().flat_map(|cut| corpora.iter().map(move |corpus| (cut, corpus)));
    let pairs: Vec<_> = pairs.filter(|(cut, corpus)| wanted(&cell_name(*cut, corpus.name))).collect();
    let entries: Vec<_> = pairs.iter().map(|&(cut, corpus)| line_up(plan, corpus, cut)).collect();
    let mut races: Vec<_> = entries.iter().map(|entries| race(entries)).collect();
    run_all(plan, &mut races);
    let cells = pairs.into_iter().zip(entries.iter().zip(&races)).map(|((cut, corpus), (entries, race))| Cell {
        cut,
        corpus: corpus.name,
        block_len: corpus.block_len(),
        scores: scores(entries, race, corpus),
    });
    cells.collect()
}

fn cell_name(cut: Cut, corpus: &str) -> String {
    format!("{}/{corpus}", cut.name)
}

/// All contenders of a cell, on the same chunks: cut into single bytes, a stream takes 32 times its length.
fn line_up(plan: Plan, corpus: &Corpus, cut: Cut) -> Vec<Entry> {
    let chunks: Rc<[Bytes]> = corpus.cut(cut).into();
    let part = affordable(corpus, cut, plan.longest_run);
    let part_chunks = if part.stream.len() < corpus.stream.len() { part.cut(cut).into() } else { chunks.clone() };

    // The last of those on `Bytes` is in both lists.
    let on_all = OURS.into_iter().chain(FAST_PEERS).chain(PEERS_ON_BYTES.into_iter().take(2));
    let mut entries: Vec<_> = on_all.map(|contender| Entry::new(contender, corpus, &chunks)).collect();
    entries.push(Entry::new(INCUMBENT, &part, &part_chunks));
    entries.extend(CEILINGS.map(|ceiling| Entry::unchecked(ceiling, corpus, &chunks)));
    entries
}

fn race(entries: &[Entry]) -> Race {
    let tasks = entries.iter().filter(|entry| entry.is_right).map(|entry| {
        let (run, chunks) = (entry.contender.run, entry.chunks.clone());
        Task::new(move || _ = run(&chunks))
    });
    tasks.collect()
}

fn scores(entries: &[Entry], race: &Race, corpus: &Corpus) -> Vec<Score> {
    let mut tasks = race.iter();
    let scores = entries.iter().map(|entry| {
        let task = if entry.is_right { tasks.next() } else { None };
        entry.score(task, corpus)
    });
    scores.collect()
}

struct Entry {
    contender: Contender,
    chunks: Rc<[Bytes]>,
    blocks: usize,
    is_right: bool,
}

impl Entry {
    /// Runs it once: only who finds all the events and all their data is timed.
    fn new(contender: Contender, corpus: &Corpus, chunks: &Rc<[Bytes]>) -> Self {
        let found = catch_unwind(AssertUnwindSafe(|| (contender.run)(chunks)));
        let is_right =
            found.is_ok_and(|found| (found.events, found.data_len) == (corpus.total.events, corpus.total.data_len));
        Self { is_right, ..Self::unchecked(contender, corpus, chunks) }
    }

    fn unchecked(contender: Contender, corpus: &Corpus, chunks: &Rc<[Bytes]>) -> Self {
        Self { contender, chunks: chunks.clone(), blocks: corpus.total.blocks, is_right: true }
    }

    fn score(&self, task: Option<&Task>, corpus: &Corpus) -> Score {
        let length: usize = self.chunks.iter().map(Bytes::len).sum();
        let mark = match task {
            None => Mark::Wrong,
            Some(_) if length < corpus.stream.len() => Mark::Prefix(length),
            Some(_) => Mark::Whole,
        };
        let per_block = |nanos: f64| nanos / self.blocks as f64;
        let nanos = task.map_or(f64::NAN, Task::nanos);
        Score {
            name: self.contender.name,
            nanos: per_block(nanos),
            rounds: task.map_or_else(Vec::new, |task| task.rounds().map(|nanos| nanos.map(per_block)).collect()),
            rate: length as f64 / nanos,
            mark,
        }
    }
}

/// As much of the corpus as the incumbent can decode in that time, or a little more; one event at least.
fn affordable(corpus: &Corpus, cut: Cut, longest: Duration) -> Corpus {
    let mut length = 4 * 1024;
    loop {
        let part = corpus.prefix(length);
        let chunks = part.cut(cut);
        let start = Instant::now();
        // A panic is found out later.
        _ = catch_unwind(AssertUnwindSafe(|| (INCUMBENT.run)(&chunks)));
        if start.elapsed() > longest || part.stream.len() == corpus.stream.len() {
            return part;
        }
        length = part.stream.len() * 2;
    }
}
