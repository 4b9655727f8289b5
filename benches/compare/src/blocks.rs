//! Blocks beside owned events: what it costs to see a stream as it was sent, and to pass it on.

use std::hint::black_box;

use bytes::Bytes;
use sse_wire::BlockDecoder;

use crate::{
    contenders::OURS,
    corpus::{CUTS, Corpus},
    report::verdict,
    timing::{Plan, Race, Task, run_all},
};

/// How fast blocks have to be beside `decode_bytes`.
const WANTED: f64 = 0.5;

/// Measures and prints each corpus in each cut but that of single bytes, where reference counts are all there is.
pub(crate) fn run(plan: Plan, corpora: &[Corpus], wants: impl Fn(&str) -> bool) {
    let cells =
        CUTS.into_iter().filter(|cut| cut.name != "1").flat_map(|cut| corpora.iter().map(move |one| (cut, one)));
    let cells: Vec<_> = cells.filter(|(cut, corpus)| wants(&format!("{}/{}", cut.name, corpus.name))).collect();
    let mut races: Vec<Race> = cells.iter().map(|(cut, corpus)| race(corpus.cut(*cut))).collect();
    run_all(plan, &mut races);
    println!("\nblocks beside decode_bytes (ns per event, or per comment in keep-alive)");
    println!("{:<24}{:>13}{:>13}{:>8}", "cell", OURS[1].name, "blocks", "ratio");
    let mut logarithms = 0.0;
    for ((cut, corpus), race) in cells.iter().zip(&races) {
        let [owned, blocks] = [0, 1].map(|task| race[task].nanos() / corpus.total.blocks as f64);
        let name = format!("{}/{}", cut.name, corpus.name);
        println!("{name:<24}{owned:>13.1}{blocks:>13.1}{:>8.2}", owned / blocks);
        logarithms += (owned / blocks).ln();
    }
    let geomean = (logarithms / cells.len().max(1) as f64).exp();
    verdict(geomean >= WANTED, &format!("blocks vs decode_bytes: geomean {geomean:.2}, wanted {WANTED:.2}"));
}

fn race(chunks: Vec<Bytes>) -> Race {
    let owned = chunks.clone();
    let decode_bytes = Task::new(move || {
        black_box((OURS[1].run)(&owned));
    });
    vec![decode_bytes, Task::new(move || decode(&chunks))]
}

fn decode(chunks: &[Bytes]) {
    let mut decoder = BlockDecoder::new();
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(part) = decoder.decode_bytes(&mut chunk) {
            black_box(&part);
        }
    }
}
