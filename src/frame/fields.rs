//! The fields that every frame may have, with data or without.

use core::time::Duration;

use super::Frame;
use super::decimal::Decimal;
use crate::error::InvalidField;
use crate::line::name;

impl<'a, D> Frame<'a, D> {
    /// Sets the comment, which receivers ignore; line by line, split at CR, LF and CRLF.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().comment("keep\nalive").to_encoded(), ": keep\n: alive\n\n");
    /// ```
    #[must_use]
    pub const fn comment(mut self, text: &'a str) -> Self {
        self.comment = Some(text);
        self
    }

    /// Sets the reconnection time, in whole milliseconds; a fraction of one is dropped, and a time above
    /// 2<sup>64</sup>-1 milliseconds is sent as that.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().retry(Duration::from_secs(3)).to_encoded(), "retry: 3000\n\n");
    /// ```
    #[must_use]
    pub const fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(Decimal::new(time.as_millis()));
        self
    }

    /// Sets the event type. An empty one means `"message"` to the receiver, as if it were not set.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR or an LF.
    ///
    /// # Complexity
    ///
    /// One pass over the value.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().event_type("tick")?.data("1").to_encoded(), "event: tick\ndata: 1\n\n");
    /// assert!(Frame::new().event_type("tick\ndata: forged").is_err());
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    #[inline]
    pub fn event_type(mut self, event_type: &'a str) -> Result<Self, InvalidField> {
        check(name::EVENT_TYPE, event_type, b"\r\n")?;
        self.event_type = Some(event_type);
        Ok(self)
    }

    /// Sets the ID. An empty one makes the receiver forget the last event ID.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR, an LF, or a NUL, because of which receivers would ignore it.
    ///
    /// # Complexity
    ///
    /// One pass over the value.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let error = Frame::new().id("1\ndata: forged").unwrap_err();
    /// assert_eq!((error.field(), error.character(), error.index()), ("id", '\n', 1));
    /// ```
    #[inline]
    pub fn id(mut self, id: &'a str) -> Result<Self, InvalidField> {
        check(name::ID, id, b"\r\n\0")?;
        self.id = Some(id);
        Ok(self)
    }

    /// Sets the event type if there is one; see [`event_type`](Self::event_type).
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR or an LF.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let (event_type, id) = (None, Some("7"));
    /// let frame = Frame::new().maybe_event_type(event_type)?.maybe_id(id)?.data("x");
    /// assert_eq!(frame.to_encoded(), "id: 7\ndata: x\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub fn maybe_event_type(self, event_type: Option<&'a str>) -> Result<Self, InvalidField> {
        match event_type {
            Some(event_type) => self.event_type(event_type),
            None => Ok(self),
        }
    }

    /// Sets the ID if there is one; see [`id`](Self::id).
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR, an LF or a NUL.
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// let id = None;
    /// assert_eq!(Frame::new().maybe_id(id)?.data("x").to_encoded(), "data: x\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub fn maybe_id(self, id: Option<&'a str>) -> Result<Self, InvalidField> {
        match id {
            Some(id) => self.id(id),
            None => Ok(self),
        }
    }

    /// Sets the reconnection time if there is one; see [`retry`](Self::retry).
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::Frame;
    ///
    /// let time = Some(Duration::from_millis(500));
    /// assert_eq!(Frame::new().maybe_retry(time).data("x").to_encoded(), "retry: 500\ndata: x\n\n");
    /// ```
    #[must_use]
    pub fn maybe_retry(mut self, time: Option<Duration>) -> Self {
        self.retry = time.map(|time| Decimal::new(time.as_millis())).or(self.retry);
        self
    }

    /// Sets the comment if there is one; see [`comment`](Self::comment).
    ///
    /// ```
    /// use sse_wire::Frame;
    ///
    /// assert_eq!(Frame::new().maybe_comment(Some("hi")).data("x").to_encoded(), ": hi\ndata: x\n\n");
    /// ```
    #[must_use]
    pub fn maybe_comment(mut self, text: Option<&'a str>) -> Self {
        self.comment = text.or(self.comment);
        self
    }
}

/// Whether a value may stand in that field.
#[inline]
fn check(field: &'static str, value: &str, forbidden: &'static [u8]) -> Result<(), InvalidField> {
    // Types and IDs are short: a loop without an early exit beats a search, which costs 10 ns before it looks at a
    // byte.
    let lowest = value.bytes().fold(u8::MAX, u8::min);
    if lowest <= b'\r' { find_forbidden(field, value, forbidden) } else { Ok(()) }
}

#[cold]
fn find_forbidden(field: &'static str, value: &str, forbidden: &'static [u8]) -> Result<(), InvalidField> {
    match value.bytes().enumerate().find(|(_, byte)| forbidden.contains(byte)) {
        Some((index, byte)) => Err(InvalidField::new(field, byte, index)),
        None => Ok(()),
    }
}
