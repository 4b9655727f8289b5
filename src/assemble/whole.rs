//! Lines that are whole in the chunk and as senders write them, with a space behind the colon: most lines of events
//! that have more than one. What is not as simple as that is left to the general loop, which does the same, and all the
//! rest.

use super::{Assembler, Outcome, Parts, State, Step, has_nul, small::SMALL};
use crate::{
    line::{FirstBytes, Kind},
    scan::{Piece, WholeLines},
};

impl Assembler {
    /// Takes an event, or what there is of it, where none has begun and the chunk is long enough to hold some lines; true
    /// if it has come to its end.
    #[inline(always)]
    pub(super) fn take_event_by_lines<'i>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> bool {
        matches!(self.state, State::Idle | State::LinesLent)
            && self.framing.has_started()
            && input.len() >= WORTHWHILE
            && self.take_lines(input, parts)
    }

    /// `advance` for the lines of an event, of which some may have come before.
    #[inline(always)]
    pub(super) fn advance_by_lines<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        let is_event = input.len() >= WORTHWHILE && self.take_lines(input, parts);
        self.advance_behind_lines::<ITEMS>(is_event, input, parts)
    }

    #[inline(always)]
    fn take_lines<'i>(&mut self, input: &mut &'i [u8], parts: &mut Parts<'i>) -> bool {
        let start = self.framing.line_start(input);
        let (is_event, end) = self.take_whole_lines(input, start, WORTHWHILE_INSIDE, parts);
        if end > start {
            self.framing.advance(end, input);
        }
        is_event
    }

    /// `advance` for the middle of a line, and the lines behind it.
    #[inline(never)]
    pub(super) fn advance_in_line<'i, const ITEMS: bool>(
        &mut self,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        if self.is_rejected || self.buffered() + 1 + input.len() > self.options.limit() {
            return self.advance_slowly::<ITEMS>(input, parts);
        }
        let is_data = self.state == State::Value(Kind::Data);
        let mut lines = WholeLines::new(input, 0);
        let Some(end) = lines.end_of_long() else {
            if !is_data {
                return self.advance_slowly::<ITEMS>(input, parts);
            }
            self.data.push_piece(lines.rest());
            self.framing.advance_inside(input);
            return Ok(None);
        };
        let Some(piece) = lines.value(0, end) else { return self.advance_slowly::<ITEMS>(input, parts) };
        lines.step(end);
        if is_data {
            if !self.data.push_last_piece(piece) {
                return self.advance_slowly::<ITEMS>(input, parts);
            }
            self.state = State::LineStart;
        } else {
            let error_at = self.framing.position + end as u64;
            let step = self.take_piece::<ITEMS>(piece, error_at, true);
            if step != Ok(None) {
                // The LF of a CRLF is left for the next call, as elsewhere.
                self.framing.advance(end + 1, input);
                return step;
            }
            // The value is longer than it was if bytes of it were replaced.
            if self.held + input.len() > self.options.limit() {
                self.framing.advance(lines.at(), input);
                return self.advance_behind_lines::<ITEMS>(false, input, parts);
            }
        }
        self.go_on_behind_line::<ITEMS>(lines, input, parts)
    }

    #[inline(always)]
    fn go_on_behind_line<'i, const ITEMS: bool>(
        &mut self,
        mut lines: WholeLines<'i>,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        self.take_data_lines(&mut lines);
        let (is_event, end) = match lines.end() {
            Some(end) if end == lines.at() => (self.dispatch(parts), end + 1),
            Some(_) => {
                self.hold(parts);
                self.take_whole_lines(input, lines.at(), 0, parts)
            }
            None => {
                self.hold(parts);
                let is_taken = self.take_cut_line(lines.rest(), parts);
                (false, if is_taken { input.len() } else { lines.at() })
            }
        };
        self.framing.advance(end, input);
        self.advance_behind_lines::<ITEMS>(is_event, input, parts)
    }

    #[inline(always)]
    fn advance_behind_lines<'i, const ITEMS: bool>(
        &mut self,
        is_event: bool,
        input: &mut &'i [u8],
        parts: &mut Parts<'i>,
    ) -> Outcome {
        if is_event {
            return Ok(Some(Step::Event));
        }
        match input.len() {
            0 => {
                self.retain(parts);
                Ok(None)
            }
            1..SMALL => self.advance_in_small::<ITEMS>(input, parts),
            _ => self.advance_slowly::<ITEMS>(input, parts),
        }
    }

    /// Takes such lines from `start` on, up to the end of an event; none if the chunk has less than `least` bytes and
    /// starts inside of an event. Returns whether there is an event, and where the rest of the chunk starts.
    #[inline(never)]
    fn take_whole_lines<'i>(
        &mut self,
        chunk: &'i [u8],
        start: usize,
        least: usize,
        parts: &mut Parts<'i>,
    ) -> (bool, usize) {
        if self.state == State::LinesLent {
            self.take_back();
        }
        // A chunk that is within the limit holds no event that is not.
        let may_pass_limit = self.held + chunk.len() > self.options.limit();
        let is_at_line = matches!(self.state, State::Idle | State::LineStart) && !self.is_rejected;
        let is_too_short = self.state == State::LineStart && chunk.len() - start < least;
        if may_pass_limit || !is_at_line || is_too_short || !starts_usual(&chunk[start..]) {
            return (false, start);
        }
        let mut lines = WholeLines::new(chunk, start);
        loop {
            let Some(end) = lines.end() else {
                self.hold(parts);
                let is_taken = self.take_cut_line(lines.rest(), parts);
                return (false, if is_taken { chunk.len() } else { lines.at() });
            };
            if end == lines.at() {
                if self.dispatch_lines(parts) {
                    return (true, end + 1);
                }
                *parts = Parts::default();
            } else {
                let Some((kind, text)) = lines
                    .first_8()
                    .and_then(Kind::usual)
                    .and_then(|(kind, value_at)| Some((kind, lines.value(value_at, end)?.to_str()?)))
                else {
                    break;
                };
                match kind {
                    Kind::Data if parts.data.is_none() && self.data.is_empty() => parts.data = Some(text),
                    Kind::Data => {
                        self.push_data_line(parts.data.take(), text);
                        if self.data.len() >= MANY {
                            lines.step(end);
                            lines = self.take_many_data_lines(lines);
                            continue;
                        }
                    }
                    Kind::EventType => parts.event_type = Some(text),
                    _ if has_nul(text.as_bytes()) => {}
                    _ => parts.id = Some(text),
                }
            }
            lines.step(end);
        }
        self.hold(parts);
        (false, lines.at())
    }

    /// Takes the last line, which is cut, if it is a field.
    #[inline(never)]
    fn take_cut_line(&mut self, line: Piece<'_>, parts: &mut Parts<'_>) -> bool {
        if line.bytes().first() == Some(&b':') {
            return false;
        }
        self.retain(parts);
        *parts = Parts::default();
        let value = self.take_name::<false>(line);
        match self.state {
            State::Value(kind) => self.value(kind).push_piece(value),
            State::Digits => self.digits = self.digits.push(value.bytes()),
            _ => {}
        }
        true
    }

    /// The blank line: true if there is an event.
    #[inline(always)]
    fn dispatch_lines(&mut self, parts: &Parts<'_>) -> bool {
        if !self.data.is_empty() || self.state == State::LineStart {
            self.state = State::LineStart;
            let has_event = self.dispatch(parts);
            if has_event {
                self.state = State::LinesLent;
            }
            return has_event;
        }
        if let Some(id) = parts.id {
            self.set_last_event_id(id);
        }
        self.held = 0;
        parts.data.is_some()
    }

    /// Notes what there is of an event that has not ended.
    fn hold(&mut self, parts: &mut Parts<'_>) {
        let length = |part: Option<&str>, buffer: usize| part.map_or(buffer, str::len);
        self.held = length(parts.data, self.data.len().saturating_sub(1))
            + length(parts.event_type, self.event_type.len())
            + length(parts.id, self.id.len());
        if !self.data.is_empty() || self.state == State::LineStart {
            self.retain(parts);
            *parts = Parts::default();
            self.state = State::LineStart;
        }
    }

    #[inline(never)]
    fn push_data_line(&mut self, first: Option<&str>, text: &str) {
        if let Some(first) = first {
            self.data.push_line(first);
        }
        self.data.push_line(text);
    }

    #[inline(never)]
    fn take_many_data_lines<'i>(&mut self, mut lines: WholeLines<'i>) -> WholeLines<'i> {
        self.take_data_lines(&mut lines);
        lines
    }

    /// Takes lines of data as long as there are any: one copy a line, with its line end, and nothing else in the loop.
    #[inline(always)]
    fn take_data_lines(&mut self, lines: &mut WholeLines<'_>) {
        while let (Some(end), Some(first)) = (lines.end(), lines.first_8()) {
            let Some((Kind::Data, value_at)) = Kind::usual(first) else { break };
            let Some(text) = lines.value(value_at, end + 1).and_then(Piece::to_str) else { break };
            self.data.push_ended_line(text);
            lines.step(end);
        }
    }
}

/// Whether the first line is worth a look.
#[inline(always)]
fn starts_usual(rest: &[u8]) -> bool {
    rest.first_chunk().is_some_and(|first| Kind::usual(FirstBytes(u64::from_le_bytes(*first))).is_some())
}

/// A chunk of this length may hold an event, and then the search for whole lines saves more than it costs.
const WORTHWHILE: usize = 48;

/// The same inside an event, where a line is as long as lines are.
const WORTHWHILE_INSIDE: usize = 128;

/// From so much data on a loop of its own pays: 20 lines of 80 bytes 135 ns instead of 175, 3 short ones 22 instead of
/// 28.
const MANY: usize = 128;
