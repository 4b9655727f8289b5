//! The general loop: lines of any kind, each whole in the chunk or the last one.

use super::{Assembler, Outcome, Parts, State, Step};
use crate::{
    line::{Kind, has_nul},
    scan::{Piece, Scanner},
};

impl Assembler {
    /// Takes lines of any kind, up to the next step or the end of the chunk.
    #[inline(never)]
    pub(super) fn take_any_lines<'i, const ITEMS: bool>(
        &mut self,
        scanner: &mut Scanner<'i>,
        parts: &mut Parts<'i>,
    ) -> Outcome {
        loop {
            if scanner.next_blank_line() {
                if self.state == State::Idle && parts.is_empty() {
                    continue;
                }
                if self.dispatch(parts) {
                    return Ok(Some(Step::Event));
                }
                *parts = Parts::default();
                continue;
            }
            if !ITEMS && scanner.is_line_of(b":") {
                if scanner.skip_line() {
                    continue;
                }
                self.retain(parts);
                self.state = State::Skip;
                return Ok(None);
            }
            let (line, is_whole) = scanner.next_piece();
            if !is_whole {
                self.retain(parts);
                let end = self.framing.offset_of_end(scanner, false);
                return self.take_piece::<ITEMS>(line, end, false);
            }
            let Some((kind, value_at)) = Kind::of(line.bytes()) else { continue };
            let value = line.from(value_at);
            if !self.take_field(kind, value, parts) {
                let step = self.take_odd_line::<ITEMS>(kind, value, scanner, parts)?;
                if step.is_some() {
                    return Ok(step);
                }
            }
        }
    }

    /// Takes a field that is fine as it is; false if it is not, or is a line of another kind.
    #[inline(always)]
    fn take_field<'i>(&mut self, kind: Kind, value: Piece<'i>, parts: &mut Parts<'i>) -> bool {
        if self.is_rejected || !self.fits(kind, value.bytes().len(), parts) {
            return false;
        }
        let (true, Some(text)) = (kind.is_of_event(), value.to_str()) else { return false };
        match kind {
            Kind::Data => self.take_data(text, parts),
            Kind::EventType => {
                self.held = self.held - parts.event_type.map_or(self.event_type.len(), str::len) + text.len();
                parts.event_type = Some(text);
            }
            _ if has_nul(text.as_bytes()) => {}
            _ => {
                self.held = self.held - parts.id.map_or(self.id.len(), str::len) + text.len();
                parts.id = Some(text);
            }
        }
        true
    }

    #[inline(always)]
    fn take_data<'i>(&mut self, text: &'i str, parts: &mut Parts<'i>) {
        if parts.data.is_none() && self.data.is_empty() {
            self.held += text.len();
            parts.data = Some(text);
            return;
        }
        self.add_data_line(parts.data.take(), text);
    }

    #[inline(never)]
    fn add_data_line(&mut self, first: Option<&str>, text: &str) {
        if let Some(first) = first {
            self.data.push_line(first);
        }
        self.data.push_line(text);
        self.held += 1 + text.len();
        self.state = State::LineStart;
    }
}
