//! The counts that were accepted, in a file that is committed.

use std::{
    env,
    fmt::{self, Display, Formatter},
    fs,
    path::{Path, PathBuf},
};

/// How a change is accepted.
pub(crate) const ACCEPT: &str = "`cargo run --release -p gate -- accept`";

/// What compiled this program.
const COMPILER: &str = env!("GATE_COMPILER");

/// Counts, and the compiler that they were taken with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Baseline {
    pub(crate) compiler: String,
    pub(crate) counts: Vec<(String, u32)>,
}

/// Where the file is.
pub(crate) fn path() -> PathBuf {
    // Where cargo runs it goes first: a target directory may outlive a move of the repository.
    let directory = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&directory).join("baseline.tsv")
}

impl Baseline {
    /// What this program has counted.
    pub(crate) fn now<'a>(counts: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let counts = counts.into_iter().map(|(cell, count)| (cell.to_owned(), count)).collect();
        Self { compiler: COMPILER.to_owned(), counts }
    }

    pub(crate) fn read() -> Result<Self, String> {
        let path = path();
        let found = match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| "it is not what the gate writes".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        found.map_err(|reason| {
            format!("The baseline cannot be read: {}: {reason}\nTo take it anew: {ACCEPT}", path.display())
        })
    }

    pub(crate) fn write(&self) -> Result<(), String> {
        let path = path();
        fs::write(&path, self.to_string()).map_err(|error| format!("{} cannot be written: {error}", path.display()))
    }

    pub(crate) fn count(&self, cell: &str) -> Option<u32> {
        self.counts.iter().find(|(known, _)| known == cell).map(|&(_, count)| count)
    }

    /// The opposite of `to_string`.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let compiler = lines.next()?.strip_prefix("# ")?.to_owned();
        lines.next().filter(|&line| line == COLUMNS)?;
        let counts = lines.map(|line| {
            let (cell, count) = line.split_once('\t')?;
            // A count of nothing is none, and could not be divided by.
            Some((cell.to_owned(), count.parse().ok().filter(|&count| count > 0)?))
        });
        Some(Self { compiler, counts: counts.collect::<Option<_>>()? })
    }
}

const COLUMNS: &str = "cell\tinstructions";

impl Display for Baseline {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "# {}\n{COLUMNS}", self.compiler)?;
        self.counts.iter().try_for_each(|(cell, count)| writeln!(formatter, "{cell}\t{count}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Baseline;

    #[test]
    fn what_is_written_can_be_read() {
        let baseline = Baseline::now([("decode/whole/tiny-17", 12), ("encode/small", 7)]);
        assert_eq!(Baseline::parse(&baseline.to_string()), Some(baseline));
    }

    #[test]
    fn half_a_file_is_no_baseline() {
        for text in ["", "# rustc", "cell\tinstructions\nx\t1\n", "# rustc\ncell\tinstructions\nx\n"] {
            assert_eq!(Baseline::parse(text), None, "{text:?}");
        }
        assert_eq!(Baseline::parse("# rustc\ncell\tinstructions\nx\t0\n"), None);
    }
}
