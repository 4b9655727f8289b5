//! [`JsonError`]: an event whose data is not the JSON that was asked for, and why.

use alloc::boxed::Box;
use core::{error::Error, fmt};

use serde_json::error::Category;

use crate::event::Event;

/// Why the data of an event could not be read as JSON, and the whole event.
///
/// It is as wide as a pointer. What it displays holds nothing of the event, so that it can be logged as it is. The
/// [`reason`](Self::reason), which is its [`source`](Error::source), may quote a word of the data.
///
/// ```
/// use sse_wire::Decoder;
///
/// let mut chunk: &[u8] = b"event: count\ndata: \"many\"\n\n";
/// let mut decoder = Decoder::new();
/// let event = decoder.decode(&mut chunk)?.expect("a whole event");
/// let error = event.json::<u64>().unwrap_err().at(decoder.position());
/// assert_eq!(error.position(), Some(27));
/// assert!(error.to_string().ends_with("at byte 27 of the stream is not the JSON that was expected"));
/// assert!(error.reason().to_string().starts_with("invalid type: string \"many\", expected u64"));
/// assert_eq!((error.event().event_type(), error.event().data()), ("count", "\"many\""));
/// # Ok::<(), sse_wire::DecodeError>(())
/// ```
pub struct JsonError(Box<Inner>);

/// The fields of a [`JsonError`], boxed so that results stay small.
struct Inner {
    event: Event,
    position: Option<u64>,
    reason: serde_json::Error,
}

impl JsonError {
    #[cold]
    #[inline(never)]
    pub(super) fn new(event: Event, position: Option<u64>, reason: serde_json::Error) -> Self {
        Self(Box::new(Inner { event, position, reason }))
    }

    /// Sets where in the stream the event ends: [`Decoder::position`](crate::Decoder::position), right after the event
    /// came.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let (mut decoder, mut chunk) = (Decoder::new(), &b"data: {\n\n"[..]);
    /// let event = decoder.decode(&mut chunk)?.expect("a whole event");
    /// let error = event.json::<u64>().unwrap_err().at(decoder.position());
    /// assert_eq!(error.position(), Some(9));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.0.position = Some(position);
        self
    }

    /// Returns where in the stream the event ends, if that is known.
    ///
    /// ```
    /// use sse_wire::EventRef;
    ///
    /// let error = EventRef::new("count", "\"many\"", "7").json::<u64>().unwrap_err();
    /// assert_eq!(error.position(), None);
    /// assert_eq!(error.at(20).position(), Some(20));
    /// ```
    pub fn position(&self) -> Option<u64> {
        self.0.position
    }

    /// Returns the event.
    ///
    /// ```
    /// use sse_wire::EventRef;
    ///
    /// let error = EventRef::new("count", "\"many\"", "7").json::<u64>().unwrap_err();
    /// assert_eq!(error.event().event_type(), "count");
    /// ```
    pub fn event(&self) -> &Event {
        &self.0.event
    }

    /// Returns the event without copying it.
    ///
    /// ```
    /// use sse_wire::EventRef;
    ///
    /// let error = EventRef::new("count", "\"many\"", "7").json::<u64>().unwrap_err();
    /// assert_eq!(error.into_event().data(), "\"many\"");
    /// ```
    pub fn into_event(self) -> Event {
        self.0.event
    }

    /// Returns what is wrong with the data, with the line and the column in it.
    ///
    /// ```
    /// use sse_wire::EventRef;
    ///
    /// let error = EventRef::new("count", "\"many\"", "7").json::<u64>().unwrap_err();
    /// assert!(error.reason().is_data());
    /// assert_eq!(error.reason().column(), 6);
    /// ```
    pub fn reason(&self) -> &serde_json::Error {
        &self.0.reason
    }
}

/// Leaves out the text of the event, which may be long, and private.
impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonError")
            .field("position", &self.0.position)
            .field("data_len", &self.0.event.data().len())
            .field("reason", &self.0.reason)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of the event ")?;
        if let Some(position) = self.0.position {
            write!(f, "that ends at byte {position} of the stream ")?;
        }
        f.write_str(match self.0.reason.classify() {
            _ if self.0.event.data().is_empty() => "is empty, which is not JSON",
            Category::Data => "is not the JSON that was expected",
            Category::Eof => "is JSON that was cut off",
            Category::Io | Category::Syntax => "is not JSON",
        })
    }
}

impl Error for JsonError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0.reason)
    }
}

/// Makes an error of the kind `InvalidData`, for `?` in functions that return [`std::io::Result`].
impl From<JsonError> for std::io::Error {
    fn from(error: JsonError) -> Self {
        Self::new(std::io::ErrorKind::InvalidData, error)
    }
}
