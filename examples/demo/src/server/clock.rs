//! `/sse`: the server's time, once a second. The least that a stream needs: frames, a body of them, a response.

use std::time::{Duration, SystemTime};

use axum::response::IntoResponse;
use httpdate::HttpDate;
use sse_wire::{
    Frame,
    body::{EventBody, TokioTimer, event_stream_response},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::{StreamExt as _, wrappers::IntervalStream};

/// Answers `GET /sse`. The first event comes at once.
pub async fn get() -> impl IntoResponse {
    let mut seconds = interval(Duration::from_secs(1));
    // A client that could not read for a minute wants to know the time, and not sixty times.
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let frames = IntervalStream::new(seconds)
        .map(|_| Frame::new().data(&HttpDate::from(SystemTime::now()).to_string()).to_encoded());
    event_stream_response(EventBody::new(frames).keep_alive(TokioTimer::default()))
}
