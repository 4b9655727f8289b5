//! [`IntoFrame`]: what a stream may yield so that an [`EventBody`](super::EventBody) can send it.

use core::convert::Infallible;

use bytes::Bytes;

use crate::frame::{Frame, FrameBuf};

/// What an [`EventBody`](super::EventBody) sends: frames, frames that are already encoded, and a `Result` of either.
///
/// Implement it for an event type of your own, and streams of it need no `map`. [`Frame::to_buf`] shares the memory of
/// the data.
///
/// ```
/// use core::convert::Infallible;
/// use futures_util::stream;
/// use sse_wire::{Frame, FrameBuf, InvalidField, Utf8Bytes, body::{EventBody, IntoFrame}};
///
/// struct Notice {
///     topic: String,
///     text: Utf8Bytes,
/// }
///
/// impl IntoFrame for Notice {
///     type Error = InvalidField;
///
///     fn into_frame(self) -> Result<FrameBuf, InvalidField> {
///         Ok(Frame::new().event_type(&self.topic)?.to_buf(self.text))
///     }
/// }
///
/// let body = EventBody::new(stream::iter([Notice { topic: "news".into(), text: "hello".into() }]));
/// # use http_body::Body;
/// # let mut body = core::pin::pin!(body);
/// # let frame = futures_executor::block_on(core::future::poll_fn(|cx| body.as_mut().poll_frame(cx)));
/// # assert_eq!(frame.unwrap()?.into_data().unwrap(), "event: news\ndata: hello\n\n");
/// # Ok::<(), InvalidField>(())
/// ```
pub trait IntoFrame {
    /// Why there is no frame; it becomes the error of the body, and ends it.
    type Error;

    /// Returns the encoded frame, or several of them.
    ///
    /// # Errors
    ///
    /// Whatever keeps the frame from being made.
    fn into_frame(self) -> Result<FrameBuf, Self::Error>;
}

impl IntoFrame for FrameBuf {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        Ok(self)
    }
}

/// Takes the bytes for whole frames, as [`Frame::to_bytes`] gives them: one encoding for many receivers. Nothing is
/// checked and nothing is copied. If the bytes may end inside a frame, there must be no keep-alive: it would be sent
/// right there.
impl IntoFrame for Bytes {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        Ok(self.into())
    }
}

/// Copies the data; [`Frame::to_buf`] shares it.
impl IntoFrame for Frame<'_> {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        Ok(self.into())
    }
}

/// For streams that may fail.
impl<F, E> IntoFrame for Result<F, E>
where
    F: IntoFrame<Error = Infallible>,
{
    type Error = E;

    fn into_frame(self) -> Result<FrameBuf, E> {
        let Ok(frame) = self?.into_frame();
        Ok(frame)
    }
}
