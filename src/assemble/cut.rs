//! Values that cannot stay where they are: lines cut by the end of a chunk, and values that need a closer look.

use core::{mem, time::Duration};

use super::{Assembler, Outcome, Parts, Rejection, State, Step};
use crate::{
    line::{Digits, FirstBytes, Kind, Start, has_nul},
    scan::{Piece, Scanner},
    scratch::{Scratch, Unfit},
};

impl Assembler {
    /// Takes a whole line whose value cannot stay where it is: it is shown by itself, does not fit, or is no text.
    #[inline(never)]
    pub(super) fn take_odd_line<const ITEMS: bool>(
        &mut self,
        kind: Kind,
        value: Piece<'_>,
        scanner: &Scanner<'_>,
        parts: &mut Parts<'_>,
    ) -> Outcome {
        self.retain(parts);
        *parts = Parts::default();
        let end = self.framing.offset_of_end(scanner, true);
        self.state = match kind {
            Kind::Data | Kind::EventType | Kind::Id if self.is_rejected => State::Skip,
            Kind::Retry => State::Digits,
            _ => State::Value(kind),
        };
        self.take_piece::<ITEMS>(value, end, true)
    }

    /// Takes a part of a line, or the last one; `end` is the offset in the stream behind it.
    #[inline(never)]
    pub(super) fn take_piece<const ITEMS: bool>(&mut self, piece: Piece<'_>, end: u64, is_last: bool) -> Outcome {
        let taken = self.push::<ITEMS>(piece, end);
        if !is_last {
            return taken.map(|()| None);
        }
        match (taken, mem::replace(&mut self.state, State::LineStart)) {
            (Ok(()), state) => self.end_line::<ITEMS>(state, end),
            (Err(error), _) => Err(error),
        }
    }

    /// At the start of a line: takes its name, the colon and the space behind it; returns the rest, which is of the
    /// value. Elsewhere all is of the value.
    #[inline(always)]
    pub(super) fn take_name<'i, const ITEMS: bool>(&mut self, piece: Piece<'i>) -> Piece<'i> {
        let earlier = match self.state {
            State::Idle | State::LineStart if !piece.bytes().is_empty() => FirstBytes::NONE,
            State::Name => self.name,
            _ => return piece,
        };
        let seen = earlier.len();
        let (first, length) = (earlier.with(FirstBytes::of(piece.bytes())), seen + piece.bytes().len());
        let (state, taken) = match Start::of(first, length) {
            Start::Known(Kind::Data | Kind::EventType | Kind::Id, value_at) if self.is_rejected => {
                (State::Skip, value_at)
            }
            Start::Known(Kind::Comment, value_at) if !ITEMS => (State::Skip, value_at),
            Start::Known(Kind::Retry, value_at) => (State::Digits, value_at),
            Start::Known(kind, value_at) => (State::Value(kind), value_at),
            Start::Cut => {
                self.name = first;
                (State::Name, length)
            }
            Start::Unknown => (State::Skip, length),
        };
        self.state = state;
        piece.from(taken - seen)
    }

    #[inline(always)]
    fn push<const ITEMS: bool>(&mut self, piece: Piece<'_>, end: u64) -> Result<(), Rejection> {
        let piece = self.take_name::<ITEMS>(piece);
        match self.state {
            State::Value(kind) if !piece.bytes().is_empty() => self.push_value(kind, piece, end),
            State::Digits => {
                self.digits = self.digits.push(piece.bytes());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Retains a part of a value, if it fits.
    #[inline(always)]
    fn push_value(&mut self, kind: Kind, piece: Piece<'_>, end: u64) -> Result<(), Rejection> {
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
        Err(self.reject(Rejection::TooLong, offset))
    }

    /// A line has ended in that state; `end` is the offset of its end.
    #[inline(always)]
    pub(super) fn end_line<const ITEMS: bool>(&mut self, state: State, end: u64) -> Outcome {
        let kind = match state {
            State::Name => match self.name.kind() {
                Some(kind) if !(self.is_rejected && kind.is_of_event()) => kind,
                _ => return Ok(None),
            },
            State::Value(kind) => kind,
            State::Digits => {
                let Digits::Number(milliseconds) = mem::take(&mut self.digits) else { return Ok(None) };
                self.reconnection_time = Some(Duration::from_millis(milliseconds));
                return Ok(ITEMS.then_some(Step::ReconnectionTime));
            }
            _ => return Ok(None),
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
    fn accept_comment(&mut self, end: u64) -> Outcome {
        let start = end - self.line.tail().len() as u64;
        let room = self.options.limit() - self.held;
        match self.line.accept_tail(self.options.utf8_policy(), room) {
            Ok(()) => {
                self.state = State::CommentLent;
                Ok(Some(Step::Comment))
            }
            Err(Unfit::TooLong(_)) => Ok(None),
            Err(Unfit::Invalid(at)) => {
                self.rejected_at = start + at as u64;
                Err(Rejection::InvalidUtf8)
            }
        }
    }

    /// Makes a value that is whole a part of its buffer's text.
    #[inline(always)]
    fn accept_value(&mut self, kind: Kind, end: u64) -> Result<(), Rejection> {
        let raw = self.value(kind).tail().len();
        if let Some(offset) = self.first_past_limit(kind, raw, end) {
            return Err(self.reject(Rejection::TooLong, offset));
        }
        let policy = self.options.utf8_policy();
        let room = self.options.limit() - self.needed(kind, &Parts::default());
        let start = end - raw as u64;
        self.value(kind).accept_tail(policy, room).map_err(|unfit| match unfit {
            Unfit::TooLong(at) => self.reject(Rejection::TooLong, start + at as u64),
            Unfit::Invalid(at) => self.reject(Rejection::InvalidUtf8, start + at as u64),
        })
    }

    /// The buffer for the values of such lines.
    #[inline]
    pub(super) fn value(&mut self, kind: Kind) -> &mut Scratch {
        if kind == Kind::Data { &mut self.data } else { &mut self.line }
    }

    /// Where the byte stands that does not fit any more, for a value of that length up to `end`.
    #[inline(always)]
    fn first_past_limit(&self, kind: Kind, length: usize, end: u64) -> Option<u64> {
        let excess = (self.needed(kind, &Parts::default()) + length).saturating_sub(self.options.limit());
        // At most the whole value: it may be the LF before it that does not fit.
        (excess > 0).then(|| end - excess.min(length) as u64)
    }

    /// Drops the current event, because of the byte at `offset`; what still comes of it is skipped.
    #[cold]
    fn reject(&mut self, rejection: Rejection, offset: u64) -> Rejection {
        self.clear_event();
        self.is_rejected = true;
        self.rejected_at = offset;
        rejection
    }
}
