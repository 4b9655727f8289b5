//! What can go wrong, one type for each direction: [`DecodeError`] is the sender's fault, [`InvalidField`] our
//! caller's. With [`StreamError`] the adapters tell a decoding error from a failure of what they read from.
//!
//! The first two are small and hold no byte of the input, so that they can be logged as they are.

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

impl InvalidField {
    pub(crate) const fn new(field: &'static str, character: u8, index: usize) -> Self {
        Self { field, character: character as char, index }
    }

    /// Returns the field's name: `"event"` or `"id"`.
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// Returns the character that is not allowed: CR, LF or NUL.
    pub const fn character(&self) -> char {
        self.character
    }

    /// Returns the byte index of that character in the value.
    pub const fn index(&self) -> usize {
        self.index
    }
}

/// Why an adapter, which reads the bytes itself, has no event to give: reading failed, or an event was rejected.
///
/// `E` is the error of the source of the bytes: an `io::Error`, or the error of an HTTP client.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum StreamError<E> {
    /// The source of the bytes failed. Nothing that had arrived is lost, and the decoder is as it was.
    #[error("the event stream's source failed")]
    Source(#[source] E),
    /// The decoder rejected an event; the events after it still come.
    #[error(transparent)]
    Decode(DecodeError),
}

impl<E> StreamError<E> {
    /// Returns the error with the source's error converted, for example a boxed one into an `io::Error`, so that `?`
    /// accepts it: `map_err(|error| error.map_source(std::io::Error::other))`.
    pub fn map_source<F>(self, map: impl FnOnce(E) -> F) -> StreamError<F> {
        match self {
            Self::Source(error) => StreamError::Source(map(error)),
            Self::Decode(error) => StreamError::Decode(error),
        }
    }
}

impl<E> From<DecodeError> for StreamError<E> {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

/// Makes a [`StreamError::Source`], for `?` in functions that return a [`StreamError`].
#[cfg(feature = "std")]
impl From<std::io::Error> for StreamError<std::io::Error> {
    fn from(error: std::io::Error) -> Self {
        Self::Source(error)
    }
}

/// Returns the source's own error, or makes one of the kind `InvalidData`, for `?` in functions that return
/// [`std::io::Result`].
#[cfg(feature = "std")]
impl From<StreamError<Self>> for std::io::Error {
    fn from(error: StreamError<Self>) -> Self {
        match error {
            StreamError::Source(error) => error,
            StreamError::Decode(error) => Self::new(std::io::ErrorKind::InvalidData, error),
        }
    }
}

fn name_of(character: char) -> &'static str {
    match character {
        '\r' => "CR",
        '\n' => "LF",
        _ => "NUL",
    }
}
