//! [`RedisLog`]: the events of `/feed` in a Redis Stream, which any number of servers share.
//!
//! The ID of an entry in Redis is the ID of its event, so that a client may go on from it on any server. Each server
//! has one reader, whatever the number of its subscribers: it waits for new entries (`XREAD BLOCK`), encodes each once,
//! and hands it to all. Only a client that comes back asks Redis itself, for what it missed (`XRANGE`).

use std::{convert::Infallible, time::Duration};

use redis::{
    AsyncConnectionConfig, AsyncTypedCommands as _, Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    streams::{StreamId, StreamMaxlen, StreamReadOptions},
};
use tokio::time::sleep;

use super::{
    feed::Live,
    replay::{Entry, History, Id},
};

/// The stream, and a connection for short commands.
#[derive(Clone)]
pub struct RedisLog {
    client: Client,
    commands: ConnectionManager,
    limit: usize,
}

impl RedisLog {
    /// Returns the stream at this URL. Whoever adds to it keeps it at this many entries.
    pub async fn connect(url: &str, limit: usize) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new().set_number_of_retries(1).set_response_timeout(Some(TIMEOUT));
        let commands = client.get_connection_manager_with_config(config).await?;
        Ok(Self { client, commands, limit })
    }

    /// Adds an event. Its ID is made by Redis; the event comes back to all servers through their readers.
    pub async fn add(&self, text: &str) -> RedisResult<()> {
        let limit = StreamMaxlen::Equals(self.limit);
        self.commands.clone().xadd_maxlen(KEY, limit, "*", &[(FIELD, text)]).await.map(drop)
    }

    /// Returns what a client gets that comes back with this ID.
    pub async fn since(&self, id: Id) -> RedisResult<History> {
        let mut entries = self.range(&id.to_string()).await?;
        if entries.first().is_some_and(|entry| entry.id == id) {
            entries.remove(0);
            return Ok(History::Exact(entries));
        }
        Ok(History::Gap(self.range("-").await?))
    }

    /// Returns the ID of the last entry there is.
    pub async fn last(&self) -> RedisResult<Id> {
        let reply = self.commands.clone().xrevrange_count(KEY, "+", "-", 1).await?;
        Ok(reply.ids.first().and_then(|entry| Id::parse(&entry.id)).unwrap_or_default())
    }

    /// Hands every entry behind this one to all subscribers, until the server ends.
    pub async fn follow(self, mut last: Id, live: Live) {
        loop {
            let Err(error) = self.read(&mut last, &live).await;
            eprintln!("feed: Redis is away: {error}");
            // From here on entries may be missing in what is live. Who comes back by ID has them from the history.
            _ = live.send(None);
            sleep(PAUSE).await;
        }
    }

    /// Reads until the connection fails.
    async fn read(&self, last: &mut Id, live: &Live) -> RedisResult<Infallible> {
        // A connection of its own: a command that blocks holds up all others behind it.
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(BLOCK + TIMEOUT));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let options = StreamReadOptions::default().block(BLOCK.as_millis() as usize).count(BATCH);
        loop {
            // Nothing, if the time ran out.
            let reply = connection.xread_options(&[KEY], &[last.to_string()], &options).await?;
            for id in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
                *last = Id::parse(&id.id).unwrap_or(*last);
                // A failed send means that there is no subscriber.
                _ = entry(&id).map(|entry| live.send(Some(entry)));
            }
        }
    }

    /// Returns the entries from this ID on.
    async fn range(&self, start: &str) -> RedisResult<Vec<Entry>> {
        let reply = self.commands.clone().xrange(KEY, start, "+").await?;
        Ok(reply.ids.iter().filter_map(entry).collect())
    }
}

/// The event of an entry in Redis; `None` for what somebody else has put there.
fn entry(id: &StreamId) -> Option<Entry> {
    let text: String = id.get(FIELD)?;
    Some(Entry::new(Id::parse(&id.id)?, &text))
}

/// Of the stream.
const KEY: &str = "sse-wire-demo:feed";

/// The one field of its entries.
const FIELD: &str = "text";

/// How many entries the reader takes at once: far fewer than a subscriber may be behind.
const BATCH: usize = 32;

/// How long an `XREAD` waits for an entry.
const BLOCK: Duration = Duration::from_secs(5);

/// How long Redis may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Between two attempts to reach Redis.
const PAUSE: Duration = Duration::from_secs(1);
