//! [`NatsLog`]: the events of `/feed` in a stream of NATS JetStream.
//!
//! JetStream numbers the messages of a stream from 1. One that is made anew does so, too, so the ID of an event says when
//! its stream was made as well: an [`EventId`]. The reader is an ordered consumer, which makes itself anew when it misses
//! a message; a client that was away for long has one of its own for a moment.

use std::{convert::Infallible, time::Duration};

use async_nats::{
    ConnectOptions,
    jetstream::{
        self, Context,
        consumer::{DeliverPolicy, pull},
        stream::{self, Stream},
    },
};
use sse_wire::{
    EncodedFrames, Frame,
    hub::{EventId, Hub},
};
use tokio::time::timeout;
use tokio_stream::StreamExt as _;

use super::log::Result;

/// The stream, and the one connection of this server.
#[derive(Clone)]
pub struct NatsLog {
    context: Context,
    limit: usize,
}

impl NatsLog {
    /// Returns the stream at this URL, which keeps this many messages.
    pub async fn connect(url: &str, limit: usize) -> Result<Self> {
        let options = ConnectOptions::new().request_timeout(Some(TIMEOUT)).max_reconnects(None);
        let context = jetstream::new(options.connect(url).await?);
        let log = Self { context, limit };
        log.stream().await?;
        Ok(log)
    }

    pub(super) async fn add(&self, text: &str) -> Result<()> {
        // The second is JetStream's answer that it has the message.
        self.context.publish(SUBJECT, text.to_owned().into()).await?.await?;
        Ok(())
    }

    pub(super) async fn between(&self, after: &str, up_to: &str) -> Result<Option<Vec<EncodedFrames>>> {
        let (stream, kept) = self.stream().await?;
        let (Some(after), Some(up_to)) = (kept.number(after), kept.number(up_to)) else { return Ok(None) };
        let (mut messages, mut frames) = (messages(&stream, after + 1).await?, Vec::new());
        for number in after + 1..=up_to {
            let message = timeout(TIMEOUT, messages.next()).await?.ok_or("the messages end")??;
            if message.info()?.stream_sequence != number {
                return Ok(None);
            }
            let (id, text) = (kept.id(number), String::from_utf8_lossy(&message.payload));
            frames.push(Frame::new().id(&id)?.data(&text).to_encoded());
        }
        Ok(Some(frames))
    }

    /// Tells the hub where it goes on, and returns that number.
    pub(super) async fn begin(&self, hub: &Hub) -> Result<(Stream, Kept, u64)> {
        let (stream, kept) = self.stream().await?;
        let last = kept.number(&hub.last_id()).unwrap_or(kept.last);
        hub.starts_after(&kept.id(last))?;
        Ok((stream, kept, last))
    }

    pub(super) async fn read(&self, hub: &Hub) -> Result<Infallible> {
        let (stream, kept, mut last) = self.begin(hub).await?;
        let mut messages = messages(&stream, last + 1).await?;
        loop {
            let Ok(message) = timeout(SILENCE, messages.next()).await else {
                // It may be that nothing comes, or that the consumer looks for a stream that is gone.
                let (_, now) = self.stream().await?;
                if now.number(&kept.id(last)) == Some(now.last) {
                    continue;
                }
                return Err("the stream was made anew".into());
            };
            let message = message.ok_or("the messages end")??;
            last = message.info()?.stream_sequence;
            hub.publish_with_id(&kept.id(last), Frame::new().data(&String::from_utf8_lossy(&message.payload)))?;
        }
    }

    /// The stream, which is made if it is not there, and what is in it.
    async fn stream(&self) -> Result<(Stream, Kept)> {
        let config = stream::Config {
            name: STREAM.into(),
            subjects: vec![SUBJECT.into()],
            max_messages: i64::try_from(self.limit)?,
            ..stream::Config::default()
        };
        let mut stream = self.context.get_or_create_stream(config).await?;
        let info = stream.info().await?;
        let made = u64::try_from(info.created.unix_timestamp_nanos() / 1_000_000)?;
        let kept = Kept { made, first: info.state.first_sequence, last: info.state.last_sequence };
        Ok((stream, kept))
    }
}

/// The messages from this number on.
async fn messages(stream: &Stream, first: u64) -> Result<pull::Ordered> {
    let deliver_policy = DeliverPolicy::ByStartSequence { start_sequence: first };
    let consumer = stream.create_consumer(pull::OrderedConfig { deliver_policy, ..pull::OrderedConfig::default() });
    Ok(consumer.await?.messages().await?)
}

/// What a stream has.
pub(super) struct Kept {
    /// When it was made.
    made: u64,
    first: u64,
    last: u64,
}

impl Kept {
    fn id(&self, number: u64) -> String {
        EventId::new(self.made, number).to_string()
    }

    /// The number in this ID, if all messages after it are here.
    fn number(&self, id: &str) -> Option<u64> {
        let id: EventId = id.parse().ok()?;
        (id.start() == self.made && (self.first..=self.last + 1).contains(&(id.count() + 1))).then_some(id.count())
    }
}

const STREAM: &str = "sse-wire-demo";

const SUBJECT: &str = "sse-wire-demo.feed";

/// How long nothing may come before the stream is looked at.
const SILENCE: Duration = Duration::from_secs(1);

/// How long NATS may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);
