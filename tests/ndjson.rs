//! The example `ndjson`, run as users run it: a process with pipes.

// The example needs the feature, and Miri starts no process.
#![cfg(all(feature = "std", not(miri)))]

#[path = "support/event_lines.rs"]
mod event_lines;

use std::{
    env::{self, consts::EXE_SUFFIX},
    fs,
    io::{BufReader, Read, Write},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use event_lines::EVENT_LINES;
use serde_json::Value;
use sse_wire::DecodeError;

#[test]
fn decode_prints_the_tokens_of_a_chat() {
    let stdout = succeed(&["decode", "tests/data/chat.sse"], b"");
    let events: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 55);
    assert!(events.iter().all(|event| event["event"] == "message" && event["id"] == ""));
    let [chunks @ .., done] = &events[..] else { unreachable!() };
    assert_eq!(done["data"], "[DONE]");

    let chunks: Vec<Value> =
        chunks.iter().map(|chunk| serde_json::from_str(chunk["data"].as_str().unwrap()).unwrap()).collect();
    let text: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert!(text.starts_with("Here are three places to meet in the old town:\n\n1. Café Lumière"), "{text}");
    assert!(text.contains("\"한국어\" reading circle") && text.ends_with("🚶🏽‍♀️"), "{text}");
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "stop");
}

#[test]
fn decode_prints_event_types() {
    let stdout = succeed(&["decode", "tests/data/anthropic.sse"], b"");
    let events: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let mut expected = vec!["message_start", "content_block_start", "ping"];
    expected.extend(["content_block_delta"; 10]);
    expected.extend(["content_block_stop", "message_delta", "message_stop"]);
    assert_eq!(types, expected);
    for event in &events {
        let data: Value = serde_json::from_str(event["data"].as_str().unwrap()).unwrap();
        assert_eq!(data["type"], event["event"]);
    }
}

#[test]
fn events_are_read_and_written_in_their_one_json_form() {
    for (stream, line) in EVENT_LINES {
        assert_eq!(succeed(&["decode"], stream.as_bytes()).trim_end(), line);
        // What was printed, be it by another program, can be sent, and is the same event.
        let encoded = succeed(&["encode"], line.as_bytes());
        assert_eq!(succeed(&["decode"], encoded.as_bytes()).trim_end(), line);
    }
}

#[test]
fn decode_prints_what_the_standard_says() {
    let mut ticks: Vec<String> = (1..=10).map(tick).collect();
    ticks.insert(5, "{\"comment\":\"still here\"}\n".to_owned());
    ticks.insert(0, "{\"retry\":2500}\n".to_owned());
    ticks.push("{\"last_event_id\":\"10\",\"retry\":2500,\"truncated\":false}\n".to_owned());

    for (file, expected) in [("ticks", ticks.concat().as_str()), ("multiline", MULTILINE), ("odd", ODD)] {
        let path = format!("tests/data/{file}.sse");
        let args = ["decode", "--items", "--summary"];
        assert_eq!(succeed(&[&args[..], &[&path]].concat(), b""), expected, "{file}");
        let stream = fs::read(&path).unwrap();
        assert_eq!(succeed(&args, &stream), expected, "{file} from standard input");
    }
}

#[test]
fn options_of_decode() {
    const A: &str = r#"{"event":"message","data":"a","id":""}"#;
    let too_long = error_line(DecodeError::EventTooLong { offset: 10, limit: 4 });
    let invalid = error_line(DecodeError::InvalidUtf8 { offset: 7 });
    let table: &[(&[&str], &[u8], &[&str])] = &[
        (&[], b"", &[]),
        (&[], b": hi\nretry: 1\ndata: a\n\n", &[A]),
        (&["--items"], b"data: a\n: hi\nretry: 1\n\n", &[r#"{"comment":"hi"}"#, r#"{"retry":1}"#, A]),
        (&["--items"], b"retry: 18446744073709551615\n", &[r#"{"retry":18446744073709551615}"#]),
        (&["--items"], b"retry: 18446744073709551616\nretry: -1\nretry: 1.5\nretry:\n", &[]),
        (&["--summary"], b"", &[r#"{"last_event_id":"","retry":null,"truncated":false}"#]),
        (&["--summary"], b"id: 9\nretry: 0\n\n", &[r#"{"last_event_id":"9","retry":0,"truncated":false}"#]),
        (&["--reject"], b"data: a\xff\n\n: \xff\ndata: a\n\n", &[&invalid, A]),
        (&["--reject", "--items"], b": alive\xff\ndata: a\n\n", &[&invalid, A]),
        (&["--max-event-len", "4"], b"data: 12345\n\ndata: a\n\n", &[&too_long, A]),
        (&["--max-event-len", "1"], b"data: a\n\n", &[A]),
        (&["--last-event-id", "x"], b"data: a\n\n", &[r#"{"event":"message","data":"a","id":"x"}"#]),
        (&["--last-event-id", "x"], b"id\ndata: a\n\n", &[A]),
        (&["--last-event-id", "x", "--last-event-id", ""], b"data: a\n\n", &[A]),
        (&["--last-event-id", "\"", "--summary"], b"", &[r#"{"last_event_id":"\"","retry":null,"truncated":false}"#]),
    ];
    for (args, stream, expected) in table {
        let stdout = succeed(&[&["decode"], *args].concat(), stream);
        assert_eq!(stdout.lines().collect::<Vec<_>>(), *expected, "{args:?} {}", stream.escape_ascii());
    }
}

#[test]
fn decode_tells_if_an_event_was_cut_off() {
    let table: &[(&str, bool)] = &[
        ("", false),
        ("data: a\n\n", false),
        ("data: a\r\r", false),
        ("data: a\r\n\r\n", false),
        ("data: a\r\n", true),
        ("data: a\n", true),
        ("data: a", true),
        ("data", true),
        ("dat", false),
        (": comment", false),
        ("event: tick\nid: 1\nretry: 5", false),
        ("data: a\nid: 1", true),
    ];
    for (stream, is_truncated) in table {
        let stdout = succeed(&["decode", "--summary"], stream.as_bytes());
        assert!(stdout.ends_with(&format!("\"truncated\":{is_truncated}}}\n")), "{stream:?}: {stdout}");
        // What was cut off is not printed.
        let is_printed = stream.starts_with("data: a") && !is_truncated;
        assert_eq!(stdout.lines().count(), 1 + usize::from(is_printed), "{stream:?}: {stdout}");
    }
}

#[test]
fn chunks_of_any_length_give_the_same() {
    for file in FILES {
        for options in [&["--reject", "--max-event-len", "9"][..], &["--items", "--summary"]] {
            let args = [&["decode", file], options].concat();
            let expected = succeed(&args, b"");
            for length in ["0", "1", "2", "3", "7", "64"] {
                let args = [&args[..], &["--chunk", length]].concat();
                assert_eq!(succeed(&args, b""), expected, "{args:?}");
            }
        }
    }
}

#[test]
fn encode_takes_what_decode_prints() {
    for file in FILES {
        let lines = succeed(&["decode", "--items", file], b"");
        let stream = succeed(&["encode"], lines.as_bytes());
        assert_eq!(succeed(&["decode", "--items"], stream.as_bytes()), lines, "{file}");
    }
}

#[test]
fn encode_writes_frames() {
    let all = r#"{"data":"x","retry":5,"id":"7","event":"tick","comment":"note"}"#;
    let table: &[(&str, &str)] = &[
        ("", ""),
        ("\n \t\r\n\n", ""),
        ("{}", "\n"),
        (all, ": note\nevent: tick\nid: 7\nretry: 5\ndata: x\n\n"),
        (r#"{"data":"a\r\n\nb\rc"}"#, "data: a\ndata: \ndata: b\ndata: c\n\n"),
        (r#"{"comment":"a\nb"}"#, ": a\n: b\n\n"),
        (r#"{"event":"","id":"","data":""}"#, "event: \nid: \ndata: \n\n"),
        (r#"{"data":"\u00e9 \ud83d\ude00 \u0000"}"#, "data: é 😀 \0\n\n"),
        ("{\"retry\":0}\r\n\n{\"retry\":18446744073709551615}\n", "retry: 0\n\nretry: 18446744073709551615\n\n"),
    ];
    for (lines, expected) in table {
        assert_eq!(succeed(&["encode"], lines.as_bytes()), *expected, "{lines}");
    }
}

#[test]
fn encode_refuses_hostile_lines() {
    let table: &[(&str, &str)] = &[
        (r#"{"event":"a\ndata: forged"}"#, "LF at index 1"),
        (r#"{"event":"a\rb"}"#, "CR at index 1"),
        (r#"{"data":"x","id":"1\n\ndata: forged"}"#, "LF at index 1"),
        (r#"{"id":"\r"}"#, "CR at index 0"),
        (r#"{"id":"a\u0000","data":"x"}"#, "NUL at index 1"),
        (r#"{"event":null}"#, "`event` must be a string"),
        (r#"{"id":7,"data":"x"}"#, "`id` must be a string"),
        (r#"{"data":["x"]}"#, "`data` must be a string"),
        (r#"{"data":{"x":1}}"#, "`data` must be a string"),
        (r#"{"comment":true}"#, "`comment` must be a string"),
        (r#"{"retry":"3000"}"#, "`retry` must be a whole number"),
        (r#"{"retry":null}"#, "`retry` must be a whole number"),
        (r#"{"retry":-1,"data":"x"}"#, "`retry` must be a whole number"),
        (r#"{"retry":0.5}"#, "`retry` must be a whole number"),
        (r#"{"retry":18446744073709551616}"#, "`retry` must be a whole number"),
        (r#"{"data":"x","datum":"x"}"#, r#"unknown key "datum""#),
        (r#"{"Data":"x"}"#, r#"unknown key "Data""#),
        ("{\"a\\u001b[2J\":1}", r#"unknown key "a\u{1b}[2J""#),
        (r#"{"error":"invalid UTF-8 at byte 3 of the stream"}"#, r#"unknown key "error""#),
        (r#"{"last_event_id":"7","retry":null,"truncated":false}"#, r#"unknown key "last_event_id""#),
        (r#"{"truncated":false}"#, r#"unknown key "truncated""#),
        ("data: x", "not JSON, at column 1"),
        (r#"{"data":"x""#, "not JSON, at column 11"),
        (r#"{"data":"x"} {"data":"y"}"#, "not JSON, at column 14"),
        ("{\"data\":\"\t\"}", "not JSON, at column"),
        (r#"{"data":"\ud800"}"#, "not JSON, at column"),
        ("[]", "not a JSON object"),
        ("\"x\"", "not a JSON object"),
        ("null", "not a JSON object"),
    ];
    for (line, why) in table {
        refuse(line.as_bytes(), why);
    }
    refuse(b"{\"data\":\"\xff\"}", "not JSON, at column");
}

#[test]
fn output_is_there_before_the_input_ends() {
    let decode: &[(&str, &str)] = &[
        ("data: one\n\n", "{\"event\":\"message\",\"data\":\"one\",\"id\":\"\"}\n"),
        ("data: two\r\r", "{\"event\":\"message\",\"data\":\"two\",\"id\":\"\"}\n"),
        ("data: th", ""),
        ("ree\n", ""),
        ("\n", "{\"event\":\"message\",\"data\":\"three\",\"id\":\"\"}\n"),
        (": four\n", "{\"comment\":\"four\"}\n"),
        ("retry: 5\n", "{\"retry\":5}\n"),
    ];
    check_live(&["decode", "--items"], decode);
    check_live(&["decode", "--items", "--chunk", "1000"], decode);
    let encode = &[("{\"data\":\"one\"}\n", "data: one\n\n"), ("{\"id\":", ""), ("\"2\"}\n", "id: 2\n\n")];
    check_live(&["encode"], encode);
}

#[test]
fn a_reader_that_is_gone_is_no_error() {
    for (command, line) in [("decode", "data: x\n\n"), ("encode", "{\"data\":\"x\"}\n")] {
        let mut child = start(&[command]);
        drop(child.stdout.take());
        let mut stdin = child.stdin.take().unwrap();
        // Far more than a pipe holds.
        let block = line.repeat(1000);
        let is_broken = (0..1000).any(|_| stdin.write_all(block.as_bytes()).is_err());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(is_broken, "{command} has read on for nobody");
        assert_eq!((output.status.code(), text(output.stderr).as_str()), (Some(0), ""), "{command}");
    }
}

#[test]
fn usage_errors() {
    let table: &[(&[&str], &str)] = &[
        (&[], "no command"),
        (&["recode"], "unknown command \"recode\""),
        (&["--items"], "unknown command \"--items\""),
        (&["decode", "--frob"], "unknown option \"--frob\""),
        (&["decode", "-x"], "unknown option \"-x\""),
        (&["decode", "--chunk=3"], "unknown option \"--chunk=3\""),
        (&["decode", "--chunk"], "--chunk wants a value"),
        (&["decode", "--max-event-len"], "--max-event-len wants a value"),
        (&["decode", "--items", "--last-event-id"], "--last-event-id wants a value"),
        (&["decode", "--chunk", "x"], "not a number of bytes: \"x\""),
        (&["decode", "--chunk", ""], "not a number of bytes: \"\""),
        (&["decode", "--max-event-len", "-1"], "not a number of bytes: \"-1\""),
        (&["decode", "--last-event-id", "a\nb"], "LF at index 1"),
        (&["decode", "tests/data/none.sse"], "cannot read tests/data/none.sse: "),
        (&["decode", "tests/data"], "cannot read tests/data: "),
        (&["decode", "a.sse", "b.sse"], "one FILE is enough: \"b.sse\""),
        (&["encode", "a.ndjson"], "encode takes no argument: \"a.ndjson\""),
    ];
    for (args, why) in table {
        let output = run(args, b"data: not printed\n\n");
        let stderr = text(output.stderr);
        assert_eq!((output.status.code(), text(output.stdout).as_str()), (Some(2), ""), "{args:?}: {stderr}");
        assert!(stderr.starts_with(&format!("ndjson: {why}")) && stderr.contains("\nUsage:"), "{args:?}: {stderr}");
    }
    for args in [&["--help"][..], &["decode", "--help"], &["encode", "--help"], &["decode", "--frob", "--help"]] {
        let stdout = succeed(args, b"");
        assert!(stdout.starts_with("Usage:"), "{args:?}: {stdout}");
    }
}

/// What decode prints of the n-th event of ticks.sse.
fn tick(n: u32) -> String {
    let (units, cents) = (100 + n * 7 % 10, n * 37 % 100);
    format!(r#"{{"event":"tick","data":"{{\"n\":{n},\"price\":\"{units}.{cents:02}\"}}","id":"{n}"}}"#) + "\n"
}

/// Expects that `encode` writes the frame before this line, and tells the number of this one.
fn refuse(line: &[u8], why: &str) {
    let lines = [b"{\"data\":\"before\"}\n \n", line, b"\n{\"data\":\"after\"}\n"].concat();
    let Output { status, stdout, stderr } = run(&["encode"], &lines);
    let (stdout, stderr) = (text(stdout), text(stderr));
    let shown = line.escape_ascii();
    assert_eq!((status.code(), stdout.as_str()), (Some(1), "data: before\n\n"), "{shown}: {stderr}");
    assert!(stderr.starts_with(&format!("ndjson: line 3: {why}")), "{shown}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{shown}: {stderr}");
}

/// Expects each output when its input was written, while there may be more to come.
fn check_live(args: &[&str], steps: &[(&str, &str)]) {
    let mut child = start(args);
    let mut stdin = child.stdin.take().unwrap();
    let stdout = child.stdout.take().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || BufReader::new(stdout).bytes().try_for_each(|byte| sender.send(byte.unwrap())));
    for (input, expected) in steps {
        stdin.write_all(input.as_bytes()).unwrap();
        let due = expected.bytes().map(|_| receiver.recv_timeout(PATIENCE).expect("output is due"));
        assert_eq!(text(due.collect()), *expected, "{args:?} {input:?}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success(), "{args:?}");
    assert_eq!(text(receiver.iter().collect()), "", "{args:?}");
}

/// What the process prints, if it has nothing to complain of.
fn succeed(args: &[&str], input: &[u8]) -> String {
    let Output { status, stdout, stderr } = run(args, input);
    assert_eq!((status.code(), text(stderr).as_str()), (Some(0), ""), "{args:?}");
    text(stdout)
}

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = start(args);
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // Beside the reading: a full pipe would stop both. A process that has failed does not read all.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}

fn start(args: &[&str]) -> Child {
    let pipe = Stdio::piped;
    Command::new(example()).args(args).stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().unwrap()
}

/// This test is target/<profile>/deps/ndjson-<hash>.
fn example() -> PathBuf {
    let test = env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples").join(format!("ndjson{EXE_SUFFIX}"));
    // `cargo test --test ndjson` alone does not build it.
    assert!(path.is_file(), "no {}: run `cargo build --example ndjson` for the same profile first", path.display());
    path
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// How decode prints it.
fn error_line(error: DecodeError) -> String {
    format!(r#"{{"error":"{error}"}}"#)
}

const PATIENCE: Duration = Duration::from_secs(20);

const FILES: [&str; 5] = [
    "tests/data/anthropic.sse",
    "tests/data/chat.sse",
    "tests/data/multiline.sse",
    "tests/data/odd.sse",
    "tests/data/ticks.sse",
];

const MULTILINE: &str = r#"{"event":"message","data":"one\ntwo\nthree","id":""}
{"event":"message","data":"","id":""}
{"event":"message","data":"\n","id":""}
{"event":"message","data":"first\n\n\nlast","id":""}
{"event":"message","data":" one space\n  two spaces\n\ttab\ntrailing ","id":""}
{"comment":"between the lines"}
{"event":"poem","data":"a: colon\n: another","id":"p1"}
{"last_event_id":"p1","retry":null,"truncated":false}
"#;

const ODD: &str = "\
{\"event\":\"message\",\"data\":\"with an ID\",\"id\":\"1\"}
{\"event\":\"message\",\"data\":\"without one\",\"id\":\"\"}
{\"retry\":1500}
{\"event\":\"message\",\"data\":\"unknown fields around\",\"id\":\"\"}
{\"event\":\"\u{fffd}(\",\"data\":\"caf\u{fffd} \u{fffd} end\",\"id\":\"2\"}
{\"event\":\"message\",\"data\":\"NUL in the ID\",\"id\":\"2\"}
{\"comment\":\"\u{fffd}\u{fffd}\"}
{\"event\":\"message\",\"data\":\"\u{feff}no mark here\",\"id\":\"2\"}
{\"last_event_id\":\"2\",\"retry\":1500,\"truncated\":true}
";
