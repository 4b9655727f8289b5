//! The demo's server: `cargo run -p demo`, then open the address that it prints.

use std::{
    error::Error,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use demo::server::{
    self,
    feed::{self, Feed, Limits},
};

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

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    let Arguments { addr, tls, redis, name, every } = arguments;
    let listener = TcpListener::bind(&addr)
        .map_err(|error| format!("cannot listen on {addr}: {error}\nTake any free port with --addr 127.0.0.1:0"))?;
    let addr = listener.local_addr()?;
    let name = name.unwrap_or_else(|| addr.to_string());
    let feed = match redis {
        None => Feed::in_memory(LIMITS),
        Some(url) => Feed::in_redis(&url, LIMITS).await.map_err(|error| {
            format!("cannot use Redis at {url}: {error}\nIs it running? Start it with redis-server")
        })?,
    };
    tokio::spawn(feed::chatter(Arc::clone(&feed), name.clone(), Duration::from_millis(every)));
    let tls = if tls { Some(server::tls::self_signed().await?.config) } else { None };
    print_what_to_try(addr, tls.is_some());
    Ok(server::serve(listener, server::router(&name, &feed), tls).await?)
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
        if is_secure { ("https", "curl -Nk", "tail -- -k") } else { ("http", "curl -N", "tail --") };
    let base = format!("{scheme}://{addr}");
    println!(
        "Open {base}/ in a browser, or try in another terminal:
  {curl} {base}/sse
  {curl} {base}/feed
  {curl} {base}/chat --json '{{\"prompt\": \"hello\"}}'
  cargo run -p demo --bin {tail} {base}/feed"
    );
}

/// Of `/feed`: some minutes of history, and some seconds for a slow subscriber.
const LIMITS: Limits = Limits { history: 1000, queue: 256 };
