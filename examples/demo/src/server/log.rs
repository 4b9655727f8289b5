//! [`Log`]: where the events of `/feed` are kept for any number of servers.
//!
//! Whatever it is, this is what a hub needs of it: one reader for a server, which publishes what comes with the log's own
//! IDs, and says where it goes on when it begins anew; and, for a client that comes back after so long that the hub has
//! not everything any more, what stands between two IDs. There is no trait, as there is nobody who would be generic.

use std::{convert::Infallible, error::Error, time::Duration};

use sse_wire::{
    EncodedFrames,
    hub::{Entry, EventId, Hub},
};
use tokio::time::sleep;

use super::{nats::NatsLog, redis::RedisLog};

/// One of those that people run.
#[derive(Clone)]
pub enum Log {
    Redis(RedisLog),
    Nats(NatsLog),
}

/// What becomes of what is asked of a log.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

impl Log {
    /// Adds an event. Its ID is made by the log; it comes back to all servers through their readers.
    pub async fn add(&self, text: &str) -> Result<()> {
        match self {
            Self::Redis(redis) => redis.add(text).await,
            Self::Nats(nats) => nats.add(text).await,
        }
    }

    /// Returns the events after the first of these IDs, up to the second, if that is later; `None` if not all of them are
    /// there any more, or the first was never an ID.
    pub async fn between(&self, after: &str, up_to: &str) -> Result<Option<Vec<EncodedFrames>>> {
        match self {
            Self::Redis(redis) => redis.between(after, up_to).await,
            Self::Nats(nats) => nats.between(after, up_to).await,
        }
    }

    /// Hands every event from now on to the hub, until the server ends. When this returns, the hub knows where it starts,
    /// and may have subscribers.
    pub async fn feed(&self, hub: &Hub) -> Result<()> {
        match self {
            Self::Redis(redis) => drop(redis.begin(hub).await?),
            Self::Nats(nats) => drop(nats.begin(hub).await?),
        }
        tokio::spawn(self.clone().follow(hub.clone()));
        Ok(())
    }

    async fn follow(self, hub: Hub) {
        loop {
            let Err(error) = self.read(&hub).await;
            eprintln!("feed: the log is away: {error}");
            sleep(PAUSE).await;
        }
    }

    /// Reads until the connection fails: from where the hub is, if the log knows where that is. If not, from the log's end,
    /// and the hub tells everybody that something may be missing.
    async fn read(&self, hub: &Hub) -> Result<Infallible> {
        match self {
            Self::Redis(redis) => redis.read(hub).await,
            Self::Nats(nats) => nats.read(hub).await,
        }
    }
}

/// Tells the events that come after this one: in both logs IDs rise.
pub fn newer_than(id: &str) -> impl Fn(&Entry) -> bool + use<> {
    let id = id.parse::<EventId>().ok();
    move |entry| entry.id().parse().ok() > id
}

/// Between two attempts to reach the log.
const PAUSE: Duration = Duration::from_secs(1);
