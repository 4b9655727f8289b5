//! Events and items that own their text, or share it with the chunk.
#![allow(unsafe_code)] // Three calls that rest on a chunk being the same from one line to the next.

use bytes::{Buf, Bytes};

use crate::{
    DecodeError, Decoder, Event, Item, Utf8Bytes,
    assemble::{Assembler, KEPT_SHORT, Parts, Step, Taken},
    count::count_looked_at,
    event::MESSAGE,
    utf8::{SHORT, Spans, Texts},
};

impl Decoder {
    /// Returns the next event as one that owns its text, and moves `input` behind it; else as [`decode`](Self::decode).
    ///
    /// What is whole in `input` is shared with it, not copied: such an event keeps the memory of its chunk alive, and
    /// allocates nothing. Neither does a short one, for which no more than 96 bytes of `input` are consumed, an ID that was
    /// set by an earlier event counted in: it brings its text along, which costs less than to count a reference, and keeps
    /// nothing alive. For others, an earlier ID is copied once and then shared.
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
        match self.assembler.take_one_line::<false>(&mut rest) {
            Taken::Event(data) => {
                let (length, spans) = (input.len() - rest.len(), Spans::of(input, [data, "", ""]));
                self.event_in_chunk(input, length, spans, true)
            }
            Taken::Chunk => {
                let length = input.len() - rest.len();
                input.advance(length);
                Ok(None)
            }
            Taken::Line(_) | Taken::Nothing => self.event_of_lines(input),
        }
    }

    /// `decode_bytes` for an event of more than one line.
    #[inline(never)]
    fn event_of_lines(&mut self, input: &mut Bytes) -> Result<Option<Event>, DecodeError> {
        let mut rest: &[u8] = input;
        let mut parts = Parts::default();
        let step = self.assembler.advance::<false>(&mut rest, &mut parts);
        let length = input.len() - rest.len();
        if !matches!(step, Ok(Some(_))) {
            input.advance(length);
            self.check_shared_id();
            return step.map(|_| None).map_err(|rejection| self.assembler.error(rejection));
        }
        let found = self.find_texts(input, &parts);
        self.found_event(input, length, found)
    }

    /// Returns the next item as one that owns its text, and moves `input` behind it: [`decode_item`](Self::decode_item)
    /// for events as those of [`decode_bytes`](Self::decode_bytes). A comment has memory of its own.
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
            let found = self.find_texts(input, &parts);
            let event = self.found_event(input, consumed, found);
            return event.map(|event| event.map(Item::Event));
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

    /// Where the texts of an event stand in the chunk, and whether its ID is an earlier one. If they do not, all of them are
    /// in the buffers.
    #[inline(always)]
    fn find_texts(&mut self, chunk: &Bytes, parts: &Parts<'_>) -> Option<(Spans, bool)> {
        let Some(texts) = self.texts(parts) else {
            self.assembler.lend_too(parts);
            return None;
        };
        Some((Spans::of(chunk, texts), parts.id.is_none()))
    }

    /// The event that has been found, `length` bytes of the chunk having been consumed.
    #[inline(always)]
    fn found_event(
        &mut self,
        input: &mut Bytes,
        length: usize,
        found: Option<(Spans, bool)>,
    ) -> Result<Option<Event>, DecodeError> {
        if let Some((spans, is_id_earlier)) = found {
            return self.event_in_chunk(input, length, spans, is_id_earlier);
        }
        input.advance(length);
        self.event_in_buffers()
    }

    /// The texts of an event that stands in the chunk: data, type unless it is the usual one, and its own ID.
    #[inline(always)]
    fn texts<'i>(&self, parts: &Parts<'i>) -> Option<[&'i str; 3]> {
        let event_type = match parts.event_type {
            Some(MESSAGE) => "",
            Some(event_type) => event_type,
            None if self.assembler.event_type.is_empty() => "",
            None => return None,
        };
        Some([parts.data?, event_type, parts.id.unwrap_or_default()])
    }

    /// An event in the first `length` bytes of the chunk, which is moved behind it.
    ///
    /// What this and the next function return is what `decode_bytes` does, so that the event is built in its place: to copy
    /// it costs as much as to find it.
    #[inline(always)]
    fn event_in_chunk(
        &mut self,
        input: &mut Bytes,
        length: usize,
        spans: Spans,
        is_id_earlier: bool,
    ) -> Result<Option<Event>, DecodeError> {
        self.check_shared_id();
        let has_earlier_id = is_id_earlier && !self.assembler.last_event_id.is_empty();
        if !has_earlier_id && length <= SHORT {
            let Some(bytes) = input.first_chunk() else {
                return self.short_event(input, length, spans.again(), false);
            };
            // SAFETY: the caller's spans are of `input`, and it is the same still.
            let texts = unsafe { Texts::short_in_chunk(bytes, spans) };
            input.advance(length);
            return Ok(Some(Event { texts }));
        }
        if has_earlier_id && length + self.assembler.last_event_id.len() <= SHORT {
            return self.short_event(input, length, spans.again(), true);
        }
        let bytes = input.clone();
        input.advance(length);
        let earlier_id = if has_earlier_id { Some(self.shared_id()) } else { None };
        // SAFETY: as above, and `bytes` is what `input` was.
        Ok(Some(Event { texts: unsafe { Texts::in_chunk(bytes, spans, earlier_id) } }))
    }

    /// The same for a short event at the end of its chunk, or with the ID of an earlier one.
    #[inline(never)]
    #[expect(clippy::unnecessary_wraps, reason = "as above")]
    fn short_event(
        &self,
        input: &mut Bytes,
        length: usize,
        spans: Spans,
        is_id_earlier: bool,
    ) -> Result<Option<Event>, DecodeError> {
        let earlier_id = if is_id_earlier { self.assembler.last_event_id.text() } else { "" };
        // SAFETY: the caller's spans are of `input`, and it is the same still.
        let texts = unsafe { Texts::short_with_id(&input[..length], spans, earlier_id) };
        input.advance(length);
        Ok(Some(Event { texts }))
    }

    /// The event that is in the buffers.
    #[inline(never)]
    #[expect(clippy::unnecessary_wraps, reason = "as above")]
    fn event_in_buffers(&mut self) -> Result<Option<Event>, DecodeError> {
        let is_id_new = self.assembler.is_id_new;
        self.check_shared_id();
        let Assembler { data, event_type, last_event_id, .. } = &mut self.assembler;
        let event_type = if event_type.text() == MESSAGE { "" } else { event_type.text() };
        if let Some(texts) = Texts::short_copied([data.text(), event_type, last_event_id.text()]) {
            return Ok(Some(Event { texts }));
        }
        // With the others it takes no memory of its own; a large one may be wanted by the events behind this one, too.
        let has_own_id = is_id_new && self.shared_id.is_empty() && last_event_id.len() <= KEPT_SHORT;
        let id = if has_own_id { last_event_id.text() } else { "" };
        let lengths = [data.len(), event_type.len(), id.len()];
        let text = data.take_with([event_type, id]);
        let has_earlier_id = !has_own_id && !last_event_id.is_empty();
        let earlier_id = if has_earlier_id { Some(self.shared_id()) } else { None };
        Ok(Some(Event { texts: Texts::cut(text, lengths, earlier_id) }))
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
