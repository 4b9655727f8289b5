//! `tail URL`: prints the events of any event stream as they come, and stays with it.
//!
//! Events go to standard output, the state of the connection to standard error.

use std::{
    error::Error,
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
};

use clap::Parser;
use demo::follow::{self, Follower, Notice};
use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
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
    status.say(&format!("{why} ({} events)", status.events));
    code
}

/// Prints until the stream is over for good, and returns why it is.
async fn tail(arguments: &Arguments, status: &mut Status) -> Result<String, Box<dyn Error>> {
    let mut follower = follower(arguments)?;
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
            Notice::Item(Item::Event(event)) => {
                status.events += 1;
                status.hide();
                let line = if arguments.json { serde_json::to_string(&event)? } else { as_text(&event) };
                writeln!(io::stdout(), "{line}")?;
                status.draw();
            }
            Notice::Item(_) => {}
            Notice::Rejected(error) => status.say(&error.to_string()),
            Notice::Lost { error, .. } if arguments.data.is_some() => {
                return error.map_or_else(|| Ok("the server is done".to_owned()), |error| Err(error.into()));
            }
            Notice::Lost { error, delay, failures } => {
                let why = error.unwrap_or_else(|| "the server ended the connection".to_owned());
                let times = if failures > 1 { format!(", {failures} times in a row") } else { String::new() };
                status.show(&format!("{why}{times}; waiting {:.1} s", delay.as_secs_f32()));
            }
            Notice::Stopped(reason @ StopReason::NoContent) => return Ok(reason.to_string()),
            Notice::Stopped(reason) => return Err(reason.into()),
            Notice::Failed(why) => return Err(why.into()),
        }
    }
    Ok("stopped".to_owned())
}

fn follower(arguments: &Arguments) -> reqwest::Result<Follower> {
    let client = follow::client().tls_danger_accept_invalid_certs(arguments.insecure).build()?;
    let method = if arguments.data.is_some() { Method::POST } else { Method::GET };
    let mut request =
        client.request(method, arguments.url.clone()).headers(arguments.headers.iter().cloned().collect());
    if let Some(data) = &arguments.data {
        request = request.body(data.clone());
    }
    let request = request.build()?;
    // The standard stops at these; a server that restarts behind a proxy answers so.
    let options = ReconnectOptions::new().with_retried_statuses([429, 502, 503, 504]);
    Ok(Follower::new(client, request, &arguments.last_event_id, options))
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
        format!("{} ({} events, {} connections)", self.state, self.events, self.connections)
    }
}

fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue), Box<dyn Error + Send + Sync>> {
    let (name, value) = text.split_once(':').ok_or("expected 'name: value'")?;
    Ok((name.trim().parse()?, value.trim().parse()?))
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
