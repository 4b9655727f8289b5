//! What is frequent, taken ahead of the general loop: an event of one line, the middle of a long line, keep-alive
//! comments, and the small parts of lines that small chunks bring.
//!
//! A shortcut decides nothing: it takes what the general loop would take in the same way, and leaves alone what is not
//! as simple as that. The laws are tested on both, because a stream cut elsewhere takes the other way.

use super::{Assembler, Parts, State, Step, small::SMALL};
use crate::{DecodeError, line::Kind, scan::Scanner};

/// How far a shortcut got.
#[derive(Debug)]
pub(crate) enum Taken {
    /// To the end of an event; if its data is in the `Parts`, that line was all of it.
    Event,
    /// To the end of the chunk.
    Chunk,
    /// To the end of the call, for another reason.
    Step(Result<Option<Step>, DecodeError>),
    /// To where the general case goes on; not at all, perhaps.
    Part,
}

impl Taken {
    /// So far that this is left of the chunk.
    #[inline(always)]
    pub(super) fn up_to(rest: &[u8]) -> Self {
        if rest.is_empty() { Self::Chunk } else { Self::Part }
    }
}

impl Assembler {
    /// `advance` for an event of one line, or a part of one. If there is more to it, `parts` may have its first line.
    #[inline(always)]
    pub(crate) fn advance_by_one_line<'i>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> Taken {
        match self.state {
            State::Idle if self.framing.has_started() => {
                let mut scanner = self.framing.scanner(input);
                let taken = self.take_data_line(&mut scanner, parts);
                self.framing.close(&scanner, input);
                taken
            }
            State::Value(Kind::Data) if input.len() < SMALL => self.advance_in_small_data(input),
            State::Skip if input.len() < SMALL => self.advance_in_small_skip(input),
            _ if input.len() < SMALL && self.framing.has_started() => self.advance_behind_small::<false>(input),
            State::Value(_) | State::Name | State::Digits => self.advance_in_line(input, parts),
            State::Skip => self.advance_in_skip(input),
            State::EventLent if self.framing.has_started() => self.advance_behind_event(input, parts),
            _ => Taken::Part,
        }
    }

    /// `advance` behind an event that is in the buffers.
    #[inline(never)]
    fn advance_behind_event<'i>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> Taken {
        self.take_back();
        let mut scanner = self.framing.scanner(input);
        let taken = self.take_data_line(&mut scanner, parts);
        self.framing.close(&scanner, input);
        taken
    }

    /// `advance` for the middle of a line that means nothing, and what comes between events behind it.
    #[inline(never)]
    fn advance_in_skip(&mut self, input: &mut &[u8]) -> Taken {
        let mut scanner = self.framing.scanner(input);
        if scanner.skip_line() {
            self.state = if self.retains_nothing() { State::Idle } else { State::LineStart };
        }
        if self.state == State::Idle {
            self.skip_between_events::<false>(&mut scanner);
        }
        self.framing.close(&scanner, input);
        Taken::up_to(input)
    }

    /// Blank lines, and the comments that keep a connection alive.
    #[inline(always)]
    fn skip_between_events<const ITEMS: bool>(&mut self, scanner: &mut Scanner<'_>) {
        loop {
            if scanner.next_blank_line() {
                continue;
            }
            if ITEMS || !scanner.is_at(b':') {
                return;
            }
            if !scanner.skip_line() {
                self.state = State::Skip;
                return;
            }
        }
    }

    /// The case that counts, token streams: an event that is nothing but one line of data, whole in the chunk.
    #[inline(always)]
    fn take_data_line<'i>(&mut self, scanner: &mut Scanner<'i>, parts: &mut Parts<'i>) -> Taken {
        let mut ahead = *scanner;
        if !ahead.skip_prefix(b"data:") {
            return Taken::Part;
        }
        ahead.skip_prefix(b" ");
        let (value, is_whole) = ahead.next_piece();
        if value.bytes().len() > self.options.limit() {
            return Taken::Part;
        }
        if !is_whole {
            if value.bytes().is_empty() {
                // A space may follow the colon.
                return Taken::Part;
            }
            self.state = State::Value(Kind::Data);
            self.data.push_piece(value);
            *scanner = ahead;
            return Taken::Chunk;
        }
        let Some(text) = value.to_str() else { return Taken::Part };
        parts.data = Some(text);
        let is_event = ahead.next_blank_line();
        self.held = if is_event { 0 } else { text.len() };
        *scanner = ahead;
        if is_event { Taken::Event } else { Taken::Part }
    }

    /// The rest of a line that began in an earlier chunk, or what comes between events; `None` if there is more to take.
    #[inline(always)]
    pub(super) fn take_first_line<const ITEMS: bool>(
        &mut self,
        scanner: &mut Scanner<'_>,
        parts: &Parts<'_>,
    ) -> Option<Result<Option<Step>, DecodeError>> {
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

    #[inline(always)]
    pub(super) fn retains_nothing(&self) -> bool {
        self.held == 0 && self.data.is_empty() && !self.has_id && !self.is_rejected && self.event_type.is_empty()
    }
}
