//! `/sse`: the server's time, once a second. The least that a stream needs: frames, a body of them, a response.

use std::time::{Duration, SystemTime};

use axum::response::IntoResponse;
use httpdate::HttpDate;
use sse_wire::{
    Frame,
    body::{EventBody, TokioTimer, response},
};
use tokio::time::interval;
use tokio_stream::{StreamExt as _, wrappers::IntervalStream};

/// Answers `GET /sse`. The first event comes at once.
pub async fn get() -> impl IntoResponse {
    let seconds = IntervalStream::new(interval(Duration::from_secs(1)));
    let frames = seconds.map(|_| Frame::new().data(&HttpDate::from(SystemTime::now()).to_string()).to_bytes());
    response(EventBody::new(frames).keep_alive(TokioTimer::default()))
}
