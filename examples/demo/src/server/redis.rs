//! [`RedisLog`]: the events of `/feed` in a Redis Stream, which any number of servers share.
//!
//! The ID of an entry in Redis is the ID of its event, so that a client may go on from it on any server. Each server
//! has one reader, whatever the number of its subscribers: it waits for new entries (`XREAD BLOCK`), encodes each once,
//! and hands it to all. Only a client that comes back asks Redis itself, for what it missed (`XRANGE`).

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, AsyncTypedCommands as _, Client, RedisError, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    streams::{StreamId, StreamMaxlen, StreamReadOptions},
};
use tokio::time::sleep;

use super::replay::{Entry, History, Id};

/// The stream, and a connection for short commands.
pub struct RedisLog {
    client: Client,
    commands: ConnectionManager,
    limit: usize,
}

impl RedisLog {
    /// Returns the stream at this URL. Whoever adds to it keeps it at this many entries.
    ///
    /// # Errors
    ///
    /// Those of the URL, and of the connection.
    pub async fn connect(url: &str, limit: usize) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new().set_number_of_retries(1).set_response_timeout(Some(TIMEOUT));
        let commands = client.get_connection_manager_with_config(config).await?;
        Ok(Self { client, commands, limit })
    }

    /// Adds an event. Its ID is made by Redis; the event comes back to all servers through their readers.
    ///
    /// # Errors
    ///
    /// That Redis is away.
    pub async fn add(&self, text: &str) -> RedisResult<()> {
        let limit = StreamMaxlen::Equals(self.limit);
        self.commands.clone().xadd_maxlen(KEY, limit, "*", &[(FIELD, text)]).await.map(drop)
    }

    /// Returns what came after this ID.
    ///
    /// The entry of the ID itself is asked for as well. If it is not there any more, others behind it may be gone, too.
    ///
    /// # Errors
    ///
    /// That Redis is away.
    pub async fn since(&self, id: Id) -> RedisResult<History> {
        let reply = self.commands.clone().xrange(KEY, id.to_string(), "+").await?;
        Ok(History::new(id, reply.ids.iter().filter_map(entry).collect()))
    }

    /// Returns the reader, which begins behind the last entry there is.
    ///
    /// # Errors
    ///
    /// That Redis is away.
    pub async fn reader(&self) -> RedisResult<Reader> {
        let reply = self.commands.clone().xrevrange_count(KEY, "+", "-", 1).await?;
        let last = reply.ids.first().and_then(|entry| entry.id.parse().ok()).unwrap_or_default();
        Ok(Reader { client: self.client.clone(), last })
    }
}

/// Reads the stream for all subscribers of a server.
pub struct Reader {
    client: Client,
    last: Id,
}

impl Reader {
    /// Hands every new entry to `publish`, and calls `lost` when Redis was away: then entries may have been missed.
    pub async fn run(mut self, publish: impl Fn(Entry), lost: impl Fn(&RedisError)) {
        loop {
            let Err(error) = self.read(&publish).await;
            lost(&error);
            sleep(PAUSE).await;
        }
    }

    /// Reads until the connection fails.
    async fn read(&mut self, publish: &impl Fn(Entry)) -> RedisResult<std::convert::Infallible> {
        // A connection of its own: a command that blocks holds up all others behind it.
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(BLOCK + TIMEOUT));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let options = StreamReadOptions::default().block(BLOCK.as_millis() as usize).count(256);
        loop {
            // Nothing, if the time ran out.
            let reply = connection.xread_options(&[KEY], &[self.last.to_string()], &options).await?;
            for id in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
                self.last = id.id.parse().unwrap_or(self.last);
                entry(&id).into_iter().for_each(publish);
            }
        }
    }
}

/// The event of an entry in Redis; `None` for what somebody else has put there.
fn entry(id: &StreamId) -> Option<Entry> {
    let text: String = id.get(FIELD)?;
    Some(Entry::new(id.id.parse().ok()?, &text))
}

/// Of the stream.
const KEY: &str = "sse-wire-demo:feed";

/// The one field of its entries.
const FIELD: &str = "text";

/// How long an `XREAD` waits for an entry.
const BLOCK: Duration = Duration::from_secs(5);

/// How long Redis may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Between two attempts to reach Redis.
const PAUSE: Duration = Duration::from_secs(1);
