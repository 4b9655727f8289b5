//! `/sse`: a greeting, and then the server's time, once a second. The least that a stream needs: frames, a body of them, a
//! response.

use std::time::{Duration, SystemTime};

use axum::response::IntoResponse;
use httpdate::HttpDate;
use sse_wire::{
    EncodedFrames, Frame, InvalidField,
    body::{EventBody, TokioTimer, event_stream_response},
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::{StreamExt as _, once, wrappers::IntervalStream};

/// Answers `GET /sse`. The first two events come at once: a message, which is what an event without a type is, and the
/// first of those named `time`.
pub async fn get() -> impl IntoResponse {
    let mut seconds = interval(Duration::from_secs(1));
    // A client that could not read for a minute wants to know the time, and not sixty times.
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let times = IntervalStream::new(seconds).map(|_| time(&HttpDate::from(SystemTime::now()).to_string()));
    let frames = once(Ok(Frame::new().data("Hello").to_encoded())).chain(times);
    event_stream_response(EventBody::new(frames).keep_alive(TokioTimer::default()))
}

fn time(text: &str) -> Result<EncodedFrames, InvalidField> {
    Ok(Frame::new().event_type("time")?.data(text).to_encoded())
}
