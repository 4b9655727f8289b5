//! [`RedisLog`]: the events of `/feed` in a Redis Stream.
//!
//! The ID of an entry in Redis is the ID of its event. The reader waits for new entries (`XREAD BLOCK`); a client that was
//! away for long has the older ones looked up (`XRANGE`).

use std::{convert::Infallible, time::Duration};

use redis::{
    AsyncConnectionConfig, AsyncTypedCommands as _, Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
    streams::{StreamId, StreamMaxlen, StreamReadOptions},
};
use sse_wire::{
    EncodedFrames, Frame,
    hub::{EventId, Hub},
};

use super::log::Result;

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

    pub(super) async fn add(&self, text: &str) -> Result<()> {
        let limit = StreamMaxlen::Equals(self.limit);
        self.commands.clone().xadd_maxlen(KEY, limit, "*", &[(FIELD, text)]).await?;
        Ok(())
    }

    pub(super) async fn between(&self, after: &str, up_to: &str) -> Result<Option<Vec<EncodedFrames>>> {
        // Redis would take less for an ID, such as a time alone, and another word for an error.
        let (Ok(from), Ok(to)) = (after.parse::<EventId>(), up_to.parse::<EventId>()) else { return Ok(None) };
        let entries = self.commands.clone().xrange(KEY, after, from.max(to).to_string()).await?.ids;
        // If the first is there, so are those after it.
        let is_there = entries.first().is_some_and(|entry| entry.id == after);
        Ok(is_there.then(|| entries[1..].iter().filter_map(frame).collect()))
    }

    /// Tells the hub where it goes on, and returns that ID.
    pub(super) async fn begin(&self, hub: &Hub) -> Result<String> {
        let (mut last, mut commands) = (hub.last_id(), self.commands.clone());
        if commands.xrange(KEY, &last, &last).await?.ids.is_empty() {
            let end = commands.xrevrange_count(KEY, "+", "-", 1).await?.ids;
            last = end.first().map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
        }
        hub.starts_after(&last)?;
        Ok(last)
    }

    pub(super) async fn read(&self, hub: &Hub) -> Result<Infallible> {
        // A connection of its own: a command that blocks holds up all others after it.
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(BLOCK + TIMEOUT));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let options = StreamReadOptions::default().block(BLOCK.as_millis() as usize).count(BATCH);
        let mut last = self.begin(hub).await?;
        loop {
            // Nothing, if the time ran out.
            let reply = connection.xread_options(&[KEY], &[&last], &options).await?;
            for entry in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
                if let Some(text) = text(&entry) {
                    hub.publish_with_id(&entry.id, Frame::new().data(&text))?;
                }
                last = entry.id;
            }
        }
    }
}

/// The text of an event; `None` for what somebody else has put there.
fn text(entry: &StreamId) -> Option<String> {
    entry.get(FIELD)
}

fn frame(entry: &StreamId) -> Option<EncodedFrames> {
    Some(Frame::new().id(&entry.id).ok()?.data(&text(entry)?).to_encoded())
}

/// Of the stream.
const KEY: &str = "sse-wire-demo:feed";

/// The one field of its entries.
const FIELD: &str = "text";

/// How many entries the reader takes at once.
const BATCH: usize = 32;

/// How long an `XREAD` waits for an entry.
const BLOCK: Duration = Duration::from_secs(5);

/// How long Redis may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);
