//! [`Pending`]: the event under construction, and the rules for what it may be.
//!
//! ```text
//! a whole line --> InChunk --------------------+
//!      |              | a line is fed: retain  +--> dispatch, lend --> the caller, until the next call
//!      |              v                        |
//!      +--push--> the buffers -----------------+
//!        accept
//! ```
//!
//! The value of a whole line stays in the chunk, unless something speaks against it: the limit, bytes that are no text,
//! a line of data before it. A second line of data brings the first into the buffer, since the two are to be joined;
//! after that, no line of data can stay in the chunk.
//!
//! # The limit
//!
//! What counts is what [`DecodeOptions::with_max_event_len`] says. `push` and `accept` judge it to the byte. The loop
//! over whole lines judges by `room_end`: as long as a line ends before that place in the chunk, the event cannot pass
//! the limit, whatever its lines are. That is one comparison a line, and no sum to be kept. A line that ends after it
//! goes through the buffers, where the exact rule is, and the loop goes on with a new `room_end`.

use super::{ITEMS, Step};
use crate::line::{Kind, has_nul};
use crate::options::DecodeOptions;
use crate::text::buffer::{KEPT_CAPACITY, KEPT_SHORT, TextBuffer, Unfit};
use crate::text::event_text::unless_message;
use crate::text::piece::Piece;

/// What is retained of an event.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(super) stage: Stage,
    pub(super) options: DecodeOptions,
    /// The data buffer. An LF follows each line, so that it is empty only if there was no line; the last line's LF is
    /// gone when the event is lent.
    pub(crate) data: TextBuffer,
    /// The event type buffer; empty is as good as unset.
    pub(crate) event_type: TextBuffer,
    /// The ID that this event has set. An LF follows it, so that the buffer is empty only if the ID is unset.
    pub(super) id: TextBuffer,
    /// The value of an `event` or `id` line, or a comment, or a line with an unknown name, that went through `push`.
    pub(crate) value: TextBuffer,
}

/// Where the next line stands in its event.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Stage {
    /// Nothing of the event has been seen except what stands in the chunk in hand.
    Empty,
    /// A line of it has: a field of any name.
    Begun,
    /// The event has been rejected: its lines are skipped.
    Rejected,
    /// The event is over; the caller may look at it until the next call.
    Lent,
}

/// The texts of an event that stand in the chunk. The others are in the buffers of [`Pending`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InChunk<'i> {
    pub(crate) event_type: Option<&'i str>,
    /// The only data line so far.
    pub(crate) data: Option<&'i str>,
    pub(crate) id: Option<&'i str>,
}

impl InChunk<'_> {
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self { event_type: None, data: None, id: None })
    }
}

impl Pending {
    pub(super) const fn new(options: DecodeOptions) -> Self {
        let limit = options.max_event_len();
        Self {
            stage: Stage::Empty,
            options,
            data: TextBuffer::new(KEPT_CAPACITY, limit),
            event_type: TextBuffer::new(KEPT_SHORT, limit),
            id: TextBuffer::new(KEPT_SHORT, limit),
            value: TextBuffer::new(KEPT_SHORT, limit),
        }
    }

    /// The length of the event so far, as the limit counts it: data, type and ID.
    pub(super) fn len(&self) -> usize {
        self.data.len().saturating_sub(1) + self.event_type.len() + self.id.len().saturating_sub(1)
    }

    /// The length of the event with what there is of a value, as the limit counts it.
    #[inline(always)]
    fn len_with(&self, kind: Kind) -> usize {
        let others = self.event_type.len() + self.id.len().saturating_sub(1);
        // Before a line of data that is not the first comes an LF, which is there already.
        match kind {
            Kind::Data => others + self.data.buffered(),
            _ => others + self.data.len().saturating_sub(1) + self.value.buffered(),
        }
    }

    /// Takes note of a line, and returns whether this caller wants its value.
    #[inline(always)]
    pub(super) fn wants<const SHOWN: bool>(&mut self, kind: Kind) -> bool {
        if kind == Kind::Comment {
            return SHOWN == ITEMS;
        }
        self.stage = self.stage.max(Stage::Begun);
        self.stage != Stage::Rejected && (kind != Kind::Unknown || self.shows_all::<SHOWN>())
    }

    /// Whether this caller is shown what means nothing to an event: fields of other names, and blocks without data.
    #[inline(always)]
    fn shows_all<const SHOWN: bool>(&self) -> bool {
        SHOWN == ITEMS && self.options.shows_all_items()
    }

    /// Sets the type or the ID; of each, the last value wins (9.2.6, "Process the field").
    #[inline(always)]
    pub(super) fn set<'i>(&mut self, event: &mut InChunk<'i>, kind: Kind, text: &'i str) {
        match kind {
            Kind::EventType => event.event_type = Some(text),
            _ if has_nul(text.as_bytes()) => self.stage = self.stage.max(Stage::Begun),
            _ => event.id = Some(text),
        }
    }

    /// All bytes retained for an event that is not finished.
    pub(super) fn buffered(&self) -> usize {
        self.len() + self.data.tail().len() + self.value.buffered()
    }

    /// How far the chunk may be taken before the event passes the limit. What stands in the chunk of the event must not
    /// start before `start`. Names and line ends count as well, to be on the safe side: `push` and `accept` judge
    /// exactly.
    #[inline(always)]
    pub(super) fn room_end(&self, start: usize) -> usize {
        match self.stage {
            Stage::Empty => start.saturating_add(self.options.max_event_len()),
            Stage::Rejected => 0,
            // An LF more for the line of data that may come.
            _ => start.saturating_add(self.options.max_event_len() - self.len()).saturating_sub(1),
        }
    }

    pub(super) fn has_data(&self, event: &InChunk<'_>) -> bool {
        event.data.is_some() || !self.data.is_empty()
    }

    /// Moves the first line of data from the chunk into the buffer.
    #[inline(never)]
    pub(super) fn begin_lines(&mut self, first: &str) {
        self.data.push_line(first, &[]);
        self.stage = Stage::Begun;
    }

    /// Copies what stands in the chunk and is still needed when the chunk is gone.
    #[inline(always)]
    pub(super) fn retain(&mut self, event: &mut InChunk<'_>) {
        self.stage = Stage::Begun;
        if let Some(event_type) = event.event_type.take() {
            self.event_type.set(event_type);
        }
        if let Some(data) = event.data.take() {
            self.begin_lines(data);
        }
        if let Some(id) = event.id.take() {
            self.id.set(id);
            self.id.push_lf();
        }
    }

    /// Retains a part of a value, if it fits.
    #[inline(always)]
    pub(super) fn push(&mut self, kind: Kind, value: Piece<'_>) -> Result<(), Unfit> {
        let (length, limit) = (value.bytes().len(), self.options.max_event_len());
        let needed = self.len_with(kind) + length;
        if needed > limit && length > 0 {
            // At most the whole value: it may be the LF before it that does not fit.
            return Err(Unfit::TooLong((needed - limit).min(self.buffer(kind).tail().len() + length)));
        }
        self.buffer(kind).push_piece(value);
        Ok(())
    }

    /// The line in hand has ended: makes its value a part of the event, or drops it.
    #[inline(always)]
    pub(super) fn accept(&mut self, kind: Kind) -> Result<(), Unfit> {
        if kind == Kind::Id && has_nul(self.value.tail()) {
            self.value.clear();
            return Ok(());
        }
        let (policy, limit, length) = (self.options.utf8_policy(), self.options.max_event_len(), self.len_with(kind));
        let buffer = self.buffer(kind);
        // An empty value fits, but perhaps not the LF before it.
        let room = limit.checked_sub(length - buffer.tail().len()).ok_or(Unfit::TooLong(0))?;
        buffer.accept_tail(policy, room)?;
        match kind {
            Kind::Data => self.data.push_lf(),
            Kind::EventType => self.event_type.take_over(&mut self.value),
            Kind::Id => {
                self.value.push_lf();
                self.id.take_over(&mut self.value);
            }
            _ => {}
        }
        Ok(())
    }

    /// The buffer for the values of such lines.
    #[inline(always)]
    fn buffer(&mut self, kind: Kind) -> &mut TextBuffer {
        if kind == Kind::Data { &mut self.data } else { &mut self.value }
    }

    /// The event is over: lends what is retained of it. Without data, in the chunk or here, there is no event, and what
    /// there is is dropped, or shown as it is.
    #[inline(always)]
    pub(super) fn lend<const SHOWN: bool>(&mut self, has_data_in_chunk: bool) -> Option<Step> {
        // Nothing else need be asked of most events: event and data 1.5 %.
        if self.stage == Stage::Empty && has_data_in_chunk {
            return Some(Step::Event);
        }
        let has_data = has_data_in_chunk || !self.data.is_empty();
        let is_shown = self.stage != Stage::Rejected && self.shows_all::<SHOWN>();
        let step = if has_data { Some(Step::Event) } else { is_shown.then_some(Step::NoData) };
        if self.stage != Stage::Empty {
            self.data.pop_lf();
            if step.is_some() {
                self.stage = Stage::Lent;
            } else {
                self.clear();
            }
        }
        step
    }

    /// The data, the type and the ID of an event that stands in the chunk; a type of `"message"` is left out.
    #[inline(always)]
    pub(crate) fn texts_in_chunk<'i>(&self, event: &InChunk<'i>) -> Option<[&'i str; 3]> {
        let event_type = match event.event_type {
            Some(event_type) => unless_message(event_type),
            None if self.event_type.is_empty() => "",
            None => return None,
        };
        Some([event.data?, event_type, event.id.unwrap_or_default()])
    }

    /// The event type, in the chunk or here; empty if it is unset.
    #[inline(always)]
    pub(crate) fn event_type<'a>(&'a self, event: &InChunk<'a>) -> &'a str {
        event.event_type.unwrap_or_else(|| self.event_type.text())
    }

    /// Adds what stands in the chunk of an event to the rest of it, which is lent. Its ID is the last event ID by now.
    pub(crate) fn lend_from_chunk(&mut self, event: &InChunk<'_>) {
        if let Some(event_type) = event.event_type {
            self.event_type.set(event_type);
        }
        if let Some(data) = event.data {
            self.data.set(data);
        }
    }

    /// The ID that an event cut off by the end of the stream has set.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.text().strip_suffix('\n')
    }

    /// Drops the event, and skips what is still to come of it.
    #[inline(never)]
    pub(super) fn reject(&mut self) {
        self.clear();
        self.stage = Stage::Rejected;
    }

    /// Drops the event.
    #[inline(never)]
    pub(super) fn clear(&mut self) {
        self.stage = Stage::Empty;
        self.data.clear();
        self.event_type.clear();
        self.id.clear();
        self.value.clear();
    }
}
