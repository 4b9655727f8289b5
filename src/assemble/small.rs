//! Small chunks: one look finds all ends of lines, and every piece goes through the states of `cut.rs`. To set up more than
//! that costs more than the few bytes are worth.

use super::{Assembler, Parts, State, Step, Taken};
use crate::{DecodeError, scan::Small};

impl Assembler {
    /// `advance` for a small chunk that is not the first; `parts` may have a first line. Nothing lent is in use.
    #[inline(never)]
    pub(super) fn advance_in_small<'i, const ITEMS: bool>(
        &mut self,
        mut small: Small<'i>,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Result<Option<Step>, DecodeError> {
        if !parts.is_empty() {
            self.retain(parts);
            *parts = Parts::default();
        }
        let mut step = Ok(None);
        while matches!(step, Ok(None)) && !small.is_empty() {
            step = self.take_small_piece::<ITEMS>(&mut small);
        }
        // Behind a step or an error the LF of a CRLF is left for the next call, as elsewhere.
        let consumed = match step {
            Ok(None) => small.consumed(),
            _ => small.consumed().min(small.end_of_piece() + 1),
        };
        if consumed > 0 {
            self.framing.advance(consumed, input);
        }
        step
    }

    /// `advance` for the middle of a line that means nothing, and for comments and blank lines behind it.
    #[inline(never)]
    pub(super) fn advance_in_small_skip(&mut self, input: &mut &[u8]) -> Taken {
        if input.is_empty() {
            return Taken::Chunk;
        }
        let mut small = Small::new(input, 0);
        loop {
            let (_, is_whole) = small.next_piece();
            if !is_whole {
                self.state = State::Skip;
                break;
            }
            self.state = if self.retains_nothing() { State::Idle } else { State::LineStart };
            if self.state != State::Idle || !matches!(small.first(), Some(b':' | b'\n' | b'\r')) {
                break;
            }
        }
        self.framing.advance(small.consumed(), input);
        if input.is_empty() { Taken::Chunk } else { Taken::Part }
    }

    /// Takes a line, or what there is of it.
    #[inline(always)]
    fn take_small_piece<const ITEMS: bool>(&mut self, small: &mut Small<'_>) -> Result<Option<Step>, DecodeError> {
        let (piece, is_whole) = small.next_piece();
        match (self.state, piece.bytes()) {
            (State::Idle, []) => Ok(None),
            (State::LineStart, []) => Ok(self.dispatch(&Parts::default()).then_some(Step::Event)),
            (State::Idle | State::LineStart, [b':', ..]) if !ITEMS => {
                if !is_whole {
                    self.state = State::Skip;
                }
                Ok(None)
            }
            (State::Skip, _) => {
                if is_whole {
                    self.state = if self.retains_nothing() { State::Idle } else { State::LineStart };
                }
                Ok(None)
            }
            _ => {
                let end = self.framing.position + small.end_of_piece() as u64;
                self.take_piece::<ITEMS>(piece, end, is_whole)
            }
        }
    }
}

/// Chunks shorter than this are small.
pub(super) const SMALL: usize = 32;
