//! Lines into events: the resumable state of one event, and the fast path around it.
//!
//! A line that is whole in its chunk is taken as a whole, and its value stays where it is: that is the general loop
//! (`general.rs`). What is frequent is taken ahead of it (`shortcuts.rs`, `whole.rs`). A line that is cut goes through
//! these states, a part at a time (`cut.rs`):
//!
//! ```text
//!             up to the byte behind the colon
//! LineStart ------------> Name ------------> Value(kind) or Digits
//!    ^          |          |                    |        |
//!    |          |          | no known name      |        | too long
//!    |          |          v                    |        |
//!    |          +-------> Skip <----------------|--------+
//!    |                     |                    |
//!    +---------------------+----- line end -----+
//! ```
//!
//! `Skip` retains nothing: comments nobody wants to see and unknown fields go there. Of a rejected event, every line
//! that belongs to it does. `Idle` is a `LineStart` with nothing retained, from which whole events go straight through;
//! `EventLent`, `LinesLent` and `CommentLent` are line starts at which the caller may still look at a buffer.

mod cut;
mod general;
mod shortcuts;
mod small;
mod whole;

use core::{mem, time::Duration};

pub(crate) use self::shortcuts::Taken;
use self::small::SMALL;
use crate::{
    DecodeError, DecodeOptions,
    line::{Digits, FirstBytes, Kind},
    lines::{Framing, KEPT_CAPACITY},
    scratch::Scratch,
};

/// Everything a decoder knows between two calls.
#[derive(Clone, Debug)]
pub(crate) struct Assembler {
    pub(crate) framing: Framing,
    options: DecodeOptions,
    state: State,
    /// The start of a line that is cut before it tells what it is.
    name: FirstBytes,
    /// The value of a `retry` line that is cut.
    digits: Digits,
    /// Whether the current event has been rejected: its lines are skipped.
    is_rejected: bool,
    /// The length of the current event so far, as the limit counts it: data, type and ID.
    held: usize,
    /// The data buffer: an LF follows each line, so that it is empty only if there was no line. A lent event's last LF
    /// is gone.
    pub(crate) data: Scratch,
    /// The event type buffer; empty is as good as unset.
    pub(crate) event_type: Scratch,
    /// The ID buffer, as far as this event has set it; `has_id` tells unset from empty.
    id: Scratch,
    has_id: bool,
    /// The value of an `event` or `id` line that is cut, or a comment.
    pub(crate) line: Scratch,
    /// As of the last blank line.
    pub(crate) last_event_id: Scratch,
    /// Whether `last_event_id` was set since somebody took note of it.
    pub(crate) is_id_new: bool,
    pub(crate) reconnection_time: Option<Duration>,
    /// The offset that belongs to the last `Rejection`.
    rejected_at: u64,
}

/// Where the next byte stands. With a tag of its own, which is compared at each call, instead of one in `Kind`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// At a line start, with nothing retained.
    Idle,
    /// At a line start; the caller may look at the event in the buffers, which are cleared by the next call.
    EventLent,
    /// The same behind an event of several lines of data, which the next one is likely to have, too.
    LinesLent,
    /// At a line start; the caller may look at the comment in `line`, which is cleared by the next call.
    CommentLent,
    /// At a line start.
    LineStart,
    /// In a line of which the bytes so far, in `Assembler::name`, do not tell what it is.
    Name,
    /// In the value, or the comment.
    Value(Kind),
    /// In the value of `retry`; what it says so far is in `Assembler::digits`.
    Digits,
    /// In a line that means nothing.
    Skip,
}

/// What a call found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// The event is in the `Parts` and in the buffers.
    Event,
    /// The text is in `Assembler::line`.
    Comment,
    /// It is in `Assembler::reconnection_time`.
    ReconnectionTime,
}

/// Why there is no step; `Assembler::error` tells the whole of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rejection {
    TooLong,
    InvalidUtf8,
}

/// What a call comes to: a step, or none if the chunk is used up. It is two bytes and comes back in registers; a larger
/// one makes the caller's loop keep its events in memory.
pub(crate) type Outcome = Result<Option<Step>, Rejection>;

/// The parts of an event that stand in the chunk. The others are in the assembler's buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts<'i> {
    pub(crate) event_type: Option<&'i str>,
    /// The only data line so far.
    pub(crate) data: Option<&'i str>,
    pub(crate) id: Option<&'i str>,
}

impl Parts<'_> {
    #[inline(always)]
    fn is_empty(&self) -> bool {
        matches!(self, Self { event_type: None, data: None, id: None })
    }
}

impl Assembler {
    pub(crate) const fn new(options: DecodeOptions) -> Self {
        let limit = options.limit();
        Self {
            framing: Framing::new(),
            options,
            state: State::Idle,
            name: FirstBytes::NONE,
            digits: Digits::None,
            is_rejected: false,
            held: 0,
            data: Scratch::new(KEPT_CAPACITY, limit),
            event_type: Scratch::new(KEPT_SHORT, limit),
            id: Scratch::new(KEPT_SHORT, limit),
            has_id: false,
            line: Scratch::new(KEPT_SHORT, limit),
            last_event_id: Scratch::new(KEPT_SHORT, limit),
            is_id_new: false,
            reconnection_time: None,
            rejected_at: 0,
        }
    }

    /// The next step, `input` moved behind it; `None` if `input` is used up. Its parts are added to `parts`.
    ///
    /// Comments and reconnection times are steps only if `ITEMS`.
    #[inline(always)]
    pub(crate) fn advance<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> Outcome {
        if self.take_event_by_lines(input, parts) {
            return Ok(Some(Step::Event));
        }
        // With a copy, so that the caller's loop keeps its own in registers.
        let mut rest = *input;
        let step = self.advance_further::<ITEMS>(&mut rest, parts);
        *input = rest;
        step
    }

    /// The same for what is no event of whole lines. Each way goes on to a more general one where it does not suffice.
    #[inline(never)]
    fn advance_further<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> Outcome {
        if !self.framing.has_started() {
            return self.advance_slowly::<ITEMS>(input, parts);
        }
        if input.len() < SMALL {
            return match self.state {
                State::Value(Kind::Data) => self.advance_in_small_data::<ITEMS>(input, parts),
                State::Skip => self.advance_in_small_skip::<ITEMS>(input, parts),
                _ => self.advance_in_small::<ITEMS>(input, parts),
            };
        }
        match self.state {
            State::Value(_) | State::Name | State::Digits => self.advance_in_line::<ITEMS>(input, parts),
            State::Skip => self.advance_in_skip::<ITEMS>(input, parts),
            State::EventLent => self.advance_behind_event::<ITEMS>(input, parts),
            State::LineStart | State::CommentLent => self.advance_by_lines::<ITEMS>(input, parts),
            State::Idle | State::LinesLent => self.advance_slowly::<ITEMS>(input, parts),
        }
    }

    /// The most general way: any chunk, in any state.
    #[inline(never)]
    fn advance_slowly<'i, const ITEMS: bool>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> Outcome {
        let (mut scanner, withheld) = self.framing.open(input);
        if !withheld.is_empty() {
            // No known name starts like a byte order mark.
            self.state = State::Skip;
        }
        self.take_back();
        let step = self.take_first_line::<ITEMS>(&mut scanner, parts).unwrap_or_else(|| {
            // Copies, so that the loop keeps its own in registers.
            let (mut general, mut general_parts) = (scanner, *parts);
            let step = self.take_any_lines::<ITEMS>(&mut general, &mut general_parts);
            (scanner, *parts) = (general, general_parts);
            step
        });
        self.framing.close(&scanner, input);
        step
    }

    /// The error of the last rejection.
    #[cold]
    pub(crate) fn error(&self, rejection: Rejection) -> DecodeError {
        let offset = self.rejected_at;
        match rejection {
            Rejection::TooLong => DecodeError::EventTooLong { offset, limit: self.options.limit() },
            Rejection::InvalidUtf8 => DecodeError::InvalidUtf8 { offset },
        }
    }

    /// The blank line (9.2.6, "dispatch the event"): true if there is an event.
    #[inline(never)]
    fn dispatch(&mut self, parts: &Parts<'_>) -> bool {
        self.held = 0;
        if mem::take(&mut self.is_rejected) {
            self.state = State::Idle;
            return false;
        }
        // The ID counts even if there is no data, and so no event.
        if let Some(id) = parts.id {
            self.set_last_event_id(id);
        } else if self.has_id {
            mem::swap(&mut self.last_event_id, &mut self.id);
            self.is_id_new = true;
        }
        if self.state == State::Idle {
            return parts.data.is_some();
        }
        self.lend_event(parts.data.is_some())
    }

    #[inline]
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.last_event_id.set(id);
        self.is_id_new = true;
    }

    /// Lends what is retained of an event, or drops it if there is no data.
    fn lend_event(&mut self, has_data: bool) -> bool {
        let has_event = has_data || !self.data.is_empty();
        self.data.pop_lf();
        self.state = State::EventLent;
        if !has_event {
            self.take_back();
        }
        has_event
    }

    /// Copies what stands in the chunk and is still needed when the chunk is gone.
    pub(super) fn retain(&mut self, parts: &Parts<'_>) {
        if parts.is_empty() {
            return;
        }
        self.state = State::LineStart;
        if let Some(event_type) = parts.event_type {
            self.event_type.clear();
            self.event_type.push_str(event_type);
        }
        if let Some(data) = parts.data {
            self.data.push_line(data);
        }
        if let Some(id) = parts.id {
            self.id.clear();
            self.id.push_str(id);
            self.has_id = true;
        }
    }

    /// Puts what stands in the chunk of an event to the rest of it, which is lent. Its ID is the last event ID by now.
    pub(crate) fn lend_too(&mut self, parts: &Parts<'_>) {
        if let Some(event_type) = parts.event_type {
            self.event_type.set(event_type);
        }
        if let Some(data) = parts.data {
            self.data.set(data);
        }
    }

    /// Whether a value of that length keeps the event within its limit.
    #[inline(always)]
    fn fits(&self, kind: Kind, length: usize, parts: &Parts<'_>) -> bool {
        self.needed(kind, parts) + length <= self.options.limit()
    }

    /// The length of the event with one more value of that kind, which is empty.
    #[inline(always)]
    fn needed(&self, kind: Kind, parts: &Parts<'_>) -> usize {
        let is_next_data = kind == Kind::Data && (parts.data.is_some() || !self.data.is_empty());
        self.held + usize::from(is_next_data)
    }

    /// Ends the stream; true if it cut off an event, which is lent then. Only `pending_event_id` tells its ID, which is
    /// not committed.
    pub(crate) fn finish(&mut self) -> bool {
        self.take_back();
        let is_accepted = match mem::replace(&mut self.state, State::LineStart) {
            // A line that is cut off does nothing, and this one would act at once.
            State::Digits => {
                self.digits = Digits::None;
                true
            }
            state => self.end_line::<false>(state, self.framing.position).is_ok(),
        };
        self.framing = Framing::new();
        self.held = 0;
        let is_rejected = mem::take(&mut self.is_rejected);
        is_accepted && !is_rejected && self.lend_event(false)
    }

    /// Forgets the stream, except for its last event ID and its reconnection time.
    pub(crate) fn reset(&mut self) {
        self.clear_event();
        self.framing = Framing::new();
        self.state = State::Idle;
        self.digits = Digits::None;
        self.is_rejected = false;
    }

    /// The ID that the event lent by `finish` has.
    pub(crate) fn pending_event_id(&self) -> &str {
        if self.has_id { self.id.text() } else { self.last_event_id.text() }
    }

    /// Bytes retained for an event that is not finished.
    pub(crate) fn buffered(&self) -> usize {
        let line = if self.state == State::CommentLent { 0 } else { self.line.buffered() };
        self.held + self.data.tail().len() + line
    }

    /// Whether an event has begun and not ended.
    pub(crate) fn is_mid_event(&self) -> bool {
        match self.state {
            State::Idle | State::EventLent | State::LinesLent => false,
            State::LineStart | State::CommentLent | State::Skip | State::Value(Kind::Comment) => {
                !self.retains_nothing()
            }
            State::Name if self.name.is_of_comment() => !self.retains_nothing(),
            State::Name | State::Value(_) | State::Digits => true,
        }
    }

    /// Clears what was lent.
    #[inline(always)]
    fn take_back(&mut self) {
        match self.state {
            State::EventLent | State::LinesLent => {
                self.clear_event();
                self.state = State::Idle;
            }
            State::CommentLent => {
                self.line.clear();
                self.state = State::LineStart;
            }
            _ => {}
        }
    }

    #[inline(never)]
    fn clear_event(&mut self) {
        self.held = 0;
        self.has_id = false;
        for buffer in [&mut self.data, &mut self.event_type, &mut self.id, &mut self.line] {
            buffer.clear();
        }
    }
}

/// What a buffer for a type or an ID keeps between events. Four of them, an ID to share and the data buffer keep 64 KiB
/// at most.
pub(crate) const KEPT_SHORT: usize = 2 * 1024;
