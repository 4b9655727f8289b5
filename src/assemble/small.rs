//! Small chunks: one look finds all ends of lines, and every piece goes through the states of `cut.rs`. To set up more than
//! that costs more than the few bytes are worth.

use super::{Assembler, Outcome, Parts, State, Step};
use crate::{
    line::Kind,
    scan::{Piece, Small},
};

impl Assembler {
    /// `advance` for a small chunk that is not the first.
    #[inline(never)]
    pub(super) fn advance_in_small<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        self.take_back();
        if input.is_empty() {
            self.retain(parts);
            return Ok(None);
        }
        let small = Small::new(input, self.framing.line_start(input));
        // What may be a whole event stays where it is.
        if self.state == State::Idle && small.has_blank_line() {
            return self.advance_slowly::<ITEMS>(input, parts);
        }
        if !parts.is_empty() {
            self.retain(parts);
            *parts = Parts::default();
        }
        self.take_small::<ITEMS>(small, input)
    }

    /// The same for the middle of a line of data.
    #[inline(never)]
    pub(super) fn advance_in_small_data<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        if let Some(piece) = Small::new(input, 0).without_end()
            && self.push_small_data(piece, false)
        {
            self.framing.advance_inside(input);
            return Ok(None);
        }
        self.advance_in_small::<ITEMS>(input, parts)
    }

    /// The same for the middle of a line that means nothing, and for comments and blank lines behind it.
    #[inline(never)]
    pub(super) fn advance_in_small_skip<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        if input.is_empty() {
            return Ok(None);
        }
        let small = Small::new(input, 0);
        let (state, consumed) = match small.first_start() {
            None => (State::Skip, input.len()),
            Some(at) if ITEMS || !self.retains_nothing() => (self.behind_skip(), at),
            Some(_) => match small.start_behind_comments() {
                Some(at) => (State::Idle, at),
                None => (if small.ends_with_line() { State::Idle } else { State::Skip }, input.len()),
            },
        };
        self.state = state;
        self.framing.advance(consumed, input);
        if input.is_empty() { Ok(None) } else { self.advance_in_small::<ITEMS>(input, parts) }
    }

    /// Takes the pieces of a small chunk, up to the next step.
    #[inline(always)]
    fn take_small<'i, const ITEMS: bool>(&mut self, mut small: Small<'i>, input: &mut &'i [u8]) -> Outcome {
        while !small.is_empty() {
            let (piece, is_whole) = small.next_piece();
            let piece = match (self.state, piece.bytes()) {
                (State::Idle, []) => continue,
                (State::LineStart, []) => {
                    if self.dispatch(&Parts::default()) {
                        self.framing.advance(small.end_of_piece() + 1, input);
                        return Ok(Some(Step::Event));
                    }
                    continue;
                }
                (State::Idle | State::LineStart, [b':', ..]) if !ITEMS => {
                    if !is_whole {
                        self.state = State::Skip;
                    }
                    continue;
                }
                (State::Skip, _) => {
                    if is_whole {
                        self.state = self.behind_skip();
                    }
                    continue;
                }
                (State::Value(_), _) => piece,
                _ => self.take_name::<ITEMS>(piece),
            };
            if !is_whole && piece.bytes().is_empty() {
                break;
            }
            if self.state == State::Value(Kind::Data) && self.push_small_data(piece, is_whole) {
                continue;
            }
            let end = self.framing.position + small.end_of_piece() as u64;
            match self.take_piece::<ITEMS>(piece, end, is_whole) {
                Ok(None) => {}
                step => {
                    // Behind a step or an error the LF of a CRLF is left for the next call, as elsewhere.
                    self.framing.advance(small.consumed().min(small.end_of_piece() + 1), input);
                    return step;
                }
            }
        }
        if small.consumed() > 0 {
            self.framing.advance(small.consumed(), input);
        }
        Ok(None)
    }

    /// Retains a part of a line of data, or its last one; false if that takes a closer look.
    #[inline(always)]
    fn push_small_data(&mut self, data: Piece<'_>, is_last: bool) -> bool {
        let length = self.data.tail().len() + data.bytes().len();
        let held = self.needed(Kind::Data, &Parts::default()) + length;
        if held > self.options.limit() {
            return false;
        }
        if !is_last {
            self.data.push_piece(data);
            self.state = State::Value(Kind::Data);
            return true;
        }
        let is_text = self.data.push_last_piece(data);
        if is_text {
            self.held = held;
            self.state = State::LineStart;
        }
        is_text
    }
}

/// Chunks shorter than this are small.
pub(super) const SMALL: usize = 32;
