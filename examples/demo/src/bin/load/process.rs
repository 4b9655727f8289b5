//! The processes that take part: a server started for the occasion, and what Linux tells about each.

use std::{
    error::Error,
    fs,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A server started for the occasion, and ended with it.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn spawn() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let program = std::env::current_exe()?.with_file_name(format!("demo{}", std::env::consts::EXE_SUFFIX));
        let mut child =
            Command::new(&program).args(["--addr", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().map_err(|error| {
                format!("cannot start {}: {error}; build it with cargo build -p demo", program.display())
            })?;
        let (sender, lines) = mpsc::channel();
        let output = child.stdout.take();
        // To the end, so that the server never waits for its output to be read.
        thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(io::Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut server = Self { child, address: SocketAddr::from(([0, 0, 0, 0], 0)) };
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(10)) {
            if let Some(address) = line.split_whitespace().find_map(|word| parse_address(word).ok()) {
                server.address = address;
                return Ok(server);
            }
        }
        Err("the server does not say where it listens".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let address = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    address.parse().map_err(|_| "expected an address like http://127.0.0.1:3000".to_owned())
}

/// Each subscriber is an open file, here and in the server.
pub fn check_limit(subscribers: u64) -> Result<(), String> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let open_files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let limit = open_files.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    let needed = subscribers + 100;
    match limit {
        Some(limit) if limit < needed => {
            Err(format!("{limit} open files are allowed, {needed} are needed: run `ulimit -n {needed}` first"))
        }
        _ => Ok(()),
    }
}

/// The resident memory of a process, in bytes, where there is `/proc`.
pub fn memory(pid: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The CPU time that a process has spent so far, in user and in kernel mode.
pub fn cpu_time(pid: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    // The 14th and the 15th of the line (proc(5)), in hundredths of a second on every Linux there is.
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}
