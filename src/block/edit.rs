//! Blocks with another value in one field, and all other bytes as they were.

use alloc::vec::Vec;

use super::{Block, kind_of};
use crate::error::InvalidField;
use crate::frame::Frame;
use crate::line::{Kind, name};
use crate::scan::Lines;

impl Block {
    /// Returns the block with this data, split into lines at CR, LF and CRLF: it takes the place of the first line of
    /// data, and the other lines of data go. A block without data gets it before its blank line, and so becomes an
    /// event. All other lines stay as they are, and in their order; new ones end like the line whose place they take.
    ///
    /// # Complexity
    ///
    /// One pass over the block and the data, and one copy.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"data:a\r\ndata:b\r\nid:7\r\n\r\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// // The last LF is still to come.
    /// assert_eq!(block.with_data("1\n2\n3").raw(), "data: 1\r\ndata: 2\r\ndata: 3\r\nid:7\r\n\r");
    /// ```
    #[must_use]
    pub fn with_data(&self, data: &str) -> Self {
        self.with_field(Kind::Data, name::DATA, data)
    }

    /// Returns the block with this event type, changed in the way of [`with_data`](Self::with_data).
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR or an LF.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"event: a\ndata: x\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!(block.with_event_type("b")?.raw(), "event: b\ndata: x\n\n");
    /// assert!(block.with_event_type("b\ndata: forged").is_err());
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub fn with_event_type(&self, event_type: &str) -> Result<Self, InvalidField> {
        Frame::head().event_type(event_type)?;
        Ok(self.with_field(Kind::EventType, name::EVENT_TYPE, event_type))
    }

    /// Returns the block with this ID, changed in the way of [`with_data`](Self::with_data).
    ///
    /// # Errors
    ///
    /// [`InvalidField`] if it has a CR, an LF or a NUL.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{BlockDecoder, Part};
    ///
    /// let mut chunk = Bytes::from_static(b"data: x\n\n");
    /// let Some(Part::Block(block)) = BlockDecoder::new().decode_bytes(&mut chunk) else { panic!("a whole block") };
    /// assert_eq!(block.with_id("7")?.raw(), "data: x\nid: 7\n\n");
    /// # Ok::<(), sse_wire::InvalidField>(())
    /// ```
    pub fn with_id(&self, id: &str) -> Result<Self, InvalidField> {
        Frame::head().id(id)?;
        Ok(self.with_field(Kind::Id, name::ID, id))
    }

    fn with_field(&self, target: Kind, name: &str, value: &str) -> Self {
        let (lead, text) = self.raw.split_at(self.lead);
        let mut raw = Vec::with_capacity(self.raw.len() + value.len() + 2 * name.len());
        raw.extend_from_slice(lead);
        let (mut lines, mut usual_end, mut is_written) = (Lines::of_text(text), &b"\n"[..], false);
        let mut rest = text;
        while let Some(line) = lines.next_of_text() {
            let (whole, after) = rest.split_at(line.len() + end_len(&rest[line.len()..]));
            rest = after;
            let (kind, end) = (kind_of(line).0, &whole[line.len()..]);
            if kind == target || kind == Kind::Blank {
                let end = if kind == Kind::Blank { usual_end } else { end };
                if !is_written {
                    put_lines(&mut raw, name, value, end);
                    is_written = true;
                }
            }
            if kind != target {
                put(&mut raw, whole);
            }
            usual_end = end;
        }
        if !is_written {
            // A comment that is a block of its own also gets a blank line, so that the field does not go to the next
            // block.
            put_lines(&mut raw, name, value, usual_end);
            put(&mut raw, b"\n");
        }
        Self { raw: raw.into(), ..*self }
    }
}

/// The length of the line end that stands here.
fn end_len(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    }
}

/// Writes a value, a field for each of its lines.
fn put_lines(raw: &mut Vec<u8>, name: &str, value: &str, end: &[u8]) {
    let mut lines = Lines::of_text(value.as_bytes());
    loop {
        let line = lines.next_of_text();
        for part in [name.as_bytes(), b": ", line.unwrap_or_else(|| lines.rest()), end] {
            raw.extend_from_slice(part);
        }
        if line.is_none() {
            return;
        }
    }
}

/// Writes a line with its end. After a CR that had another line after it, an LF would become a part of the same end,
/// and a blank line would be lost.
fn put(raw: &mut Vec<u8>, line: &[u8]) {
    if raw.last() == Some(&b'\r') && line.first() == Some(&b'\n') {
        raw.push(b'\n');
    }
    raw.extend_from_slice(line);
}
