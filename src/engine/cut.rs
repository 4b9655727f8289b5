//! Lines that cannot stay where they are: those that a chunk cuts, and whole ones that need a closer look. They go into the
//! buffers a piece at a time.

use core::time::Duration;

use super::{
    Engine, Outcome, Place, Rejection, Shows, Step,
    pending::{InChunk, Stage, Unacceptable},
};
use crate::{
    line::{Digits, FirstBytes, Kind},
    scan::first_8,
    text::piece::Piece,
};

/// What a piece of a line ends with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Edge {
    /// It is the last piece: its line ends.
    Line,
    /// The line goes on in the next chunk.
    Chunk,
}

impl Engine {
    /// Takes a piece of a line, which ends at `end` in the chunk.
    #[inline(never)]
    pub(super) fn take<S: Shows>(
        &mut self,
        event: &mut InChunk<'_>,
        piece: Piece<'_>,
        edge: Edge,
        end: usize,
    ) -> Outcome {
        if !event.is_empty() {
            self.pending.retain(event);
        }
        if piece.bytes().is_empty() && edge == Edge::Chunk {
            return Ok(None);
        }
        let piece = match self.place {
            Place::Value(_) | Place::Retry(_) => piece,
            _ => match self.take_name::<S>(piece, edge) {
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
        if edge == Edge::Line {
            if outcome == Ok(None) {
                outcome = self.end_line::<S>(end);
            }
            self.place = if outcome == Ok(Some(Step::Comment)) { Place::CommentLent } else { Place::LineStart };
        }
        outcome
    }

    /// Takes the name, the colon and the space after it, and returns the rest, which is of the value; `None` if there is not
    /// yet enough of the line to tell what it is.
    #[inline(always)]
    fn take_name<'i, S: Shows>(&mut self, piece: Piece<'i>, edge: Edge) -> Option<Piece<'i>> {
        let earlier = if let Place::Name(first) = self.place { first } else { FirstBytes::NONE };
        let first = earlier.with(FirstBytes::new(first_8(piece.bytes())));
        let length = earlier.len() + piece.bytes().len();
        let known = match edge {
            Edge::Line => Some(Kind::of_line(first, length)),
            Edge::Chunk => Kind::of_start(first, length),
        };
        let Some((kind, value_at)) = known else {
            self.place = Place::Name(first);
            return None;
        };
        self.place = match kind {
            Kind::Retry => Place::Retry(Digits::None),
            Kind::Data | Kind::EventType | Kind::Id if self.pending.stage != Stage::Rejected => Place::Value(kind),
            Kind::Comment if S::ITEMS => Place::Value(kind),
            _ => Place::Value(Kind::Unknown),
        };
        Some(piece.from(value_at - earlier.len()))
    }

    /// Retains a part of a value, which ends at `end` in the chunk; if nobody wants it, nothing.
    #[inline(always)]
    pub(super) fn push(&mut self, kind: Kind, value: Piece<'_>, end: usize) -> Outcome {
        if kind == Kind::Unknown {
            return Ok(None);
        }
        match self.pending.push(kind, value) {
            Ok(()) => Ok(None),
            Err(unacceptable) => self.refuse(kind, &unacceptable, end),
        }
    }

    /// The line in hand has ended: it does what it does.
    #[inline(always)]
    fn end_line<S: Shows>(&mut self, end: usize) -> Outcome {
        match self.place {
            Place::Retry(Digits::Number(milliseconds)) => {
                self.reconnection_time = Some(Duration::from_millis(milliseconds));
                Ok(S::ITEMS.then_some(Step::ReconnectionTime))
            }
            Place::Value(Kind::Comment) if !S::ITEMS => {
                // It began when it was asked for.
                self.pending.value.clear();
                Ok(None)
            }
            Place::Value(kind) if kind != Kind::Unknown => match self.pending.accept(kind) {
                Ok(()) => Ok((kind == Kind::Comment).then_some(Step::Comment)),
                Err(unacceptable) => self.refuse(kind, &unacceptable, end),
            },
            _ => Ok(None),
        }
    }

    /// Rejects the current event; the rest of the line in hand is skipped. A comment takes no event with it: one that is too
    /// long is not shown, one that is invalid is an error of its own.
    #[cold]
    fn refuse(&mut self, kind: Kind, unacceptable: &Unacceptable, end: usize) -> Outcome {
        let &Unacceptable { rejection, from_end } = unacceptable;
        self.rejected_at = self.seam.position + end as u64 - from_end as u64;
        self.place = Place::Value(Kind::Unknown);
        if kind != Kind::Comment {
            self.pending.reject();
            return Err(rejection);
        }
        self.pending.value.clear();
        if rejection == Rejection::TooLong { Ok(None) } else { Err(rejection) }
    }
}
