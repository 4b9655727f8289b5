//! Events and items that own their text, or share it with the chunk.
//!
//! An event is found as [`Decoder::decode`] finds it, as texts that are borrowed from the chunk or retained in the
//! engine. What is then made of it depends on where it stands and how long it is:
//!
//! * in the chunk, at most 96 bytes: the bytes are copied into the event;
//! * in the chunk, longer: a reference to the chunk is counted;
//! * in the buffers: the data buffer is given away if it is large and full enough, else copied.
//!
//! An ID that an earlier event set is in no chunk that is at hand: a short event copies it, any other shares one copy
//! of it.

use bytes::{Buf, Bytes};

use super::Decoder;
use crate::engine::{EVENTS, Engine, ITEMS, InChunk, Outcome, Rejected, Step};
use crate::error::DecodeError;
use crate::event::{Event, Item};
use crate::text::buffer::GIVE_AWAY_FROM;
use crate::text::event_text::{EventText, Located, SHORT, unless_message};

/// Returns the event in the first `$length` bytes of the chunk, where these texts stand: data, type unless it is the
/// usual one, and its own ID. The chunk is moved past it.
///
/// The event is built in the place of the result, because copying it costs as much as finding it. So each way has to
/// return by itself; and since the texts borrow the chunk until it is moved, this cannot be a function.
macro_rules! return_event {
    ($self:ident, $input:ident, $length:expr, $texts:expr, $result:expr) => {{
        // Put together anew for each call, so that the compiler keeps the texts in registers where no call asks for
        // their place.
        let (length, [data, event_type, id]) = ($length, $texts);
        let last_event_id = &mut $self.engine.last_event_id;
        let has_earlier_id = id.is_empty() && !last_event_id.is_empty();
        if !has_earlier_id
            && length <= SHORT
            && let Some(bytes) = $input.first_chunk()
        {
            let text = EventText::short_in_chunk(bytes, [data, event_type, id]);
            $input.advance(length);
            return $result(text);
        }
        let earlier_id = if has_earlier_id { last_event_id.text() } else { "" };
        if length + earlier_id.len() <= SHORT {
            let text = EventText::short_with_id(&$input[..length], data, event_type, id, earlier_id);
            $input.advance(length);
            return $result(text);
        }
        let located = Located::new($input, [data, event_type, id]);
        $input.advance(length);
        let earlier_id = if has_earlier_id { last_event_id.shared() } else { None };
        return $result(EventText::in_chunk(located, earlier_id));
    }};
}

impl Decoder {
    /// Returns the next event as one that owns its text, and moves `input` past it; otherwise works like
    /// [`decode`](Self::decode).
    ///
    /// What is whole in `input` is shared with it, not copied: such an event keeps the memory of its chunk alive, and
    /// allocates nothing. (The first event that shares a chunk that was a `Vec` has `bytes` allocate a counter of
    /// references.) A short event, for which no more than 96 bytes of `input` are consumed, an ID that was set by an
    /// earlier event included, allocates nothing either: it holds its own text, which costs less than counting a
    /// reference, and keeps nothing alive. For other events, an earlier ID is copied once and then shared.
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
        if self.engine.is_between_events() { self.event_of_one_line(input) } else { self.event_of_lines(input) }
    }

    /// `decode_bytes` between two events. It is a function of its own, as is the next one: the registers that they need
    /// take 4 % of the time where a chunk goes on with a line, and `decode_bytes` needs none.
    #[inline(never)]
    fn event_of_one_line(&mut self, input: &mut Bytes) -> Result<Option<Event>, DecodeError> {
        let mut rest: &[u8] = input;
        if let Some(data) = self.engine.one_line_event(&mut rest) {
            let length = input.len() - rest.len();
            return_event!(self, input, length, [data, "", ""], |text| Ok(Some(Event { text })));
        }
        self.event_of_lines(input)
    }

    /// `decode_bytes` for whatever `one_line_event` is not asked about or does not take.
    #[inline(never)]
    fn event_of_lines(&mut self, input: &mut Bytes) -> Result<Option<Event>, DecodeError> {
        // The length is needed later, so that each word of the chunk, which has just been stored, is loaded by itself.
        // In one load the two would have to wait for both stores: chunks of 128 bytes take 25 % more.
        let (all, mut rest): (usize, &[u8]) = (input.len(), input);
        let mut event = InChunk::default();
        let step = self.engine.next::<EVENTS>(&mut rest, &mut event);
        let length = all - rest.len();
        if step != Ok(Some(Step::Event)) {
            input.advance(length);
            return step.map(|_| None).map_err(|Rejected| self.engine.error);
        }
        let Some(texts) = self.engine.pending.texts_in_chunk(&event) else {
            if let Some(data) = self.data_in_chunk(&event) {
                let data = Located::new(input, [data, "", ""]);
                input.advance(length);
                return self.event_partly_in_chunk(data);
            }
            self.engine.pending.lend_from_chunk(&event);
            input.advance(length);
            return self.event_in_buffers();
        };
        return_event!(self, input, length, texts, |text| Ok(Some(Event { text })))
    }

    /// Returns the next item as one that owns its text, and moves `input` past it: [`decode_item`](Self::decode_item)
    /// with events like those of [`decode_bytes`](Self::decode_bytes). A comment has memory of its own.
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
        let (all, mut rest): (usize, &[u8]) = (input.len(), input);
        let mut event = InChunk::default();
        let step = self.engine.next::<ITEMS>(&mut rest, &mut event);
        let length = all - rest.len();
        if step == Ok(Some(Step::Event)) {
            let Some(texts) = self.engine.pending.texts_in_chunk(&event) else {
                if let Some(data) = self.data_in_chunk(&event) {
                    let data = Located::new(input, [data, "", ""]);
                    input.advance(length);
                    return self.event_partly_in_chunk(data).map(|event| event.map(Item::Event));
                }
                self.engine.pending.lend_from_chunk(&event);
                input.advance(length);
                return self.event_in_buffers().map(|event| event.map(Item::Event));
            };
            return_event!(self, input, length, texts, |text| Ok(Some(Item::Event(Event { text }))));
        }
        let item = self.owned_item(step, event);
        input.advance(length);
        item
    }

    /// Returns the next event as one that owns a copy of its text, and moves `input` past it; otherwise works like
    /// [`decode`](Self::decode).
    ///
    /// It is for chunks that are not [`Bytes`], or whose memory is not to be kept alive. An ID that an earlier event
    /// set is not copied again for each event: all but short events share one copy.
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
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let event = decoder.decode_owned(&mut &b"id: 7\ndata: kept\n\n"[..])?.expect("a whole event");
    /// assert!(decoder.decode_owned(&mut &b"data: cut o"[..])?.is_none());
    /// assert_eq!((event.data(), event.last_event_id()), ("kept", "7"));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn decode_owned(&mut self, input: &mut &[u8]) -> Result<Option<Event>, DecodeError> {
        let is_between_events = self.engine.is_between_events();
        if is_between_events && let Some(data) = self.engine.one_line_event(input) {
            return self.owned_event(InChunk { data: Some(data), ..InChunk::default() });
        }
        let mut event = InChunk::default();
        match self.engine.next::<EVENTS>(input, &mut event) {
            Ok(Some(_)) => self.owned_event(event),
            Ok(None) => Ok(None),
            Err(Rejected) => Err(self.engine.error),
        }
    }

    /// Returns the next item as one that owns its text, and moves `input` past it: [`decode_item`](Self::decode_item)
    /// with events like those of [`decode_owned`](Self::decode_owned).
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
    /// use sse_wire::{Decoder, Item};
    ///
    /// let mut chunk: &[u8] = b": still here\ndata: x\n\n";
    /// let mut decoder = Decoder::new();
    /// assert_eq!(decoder.decode_item_owned(&mut chunk)?, Some(Item::Comment("still here".into())));
    /// assert!(matches!(decoder.decode_item_owned(&mut chunk)?, Some(Item::Event(event)) if event.data() == "x"));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn decode_item_owned(&mut self, input: &mut &[u8]) -> Result<Option<Item>, DecodeError> {
        let mut event = InChunk::default();
        let step = self.engine.next::<ITEMS>(input, &mut event);
        self.owned_item(step, event)
    }

    /// Ends the stream and returns the event that was cut off, if it had data, as one that owns its text: what
    /// [`finish`](Self::finish) lends. Data that is large is not copied, and an ID that an earlier event set is shared.
    ///
    /// ```
    /// use sse_wire::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// assert!(decoder.decode_owned(&mut &b"id: 8\ndata: half"[..])?.is_none());
    /// let event = decoder.finish_owned().expect("there is data");
    /// assert_eq!((event.data(), event.last_event_id()), ("half", "8"));
    /// assert_eq!(decoder.finish_owned(), None);
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    pub fn finish_owned(&mut self) -> Option<Event> {
        if !self.engine.finish() {
            return None;
        }
        let pending = &self.engine.pending;
        let Some(id) = pending.id() else { return self.event_in_buffers().ok().flatten() };
        let texts = [pending.data.text(), unless_message(pending.event_type.text()), id];
        Some(Event { text: EventText::copied(texts) })
    }

    /// What a call found, with copies of its texts.
    fn owned_item(&mut self, step: Outcome, event: InChunk<'_>) -> Result<Option<Item>, DecodeError> {
        let Engine { pending, last_event_id, .. } = &mut self.engine;
        match step {
            Ok(Some(Step::Event)) => Ok(self.owned_event(event)?.map(Item::Event)),
            Ok(Some(Step::NoData)) => {
                let event_type = pending.event_type(&event).into();
                Ok(Some(Item::NoData { event_type, last_event_id: last_event_id.shared().unwrap_or_default() }))
            }
            Ok(Some(Step::Comment)) => Ok(Some(Item::Comment(pending.value.take()))),
            Ok(Some(step)) => Ok(self.item(step, event).map(|item| item.to_item())),
            Ok(None) => Ok(None),
            Err(Rejected) => Err(self.engine.error),
        }
    }

    /// The event, with copies of what stands in the chunk.
    fn owned_event(&mut self, event: InChunk<'_>) -> Result<Option<Event>, DecodeError> {
        let Engine { pending, last_event_id, .. } = &mut self.engine;
        let Some([data, event_type, _]) = pending.texts_in_chunk(&event) else {
            pending.lend_from_chunk(&event);
            return self.event_in_buffers();
        };
        let text = EventText::short_copied([data, event_type, last_event_id.text()]).unwrap_or_else(|| {
            let text = [data, event_type].concat().into();
            EventText::cut(text, [data.len(), event_type.len(), 0], last_event_id.shared())
        });
        Ok(Some(Event { text }))
    }

    /// The data of an event, to be shared with its chunk though its type came earlier, as from servers that write field
    /// by field. A long ID is shared rather than copied, so that the work stays linear.
    #[inline(always)]
    fn data_in_chunk<'i>(&self, event: &InChunk<'i>) -> Option<&'i str> {
        let least = self.last_event_id().len().max(GIVE_AWAY_FROM);
        event.data.filter(|data| data.len() >= least)
    }

    /// The event with this data, whose type is in the buffers.
    #[inline(never)]
    #[expect(clippy::unnecessary_wraps, reason = "what `decode_bytes` returns is built in its place")]
    fn event_partly_in_chunk(&mut self, data: Located) -> Result<Option<Event>, DecodeError> {
        let event_type = unless_message(self.engine.pending.event_type.text());
        Ok(Some(Event { text: EventText::data_in_chunk(data, [event_type, self.last_event_id()]) }))
    }

    /// The event that is in the buffers.
    #[inline(never)]
    #[expect(clippy::unnecessary_wraps, reason = "what `decode_bytes` returns is built in its place")]
    fn event_in_buffers(&mut self) -> Result<Option<Event>, DecodeError> {
        let pending = &mut self.engine.pending;
        let event_type = unless_message(pending.event_type.text());
        let texts = [pending.data.text(), event_type, self.engine.last_event_id.text()];
        if let Some(text) = EventText::short_copied(texts) {
            return Ok(Some(Event { text }));
        }
        let lengths = [pending.data.len(), event_type.len(), 0];
        let text = pending.data.take_with(event_type);
        let id = self.engine.last_event_id.shared();
        Ok(Some(Event { text: EventText::cut(text, lengths, id) }))
    }
}
