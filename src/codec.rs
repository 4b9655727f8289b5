//! [`EventCodec`]: event streams in and out, for [`FramedRead`], [`FramedWrite`] and [`Framed`] of tokio-util.
//!
//! ```
//! use bytes::BytesMut;
//! use futures_util::StreamExt;
//! use sse_wire::{Frame, codec::EventCodec};
//! use tokio_util::codec::{Encoder, FramedRead};
//!
//! # futures_executor::block_on(async {
//! // What `FramedWrite` does with a frame that it is sent.
//! let mut sent = BytesMut::new();
//! EventCodec::new().encode(Frame::new().event_type("greeting")?.data("Hello"), &mut sent)?;
//!
//! let mut events = FramedRead::new(&sent[..], EventCodec::new());
//! while let Some(event) = events.next().await {
//!     // The first `?` is for the connection, the second for an event that was rejected.
//!     let event = event??;
//!     assert_eq!((event.event_type(), event.data()), ("greeting", "Hello"));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Framed`]: tokio_util::codec::Framed
//! [`FramedRead`]: tokio_util::codec::FramedRead
//! [`FramedWrite`]: tokio_util::codec::FramedWrite

use core::marker::PhantomData;
use std::io;

use bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec;

use crate::decoder::Decoder;
use crate::error::DecodeError;
use crate::event::{Event, EventRef, Item};
use crate::frame::{EncodedFrames, Frame, FrameBuf};
use crate::shown::Shown;

/// A codec of tokio-util for event streams; `T` is what it decodes, [`Event`] or [`Item`].
///
/// # Receiving
///
/// An event that is rejected comes as an `Err` within the `Ok`. Were it an error of the codec, `FramedRead` would
/// return `None` after it, and leave the events that it has already read where they are until the next bytes come. As
/// it is, `None` is the end of the connection, an `Err` is an error of the connection, and the event after a rejected
/// one follows at once.
///
/// All that has been read is decoded before more is read. So the buffer of `FramedRead` does not grow, and an event
/// that is cut off by the end of the connection is not an error; [`decoder`](Self::decoder) tells of it. Events own
/// copies of their text. If the connection goes on after its end, as a file may, so does the event.
///
/// # Sending
///
/// It encodes [`Frame`], [`FrameBuf`], [`EncodedFrames`], [`Event`] and [`EventRef`]. No call returns an error. Use
/// `send`, which flushes, rather than `feed`: an event that waits in a buffer is late.
///
/// # Cancel safety
///
/// As with `FramedRead`, dropping the future of `next()` loses nothing.
#[derive(Clone, Debug)]
pub struct EventCodec<T = Event> {
    decoder: Decoder,
    shown: PhantomData<fn() -> T>,
}

/// An [`EventCodec`] that also shows comments and reconnection times; see [`EventCodec::items`].
pub type ItemCodec = EventCodec<Item>;

impl EventCodec {
    /// Returns a codec that decodes with the default options.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::codec::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new();
    /// let mut buffer = BytesMut::from("data: x\n\ndata: cut o");
    /// assert_eq!(codec.decode(&mut buffer)?.expect("an event")?.data(), "x");
    /// assert!(codec.decode(&mut buffer)?.is_none() && buffer.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new() -> Self {
        Self { decoder: Decoder::new(), shown: PhantomData }
    }

    /// Returns a codec with this decoder: one with other options, with an ID to start from, or from the previous
    /// connection.
    ///
    /// The decoder is [reset](Decoder::reset): what another connection left unfinished is not continued here.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::codec::EventCodec;
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut decoder = sse_wire::Decoder::new();
    /// decoder.set_last_event_id("7");
    /// let mut codec = EventCodec::with_decoder(decoder);
    /// let event = codec.decode(&mut BytesMut::from("data: x\n\n"))?.expect("an event")?;
    /// assert_eq!(event.last_event_id(), "7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_decoder(mut decoder: Decoder) -> Self {
        decoder.reset();
        Self { decoder, shown: PhantomData }
    }

    /// Returns the codec with comments and reconnection times shown as they arrive, from here on.
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use sse_wire::{Item, codec::EventCodec};
    /// use tokio_util::codec::Decoder;
    ///
    /// let mut codec = EventCodec::new().items();
    /// let item = codec.decode(&mut BytesMut::from(": still here\n\n"))?.expect("an item")?;
    /// assert_eq!(item, Item::Comment("still here".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn items(self) -> ItemCodec {
        EventCodec { decoder: self.decoder, shown: PhantomData }
    }
}

impl<T> EventCodec<T> {
    /// Ends the stream and returns the event that was cut off, if it had data; see [`Decoder::finish`].
    ///
    /// Call this after the end or an error of the connection.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::codec::EventCodec;
    /// use tokio_util::codec::FramedRead;
    ///
    /// let mut events = FramedRead::new(&b"data: half"[..], EventCodec::new());
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// assert_eq!(events.decoder_mut().finish().expect("there is data").data(), "half");
    /// ```
    pub fn finish(&mut self) -> Option<Event> {
        self.decoder.finish_owned()
    }

    /// Returns the decoder: after the end of the connection it tells the last event ID, the reconnection time, and
    /// whether an event was cut off. It cannot be changed from outside, because bytes may wait for it in the buffer of
    /// `FramedRead`.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use sse_wire::codec::EventCodec;
    /// use tokio_util::codec::FramedRead;
    ///
    /// let mut events = FramedRead::new(&b"id: 7\n\nevent: tick\n"[..], EventCodec::new());
    /// assert!(futures_executor::block_on(events.next()).is_none());
    /// let decoder = events.decoder().decoder();
    /// assert!(decoder.last_event_id() == "7" && decoder.is_mid_event());
    /// ```
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Returns the decoder, for the next connection.
    ///
    /// ```
    /// use sse_wire::codec::EventCodec;
    ///
    /// let codec = EventCodec::with_decoder(EventCodec::new().into_decoder());
    /// assert!(!codec.decoder().is_mid_event());
    /// ```
    pub fn into_decoder(self) -> Decoder {
        self.decoder
    }

    /// Returns the next `T`, and moves `src` past it.
    fn decode_shown(&mut self, src: &mut BytesMut) -> Option<Result<T, DecodeError>>
    where
        T: for<'b> Shown<&'b [u8]>,
    {
        let mut input = &src[..];
        let shown = T::decode(&mut self.decoder, &mut input).transpose();
        let consumed = src.len() - input.len();
        src.advance(consumed);
        shown
    }
}

impl codec::Decoder for EventCodec {
    type Item = Result<Event, DecodeError>;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        Ok(self.decode_shown(src))
    }
}

impl codec::Decoder for ItemCodec {
    type Item = Result<Item, DecodeError>;
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        Ok(self.decode_shown(src))
    }
}

impl<T> codec::Encoder<Frame<'_>> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, frame: Frame<'_>, dst: &mut BytesMut) -> io::Result<()> {
        frame.encode(dst);
        Ok(())
    }
}

impl<T> codec::Encoder<FrameBuf> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, frame: FrameBuf, dst: &mut BytesMut) -> io::Result<()> {
        dst.reserve(frame.remaining());
        dst.put(frame);
        Ok(())
    }
}

/// Sends the frame that [`Frame::try_from`] makes, which says less than the stream did. A type or an ID that no stream
/// can have brought is left out, and so is an ID that [no header carries](crate::header::last_event_id_value).
impl<T> codec::Encoder<EventRef<'_>> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, event: EventRef<'_>, dst: &mut BytesMut) -> io::Result<()> {
        Frame::of_event(event).encode(dst);
        Ok(())
    }
}

/// See the implementation for [`EventRef`].
impl<T> codec::Encoder<Event> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, event: Event, dst: &mut BytesMut) -> io::Result<()> {
        codec::Encoder::encode(self, event.as_event_ref(), dst)
    }
}

impl<T> codec::Encoder<EncodedFrames> for EventCodec<T> {
    type Error = io::Error;

    fn encode(&mut self, frames: EncodedFrames, dst: &mut BytesMut) -> io::Result<()> {
        dst.extend_from_slice(&frames);
        Ok(())
    }
}

impl<T> Default for EventCodec<T> {
    fn default() -> Self {
        Self { decoder: Decoder::new(), shown: PhantomData }
    }
}
