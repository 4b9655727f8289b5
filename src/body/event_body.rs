//! [`EventBody`]: a stream of frames as the body of an HTTP message.
//!
//! All work is done in `poll_frame`: what the stream has ready is collected and handed out by the same call. From one call
//! to the next only the rest of one frame is kept; and the batch, if the stream panics while it is being collected.

use core::{
    convert::Infallible,
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;

use super::batch::{Batch, MAX_LEN};
use super::end_with::EndWith;
use super::into_frame::IntoFrame;
use super::timer::{NoTimer, Timer};
use crate::frame::{EncodedFrames, Frame, FrameBuf};

pin_project! {
    /// The body of a response (or a request) that sends the frames of a stream; see [`IntoFrame`] for what the stream
    /// may yield.
    ///
    /// # Data frames
    ///
    /// Frames that are ready at the same time share one data frame of HTTP, up to 16 KiB or what
    /// [`max_batch`](Self::max_batch) says. As soon as the stream has nothing ready, what has been collected goes out. So
    /// a receiver that falls behind gets few large data frames: some HTTP/2 clients (h2 since 0.4.16) give up a connection
    /// on which too many small ones wait to be read. Ready is what the stream says is ready: tokio's channels pause after
    /// 128 items, so that other tasks get their turn, and what was collected goes out then.
    ///
    /// A frame that is ready alone and in one piece, such as one that was encoded in advance, is not copied. Nor is
    /// data of 8 KiB or more in one line (see [`FrameHead::shared_data`](crate::FrameHead::shared_data)), or an encoded
    /// frame of that size; these have data frames of their own.
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
    /// Frames are whole by their types, so that neither a keep-alive nor the frame that tells of an error lands inside
    /// another one. If the stream panics, and somebody catches that and polls the body again, it goes on with the frames
    /// that it had collected.
    ///
    /// # Where it may go
    ///
    /// Its type names the stream, the timer ([`NoTimer`] if there is none) and the error `E` of the stream's items:
    /// `EventBody<S>` is a body without a keep-alive, of a stream that cannot fail. None of these parameters has a
    /// bound, so that a struct can hold the body.
    ///
    /// It is `Send`, `Sync` and `'static` if the stream, its error `E` and the timer are, and `Unpin` if the stream and the
    /// timer are. Most servers want it to be `Send` and `'static`; where the compiler says that it is not, the stream
    /// holds an `Rc`, a borrow or a lock's guard over an `await`.
    ///
    /// Where a stream of bytes is wanted and not a body, as in actix-web, Rocket and warp,
    /// [`BodyChunks`](super::BodyChunks) makes it one:
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use sse_wire::{Frame, body::{BodyChunks, EventBody}};
    ///
    /// // actix-web: `HttpResponse::Ok().streaming(chunks)`, with each of the `RESPONSE_HEADERS` by `insert_header`.
    /// let mut chunks = BodyChunks::new(EventBody::new(stream::iter([Frame::new().data("x")])));
    /// assert_eq!(futures_executor::block_on(chunks.next()).unwrap()?, "data: x\n\n");
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    ///
    /// # Example
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
    pub struct EventBody<S, T = NoTimer, E = Infallible> {
        #[pin]
        frames: S,
        // What has been collected; empty between two calls, unless a panic cut the first one short.
        batch: Batch,
        // What the last data frame had no room for.
        rest: FrameBuf,
        state: State<E>,
        #[pin]
        timer: T,
        // Empty if there is none.
        keep_alive: EncodedFrames,
        max_batch: usize,
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

impl<S> EventBody<S, NoTimer, <S::Item as IntoFrame>::Error>
where
    S: Stream,
    S::Item: IntoFrame,
{
    /// Returns a body that sends these frames.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::EventBody};
    ///
    /// let mut body = pin!(EventBody::new(stream::iter([Frame::new().data("one"), Frame::new().data("two")])));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.expect("a data frame")?.into_data().expect("data"), "data: one\n\ndata: two\n\n");
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    pub fn new(frames: S) -> Self {
        let (rest, keep_alive) = (FrameBuf::from(EncodedFrames::default()), EncodedFrames::default());
        let (batch, state) = (Batch::Empty, State::Open);
        Self { frames, batch, rest, state, timer: NoTimer, keep_alive, max_batch: MAX_LEN }
    }
}

impl<S, T, E> EventBody<S, T, E> {
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
    pub fn keep_alive<U: Timer>(self, timer: U) -> EventBody<S, U, E> {
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
    pub fn keep_alive_with<U: Timer>(self, timer: U, frame: impl Into<EncodedFrames>) -> EventBody<S, U, E> {
        let Self { frames, batch, rest, state, max_batch, .. } = self;
        EventBody { frames, batch, rest, state, timer, keep_alive: frame.into(), max_batch }
    }

    /// Returns the body with a limit on the data frames that several frames share, in bytes; 16 KiB if this is not
    /// set. With 0 each frame has a data frame of its own.
    ///
    /// For receivers that take a data frame for an event. A frame is not cut for that, except where it would be anyway:
    /// one that shares its data ([`FrameHead::shared_data`](crate::FrameHead::shared_data)) has several data frames if
    /// it is longer than 16 KiB, or if a line of it has 8 KiB. A frame that is already encoded has one, of any length.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::EventBody};
    ///
    /// let frames = stream::iter([Frame::new().data("one"), Frame::new().data("two")]);
    /// let mut body = pin!(EventBody::new(frames).max_batch(0));
    /// for expected in ["data: one\n\n", "data: two\n\n"] {
    ///     let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    ///     assert_eq!(frame.unwrap()?.into_data().unwrap(), expected);
    /// }
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    #[must_use]
    pub fn max_batch(mut self, bytes: usize) -> Self {
        self.max_batch = bytes;
        self
    }

    /// Returns the body with an end: when the future is ready, what has been collected goes out, then this frame, then
    /// the body ends. So a server that shuts down tells its receivers, for example how long they should stay away.
    ///
    /// If the stream ends before that, so does the body, without the frame. The stream is dropped at its end; frames
    /// that it has not given by then are not sent. The future is polled before each frame, so that even a stream that
    /// is always ready is ended.
    ///
    /// ```
    /// use core::{future, pin::pin, time::Duration};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Frame, body::EventBody};
    ///
    /// // In a program the receiving end of a channel, or a `CancellationToken` of tokio-util.
    /// let shutdown = future::ready(());
    /// let last = Frame::new().event_type("restart")?.retry(Duration::from_secs(10)).data("");
    /// let mut body = pin!(EventBody::new(stream::pending::<Frame<'_>>()).end_with(shutdown, last));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "event: restart\nretry: 10000\ndata: \n\n");
    /// assert!(body.is_end_stream());
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn end_with<F: Future>(self, signal: F, frame: impl Into<EncodedFrames>) -> EventBody<EndWith<S, F>, T, E> {
        let Self { frames, batch, rest, state, timer, keep_alive, max_batch } = self;
        let frames = EndWith::new(frames, signal, frame.into());
        EventBody { frames, batch, rest, state, timer, keep_alive, max_batch }
    }

    /// Returns a response with this body, as [`event_stream_response`](super::event_stream_response) does.
    ///
    /// ```
    /// use futures_util::stream;
    /// use sse_wire::{Frame, body::EventBody};
    ///
    /// let response = EventBody::new(stream::iter([Frame::new().data("x")])).into_response();
    /// assert_eq!(response.headers()["content-type"], "text/event-stream");
    /// ```
    pub fn into_response(self) -> http::Response<Self>
    where
        Self: Body,
    {
        super::event_stream_response(self)
    }
}

impl<S, T, E> Body for EventBody<S, T, E>
where
    S: Stream,
    S::Item: IntoFrame<Error = E>,
    T: Timer,
{
    type Data = Bytes;
    type Error = E;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, E>>> {
        let mut this = self.project();
        // If a panic left a batch, it goes out before the stream is asked again: it may well panic again.
        if this.batch.is_empty() {
            collect(this.frames, this.batch, this.rest, this.state, *this.max_batch, cx);
        }
        if !this.batch.is_empty() {
            this.timer.as_mut().restart();
        }
        if let Some(bytes) = mem::take(this.batch).into_bytes() {
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
        matches!(self.state, State::Ended) && self.batch.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_end_stream() {
            return SizeHint::with_exact(0);
        }
        let mut hint = SizeHint::new();
        hint.set_lower(self.remaining() as u64);
        hint
    }
}

impl<S, T, E> EventBody<S, T, E> {
    /// How many bytes are at hand.
    fn remaining(&self) -> usize {
        self.batch.len() + self.rest.remaining()
    }
}

impl<S, T, E> fmt::Debug for EventBody<S, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Open => "Open",
            State::Failed(_) | State::Flushed(_) => "Failed",
            State::Ended => "Ended",
        };
        let mut debug = f.debug_struct("EventBody");
        debug.field("state", &format_args!("{state}")).field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

/// Takes frames until the batch is full or the stream has none ready.
fn collect<S, E>(
    mut frames: Pin<&mut S>,
    batch: &mut Batch,
    rest: &mut FrameBuf,
    state: &mut State<E>,
    max_batch: usize,
    cx: &mut Context<'_>,
) where
    S: Stream,
    S::Item: IntoFrame<Error = E>,
{
    let mut taken = batch.take(rest, max_batch);
    let mut polls_for_nothing = 0;
    while taken.is_continue() && matches!(state, State::Open) {
        match frames.as_mut().poll_next(cx) {
            Poll::Pending => return,
            Poll::Ready(None) => *state = State::Ended,
            Poll::Ready(Some(item)) => match item.into_frame() {
                Ok(frame) if frame.has_remaining() => {
                    *rest = frame;
                    taken = batch.take(rest, max_batch);
                }
                Ok(_) => {
                    polls_for_nothing += 1;
                    if polls_for_nothing == MAX_EMPTY {
                        break;
                    }
                }
                Err(error) => *state = State::Failed(error),
            },
        }
    }
    if polls_for_nothing == MAX_EMPTY && batch.is_empty() {
        // The body is not ready, and nobody else would wake the task.
        cx.waker().wake_by_ref();
    }
}

/// The most empty frames that one call takes, so that a stream that always has one ready can hold up neither the task nor
/// what was collected. Tokio's channels make a task yield after as many. Other frames have at least a byte, and fill the
/// batch.
pub(super) const MAX_EMPTY: usize = 128;
