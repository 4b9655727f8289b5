//! The processes that take part: a server started for the occasion, and what Linux tells about each.

use std::{
    fs,
    net::{SocketAddr, ToSocketAddrs},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{PATIENCE, Result};

/// Starts a server, which ends when it is dropped, and returns where it listens.
pub async fn spawn() -> Result<(SocketAddr, Option<Child>)> {
    let program = std::env::current_exe()?.with_file_name(format!("demo{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(&program);
    command.args(["--addr", "127.0.0.1:0"]).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| {
        format!("cannot start {}: {error}\nBuild it first: cargo build --release -p demo", program.display())
    })?;
    // The address is the first that it says. The rest stays in the pipe, which has room for it.
    let (output, mut line) = (child.stdout.as_mut().ok_or("it has no output")?, String::new());
    timeout(PATIENCE, BufReader::new(output).read_line(&mut line)).await??;
    let address = line.split(' ').find_map(|word| parse_address(word).ok());
    Ok((address.ok_or("the server does not say where it listens")?, Some(child)))
}

pub fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let address = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let host = if address.starts_with(':') { "127.0.0.1" } else { "" };
    // The demo listens on IPv4, so that comes first where a name has both.
    let found = format!("{host}{address}").to_socket_addrs().ok().and_then(|all| all.min_by_key(SocketAddr::is_ipv6));
    found.ok_or_else(|| "expected an address like http://127.0.0.1:3000 or localhost:3000".to_owned())
}

/// Each subscriber is an open file, here and in the server.
pub fn check_limit(subscribers: u64) -> Result<(), String> {
    let needed = subscribers + 100;
    match number_in("/proc/self/limits", "Max open files") {
        Some(limit) if limit < needed => {
            Err(format!("{limit} open files are allowed, {needed} are needed: run `ulimit -n {needed}` first"))
        }
        _ => Ok(()),
    }
}

/// The resident memory of a process, in bytes, where there is `/proc`.
pub fn memory(pid: u32) -> Option<u64> {
    Some(number_in(&format!("/proc/{pid}/status"), "VmRSS:")? * 1024)
}

/// The CPU time that a process has spent so far, in user and in kernel mode.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    // The 14th and the 15th of the line (proc(5)), in hundredths of a second on every Linux there is.
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}

/// The first number of the line that begins so.
fn number_in(file: &str, begin: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(begin))?.split_whitespace().next()?.parse().ok()
}
