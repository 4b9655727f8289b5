//! `tail URL`: prints the events of any event stream as they come, and stays with it.
//!
//! Events go to standard output, the state of the connection to standard error.

use std::{
    error::Error,
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use demo::client::{self, explain, parse_url, untrusted};
use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
use sse_wire::{
    Event, Item,
    body::Refusal,
    client::{BoxBody, BoxEventSource, Cause, EventSourceOptions, Notice, Stopped},
    reconnect::{ReconnectOptions, StopReason},
};
use tokio::time::timeout;
use tokio_stream::StreamExt;

/// Follows an event stream: prints its events, and connects again when the connection is lost.
#[derive(Parser)]
struct Arguments {
    /// As http://127.0.0.1:3000/feed; without http:// it is meant all the same
    #[arg(value_parser = parse_url)]
    url: Url,
    /// A request header, as 'name: value'
    #[arg(short = 'H', long = "header", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// POST this; it is done once only, since the server may do a thing twice that it is asked twice
    #[arg(short, long)]
    data: Option<String>,
    /// Go on from here
    #[arg(long, default_value = "")]
    last_event_id: String,
    /// Accept any certificate
    #[arg(short = 'k', long)]
    insecure: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut status =
        Status { is_terminal: io::stderr().is_terminal(), state: String::new(), connections: 0, events: 0 };
    let end = tokio::select! {
        end = tail(&arguments, &mut status) => end,
        _ = tokio::signal::ctrl_c() => Ok("stopped".to_owned()),
    };
    let (why, code) = match end {
        Ok(why) => (why, ExitCode::SUCCESS),
        // As with `tail URL | head`: nobody reads any more.
        Err(error) if is_broken_pipe(&*error) => return ExitCode::SUCCESS,
        Err(error) => (error.to_string(), ExitCode::FAILURE),
    };
    status.state.clear();
    status.say(&format!("{why} ({})", counted(status.events, "event")));
    code
}

/// Prints until the stream is over for good, and returns why it is.
async fn tail(arguments: &Arguments, status: &mut Status) -> Result<String, Box<dyn Error>> {
    let mut source = source(arguments)?;
    status.show("connecting");
    while let Some(notice) = source.next().await {
        match notice {
            Notice::Opened { unsent_id, .. } => {
                status.connections += 1;
                status.show("connected");
                if let Some(error) = unsent_id {
                    status.say(&format!("events may be missing: {error}"));
                }
            }
            Notice::Item(Item::Event(event)) => {
                status.events += 1;
                status.hide();
                let line = if arguments.json { serde_json::to_string(&event)? } else { as_text(&event) };
                writeln!(io::stdout(), "{line}")?;
                status.draw();
            }
            Notice::Item(_) => {}
            Notice::Rejected(error) => status.say(&error.to_string()),
            Notice::Lost { cause: Cause::Ended, .. } if arguments.data.is_some() => {
                return Ok("the server is done".to_owned());
            }
            Notice::Lost { cause, .. } if arguments.data.is_some() => return Err(told(&cause).into()),
            Notice::Lost { cause, delay, failures } => {
                let times = if failures > 1 { format!(", {failures} times in a row") } else { String::new() };
                status.show(&format!("{}{times}; waiting {:.1} s", told(&cause), delay.as_secs_f32()));
            }
            Notice::Stopped(stopped) if stopped.reason() == StopReason::NoContent => {
                return Ok(stopped.reason().to_string());
            }
            Notice::Stopped(stopped) => return Err(why(stopped).await.into()),
        }
    }
    Ok("stopped".to_owned())
}

fn source(arguments: &Arguments) -> reqwest::Result<BoxEventSource<reqwest::Error>> {
    let client = client::builder().tls_danger_accept_invalid_certs(arguments.insecure).build()?;
    let method = if arguments.data.is_some() { Method::POST } else { Method::GET };
    let mut request =
        client.request(method, arguments.url.clone()).headers(arguments.headers.iter().cloned().collect());
    if let Some(data) = &arguments.data {
        request = request.body(data.clone());
    }
    let request = request.build()?;
    // The standard stops at these; a server that restarts behind a proxy answers so.
    let reconnect = ReconnectOptions::new().with_retried_statuses([429, 502, 503, 504]);
    let options = EventSourceOptions::new().with_reconnect(reconnect);
    Ok(client::follow(client, request, &arguments.last_event_id, options))
}

type Body = BoxBody<reqwest::Error>;

/// What happened to a connection that is to be followed by another.
fn told(cause: &Cause<Body, reqwest::Error>) -> String {
    match cause.refused().map(|refused| refused.reason()) {
        Some(Refusal::Status(status)) => format!("the server answered {status}"),
        _ => explain(cause),
    }
}

/// Why there will not be another: also what the server says about it.
async fn why(stopped: Stopped<Body, reqwest::Error>) -> String {
    let (reason, mut why) = (stopped.reason(), explain(&stopped));
    match reason {
        StopReason::Status(_) => why = reason.to_string(),
        StopReason::ContentType => why = why.replacen("no event stream", &reason.to_string(), 1),
        _ if untrusted(&stopped).is_some() => why.push_str("; -k accepts any"),
        _ => {}
    }
    match stopped.into_refused() {
        Some(refused) => {
            // Nothing, if it takes its time.
            let text = timeout(Duration::from_secs(2), refused.text(MAX_SHOWN)).await.unwrap_or_default();
            [why, text].join("\n").trim_end().to_owned()
        }
        None => why,
    }
}

/// `[type id] data`, further lines indented.
fn as_text(event: &Event) -> String {
    let head = [event.event_type(), event.last_event_id()].join(" ");
    format!("[{}] {}", printable(head.trim_end()), printable(event.data()).replace('\n', "\n    "))
}

/// A terminal obeys control characters, and the stream is somebody else's.
fn printable(text: &str) -> String {
    let is_unfit = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.chars().map(|c| if is_unfit(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The line on standard error: rewritten in place on a terminal, else one line for each change.
struct Status {
    is_terminal: bool,
    state: String,
    connections: u64,
    events: u64,
}

impl Status {
    fn show(&mut self, state: &str) {
        self.state = printable(state);
        if self.is_terminal {
            self.draw();
        } else {
            self.say(&self.line());
        }
    }

    /// Writes a line that stays.
    fn say(&self, text: &str) {
        self.hide();
        _ = writeln!(io::stderr(), "{}", printable(text));
        self.draw();
    }

    fn hide(&self) {
        if self.is_terminal {
            _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }

    fn draw(&self) {
        if self.is_terminal && !self.state.is_empty() {
            // Without wrapping, so that it is one line however long.
            _ = write!(io::stderr(), "\r\x1b[2K\x1b[?7l{}\x1b[?7h", self.line());
        }
    }

    fn line(&self) -> String {
        let (events, connections) = (counted(self.events, "event"), counted(self.connections, "connection"));
        format!("{} ({events}, {connections})", self.state)
    }
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), Box<dyn Error + Send + Sync>> {
    let (name, value) = text.split_once(':').ok_or("expected 'name: value'")?;
    Ok((name.trim().parse()?, value.trim().parse()?))
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// `1 event`, and all others with an s.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// How much is shown of an answer that is no event stream, in bytes: some lines of a page, all of an error in JSON.
const MAX_SHOWN: usize = 500;
