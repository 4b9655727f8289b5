//! Two packages of npm as judges: eventsource-parser, and the parser of undici's `EventSource`.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::Path,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use serde::Deserialize;

use super::{
    process::{Process, WAIT, skip},
    standard::Event,
    streams::Chunks,
};

/// What the two make of a stream.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    pub eventsource_parser: Vec<Event>,
    pub undici: Vec<Event>,
}

/// Returns what they make of these streams; `None`, and says so, if they are not there.
pub fn judge(streams: &[Chunks]) -> Option<Vec<Judgement>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    if !["eventsource-parser", "undici"].iter().all(|name| here.join("node_modules").join(name).exists()) {
        return skip("no node_modules in tests/judges");
    }
    // Files, since nobody has to read one while another writes.
    let files = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [input, output] = ["judge.in", "judge.out"].map(|name| files.join(name));
    let lines: String = streams.iter().map(line).collect();
    fs::write(&input, lines).unwrap();
    let mut command = Command::new("node");
    command.arg(here.join("judge.mjs")).stdin(File::open(input).unwrap()).stdout(File::create(&output).unwrap());
    let mut node = Process::start(&mut command)?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = node.0.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < WAIT * 3, "node does not come to an end");
        sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "{status}");
    let text = fs::read_to_string(output).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn line(chunks: &Chunks) -> String {
    let mut line = String::new();
    for (number, chunk) in chunks.iter().enumerate() {
        line.push_str(if number == 0 { "" } else { " " });
        chunk.iter().for_each(|byte| write!(line, "{byte:02x}").unwrap());
    }
    line + "\n"
}
