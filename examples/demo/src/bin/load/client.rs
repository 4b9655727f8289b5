//! A subscriber, and what all of them count together.
//!
//! The client must not be what is measured, so it has no HTTP library: it writes the request by hand, takes the chunked
//! coding apart, and lets [`Decoder::decode`] lend the events where they stand.

use std::{
    cell::RefCell,
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use sse_wire::Decoder;
use tokio::net::TcpStream;

/// What all subscribers count together.
pub struct Tally {
    pub is_measuring: AtomicBool,
    /// Those that have had an event.
    pub subscribers: AtomicU64,
    pub lost: AtomicU64,
    pub duplicated: AtomicU64,
    pub latency: Histogram,
}

impl Tally {
    pub fn new() -> Self {
        let [subscribers, lost, duplicated] = [const { AtomicU64::new(0) }; 3];
        Self { is_measuring: AtomicBool::new(false), subscribers, lost, duplicated, latency: Histogram::new() }
    }

    fn add(&self, tick: &Tick, last: &mut Option<u64>, now: u64, is_measuring: bool) {
        match last.replace(tick.n) {
            None => _ = self.subscribers.fetch_add(1, Relaxed),
            Some(last) if tick.n <= last => _ = self.duplicated.fetch_add(1, Relaxed),
            Some(last) if tick.n > last + 1 => _ = self.lost.fetch_add(tick.n - last - 1, Relaxed),
            Some(_) => {}
        }
        if is_measuring {
            self.latency.add(now.saturating_sub(tick.t) / 1000);
        }
    }
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
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
        stream.writable().await?;
        if stream.try_write(request.as_bytes())? < request.len() {
            return Err(ErrorKind::WriteZero.into());
        }
        Ok(Self { stream, coding: Chunked::Head(Vec::new()), decoder: Decoder::new(), last: None })
    }

    /// Waits for bytes and takes what there is; `false` if there will be no more.
    pub async fn read(&mut self, tally: &Tally) -> io::Result<bool> {
        self.stream.readable().await?;
        BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
            Ok(0) => Ok(false),
            Ok(length) => self.take(&buffer[..length], tally).map(|()| true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        })
    }

    fn take(&mut self, mut input: &[u8], tally: &Tally) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        let is_measuring = tally.is_measuring.load(Relaxed);
        while let Some(mut data) = self.coding.next(&mut input)? {
            while let Some(event) = self.decoder.decode(&mut data).map_err(io::Error::other)? {
                let tick = event.json().map_err(io::Error::other)?;
                tally.add(&tick, &mut self.last, now, is_measuring);
            }
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
    /// The line end behind a chunk.
    DataEnd,
}

impl Chunked {
    /// Returns the next piece of the body; `None` when the input is used up.
    fn next<'i>(&mut self, input: &mut &'i [u8]) -> io::Result<Option<&'i [u8]>> {
        if let Self::Data(left) = self {
            let Some((data, rest)) = input.split_at_checked(*left) else {
                *left -= input.len();
                return Ok(Some(std::mem::take(input)).filter(|data| !data.is_empty()));
            };
            (*self, *input) = (Self::DataEnd, rest);
            return Ok(Some(data));
        }
        while let Some((byte, rest)) = input.split_first() {
            *input = rest;
            match (&mut *self, byte) {
                (Self::Head(head), _) => {
                    head.push(*byte);
                    if head.ends_with(b"\r\n\r\n") {
                        if !head.starts_with(b"HTTP/1.1 200 ") {
                            return Err(io::Error::other("the answer is not 200"));
                        }
                        *self = Self::Size(0);
                    }
                }
                (Self::Size(0), b'\n') => return Ok(None),
                (Self::Size(size), b'\n') => {
                    *self = Self::Data(*size);
                    return self.next(input);
                }
                (Self::Size(size), digit) => {
                    if let Some(digit) = char::from(*digit).to_digit(16) {
                        *size = size.saturating_mul(16) + digit as usize;
                    }
                }
                (_, b'\n') => *self = Self::Size(0),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Microseconds, counted in sixteen steps for each power of two: no more than 6 % off.
pub struct Histogram {
    buckets: Vec<AtomicU64>,
    max: AtomicU64,
}

impl Histogram {
    pub fn new() -> Self {
        Self { buckets: (0..1024).map(|_| AtomicU64::new(0)).collect(), max: AtomicU64::new(0) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is below 1024")]
    fn add(&self, value: u64) {
        let shift = 59 - value.max(16).leading_zeros();
        let index = u64::from(shift) * 16 + (value >> shift);
        self.buckets[index as usize].fetch_add(1, Relaxed);
        if value > self.max.load(Relaxed) {
            self.max.fetch_max(value, Relaxed);
        }
    }

    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// The upper end of the bucket in which that part of all values ends, or the greatest value if that is less.
    pub fn percentile(&self, percent: u64) -> u64 {
        let mut left = (self.count() * percent).div_ceil(100);
        let found = self.buckets.iter().position(|bucket| {
            left = left.saturating_sub(bucket.load(Relaxed));
            left == 0
        });
        let index = found.unwrap_or_default() as u64;
        let shift = (index / 16).saturating_sub(1);
        (((index - shift * 16 + 1) << shift) - 1).min(self.max.load(Relaxed))
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
        let (tally, mut last) = (Tally::new(), None);
        for (n, micros) in [(7, 1), (8, 100), (8, 100), (11, 5000)] {
            tally.add(&Tick { n, t: 0 }, &mut last, micros * 1000, true);
        }
        let [lost, duplicated] = [&tally.lost, &tally.duplicated].map(|count| count.load(Relaxed));
        assert_eq!((tally.latency.count(), lost, duplicated), (4, 2, 1));
        let percentiles = [25, 50, 100].map(|percent| tally.latency.percentile(percent));
        assert_eq!(percentiles, [1, 103, 5000]);
    }
}
