//! A filter between event streams and lines of JSON: one object a line, written as soon as it is known.
//!
//! ```sh
//! curl -fsSN https://example.com/events | cargo run -q --example ndjson -- decode --items
//! echo '{"event":"tick","id":"7","data":"one\ntwo"}' | cargo run -q --example ndjson -- encode
//! ```

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs::File,
    io::{self, BufRead, ErrorKind, Read, Write},
    process::ExitCode,
    time::Duration,
};

use serde_json::{Map, Value};
use sse_wire::{DecodeOptions, Decoder, Frame, ItemRef, Utf8Policy};

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough, as `head` has.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => {
            eprintln!("ndjson: cannot write: {error}");
            ExitCode::from(1)
        }
        Err(Failure::Line(number, why)) => {
            eprintln!("ndjson: line {number}: {why}");
            ExitCode::from(1)
        }
        Err(Failure::Usage(why)) => {
            eprint!("ndjson: {why}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run(output: &mut impl Write) -> Result<(), Failure> {
    let args: Result<Vec<String>, _> = env::args_os().skip(1).map(OsString::into_string).collect();
    let args = args.map_err(|arg| usage(format!("not UTF-8: {}", arg.display())))?;
    if args.iter().any(|arg| arg == "--help") {
        return Ok(output.write_all(USAGE.as_bytes())?);
    }
    let (command, args) = args.split_first().ok_or_else(|| usage("no command"))?;
    match (command.as_str(), args) {
        ("decode", _) => decode(&settings(args)?, output),
        ("encode", []) => encode(&mut io::stdin().lock(), output),
        ("encode", [arg, ..]) => Err(usage(format!("encode takes no argument: {arg:?}"))),
        _ => Err(usage(format!("unknown command {command:?}"))),
    }
}

fn decode(settings: &Settings, output: &mut impl Write) -> Result<(), Failure> {
    let name = settings.file.as_deref().unwrap_or("standard input");
    let mut input: Box<dyn Read> = match &settings.file {
        Some(path) => Box::new(File::open(path).map_err(|error| unreadable(name, &error))?),
        None => Box::new(io::stdin().lock()),
    };
    let mut decoder = Decoder::with_options(settings.options);
    decoder.set_last_event_id(&settings.last_event_id);

    let mut buffer = vec![0; READ_LEN];
    let chunk_len = if settings.chunk_len == 0 { READ_LEN } else { settings.chunk_len };
    loop {
        // What has arrived, be it one byte: waiting for a full buffer would hold events back.
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                for chunk in buffer[..length].chunks(chunk_len) {
                    feed(&mut decoder, chunk, settings, output)?;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(name, &error)),
        }
    }

    let truncated = decoder.finish().is_some();
    if settings.summary {
        let id = Value::from(decoder.last_event_id());
        let retry = decoder.reconnection_time().map_or("null".to_owned(), |time| time.as_millis().to_string());
        writeln!(output, r#"{{"last_event_id":{id},"retry":{retry},"truncated":{truncated}}}"#)?;
        output.flush()?;
    }
    Ok(())
}

/// Prints all that the chunk completes, each as it is complete.
fn feed(decoder: &mut Decoder, mut chunk: &[u8], settings: &Settings, output: &mut impl Write) -> io::Result<()> {
    loop {
        let item = if settings.items {
            decoder.decode_item(&mut chunk)
        } else {
            decoder.decode(&mut chunk).map(|event| event.map(ItemRef::Event))
        };
        match item {
            Ok(None) => return Ok(()),
            Ok(Some(ItemRef::Event(event))) => {
                // As the feature `serde` writes it, by hand, so that the example needs no feature. A `Value` is displayed
                // as JSON.
                let [event_type, data, id] = [event.event_type(), event.data(), event.last_event_id()].map(Value::from);
                writeln!(output, r#"{{"event":{event_type},"data":{data},"id":{id}}}"#)?;
            }
            Ok(Some(ItemRef::Comment(text))) => writeln!(output, r#"{{"comment":{}}}"#, Value::from(text))?,
            Ok(Some(ItemRef::ReconnectionTime(time))) => writeln!(output, r#"{{"retry":{}}}"#, time.as_millis())?,
            // `ItemRef` may get more variants.
            Ok(Some(_)) => {}
            // Only this event is lost; the next call goes on behind it.
            Err(error) => writeln!(output, r#"{{"error":{}}}"#, Value::from(error.to_string()))?,
        }
        output.flush()?;
    }
}

fn encode(input: &mut impl BufRead, output: &mut impl Write) -> Result<(), Failure> {
    let (mut line, mut encoded) = (Vec::new(), Vec::new());
    for number in 1.. {
        line.clear();
        // This one retries an interrupted read by itself.
        if input.read_until(b'\n', &mut line).map_err(|error| unreadable("standard input", &error))? == 0 {
            break;
        }
        let line = line.trim_ascii_end();
        if line.is_empty() {
            continue;
        }
        encoded.clear();
        encode_line(line, &mut encoded).map_err(|why| Failure::Line(number, why))?;
        output.write_all(&encoded)?;
        output.flush()?;
    }
    Ok(())
}

fn encode_line(line: &[u8], encoded: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => frame_of(&fields)?.encode(encoded),
        Ok(_) => return Err("not a JSON object".into()),
        // Of the error only the column is of use: to the parser each of our lines is the first.
        Err(error) => return Err(format!("not JSON, at column {}", error.column()).into()),
    }
    Ok(())
}

fn frame_of(fields: &Map<String, Value>) -> Result<Frame<'_>, Box<dyn Error>> {
    let mut frame = Frame::new();
    for (key, value) in fields {
        frame = match (key.as_str(), value) {
            ("comment", Value::String(text)) => frame.comment(text),
            ("event", Value::String(text)) => frame.event_type(text)?,
            ("id", Value::String(text)) => frame.id(text)?,
            ("data", Value::String(text)) => frame.data(text),
            ("retry", value) => {
                let milliseconds = value.as_u64().ok_or("`retry` must be a whole number from 0 to 2^64-1")?;
                frame.retry(Duration::from_millis(milliseconds))
            }
            ("comment" | "event" | "id" | "data", _) => return Err(format!("`{key}` must be a string").into()),
            _ => return Err(format!("unknown key {key:?}").into()),
        };
    }
    Ok(frame)
}

#[derive(Debug, Default)]
struct Settings {
    file: Option<String>,
    options: DecodeOptions,
    last_event_id: String,
    /// The most bytes that the decoder gets at a time; 0 stands for as many as were read.
    chunk_len: usize,
    items: bool,
    summary: bool,
}

fn settings(args: &[String]) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| usage(format!("{arg} wants a value")));
        match arg.as_str() {
            "--chunk" => settings.chunk_len = number(value()?)?,
            "--max-event-len" => settings.options = settings.options.with_max_event_len(number(value()?)?),
            "--reject" => settings.options = settings.options.with_utf8_policy(Utf8Policy::Reject),
            "--last-event-id" => settings.last_event_id = event_id(value()?)?,
            "--items" => settings.items = true,
            "--summary" => settings.summary = true,
            _ if arg.starts_with('-') => return Err(usage(format!("unknown option {arg:?}"))),
            _ if settings.file.is_some() => return Err(usage(format!("one FILE is enough: {arg:?}"))),
            _ => settings.file = Some(arg.clone()),
        }
    }
    Ok(settings)
}

fn number(text: &str) -> Result<usize, Failure> {
    text.parse().map_err(|_| usage(format!("not a number of bytes: {text:?}")))
}

/// Takes only what a stream could have set, so that `encode` takes it back.
fn event_id(text: &str) -> Result<String, Failure> {
    Frame::new().id(text).map(|_| text.to_owned()).map_err(|error| usage(error.to_string()))
}

#[derive(Debug)]
enum Failure {
    /// The caller asked for what cannot be done.
    Usage(String),
    /// The line with this number cannot be sent.
    Line(u64, Box<dyn Error>),
    Output(io::Error),
}

/// For writing only: what went wrong with reading is [`unreadable`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn usage(why: impl Into<String>) -> Failure {
    Failure::Usage(why.into())
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    usage(format!("cannot read {name}: {error}"))
}

/// As much as is asked for at a time.
const READ_LEN: usize = 64 * 1024;

const USAGE: &str = r#"Usage:
  ndjson decode [OPTION]... [FILE]  reads an event stream, FILE or standard input; prints lines of JSON
  ndjson encode                     reads lines of JSON from standard input; writes an event stream

The lines, in which encode takes any of the keys, and decode prints the last two only if asked to:
  {"event":"message","data":"...","id":"..."}
  {"comment":"..."}
  {"retry":3000}

Options of decode:
  --items              print comments and reconnection times too
  --summary            print the last event ID, the reconnection time and whether an event was cut off, at the end
  --reject             reject events that are not UTF-8, and print {"error":"..."} for each
  --max-event-len N    reject events longer than N bytes
  --last-event-id ID   start with this last event ID
  --chunk N            feed the decoder at most N bytes at a time; 0: as read
"#;
