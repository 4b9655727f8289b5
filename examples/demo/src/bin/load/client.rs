//! A subscriber, and what all of them count together.
//!
//! The client must not be what is measured, so it has no HTTP library: it writes the request by hand, takes the chunked
//! coding apart, and lets [`Decoder::decode`] lend the events where they stand.

use std::{
    cell::RefCell,
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hdrhistogram::Histogram;
use serde::Deserialize;
use sse_wire::Decoder;
use tokio::net::TcpStream;

/// What all subscribers count together.
pub struct Tally {
    pub is_measuring: bool,
    /// Those that have had an event.
    pub subscribers: u64,
    pub lost: u64,
    pub duplicated: u64,
    /// In microseconds.
    pub latency: Histogram<u64>,
}

impl Tally {
    pub fn new() -> Self {
        // Up to ten minutes, to three digits.
        let latency = Histogram::new_with_max(600_000_000, 3).expect("it can be three");
        Self { is_measuring: false, subscribers: 0, lost: 0, duplicated: 0, latency }
    }

    fn add(&mut self, tick: &Tick, last: Option<u64>, now: Duration) {
        match last {
            None => self.subscribers += 1,
            Some(last) if tick.n <= last => self.duplicated += 1,
            Some(last) => self.lost += tick.n - last - 1,
        }
        if self.is_measuring {
            let latency = now.saturating_sub(Duration::from_nanos(tick.t)).as_micros();
            self.latency.saturating_record(u64::try_from(latency).unwrap_or(u64::MAX));
        }
    }
}

/// No thread holds it for long.
pub fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The data of an event: its number, and when it was due in nanoseconds since 1970.
#[derive(Deserialize)]
struct Tick {
    n: u64,
    t: u64,
}

pub struct Subscriber {
    stream: TcpStream,
    coding: Chunked,
    decoder: Decoder,
    last: Option<u64>,
}

impl Subscriber {
    pub async fn connect(address: SocketAddr, path: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        // To close it is how the server says that the stream has ended.
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.writable().await?;
        if stream.try_write(request.as_bytes())? < request.len() {
            return Err(ErrorKind::WriteZero.into());
        }
        Ok(Self { stream, coding: Chunked::Head(Vec::new()), decoder: Decoder::new(), last: None })
    }

    /// Waits for bytes and takes what there is; `false` if there will be no more.
    pub async fn read(&mut self, tally: &Mutex<Tally>) -> io::Result<bool> {
        self.stream.readable().await?;
        BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
            Ok(0) => Ok(false),
            Ok(length) => self.take(&buffer[..length], tally).map(|()| true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        })
    }

    fn take(&mut self, mut input: &[u8], tally: &Mutex<Tally>) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut ticks: Vec<Tick> = Vec::new();
        while let Some(mut data) = self.coding.next(&mut input)? {
            while let Some(event) = self.decoder.decode(&mut data).map_err(io::Error::other)? {
                ticks.push(event.json().map_err(io::Error::other)?);
            }
        }
        let mut tally = lock(tally);
        for tick in ticks {
            tally.add(&tick, self.last.replace(tick.n), now);
        }
        Ok(())
    }
}

/// The response, as far as it has been read: its head, then chunks (RFC 9112, 7.1) without extensions, as hyper sends
/// them.
enum Chunked {
    Head(Vec<u8>),
    Size(usize),
    Data(usize),
}

impl Chunked {
    /// Returns the next piece of the body; `None` when the input is used up.
    fn next<'i>(&mut self, input: &mut &'i [u8]) -> io::Result<Option<&'i [u8]>> {
        while let Some((byte, rest)) = input.split_first() {
            match self {
                Self::Data(left) => {
                    let (data, rest) = input.split_at(input.len().min(*left));
                    *left -= data.len();
                    if *left == 0 {
                        *self = Self::Size(0);
                    }
                    *input = rest;
                    return Ok(Some(data));
                }
                // No size at all: the line end behind a chunk. (The last chunk looks the same, and nothing follows.)
                Self::Size(0) if *byte == b'\n' => {}
                Self::Size(size) if *byte == b'\n' => *self = Self::Data(*size),
                Self::Size(size) => {
                    if let Some(digit) = char::from(*byte).to_digit(16) {
                        *size = size.saturating_mul(16) + digit as usize;
                    }
                }
                Self::Head(head) => {
                    head.push(*byte);
                    if head.ends_with(b"\r\n\r\n") {
                        if !head.starts_with(b"HTTP/1.1 200 ") {
                            return Err(io::Error::other("the answer is not 200"));
                        }
                        *self = Self::Size(0);
                    }
                }
            }
            *input = rest;
        }
        Ok(None)
    }
}

thread_local! {
    /// One for all subscribers of a thread: it is full only while it is being taken apart.
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; 64 * 1024].into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chunked_coding_is_taken_apart_wherever_it_is_cut() {
        let head = "HTTP/1.1 200 OK\r\na: b\r\n\r\n";
        let answer =
            [head, "1A\r\ndata: {\"n\":1,\"t\":1}\n\ndata:\r\n", "11\r\n {\"n\":3,\"t\":1}\n\nd\r\n0\r\n\r\n"].concat();
        let answer = answer.as_bytes();
        for cut in 0..answer.len() {
            let (mut coding, mut body) = (Chunked::Head(Vec::new()), Vec::new());
            for mut input in [&answer[..cut], &answer[cut..]] {
                while let Some(data) = coding.next(&mut input).expect("it is 200") {
                    body.extend(data);
                }
            }
            assert_eq!(
                String::from_utf8_lossy(&body),
                "data: {\"n\":1,\"t\":1}\n\ndata: {\"n\":3,\"t\":1}\n\nd",
                "{cut}"
            );
        }
        let mut coding = Chunked::Head(Vec::new());
        assert!(coding.next(&mut &b"HTTP/1.1 404 Not Found\r\n\r\n"[..]).is_err());
    }

    #[test]
    fn losses_duplicates_and_latencies_are_counted() {
        let (mut tally, mut last) = (Tally::new(), None);
        tally.is_measuring = true;
        for (n, micros) in [(7, 1), (8, 100), (8, 100), (11, 5000)] {
            tally.add(&Tick { n, t: 0 }, last.replace(n), Duration::from_micros(micros));
        }
        assert_eq!((tally.subscribers, tally.lost, tally.duplicated), (1, 2, 1));
        let percentiles = [0.25, 0.5, 1.0].map(|part| tally.latency.value_at_quantile(part));
        assert_eq!(percentiles, [1, 100, 5003]);
    }
}
