//! What is frequent, taken ahead of the general loop: an event of one line, and keep-alive comments.
//!
//! A shortcut decides nothing: it takes what the general loop would take in the same way, and leaves alone what is not
//! as simple as that. The laws are tested on both, because a stream cut elsewhere takes the other way.

use super::{Assembler, Outcome, Parts, State, Step};
use crate::{
    line::Kind,
    scan::{Piece, Scanner},
};

/// What was taken as an event of one line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken<'i> {
    /// An event, of which this is all the data.
    Event(&'i str),
    /// A line of data that is not all of its event, and too long to be searched again. Not from everybody.
    Line(&'i str),
    /// The rest of the chunk.
    Chunk,
    Nothing,
}

impl Assembler {
    /// Takes an event of one line, or a part of one, where none has begun. A line behind which others follow is taken only
    /// if `LINES`.
    #[inline(always)]
    pub(crate) fn take_one_line<'i, const LINES: bool>(&mut self, input: &mut &'i [u8]) -> Taken<'i> {
        if self.state != State::Idle || !self.framing.has_started() {
            return Taken::Nothing;
        }
        let mut scanner = self.framing.scanner(input);
        let taken = self.take_data_line::<LINES>(&mut scanner);
        if let Taken::Nothing = taken {
            return taken;
        }
        self.framing.close(&scanner, input);
        taken
    }

    /// `advance` behind an event that is in the buffers.
    #[inline(never)]
    pub(super) fn advance_behind_event<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        self.take_back();
        match self.take_one_line::<true>(input) {
            Taken::Event(data) => {
                parts.data = Some(data);
                Ok(Some(Step::Event))
            }
            Taken::Line(data) => {
                parts.data = Some(data);
                self.advance_by_lines::<ITEMS>(input, parts)
            }
            Taken::Chunk => Ok(None),
            Taken::Nothing => self.advance_by_lines::<ITEMS>(input, parts),
        }
    }

    /// `advance` for the middle of a line that means nothing, and what comes between events behind it.
    #[inline(never)]
    pub(super) fn advance_in_skip<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        let mut scanner = self.framing.scanner(input);
        if scanner.skip_line() {
            self.state = self.behind_skip();
        }
        if self.state == State::Idle {
            self.skip_between_events::<ITEMS>(&mut scanner);
        }
        self.framing.close(&scanner, input);
        if input.is_empty() { Ok(None) } else { self.advance_by_lines::<ITEMS>(input, parts) }
    }

    /// Blank lines, and the comments that keep a connection alive.
    #[inline(always)]
    fn skip_between_events<const ITEMS: bool>(&mut self, scanner: &mut Scanner<'_>) {
        if !scanner.skip_to_field(!ITEMS) {
            self.state = State::Skip;
        }
    }

    /// The case that counts, token streams: an event that is nothing but one line of data, whole in the chunk.
    #[inline(always)]
    fn take_data_line<'i, const LINES: bool>(&mut self, scanner: &mut Scanner<'i>) -> Taken<'i> {
        let mut ahead = *scanner;
        if !ahead.is_line_of(b"data:") {
            return Taken::Nothing;
        }
        // The search starts with the line and not behind the colon: the next event waits for nothing but its outcome.
        let (line, is_whole) = ahead.next_piece();
        if !is_whole {
            if !self.take_cut_data_line(line) {
                return Taken::Nothing;
            }
            *scanner = ahead;
            return Taken::Chunk;
        }
        if !ahead.next_blank_line() {
            if !LINES || line.bytes().len() <= LONG {
                return Taken::Nothing;
            }
            let Some(text) = self.long_line(line) else { return Taken::Nothing };
            *scanner = ahead;
            return Taken::Line(text);
        }
        let value = behind_data(line);
        if value.bytes().len() > self.options.limit() {
            return Taken::Nothing;
        }
        let Some(text) = value.to_str() else { return Taken::Nothing };
        *scanner = ahead;
        Taken::Event(text)
    }

    /// The text of the first line of an event, if it fits and is text.
    #[inline(never)]
    fn long_line<'i>(&mut self, line: Piece<'i>) -> Option<&'i str> {
        let value = behind_data(line);
        if value.bytes().len() > self.options.limit() {
            return None;
        }
        let text = value.to_str()?;
        self.held = text.len();
        Some(text)
    }

    #[inline(never)]
    fn take_cut_data_line(&mut self, line: Piece<'_>) -> bool {
        let value = behind_data(line);
        // A space may follow the colon.
        let is_taken = (1..=self.options.limit()).contains(&value.bytes().len());
        if is_taken {
            self.state = State::Value(Kind::Data);
            self.data.push_piece(value);
        }
        is_taken
    }

    /// The rest of a line that began in an earlier chunk, or what comes between events; `None` if there is more to take.
    #[inline(always)]
    pub(super) fn take_first_line<const ITEMS: bool>(
        &mut self,
        scanner: &mut Scanner<'_>,
        parts: &Parts<'_>,
    ) -> Option<Outcome> {
        match self.state {
            State::Idle if parts.is_empty() => {
                self.skip_between_events::<ITEMS>(scanner);
                scanner.remaining().is_empty().then_some(Ok(None))
            }
            State::Idle | State::LineStart => None,
            _ => {
                let (piece, is_whole) = scanner.next_piece();
                let end = self.framing.offset_of_end(scanner, is_whole);
                match self.take_piece::<ITEMS>(piece, end, is_whole) {
                    Ok(None) if is_whole => None,
                    step => Some(step),
                }
            }
        }
    }

    /// The state behind a line that means nothing.
    #[inline(always)]
    pub(super) fn behind_skip(&self) -> State {
        if self.retains_nothing() { State::Idle } else { State::LineStart }
    }

    #[inline(always)]
    pub(super) fn retains_nothing(&self) -> bool {
        self.held == 0 && self.data.is_empty() && !self.has_id && !self.is_rejected && self.event_type.is_empty()
    }
}

/// To search so much again costs more than to keep what was found.
const LONG: usize = 256;

/// What follows `data:` and one space.
#[inline(always)]
fn behind_data(line: Piece<'_>) -> Piece<'_> {
    line.from(if line.bytes().get(5) == Some(&b' ') { 6 } else { 5 })
}
