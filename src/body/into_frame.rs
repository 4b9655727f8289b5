//! [`IntoFrame`]: what a stream may yield so that an [`EventBody`](super::EventBody) can send it.

use core::convert::Infallible;

use crate::event::{Event, EventRef};
use crate::frame::{EncodedFrames, Frame, FrameBuf};

/// What an [`EventBody`](super::EventBody) sends: frames, frames that are already encoded, events, and a `Result` of
/// any of these.
///
/// Implement it for an event type of your own, and streams of it need no `map`. [`FrameHead::shared_data`](crate::FrameHead::shared_data)
/// shares the memory of the data.
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
///         Ok(Frame::head().event_type(&self.topic)?.shared_data(self.text))
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
///
/// Bytes are no frame: a payload would go out as it is, and what it says would be taken for fields.
///
/// ```compile_fail,E0277
/// # use bytes::Bytes;
/// # use sse_wire::body::IntoFrame;
/// fn send(frame: impl IntoFrame) {}
/// send(Bytes::from("payload"));
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

/// One encoding for many receivers: the bytes are not copied.
impl IntoFrame for EncodedFrames {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        Ok(self.into())
    }
}

/// Copies the data; [`FrameHead::shared_data`](crate::FrameHead::shared_data) shares it.
impl IntoFrame for Frame<'_> {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        Ok(self.into())
    }
}

/// The frame that [`Frame::try_from`] makes, which says less than the stream did: an inherited ID is written, an
/// explicit type of `"message"` and an ID that was taken back are not. A type or an ID that no stream can have brought
/// is left out, and so is an ID that [no header carries](crate::header::last_event_id_value), since each frame would
/// repeat it.
impl IntoFrame for EventRef<'_> {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        Ok(Frame::of_event(self).into())
    }
}

/// See the implementation for [`EventRef`].
impl IntoFrame for Event {
    type Error = Infallible;

    fn into_frame(self) -> Result<FrameBuf, Infallible> {
        self.as_event_ref().into_frame()
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
