//! Counts the instructions of a cell: this program, called once more under callgrind.

use std::{
    env,
    io::ErrorKind,
    path::Path,
    process::{Command, Output},
    sync::Mutex,
    thread,
};

/// The counts of these cells, in their order. Several at a time: counts do not mind.
pub(crate) fn count_all(cells: &[&str]) -> Result<Vec<u32>, String> {
    let program = env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(cells.iter().enumerate());
    // A call of its own, so that the queue is not locked while a cell is counted.
    let next = || queue.lock().expect("nobody panics").next();
    let work = || {
        let mut counts = Vec::new();
        while let Some((index, cell)) = next() {
            counts.push((index, count(&program, cell)?));
        }
        Ok::<_, String>(counts)
    };
    let mut counts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let results = workers.into_iter().map(|worker| worker.join().expect("nobody panics"));
        results.collect::<Result<Vec<_>, _>>().map(|counts| counts.concat())
    })?;
    counts.sort_unstable();
    Ok(counts.into_iter().map(|(_, count)| count).collect())
}

fn count(program: &Path, cell: &str) -> Result<u32, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*gate_measured*", "--callgrind-out-file=/dev/null"])
        // Nobody's own settings: neither valgrind's nor those that choose another memcpy.
        .arg("--command-line-only=yes")
        .env_remove("GLIBC_TUNABLES")
        .arg(program)
        .args(["cell", cell])
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => MISSING.to_owned(),
            _ => format!("valgrind cannot be run: {error}"),
        })?;
    collected(&output).map_err(|reason| {
        format!("{cell} was not counted: {reason} ({})\n{}", output.status, String::from_utf8_lossy(&output.stderr))
    })
}

const MISSING: &str = "\
There is no valgrind here, with which instructions are counted.
On Debian and Ubuntu: apt-get install valgrind";

fn collected(output: &Output) -> Result<u32, &'static str> {
    if !output.status.success() {
        return Err("the cell failed");
    }
    match parse(&String::from_utf8_lossy(&output.stderr)) {
        None => Err("valgrind gave no count"),
        // A gate that always passes would be worse than none.
        Some(0) => Err("the measured function was not found"),
        Some(count) => Ok(count),
    }
}

/// The number of instructions in what callgrind says at its end.
fn parse(report: &str) -> Option<u32> {
    report.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_count_is_found() {
        assert_eq!(parse("==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n"), Some(1_234_567));
        assert_eq!(parse("==7== Collected : 0"), Some(0));
        assert_eq!(parse("==7== Events    : Ir\n"), None);
    }
}
