//! The API of axum 0.8's `response::sse`: [`Sse`], [`Event`] and [`KeepAlive`], which panic where those do.

use std::{convert::Infallible, time::Duration};

use axum::{
    BoxError,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, TryStream, TryStreamExt};
use serde::Serialize;
use sse_wire::{
    EncodedFrames, Frame, FrameBuf, Utf8Bytes,
    body::{EventBody, IntoFrame, KEEP_ALIVE_INTERVAL, TokioTimer, event_stream_response},
};

/// The response; what it needs of its stream is asked by `new`, and not by the struct.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sse<S> {
    events: S,
    keep_alive: Option<KeepAlive>,
}

impl<S> Sse<S> {
    pub fn new(events: S) -> Self
    where
        S: TryStream<Ok = Event> + Send + 'static,
        S::Error: Into<BoxError>,
    {
        Self { events, keep_alive: None }
    }

    /// The original returns another type, but handlers name only what its stream gives.
    pub fn keep_alive(self, keep_alive: KeepAlive) -> Self {
        Self { keep_alive: Some(keep_alive), ..self }
    }
}

/// Unlike the original's, the errors have to be `'static`: the type of the stream with boxed errors names theirs.
impl<S, E> IntoResponse for Sse<S>
where
    S: Stream<Item = Result<Event, E>> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    fn into_response(self) -> Response {
        // The errors are boxed first, because a body is no more `Send` than they are. Each event is a chunk, as there.
        let body = EventBody::new(self.events.map_err(Into::<BoxError>::into)).max_batch(0);
        match self.keep_alive {
            None => event_stream_response(body).into_response(),
            Some(KeepAlive { interval, frame }) => {
                event_stream_response(body.keep_alive_with(TokioTimer::new(interval), frame)).into_response()
            }
        }
    }
}

/// An event that owns its texts, which a [`Frame`] borrows.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Event {
    comment: Option<String>,
    event: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    data: Option<Utf8Bytes>,
}

impl Event {
    /// # Panics
    ///
    /// Panics if there is data already.
    pub fn data<T: AsRef<str>>(mut self, data: T) -> Self {
        set(&mut self.data, data.as_ref().into(), "data");
        self
    }

    /// # Errors
    ///
    /// What keeps the value from being JSON.
    ///
    /// # Panics
    ///
    /// Panics if there is data already.
    pub fn json_data<T: Serialize>(self, data: T) -> Result<Self, axum::Error> {
        Ok(self.data(serde_json::to_string(&data).map_err(axum::Error::new)?))
    }

    /// Adds a comment.
    ///
    /// # Panics
    ///
    /// Panics if there is a CR or an LF in it.
    pub fn comment<T: AsRef<str>>(mut self, comment: T) -> Self {
        let comment = comment.as_ref();
        assert!(!comment.contains(['\r', '\n']), "a line break in a comment");
        self.comment = Some(self.comment.map_or_else(|| comment.into(), |before| before + "\n" + comment));
        self
    }

    /// # Panics
    ///
    /// Panics if there is a type already, or a CR or an LF in this one.
    pub fn event<T: AsRef<str>>(mut self, event: T) -> Self {
        set(&mut self.event, event.as_ref().into(), "event");
        self.checked()
    }

    /// # Panics
    ///
    /// Panics if there is a time already.
    pub fn retry(mut self, time: Duration) -> Self {
        set(&mut self.retry, time, "retry");
        self
    }

    /// # Panics
    ///
    /// Panics if there is an ID already, or a CR, an LF or a NUL in this one.
    pub fn id<T: AsRef<str>>(mut self, id: T) -> Self {
        set(&mut self.id, id.as_ref().into(), "id");
        self.checked()
    }

    fn checked(self) -> Self {
        let _ = self.frame();
        self
    }

    fn frame(&self) -> Frame<'_> {
        let frame = Frame::new().maybe_comment(self.comment.as_deref()).maybe_retry(self.retry);
        let frame = frame.maybe_event_type(self.event.as_deref()).and_then(|frame| frame.maybe_id(self.id.as_deref()));
        frame.unwrap_or_else(|error| panic!("{error}")).maybe_data(self.data.as_deref())
    }
}

fn set<T>(field: &mut Option<T>, value: T, name: &str) {
    assert!(field.is_none(), "`Event::{name}` called a second time");
    *field = Some(value);
}

impl IntoFrame for Event {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        let frame = self.frame();
        Ok(match &self.data {
            Some(data) => frame.without_data().shared_data(data.clone()),
            None => frame.into(),
        })
    }
}

#[derive(Clone, Debug)]
#[must_use]
pub struct KeepAlive {
    interval: Duration,
    frame: EncodedFrames,
}

impl KeepAlive {
    pub fn new() -> Self {
        Self { interval: KEEP_ALIVE_INTERVAL, frame: Frame::new().comment("").to_encoded() }
    }

    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// # Panics
    ///
    /// Panics if there is a CR or an LF in it.
    pub fn text<T: AsRef<str>>(self, text: T) -> Self {
        self.event(Event::default().comment(text))
    }

    // By value, as the original has it.
    #[expect(clippy::needless_pass_by_value)]
    pub fn event(self, event: Event) -> Self {
        Self { frame: event.frame().to_encoded(), ..self }
    }
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self::new()
    }
}
