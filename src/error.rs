//! What can go wrong, one type a direction: [`DecodeError`] is the sender's doing, [`InvalidField`] our caller's. With
//! [`StreamError`] the adapters tell the former from what went wrong below them.
//!
//! The first two are small and hold no byte of the input, so that they can be logged as they are.

use thiserror::Error;

/// Why a decoder rejected an event or a line. Decoding goes on behind it: call again.
///
/// Offsets count the bytes of the stream since the decoder was made, finished or reset, a byte order mark included.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The event needs more memory than [`DecodeOptions::max_event_len`](crate::DecodeOptions::max_event_len) allows.
    #[error("event at byte {offset} of the stream passes the limit of {limit} bytes")]
    EventTooLong {
        /// Where the first byte stands that did not fit.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A [`LineDecoder`](crate::LineDecoder) met a line longer than the limit.
    #[error("line at byte {offset} of the stream passes the limit of {limit} bytes")]
    LineTooLong {
        /// Where the first byte stands that did not fit.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A value is not UTF-8, and [`Utf8Policy::Reject`](crate::Utf8Policy::Reject) was asked for.
    #[error("invalid UTF-8 at byte {offset} of the stream")]
    InvalidUtf8 {
        /// Where the first sequence starts that is not UTF-8.
        offset: u64,
    },
}

/// Why a value cannot be sent in a field: it has a character that would end the line and forge further fields.
///
/// The event type may hold neither CR nor LF, the ID not NUL either (receivers ignore an ID with one).
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

/// Why an adapter, which brings its own bytes, has no event to give: they did not come, or they were rejected.
///
/// `E` is the error of what the bytes come from, an `io::Error` or an HTTP client's.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum StreamError<E> {
    /// What the bytes come from failed. Nothing that had arrived is lost, the decoder is as it was.
    #[error("the event stream's source failed")]
    Source(#[source] E),
    /// The decoder rejected an event; the ones behind it come all the same.
    #[error(transparent)]
    Decode(DecodeError),
}

impl<E> StreamError<E> {
    /// Returns the error with that of the source as another type, as for a boxed error, which is none that `?` takes:
    /// `map_err(|error| error.map_source(std::io::Error::other))`.
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

/// For `?` in functions that return it.
#[cfg(feature = "std")]
impl From<std::io::Error> for StreamError<std::io::Error> {
    fn from(error: std::io::Error) -> Self {
        Self::Source(error)
    }
}

/// The source's own error, or one of the kind `InvalidData`: for `?` in functions that return [`std::io::Result`].
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
