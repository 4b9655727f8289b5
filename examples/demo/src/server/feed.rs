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
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use redis::RedisResult;
use serde_json::json;
use sse_wire::{
    Frame,
    body::{EventBody, TokioTimer, response},
    header::LAST_EVENT_ID,
};
use tokio::sync::broadcast;
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};

use super::{
    redis::RedisLog,
    replay::{Entry, History, Id, Replay},
};

/// What goes to all subscribers, and what was there before they came.
pub struct Feed {
    live: broadcast::Sender<Live>,
    log: Log,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Events that a client can come back for.
    pub history: usize,
    /// Events that a subscriber may be behind.
    pub queue: usize,
}

/// Where the history is.
enum Log {
    /// In this server, until it ends.
    Memory(Replay),
    /// In Redis, for all servers.
    Redis(RedisLog),
}

/// What a subscriber takes from the broadcast.
#[derive(Clone, Debug)]
enum Live {
    Event(Entry),
    /// End the response: the client comes back.
    Cut,
}

impl Feed {
    /// Returns a feed that keeps its history in memory.
    pub fn in_memory(limits: Limits) -> Arc<Self> {
        let live = broadcast::Sender::new(limits.queue);
        Arc::new(Self { live, log: Log::Memory(Replay::new(limits.history)) })
    }

    /// Returns a feed that shares its events with all servers on this Redis.
    ///
    /// # Errors
    ///
    /// That Redis can't be reached.
    pub async fn in_redis(url: &str, limits: Limits) -> RedisResult<Arc<Self>> {
        let log = RedisLog::connect(url, limits.history).await?;
        let reader = log.reader().await?;
        let live = broadcast::Sender::new(limits.queue);
        let (to_all, cut_all) = (live.clone(), live.clone());
        // A failed send means that there is no subscriber.
        let publish = move |entry| drop(to_all.send(Live::Event(entry)));
        let lost = move |error: &_| {
            eprintln!("feed: Redis is away: {error}");
            // Something may be missing in the live events from here on. Who comes back by ID has it from the history.
            drop(cut_all.send(Live::Cut));
        };
        tokio::spawn(reader.run(publish, lost));
        Ok(Arc::new(Self { live, log: Log::Redis(log) }))
    }

    /// Adds an event, for everybody.
    ///
    /// # Errors
    ///
    /// That Redis is away.
    pub async fn publish(&self, text: &str) -> RedisResult<()> {
        match &self.log {
            Log::Memory(replay) => replay.push(text, |entry| drop(self.live.send(Live::Event(entry)))),
            Log::Redis(redis) => redis.add(text).await?,
        }
        Ok(())
    }

    /// Ends the responses of all subscribers, who are then to come back.
    pub fn cut(&self) {
        drop(self.live.send(Live::Cut));
    }

    /// Returns the number of subscribers.
    pub fn subscribers(&self) -> usize {
        self.live.receiver_count()
    }

    async fn since(&self, id: Id) -> RedisResult<History> {
        match &self.log {
            Log::Memory(replay) => Ok(replay.since(id)),
            Log::Redis(redis) => redis.since(id).await,
        }
    }
}

/// Answers `GET /feed`.
pub async fn get(State(feed): State<Arc<Feed>>, headers: HeaderMap) -> Response {
    // The order matters: first the live events, then the history. An event that comes in between is in both, and is
    // dropped below; the other way round it would be in neither.
    let live = BroadcastStream::new(feed.live.subscribe());
    let (after, past) = match past(&feed, headers.get(LAST_EVENT_ID)).await {
        Ok(past) => past,
        Err(error) => return come_back(&error),
    };
    let live = live.map_while(|event| match event {
        Ok(Live::Event(entry)) => Some(entry),
        // Also if the subscriber is too far behind, which is the error.
        Ok(Live::Cut) | Err(_) => None,
    });
    let live = live.filter(move |entry| entry.id > after).map(|entry| entry.frame);
    stream(tokio_stream::iter(past).chain(live))
}

/// Answers `POST /feed`: the text of the body becomes an event.
pub async fn post(State(feed): State<Arc<Feed>>, text: String) -> Response {
    match feed.publish(&text).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("Redis is away: {error}\n")).into_response(),
    }
}

/// Answers `POST /feed/cut`, so that one can watch how clients come back.
pub async fn cut(State(feed): State<Arc<Feed>>) -> StatusCode {
    feed.cut();
    StatusCode::NO_CONTENT
}

/// Adds a line in each of these intervals, so that there is something to see.
pub async fn chatter(feed: Arc<Feed>, name: String, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    for line in 1_u64.. {
        ticks.tick().await;
        // When Redis is away, its reader says so.
        drop(feed.publish(&format!("line {line} of {name}")).await);
    }
}

/// What a subscriber gets before the live events, and the ID up to which it then has everything.
async fn past(feed: &Feed, last_event_id: Option<&HeaderValue>) -> RedisResult<(Id, Vec<Bytes>)> {
    let mut frames = vec![Frame::new().retry(RETRY).to_bytes()];
    let Some(value) = last_event_id else { return Ok((Id::default(), frames)) };
    let text = String::from_utf8_lossy(value.as_bytes());
    // What is no ID of ours is older than all of them.
    let id = text.parse().unwrap_or_default();
    let (after, entries) = match feed.since(id).await? {
        History::Exact(entries) => (id, entries),
        History::Gap(entries) => {
            frames.push(gap(&text));
            (Id::default(), entries)
        }
    };
    let after = entries.last().map_or(after, |entry| entry.id);
    frames.extend(entries.into_iter().map(|entry| entry.frame));
    Ok((after, frames))
}

/// The event that tells of a hole which can't be filled. It has no ID, so it is told again if the client is cut off
/// right behind it.
fn gap(last_event_id: &str) -> Bytes {
    let data = json!({ "last_event_id": last_event_id, "meaning": "events behind this one may be lost" }).to_string();
    let frame = Frame::new().data(&data);
    frame.event_type("gap").unwrap_or(frame).to_bytes()
}

/// An empty stream. A browser gives up for good if the status is not 200, and comes back if a stream ends.
fn come_back(error: &redis::RedisError) -> Response {
    let comment = format!("Redis is away, come back later: {error}");
    stream(tokio_stream::iter([Frame::new().comment(&comment).retry(RETRY).to_bytes()]))
}

fn stream(frames: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    response(EventBody::new(frames).keep_alive(TokioTimer::default())).into_response()
}

/// When clients are to come back.
const RETRY: Duration = Duration::from_secs(1);
