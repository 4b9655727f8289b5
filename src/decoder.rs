//! [`Decoder`]: the public face of the engine. Here it lends what it finds; `decoder/owned.rs` gives it away.

#[cfg(test)]
mod linear;
mod owned;

use core::{fmt, time::Duration};

use crate::engine::{EVENTS, Engine, ITEMS, InChunk, Rejected, Step};
use crate::error::DecodeError;
use crate::event::{EventRef, ItemRef};
use crate::line::Line;
use crate::options::DecodeOptions;

/// An incremental decoder of an event stream: chunks of bytes in, events out. It does no I/O.
///
/// One decoder serves one stream. After the end of a connection, [`finish`](Self::finish) or [`reset`](Self::reset)
/// makes it ready for the next; the last event ID and the reconnection time stay.
///
/// # Feeding
///
/// Call [`decode`](Self::decode) until it returns `Ok(None)`: then the chunk is used up and the next one is due. It
/// does not matter how the stream is cut into chunks.
///
/// ```
/// use sse_wire::Decoder;
///
/// let mut decoder = Decoder::new();
/// let mut seen = Vec::new();
/// for mut chunk in [&b"data: one\n\nda"[..], b"ta: two\n", b"data: lines\n\n"] {
///     while let Some(event) = decoder.decode(&mut chunk)? {
///         seen.push(event.data().to_owned());
///     }
/// }
/// assert_eq!(seen, ["one", "two\nlines"]);
/// # Ok::<(), sse_wire::DecodeError>(())
/// ```
///
/// # Memory
///
/// An event whose data is one line, whole in the chunk, is lent from the chunk. Anything else is put together in a
/// buffer that is used again for the next event. In steady state nothing is allocated for events with up to 50 kB of
/// data, with types, IDs and comments up to 2 kB; a buffer that had to hold more is given back, so that after a large
/// event the decoder retains at most 64 KiB, the last event ID aside.
#[derive(Clone)]
pub struct Decoder {
    engine: Engine,
}

impl Decoder {
    /// Returns a decoder with the [default options](DecodeOptions::new).
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// assert_eq!(decoder.decode(&mut &b"data: x\n\n"[..])?.expect("a whole event").data(), "x");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub const fn new() -> Self {
        Self::with_options(DecodeOptions::new())
    }

    /// Returns a decoder with these options.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Decoder};
    ///
    /// let decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(64 * 1024));
    /// # let _ = decoder;
    /// ```
    pub const fn with_options(options: DecodeOptions) -> Self {
        Self { engine: Engine::new(options) }
    }

    /// Returns the next event and moves `input` past it; `None` if `input` is used up, and the next chunk is wanted.
    ///
    /// An event is out with the byte that completes it; a lone CR completes a line at once.
    ///
    /// # Errors
    ///
    /// [`DecodeError::EventTooLong`] if an event passes the limit, [`DecodeError::InvalidUtf8`] if the options ask for
    /// it: once for each event that is rejected. Call again: decoding goes on after that event, whose ID is not
    /// committed.
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut chunk: &[u8] = b"event: tick\nid: 7\ndata: 1\n\n";
    /// let event = decoder.decode(&mut chunk)?.expect("a whole event");
    /// assert_eq!((event.event_type(), event.data(), event.last_event_id()), ("tick", "1", "7"));
    /// assert!(decoder.decode(&mut chunk)?.is_none() && chunk.is_empty());
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub fn decode<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<EventRef<'a>>, DecodeError> {
        let is_between_events = self.engine.is_between_events();
        if is_between_events && let Some(data) = self.engine.one_line_event(input) {
            return Ok(Some(EventRef::new("", data, self.last_event_id())));
        }
        let mut event = InChunk::default();
        match self.engine.next::<EVENTS>(input, &mut event) {
            Ok(Some(_)) => Ok(Some(self.event(event))),
            Ok(None) => Ok(None),
            Err(Rejected) => Err(self.engine.error),
        }
    }

    /// Returns the next event, comment or reconnection time; otherwise works like [`decode`](Self::decode).
    ///
    /// Comments are how servers keep a connection alive, so this is what idle detection needs. A comment that would
    /// pass [`DecodeOptions::with_max_event_len`] together with what is retained of an event is not shown. Leaving out
    /// the extra items is not quite the same as calling `decode`: with
    /// [`Utf8Policy::Reject`](crate::Utf8Policy::Reject) a bad comment is an error here and nothing there.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode), and [`DecodeError::InvalidUtf8`] for a comment, which leaves the event alone.
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::{Decoder, ItemRef};
    ///
    /// let mut decoder = Decoder::new();
    /// let mut chunk: &[u8] = b": still here\nretry: 3000\n";
    /// assert_eq!(decoder.decode_item(&mut chunk)?, Some(ItemRef::Comment("still here")));
    /// assert_eq!(decoder.decode_item(&mut chunk)?, Some(ItemRef::ReconnectionTime(Duration::from_secs(3))));
    /// assert_eq!(decoder.decode_item(&mut chunk)?, None);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn decode_item<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<ItemRef<'a>>, DecodeError> {
        let is_between_events = self.engine.is_between_events();
        if is_between_events && let Some(data) = self.engine.one_line_event(input) {
            return Ok(Some(ItemRef::Event(EventRef::new("", data, self.last_event_id()))));
        }
        let mut event = InChunk::default();
        match self.engine.next::<ITEMS>(input, &mut event) {
            Ok(Some(step)) => Ok(self.item(step, event)),
            Ok(None) => Ok(None),
            Err(Rejected) => Err(self.engine.error),
        }
    }

    #[inline(always)]
    fn item<'a>(&'a self, step: Step, event: InChunk<'a>) -> Option<ItemRef<'a>> {
        let pending = &self.engine.pending;
        let last_event_id = self.last_event_id();
        Some(match step {
            Step::Event => ItemRef::Event(self.event(event)),
            Step::NoData => ItemRef::NoData { event_type: pending.event_type(&event), last_event_id },
            Step::Comment => ItemRef::Comment(pending.value.text()),
            Step::UnknownField => unknown_field(pending.value.text())?,
            Step::ReconnectionTime => ItemRef::ReconnectionTime(self.reconnection_time()?),
        })
    }

    /// Ends the stream and returns the event that was cut off, if it had data: what a line end and a blank line would
    /// have given.
    ///
    /// The standard discards such an event (9.2.6, at the end of the stream); whether its data can be trusted to be
    /// whole is for the caller to know. Its ID is not committed, a cut `retry` has no effect, and an event that
    /// would be rejected is not returned. Afterwards the decoder is as after [`reset`](Self::reset); the memory of
    /// the event is given back by the next call.
    ///
    /// # Complexity
    ///
    /// Linear in what is retained of the last line.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut chunk: &[u8] = b"id: 8\ndata: half";
    /// assert!(decoder.decode(&mut chunk)?.is_none());
    /// let event = decoder.finish().expect("there is data");
    /// assert_eq!((event.data(), event.last_event_id()), ("half", "8"));
    /// assert_eq!(decoder.last_event_id(), "");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn finish(&mut self) -> Option<EventRef<'_>> {
        if !self.engine.finish() {
            return None;
        }
        let event = self.event(InChunk::default());
        let last_event_id = self.engine.pending.id().unwrap_or(event.last_event_id);
        Some(EventRef { last_event_id, ..event })
    }

    /// Prepares for a new connection: drops the unfinished event with its ID. A byte order mark may come again, and
    /// [`position`](Self::position) starts at 0. The last event ID and the reconnection time stay.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut chunk: &[u8] = b"id: 7\ndata: 1\n\nid: 8\ndata: cut o";
    /// while decoder.decode(&mut chunk)?.is_some() {}
    /// decoder.reset();
    /// assert_eq!((decoder.last_event_id(), decoder.position()), ("7", 0));
    /// assert_eq!(decoder.decode(&mut &b"data: 2\n\n"[..])?.expect("a whole event").data(), "2");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn reset(&mut self) {
        self.engine.reset();
    }

    /// Sets the last event ID, as after a restart of the program: events have it until the stream sets another.
    ///
    /// It is taken as it is. One that did not come from a decoder may hold CR, LF or NUL; check it before it goes into
    /// a header. It may also be longer than the limit.
    ///
    /// # Complexity
    ///
    /// One copy of the ID.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.set_last_event_id("7");
    /// let event = decoder.decode(&mut &b"data: x\n\n"[..])?.expect("a whole event");
    /// assert_eq!(event.last_event_id(), "7");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn set_last_event_id(&mut self, id: &str) {
        self.engine.last_event_id.set(id);
    }

    /// Returns the ID to send as `Last-Event-ID` when connecting again; empty if there is none.
    ///
    /// It changes at the blank line that ends an event, whether the event had data or not.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// assert!(decoder.decode(&mut &b"id: 7\n"[..])?.is_none());
    /// assert_eq!(decoder.last_event_id(), "");
    /// assert!(decoder.decode(&mut &b"\n"[..])?.is_none());
    /// assert_eq!(decoder.last_event_id(), "7");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[inline]
    pub fn last_event_id(&self) -> &str {
        self.engine.last_event_id.text()
    }

    /// Returns how long to wait before connecting again, if the stream said so (`retry`, in whole milliseconds).
    ///
    /// It changes with the line, not with the event. A number above 2<sup>64</sup>-1 is ignored.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// assert!(decoder.decode(&mut &b"retry: 3000\n"[..])?.is_none());
    /// assert_eq!(decoder.reconnection_time(), Some(Duration::from_secs(3)));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.engine.reconnection_time
    }

    /// Returns the number of bytes consumed since the decoder was made, finished or reset.
    ///
    /// The LF of a CRLF is consumed with the line that follows it.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut chunk: &[u8] = b"data: x\n\ndata: y\n\n";
    /// assert!(decoder.decode(&mut chunk)?.is_some());
    /// assert_eq!(decoder.position(), 9);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn position(&self) -> u64 {
        self.engine.seam.position
    }

    /// Returns the number of bytes retained for an unfinished event.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// assert!(decoder.decode(&mut &b"data: four"[..])?.is_none());
    /// assert_eq!(decoder.buffered(), 4);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn buffered(&self) -> usize {
        self.engine.buffered()
    }

    /// Returns whether the stream is inside a block: since the last blank line something has come that is not a
    /// comment. That is a field of any name, known or not, whatever its value, or a part of a line that may become one.
    ///
    /// At the end of a connection this tells a clean end from a cut one, and an event stream from a JSON body that came
    /// in its place. Before that it tells where a frame of your own would land in the middle of another.
    /// [`finish`](Self::finish) tells only whether there was data.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut chunk: &[u8] = b"data: whole\n\n: a comment\nev";
    /// while decoder.decode(&mut chunk)?.is_some() {}
    /// assert!(decoder.is_mid_event());
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn is_mid_event(&self) -> bool {
        self.engine.is_mid_event()
    }

    #[inline]
    fn event<'a>(&'a self, event: InChunk<'a>) -> EventRef<'a> {
        let pending = &self.engine.pending;
        EventRef::new(
            pending.event_type(&event),
            event.data.unwrap_or_else(|| pending.data.text()),
            self.last_event_id(),
        )
    }
}

/// The item for a line with a name that nobody knows. It is text, and so are its parts.
fn unknown_field(line: &str) -> Option<ItemRef<'_>> {
    let Line::Field { name, value } = Line::parse(line.as_bytes()) else { return None };
    Some(ItemRef::UnknownField { name: &line[..name.len()], value: &line[line.len() - value.len()..] })
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows no text of the stream.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("engine", &self.engine).finish_non_exhaustive()
    }
}
