//! The two ways to send one event to many: the hub, and what servers write by hand.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures_util::{Stream, StreamExt as _};
use sse_wire::{
    EncodedFrames, Frame,
    hub::{Hub, HubOptions, ReplayOptions},
};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// How many events are kept, and how many a subscriber may be behind. A power of two, which tokio makes of it anyway.
pub(crate) const CAPACITY: usize = 1024;

/// One of the ways. Both keep the same number of events, give them the same IDs, and end a subscriber that falls behind.
pub(crate) trait Way: Clone + Send + Sync + 'static {
    const NAME: &'static str;

    fn new() -> Self;

    fn subscribe(&self) -> impl Stream<Item = EncodedFrames> + Send + Unpin + 'static;

    fn publish(&self, data: &str);

    /// How many events the slowest subscriber is behind.
    fn lag(&self) -> usize;
}

impl Way for Hub {
    const NAME: &'static str = "hub";

    fn new() -> Self {
        Self::with_options(HubOptions::new().with_replay(ReplayOptions::new().with_max_events(CAPACITY)))
    }

    fn subscribe(&self) -> impl Stream<Item = EncodedFrames> + Send + Unpin + 'static {
        // Nothing comes first in the other way.
        self.resume(None).into_filled()
    }

    fn publish(&self, data: &str) {
        self.publish(Frame::new().data(data));
    }

    fn lag(&self) -> usize {
        usize::try_from(self.lag()).unwrap_or(usize::MAX)
    }
}

/// tokio's broadcast, and a ring of what was sent, as the demo had it before there was a hub.
#[derive(Clone)]
pub(crate) struct ByHand {
    live: broadcast::Sender<Entry>,
    ring: Arc<Mutex<VecDeque<Entry>>>,
}

#[derive(Clone)]
struct Entry {
    number: u64,
    frame: EncodedFrames,
}

impl Way for ByHand {
    const NAME: &'static str = "broadcast and ring";

    fn new() -> Self {
        Self { live: broadcast::Sender::new(CAPACITY), ring: Arc::default() }
    }

    fn subscribe(&self) -> impl Stream<Item = EncodedFrames> + Send + Unpin + 'static {
        let live = BroadcastStream::new(self.live.subscribe());
        // What was in the history as well is dropped.
        let reached = 0;
        let live = live.map(Result::ok).take_while(|entry| core::future::ready(entry.is_some()));
        live.filter_map(move |entry| {
            core::future::ready(entry.filter(|entry| entry.number > reached).map(|entry| entry.frame))
        })
    }

    fn publish(&self, data: &str) {
        let mut ring = self.ring.lock().expect("nobody panics");
        let number = ring.back().map_or(0, |entry| entry.number) + 1;
        let id = format!("1795376008419-{number}");
        let entry = Entry { number, frame: Frame::new().id(&id).expect("valid").data(data).to_encoded() };
        if ring.len() >= CAPACITY {
            ring.pop_front();
        }
        ring.push_back(entry.clone());
        // An error says that there is nobody. Under the lock, so that the order is that of the numbers.
        drop(self.live.send(entry));
    }

    fn lag(&self) -> usize {
        self.live.len()
    }
}
