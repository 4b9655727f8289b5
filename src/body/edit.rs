//! [`Edited`]: a body whose blocks go through an [`Editor`].
//!
//! ```text
//! body --frame--> Passage: BlockDecoder --block--> Editor --Edit--> pieces --> Batch --frame--> server
//! ```
//!
//! One data frame of the body is worked off before the next is asked for, and nothing is asked for unless the server
//! asks.

mod editor;
mod passage;

use core::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;

pub use self::editor::{Edit, Editor, Ending};
use self::passage::Passage;
use super::batch::Batch;
use super::event_body::MAX_EMPTY;
use super::timer::{NoTimer, Timer};
use crate::block::BlockDecoder;
use crate::frame::{EncodedFrames, Frame};

/// Returns the body with an editor for its blocks.
///
/// What the editor keeps goes on byte for byte, and so do trailers and the error, which comes after a pause of one poll,
/// as with [`EventBody`](super::EventBody). A block is held back until it is whole, or above the limit: then its parts go
/// on as they come, and the editor does not see it. The LF of a CRLF goes on with its CR, so that no block starts with it
/// here.
///
/// The body has to be decompressed already. Since its length may change, remove `Content-Length` from the head of the
/// response. If you have a stream of chunks, [`ChunkBody`](super::ChunkBody) makes a body of it, and
/// [`BodyChunks`](super::BodyChunks) turns the edited body back into a stream.
///
/// # Data frames
///
/// The data frames of the body are worked off one by one, each only when the next is asked for. Kept blocks that stand
/// side by side leave together, in the memory in which they came. Whatever else is ready at the same time shares a data
/// frame of up to 16 KiB, into which pieces below 8 KiB are copied.
///
/// # Panics
///
/// A panic of the editor goes on to whoever polls the body. If the body is polled again, it goes on after the block that
/// the editor was given.
///
/// ```
/// use futures_util::TryStreamExt;
/// use sse_wire::{Block, body::{BodyChunks, Edit, edit}};
///
/// let upstream = String::from(": hi\n\nid:1\ndata: secret\n\ndata: noise\n\ndata:x\r\n\r\n");
/// let body = edit(upstream, |block: &Block| match block.fields().data.as_deref() {
///     Some("secret") => block.with_data("***").into(),
///     Some("noise") => Edit::Drop,
///     _ => Edit::Keep,
/// });
/// let sent: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
/// assert_eq!(sent.concat(), b": hi\n\nid:1\ndata: ***\n\ndata:x\r\n\r\n");
/// # Ok::<(), core::convert::Infallible>(())
/// ```
pub fn edit<B: Body, F: Editor<B::Error>>(body: B, editor: F) -> Edited<B, F, B::Error> {
    let (passage, batch, keep_alive) = (Passage::new(BlockDecoder::new()), Batch::Empty, EncodedFrames::default());
    Edited { body, editor, passage, batch, state: State::Open, timer: NoTimer, keep_alive }
}

pin_project! {
    /// A body whose blocks go through an [`Editor`]; [`edit`] makes it.
    ///
    /// Its type names the body, the editor, the error of the body and the timer of the keep-alive.
    pub struct Edited<B, F, E, T = NoTimer> {
        #[pin]
        body: B,
        editor: F,
        passage: Passage,
        // What has been collected; empty between two calls, unless the editor panicked.
        batch: Batch,
        state: State<E>,
        #[pin]
        timer: T,
        // Empty if there is none.
        keep_alive: EncodedFrames,
    }
}

/// The state of the body that is edited. What is at hand goes out before any of these matters.
enum State<E> {
    /// More may come.
    Open,
    /// The data has ended, and these come after it.
    Trailers(HeaderMap),
    /// The body gave an error, which must not overtake the frames before it.
    Failed(E),
    /// The server has had a pause to write these frames; the error is next.
    Flushed(E),
    /// The body has ended.
    Ended,
}

impl<B, F, E, T> Edited<B, F, E, T> {
    /// Returns the body with a limit on blocks, in bytes, names, comments and line ends included; 16 MiB if this is not
    /// set. A larger block goes on without being seen. The body holds no more than one data frame and one block.
    ///
    /// Call it before the body is polled: the new decoder knows nothing of what came before.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// use sse_wire::{Block, body::{BodyChunks, Edit, edit}};
    ///
    /// let upstream = String::from("data: large\n\ndata\n\n");
    /// let body = edit(upstream, |_: &Block| Edit::Drop).max_block_len(8);
    /// let sent: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
    /// assert_eq!(sent, ["data: large\n\n"]);
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    #[must_use]
    pub fn max_block_len(mut self, bytes: usize) -> Self {
        self.passage = Passage::new(BlockDecoder::with_max_block_len(bytes));
        self
    }

    /// Returns the body with a keep-alive: [`Frame::KEEP_ALIVE`] is sent whenever the timer rings before anything is
    /// ready, between two blocks only. The interval starts anew with each data frame that is sent.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Block, Frame, body::{Edit, EventBody, FnTimer, edit}};
    ///
    /// let upstream = EventBody::new(stream::pending::<Frame<'_>>());
    /// # let sleep = || future::ready(());
    /// // With tokio: `keep_alive(TokioTimer::default())`.
    /// let mut body = pin!(edit(upstream, |_: &Block| Edit::Keep).keep_alive(FnTimer::new(sleep)));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap()?.into_data().unwrap(), Frame::KEEP_ALIVE);
    /// # Ok::<(), core::convert::Infallible>(())
    /// ```
    #[must_use]
    pub fn keep_alive<U: Timer>(self, timer: U) -> Edited<B, F, E, U> {
        self.keep_alive_with(timer, EncodedFrames::of_frames(Bytes::from_static(Frame::KEEP_ALIVE)))
    }

    /// Returns the body with this frame as its keep-alive; otherwise this does what [`keep_alive`](Self::keep_alive)
    /// does.
    ///
    /// ```
    /// use core::{future, pin::pin};
    /// use futures_util::stream;
    /// use http_body::Body;
    /// use sse_wire::{Block, Frame, body::{Edit, EventBody, FnTimer, edit}};
    ///
    /// let upstream = EventBody::new(stream::pending::<Frame<'_>>());
    /// # let timer = FnTimer::new(|| future::ready(()));
    /// let ping = Frame::new().event_type("ping")?.data("{}");
    /// let mut body = pin!(edit(upstream, |_: &Block| Edit::Keep).keep_alive_with(timer, ping));
    /// let frame = futures_executor::block_on(future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
    /// assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "event: ping\ndata: {}\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    #[must_use]
    pub fn keep_alive_with<U: Timer>(self, timer: U, frame: impl Into<EncodedFrames>) -> Edited<B, F, E, U> {
        let Self { body, editor, passage, batch, state, .. } = self;
        Edited { body, editor, passage, batch, state, timer, keep_alive: frame.into() }
    }
}

impl<B, F, E, T> Body for Edited<B, F, E, T>
where
    B: Body<Error = E>,
    F: Editor<E>,
    T: Timer,
{
    type Data = Bytes;
    type Error = E;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, E>>> {
        for _ in 0..MAX_EMPTY {
            let mut this = self.as_mut().project();
            // If a panic left a batch, it goes out before the editor is asked again.
            if this.batch.is_empty() {
                this.passage.collect(this.batch, |block| this.editor.block(block));
            }
            if let Some(bytes) = mem::take(this.batch).into_bytes() {
                this.timer.as_mut().restart();
                return Poll::Ready(Some(Ok(http_body::Frame::data(bytes))));
            }
            match mem::replace(this.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Trailers(trailers) => return Poll::Ready(Some(Ok(http_body::Frame::trailers(trailers)))),
                State::Flushed(error) => return Poll::Ready(Some(Err(error))),
                State::Failed(error) => {
                    // As in `EventBody`, which has the reason.
                    *this.state = State::Flushed(error);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                State::Open => *this.state = State::Open,
            }
            match this.body.poll_frame(cx) {
                Poll::Ready(polled) => self.as_mut().take(polled),
                Poll::Pending => return self.poll_keep_alive(cx),
            }
        }
        // The body had much of a block, or nothing, ready so many times: other tasks get their turn.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended) && self.batch.is_empty() && self.passage.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_end_stream() { SizeHint::with_exact(0) } else { SizeHint::new() }
    }
}

impl<B, F, E, T> Edited<B, F, E, T>
where
    B: Body<Error = E>,
    F: Editor<E>,
    T: Timer,
{
    /// Takes what the body gave.
    fn take(self: Pin<&mut Self>, polled: Option<Result<http_body::Frame<B::Data>, E>>) {
        let this = self.project();
        // The state first: if the editor panics, the body is not polled after its end.
        *this.state = match polled {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(mut data) => return this.passage.feed(data.copy_to_bytes(data.remaining())),
                Err(frame) => match frame.into_trailers() {
                    Ok(trailers) => State::Trailers(trailers),
                    Err(_) => return,
                },
            },
            Some(Err(error)) => State::Failed(error),
            None => State::Ended,
        };
        let ending = match this.state {
            State::Failed(error) => Ending::Failed(error),
            _ if this.passage.is_mid_block() => Ending::CutOff,
            _ => Ending::Complete,
        };
        let edit = this.editor.end(ending);
        this.passage.end(edit);
    }

    /// Nothing is ready: sends a keep-alive, if one is due and may stand here.
    fn poll_keep_alive(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, E>>> {
        let mut this = self.project();
        // An empty data frame ends the body for some writers of HTTP/1.1.
        if this.keep_alive.is_empty()
            || this.passage.is_half_sent()
            || this.timer.as_mut().poll_elapsed(cx).is_pending()
        {
            return Poll::Pending;
        }
        this.timer.restart();
        this.passage.note_frame();
        Poll::Ready(Some(Ok(http_body::Frame::data(this.keep_alive.clone().into_bytes()))))
    }
}

impl<B, F, E, T> fmt::Debug for Edited<B, F, E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Open => "Open",
            State::Failed(_) | State::Flushed(_) => "Failed",
            State::Trailers(_) | State::Ended => "Ended",
        };
        f.debug_struct("Edited").field("state", &format_args!("{state}")).finish_non_exhaustive()
    }
}
