//! How we stand to the peers in some cells at a time: geometric means and the worst cells.

use std::fmt::{self, Display, Formatter};

use crate::{
    contenders::{CEILING_OF, CEILINGS, Contender, FAST_PEERS, INCUMBENT, OURS, PEERS_ON_BYTES},
    decode::Cell,
};

/// Some cells of the matrix.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    /// How their names start.
    pub(crate) starts: &'static [&'static str],
    pub(crate) except: &'static [&'static str],
}

impl Group {
    /// The cuts that transports make.
    pub(crate) const LARGE_CUTS: Self =
        Self { name: "whole, 16K, 1460", starts: &["whole/", "16K/", "1460/"], except: &[] };
    /// Those that only hostile or tiny ones do.
    pub(crate) const SMALL_CUTS: Self = Self { name: "128, 10", starts: &["128/", "10/"], except: &[] };
    pub(crate) const WORST_CUT: Self = Self { name: "1", starts: &["1/"], except: &[] };

    fn has(self, cell: &str) -> bool {
        self.starts.iter().any(|start| cell.starts_with(start)) && !self.except.contains(&cell)
    }
}

/// Whom we compare ourselves with: in each cell, with the best of them.
#[derive(Clone, Copy)]
pub(crate) struct Rival {
    pub(crate) name: &'static str,
    pub(crate) peers: &'static [Contender],
}

impl Rival {
    pub(crate) const BEST: Self = Self { name: "best of three", peers: &FAST_PEERS };
    pub(crate) const BEST_ON_BYTES: Self = Self { name: "best of three on Bytes", peers: &PEERS_ON_BYTES };
    pub(crate) const INCUMBENT: Self = Self { name: INCUMBENT.name, peers: &[INCUMBENT] };

    /// How many times as fast we are.
    pub(crate) fn ratio(self, cell: &Cell, ours: &str) -> Option<f64> {
        Some(cell.best(self.peers)? / cell.nanos(ours)?)
    }
}

/// How we stand to a rival in a group.
pub(crate) struct Summary {
    /// The worst first; at least one.
    pub(crate) ratios: Vec<Ratio>,
    pub(crate) geomean: f64,
}

pub(crate) struct Ratio {
    pub(crate) ratio: f64,
    /// What it would be for a decoder that did nothing but the least.
    pub(crate) ceiling: f64,
    pub(crate) cell: String,
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

impl Display for Ratio {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:.2} ({:.2})", self.cell, self.ratio, self.ceiling)
    }
}

impl Summary {
    pub(crate) fn new(cells: &[Cell], group: Group, rival: Rival, ours: &str) -> Option<Self> {
        let cells = cells.iter().filter(|cell| group.has(&cell.name()));
        let mut ratios: Vec<Ratio> = cells.filter_map(|cell| Ratio::new(cell, rival, ours)).collect();
        if ratios.is_empty() {
            return None;
        }
        ratios.sort_by(|one, other| one.ratio.total_cmp(&other.ratio));
        let geomean = (ratios.iter().map(|ratio| ratio.ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        Some(Self { ratios, geomean })
    }
}

/// Prints all of them.
pub(crate) fn print(cells: &[Cell]) {
    println!("\nsummary: how many times as fast as the peer (~ above: measured on a prefix, which flatters the peer)");
    println!("{:<20}{:<24}{:<18}{:>6}{:>9}{:>8}  worst cell", "ours", "peer", "cuts", "cells", "geomean", "worst");
    let rivals = [Rival::BEST, Rival::BEST_ON_BYTES, Rival::INCUMBENT];
    let ours = OURS.iter().flat_map(|ours| rivals.map(|rival| (ours.name, rival)));
    // What the targets could be at most, if a decoder did nothing but the least.
    let ceilings = CEILING_OF.iter().map(|&ceiling| (ceiling, Rival::BEST));
    for (ours, rival) in ours.chain(ceilings) {
        for group in [Group::LARGE_CUTS, Group::SMALL_CUTS, Group::WORST_CUT] {
            let Some(Summary { ratios, geomean }) = Summary::new(cells, group, rival, ours) else { continue };
            let (peer, cuts, count, Ratio { ratio, cell, .. }) = (rival.name, group.name, ratios.len(), &ratios[0]);
            println!("{ours:<20}{peer:<24}{cuts:<18}{count:>6}{geomean:>9.2}{ratio:>8.2}  {cell}");
        }
    }
}
