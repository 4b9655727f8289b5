//! The demo's server: `cargo run -p demo`, then open the address that it prints.

use std::{
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use demo::server::{
    self,
    feed::Feed,
    log::{self, Log},
    nats::NatsLog,
    redis::RedisLog,
};
use tokio::time::sleep;

/// Serves a page and event streams to try sse-wire with.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen: host:port, or :port for this machine alone.
    #[arg(long, default_value = "127.0.0.1:3000", value_parser = parse_addr)]
    addr: String,
    /// Serve HTTPS, and with it HTTP/2, with a certificate made on the spot.
    #[arg(long)]
    tls: bool,
    /// Keep /feed in Redis Streams, shared with all servers there, as `redis://127.0.0.1:6379`.
    #[arg(long, value_name = "URL", value_parser = parse_redis)]
    redis: Option<String>,
    /// Keep /feed in NATS JetStream, shared with all servers there, as `nats://127.0.0.1:4222`.
    #[arg(long, value_name = "URL", conflicts_with = "redis")]
    nats: Option<String>,
    /// What the server calls itself in /feed; else its address.
    #[arg(long)]
    name: Option<String>,
    /// Milliseconds between the lines that the server adds to /feed.
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run(Arguments::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> log::Result<()> {
    let Arguments { addr, tls, redis, nats, name, every } = arguments;
    let listener = TcpListener::bind(&addr)
        .map_err(|error| format!("cannot listen on {addr}: {error}\nTake any free port with --addr 127.0.0.1:0"))?;
    let addr = listener.local_addr()?;
    let name = name.unwrap_or_else(|| addr.to_string());
    let log = match (redis, nats) {
        (Some(url), _) => Some(Log::Redis(RedisLog::connect(&url, LOG).await.map_err(|error| {
            format!("cannot use Redis at {url}: {error}\nIs it running? Start it with redis-server")
        })?)),
        (_, Some(url)) => Some(Log::Nats(NatsLog::connect(&url, LOG).await.map_err(|error| {
            format!("cannot use NATS at {url}: {error}\nIs it running, with JetStream? Start it with nats-server -js")
        })?)),
        (None, None) => None,
    };
    let feed = Feed::new(HISTORY, log);
    if let Some(log) = &feed.log {
        log.feed(&feed.hub).await?;
    }
    tokio::spawn(chatter(Arc::clone(&feed), name.clone(), Duration::from_millis(every)));
    let tls = if tls { Some(server::tls::self_signed().await?.config) } else { None };
    print_what_to_try(addr, tls.is_some());
    Ok(server::serve(listener, server::router(&name, &feed), tls).await?)
}

/// Adds a line to the feed again and again, so that there is something to see.
async fn chatter(feed: Arc<Feed>, name: String, every: Duration) {
    for line in 1_u64.. {
        // When the log is away, its reader says so.
        _ = feed.publish(&format!("line {line} of {name}")).await;
        sleep(every).await;
    }
}

/// Names are looked up when it listens.
fn parse_addr(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => {
            Ok(if host.is_empty() { format!("127.0.0.1:{port}") } else { text.to_owned() })
        }
        _ => Err("expected an address and a port, as 127.0.0.1:3000, localhost:3000 or :3000".to_owned()),
    }
}

fn parse_redis(text: &str) -> Result<String, String> {
    match redis::Client::open(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("expected a URL as redis://127.0.0.1:6379 or redis://user:password@host:6379/0".to_owned()),
    }
}

fn print_what_to_try(addr: SocketAddr, is_secure: bool) {
    // The certificate is nobody's but ours.
    let (scheme, curl, tail) =
        if is_secure { ("https", "curl -fSNk", "tail -- -k") } else { ("http", "curl -fSN", "tail --") };
    let base = format!("{scheme}://{addr}");
    println!(
        "Open {base}/ in a browser, or try in another terminal:
  {curl} {base}/sse
  {curl} {base}/feed
  {curl} {base}/chat --json '{{\"prompt\": \"hello\"}}'
  cargo run -p demo --bin {tail} {base}/feed"
    );
}

/// How many events a server keeps of `/feed`: some minutes.
const HISTORY: usize = 1000;

/// How many events the log keeps for all servers.
const LOG: usize = 10_000;
