//! Now beside the baseline: the table, and what follows from it.

use std::fmt::{self, Display, Formatter};

use crate::baseline::{ACCEPT, Baseline};

/// How much a count may change, in percent: room for another linker and another libc, far below what a lost fast path
/// costs.
const TOLERANCE: f64 = 5.0;

/// Two sets of counts.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    rows: Vec<Row>,
    /// The compilers of both, if they differ.
    compilers: Option<[String; 2]>,
}

#[derive(Clone, Debug)]
struct Row {
    cell: String,
    before: Option<u32>,
    now: Option<u32>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    Same,
    Better,
    Worse,
    /// Only one side has the cell, so that nothing is compared.
    Alone,
}

impl Comparison {
    pub(crate) fn new(before: &Baseline, now: &Baseline) -> Self {
        let measured = now.counts.iter().map(|(cell, _)| cell);
        let gone = before.counts.iter().map(|(cell, _)| cell).filter(|cell| now.count(cell).is_none());
        let rows = measured.chain(gone).map(|cell| Row {
            cell: cell.clone(),
            before: before.count(cell),
            now: now.count(cell),
        });
        let compilers = [&before.compiler, &now.compiler];
        Self { rows: rows.collect(), compilers: (compilers[0] != compilers[1]).then(|| compilers.map(Clone::clone)) }
    }

    pub(crate) fn passes(&self) -> bool {
        !self.has(Verdict::Worse) && !self.has(Verdict::Alone)
    }

    fn has(&self, verdict: Verdict) -> bool {
        self.rows.iter().any(|row| row.verdict() == verdict)
    }

    /// The counts, without what follows from them.
    pub(crate) fn table(&self) -> String {
        let head = format!("{:<28} {:>12} {:>12} {:>9}\n", "cell", "baseline", "now", "change");
        self.rows.iter().fold(head, |table, row| table + &row.to_string())
    }
}

impl Display for Comparison {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.table())?;
        if self.has(Verdict::Worse) {
            writeln!(formatter, "A cell takes over {TOLERANCE} % more instructions than its baseline.")?;
        }
        if self.has(Verdict::Alone) {
            writeln!(formatter, "A cell is not both in the baseline and in the program.")?;
        }
        if let Some([before, now]) = &self.compilers {
            let reason = if self.has(Verdict::Worse) { ", which is then the likely reason" } else { "" };
            writeln!(formatter, "The compiler is another{reason}:\n  baseline: {before}\n  now:      {now}")?;
        }
        if !self.passes() {
            writeln!(formatter, "If that is meant, accept it, and commit the file: {ACCEPT}")
        } else if self.has(Verdict::Better) {
            writeln!(formatter, "A cell takes over {TOLERANCE} % fewer. To hold that, accept it: {ACCEPT}")
        } else {
            writeln!(formatter, "No cell takes over {TOLERANCE} % more or fewer instructions than its baseline.")
        }
    }
}

impl Row {
    /// In percent.
    fn change(&self) -> Option<f64> {
        let (before, now) = self.before.zip(self.now)?;
        Some((f64::from(now) / f64::from(before) - 1.0) * 100.0)
    }

    fn verdict(&self) -> Verdict {
        match self.change() {
            None => Verdict::Alone,
            Some(change) if change > TOLERANCE => Verdict::Worse,
            Some(change) if change < -TOLERANCE => Verdict::Better,
            Some(_) => Verdict::Same,
        }
    }
}

impl Display for Row {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let count = |count: Option<u32>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        let change = self.change().map_or_else(|| "-".to_owned(), |change| format!("{change:+.2} %"));
        let mark = match self.verdict() {
            Verdict::Same => "",
            Verdict::Better => "  better",
            Verdict::Worse => "  WORSE",
            Verdict::Alone => "  ALONE",
        };
        let [before, now] = [self.before, self.now].map(count);
        writeln!(formatter, "{:<28} {before:>12} {now:>12} {change:>9}{mark}", self.cell)
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Comparison};

    fn baseline(compiler: &str, counts: &[(&str, u32)]) -> Baseline {
        Baseline { compiler: compiler.to_owned(), ..Baseline::now(counts.iter().copied()) }
    }

    fn compare(now: &[(&str, u32)]) -> Comparison {
        Comparison::new(&baseline("rustc 1", &[("x", 1000), ("y", 1000)]), &baseline("rustc 1", now))
    }

    #[test]
    fn only_a_rise_of_more_than_the_tolerance_fails() {
        assert!(compare(&[("x", 1000), ("y", 1049)]).passes());
        assert!(!compare(&[("x", 1000), ("y", 1051)]).passes());
        // A fall elsewhere does not make up for it.
        assert!(!compare(&[("x", 500), ("y", 1051)]).passes());
    }

    #[test]
    fn a_fall_passes_with_a_hint() {
        let comparison = compare(&[("x", 900), ("y", 1000)]);
        assert!(comparison.passes());
        assert!(comparison.to_string().contains("To hold that, accept it"), "{comparison}");
    }

    #[test]
    fn a_cell_that_is_not_compared_fails() {
        assert!(!compare(&[("x", 1000)]).passes());
        assert!(!compare(&[("x", 1000), ("y", 1000), ("z", 1)]).passes());
    }

    #[test]
    fn another_compiler_is_named() {
        let before = baseline("rustc 1", &[("x", 1000)]);
        let report = |count| Comparison::new(&before, &baseline("rustc 2", &[("x", count)])).to_string();
        assert!(report(1000).contains("The compiler is another:"));
        assert!(report(1100).contains("likely reason"));
        assert!(report(1100).contains("rustc 1") && report(1100).contains("rustc 2"));
    }
}
