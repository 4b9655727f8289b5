//! `gateway_cost`: what it costs to pass an event stream on, looked at and edited, beside passing it on as it is.
//!
//! Each way is a process of its own between one server and one client, and they take turns. Build with `--release`.

use std::{env, error::Error, fs, net::TcpListener, process::Stdio, time::Instant};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::Response,
    routing::get,
};
use clap::Parser;
use demo::{client, server};
use futures_util::future::try_join_all;
use reqwest::Client;
use sse_wire::{
    Block, EventRef,
    body::{ChunkBody, Edit, edit, event_stream_response, tap},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::yield_now,
};
use tokio_stream::{self as stream, StreamExt as _};

/// Compares the ways to pass an event stream on: bytes a second, and CPU time for a request.
#[derive(Parser)]
struct Arguments {
    /// How often each way is measured; the least CPU time counts
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// How many requests at once
    #[arg(short = 'n', long, default_value_t = 8)]
    requests: u32,
    /// Be one of the ways, for this server
    #[arg(long, hide = true, num_args = 2)]
    serve: Option<Vec<String>>,
}

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    if let Some([way, upstream]) = arguments.serve.as_deref() {
        println!("{url} ");
        let state = (client::builder().build()?, format!("{way} {upstream}"));
        let routes = Router::new().route("/{shape}", get(pass_on)).with_state(state);
        return Ok(server::serve(listener, routes, None).await?);
    }
    tokio::spawn(server::serve(listener, Router::new().route("/{shape}", get(answer)), None));
    let gateway = |options: &[&str]| {
        let listen = ["--listen", "127.0.0.1:0", "--upstream", &url];
        start("gateway", &[&listen, options].concat())
    };
    let own = |way| start("gateway_cost", &["--serve", way, &url]);
    let ways = [
        ("reqwest to axum", own("pipe")?),
        ("with `tap`", own("tap")?),
        ("with `edit`, all kept", own("keep")?),
        ("with `edit`, each with other data", own("edit")?),
        ("gateway", gateway(&[])?),
        ("gateway --model ours", gateway(&["--model", "ours"])?),
    ];
    let mut started = Vec::new();
    for (name, mut child) in ways {
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line).await?;
        let address = line.split(' ').next().unwrap_or_default().to_owned();
        started.push(Way { name, address, child, least: u64::MAX, bytes: 0, seconds: 0.0 });
    }
    let client = client::builder().build()?;
    for (shape, what) in [("large", "as fast as it goes"), ("small", "each event by itself")] {
        println!("{what}, {} requests at once, least of {} rounds:", arguments.requests, arguments.rounds);
        for way in &mut started {
            way.reset();
        }
        for _ in 0..=arguments.rounds {
            for way in &mut started {
                way.measure(&client, shape, arguments.requests).await?;
            }
        }
        let pipe = started[0].least;
        for way in &started {
            way.print(pipe, arguments.requests);
        }
    }
    Ok(())
}

/// A process that passes the stream on, and what it took.
struct Way {
    name: &'static str,
    address: String,
    child: Child,
    /// Nanoseconds of CPU time for all requests of a round.
    least: u64,
    bytes: usize,
    seconds: f64,
}

impl Way {
    fn reset(&mut self) {
        (self.least, self.seconds) = (u64::MAX, f64::MAX);
    }

    async fn measure(&mut self, client: &Client, shape: &str, requests: u32) -> Result<()> {
        let (begun, before) = (Instant::now(), self.cpu_time()?);
        let url = format!("{}/{shape}", self.address);
        let lengths = try_join_all((0..requests).map(|_| async {
            let (mut response, mut length) = (client.get(&url).send().await?.error_for_status()?, 0);
            while let Some(chunk) = response.chunk().await? {
                length += chunk.len();
            }
            Ok::<_, reqwest::Error>(length)
        }));
        self.bytes = lengths.await?.into_iter().sum();
        self.seconds = self.seconds.min(begun.elapsed().as_secs_f64());
        self.least = self.least.min(self.cpu_time()? - before);
        Ok(())
    }

    /// What all threads of the process have had so far, in nanoseconds (Linux).
    fn cpu_time(&self) -> Result<u64> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id().ok_or("it has ended")?))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            sum += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
        }
        Ok(sum)
    }

    #[expect(clippy::cast_precision_loss, reason = "the figures have three digits")]
    fn print(&self, pipe: u64, requests: u32) {
        let (rate, each) = (self.bytes as f64 / self.seconds / 1e6, self.least as f64 / f64::from(requests) / 1e6);
        let ratio = self.least as f64 / pipe as f64;
        println!("  {:<34} {rate:>7.0} MB/s {each:>8.2} ms CPU a request {ratio:>6.2}", self.name);
    }
}

/// Starts a program that is built with this one, and ends with it.
fn start(program: &str, arguments: &[&str]) -> Result<Child> {
    let path = env::current_exe()?.with_file_name(program);
    let mut command = Command::new(&path);
    let command = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command
        .spawn()
        .map_err(|error| format!("{}: {error}; build it: cargo build --release -p demo", path.display()))?)
}

/// The server: an answer of a language model, again and again.
async fn answer(Path(shape): Path<String>) -> Response<Body> {
    let answer = Bytes::from(include_str!("../../../../tests/data/chat.sse").repeat(8));
    let body = if shape == "large" {
        let pieces = stream::iter(0..40).map(move |_| Ok::<_, std::io::Error>(answer.clone()));
        Body::from_stream(pieces)
    } else {
        let ends: Vec<_> =
            answer.windows(2).enumerate().filter(|(_, pair)| *pair == b"\n\n").map(|(at, _)| at + 2).collect();
        let starts = std::iter::once(0).chain(ends.clone());
        let events: Vec<_> = starts.zip(ends).map(|(start, end)| answer.slice(start..end)).collect();
        // What waits is written at once.
        Body::from_stream(stream::iter(events).then(async |event| {
            yield_now().await;
            Ok::<_, std::io::Error>(event)
        }))
    };
    event_stream_response(body)
}

/// One of the ways.
async fn pass_on(
    State((client, way)): State<(Client, String)>,
    Path(shape): Path<String>,
) -> Result<Response<Body>, String> {
    let (way, upstream) = way.split_once(' ').unwrap_or_default();
    let response = client.get(format!("{upstream}/{shape}")).send().await.map_err(|error| error.to_string())?;
    let chunks = response.bytes_stream();
    Ok(event_stream_response(match way {
        "tap" => Body::new(tap(ChunkBody::new(chunks), |event: EventRef<'_>| assert!(!event.data().is_empty()))),
        "keep" => Body::new(edit(ChunkBody::new(chunks), |_: &Block| Edit::Keep)),
        "edit" => Body::new(edit(ChunkBody::new(chunks), |block: &Block| match block.fields().data {
            Some(data) => block.with_data(&data.replacen('{', "{ ", 1)).into(),
            None => Edit::Keep,
        })),
        _ => Body::from_stream(chunks),
    }))
}
