//! What is printed: a table for each cut, the summary, the targets; and all cells as CSV.

use std::{fmt::Write as _, fs, io, path::Path};

use crate::{
    contenders::{CEILING_OF, CEILINGS, Contender, FAST_PEERS, INCUMBENT, OURS, PEERS_ON_BYTES},
    corpus::Corpus,
    decode::{Cell, Mark},
};

/// The cuts that transports make, and those that only hostile or tiny ones do.
const LARGE_CUTS: (&str, &[&str]) = ("whole, 16K, 1460", &["whole", "16K", "1460"]);
const SMALL_CUTS: (&str, &[&str]) = ("128, 10", &["128", "10"]);
const WORST_CUT: (&str, &[&str]) = ("1", &["1"]);

/// Prints what the corpora are.
pub(crate) fn legend(corpora: &[Corpus]) {
    for corpus in corpora {
        println!("{:<15}{}, {} KiB", corpus.name, corpus.about, corpus.stream.len() / 1024);
    }
}

/// Prints a row, under the head of its table if it is the first.
pub(crate) fn decode_row(cell: &Cell, is_first: bool) {
    if is_first {
        println!("\ncut: {} (ns per event, or per comment in keep-alive)", cell.cut.name);
        let mut head = format!("{:<15}{:>7}", "corpus", "B/event");
        for name in columns() {
            _ = write!(head, "{:>13}", short(name));
        }
        head += " |  GB/s  best/dec  best/d_b    es/dec    es/d_b";
        println!("{head}");
    }
    let mut row = format!("{:<15}{:>7}", cell.corpus, cell.block_len);
    for name in columns() {
        let text = match cell.score(name).map(|score| (score.nanos, score.mark)) {
            Some((_, Mark::Wrong)) => "WRONG".to_owned(),
            Some((nanos, Mark::Prefix(_))) => format!("{}~", number(nanos)),
            Some((nanos, Mark::Whole)) => number(nanos),
            None => String::new(),
        };
        _ = write!(row, "{text:>13}");
    }
    let rate = cell.score(OURS[0].name).map_or(f64::NAN, |score| score.rate);
    _ = write!(row, " |{rate:>6.2}");
    for (rival, ours) in [(Rival::BEST, 0), (Rival::BEST, 1), (Rival::INCUMBENT, 0), (Rival::INCUMBENT, 1)] {
        let text = rival.ratio(cell, OURS[ours].name).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
        _ = write!(row, "{text:>10}");
    }
    println!("{row}");
}

/// Prints geometric means, the worst cells and the targets.
pub(crate) fn decode_summary(cells: &[Cell]) {
    println!("\nsummary: how many times as fast as the peer (~ above: measured on a prefix, which flatters the peer)");
    println!("{:<14}{:<27}{:<18}{:>6}{:>9}{:>8}  worst cell", "ours", "peer", "cuts", "cells", "geomean", "worst");
    let rivals = [Rival::BEST, Rival::BEST_ON_BYTES, Rival::INCUMBENT];
    for (ours, rival) in OURS.iter().flat_map(|ours| rivals.map(|rival| (ours.name, rival))) {
        for (cuts, names) in [LARGE_CUTS, SMALL_CUTS, WORST_CUT] {
            let Some(Summary { ratios, geomean }) = Summary::new(cells, names, rival, ours) else { continue };
            let (count, Ratio { ratio: worst, cell, .. }) = (ratios.len(), &ratios[0]);
            println!("{ours:<14}{:<27}{cuts:<18}{count:>6}{geomean:>9.2}{worst:>8.2}  {cell}", rival.name);
        }
    }
    // What the targets could be at most, if a decoder did nothing but the least.
    for ceiling in CEILING_OF {
        for (cuts, names) in [LARGE_CUTS, SMALL_CUTS, WORST_CUT] {
            let Some(Summary { ratios, geomean }) = Summary::new(cells, names, Rival::BEST, ceiling) else { continue };
            let (count, Ratio { ratio: worst, cell, .. }) = (ratios.len(), &ratios[0]);
            let name = Rival::BEST.name;
            println!("{ceiling:<20}{name:<21}{cuts:<18}{count:>6}{geomean:>9.2}{worst:>8.2}  {cell}");
        }
    }
    println!("\ntargets (behind a missed cell: what the ceiling has there, with a copy of what is cut)");
    for (ours, rival, (cuts, names), geomean, worst) in [
        ("decode", Rival::BEST, LARGE_CUTS, 3.0, 1.2),
        ("decode", Rival::BEST, SMALL_CUTS, 1.5, 1.0),
        ("decode_bytes", Rival::BEST, LARGE_CUTS, 2.0, 1.0),
        ("decode_bytes", Rival::BEST, SMALL_CUTS, 1.3, 0.9),
        ("decode_bytes", Rival::BEST_ON_BYTES, LARGE_CUTS, 2.0, 1.0),
        ("decode_bytes", Rival::BEST_ON_BYTES, SMALL_CUTS, 1.3, 0.9),
        ("decode", Rival::INCUMBENT, LARGE_CUTS, 20.0, 8.0),
        ("decode", Rival::INCUMBENT, SMALL_CUTS, 0.0, 5.0),
    ] {
        let Some(found) = Summary::new(cells, names, rival, ours) else { continue };
        let what = format!("{ours} vs {}, {cuts}:", rival.name);
        if geomean > 0.0 {
            let text = format!("{what} geomean {:.2}, wanted {geomean:.1}", found.geomean);
            verdict(found.geomean >= geomean, &text);
        }
        let least = found.ratios[0].ratio;
        let below = found.below(worst);
        verdict(below.is_empty(), &format!("{what} worst {least:.2}, wanted {worst:.1} {below}"));
    }
    for name in ["whole/ascii-40k", "whole/korean-36k"] {
        ceiling(cells, name, "memchr2+utf8", 0.6);
    }
    ceiling(cells, "whole/tiny-17", "memchr2", 1.0);
}

/// Prints a target.
pub(crate) fn verdict(is_met: bool, text: &str) {
    println!("{} {text}", if is_met { "PASS" } else { "MISS" });
}

/// Writes all cells.
pub(crate) fn write_csv(path: &Path, cells: &[Cell]) -> io::Result<()> {
    let mut csv = String::from("cut,corpus,bytes_per_event,contender,ns_per_event,gb_per_s,note\n");
    for cell in cells {
        for score in &cell.scores {
            let note = match score.mark {
                Mark::Whole => String::new(),
                Mark::Prefix(length) => format!("prefix of {length} B"),
                Mark::Wrong => "wrong events".to_owned(),
            };
            _ = writeln!(
                csv,
                "{},{},{},{},{:.3},{:.4},{note}",
                cell.cut.name, cell.corpus, cell.block_len, score.name, score.nanos, score.rate
            );
        }
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, csv)
}

/// A number of at most seven characters.
pub(crate) fn number(number: f64) -> String {
    match number {
        ..100.0 => format!("{number:.2}"),
        100.0..10_000.0 => format!("{number:.0}"),
        10_000.0..10_000_000.0 => format!("{:.1}k", number / 1e3),
        _ => format!("{:.1}M", number / 1e6),
    }
}

fn ceiling(cells: &[Cell], name: &str, ceiling: &str, wanted: f64) {
    let Some(cell) = cells.iter().find(|cell| cell.name() == name) else { return };
    if let (Some(limit), Some(ours)) = (cell.nanos(ceiling), cell.nanos("decode")) {
        let part = limit / ours;
        verdict(part >= wanted, &format!("decode {name}: {part:.2} of the speed of {ceiling}, wanted {wanted:.1}"));
    }
}

fn columns() -> impl Iterator<Item = &'static str> {
    OURS.into_iter().chain(FAST_PEERS).chain([INCUMBENT]).chain(CEILINGS).map(|contender| contender.name)
}

fn short(name: &str) -> &str {
    match name {
        "eventsource-stream" => "es-stream",
        "memchr2+utf8" => "+simdutf8",
        "memchr2+utf8+Bytes" => "+Bytes",
        name => name,
    }
}

/// Whom we compare ourselves with: in each cell, with the best of them.
#[derive(Clone, Copy)]
struct Rival {
    name: &'static str,
    peers: &'static [Contender],
}

impl Rival {
    const BEST: Self = Self { name: "best of three", peers: &FAST_PEERS };
    const BEST_ON_BYTES: Self = Self { name: "best of three on Bytes", peers: &PEERS_ON_BYTES };
    const INCUMBENT: Self = Self { name: INCUMBENT.name, peers: &[INCUMBENT] };

    /// How many times as fast we are.
    fn ratio(self, cell: &Cell, ours: &str) -> Option<f64> {
        Some(cell.best(self.peers)? / cell.nanos(ours)?)
    }
}

/// How we stand to a rival in some cuts.
struct Summary {
    /// The worst first; at least one.
    ratios: Vec<Ratio>,
    geomean: f64,
}

struct Ratio {
    ratio: f64,
    /// What it would be for a decoder that did nothing but the least.
    ceiling: f64,
    cell: String,
}

impl Ratio {
    fn new(cell: &Cell, rival: Rival, ours: &str) -> Option<Self> {
        let ratio = rival.ratio(cell, ours)?;
        let least = CEILING_OF[usize::from(ours == OURS[1].name)];
        // An event that is longer than a chunk has to be put together.
        let copy = if cell.block_len > cell.cut.bytes { cell.nanos(CEILINGS[0].name)? } else { 0.0 };
        let ceiling = cell.best(rival.peers)? / (cell.nanos(least)? + copy);
        Some(Self { ratio, ceiling, cell: cell.name() })
    }
}

impl Summary {
    fn new(cells: &[Cell], cuts: &[&str], rival: Rival, ours: &str) -> Option<Self> {
        let cells = cells.iter().filter(|cell| cuts.contains(&cell.cut.name));
        let mut ratios: Vec<Ratio> = cells.filter_map(|cell| Ratio::new(cell, rival, ours)).collect();
        if ratios.is_empty() {
            return None;
        }
        ratios.sort_by(|one, other| one.ratio.total_cmp(&other.ratio));
        let geomean = (ratios.iter().map(|ratio| ratio.ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        Some(Self { ratios, geomean })
    }

    fn below(&self, limit: f64) -> String {
        let below = self.ratios.iter().filter(|ratio| ratio.ratio < limit);
        let texts = below.map(|Ratio { ratio, ceiling, cell }| format!("{cell} {ratio:.2} ({ceiling:.2})"));
        texts.collect::<Vec<_>>().join(", ")
    }
}
