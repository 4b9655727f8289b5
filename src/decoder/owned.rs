//! Events and items that own their text, or share it with the chunk.

use bytes::{Buf, Bytes};

use crate::{
    DecodeError, Decoder, Event, Item, Utf8Bytes,
    assemble::{KEPT_SHORT, Parts, Step, Taken},
    event::MESSAGE,
};

impl Decoder {
    /// Returns the next event as one that owns its text, and moves `input` behind it; else as [`decode`](Self::decode).
    ///
    /// What is whole in `input` is shared with it, not copied: such an event keeps the memory of its chunk alive, and
    /// allocates nothing. An ID that was set by an earlier event is copied once and then shared.
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode).
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::Decoder;
    ///
    /// let mut chunk = Bytes::from_static(b"data: kept\n\ndata: cut o");
    /// let mut decoder = Decoder::new();
    /// let event = decoder.decode_bytes(&mut chunk)?.expect("a whole event");
    /// assert!(decoder.decode_bytes(&mut chunk)?.is_none());
    /// assert_eq!(event.data(), "kept");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn decode_bytes(&mut self, input: &mut Bytes) -> Result<Option<Event>, DecodeError> {
        let mut rest: &[u8] = input;
        let mut parts = Parts::default();
        // The usual event does not pass through a `Result`: that costs a fifth of its time.
        let none = match self.assembler.advance_by_one_line(&mut rest, &mut parts) {
            Taken::Event => None,
            Taken::Chunk => Some(Ok(None)),
            Taken::Step(_) | Taken::Part => match self.assembler.advance::<false>(&mut rest, &mut parts) {
                Ok(Some(_)) => None,
                Ok(None) => Some(Ok(None)),
                Err(error) => Some(Err(error)),
            },
        };
        let consumed = input.len() - rest.len();
        if let Some(none) = none {
            input.advance(consumed);
            return none;
        }
        let event = self.owned_event(parts, input);
        input.advance(consumed);
        Ok(Some(event))
    }

    /// Returns the next item as one that owns its text, and moves `input` behind it: [`decode_item`](Self::decode_item)
    /// for events that share the chunk's memory as those of [`decode_bytes`](Self::decode_bytes) do. A comment has
    /// memory of its own.
    ///
    /// # Errors
    ///
    /// Those of [`decode_item`](Self::decode_item).
    ///
    /// # Complexity
    ///
    /// Linear in the bytes consumed, however they are cut.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_wire::{Decoder, Item};
    ///
    /// let mut chunk = Bytes::from_static(b": still here\ndata: x\n\n");
    /// let mut decoder = Decoder::new();
    /// assert_eq!(decoder.decode_item_bytes(&mut chunk)?, Some(Item::Comment("still here".into())));
    /// assert!(matches!(decoder.decode_item_bytes(&mut chunk)?, Some(Item::Event(event)) if event.data() == "x"));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn decode_item_bytes(&mut self, input: &mut Bytes) -> Result<Option<Item>, DecodeError> {
        let mut rest: &[u8] = input;
        let mut parts = Parts::default();
        let step = self.assembler.advance::<true>(&mut rest, &mut parts);
        let consumed = input.len() - rest.len();
        if let Ok(Some(Step::Event)) = step {
            let event = self.owned_event(parts, input);
            input.advance(consumed);
            return Ok(Some(Item::Event(event)));
        }
        input.advance(consumed);
        Ok(step?.map(|step| match step {
            Step::ReconnectionTime(time) => Item::ReconnectionTime(time),
            _ => Item::Comment(self.assembler.line.take()),
        }))
    }

    /// The event, sharing what stands in `chunk`.
    #[inline(always)]
    fn owned_event(&mut self, parts: Parts<'_>, chunk: &Bytes) -> Event {
        // The event is written once, to where the caller wants it: a copy of it costs more than all the rest.
        let data = match parts.data {
            Some(data) => Utf8Bytes::slice_of(chunk, data),
            None => self.assembler.data.take(),
        };
        let event_type = self.owned_event_type(parts.event_type, chunk);
        let last_event_id = self.owned_id(parts.id, chunk);
        Event { data, event_type, last_event_id }
    }

    /// The type, shared with `chunk` if it stands there; `None` for the usual one.
    #[inline(always)]
    fn owned_event_type(&self, part: Option<&str>, chunk: &Bytes) -> Option<Utf8Bytes> {
        let text = part.unwrap_or(self.assembler.event_type.text());
        if text.is_empty() || text == MESSAGE {
            return None;
        }
        Some(if part.is_some() { Utf8Bytes::slice_of(chunk, text) } else { text.into() })
    }

    /// The ID, shared with `chunk` if it stands there; `None` for an empty one.
    #[inline(always)]
    fn owned_id(&mut self, part: Option<&str>, chunk: &Bytes) -> Option<Utf8Bytes> {
        if part.is_none() && !self.assembler.last_event_id.is_empty() {
            return Some(self.shared_id());
        }
        if self.shared_id.len() > KEPT_SHORT {
            // Another ID has taken its place; a small one may come back.
            self.shared_id = Utf8Bytes::new();
        }
        part.filter(|id| !id.is_empty()).map(|id| Utf8Bytes::slice_of(chunk, id))
    }

    #[inline(never)]
    fn shared_id(&mut self) -> Utf8Bytes {
        let id = self.assembler.last_event_id.text();
        if self.shared_id.as_str() != id {
            // The old one first: both may be large.
            self.shared_id = Utf8Bytes::new();
            self.shared_id = id.into();
        }
        self.shared_id.clone()
    }
}
