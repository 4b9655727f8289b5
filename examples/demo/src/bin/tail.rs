//! `tail URL`: prints the events of any event stream as they come, and stays with it.
//!
//! Events go to standard output, the state of the connection to standard error.

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use demo::follow::{Follower, Notice, Options};
use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
use serde_json::json;
use sse_wire::{
    Event, Item,
    reconnect::{ReconnectOptions, StopReason},
};

/// Follows an event stream: prints its events, and connects again when the connection is lost.
#[derive(Parser)]
struct Arguments {
    url: Url,
    /// A request header, as 'name: value'
    #[arg(short = 'H', long = "header", value_parser = parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The request's method [default: GET, or POST with --data]
    #[arg(short = 'X', long)]
    method: Option<Method>,
    /// A request body; such a request is made once only, unless --again is given
    #[arg(short, long)]
    data: Option<String>,
    /// Send a request with a body again, too, when the connection is lost
    #[arg(long)]
    again: bool,
    /// Go on from here
    #[arg(long, default_value = "")]
    last_event_id: String,
    /// Give up a connection on which nothing arrives for so many seconds
    #[arg(long)]
    read_timeout: Option<u32>,
    /// Accept any certificate
    #[arg(short = 'k', long)]
    insecure: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print comments and reconnection times, too
    #[arg(long)]
    items: bool,
}

impl Arguments {
    fn options(&self) -> Options {
        let usual = if self.data.is_some() { Method::POST } else { Method::GET };
        let mut options = Options::new(self.url.clone());
        options.method = self.method.clone().unwrap_or(usual);
        options.headers = self.headers.iter().cloned().collect();
        options.body = self.data.clone().map(Into::into);
        options.last_event_id.clone_from(&self.last_event_id);
        options.is_insecure = self.insecure;
        options.read_timeout = self.read_timeout.map(|seconds| Duration::from_secs(seconds.into()));
        // The standard stops at these; a server that restarts behind a proxy answers so.
        options.reconnect = ReconnectOptions::new().retry_status(|status| matches!(status, 429 | 502..=504));
        options
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut status = Status::new();
    let end = tokio::select! {
        end = tail(&arguments, &mut status) => end,
        _ = tokio::signal::ctrl_c() => Ok(End::Good("stopped".to_owned())),
    };
    match end {
        Ok(End::Good(why)) => status.end(&why, ExitCode::SUCCESS),
        Ok(End::Bad(why)) => status.end(&why, ExitCode::FAILURE),
        // As with `tail URL | head`: nobody reads any more.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => status.end(&format!("cannot write: {error}"), ExitCode::FAILURE),
    }
}

enum End {
    Good(String),
    Bad(String),
}

/// Prints until the stream is over for good.
async fn tail(arguments: &Arguments, status: &mut Status) -> io::Result<End> {
    let mut follower = match Follower::new(arguments.options()) {
        Ok(follower) => follower,
        Err(error) => return Ok(End::Bad(error.to_string())),
    };
    let is_once = arguments.data.is_some() && !arguments.again;
    status.show("connecting");
    while let Some(notice) = follower.next().await {
        match notice {
            Notice::Connected { unsent_id } => {
                status.connections += 1;
                status.show("connected");
                if let Some(error) = unsent_id {
                    status.say(&format!("events may be missing: {error}"));
                }
            }
            Notice::Item(item) => print(arguments, &item, status)?,
            Notice::Rejected(error) => status.say(&error.to_string()),
            Notice::Lost { error, .. } if is_once => {
                return Ok(error.map_or_else(|| End::Good("the server is done".to_owned()), End::Bad));
            }
            Notice::Lost { error, delay, failures } => {
                let why = error.unwrap_or_else(|| "the server ended the connection".to_owned());
                let times = if failures > 1 { format!(", {failures} times in a row") } else { String::new() };
                status.show(&format!("{why}{times}; waiting {:.1} s", delay.as_secs_f32()));
            }
            Notice::Stopped(reason @ StopReason::NoContent) => return Ok(End::Good(reason.to_string())),
            Notice::Stopped(reason) => return Ok(End::Bad(reason.to_string())),
            Notice::Failed(why) => return Ok(End::Bad(why)),
        }
    }
    Ok(End::Good("stopped".to_owned()))
}

fn print(arguments: &Arguments, item: &Item, status: &mut Status) -> io::Result<()> {
    let line = match item {
        Item::Event(event) => {
            status.events += 1;
            if arguments.json { event_as_json(event) } else { event_as_text(event) }
        }
        Item::Comment(text) if arguments.items && arguments.json => json!({ "comment": &**text }).to_string(),
        Item::Comment(text) if arguments.items => format!(": {}", printable(text)),
        Item::ReconnectionTime(time) if arguments.items && arguments.json => {
            json!({ "retry": u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }).to_string()
        }
        Item::ReconnectionTime(time) if arguments.items => format!("retry: {} ms", time.as_millis()),
        _ => return Ok(()),
    };
    status.hide();
    writeln!(io::stdout(), "{line}")?;
    status.draw();
    Ok(())
}

fn event_as_json(event: &Event) -> String {
    json!({ "type": event.event_type(), "id": event.last_event_id(), "data": event.data() }).to_string()
}

/// `[type id] data`, further lines indented.
fn event_as_text(event: &Event) -> String {
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
    fn new() -> Self {
        Self { is_terminal: io::stderr().is_terminal(), state: String::new(), connections: 0, events: 0 }
    }

    fn show(&mut self, state: &str) {
        state.clone_into(&mut self.state);
        if self.is_terminal {
            self.draw();
        } else {
            self.say(&self.line());
        }
    }

    /// Writes a line that stays.
    fn say(&self, text: &str) {
        self.hide();
        let _ = writeln!(io::stderr(), "{}", printable(text));
        self.draw();
    }

    fn end(&self, why: &str, code: ExitCode) -> ExitCode {
        self.hide();
        let _ = writeln!(io::stderr(), "{} ({} events)", printable(why), self.events);
        code
    }

    fn hide(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }

    fn draw(&self) {
        if self.is_terminal {
            self.hide();
            let _ = write!(io::stderr(), "{}", printable(&self.line()));
        }
    }

    fn line(&self) -> String {
        format!("{} ({} events, {} connections)", self.state, self.events, self.connections)
    }
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected 'name: value'")?;
    let name = name.trim().parse::<HeaderName>().map_err(|error| error.to_string())?;
    let value = value.trim().parse::<HeaderValue>().map_err(|error| error.to_string())?;
    Ok((name, value))
}
