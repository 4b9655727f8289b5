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
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use clap::Parser;
use tokio::{
    process::Child,
    task::JoinSet,
    time::{sleep, timeout},
};

use self::{
    client::{Subscriber, Tally, lock},
    process::{check_limit, cpu_time, memory, parse_address, spawn},
};

/// Subscribes many times to the demo's /load, and measures.
#[derive(Parser)]
struct Arguments {
    /// The server's address
    #[arg(value_parser = parse_address, default_value = "http://127.0.0.1:3000", conflicts_with = "spawn")]
    url: SocketAddr,
    /// Start a server for it, so that its memory and CPU time can be told
    #[arg(long)]
    spawn: bool,
    /// How many subscribers
    #[arg(short = 'n', long, default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..))]
    subscribers: u64,
    /// For how long to measure
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Events a second for each subscriber; 0 for as many as the server can
    #[arg(long, default_value_t = 10)]
    rate: u32,
    /// Measure something else than sse-wire: the same events through axum's own Sse
    #[arg(long, value_parser = ["axum"])]
    baseline: Option<String>,
}

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run(&Arguments::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn run(arguments: &Arguments) -> Result<()> {
    check_limit(arguments.subscribers)?;
    // To drop the child is to end it.
    let (address, child) = if arguments.spawn { spawn().await? } else { (arguments.url, None) };
    let pid = child.as_ref().and_then(Child::id);
    let path = if arguments.baseline.is_some() { "/load-axum" } else { "/load" };
    let mut load = Load { address, path, tally: Arc::new(Mutex::new(Tally::new())), tasks: JoinSet::new() };

    // The first brings the server into its working state, and each further one costs what it costs.
    load.ramp_up(1).await?;
    let memory_before = pid.and_then(memory);
    load.ramp_up(arguments.subscribers).await?;
    let memory_after = pid.and_then(memory);
    load.set_rate(arguments.rate).await?;

    let (begun, cpu_before) = (Instant::now(), pid.and_then(cpu_time));
    lock(&load.tally).is_measuring = true;
    sleep(Duration::from_secs(arguments.seconds.into())).await;
    lock(&load.tally).is_measuring = false;
    let (time, cpu_after) = (begun.elapsed(), pid.and_then(cpu_time));

    let subscribers = if load.tasks.len() == 1 { "1 subscriber" } else { &format!("{} subscribers", load.tasks.len()) };
    println!("{subscribers} to {path}, {} s, --rate {}", arguments.seconds, arguments.rate);
    print(&lock(&load.tally), time);
    if let (Some(before), Some(after)) = (cpu_before, cpu_after) {
        let spent = after.saturating_sub(before).as_secs_f64();
        row("server CPU, an event", &format!("{:.2} us", spent * 1e6 / float(lock(&load.tally).latency.len().max(1))));
        row("server CPU, of one core", &format!("{:.0} %", 100.0 * spent / time.as_secs_f64()));
    }
    if let (Some(before), Some(after)) = (memory_before, memory_after) {
        let each = float(after.saturating_sub(before)) / float(arguments.subscribers.saturating_sub(1).max(1));
        row("server memory, a subscriber", &format!("{:.1} KiB", each / 1024.0));
    }
    load.check()
}

/// The subscribers, each with a task of its own.
struct Load {
    address: SocketAddr,
    path: &'static str,
    tally: Arc<Mutex<Tally>>,
    tasks: JoinSet<io::Result<()>>,
}

impl Load {
    /// Connects until there are so many and each has had its first event: some at a time, as a server's backlog is
    /// short.
    async fn ramp_up(&mut self, count: u64) -> Result<()> {
        while (self.tasks.len() as u64) < count {
            for _ in 0..BATCH.min(count - self.tasks.len() as u64) {
                self.tasks.spawn(subscribe(self.address, self.path, Arc::clone(&self.tally)));
            }
            let begun = Instant::now();
            while lock(&self.tally).subscribers < self.tasks.len() as u64 {
                self.check()?;
                if begun.elapsed() > PATIENCE {
                    return Err(format!("the server at {} sends no events", self.address).into());
                }
                sleep(Duration::from_millis(5)).await;
            }
        }
        Ok(())
    }

    /// The rate is the server's: one request sets it for all.
    async fn set_rate(&self, rate: u32) -> Result<()> {
        let path = format!("{}?rate={rate}", self.path);
        let mut control = timeout(PATIENCE, Subscriber::connect(self.address, &path)).await??;
        timeout(PATIENCE, control.read(&Mutex::new(Tally::new()))).await??;
        drop(control);
        // Until it is what it will be.
        sleep(Duration::from_secs(1)).await;
        Ok(())
    }

    /// Returns an error if anything is not as it should be.
    fn check(&mut self) -> Result<()> {
        if let Some(ended) = self.tasks.try_join_next() {
            let why = ended?.err().map_or_else(|| "the server ended the stream".to_owned(), |error| error.to_string());
            let Self { address, path, .. } = self;
            return Err(format!("a stream of http://{address}{path} was lost: {why}; is the demo running?").into());
        }
        let tally = lock(&self.tally);
        match (tally.lost, tally.duplicated) {
            (0, 0) => Ok(()),
            (lost, twice) => Err(format!("events were lost: {lost}; came twice: {twice}").into()),
        }
    }
}

/// Counts events until there are no more.
async fn subscribe(address: SocketAddr, path: &str, tally: Arc<Mutex<Tally>>) -> io::Result<()> {
    let path = format!("{path}?rate={RAMP_RATE}");
    let mut subscriber = timeout(PATIENCE, Subscriber::connect(address, &path)).await??;
    while subscriber.read(&tally).await? {}
    Ok(())
}

fn print(tally: &Tally, time: Duration) {
    row("delivered events/s", &format!("{:.0}", float(tally.latency.len()) / time.as_secs_f64()));
    row("lost", &tally.lost.to_string());
    row("duplicated", &tally.duplicated.to_string());
    for (name, part) in [("latency, p50", 0.5), ("latency, p99", 0.99), ("latency, max", 1.0)] {
        row(name, &format!("{:.1} ms", float(tally.latency.value_at_quantile(part)) / 1000.0));
    }
}

fn row(name: &str, value: &str) {
    println!("  {name:<28}{value:>12}");
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
