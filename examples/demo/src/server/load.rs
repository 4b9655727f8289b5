//! `/load` and `/load-axum`: numbered events at any rate, for `load` to count and to time.
//!
//! * `GET /load` sends them as this crate is meant to be used: each event is encoded once, and every subscriber gets a
//!   clone of the same [`EncodedFrames`]; [`EventBody`] sends those that are ready together.
//! * `GET /load-axum` is the baseline: the same events of the same broadcast, through axum's own `Sse`, which encodes
//!   each event for each subscriber. Both send a keep-alive after 15 seconds of silence, and both write the same bytes:
//!
//! ```text
//! data: {"n":123,"t":1795375341000000000}
//!
//! ```
//!
//! `n` goes up by one with each event, for all subscribers of both paths together; a subscriber starts at any `n`. From
//! there on a step of more than one is a loss, and one of less is a duplicate. `t` is when the event was due, in
//! nanoseconds since the UNIX epoch: what the server is behind its own rate counts as latency.
//!
//! The rate is the server's, not the subscriber's. `?rate=500` sets it to 500 events a second for everybody, from the
//! next event on; `?rate=0` means as fast as the slowest subscriber takes them; without it the rate stays as it is
//! ([`DEFAULT_RATE`] at first). While nobody is subscribed, nothing is sent.
//!
//! Nothing gets lost on purpose: the sender waits for the slowest subscriber before it overwrites what that one has not
//! taken, so that a server which can't keep the rate shows it as fewer events a second and a growing latency. A
//! subscriber that takes nothing for [`PATIENCE`] is given up: its response ends.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::{Query, State},
    response::{
        IntoResponse,
        sse::{self, Sse},
    },
};
use serde::Deserialize;
use sse_wire::{
    EncodedFrames, Frame, Utf8Bytes,
    body::{EventBody, TokioTimer, event_stream_response},
};
use tokio::{
    sync::{Notify, broadcast},
    time::{Instant, sleep, sleep_until},
};
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};

/// The broadcast that both paths share, and the rate at which it runs.
#[derive(Debug)]
pub struct Load {
    events: broadcast::Sender<Numbered>,
    /// Events a second; 0 for as many as the slowest subscriber takes.
    rate: AtomicU32,
    /// Wakes the sender when there is somebody to send to.
    arrival: Notify,
}

/// One event for all: its bytes for `/load`, and its data for axum to encode.
#[derive(Clone, Debug)]
struct Numbered {
    frame: EncodedFrames,
    data: Utf8Bytes,
}

/// What may stand behind the `?`.
#[derive(Debug, Deserialize)]
pub struct Options {
    rate: Option<u32>,
}

/// Answers `GET /load`.
pub async fn ours(State(load): State<Arc<Load>>, Query(options): Query<Options>) -> impl IntoResponse {
    let frames = load.subscribe(&options).map(|event| event.frame);
    event_stream_response(EventBody::new(frames).keep_alive(TokioTimer::default()))
}

/// Answers `GET /load-axum`.
pub async fn axums(State(load): State<Arc<Load>>, Query(options): Query<Options>) -> impl IntoResponse {
    let events = load.subscribe(&options);
    let events = events.map(|event| Ok::<_, Infallible>(sse::Event::default().data(&*event.data)));
    Sse::new(events).keep_alive(sse::KeepAlive::default())
}

impl Load {
    /// Returns the broadcast; its sender runs until the server ends.
    pub fn start() -> Arc<Self> {
        let (events, rate) = (broadcast::Sender::new(CAPACITY), AtomicU32::new(DEFAULT_RATE));
        let load = Arc::new(Self { events, rate, arrival: Notify::new() });
        tokio::spawn(Arc::clone(&load).run());
        load
    }

    /// Returns the events from now on. They end if the subscriber falls too far behind.
    fn subscribe(&self, options: &Options) -> impl Stream<Item = Numbered> + use<> {
        if let Some(rate) = options.rate {
            self.rate.store(rate, Relaxed);
        }
        let events = BroadcastStream::new(self.events.subscribe());
        self.arrival.notify_one();
        events.map_while(Result::ok)
    }

    /// Sends an event whenever one is due.
    async fn run(self: Arc<Self>) {
        let (mut due, mut patience) = (Instant::now(), PATIENCE);
        for number in 0_u64.. {
            if self.events.receiver_count() == 0 {
                self.arrival.notified().await;
                due = Instant::now();
            }
            due = match self.rate.load(Relaxed) {
                0 => Instant::now(),
                rate => due + Duration::from_secs(1) / rate,
            };
            // Even a sleep of no time takes up to a millisecond.
            if due > Instant::now() {
                sleep_until(due).await;
            }
            self.room(&mut patience).await;
            // An error says that nobody is there any more.
            _ = self.events.send(numbered(number, due));
        }
    }

    /// If the slowest subscriber is as far behind as it may be, waits until it has caught up by half. When the patience
    /// is at its end, there is none left for the next event, until there is room again.
    async fn room(&self, patience: &mut Duration) {
        if self.events.len() >= CAPACITY {
            let begun = Instant::now();
            while self.events.len() > CAPACITY / 2 {
                sleep(Duration::from_millis(1)).await;
                if begun.elapsed() > *patience {
                    *patience = Duration::ZERO;
                    return;
                }
            }
        }
        *patience = PATIENCE;
    }
}

/// The event, encoded once for all.
fn numbered(number: u64, due: Instant) -> Numbered {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = now.saturating_sub(due.elapsed()).as_nanos();
    let data = format!(r#"{{"n":{number},"t":{time}}}"#);
    Numbered { frame: Frame::new().data(&data).to_encoded(), data: data.into() }
}

/// Events a second, until a subscriber asks for another rate.
const DEFAULT_RATE: u32 = 10;

/// How many events the slowest subscriber may be behind: some data frames full of them.
const CAPACITY: usize = 1024;

/// For how long everybody waits for a subscriber that takes nothing.
const PATIENCE: Duration = Duration::from_secs(5);
