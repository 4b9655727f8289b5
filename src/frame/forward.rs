//! Events as frames, for the next receiver.

use super::Frame;
use crate::error::InvalidField;
use crate::event::{Event, EventRef};
#[cfg(any(feature = "codec", feature = "http-body"))]
use crate::header::MAX_ID_LEN;
use crate::text::event_text::unless_message;

/// Makes a frame that says to the next receiver what this event says: its data, its type, and the last event ID as its
/// ID.
///
/// **An event does not say all that the stream said.** It has the ID that holds, not the one that its block set; a type
/// of `"message"`, not whether the stream wrote it; and blocks without data are no events. So a gateway that forwards
/// events in this way
///
/// * writes an inherited ID on every event,
/// * leaves out an explicit `event: message`, which some clients wait for, and
/// * never takes an ID back or moves it without data: of `id: 5, data: a`, then `id:, data: c`, then `id: 9` alone, the
///   receiver keeps 5 and asks for what comes after it. Where only that matters, add `.id("")` to events without one.
///
/// To forward what was sent, take [blocks](crate::BlockDecoder): they pass on byte for byte, and can be edited.
impl<'a> TryFrom<EventRef<'a>> for Frame<'a> {
    type Error = InvalidField;

    /// # Errors
    ///
    /// [`InvalidField`] if the event has a type or an ID that no stream can have brought: the ID may come from
    /// [`Decoder::set_last_event_id`](crate::Decoder::set_last_event_id).
    fn try_from(event: EventRef<'a>) -> Result<Self, InvalidField> {
        let set = |text: &'a str| (!text.is_empty()).then_some(text);
        let frame = Self::new().maybe_event_type(set(unless_message(event.event_type())))?;
        Ok(frame.maybe_id(set(event.last_event_id()))?.data(event.data()))
    }
}

#[cfg(any(feature = "codec", feature = "http-body"))]
impl<'a> Frame<'a> {
    /// The frame of `try_from`, without a type or an ID that no stream can have brought, and without an ID that no
    /// client could send back, which would make megabytes of every small event.
    pub(crate) fn of_event(mut event: EventRef<'a>) -> Self {
        if event.last_event_id.len() > MAX_ID_LEN {
            event.last_event_id = "";
        }
        Self::try_from(event).unwrap_or_else(|_| {
            // One of the two may be good.
            let frame = Self::new().data(event.data());
            let frame = frame.event_type(event.event_type()).unwrap_or(frame);
            frame.id(event.last_event_id()).unwrap_or(frame)
        })
    }
}

/// See the implementation for [`EventRef`].
impl<'a> TryFrom<&'a Event> for Frame<'a> {
    type Error = InvalidField;

    fn try_from(event: &'a Event) -> Result<Self, InvalidField> {
        event.as_event_ref().try_into()
    }
}
