//! Lines into events: the resumable state of one event, and the fast path around it.
//!
//! A line that is whole in its chunk is taken as a whole, and its value stays where it is: that is the loop in
//! [`Assembler::run`]. A line that is cut goes through these states, a part at a time:
//!
//! ```text
//!            first byte                ':'             ' ' or not
//! LineStart ------------> Name(kind) -------> Colon --------------> Value(kind) or Digits
//!    ^           |            |                 |                     |
//!    |           |  no known  |                 |                     | too long
//!    |           |    name    v                 |                     |
//!    |           +---------> Skip <-------------|---------------------+
//!    |                        |                 |                     |
//!    +------------------------+---- line end ---+---------------------+
//! ```
//!
//! `Skip` retains nothing: comments nobody wants to see and unknown fields go there. Of a rejected event, every line that
//! belongs to it does.

use core::{mem, time::Duration};

use crate::{
    DecodeError, DecodeOptions,
    line::{Digits, Kind},
    lines::{Framing, KEPT_CAPACITY},
    scan::{Piece, Scanner},
    scratch::{Scratch, Unfit},
};

/// Everything a decoder knows between two calls.
#[derive(Clone, Debug)]
pub(crate) struct Assembler {
    pub(crate) framing: Framing,
    options: DecodeOptions,
    state: State,
    /// Whether the current event has been rejected: its lines are skipped.
    is_rejected: bool,
    lent: Lent,
    /// The length of the current event so far, as the limit counts it: data, type and ID.
    held: usize,
    /// The data buffer: an LF follows each line, so that it is empty only if there was no line. A lent event's last LF is
    /// gone.
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
    pub(crate) reconnection_time: Option<Duration>,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    LineStart,
    /// Behind that many bytes of the name.
    Name(Kind, usize),
    /// Behind the colon, where one space may follow.
    Colon(Kind),
    /// In the value, or the comment.
    Value(Kind),
    /// In the value of `retry`.
    Digits(Digits),
    /// In a line that means nothing.
    Skip,
}

/// What the caller of the last call may still look at: it is cleared at the start of the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lent {
    Nothing,
    Event,
    Comment,
}

/// What a call found.
#[derive(Debug)]
pub(crate) enum Step<'i> {
    Event(Parts<'i>),
    /// The text is in `Assembler::line`.
    Comment,
    ReconnectionTime(Duration),
}

/// The parts of an event that stand in the chunk. The others are in the assembler's buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts<'i> {
    pub(crate) event_type: Option<&'i str>,
    /// The only data line so far.
    pub(crate) data: Option<&'i str>,
    pub(crate) id: Option<&'i str>,
}

impl Assembler {
    pub(crate) const fn new(options: DecodeOptions) -> Self {
        let limit = options.limit();
        Self {
            framing: Framing::new(),
            options,
            state: State::LineStart,
            is_rejected: false,
            lent: Lent::Nothing,
            held: 0,
            data: Scratch::new(KEPT_CAPACITY, limit),
            event_type: Scratch::new(KEPT_SHORT, limit),
            id: Scratch::new(KEPT_SHORT, limit),
            has_id: false,
            line: Scratch::new(KEPT_SHORT, limit),
            last_event_id: Scratch::new(KEPT_SHORT, limit),
            reconnection_time: None,
        }
    }

    /// The next step, `input` moved behind it; `None` if `input` is used up.
    ///
    /// Comments and reconnection times are steps only if `ITEMS`.
    #[inline]
    pub(crate) fn advance<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Step<'i>>, DecodeError> {
        if self.lent != Lent::Nothing {
            self.take_back();
        }
        let (mut scanner, withheld) = self.framing.open(input);
        if !withheld.is_empty() {
            // No known name starts like a byte order mark.
            self.state = State::Skip;
        }
        let step = self.run::<ITEMS>(&mut scanner);
        self.framing.close(&scanner, input);
        step
    }

    /// Ends the stream; true if it cut off an event, which is lent then. Only `id` tells its ID, which is not committed.
    pub(crate) fn finish(&mut self) -> bool {
        self.take_back();
        let is_accepted = match mem::replace(&mut self.state, State::LineStart) {
            // A line that is cut off does nothing, and this one would act at once.
            State::Digits(_) => true,
            state => self.end_line::<false>(state, self.framing.position).is_ok(),
        };
        let has_event = is_accepted && !self.is_rejected && self.lend_event(false);
        self.restart();
        has_event
    }

    /// Forgets the stream, except for its last event ID and its reconnection time.
    pub(crate) fn reset(&mut self) {
        self.clear_event();
        self.lent = Lent::Nothing;
        self.restart();
    }

    fn restart(&mut self) {
        self.framing = Framing::new();
        self.state = State::LineStart;
        self.is_rejected = false;
        self.held = 0;
    }

    /// The ID that the event lent by `finish` has.
    pub(crate) fn pending_event_id(&self) -> &str {
        if self.has_id { self.id.text() } else { self.last_event_id.text() }
    }

    /// Bytes retained for an event that is not finished.
    pub(crate) fn buffered(&self) -> usize {
        let line = if self.lent == Lent::Comment { 0 } else { self.line.buffered() };
        self.held + self.data.tail().len() + line
    }

    /// Clears what was lent.
    fn take_back(&mut self) {
        match mem::replace(&mut self.lent, Lent::Nothing) {
            Lent::Nothing => {}
            Lent::Event => self.clear_event(),
            Lent::Comment => self.line.clear(),
        }
    }

    fn clear_event(&mut self) {
        self.held = 0;
        self.data.clear();
        self.event_type.clear();
        self.id.clear();
        self.has_id = false;
        self.line.clear();
    }

    #[inline]
    fn run<'i, const ITEMS: bool>(&mut self, scanner: &mut Scanner<'i>) -> Result<Option<Step<'i>>, DecodeError> {
        if self.state != State::LineStart {
            let (piece, is_whole) = scanner.next_piece();
            let end = self.offset_of_end(scanner, is_whole);
            let step = self.take_piece::<ITEMS>(piece, end, is_whole)?;
            if !is_whole || step.is_some() {
                return Ok(step);
            }
        }
        let mut parts = Parts::default();
        while let Some(line) = scanner.next_line() {
            let Some((kind, value_at)) = Kind::of(line.bytes()) else {
                if line.bytes().is_empty() {
                    if self.dispatch(&parts) {
                        return Ok(Some(Step::Event(parts)));
                    }
                    parts = Parts::default();
                }
                continue;
            };
            match kind {
                Kind::Comment if !ITEMS => continue,
                Kind::Comment | Kind::Retry => {}
                Kind::Data | Kind::EventType | Kind::Id if self.is_rejected => continue,
                Kind::Data | Kind::EventType | Kind::Id => {
                    let value = line.from(value_at);
                    let needed = self.needed(kind, &parts) + value.bytes().len();
                    if needed <= self.options.limit() {
                        if let Some(text) = value.to_str() {
                            self.take_text(kind, text, &mut parts);
                            continue;
                        }
                    }
                }
            }
            self.retain(mem::take(&mut parts));
            self.state = if kind == Kind::Retry { State::Digits(Digits::None) } else { State::Value(kind) };
            let end = self.offset_of_end(scanner, true);
            let step = self.take_piece::<ITEMS>(line.from(value_at), end, true)?;
            if step.is_some() {
                return Ok(step);
            }
        }
        self.retain(parts);
        let rest = scanner.rest();
        if !rest.bytes().is_empty() {
            let end = self.offset_of_end(scanner, false);
            self.take_piece::<ITEMS>(rest, end, false)?;
        }
        Ok(None)
    }

    /// Takes the value of a whole line that fits.
    #[inline]
    fn take_text<'i>(&mut self, kind: Kind, text: &'i str, parts: &mut Parts<'i>) {
        match kind {
            Kind::Data if parts.data.is_none() && self.data.is_empty() => {
                self.held += text.len();
                parts.data = Some(text);
            }
            Kind::Data => self.add_data_line(text, parts),
            Kind::EventType => {
                self.held -= parts.event_type.map_or(self.event_type.len(), str::len);
                self.held += text.len();
                parts.event_type = Some(text);
            }
            Kind::Id if has_nul(text.as_bytes()) => {}
            Kind::Id => {
                self.held -= parts.id.map_or(self.id.len(), str::len);
                self.held += text.len();
                parts.id = Some(text);
            }
            Kind::Comment | Kind::Retry => {}
        }
    }

    fn add_data_line(&mut self, text: &str, parts: &mut Parts<'_>) {
        if let Some(first) = parts.data.take() {
            self.data.push_line(first);
        }
        self.data.push_line(text);
        self.held += 1 + text.len();
    }

    /// The blank line (9.2.6, "dispatch the event"): true if there is an event.
    #[inline]
    fn dispatch(&mut self, parts: &Parts<'_>) -> bool {
        self.held = 0;
        if mem::take(&mut self.is_rejected) {
            return false;
        }
        // The ID counts even if there is no data, and so no event.
        if let Some(id) = parts.id {
            self.last_event_id.clear();
            self.last_event_id.push_str(id);
        } else if self.has_id {
            mem::swap(&mut self.last_event_id, &mut self.id);
        }
        if parts.data.is_some() && !self.has_id && self.event_type.is_empty() {
            // Nothing is retained: all of it stands in the chunk.
            return true;
        }
        self.lend_event(parts.data.is_some())
    }

    /// Lends what is retained of an event, or drops it if there is no data.
    fn lend_event(&mut self, has_data: bool) -> bool {
        let has_event = has_data || !self.data.is_empty();
        self.data.pop_lf();
        self.lent = Lent::Event;
        if !has_event {
            self.take_back();
        }
        has_event
    }

    /// Copies what stands in the chunk and is still needed when the chunk is gone.
    #[inline]
    fn retain(&mut self, parts: Parts<'_>) {
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

    /// Takes a part of a line, or the last one; `end` is its offset in the stream.
    fn take_piece<'i, const ITEMS: bool>(
        &mut self,
        piece: Piece<'_>,
        end: u64,
        is_last: bool,
    ) -> Result<Option<Step<'i>>, DecodeError> {
        let taken = self.push::<ITEMS>(piece, end);
        if !is_last {
            return taken.map(|()| None);
        }
        match (taken, mem::replace(&mut self.state, State::LineStart)) {
            (Ok(()), state) => self.end_line::<ITEMS>(state, end),
            (Err(error), _) => Err(error),
        }
    }

    fn push<const ITEMS: bool>(&mut self, mut piece: Piece<'_>, end: u64) -> Result<(), DecodeError> {
        if let (State::LineStart, Some(&first)) = (self.state, piece.bytes().first()) {
            self.state = match Kind::starting_with(first) {
                Some(Kind::Comment) if !ITEMS => State::Skip,
                Some(Kind::Data | Kind::EventType | Kind::Id) if self.is_rejected => State::Skip,
                Some(kind) => State::Name(kind, 0),
                None => State::Skip,
            };
        }
        if let State::Name(kind, seen) = self.state {
            let name = &kind.name()[seen..];
            let matching = name.iter().zip(piece.bytes()).take_while(|(name, byte)| name == byte).count();
            let is_colon_next = matching == name.len() && piece.bytes().get(matching) == Some(&b':');
            if matching == piece.bytes().len() {
                self.state = State::Name(kind, seen + matching);
                return Ok(());
            }
            self.state = if is_colon_next { State::Colon(kind) } else { State::Skip };
            piece = piece.from(matching + 1);
        }
        if let (State::Colon(kind), Some(&first)) = (self.state, piece.bytes().first()) {
            piece = piece.from(usize::from(first == b' '));
            self.state = if kind == Kind::Retry { State::Digits(Digits::None) } else { State::Value(kind) };
        }
        match self.state {
            State::Value(kind) if !piece.bytes().is_empty() => self.push_value(kind, piece, end),
            State::Digits(digits) => {
                self.state = State::Digits(digits.push(piece.bytes()));
                Ok(())
            }
            State::LineStart | State::Name(..) | State::Colon(_) | State::Value(_) | State::Skip => Ok(()),
        }
    }

    /// Retains a part of a value, if it fits.
    fn push_value(&mut self, kind: Kind, piece: Piece<'_>, end: u64) -> Result<(), DecodeError> {
        let length = self.value(kind).tail().len() + piece.bytes().len();
        let Some(offset) = self.first_past_limit(kind, length, end) else {
            self.value(kind).push_piece(piece);
            return Ok(());
        };
        // Of the rest of the line nothing is retained.
        self.state = State::Skip;
        if kind == Kind::Comment {
            self.line.clear();
            return Ok(());
        }
        Err(self.too_long(offset))
    }

    /// The line whose last byte has that offset has ended in that state.
    fn end_line<'i, const ITEMS: bool>(&mut self, state: State, end: u64) -> Result<Option<Step<'i>>, DecodeError> {
        let kind = match state {
            State::Name(kind, seen) if seen == kind.name().len() => kind,
            State::Colon(kind) | State::Value(kind) => kind,
            State::Digits(Digits::Number(milliseconds)) => {
                let time = Duration::from_millis(milliseconds);
                self.reconnection_time = Some(time);
                return Ok(ITEMS.then_some(Step::ReconnectionTime(time)));
            }
            State::LineStart | State::Name(..) | State::Digits(_) | State::Skip => return Ok(None),
        };
        match kind {
            Kind::Data => {
                let needed = self.needed(kind, &Parts::default());
                let before = self.data.len();
                self.accept_value(kind, end)?;
                self.held = needed + self.data.len() - before;
                self.data.push_str("\n");
            }
            Kind::EventType => {
                self.accept_value(kind, end)?;
                self.held = self.held - self.event_type.len() + self.line.len();
                mem::swap(&mut self.line, &mut self.event_type);
                self.line.clear();
            }
            Kind::Id if has_nul(self.line.tail()) => self.line.clear(),
            Kind::Id => {
                self.accept_value(kind, end)?;
                self.held = self.held - self.id.len() + self.line.len();
                mem::swap(&mut self.line, &mut self.id);
                self.line.clear();
                self.has_id = true;
            }
            Kind::Comment if ITEMS => return self.accept_comment(end),
            Kind::Comment => self.line.clear(),
            Kind::Retry => {}
        }
        Ok(None)
    }

    /// A comment takes no event with it: one that is too long is not shown, one that is invalid is an error of its own.
    fn accept_comment<'i>(&mut self, end: u64) -> Result<Option<Step<'i>>, DecodeError> {
        let start = end - self.line.tail().len() as u64;
        let room = self.options.limit() - self.held;
        match self.line.accept_tail(self.options.utf8_policy(), room) {
            Ok(()) => {
                self.lent = Lent::Comment;
                Ok(Some(Step::Comment))
            }
            Err(Unfit::TooLong(_)) => Ok(None),
            Err(Unfit::Invalid(at)) => Err(DecodeError::InvalidUtf8 { offset: start + at as u64 }),
        }
    }

    /// Makes a value that is whole a part of its buffer's text.
    fn accept_value(&mut self, kind: Kind, end: u64) -> Result<(), DecodeError> {
        let raw = self.value(kind).tail().len();
        if let Some(offset) = self.first_past_limit(kind, raw, end) {
            return Err(self.too_long(offset));
        }
        let policy = self.options.utf8_policy();
        let room = self.options.limit() - self.needed(kind, &Parts::default());
        let start = end - raw as u64;
        self.value(kind).accept_tail(policy, room).map_err(|unfit| match unfit {
            Unfit::TooLong(at) => self.too_long(start + at as u64),
            Unfit::Invalid(at) => self.reject(DecodeError::InvalidUtf8 { offset: start + at as u64 }),
        })
    }

    /// The buffer for the values of such lines.
    #[inline]
    fn value(&mut self, kind: Kind) -> &mut Scratch {
        if kind == Kind::Data { &mut self.data } else { &mut self.line }
    }

    /// What a value of length 0 would make of the event's length.
    #[inline]
    fn needed(&self, kind: Kind, parts: &Parts<'_>) -> usize {
        let is_next_data = kind == Kind::Data && (parts.data.is_some() || !self.data.is_empty());
        self.held + usize::from(is_next_data)
    }

    /// The offset in the stream behind the piece that the scanner gave last, its line end left out.
    fn offset_of_end(&self, scanner: &Scanner<'_>, is_whole: bool) -> u64 {
        self.framing.position + (scanner.consumed() - usize::from(is_whole)) as u64
    }

    /// Where the byte stands that does not fit any more, for a value of that length up to `end`.
    fn first_past_limit(&self, kind: Kind, length: usize, end: u64) -> Option<u64> {
        let excess = (self.needed(kind, &Parts::default()) + length).saturating_sub(self.options.limit());
        // At most the whole value: it may be the LF before it that does not fit.
        (excess > 0).then(|| end - excess.min(length) as u64)
    }

    #[cold]
    fn too_long(&mut self, offset: u64) -> DecodeError {
        self.reject(DecodeError::EventTooLong { offset, limit: self.options.limit() })
    }

    /// Drops the current event; what still comes of it is skipped.
    #[cold]
    fn reject(&mut self, error: DecodeError) -> DecodeError {
        self.clear_event();
        self.is_rejected = true;
        error
    }
}

/// 9.2.6: an ID with NUL is no ID.
#[inline]
fn has_nul(id: &[u8]) -> bool {
    id.contains(&0)
}

/// What a buffer for a type or an ID keeps between events. Four of them and the data buffer keep 64 KiB at most.
const KEPT_SHORT: usize = 2 * 1024;
