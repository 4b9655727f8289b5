//! The engine: chunks in, one [`Step`] at a time out. [`Engine`] is everything a decoder knows between two calls.
//!
//! # A chunk has three parts
//!
//! ```text
//!          ...da | ta: a LF event: b LF data: c LF LF id: | 7...
//!                |<-head->|<-------- lines ------->|<tail>|
//!                  the rest of a     whole lines     the start of a
//!                  line that was                     line that is
//!                  cut                               cut
//! ```
//!
//! Each part may be missing, and each has one function: `head`, `lines`, `tail`. What is whole stays where it is: the
//! texts of an event that a chunk holds from the first line to the last are lent from there, as [`InChunk`]. Everything
//! else goes through the buffers of [`Pending`], a piece at a time (`cut.rs`).
//!
//! # The states
//!
//! Two enums tell where the next byte stands, in its line and in its event. They do not depend on each other, except
//! for one thing: what is lent, an event or a line that is shown, is lent at the start of a line.
//!
//! ```text
//! Place   LineStart --> Name --> Value(kind)        Stage   Empty --> Begun --> Lent
//!            ^ ^          |      or Retry(digits)             ^         |         |
//!            | |          |      or Skip                      |         v         |
//!            | +----------+----------+ line end               |      Rejected     |
//!            |                       |                        |         |         |
//!            +------ LineLent <------+                        +---------+---------+
//!       next call                                             blank line, next call
//! ```
//!
//! A line that is cut skips `Name` if the first piece tells the kind; a value that does not fit goes on as `Skip`.
//! Whole lines leave the place at `LineStart`. An event that is whole in the chunk leaves the stage at `Empty`, and one
//! that is rejected may have been `Empty` until then.
//!
//! # The rules
//!
//! Each rule of the standard is written once. What a line is: `line.rs`. Where lines end: `scan.rs`. What is between
//! two chunks: `seam.rs`. What a line does to an event, and what an event may be: `pending.rs`. So a stream that is cut
//! elsewhere takes other functions, but comes to the same rules (law 1, chunk invariance).
//!
//! Four shortcuts (`shortcuts.rs`) take what is frequent in fewer instructions. They decide nothing: without them every
//! stream gives what it gives with them.
//!
//! # Why it is written like this
//!
//! A small event takes some 40 to 400 instructions, so a few more count. Half of the speed comes from what the caller's
//! loop, and the loop over lines, can keep in registers: once the address of a variable goes into a call that is not
//! inlined, the variable lives in memory, and each use of it is a load that waits for the last store.
//!
//! * A result is one byte. The texts of an event go out through [`InChunk`], an error waits in [`Engine::error`].
//! * `next` works on a copy of the caller's `input`, and writes it back once.
//! * The loop over lines is inlined into `at_line_start`, the one function that has its cursor. What is rare is called
//!   with values, and is not inlined.
//! * Each arm of that loop steps to the next line by itself. With one step after the `match`, events of several lines
//!   take 10 % longer.

mod cut;
mod pending;
mod shortcuts;

use core::time::Duration;

pub(crate) use self::pending::{InChunk, Pending};
use self::{cut::Edge, pending::Stage, shortcuts::after_blank_line};
use crate::error::DecodeError;
use crate::last_event_id::LastEventId;
use crate::line::{Digits, FirstBytes, Kind, name};
use crate::options::DecodeOptions;
use crate::scan::{Lines, find_end};
use crate::seam::Seam;
use crate::text::piece::Piece;

/// Everything a decoder knows between two calls.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) seam: Seam,
    place: Place,
    pub(crate) pending: Pending,
    /// As of the last blank line.
    pub(crate) last_event_id: LastEventId,
    pub(crate) reconnection_time: Option<Duration>,
    /// Why an event was rejected, if one ever was.
    pub(crate) error: DecodeError,
}

/// Where the next byte stands in its line. With a tag of its own, which is compared at each call, instead of one in
/// `Kind`.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// At the start of a line.
    LineStart,
    /// At the start of a line; the caller may look at the one before it, in `Pending::value`, until the next call.
    LineLent,
    /// In a line whose bytes so far, which are these, do not tell what it is.
    Name(FirstBytes),
    /// In a line of this kind whose value is wanted; of a field that the standard does not know, the name as well.
    Value(Kind),
    /// In a line that nobody wants.
    Skip,
    /// In the value of a `retry` line.
    Retry(Digits),
}

/// What a call found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// The event is in the `InChunk` and in the buffers.
    Event,
    /// So is what there is of a block without data.
    NoData,
    /// The text is in `Pending::value`.
    Comment,
    /// The line is in `Pending::value`.
    UnknownField,
    /// It is in `Engine::reconnection_time`.
    ReconnectionTime,
}

/// An event has been rejected; `Engine::error` tells why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rejected;

/// What a call comes to: a step, or none if the chunk is used up.
pub(crate) type Outcome = Result<Option<Step>, Rejected>;

/// What a caller may be shown, for `Engine::next`: events alone.
pub(crate) const EVENTS: bool = false;

/// Comments and reconnection times as well; and more, if the options say so.
pub(crate) const ITEMS: bool = true;

impl Engine {
    pub(crate) const fn new(options: DecodeOptions) -> Self {
        Self {
            seam: Seam::new(),
            place: Place::LineStart,
            pending: Pending::new(options),
            last_event_id: LastEventId::new(options.max_event_len()),
            reconnection_time: None,
            error: DecodeError::InvalidUtf8 { offset: 0 },
        }
    }

    /// The next step, `input` moved past it, or none if the chunk is used up. The texts of an event that stand in the
    /// chunk go into `event`, which is empty before.
    #[inline(always)]
    pub(crate) fn next<'i, const SHOWN: bool>(&mut self, input: &mut &'i [u8], event: &mut InChunk<'i>) -> Outcome {
        let mut rest = *input;
        let outcome = match self.place {
            Place::LineStart | Place::LineLent => self.at_line_start::<SHOWN>(&mut rest, None, event),
            _ => self.head::<SHOWN>(&mut rest, event),
        };
        *input = rest;
        outcome
    }

    /// The rest of a line that was cut at the end of an earlier chunk; and what follows it.
    #[inline(never)]
    fn head<'i, const SHOWN: bool>(&mut self, input: &mut &'i [u8], event: &mut InChunk<'i>) -> Outcome {
        let start = if let Some(length) = self.skip_rest_of_comment::<SHOWN>(input) {
            length
        } else {
            let (end, ascii) = find_end(input);
            let piece = Piece::new(&input[..end], ascii);
            if end == input.len() {
                let outcome = match self.place {
                    Place::Value(kind) => self.push(kind, piece, end),
                    Place::Skip => Ok(None),
                    _ => self.feed::<SHOWN>(event, piece, Edge::Chunk(end)),
                };
                self.seam.close(end, input);
                return outcome;
            }
            let outcome = self.feed::<SHOWN>(event, piece, Edge::Line(end));
            if outcome != Ok(None) {
                self.seam.close(end + 1, input);
                return outcome;
            }
            let next = after_blank_line(input, end);
            if let Some(start) = next
                && let Some(step) = self.dispatch::<SHOWN>(event)
            {
                self.seam.close(start, input);
                return Ok(Some(step));
            }
            next.unwrap_or(end + 1)
        };
        if start == input.len() {
            self.seam.close(start, input);
            return Ok(None);
        }
        self.at_line_start::<SHOWN>(input, Some(start), event)
    }

    /// Lines and tail: from `start` on where the head has been taken, else all of the chunk.
    #[inline(never)]
    fn at_line_start<'i, const SHOWN: bool>(
        &mut self,
        input: &mut &'i [u8],
        start: Option<usize>,
        event: &mut InChunk<'i>,
    ) -> Outcome {
        let start = if let Some(start) = start {
            start
        } else {
            self.end_loan();
            let (start, withheld) = self.seam.open(input);
            if !withheld.is_empty() {
                // No known name starts like a byte order mark.
                self.feed::<SHOWN>(event, Piece::new(withheld, false), Edge::Chunk(0))?;
                return self.head::<SHOWN>(input, event);
            }
            start
        };
        let mut lines = Lines::new(input, start);
        let outcome = self.lines::<SHOWN>(&mut lines, event);
        if outcome == Ok(None) {
            return self.tail::<SHOWN>(input, lines.piece(0, input.len()), event);
        }
        self.seam.close(lines.at, input);
        outcome
    }

    /// The start of a line that is cut at the end of the chunk: all that is needed of the chunk goes into the buffers.
    #[inline(always)]
    fn tail<const SHOWN: bool>(&mut self, input: &mut &[u8], rest: Piece<'_>, event: &mut InChunk<'_>) -> Outcome {
        let outcome = self.feed::<SHOWN>(event, rest, Edge::Chunk(input.len()));
        self.seam.close(input.len(), input);
        outcome
    }

    /// Whole lines, up to the next step. What stays in the chunk is noted in `event`, the rest is fed to the buffers.
    #[inline(always)]
    fn lines<'i, const SHOWN: bool>(&mut self, lines: &mut Lines<'i>, event: &mut InChunk<'i>) -> Outcome {
        let mut room_end = self.pending.room_end(lines.at);
        'lines: while let Some(end) = lines.end() {
            let (kind, value_at) = Kind::of_line(end - lines.at, || lines.first_8());
            'whole: {
                match kind {
                    Kind::Blank if lines.is_in_crlf(end) => lines.step(end),
                    Kind::Blank => {
                        if let Some(step) = self.dispatch::<SHOWN>(event) {
                            lines.step(end);
                            return Ok(Some(step));
                        }
                        room_end = self.pending.room_end(end + 1);
                        lines.step(end);
                    }
                    Kind::Data => {
                        let Some(text) = lines.text(value_at, end, room_end) else { break 'whole };
                        if self.pending.has_data(event) || lines.is_next(end, name::DATA) {
                            self.copy_data_lines(lines, event, (value_at, text), room_end);
                        } else {
                            event.data = Some(text);
                            lines.step(end);
                        }
                    }
                    Kind::EventType | Kind::Id => {
                        let Some(text) = lines.text(value_at, end, room_end) else { break 'whole };
                        self.pending.set(event, kind, text);
                        lines.step(end);
                    }
                    Kind::Comment if SHOWN == EVENTS && self.pending.stage == Stage::Empty && event.is_empty() => {
                        lines.skip(self.skip_comments(lines.rest()));
                    }
                    Kind::Comment | Kind::Unknown if !self.pending.wants::<SHOWN>(kind) => lines.step(end),
                    _ => break 'whole,
                }
                continue 'lines;
            }
            // A line that acts or is shown by itself, may pass the limit, is not UTF-8, or belongs to a rejected event.
            let piece = lines.piece(0, end);
            lines.step(end);
            if let Some(step) = self.feed::<SHOWN>(event, piece, Edge::Line(end))? {
                return Ok(Some(step));
            }
            room_end = self.pending.room_end(lines.at);
        }
        Ok(None)
    }

    /// The blank line (9.2.6, "dispatch the event"): what is lent now, or nothing, and `event` is empty afterwards.
    #[inline(always)]
    fn dispatch<const SHOWN: bool>(&mut self, event: &mut InChunk<'_>) -> Option<Step> {
        match event.id {
            None if self.pending.stage == Stage::Empty => {}
            None => self.last_event_id.commit(&mut self.pending.id),
            // The ID counts even if there is no data, and so no event.
            Some(id) => self.last_event_id.set(id),
        }
        let step = self.pending.lend::<SHOWN>(event.data.is_some());
        if step.is_none() {
            *event = InChunk::default();
        }
        step
    }

    /// Takes back what was lent.
    #[inline(always)]
    fn end_loan(&mut self) {
        if self.pending.stage == Stage::Lent {
            self.pending.clear();
        }
        if self.place == Place::LineLent {
            self.pending.value.clear();
            self.place = Place::LineStart;
        }
    }

    /// Ends the stream; true if it cut off an event, which is lent then. Only `Pending::id` tells its ID, which is not
    /// committed.
    pub(crate) fn finish(&mut self) -> bool {
        self.end_loan();
        if let Place::Retry(_) = self.place {
            // A line that is cut off does nothing, and this one would act at once.
            self.place = Place::Skip;
        }
        let ended = self.feed::<EVENTS>(&mut InChunk::default(), Piece::new(&[], true), Edge::Line(0));
        self.seam = Seam::new();
        let has_event = ended.is_ok() && self.pending.lend::<EVENTS>(false).is_some();
        if !has_event {
            self.pending.clear();
        }
        has_event
    }

    /// Forgets the stream, except for its last event ID and its reconnection time.
    pub(crate) fn reset(&mut self) {
        self.pending.clear();
        self.place = Place::LineStart;
        self.seam = Seam::new();
    }

    /// Bytes retained for an event that is not finished.
    pub(crate) fn buffered(&self) -> usize {
        match (self.pending.stage, self.place) {
            (Stage::Lent, _) => 0,
            (_, Place::LineLent) => self.pending.len(),
            _ => self.pending.buffered(),
        }
    }

    /// Whether something other than a comment has come since the last blank line.
    pub(crate) fn is_mid_event(&self) -> bool {
        let has_begun = matches!(self.pending.stage, Stage::Begun | Stage::Rejected);
        // A colon is a comment; it may be followed by a space.
        let is_in_name = matches!(self.place, Place::Name(first) if first.0 != u64::from(b':'));
        has_begun || is_in_name || !self.seam.withheld().is_empty()
    }
}
