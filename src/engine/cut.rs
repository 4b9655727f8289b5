//! Lines that cannot stay where they are: those that a chunk cuts, and whole ones that need a closer look.
//! [`Engine::feed`] takes them a piece at a time.
//!
//! ```text
//!            read_name                          end_line
//! LineStart ----------> Value, Retry or Skip ------------> LineStart or LineLent
//!     |                  ^    ^   |
//!     | read_name        |    +---+ push
//!     +---------> Name --+ read_name
//!                 ^   | not yet enough
//!                 +---+
//! ```
//!
//! A piece is what a chunk has of a line. The first ones may be too short to tell what the line is: then they are kept,
//! as a number of at most six bytes. Once the name is known, so is whether anybody wants the value, and that is
//! settled for the rest of the line: a comment and an unknown field for a caller who asked for none, and every line of
//! an event that was rejected are skipped in the same state, without a byte retained (law 5, bound).
//!
//! In a stream of one-byte chunks, each byte comes through here. That is why `push` asks for nothing but the limit:
//! what can be asked when the line ends, NUL in an ID and UTF-8, is asked then.

use core::time::Duration;

use super::pending::InChunk;
use super::{EVENTS, Engine, ITEMS, Outcome, Place, Rejected, Step};
use crate::error::DecodeError;
use crate::line::{Digits, FirstBytes, Kind};
use crate::scan::first_8;
use crate::text::buffer::Unfit;
use crate::text::piece::Piece;

/// What a piece of a line ends with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Edge {
    /// It is the last piece: its line ends there in the chunk.
    Line(usize),
    /// The line goes on after the end of the chunk, which is there.
    Chunk(usize),
}

impl Engine {
    /// Takes a piece of a line: its name, if that is not known yet, what there is of its value, and its end, if it has
    /// one. What the chunk holds of the event is retained first, so that the order of its lines is kept.
    #[inline(never)]
    pub(super) fn feed<const SHOWN: bool>(&mut self, event: &mut InChunk<'_>, piece: Piece<'_>, edge: Edge) -> Outcome {
        if !event.is_empty() {
            self.pending.retain(event);
        }
        let (is_last, Edge::Line(end) | Edge::Chunk(end)) = (matches!(edge, Edge::Line(_)), edge);
        if piece.bytes().is_empty() && !is_last {
            return Ok(None);
        }
        let piece = match self.place {
            Place::Value(_) | Place::Retry(_) | Place::Skip => piece,
            _ => match self.read_name::<SHOWN>(piece, edge) {
                Some(value) => value,
                None => return Ok(None),
            },
        };
        let mut outcome = match self.place {
            Place::Value(kind) => self.push(kind, piece, end),
            Place::Retry(digits) => {
                self.place = Place::Retry(digits.push(piece.bytes()));
                Ok(None)
            }
            _ => Ok(None),
        };
        if is_last {
            if outcome == Ok(None) {
                outcome = self.end_line::<SHOWN>(end);
            }
            let is_lent = matches!(outcome, Ok(Some(Step::Comment | Step::UnknownField)));
            self.place = if is_lent { Place::LineLent } else { Place::LineStart };
        }
        outcome
    }

    /// Takes the name with its colon and the space after that, and returns the rest, which is of the value; `None` if
    /// there is not yet enough of the line to tell what it is.
    #[inline(always)]
    fn read_name<'i, const SHOWN: bool>(&mut self, piece: Piece<'i>, edge: Edge) -> Option<Piece<'i>> {
        let earlier = if let Place::Name(first) = self.place { first } else { FirstBytes::default() };
        let first = earlier.with(FirstBytes(first_8(piece.bytes())));
        let length = earlier.len() + piece.bytes().len();
        let known = match edge {
            Edge::Line(_) => Some(Kind::of_line(length, || first.0)),
            // Whether a space follows does not matter to those who skip it.
            Edge::Chunk(_) if SHOWN == EVENTS && first.0 == u64::from(b':') => Some((Kind::Comment, length)),
            Edge::Chunk(_) => Kind::of_start(first, length),
        };
        let Some((kind, value_at)) = known else {
            self.place = Place::Name(first);
            return None;
        };
        let is_wanted = self.pending.wants::<SHOWN>(kind);
        self.place = match kind {
            Kind::Retry => Place::Retry(Digits::None),
            _ if !is_wanted => Place::Skip,
            Kind::Unknown => {
                // Its name is shown as well.
                let earlier = &earlier.0.to_le_bytes()[..earlier.len()];
                let is_retained = self.pending.push(kind, Piece::new(earlier, false)).is_ok();
                self.place = if is_retained { Place::Value(kind) } else { Place::Skip };
                return Some(piece);
            }
            _ => Place::Value(kind),
        };
        Some(piece.from(value_at - earlier.len()))
    }

    /// Retains a part of a value, which ends at `end` in the chunk.
    #[inline(always)]
    pub(super) fn push(&mut self, kind: Kind, value: Piece<'_>, end: usize) -> Outcome {
        self.pending.push(kind, value).map_or_else(|unfit| self.refuse(kind, unfit, end), |()| Ok(None))
    }

    /// The line in hand has ended: a retained value becomes a part of the event, a comment or a reconnection time is
    /// shown.
    #[inline(always)]
    fn end_line<const SHOWN: bool>(&mut self, end: usize) -> Outcome {
        match self.place {
            Place::Retry(Digits::Number(milliseconds)) => {
                self.reconnection_time = Some(Duration::from_millis(milliseconds));
                Ok((SHOWN == ITEMS).then_some(Step::ReconnectionTime))
            }
            Place::Value(Kind::Comment | Kind::Unknown) if SHOWN == EVENTS => {
                // Such lines were asked for when it began, and are not any more.
                self.pending.value.clear();
                Ok(None)
            }
            Place::Value(kind) => match self.pending.accept(kind) {
                Ok(()) if kind == Kind::Comment => Ok(Some(Step::Comment)),
                Ok(()) => Ok((kind == Kind::Unknown).then_some(Step::UnknownField)),
                Err(unfit) => self.refuse(kind, unfit, end),
            },
            _ => Ok(None),
        }
    }

    /// Rejects the current event; the rest of the line in hand is skipped. A line that is only shown, a comment for
    /// example, takes no event with it: one that is too long is not shown, one that is invalid is an error of its own.
    #[cold]
    fn refuse(&mut self, kind: Kind, unfit: Unfit, end: usize) -> Outcome {
        let offset = |from_end: usize| self.seam.position + end as u64 - from_end as u64;
        let error = match unfit {
            Unfit::TooLong(left) => {
                DecodeError::EventTooLong { offset: offset(left), limit: self.pending.options.max_event_len() }
            }
            Unfit::Invalid(left) => DecodeError::InvalidUtf8 { offset: offset(left) },
        };
        self.place = Place::Skip;
        if matches!(kind, Kind::Comment | Kind::Unknown) {
            self.pending.value.clear();
            if let Unfit::TooLong(_) = unfit {
                return Ok(None);
            }
        } else {
            self.pending.reject();
        }
        self.error = error;
        Err(Rejected)
    }
}
