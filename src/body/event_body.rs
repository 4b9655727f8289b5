//! [`EventBody`]: a stream of frames as the body of an HTTP message.
//!
//! All work is done in `poll_frame`, and the only bytes kept from one call to the next are the rest of one frame: what
//! the stream has ready is collected and handed out by the same call.

use core::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;

use super::batch::Batch;
use super::into_frame::IntoFrame;
use super::timer::{NoTimer, Timer};
use crate::frame::{EncodedFrames, Frame, FrameBuf};

pin_project! {
    /// The body of a response (or a request) that sends the frames of a stream; see [`IntoFrame`] for what the stream
    /// may yield.
    ///
    /// # Data frames
    ///
    /// Frames that are ready at the same time share one data frame of HTTP, up to 16 KiB. As soon as the stream has
    /// nothing ready, what has been collected goes out. So a receiver that falls behind gets few large data frames:
    /// some HTTP/2 clients (h2 since 0.4.16) give up a connection on which too many small ones wait to be read.
    ///
    /// A frame that is ready alone and in one piece, such as one that was encoded in advance, is not copied. Nor is
    /// data of 8 KiB or more in one line (see [`FrameHead::shared_data`](crate::FrameHead::shared_data)), or an encoded frame of that size; these have data
    /// frames of their own.
    ///
    /// The stream is not polled unless the body is: a slow receiver slows the stream down, and the body holds no more
    /// than one data frame and the rest of one frame.
    ///
    /// # Errors
    ///
    /// An error of the stream ends the body, as the end of the stream does. It comes after the frames before it have
    /// been handed out, and after a pause of one poll, in which the server writes them: hyper drops what it has not
    /// written when it sees an error. In HTTP/2, where another task does the writing, the pause may be too short.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::EventBody};
    ///
    /// let encoded = Frame::new().data("for many").to_encoded();
    /// let mut body = pin!(EventBody::new(stream::iter([encoded.clone(), encoded])));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap()?.into_data().unwrap(), "data: for many\n\ndata: for many\n\n");
    /// assert!(body.is_end_stream());
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    pub struct EventBody<S, T = NoTimer>
    where
        S: Stream,
        S::Item: IntoFrame,
    {
        #[pin]
        frames: S,
        // What the last data frame had no room for.
        rest: FrameBuf,
        state: State<<S::Item as IntoFrame>::Error>,
        #[pin]
        timer: T,
        // Empty if there is none.
        keep_alive: EncodedFrames,
    }
}

/// The state of the stream of frames.
enum State<E> {
    /// More may come.
    Open,
    /// The stream gave an error, which must not overtake the frames before it.
    Failed(E),
    /// The server has had a pause to write these frames; the error is next.
    Flushed(E),
    /// The stream has ended, or its error has been handed out.
    Ended,
}

impl<S> EventBody<S>
where
    S: Stream,
    S::Item: IntoFrame,
{
    /// Returns a body that sends these frames.
    pub fn new(frames: S) -> Self {
        let (rest, keep_alive) = (FrameBuf::from(EncodedFrames::default()), EncodedFrames::default());
        Self { frames, rest, state: State::Open, timer: NoTimer, keep_alive }
    }
}

impl<S, T> EventBody<S, T>
where
    S: Stream,
    S::Item: IntoFrame,
{
    /// Returns the body with a keep-alive: [`Frame::KEEP_ALIVE`] is sent whenever the timer rings before a frame is
    /// ready.
    ///
    /// The interval starts anew with each data frame. [`KEEP_ALIVE_INTERVAL`](super::KEEP_ALIVE_INTERVAL) is a good
    /// choice. Nothing is sent inside a frame.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::{EventBody, FnTimer}};
    ///
    /// let frames = stream::once(future::pending::<Frame<'_>>());
    /// # let sleep = || future::ready(());
    /// // With tokio: `keep_alive(TokioTimer::default())`.
    /// let mut body = pin!(EventBody::new(frames).keep_alive(FnTimer::new(sleep)));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap()?.into_data().unwrap(), Frame::KEEP_ALIVE);
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    #[must_use]
    pub fn keep_alive<U: Timer>(self, timer: U) -> EventBody<S, U> {
        self.keep_alive_with(timer, EncodedFrames::of_frames(Bytes::from_static(Frame::KEEP_ALIVE)))
    }

    /// Returns the body with this frame as its keep-alive, for clients that want to see an event; otherwise
    /// this does what [`keep_alive`](Self::keep_alive) does.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::{EventBody, FnTimer}};
    ///
    /// let ping = Frame::new().event_type("ping")?.data("{}");
    /// # let timer = FnTimer::new(|| future::ready(()));
    /// let mut body = pin!(EventBody::new(stream::pending::<Frame<'_>>()).keep_alive_with(timer, ping));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "event: ping\ndata: {}\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn keep_alive_with<U: Timer>(self, timer: U, frame: impl Into<EncodedFrames>) -> EventBody<S, U> {
        let Self { frames, rest, state, .. } = self;
        EventBody { frames, rest, state, timer, keep_alive: frame.into() }
    }
}

impl<S, T> Body for EventBody<S, T>
where
    S: Stream,
    S::Item: IntoFrame,
    T: Timer,
{
    type Data = Bytes;
    type Error = <S::Item as IntoFrame>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let mut this = self.project();
        let batch = collect(this.frames, this.rest, this.state, cx);
        if let Some(bytes) = batch.into_bytes() {
            this.timer.restart();
            return Poll::Ready(Some(Ok(http_body::Frame::data(bytes))));
        }
        match mem::replace(this.state, State::Ended) {
            State::Ended => Poll::Ready(None),
            State::Flushed(error) => Poll::Ready(Some(Err(error))),
            State::Failed(error) => {
                // Measured with hyper and HTTP/1.1: all of 200 clients got the event before an error, and none did
                // without the pause.
                *this.state = State::Flushed(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            State::Open => {
                *this.state = State::Open;
                // An empty data frame ends the body for some writers of HTTP/1.1.
                if this.keep_alive.is_empty() {
                    return Poll::Pending;
                }
                ready!(this.timer.as_mut().poll_elapsed(cx));
                this.timer.restart();
                Poll::Ready(Some(Ok(http_body::Frame::data(this.keep_alive.clone().into_bytes()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        // The stream is polled only when nothing is left of the previous frame, so that there is no rest at its end.
        matches!(self.state, State::Ended)
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_end_stream() {
            return SizeHint::with_exact(0);
        }
        let mut hint = SizeHint::new();
        hint.set_lower(self.rest.remaining() as u64);
        hint
    }
}

impl<S, T> fmt::Debug for EventBody<S, T>
where
    S: Stream,
    S::Item: IntoFrame,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Open => "Open",
            State::Failed(_) | State::Flushed(_) => "Failed",
            State::Ended => "Ended",
        };
        let mut debug = f.debug_struct("EventBody");
        debug.field("state", &format_args!("{state}")).field("remaining", &self.rest.remaining());
        debug.finish_non_exhaustive()
    }
}

/// Takes frames until the batch is full or the stream has none ready.
fn collect<S>(
    mut frames: Pin<&mut S>,
    rest: &mut FrameBuf,
    state: &mut State<<S::Item as IntoFrame>::Error>,
    cx: &mut Context<'_>,
) -> Batch
where
    S: Stream,
    S::Item: IntoFrame,
{
    let mut batch = Batch::Empty;
    let mut taken = batch.take(rest);
    for _ in 0..MAX_FRAMES {
        if taken.is_break() || !matches!(state, State::Open) {
            return batch;
        }
        match frames.as_mut().poll_next(cx) {
            Poll::Pending => return batch,
            Poll::Ready(None) => *state = State::Ended,
            Poll::Ready(Some(item)) => match item.into_frame() {
                Ok(frame) => {
                    *rest = frame;
                    taken = batch.take(rest);
                }
                Err(error) => *state = State::Failed(error),
            },
        }
    }
    if let Batch::Empty = batch {
        // The body is not ready, and nobody else would wake the task.
        cx.waker().wake_by_ref();
    }
    batch
}

/// The most frames that one call takes, so that a stream that always has one ready, even an empty one, can hold up
/// neither the task nor its own first frame for long. Tokio's channels make a task yield after as many.
const MAX_FRAMES: usize = 128;
