//! `load`: thousands of subscribers on loopback, and what it costs the server to serve them.
//!
//! `load --spawn` starts a server of its own; `load URL` asks one that runs. Build with `--release` for numbers.

mod client;
mod process;

use std::{
    error::Error,
    io,
    net::SocketAddr,
    process::ExitCode,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use self::{
    client::{Subscriber, Tally},
    process::{Server, check_limit, cpu_time, memory, parse_address},
};

/// Subscribes many times to the demo's /load, and measures.
#[derive(Parser)]
struct Arguments {
    /// The server's address [default: 127.0.0.1:3000]
    #[arg(value_parser = parse_address, conflicts_with = "spawn")]
    url: Option<SocketAddr>,
    /// Start a server for it, so that its memory and CPU time can be told
    #[arg(long)]
    spawn: bool,
    /// How many subscribers
    #[arg(short = 'n', long, default_value_t = 5000)]
    subscribers: u64,
    /// For how long to measure
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Events a second for each subscriber; 0 for as many as the server can
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// Measure something else than sse-wire
    #[arg(long)]
    baseline: Option<Baseline>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Baseline {
    /// The same events through axum's own Sse
    Axum,
}

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    check_limit(arguments.subscribers)?;
    let server = arguments.spawn.then(Server::spawn).transpose()?;
    let usual = SocketAddr::from(([127, 0, 0, 1], 3000));
    let address = server.as_ref().map(|server| server.address).or(arguments.url).unwrap_or(usual);
    let path = if arguments.baseline.is_some() { "/load-axum" } else { "/load" };
    let server = server.as_ref().map(|server| server.child.id().to_string());

    let (tally, mut tasks) = (Arc::new(Tally::new()), JoinSet::new());
    // The first brings the server into its working state, and each further one costs what it costs.
    ramp_up(&mut tasks, &tally, 1, address, path).await?;
    let before = server.as_deref().and_then(memory);
    ramp_up(&mut tasks, &tally, arguments.subscribers, address, path).await?;
    let after = server.as_deref().and_then(memory);
    set_rate(address, path, arguments.rate).await?;
    let window = measure(&tally, arguments.seconds, server.as_deref()).await;

    println!("{} subscribers to {path}, {} s, --rate {}", tasks.len(), arguments.seconds, arguments.rate);
    print(&tally, &window);
    if let (Some(before), Some(after)) = (before, after) {
        let each = float(after.saturating_sub(before)) / float(arguments.subscribers.saturating_sub(1).max(1));
        row("server memory, a subscriber", &format!("{:.1} KiB", each / 1024.0));
    }
    match tasks.try_join_next() {
        Some(ended) => Err(format!("a connection was lost: {}", why(ended?)).into()),
        None if tally.lost.load(Relaxed) + tally.duplicated.load(Relaxed) > 0 => {
            Err("that is not as it should be".into())
        }
        None => Ok(()),
    }
}

/// Connects until there are so many and each has had its first event: some at a time, as a server's backlog is short.
async fn ramp_up(
    tasks: &mut JoinSet<io::Result<()>>,
    tally: &Arc<Tally>,
    count: u64,
    address: SocketAddr,
    path: &str,
) -> Result<()> {
    while (tasks.len() as u64) < count {
        for _ in 0..BATCH.min(count - tasks.len() as u64) {
            let (path, tally) = (format!("{path}?rate={RAMP_RATE}"), Arc::clone(tally));
            tasks.spawn(async move {
                let mut subscriber = timeout(PATIENCE, Subscriber::connect(address, &path)).await??;
                while subscriber.read(&tally).await? {}
                Ok(())
            });
        }
        let begun = Instant::now();
        while tally.subscribers.load(Relaxed) < tasks.len() as u64 {
            if let Some(ended) = tasks.try_join_next() {
                let why = why(ended?);
                return Err(format!("cannot subscribe to http://{address}{path}: {why}; is the demo running?").into());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the server at {address} sends no events").into());
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

/// The rate is the server's: one request sets it for all.
async fn set_rate(address: SocketAddr, path: &str, rate: u32) -> Result<()> {
    let mut control = timeout(PATIENCE, Subscriber::connect(address, &format!("{path}?rate={rate}"))).await??;
    timeout(PATIENCE, control.read(&Tally::new())).await??;
    drop(control);
    // Until it is what it will be.
    sleep(Duration::from_secs(1)).await;
    Ok(())
}

/// The time over which was measured, and the CPU time that was spent in it.
struct Window {
    time: Duration,
    server: Option<Duration>,
    client: Option<Duration>,
}

async fn measure(tally: &Tally, seconds: u32, server: Option<&str>) -> Window {
    let spent = || (server.and_then(cpu_time), cpu_time("self"));
    let (begun, before) = (Instant::now(), spent());
    tally.is_measuring.store(true, Relaxed);
    sleep(Duration::from_secs(seconds.into())).await;
    tally.is_measuring.store(false, Relaxed);
    let (time, after) = (begun.elapsed(), spent());
    let between = |before: Option<Duration>, after: Option<Duration>| Some(after?.saturating_sub(before?));
    Window { time, server: between(before.0, after.0), client: between(before.1, after.1) }
}

fn print(tally: &Tally, window: &Window) {
    let (delivered, seconds) = (tally.latency.count(), window.time.as_secs_f64());
    row("delivered events/s", &format!("{:.0}", float(delivered) / seconds));
    row("lost", &tally.lost.load(Relaxed).to_string());
    row("duplicated", &tally.duplicated.load(Relaxed).to_string());
    for (name, percent) in [("latency, p50", 50), ("latency, p99", 99), ("latency, max", 100)] {
        row(name, &format!("{:.1} ms", float(tally.latency.percentile(percent)) / 1000.0));
    }
    if let Some(spent) = window.server {
        row("server CPU, an event", &format!("{:.2} us", spent.as_secs_f64() * 1e6 / float(delivered.max(1))));
        row("server CPU, of one core", &format!("{:.0} %", 100.0 * spent.as_secs_f64() / seconds));
    }
    if let Some(spent) = window.client {
        row("client CPU, of one core", &format!("{:.0} %", 100.0 * spent.as_secs_f64() / seconds));
    }
}

fn row(name: &str, value: &str) {
    println!("  {name:<28}{value:>12}");
}

fn why(ended: io::Result<()>) -> String {
    ended.err().map_or_else(|| "the server ended the stream".to_owned(), |error| error.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts that far here")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Fewer than any backlog of connections that wait to be accepted.
const BATCH: u64 = 100;

/// Events a second while subscribers arrive: soon enough, and no work to speak of.
const RAMP_RATE: u32 = 10;

const PATIENCE: Duration = Duration::from_secs(10);
