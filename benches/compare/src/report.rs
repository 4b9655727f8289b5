//! What is printed of the cells: a table for each cut; and all of them as CSV.

use std::{fmt::Write as _, fs, io, path::Path};

use crate::{
    contenders::{CEILINGS, Contender, FAST_PEERS, INCUMBENT, OURS},
    corpus::Corpus,
    decode::{Cell, Mark, Score},
    summary::Rival,
};

/// Prints what the corpora and the columns are.
pub(crate) fn legend(corpora: &[Corpus]) {
    for corpus in corpora {
        println!("{:<15}{}, {} KiB", corpus.name, corpus.about, corpus.stream.len() / 1024);
    }
    println!("{LEGEND}");
}

const LEGEND: &str = "
Times: the fastest run of all rounds; ~ was measured on the beginning of the stream.
best/dec, best/d_b: how many times as fast decode and decode_bytes are as the best of the three fast peers, by these
times. middle half: how much that moves. Each round goes over all cells and has a ratio of its own, by its own fastest
runs; between these two values lies the middle half of them.
es/dec, es/d_b: how many times as fast decode and decode_bytes are as eventsource-stream.";

/// Prints a table for each cut.
pub(crate) fn decode_tables(cells: &[Cell]) {
    for cells in cells.chunk_by(|one, other| one.cut == other.cut) {
        println!("\ncut: {} (ns per event, or per comment in keep-alive)", cells[0].cut.name);
        let times: String = columns().map(|name| format!("{:>13}", short(name))).collect();
        let best = ["best/dec", "best/d_b"].map(|name| format!("{name:>9}{:>12}", "middle half")).concat();
        println!("{:<15}{:>7}{times} |  GB/s{best}  es/dec  es/d_b", "corpus", "B/event");
        cells.iter().for_each(row);
    }
}

fn row(cell: &Cell) {
    let times = columns().map(|name| match cell.score(name) {
        Some(Score { mark: Mark::Wrong, .. }) => "WRONG".to_owned(),
        Some(Score { mark: Mark::Prefix(_), nanos, .. }) => format!("{}~", number(*nanos)),
        Some(Score { mark: Mark::Whole, nanos, .. }) => number(*nanos),
        None => String::new(),
    });
    let times: String = times.map(|text| format!("{text:>13}")).collect();
    let rate = cell.score(OURS[0].name).map_or(f64::NAN, |score| score.rate);
    let ratio = |rival: Rival, ours: Contender| {
        rival.ratio(cell, ours.name).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))
    };
    let best = OURS.map(|ours| format!("{:>9}{:>12}", ratio(Rival::BEST, ours), middle_half(cell, ours))).concat();
    let incumbent = OURS.map(|ours| format!("{:>8}", ratio(Rival::INCUMBENT, ours))).concat();
    println!("{:<15}{:>7}{times} |{rate:>6.2}{best}{incumbent}", cell.corpus, cell.block_len);
}

/// Between which values the middle half of the rounds lies: a slow second here and there does not move it.
fn middle_half(cell: &Cell, ours: Contender) -> String {
    let ratios = cell.ratios(&FAST_PEERS, ours.name);
    match ratios.len() {
        0 => String::new(),
        count => format!("{:.2}-{:.2}", ratios[count / 4], ratios[count - 1 - count / 4]),
    }
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
