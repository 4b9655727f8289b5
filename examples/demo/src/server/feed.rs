//! `/feed`: events with IDs. A client that comes back with its `Last-Event-ID` gets exactly what it missed.
//!
//! * The history is bounded: in memory, or in Redis. A client that was away for longer is told so by a `gap` event.
//! * A subscriber that reads too slowly is bounded as well: it is [`Limits::queue`] events behind at most. Then its
//!   response ends. A browser comes back by itself, with its ID, and so gets from the history what it missed.
//!
//! Nothing is copied for a subscriber: all share the bytes of an event, which were encoded once.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use redis::RedisResult;
use serde_json::json;
use sse_wire::{
    EncodedFrames, Frame,
    body::{EventBody, TokioTimer, event_stream_response},
    header::LAST_EVENT_ID,
};
use tokio::{sync::broadcast, time::sleep};
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};

use super::{
    redis::RedisLog,
    replay::{Entry, History, Id, Replay},
};

/// What goes to all subscribers, and what was there before they came.
pub struct Feed {
    live: Live,
    log: Log,
}

/// To all subscribers. `None` ends their responses: they are to come back.
pub type Live = broadcast::Sender<Option<Entry>>;

/// Where the history is.
enum Log {
    /// In this server, until it ends.
    Memory(Replay),
    /// In Redis, for all servers.
    Redis(RedisLog),
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events that a client can come back for.
    pub history: usize,
    /// Events that a subscriber may be behind.
    pub queue: usize,
}

impl Feed {
    /// Returns a feed that keeps its history in memory.
    pub fn in_memory(limits: Limits) -> Arc<Self> {
        let (live, log) = (broadcast::Sender::new(limits.queue), Log::Memory(Replay::new(limits.history)));
        Arc::new(Self { live, log })
    }

    /// Returns a feed that shares its events with all servers on this Redis.
    pub async fn in_redis(url: &str, limits: Limits) -> RedisResult<Arc<Self>> {
        let live = broadcast::Sender::new(limits.queue);
        let log = RedisLog::connect(url, limits.history).await?;
        tokio::spawn(log.clone().follow(log.last().await?, live.clone()));
        Ok(Arc::new(Self { live, log: Log::Redis(log) }))
    }

    /// Adds an event, for everybody.
    pub async fn publish(&self, text: &str) -> RedisResult<()> {
        match &self.log {
            Log::Redis(redis) => redis.add(text).await,
            Log::Memory(replay) => {
                // A failed send means that there is no subscriber.
                replay.push(text, |entry| _ = self.live.send(Some(entry)));
                Ok(())
            }
        }
    }

    /// Returns the number of subscribers.
    pub fn subscribers(&self) -> usize {
        self.live.receiver_count()
    }

    /// What a client missed that comes back with this ID, and the ID up to which it then has everything.
    async fn missed(&self, last_event_id: &str) -> RedisResult<(Vec<EncodedFrames>, Id)> {
        // What is no ID of ours is older than all of them.
        let id = Id::parse(last_event_id).unwrap_or_default();
        let history = match &self.log {
            Log::Memory(replay) => replay.since(id),
            Log::Redis(redis) => redis.since(id).await?,
        };
        let (mut frames, entries, reached) = match history {
            History::Exact(entries) => (Vec::new(), entries, id),
            History::Gap(entries) => (vec![gap(last_event_id)], entries, Id::default()),
        };
        let reached = entries.last().map_or(reached, |entry| entry.id);
        frames.extend(entries.into_iter().map(|entry| entry.frame));
        Ok((frames, reached))
    }
}

/// Answers `GET /feed`.
pub async fn get(State(feed): State<Arc<Feed>>, headers: HeaderMap) -> Response {
    // The order matters: first the live events, then the history. An event that comes in between is in both, and is
    // dropped below; the other way round it would be in neither.
    let live = BroadcastStream::new(feed.live.subscribe());
    let (missed, reached) = match headers.get(LAST_EVENT_ID) {
        None => (Vec::new(), Id::default()),
        Some(id) => match feed.missed(&String::from_utf8_lossy(id.as_bytes())).await {
            Ok(missed) => missed,
            Err(error) => {
                // No event, but a stream: if one ends, a browser comes back; if the status is not 200, it never does.
                let comment = format!("Redis is away: {error}");
                return stream(tokio_stream::once(Frame::new().comment(&comment).to_encoded()));
            }
        },
    };
    // It is an error to be too far behind.
    let live = live.map_while(|entry| entry.ok().flatten());
    let live = live.filter(move |entry| entry.id > reached).map(|entry| entry.frame);
    stream(tokio_stream::iter(missed).chain(live))
}

/// Answers `POST /feed`: the text of the body becomes an event.
pub async fn post(State(feed): State<Arc<Feed>>, text: String) -> Response {
    match feed.publish(&text).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("Redis is away: {error}\n")).into_response(),
    }
}

/// Answers `POST /feed/cut`: ends the responses of all subscribers, so that one can watch how they come back.
pub async fn cut(State(feed): State<Arc<Feed>>) -> StatusCode {
    _ = feed.live.send(None);
    StatusCode::NO_CONTENT
}

/// Adds a line again and again, so that there is something to see.
pub async fn chatter(feed: Arc<Feed>, name: String, every: Duration) {
    for line in 1_u64.. {
        // When Redis is away, its reader says so.
        _ = feed.publish(&format!("line {line} of {name}")).await;
        sleep(every).await;
    }
}

fn stream(frames: impl Stream<Item = EncodedFrames> + Send + 'static) -> Response {
    let frames = tokio_stream::once(Frame::new().retry(RETRY).to_encoded()).chain(frames);
    event_stream_response(EventBody::new(frames).keep_alive(TokioTimer::default())).into_response()
}

/// The event that tells of a hole which can't be filled. It has no ID, so it is told again if the client is cut off
/// right behind it.
fn gap(last_event_id: &str) -> EncodedFrames {
    let data = json!({ "last_event_id": last_event_id, "meaning": "events behind this one may be lost" }).to_string();
    Frame::new().event_type("gap").expect("it has no line end").data(&data).to_encoded()
}

/// When clients are to come back.
const RETRY: Duration = Duration::from_secs(1);
