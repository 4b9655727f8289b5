//! Typed data: events whose data is JSON, read into the caller's types and written from them.
//!
//! * [`EventRef::json`] and [`Event::json`] read the data of one event. Text may be borrowed from it.
//! * `EventStream::json` and `JsonStream`, with the feature `stream`, read every event of a stream.
//! * [`FrameHead::json`] writes a value as the data of a frame.
//!
//! # Which type
//!
//! Where the events of a stream are of several kinds, their JSON nearly always says which: then an enum is all it
//! takes, and the event type need not be looked at.
//!
//! ```
//! use serde::Deserialize;
//! use sse_wire::Decoder;
//!
//! #[derive(Debug, Deserialize, PartialEq)]
//! #[serde(tag = "type", rename_all = "snake_case")]
//! enum Message {
//!     ContentBlockDelta { index: usize },
//!     MessageStop,
//!     // Kinds that are added later, and `ping`.
//!     #[serde(other)]
//!     Other,
//! }
//!
//! let mut chunk: &[u8] = b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2}\n\n\
//!     event: ping\ndata: {\"type\":\"ping\"}\n\n";
//! let mut decoder = Decoder::new();
//! let mut seen = Vec::new();
//! while let Some(event) = decoder.decode(&mut chunk)? {
//!     seen.push(event.json::<Message>()?);
//! }
//! assert_eq!(seen, [Message::ContentBlockDelta { index: 2 }, Message::Other]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where only the event type tells the kind, match on it, and read each kind with [`EventRef::json`].

mod error;
#[cfg(feature = "stream")]
mod stream;
#[cfg(feature = "stream")]
mod stream_error;

use alloc::vec::Vec;
use std::io::Write;

use serde::{Deserialize, Serialize};

pub use self::error::JsonError;
#[cfg(feature = "stream")]
pub use self::{stream::JsonStream, stream_error::JsonStreamError};
use crate::event::{Event, EventRef};
use crate::frame::{EncodedFrames, FRAME_END, FrameHead};
use crate::header::MAX_ID_LEN;

impl<'a> EventRef<'a> {
    /// Returns the value that the data holds as JSON. What the value borrows, it borrows from the data: it may outlive
    /// this view, but not what the view borrows from.
    ///
    /// # Errors
    ///
    /// [`JsonError`] if the data is not JSON, or not the JSON of a `T`. It holds a copy of the event, without its last
    /// event ID if that has more than 8,000 bytes: a stream may set one of 16 MiB, which each error would copy, and no
    /// server takes a header of that length. The errors of an [`Event`] and of a stream share the ID, and keep it.
    ///
    /// # Complexity
    ///
    /// Linear in the data, as far as `T` is read in linear time.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use sse_wire::Decoder;
    ///
    /// #[derive(Deserialize)]
    /// struct Token<'a> {
    ///     text: &'a str,
    /// }
    ///
    /// let mut chunk: &[u8] = b"data: {\"text\":\"Hello\"}\n\n";
    /// let mut decoder = Decoder::new();
    /// let event = decoder.decode(&mut chunk)?.expect("a whole event");
    /// let token: Token = event.json()?;
    /// assert_eq!(token.text, "Hello");
    /// assert_eq!(event.json::<Vec<u8>>().unwrap_err().event().data(), r#"{"text":"Hello"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, JsonError> {
        serde_json::from_str(self.data()).map_err(|reason| JsonError::new(copy_with_short_id(*self), None, reason))
    }
}

/// Copies the event, but no ID that no request could send.
#[cold]
fn copy_with_short_id(event: EventRef<'_>) -> Event {
    let id = if event.last_event_id().len() > MAX_ID_LEN { "" } else { event.last_event_id() };
    EventRef::new(event.event_type(), event.data(), id).to_event()
}

impl Event {
    /// Returns the value that the data holds as JSON. What the value borrows, it borrows from this event.
    ///
    /// # Errors
    ///
    /// [`JsonError`] if the data is not JSON, or not the JSON of a `T`. It holds a clone of the event.
    ///
    /// # Complexity
    ///
    /// Linear in the data, as far as `T` is read in linear time.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk: &[u8] = b"data: [1,\ndata: 2]\n\n";
    /// let event = Decoder::new().decode(&mut chunk)?.expect("a whole event").to_event();
    /// assert_eq!(event.json::<[u8; 2]>()?, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, JsonError> {
        serde_json::from_str(self.data()).map_err(|reason| JsonError::new(self.clone(), None, reason))
    }
}

impl FrameHead<'_> {
    /// Returns the encoded frame with this value as its data. The JSON is written straight into the frame, without a
    /// string in between.
    ///
    /// [`data_writer`](Self::data_writer) is for a buffer of the caller's own, and for JSON with line breaks: give it
    /// to [`serde_json::to_writer`] or [`serde_json::to_writer_pretty`]. After an error, such a buffer has to be
    /// truncated.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] if the value cannot be written as JSON: a map whose keys are not strings, or an error of
    /// its `Serialize`.
    ///
    /// # Complexity
    ///
    /// Linear in the JSON that is written.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let frame = Frame::head().event_type("point")?.json(&[1.5, 2.0])?;
    /// assert_eq!(frame, "event: point\ndata: [1.5,2.0]\n\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<EncodedFrames, serde_json::Error> {
        let mut buffer = Vec::with_capacity(FIRST_CAPACITY);
        // The writer is not finished: it has written what comes before the data. JSON written through it takes six
        // times as long (1,200 ns for a chunk of a chat instead of 200), since serializers write a few bytes at a time,
        // and each write is searched for line breaks.
        let _ = self.data_writer(&mut buffer);
        let start = buffer.len();
        serde_json::to_writer(&mut buffer, value)?;
        Ok(EncodedFrames::of_frames(end_frame(self, buffer, start)))
    }
}

/// Ends the frame in `buffer`, whose data is `buffer[start..]`, and returns it.
fn end_frame(head: FrameHead<'_>, mut buffer: Vec<u8>, start: usize) -> Vec<u8> {
    if memchr::memchr2(b'\r', b'\n', &buffer[start..]).is_some() {
        return with_line_breaks(head, &buffer[start..]);
    }
    buffer.extend_from_slice(FRAME_END);
    buffer
}

/// Encodes the frame anew, with line breaks in its data. JSON escapes those in strings, and the serializer puts none in
/// between, but a raw value may contain some.
#[cold]
fn with_line_breaks(head: FrameHead<'_>, json: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(2 * json.len());
    let mut writer = head.data_writer(&mut buffer);
    // The writer takes everything, and never fails.
    let _ = writer.write_all(json);
    writer.finish();
    buffer
}

/// The capacity that `serde_json::to_vec` starts with as well; it doubles.
const FIRST_CAPACITY: usize = 128;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::end_frame;
    use crate::frame::Frame;

    #[test]
    fn line_breaks_in_the_json_stay_in_the_data() {
        let frame = Frame::head().comment("c");
        for (json, encoded) in [
            ("{}", ": c\ndata: {}\n\n"),
            ("", ": c\ndata: \n\n"),
            ("[1,\n2]", ": c\ndata: [1,\ndata: 2]\n\n"),
            ("[1,\r2]", ": c\ndata: [1,\ndata: 2]\n\n"),
            ("[\r\n\n1,\r2]\r", ": c\ndata: [\ndata: \ndata: 1,\ndata: 2]\ndata: \n\n"),
        ] {
            let mut buffer = Vec::new();
            let _ = frame.data_writer(&mut buffer);
            let start = buffer.len();
            buffer.extend_from_slice(json.as_bytes());
            assert_eq!(end_frame(frame, buffer, start), encoded.as_bytes(), "{json:?}");
        }
    }
}
