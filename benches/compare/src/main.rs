//! sse-wire beside its rivals and beside what the machine can do, in one process.
//!
//! ```text
//! cargo run --release -p compare                       all of it, about two minutes
//! cargo run --release -p compare -- --quick            the same with fewer rounds, half a minute
//! cargo run --release -p compare -- decode             one part of it
//! cargo run --release -p compare -- decode --filter whole/
//! ```

mod alloc;
mod blocks;
mod chart;
mod contenders;
mod corpus;
mod decode;
mod encode;
mod hostile;
mod report;
mod scaling;
mod summary;
mod targets;
mod timing;
mod ways;

use std::{num::NonZero, path::PathBuf, process::ExitCode, time::Duration};

use crate::timing::Plan;

const USAGE: &str = "\
usage: compare [PART]... [OPTION]...
parts (all if none is named): decode blocks encode alloc hostile scaling
  --quick          fewer rounds
  --rounds N       N rounds over all cells
  --filter TEXT    only cells whose name, CUT/CORPUS, has TEXT in it
  --cell NAME      only this cell
  --csv FILE       where all cells are written (target/compare.csv)
  --svg DIR        where charts are drawn, of the decode matrix and of the scaling
";

const PARTS: [&str; 6] = ["decode", "blocks", "encode", "alloc", "hostile", "scaling"];

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprint!("{message}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    // A rival that panics is a wrong cell, not a page of text.
    std::panic::set_hook(Box::new(|_| ()));
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let corpora = corpus::all();
    if options.has_part("decode") {
        report::legend(&corpora);
        let cells = decode::run(options.plan(), &corpora, |name| options.wants(name));
        report::decode_tables(&cells);
        summary::print(&cells);
        targets::print(&cells);
        report::write_csv(&options.csv, &cells)?;
        if let Some(directory) = &options.svg {
            chart::decode(directory, &cells)?;
        }
    }
    if options.has_part("blocks") {
        blocks::run(options.plan(), &corpora, |name| options.wants(name));
    }
    if options.has_part("encode") {
        encode::run(options.plan(), |name| options.wants(name));
    }
    if options.has_part("alloc") {
        alloc::run(&corpora, |name| options.wants(name));
    }
    if options.has_part("hostile") {
        hostile::run(options.longest_step(), |name| options.wants(name));
    }
    if options.has_part("scaling") {
        let scaling = scaling::run(options.longest_step());
        if let Some(directory) = &options.svg {
            chart::scaling(directory, &scaling)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Options {
    parts: Vec<String>,
    is_quick: bool,
    rounds: Option<NonZero<u32>>,
    filter: String,
    cell: Option<String>,
    csv: PathBuf,
    svg: Option<PathBuf>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { csv: "target/compare.csv".into(), ..Self::default() };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let part = argument.trim_start_matches("--");
            match argument.as_str() {
                "--quick" => options.is_quick = true,
                "--rounds" => options.rounds = Some(value()?.parse().map_err(|_| "--rounds needs a number")?),
                "--filter" => options.filter = value()?,
                "--cell" => options.cell = Some(value()?),
                "--csv" => options.csv = value()?.into(),
                "--svg" => options.svg = Some(value()?.into()),
                _ if PARTS.contains(&part) => options.parts.push(part.to_owned()),
                _ => return Err(format!("what is {argument}?")),
            }
        }
        Ok(options)
    }

    fn has_part(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|name| name == part)
    }

    fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter) && self.cell.as_ref().is_none_or(|cell| cell == name)
    }

    /// For those who go on only as long as they can afford it.
    fn longest_step(&self) -> Duration {
        Duration::from_millis(if self.is_quick { 250 } else { 2000 })
    }

    fn plan(&self) -> Plan {
        let (rounds, least, longest_run) = if self.is_quick { (5, 1, 8) } else { (30, 2, 40) };
        Plan {
            rounds: self.rounds.map_or(rounds, NonZero::get),
            least: Duration::from_millis(least),
            // On a quiet machine only the incumbent and, in single bytes, the peers on `Bytes` take longer for one run.
            most: Duration::from_millis(20),
            longest_run: Duration::from_millis(longest_run),
        }
    }
}
