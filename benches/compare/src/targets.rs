//! What the decode matrix is to show, and whether it does.

use crate::{
    contenders::OURS,
    decode::Cell,
    report::verdict,
    summary::{Group, Rival, Summary},
};

struct Target {
    ours: &'static str,
    rival: Rival,
    group: Group,
    wanted: Wanted,
}

#[derive(Clone, Copy)]
enum Wanted {
    Geomean(f64),
    /// Of each cell, as far as its ceiling allows.
    Each(f64),
}

/// Without the cell where even the ceiling is not half as fast as the best peer.
const SMALL_BUT_KEEP_ALIVE: Group =
    Group { name: "128, 10 without 10/keep-alive", except: &["10/keep-alive"], ..Group::SMALL_CUTS };

/// Small events of several lines, where what is done for each line counts.
const SEVERAL_LINES: Group = Group {
    name: "events of several lines",
    starts: &["whole/event-data-120", "whole/ticks-55", "whole/3-lines"],
    except: &[],
};

const TARGETS: [Target; 12] = [
    decode(Rival::BEST, Group::LARGE_CUTS, Wanted::Geomean(3.1)),
    decode(Rival::BEST, Group::LARGE_CUTS, Wanted::Each(1.0)),
    decode(Rival::BEST, Group::SMALL_CUTS, Wanted::Geomean(1.5)),
    decode(Rival::BEST, SMALL_BUT_KEEP_ALIVE, Wanted::Each(0.85)),
    decode(Rival::BEST, Group::WORST_CUT, Wanted::Geomean(0.95)),
    decode(Rival::BEST, SEVERAL_LINES, Wanted::Each(2.5)),
    decode_bytes(Rival::BEST, Group::LARGE_CUTS, Wanted::Geomean(2.2)),
    decode_bytes(Rival::BEST_ON_BYTES, Group::SMALL_CUTS, Wanted::Geomean(1.3)),
    decode_bytes(Rival::BEST_ON_BYTES, Group::SMALL_CUTS, Wanted::Each(0.9)),
    decode(Rival::INCUMBENT, Group::LARGE_CUTS, Wanted::Geomean(20.0)),
    decode(Rival::INCUMBENT, Group::LARGE_CUTS, Wanted::Each(8.0)),
    decode(Rival::INCUMBENT, Group::SMALL_CUTS, Wanted::Each(5.0)),
];

const fn decode(rival: Rival, group: Group, wanted: Wanted) -> Target {
    Target { ours: OURS[0].name, rival, group, wanted }
}

const fn decode_bytes(rival: Rival, group: Group, wanted: Wanted) -> Target {
    Target { ours: OURS[1].name, rival, group, wanted }
}

/// Prints all of them, as far as their cells have been measured.
pub(crate) fn print(cells: &[Cell]) {
    println!("\ntargets (beside a cell below what is wanted: what the ceiling has there, with a copy of what is cut;");
    println!("where that is below, too, the cell counts as met)");
    for target in &TARGETS {
        if let Some(found) = Summary::new(cells, target.group, target.rival, target.ours) {
            target.print(&found);
        }
    }
    for name in ["whole/ascii-40k", "whole/korean-36k"] {
        ceiling(cells, name, "memchr2+utf8", 0.6);
    }
    ceiling(cells, "whole/tiny-17", "memchr2", 1.0);
}

impl Target {
    fn print(&self, found: &Summary) {
        let what = format!("{} vs {}, {}:", self.ours, self.rival.name, self.group.name);
        match self.wanted {
            Wanted::Geomean(wanted) => {
                let text = format!("{what} geomean {:.2}, wanted {wanted:.2}", found.geomean);
                verdict(found.geomean >= wanted, &text);
            }
            Wanted::Each(wanted) => {
                let below: Vec<_> = found.ratios.iter().filter(|ratio| ratio.ratio < wanted).collect();
                let cells: Vec<_> = below.iter().map(|below| below.to_string()).collect();
                let text =
                    format!("{what} worst {:.2}, wanted {wanted:.2} {}", found.ratios[0].ratio, cells.join(", "));
                verdict(below.iter().all(|below| below.ceiling < wanted), &text);
            }
        }
    }
}

fn ceiling(cells: &[Cell], name: &str, ceiling: &str, wanted: f64) {
    let Some(cell) = cells.iter().find(|cell| cell.name() == name) else { return };
    if let (Some(limit), Some(ours)) = (cell.nanos(ceiling), cell.nanos("decode")) {
        let part = limit / ours;
        verdict(part >= wanted, &format!("decode {name}: {part:.2} of the speed of {ceiling}, wanted {wanted:.1}"));
    }
}
