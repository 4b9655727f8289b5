//! One run of one way: subscribers that read bodies, each in a task of its own, and one publisher.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Waker},
    time::Duration,
};

use futures_util::{Stream, StreamExt as _};
use hdrhistogram::Histogram;
use sse_wire::{
    Decoder, EncodedFrames,
    body::{BodyChunks, EventBody},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    heap,
    ways::{CAPACITY, Way},
};

/// How often there is an event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// So many a second.
    Rate(u32),
    /// As many as the slowest subscriber takes.
    Saturation,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Events that were handed out, a second, all subscribers together.
    pub(crate) delivered: f64,
    /// Events that were published, a second.
    pub(crate) published: f64,
    /// What the processor did for each of the first, in nanoseconds, the reader's part included. It depends least on what
    /// else the machine does.
    pub(crate) cpu: f64,
    /// From when an event was due until it was read.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// What the tasks count together.
struct Tally {
    delivered: AtomicU64,
    is_measuring: AtomicBool,
    begun: Instant,
    /// In microseconds.
    latency: Mutex<Histogram<u64>>,
}

/// Publishes to that many subscribers for that long, after a second to warm up.
pub(crate) async fn run<W: Way>(subscribers: usize, pace: Pace, duration: Duration) -> Outcome {
    let (way, mut tasks) = (W::new(), JoinSet::new());
    let latency = Mutex::new(Histogram::new_with_max(60_000_000, 3).expect("three digits"));
    let tally =
        Tally { delivered: AtomicU64::new(0), is_measuring: AtomicBool::new(false), begun: Instant::now(), latency };
    let tally = Arc::new(tally);
    for number in 0..subscribers {
        let (frames, tally) = (way.subscribe(), Arc::clone(&tally));
        if number % SAMPLED == 0 {
            tasks.spawn(read_and_time(frames, tally));
        } else {
            tasks.spawn(read(frames, tally));
        }
    }
    let is_done = Arc::new(AtomicBool::new(false));
    let publisher = tokio::spawn(publish(way.clone(), pace, tally.begun, Arc::clone(&is_done)));
    sleep(Duration::from_secs(1)).await;
    tally.is_measuring.store(true, Relaxed);
    let (begun, before, cpu_before) = (Instant::now(), tally.delivered.load(Relaxed), cpu_time());
    sleep(duration).await;
    let (time, after, cpu_after) = (begun.elapsed().as_secs_f64(), tally.delivered.load(Relaxed), cpu_time());
    tally.is_measuring.store(false, Relaxed);
    is_done.store(true, Relaxed);
    publisher.await.expect("it does not panic");
    assert_eq!(tasks.len(), subscribers, "nobody has fallen behind so far that it ended");
    assert!(tasks.try_join_next().is_none(), "nobody has fallen behind so far that it ended");
    tasks.shutdown().await;
    let latency = tally.latency.lock().expect("nobody panics");
    let quantile = |part| Duration::from_micros(latency.value_at_quantile(part));
    #[expect(clippy::cast_precision_loss, reason = "nobody counts that far here")]
    let delivered = (after - before) as f64 / time;
    #[expect(clippy::cast_precision_loss, reason = "nobody counts that far here")]
    let published = delivered / subscribers as f64;
    let cpu = (cpu_after - cpu_before) / (delivered * time) * 1e9;
    Outcome { delivered, published, cpu, p50: quantile(0.5), p99: quantile(0.99) }
}

/// What this process has had of the processors, in seconds; 0 where there is no `/proc`.
fn cpu_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may have spaces: the 14th and 15th field of all, in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default().split(' ');
    fields.skip(12).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The publisher waits for the slowest subscriber before it overwrites what that one has not taken.
async fn publish<W: Way>(way: W, pace: Pace, begun: Instant, is_done: Arc<AtomicBool>) {
    let mut due = Instant::now();
    for number in 0_u64.. {
        // To look is not for nothing.
        if number % LOOK == 0 {
            if is_done.load(Relaxed) {
                return;
            }
            if way.lag() > CAPACITY / 2 {
                while way.lag() > CAPACITY / 4 {
                    sleep(Duration::from_millis(1)).await;
                }
            }
            tokio::task::yield_now().await;
        }
        due = match pace {
            Pace::Saturation => Instant::now(),
            Pace::Rate(rate) => due + Duration::from_secs(1) / rate,
        };
        if due > Instant::now() {
            sleep_until(due).await;
        }
        way.publish(&format!(r#"{{"n":{number},"t":{}}}"#, (due - begun).as_micros()));
    }
}

/// Counts events by their lines, of which each has three: the client must not be what is measured.
async fn read(frames: impl Stream<Item = EncodedFrames> + Send + Unpin, tally: Arc<Tally>) {
    let mut chunks = BodyChunks::new(EventBody::new(frames));
    while let Some(Ok(chunk)) = chunks.next().await {
        let lines = memchr::memchr_iter(b'\n', &chunk).count();
        tally.delivered.fetch_add(lines as u64 / 3, Relaxed);
    }
}

/// Reads events, sees that each is the one after the last, and notes how late it is.
async fn read_and_time(frames: impl Stream<Item = EncodedFrames> + Send + Unpin, tally: Arc<Tally>) {
    let (mut chunks, mut decoder, mut last) = (BodyChunks::new(EventBody::new(frames)), Decoder::new(), None);
    while let Some(Ok(chunk)) = chunks.next().await {
        let (mut input, mut count) = (&chunk[..], 0);
        let now = tally.begun.elapsed().as_micros();
        let mut latency = tally.latency.lock().expect("nobody panics");
        while let Some(event) = decoder.decode(&mut input).expect("it is short") {
            let (number, due) = numbers(event.data());
            assert!(last.is_none_or(|last| last + 1 == number), "{number} after {last:?}");
            last = Some(number);
            count += 1;
            if tally.is_measuring.load(Relaxed) {
                latency.saturating_record(u64::try_from(now).unwrap_or(u64::MAX).saturating_sub(due));
            }
        }
        tally.delivered.fetch_add(count, Relaxed);
    }
}

/// The number of an event, and when it was due.
fn numbers(data: &str) -> (u64, u64) {
    let mut numbers = data.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut next = || numbers.next().and_then(|part| part.parse().ok()).expect("two numbers");
    (next(), next())
}

/// Bytes that a subscriber takes while it waits, with its body and without. It has had an event.
pub(crate) fn memory<W: Way>(subscribers: usize) -> (isize, isize) {
    let (way, mut cx) = (W::new(), Context::from_waker(Waker::noop()));
    way.publish("warm up");
    let mut all: Vec<_> = Vec::with_capacity(subscribers);
    let ((), bytes) = heap::measure(|| {
        for _ in 0..subscribers {
            let mut frames = way.subscribe();
            assert!(Pin::new(&mut frames).poll_next(&mut cx).is_pending());
            all.push(frames);
        }
    });
    let own = size_of_val(&all[0]).cast_signed();
    let each = bytes / subscribers.cast_signed() + own;
    let body = size_of_val(&EventBody::new(all.pop().expect("one of them"))).cast_signed();
    (each, each - own + body)
}

/// One of that many subscribers is timed.
const SAMPLED: usize = 100;

/// The publisher looks at the lag after that many events.
const LOOK: u64 = 64;
