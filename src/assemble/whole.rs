//! Lines that are whole in the chunk and have a colon behind a name of an event's: most lines of events that have more than
//! one. Two kinds of events, which are frequent, have loops of their own, so that nothing else is in these: several lines of
//! data (`take_event_of_data`) and short fields, each once (`take_plain_fields`). What is not as simple as all that is left to
//! the general loop, which does the same, and all the rest.

use super::{Assembler, Outcome, Parts, State, Step, small::SMALL};
use crate::{
    line::{FirstBytes, Kind, has_nul},
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
        let (is_event, end) = if self.state == State::LinesLent {
            self.take_event_of_data(input, start, parts)
        } else {
            self.take_whole_lines(input, start, WORTHWHILE_INSIDE, parts)
        };
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
        let second = lines.at();
        self.take_data_lines(&mut lines);
        let (is_event, end) = match lines.end() {
            Some(end) if end == lines.at() => {
                let is_event = self.dispatch(parts);
                if is_event && end > second {
                    self.state = State::LinesLent;
                }
                (is_event, end + 1)
            }
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

    /// Takes an event of several lines of data, which is expected behind another one. If it is none, or is not whole, the next
    /// functions take it.
    #[inline(never)]
    fn take_event_of_data<'i>(&mut self, chunk: &'i [u8], start: usize, parts: &mut Parts<'i>) -> (bool, usize) {
        self.take_back();
        // A chunk that is within the limit holds no event that is not.
        if chunk.len() > self.options.limit() || !chunk[start..].starts_with(b"data:") {
            return self.take_whole_lines(chunk, start, 0, parts);
        }
        let mut lines = WholeLines::new(chunk, start);
        if !lines.is_next_of(b"data:") {
            return self.take_whole_lines(chunk, start, 0, parts);
        }
        let mut is_end = lines.take_short(*b"data: ", |line| self.data.push_short_line(line));
        if !is_end {
            self.take_data_lines(&mut lines);
            is_end = lines.end() == Some(lines.at());
        }
        if !is_end {
            self.hold(parts);
            return self.take_any_whole_lines(&mut lines, parts);
        }
        self.data.pop_lf();
        self.state = State::LinesLent;
        (true, lines.at() + 1)
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
        let is_at_line = match self.state {
            State::Idle => true,
            State::LineStart => !self.is_rejected && chunk.len() - start >= least,
            _ => false,
        };
        // A chunk that is within the limit holds no event that is not.
        let may_pass_limit = self.held + (chunk.len() - start) > self.options.limit();
        if !is_at_line || may_pass_limit || !starts_usual(&chunk[start..]) {
            return (false, start);
        }
        let mut lines = WholeLines::new(chunk, start);
        let is_first = self.state == State::Idle && parts.is_empty();
        debug_assert!(!is_first || self.data.is_empty());
        if is_first && let Some(end) = self.take_plain_fields(&mut lines, parts) {
            return (true, end);
        }
        // A copy, so that the loop keeps its own in registers; and by reference, so that no word of it is copied again.
        let mut rest = lines;
        self.take_any_whole_lines(&mut rest, parts)
    }

    /// Takes an event of short fields, of each at most one, in any order. Returns where the rest of the chunk starts;
    /// or `None` where that is not all, and then the ID has not been checked.
    #[inline(always)]
    fn take_plain_fields<'i>(&mut self, lines: &mut WholeLines<'i>, parts: &mut Parts<'i>) -> Option<usize> {
        loop {
            let end = lines.end_nearby()?;
            if end == lines.at() {
                parts.data?;
                if let Some(id) = parts.id
                    && !self.commit_id(id)
                {
                    parts.id = None;
                }
                self.held = 0;
                return Some(end + 1);
            }
            // With a space is how most are written, and where the value starts then need not be found out.
            let first = lines.first_8()?;
            let (part, value_at) = if first.start_with(b"data: ") {
                (&mut parts.data, 6)
            } else if first.start_with(b"event: ") {
                (&mut parts.event_type, 7)
            } else if first.start_with(b"id: ") {
                (&mut parts.id, 4)
            } else {
                let (kind, value_at) = Kind::usual(first)?;
                let part = match kind {
                    Kind::Data => &mut parts.data,
                    Kind::EventType => &mut parts.event_type,
                    _ => &mut parts.id,
                };
                (part, value_at)
            };
            if part.is_some() {
                return None;
            }
            *part = Some(lines.text(value_at, end)?);
            lines.step(end);
        }
    }

    /// Makes this the last event ID, if it is an ID.
    #[inline(never)]
    fn commit_id(&mut self, id: &str) -> bool {
        let is_id = !has_nul(id.as_bytes());
        if is_id {
            self.set_last_event_id(id);
        }
        is_id
    }

    /// Takes such lines of any length, of any text, in any number. Of the parts that are known the ID has not been checked.
    #[inline(never)]
    fn take_any_whole_lines<'i>(&mut self, lines: &mut WholeLines<'i>, parts: &mut Parts<'i>) -> (bool, usize) {
        if parts.id.is_some_and(|id| has_nul(id.as_bytes())) {
            parts.id = None;
        }
        loop {
            let at = lines.at();
            let is_more_data = (parts.data.is_some() || !self.data.is_empty())
                && lines.first_8().is_some_and(|first| first.start_with(b"data:"));
            if is_more_data {
                if self.take_more_data(lines, parts) {
                    return (true, lines.at() + 1);
                }
                if lines.at() > at {
                    continue;
                }
            }
            let Some(end) = lines.end() else {
                self.hold(parts);
                let rest = lines.rest();
                let is_taken = self.take_cut_line(rest, parts);
                return (false, if is_taken { at + rest.bytes().len() } else { at });
            };
            if is_more_data {
                // It is not text.
                break;
            }
            if end == at {
                if self.dispatch_lines(parts) {
                    return (true, end + 1);
                }
                *parts = Parts::default();
                lines.step(end);
                continue;
            }
            let Some((kind, value_at)) = lines.first_8().and_then(Kind::usual) else { break };
            let Some(text) = lines.value(value_at, end).and_then(Piece::to_str) else { break };
            match kind {
                Kind::Data => parts.data = Some(text),
                Kind::EventType => parts.event_type = Some(text),
                _ if has_nul(text.as_bytes()) => {}
                _ => parts.id = Some(text),
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

    /// Takes the lines of data that follow the first one; true if that is the event.
    #[inline(never)]
    fn take_more_data<'i>(&mut self, lines: &mut WholeLines<'i>, parts: &mut Parts<'i>) -> bool {
        if let Some(first) = parts.data.take() {
            self.data.push_line(first);
        }
        self.take_data_lines(lines);
        lines.end() == Some(lines.at()) && self.dispatch_lines(parts)
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
