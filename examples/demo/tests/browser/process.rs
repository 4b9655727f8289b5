//! Programs that a test starts, and that end with it.

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command},
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

/// A running program, which is killed when this is dropped.
pub struct Process(pub Child);

impl Process {
    /// Starts a server, and returns when it listens on this port; `None`, and says so, if the program is not there.
    pub fn serve(command: &mut Command, port: u16) -> Option<Self> {
        let mut process = Self::start(command)?;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() {
            assert!(process.0.try_wait().unwrap().is_none(), "{command:?} has ended");
            assert!(began.elapsed() < WAIT, "{command:?} does not listen on port {port}");
            sleep(Duration::from_millis(20));
        }
        Some(process)
    }

    /// Returns `None`, and says so, if the program is not there.
    pub fn start(command: &mut Command) -> Option<Self> {
        match command.spawn() {
            Ok(child) => Some(Self(child)),
            Err(_) => skip(&format!("no {}", command.get_program().to_string_lossy())),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Says that tests are skipped, once for each reason; past the test harness, which hides what a test that passes prints.
pub fn skip<T>(why: &str) -> Option<T> {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if !said.iter().any(|reason| reason == why) {
        drop(writeln!(io::stderr(), "skipped tests: {why}; to install what they need: bash examples/demo/install.sh"));
        said.push(why.into());
    }
    None
}

/// Returns a port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// For any one thing that has to happen. The machine may be busy.
pub const WAIT: Duration = Duration::from_secs(20);

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
