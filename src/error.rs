//! What can go wrong, one type a direction: [`DecodeError`] is the sender's doing, [`InvalidField`] our caller's.
//!
//! Both are small and hold no byte of the input, so that they can be logged as they are.

use thiserror::Error;

/// Why a decoder rejected an event or a line. Decoding goes on after it: call again.
///
/// Offsets count the bytes of the stream since the decoder was made, finished or reset, a byte order mark included.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The event needs more memory than [`DecodeOptions::max_event_len`](crate::DecodeOptions::max_event_len) allows.
    #[error("event at byte {offset} of the stream passes the limit of {limit} bytes")]
    EventTooLong {
        /// The position of the first byte that did not fit.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A [`LineDecoder`](crate::LineDecoder) met a line longer than the limit.
    #[error("line at byte {offset} of the stream passes the limit of {limit} bytes")]
    LineTooLong {
        /// The position of the first byte that did not fit.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A value is not UTF-8, and [`Utf8Policy::Reject`](crate::Utf8Policy::Reject) was asked for.
    #[error("invalid UTF-8 at byte {offset} of the stream")]
    InvalidUtf8 {
        /// The position of the first sequence that is not UTF-8.
        offset: u64,
    },
}

/// Why a value cannot be sent in a field: it has a character that is not allowed there.
///
/// Neither an event type nor an ID may hold CR or LF, which would end the line and forge further fields. Nor may an ID
/// hold NUL, because receivers ignore an ID with one.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[error("{} at index {index} is not allowed in the field `{field}`", name_of(*.character))]
pub struct InvalidField {
    field: &'static str,
    character: char,
    index: usize,
}

impl DecodeError {
    /// Returns the place in the stream, in bytes from its start: of the first byte that does not fit, or of the first
    /// one that is not UTF-8.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Decoder};
    ///
    /// let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(4));
    /// let error = decoder.decode(&mut &b"data: 12345\n\n"[..]).unwrap_err();
    /// assert_eq!(error.offset(), 10);
    /// ```
    pub const fn offset(&self) -> u64 {
        match *self {
            Self::EventTooLong { offset, .. } | Self::LineTooLong { offset, .. } | Self::InvalidUtf8 { offset } => {
                offset
            }
        }
    }
}

impl InvalidField {
    pub(crate) const fn new(field: &'static str, character: u8, index: usize) -> Self {
        Self { field, character: character as char, index }
    }

    /// Returns the field's name: `"event"` or `"id"`.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().event_type("a\nb").unwrap_err().field(), "event");
    /// ```
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// Returns the character that is not allowed: CR, LF or NUL.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().id("a\0").unwrap_err().character(), '\0');
    /// ```
    pub const fn character(&self) -> char {
        self.character
    }

    /// Returns the byte index of that character in the value.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().id("é\r").unwrap_err().index(), 2);
    /// ```
    pub const fn index(&self) -> usize {
        self.index
    }
}

fn name_of(character: char) -> &'static str {
    match character {
        '\r' => "CR",
        '\n' => "LF",
        _ => "NUL",
    }
}
