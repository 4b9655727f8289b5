//! [`JsonStreamError`]: what can go wrong in a stream of typed values.

use alloc::boxed::Box;
use core::error::Error;

use super::error::JsonError;
use crate::error::DecodeError;
use crate::stream_error::StreamError;

/// Why a [`JsonStream`](super::JsonStream) has no value to give: there was no event, or its data is not such JSON.
///
/// As with [`StreamError`], what it displays is what its cause displays.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "a value that does not come lacks its event or its JSON")]
pub enum JsonStreamError<E> {
    /// The stream of events has none to give: its source failed, or the decoder rejected an event.
    #[error(transparent)]
    Stream(StreamError<E>),
    /// The data of an event is not the JSON of such a value; the events after it still come.
    #[error(transparent)]
    Json(JsonError),
}

impl<E> JsonStreamError<E> {
    /// Returns the error with the source's error converted.
    ///
    /// ```
    /// use sse_wire::{StreamError, json::JsonStreamError};
    ///
    /// let error = JsonStreamError::from(StreamError::Source("connection reset")).map_source(std::io::Error::other);
    /// assert_eq!(error.to_string(), "connection reset");
    /// ```
    pub fn map_source<F>(self, map: impl FnOnce(E) -> F) -> JsonStreamError<F> {
        match self {
            Self::Stream(error) => JsonStreamError::Stream(error.map_source(map)),
            Self::Json(error) => JsonStreamError::Json(error),
        }
    }

    /// Returns the cause in a box: for a boxed `E`, which is no [`Error`] itself, so that `?` does not take it.
    ///
    /// What is in the box is the source's error, a [`DecodeError`] or a [`JsonError`], for `downcast`.
    ///
    /// ```
    /// use sse_wire::{StreamError, json::JsonStreamError};
    ///
    /// type BoxError = Box<dyn core::error::Error + Send + Sync>;
    ///
    /// let error: JsonStreamError<BoxError> = StreamError::Source("connection reset".into()).into();
    /// assert_eq!(error.into_boxed().to_string(), "connection reset");
    /// ```
    pub fn into_boxed(self) -> Box<dyn Error + Send + Sync>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match self {
            Self::Stream(error) => error.into_boxed(),
            Self::Json(error) => Box::new(error),
        }
    }
}

impl<E> From<StreamError<E>> for JsonStreamError<E> {
    fn from(error: StreamError<E>) -> Self {
        Self::Stream(error)
    }
}

impl<E> From<DecodeError> for JsonStreamError<E> {
    fn from(error: DecodeError) -> Self {
        Self::Stream(error.into())
    }
}

impl<E> From<JsonError> for JsonStreamError<E> {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// Makes a [`StreamError::Source`], for `?` in functions that return a [`JsonStreamError`].
impl From<std::io::Error> for JsonStreamError<std::io::Error> {
    fn from(error: std::io::Error) -> Self {
        Self::Stream(error.into())
    }
}

/// Converts as its halves do: the source's own error, or one of the kind `InvalidData` for what was sent.
impl<E> From<JsonStreamError<E>> for std::io::Error
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn from(error: JsonStreamError<E>) -> Self {
        match error {
            JsonStreamError::Stream(error) => error.into(),
            JsonStreamError::Json(error) => error.into(),
        }
    }
}
