//! Events and items that own their text, or share it with the chunk.

use bytes::{Buf, Bytes};

use crate::{
    DecodeError, Decoder, Event, Item, Utf8Bytes,
    assemble::{KEPT_SHORT, Parts, Step, Taken},
    count::count_looked_at,
    event::MESSAGE,
    utf8::Shared,
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
        let first = match self.assembler.take_one_line(&mut rest) {
            Taken::Event(data) => {
                let consumed = input.len() - rest.len();
                let shared = Shared::in_chunk(input, [data, "", ""]);
                input.advance(consumed);
                return Ok(Some(Event { shared, earlier_id: self.earlier_id(true) }));
            }
            Taken::Chunk => {
                let consumed = input.len() - rest.len();
                input.advance(consumed);
                return Ok(None);
            }
            Taken::Part(first) => first,
        };
        let mut parts = Parts::of_data(first);
        let step = self.assembler.advance::<false>(&mut rest, &mut parts);
        let consumed = input.len() - rest.len();
        if let Ok(Some(_)) = step {
            let event = self.owned_event(parts, input);
            input.advance(consumed);
            return Ok(Some(event));
        }
        input.advance(consumed);
        self.check_shared_id();
        step.map(|_| None).map_err(|rejection| self.assembler.error(rejection))
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
        self.check_shared_id();
        match step {
            Ok(Some(Step::ReconnectionTime)) => Ok(self.reconnection_time().map(Item::ReconnectionTime)),
            Ok(Some(_)) => Ok(Some(Item::Comment(self.assembler.line.take()))),
            Ok(None) => Ok(None),
            Err(rejection) => Err(self.assembler.error(rejection)),
        }
    }

    /// The event, sharing what stands in `chunk`.
    #[inline(never)]
    fn owned_event(&mut self, parts: Parts<'_>, chunk: &Bytes) -> Event {
        let event_type = parts.event_type.unwrap_or(self.assembler.event_type.text());
        let event_type = if event_type == MESSAGE { "" } else { event_type };
        let is_type_elsewhere = parts.event_type.is_none() && !event_type.is_empty();
        let texts = |data| [data, event_type, parts.id.unwrap_or_default()];
        let shared = match parts.data {
            Some(data) if !is_type_elsewhere => Shared::in_chunk(chunk, texts(data)),
            Some(data) => Shared::copied(texts(data)),
            None => self.assembler.data.take_with([event_type, parts.id.unwrap_or_default()]),
        };
        Event { shared, earlier_id: self.earlier_id(parts.id.is_none()) }
    }

    /// The last event ID, unless the event brought it, or it is empty.
    #[inline(always)]
    fn earlier_id(&mut self, is_earlier: bool) -> Option<Utf8Bytes> {
        self.check_shared_id();
        let is_shared = is_earlier && !self.assembler.last_event_id.is_empty();
        if is_shared { Some(self.shared_id()) } else { None }
    }

    /// Drops the shared ID if another has taken its place.
    #[inline(always)]
    fn check_shared_id(&mut self) {
        if self.assembler.is_id_new {
            self.assembler.is_id_new = false;
            // A small one may come back; it is compared but once for each ID that the stream sets.
            count_looked_at(self.shared_id.len().min(KEPT_SHORT));
            let is_small = self.shared_id.len() <= KEPT_SHORT;
            let is_kept = is_small && self.shared_id.as_str() == self.assembler.last_event_id.text();
            if !is_kept && !self.shared_id.is_empty() {
                self.shared_id = Utf8Bytes::new();
            }
        }
    }

    #[inline(never)]
    fn shared_id(&mut self) -> Utf8Bytes {
        if self.shared_id.is_empty() {
            self.shared_id = self.assembler.last_event_id.text().into();
        }
        self.shared_id.clone()
    }
}
