//! Fails when sse-wire takes more instructions than it did.
//!
//! Times depend on the machine and on what else it does; callgrind's counts of instructions do not, so a few cells,
//! compared with a file, can stand in CI. They say nothing about caches and branches: for times see benches/compare.
//!
//! ```text
//! cargo run --release -p gate                  compares with benches/gate/baseline.tsv
//! cargo run --release -p gate -- accept        rewrites that file
//! ```
//!
//! The exit status is 1 if a cell is worse, and 2 if that cannot be told.

mod baseline;
mod callgrind;
mod cells;
mod compare;
#[path = "../../compare/src/corpus.rs"]
#[expect(dead_code, reason = "it is the comparison's, which needs more of it")]
mod corpus;

use std::process::ExitCode;

use crate::{baseline::Baseline, cells::CELLS, compare::Comparison};

const USAGE: &str = "\
usage: gate [check]      compares with the baseline
       gate accept       makes what is measured now the baseline";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] | ["check"] => check(),
        ["accept"] => accept(),
        // What this program calls under valgrind.
        ["cell", name] => cells::run(name).map(|()| ExitCode::SUCCESS),
        _ => Err(USAGE.to_owned()),
    };
    result.unwrap_or_else(|message| {
        eprintln!("{message}");
        ExitCode::from(2)
    })
}

fn check() -> Result<ExitCode, String> {
    // First, because it is read at once and the measuring takes a while.
    let baseline = Baseline::read()?;
    let comparison = Comparison::new(&baseline, &measure()?);
    print!("{comparison}");
    Ok(if comparison.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn accept() -> Result<ExitCode, String> {
    let now = measure()?;
    match Baseline::read() {
        Ok(before) => print!("{}", Comparison::new(&before, &now).table()),
        Err(reason) => println!("There is nothing to compare with: {reason}"),
    }
    now.write()?;
    println!("This is the baseline now: {}", baseline::path().display());
    Ok(ExitCode::SUCCESS)
}

fn measure() -> Result<Baseline, String> {
    if cfg!(debug_assertions) {
        return Err("Only an optimized build says anything: `cargo run --release -p gate`".to_owned());
    }
    let counts = callgrind::count_all(&CELLS)?;
    Ok(Baseline::now(CELLS.into_iter().zip(counts)))
}
