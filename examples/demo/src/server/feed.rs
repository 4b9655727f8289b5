//! `/feed`: events with IDs. A client that comes back with its `Last-Event-ID` gets exactly what it missed: from the hub,
//! or what is too long ago for that from the [`Log`] behind it. What is gone there as well, a `gap` event tells of.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use sse_wire::{
    EncodedFrames, Frame,
    body::{EventBody, TokioTimer, event_stream_response, last_event_id},
    hub::{Hub, HubOptions, ReplayOptions, Start},
};
use tokio::{sync::Notify, time::Duration};
use tokio_stream::{Stream, StreamExt as _, iter, once};

use super::log::{Log, Result, newer_than};

/// What goes to all subscribers, and where else it is kept.
pub struct Feed {
    pub hub: Hub,
    pub log: Option<Log>,
    cut: Arc<Notify>,
}

impl Feed {
    /// Returns a feed with that many events in memory. With a log, the events are those that [come from
    /// there](Log::feed).
    pub fn new(history: usize, log: Option<Log>) -> Arc<Self> {
        let options = HubOptions::new().with_replay(ReplayOptions::new().with_max_events(history));
        let hub = Hub::with_options(options.with_gap(|gap| {
            let data = serde_json::json!({ "last_event_id": gap.last_event_id(), "meaning": "events are missing" });
            gap.head().data(&data.to_string()).to_encoded()
        }));
        Arc::new(Self { hub, log, cut: Arc::default() })
    }

    /// Adds an event, for everybody.
    pub async fn publish(&self, text: &str) -> Result<()> {
        match &self.log {
            Some(log) => log.add(text).await,
            None => Ok(_ = self.hub.publish(Frame::new().data(text))),
        }
    }

    fn respond(&self, frames: impl Stream<Item = EncodedFrames> + Send + 'static) -> Response {
        let frames = once(Frame::new().retry(Duration::from_secs(1)).to_encoded()).chain(frames);
        let body = EventBody::new(frames).end_with(Arc::clone(&self.cut).notified_owned(), EncodedFrames::default());
        event_stream_response(body.keep_alive(TokioTimer::default())).into_response()
    }
}

/// Answers `GET /feed`.
pub async fn get(State(feed): State<Arc<Feed>>, headers: HeaderMap) -> Response {
    let resumed = feed.hub.resume(last_event_id(&headers));
    let (Start::Gap, Some(id), Some(log)) = (resumed.start(), last_event_id(&headers), &feed.log) else {
        return feed.respond(resumed.into_subscriber());
    };
    match log.between(id, resumed.id()).await {
        // If another server's reader was faster than ours, the client has some of what comes.
        Ok(Some(older)) => feed.respond(iter(older).chain(resumed.into_filled().with_filter(newer_than(id)))),
        Ok(None) => feed.respond(resumed.into_subscriber()),
        // No event, but a stream: if one ends, a browser comes back; if the status is not 200, it never does.
        Err(error) => feed.respond(once(Frame::new().comment(&error.to_string()).to_encoded())),
    }
}

/// Answers `POST /feed`: the text of the body becomes an event.
pub async fn post(State(feed): State<Arc<Feed>>, text: String) -> Response {
    let away = |error| (StatusCode::SERVICE_UNAVAILABLE, format!("The log is away: {error}\n"));
    feed.publish(&text).await.map(|()| StatusCode::NO_CONTENT).map_err(away).into_response()
}

/// Answers `POST /feed/cut`: ends the responses of all subscribers, so that one can watch how they come back.
pub async fn cut(State(feed): State<Arc<Feed>>) -> StatusCode {
    feed.cut.notify_waiters();
    StatusCode::NO_CONTENT
}
