//! [`EndWith`]: frames until a signal, and then a last one.

use core::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::into_frame::IntoFrame;
use crate::frame::{EncodedFrames, FrameBuf};

pin_project! {
    /// The frames of a stream until a future is ready, then a last frame; see
    /// [`EventBody::end_with`](super::EventBody::end_with), which makes it.
    pub struct EndWith<S, F> {
        // `None` after the end; what the stream holds, such as a subscription, is let go of with it.
        #[pin]
        frames: Option<S>,
        #[pin]
        signal: F,
        last: EncodedFrames,
    }
}

impl<S, F> EndWith<S, F> {
    pub(super) const fn new(frames: S, signal: F, last: EncodedFrames) -> Self {
        Self { frames: Some(frames), signal, last }
    }
}

impl<S, F> Stream for EndWith<S, F>
where
    S: Stream,
    S::Item: IntoFrame,
    F: Future,
{
    type Item = Result<FrameBuf, <S::Item as IntoFrame>::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let Some(frames) = this.frames.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        // The signal first, or a stream that always has something ready would never end.
        if this.signal.poll(cx).is_ready() {
            this.frames.set(None);
            return Poll::Ready(Some(Ok(mem::take(this.last).into())));
        }
        let item = ready!(frames.poll_next(cx));
        if item.is_none() {
            this.frames.set(None);
        }
        Poll::Ready(item.map(IntoFrame::into_frame))
    }
}

impl<S, F> fmt::Debug for EndWith<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndWith").field("has_ended", &self.frames.is_none()).finish_non_exhaustive()
    }
}
