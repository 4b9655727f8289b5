//! [`ChunkBody`]: a stream of bytes as a body, the way back from [`BodyChunks`](super::BodyChunks).

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use pin_project_lite::pin_project;

pin_project! {
    /// A body from a stream of chunks, each of which becomes a data frame as it is: for [`tap`](super::tap) and
    /// [`edit`](super::edit), where an HTTP client gives a stream and no body.
    ///
    /// After the end of the stream, or an error, the stream is dropped and the body gives `None`.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{TryStreamExt, stream};
    /// use sse_wire::{Block, body::{BodyChunks, ChunkBody, Edit, edit}};
    ///
    /// let chunks = stream::iter(["data: a\n", "\ndata: b\n\n"]).map(Ok::<_, std::io::Error>);
    /// # use futures_util::StreamExt;
    /// let edited = edit(ChunkBody::new(chunks), |block: &Block| match block.fields().data.as_deref() {
    ///     Some("a") => Edit::Drop,
    ///     _ => Edit::Keep,
    /// });
    /// let sent: Vec<Bytes> = futures_executor::block_on(BodyChunks::new(edited).try_collect())?;
    /// assert_eq!(sent, ["data: b\n\n"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub struct ChunkBody<S> {
        #[pin]
        chunks: Option<S>,
    }
}

impl<S> ChunkBody<S> {
    /// Returns the body of these chunks.
    ///
    /// ```
    /// use futures_util::{TryStreamExt, stream};
    /// use sse_wire::body::{BodyChunks, ChunkBody};
    ///
    /// let body = ChunkBody::new(stream::iter([Ok::<_, std::io::Error>("data: x\n\n")]));
    /// let chunks: Vec<_> = futures_executor::block_on(BodyChunks::new(body).try_collect())?;
    /// assert_eq!(chunks, ["data: x\n\n"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub const fn new(chunks: S) -> Self {
        Self { chunks: Some(chunks) }
    }
}

impl<S, C, E> Body for ChunkBody<S>
where
    S: Stream<Item = Result<C, E>>,
    C: Into<Bytes>,
{
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let mut this = self.project();
        let Some(chunks) = this.chunks.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let next = ready!(chunks.poll_next(cx));
        if !matches!(next, Some(Ok(_))) {
            this.chunks.set(None);
        }
        Poll::Ready(next.map(|chunk| chunk.map(|chunk| http_body::Frame::data(chunk.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_none()
    }
}

impl<S> fmt::Debug for ChunkBody<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkBody").field("has_ended", &self.chunks.is_none()).finish_non_exhaustive()
    }
}
