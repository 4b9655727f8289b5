//! The options of a decoder: how much to retain, and what to do with bytes that are not UTF-8.

/// The settings of a [`Decoder`](crate::Decoder).
///
/// ```
/// use sse_wire::{DecodeOptions, Decoder, Utf8Policy};
///
/// let options = DecodeOptions::new().with_max_event_len(64 * 1024).with_utf8_policy(Utf8Policy::Reject);
/// let decoder = Decoder::with_options(options);
/// assert_eq!(options.max_event_len(), 64 * 1024);
/// # let _ = decoder;
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct DecodeOptions {
    max_event_len: usize,
    utf8_policy: Utf8Policy,
    all_items: bool,
}

impl DecodeOptions {
    /// Returns the defaults: 16 MiB an event, invalid UTF-8 replaced.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Utf8Policy};
    ///
    /// let options = DecodeOptions::new();
    /// assert_eq!(options.max_event_len(), 16 * 1024 * 1024);
    /// assert_eq!(options.utf8_policy(), Utf8Policy::Replace);
    /// assert!(!options.shows_all_items());
    /// ```
    pub const fn new() -> Self {
        Self { max_event_len: DEFAULT_MAX_EVENT_LEN, utf8_policy: Utf8Policy::Replace, all_items: false }
    }

    /// Sets how long an event may get, in bytes; 16 MiB if this is not set.
    ///
    /// What counts is what has to be kept for one event at any time: its data, its type and its `id`, and the value
    /// being read. Comments, unknown fields, field names and line ends do not count, except for the LF between two
    /// lines of data. A value that is too long is rejected whatever its bytes: the limit is checked before UTF-8, and
    /// before a NUL that voids an `id`. Without a limit a peer could fill the memory with a single event that never
    /// ends. 16 MiB is the figure that MCP's Rust SDK found to be enough for tool results and images in base64; 512 KiB
    /// and 1 MiB, which other clients chose, rejected real events of 2 MiB.
    ///
    /// A decoder allocates at most three times this, plus a constant: buffers grow by doubling, and the last event ID
    /// outlives its event. [`Decoder::decode_bytes`](crate::Decoder::decode_bytes) and
    /// [`Decoder::decode_owned`](crate::Decoder::decode_owned) keep that ID once more, to share it.
    ///
    /// ```
    /// use sse_wire::{DecodeError, DecodeOptions, Decoder};
    ///
    /// let mut decoder = Decoder::with_options(DecodeOptions::new().with_max_event_len(4));
    /// let mut chunk: &[u8] = b"data: 12345\n\ndata: 1234\n\n";
    /// assert_eq!(decoder.decode(&mut chunk), Err(DecodeError::EventTooLong { offset: 10, limit: 4 }));
    /// assert_eq!(decoder.decode(&mut chunk)?.expect("the next event").data(), "1234");
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn with_max_event_len(mut self, bytes: usize) -> Self {
        self.max_event_len = bytes;
        self
    }

    /// Lifts the limit: only for peers that are trusted with all the memory there is.
    ///
    /// ```
    /// use sse_wire::DecodeOptions;
    ///
    /// assert_eq!(DecodeOptions::new().unlimited().max_event_len(), usize::MAX);
    /// ```
    #[must_use]
    pub const fn unlimited(self) -> Self {
        self.with_max_event_len(usize::MAX)
    }

    /// Sets what happens to bytes that are not UTF-8; they are replaced if this is not set.
    ///
    /// ```
    /// use sse_wire::{DecodeError, DecodeOptions, Decoder, Utf8Policy};
    ///
    /// let stream = b"data: caf\xE9\n\n";
    /// assert_eq!(Decoder::new().decode(&mut &stream[..])?.expect("an event").data(), "caf\u{FFFD}");
    /// let mut strict = Decoder::with_options(DecodeOptions::new().with_utf8_policy(Utf8Policy::Reject));
    /// assert_eq!(strict.decode(&mut &stream[..]), Err(DecodeError::InvalidUtf8 { offset: 9 }));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn with_utf8_policy(mut self, policy: Utf8Policy) -> Self {
        self.utf8_policy = policy;
        self
    }

    /// Lets items show what means nothing to an event as well:
    /// [`ItemRef::UnknownField`](crate::ItemRef::UnknownField) and [`ItemRef::NoData`](crate::ItemRef::NoData). `decode`
    /// shows events alone in any case.
    ///
    /// It is for those who have to notice that something other than events has come: a heartbeat that is no comment, an
    /// error that is sent as a field or as bare JSON, an ID that moves without an event.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Decoder, ItemRef};
    ///
    /// let mut decoder = Decoder::with_options(DecodeOptions::new().with_all_items());
    /// let mut chunk: &[u8] = b"error: {\"code\":400}\nid: 7\n\n";
    /// let field = ItemRef::UnknownField { name: "error", value: r#"{"code":400}"# };
    /// assert_eq!(decoder.decode_item(&mut chunk)?, Some(field));
    /// assert_eq!(decoder.decode_item(&mut chunk)?, Some(ItemRef::NoData { event_type: "", last_event_id: "7" }));
    /// # Ok::<(), sse_wire::DecodeError>(())
    /// ```
    #[must_use]
    pub const fn with_all_items(mut self) -> Self {
        self.all_items = true;
        self
    }

    /// Returns the length that an event may have, in bytes.
    ///
    /// ```
    /// use sse_wire::DecodeOptions;
    ///
    /// assert_eq!(DecodeOptions::new().with_max_event_len(1 << 20).max_event_len(), 1 << 20);
    /// ```
    pub const fn max_event_len(&self) -> usize {
        self.max_event_len
    }

    /// Returns whether items show what means nothing to an event; see [`with_all_items`](Self::with_all_items).
    ///
    /// ```
    /// use sse_wire::DecodeOptions;
    ///
    /// assert!(DecodeOptions::new().with_all_items().shows_all_items());
    /// ```
    pub const fn shows_all_items(&self) -> bool {
        self.all_items
    }

    /// Returns what happens to bytes that are not UTF-8.
    ///
    /// ```
    /// use sse_wire::{DecodeOptions, Utf8Policy};
    ///
    /// assert_eq!(DecodeOptions::new().with_utf8_policy(Utf8Policy::Reject).utf8_policy(), Utf8Policy::Reject);
    /// ```
    pub const fn utf8_policy(&self) -> Utf8Policy {
        self.utf8_policy
    }
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What to do with bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Utf8Policy {
    /// Replace them with U+FFFD, one for each maximal part of a sequence: what the standard asks for, and what browsers
    /// do.
    #[default]
    Replace,
    /// Reject the event with [`DecodeError::InvalidUtf8`](crate::DecodeError::InvalidUtf8): for data that must not be
    /// altered. Only bytes that matter are checked: the values of `data`, `event` and `id`, and comments where they are
    /// shown; rejecting a comment does not reject an event.
    Reject,
}

/// See [`DecodeOptions::with_max_event_len`].
pub(crate) const DEFAULT_MAX_EVENT_LEN: usize = 16 * 1024 * 1024;
