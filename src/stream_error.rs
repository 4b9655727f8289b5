//! [`StreamError`]: what can go wrong in an adapter. It tells what the sender did from what went wrong below the
//! adapter.

use thiserror::Error;

use crate::error::DecodeError;

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
