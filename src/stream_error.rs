//! [`StreamError`]: what can go wrong in an adapter. It tells apart what the sender did and what went wrong below the
//! adapter.

use alloc::boxed::Box;
use core::error::Error;

use crate::error::DecodeError;

/// Why an adapter, which reads the bytes itself, has no event to give: reading failed, or an event was rejected.
///
/// `E` is the error of the source of the bytes: an `io::Error`, or the error of an HTTP client.
///
/// What it displays is what its cause displays, and its [`source`](Error::source) is the source of its cause. So the
/// cause is never hidden, and whoever prints a chain of errors prints nothing twice.
///
/// ```
/// use std::io;
/// use sse_wire::StreamError;
///
/// let error = StreamError::Source(io::Error::other("connection reset"));
/// assert_eq!(error.to_string(), "connection reset");
/// ```
#[derive(Clone, Copy, Debug, Eq, thiserror::Error, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "what has a source and a decoder can fail in these two")]
pub enum StreamError<E> {
    /// The source of the bytes failed. Nothing that had arrived is lost, and the decoder is as it was.
    #[error(transparent)]
    Source(E),
    /// The decoder rejected an event; the events after it still come.
    #[error(transparent)]
    Decode(DecodeError),
}

impl<E> StreamError<E> {
    /// Returns the error with the source's error converted.
    ///
    /// ```
    /// use sse_wire::StreamError;
    ///
    /// let error = StreamError::Source("connection reset").map_source(std::io::Error::other);
    /// assert_eq!(error.to_string(), "connection reset");
    /// ```
    pub fn map_source<F>(self, map: impl FnOnce(E) -> F) -> StreamError<F> {
        match self {
            Self::Source(error) => StreamError::Source(map(error)),
            Self::Decode(error) => StreamError::Decode(error),
        }
    }

    /// Returns the source's own error.
    ///
    /// # Errors
    ///
    /// The [`DecodeError`], if that is what it is.
    ///
    /// ```
    /// use sse_wire::{DecodeError, StreamError};
    ///
    /// assert_eq!(StreamError::Source("connection reset").into_source(), Ok("connection reset"));
    /// let rejected = DecodeError::InvalidUtf8 { offset: 7 };
    /// assert_eq!(StreamError::<&str>::Decode(rejected).into_source(), Err(rejected));
    /// ```
    pub fn into_source(self) -> Result<E, DecodeError> {
        match self {
            Self::Source(error) => Ok(error),
            Self::Decode(error) => Err(error),
        }
    }

    /// Returns the cause in a box: for a boxed `E`, which is no [`Error`] itself, so that `?` does not take it.
    ///
    /// What is in the box is the source's error or a [`DecodeError`], for `downcast`.
    ///
    /// ```
    /// use sse_wire::{DecodeError, StreamError};
    ///
    /// type BoxError = Box<dyn core::error::Error + Send + Sync>;
    ///
    /// let error: StreamError<BoxError> = StreamError::Source("connection reset".into());
    /// assert_eq!(error.into_boxed().to_string(), "connection reset");
    /// let error: StreamError<BoxError> = StreamError::Decode(DecodeError::InvalidUtf8 { offset: 7 });
    /// assert!(error.into_boxed().is::<DecodeError>());
    /// ```
    pub fn into_boxed(self) -> Box<dyn Error + Send + Sync>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match self {
            Self::Source(error) => error.into(),
            Self::Decode(error) => Box::new(error),
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

/// Returns the source's own error if that is an [`std::io::Error`], boxed or not; makes one of the kind `Other` from
/// any other, and one of the kind `InvalidData` from a [`DecodeError`]. For `?` in functions that return
/// [`std::io::Result`].
#[cfg(feature = "std")]
impl<E> From<StreamError<E>> for std::io::Error
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn from(error: StreamError<E>) -> Self {
        match error {
            StreamError::Source(error) => match error.into().downcast::<Self>() {
                Ok(error) => *error,
                Err(error) => Self::other(error),
            },
            StreamError::Decode(error) => Self::new(std::io::ErrorKind::InvalidData, error),
        }
    }
}
