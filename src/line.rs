//! The grammar of one line, pure: no state, no copies.
//!
//! From the standard, 9.2.5 ("Parsing an event stream"), line ends left out:
//!
//! ```abnf
//! comment  = colon *any-char
//! field    = 1*name-char [ colon [ space ] *any-char ]
//! name-char = any character but LF, CR and colon
//! any-char  = any character but LF and CR
//! ```

/// One line of an event stream, as the bytes stand there: nothing is replaced and no field is left out.
///
/// This is the view of a proxy, which has to tell an absent `id` from an empty one and passes on what it does not know.
///
/// ```
/// use sse_wire::Line;
///
/// assert_eq!(Line::parse(b"id: 7"), Line::Field { name: b"id", value: b"7" });
/// assert_eq!(Line::parse(b"id"), Line::Field { name: b"id", value: b"" });
/// assert_eq!(Line::parse(b": hi"), Line::Comment(b" hi"));
/// assert_eq!(Line::parse(b""), Line::Blank);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the standard's grammar has these three")]
pub enum Line<'a> {
    /// An empty line: the event ends here.
    Blank,
    /// What follows the colon of a line that starts with one, a leading space included.
    Comment(&'a [u8]),
    /// A field; a line without a colon is a name with an empty value.
    Field {
        /// The bytes before the first colon, exactly.
        name: &'a [u8],
        /// The bytes behind it, less one leading space.
        value: &'a [u8],
    },
}

impl<'a> Line<'a> {
    /// Returns the parts of `line`, which must come without its line end.
    ///
    /// # Complexity
    ///
    /// One pass over the name.
    pub fn parse(line: &'a [u8]) -> Self {
        match memchr::memchr(b':', line) {
            None if line.is_empty() => Self::Blank,
            None => Self::Field { name: line, value: b"" },
            Some(0) => Self::Comment(&line[1..]),
            Some(colon) => Self::Field { name: &line[..colon], value: without_space(&line[colon + 1..]) },
        }
    }
}

/// The lines that mean something to a decoder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Comment,
    Data,
    EventType,
    Id,
    Retry,
}

impl Kind {
    /// The kind of a whole line and where its value starts; `None` for a field that the standard does not know, and for
    /// a blank line.
    #[inline(always)]
    pub(crate) fn of(line: &[u8]) -> Option<(Self, usize)> {
        // Comparisons with constants are two or three instructions; the likely ones come first. Each branch ends by
        // itself, so that the caller's `match` goes straight on from there.
        let value_at = |after_name: &[u8]| match after_name {
            [] => Some(line.len()),
            [b':', value @ ..] => Some(line.len() - without_space(value).len()),
            _ => None,
        };
        if let Some(rest) = line.strip_prefix(b"data") {
            Some((Self::Data, value_at(rest)?))
        } else if let [b':', ..] = line {
            Some((Self::Comment, value_at(line)?))
        } else if let Some(rest) = line.strip_prefix(b"event") {
            Some((Self::EventType, value_at(rest)?))
        } else if let Some(rest) = line.strip_prefix(b"id") {
            Some((Self::Id, value_at(rest)?))
        } else if let Some(rest) = line.strip_prefix(b"retry") {
            Some((Self::Retry, value_at(rest)?))
        } else {
            None
        }
    }

    /// Whether such lines make up an event.
    #[inline(always)]
    pub(crate) const fn is_of_event(self) -> bool {
        matches!(self, Self::Data | Self::EventType | Self::Id)
    }

    /// The kind of a line and where its value starts, for the fields of an event, written with a colon.
    #[inline(always)]
    pub(crate) fn usual(first: FirstBytes) -> Option<(Self, usize)> {
        if first.start_with(b"data:") {
            Some((Self::Data, first.behind_colon(5)))
        } else if first.start_with(b"event:") {
            Some((Self::EventType, first.behind_colon(6)))
        } else if first.start_with(b"id:") {
            Some((Self::Id, first.behind_colon(3)))
        } else {
            None
        }
    }
}

/// What the start of a line that may be cut says of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Start {
    /// The kind, and where the value starts.
    Known(Kind, usize),
    /// Nothing yet: it may become a field of one kind or the other, or there may be a space to come.
    Cut,
    Unknown,
}

impl Start {
    /// Of a line of which `length` bytes are known, more than none.
    #[inline(always)]
    pub(crate) fn of(first: FirstBytes, length: usize) -> Self {
        match Kind::usual(first) {
            Some((kind, value_at)) => Self::behind(kind, value_at, first, length),
            None => Self::of_unusual(first, length),
        }
    }

    #[inline(never)]
    fn of_unusual(first: FirstBytes, length: usize) -> Self {
        if first.start_with(b":") {
            return Self::behind(Kind::Comment, first.behind_colon(1), first, length);
        }
        if first.start_with(b"retry:") {
            return Self::behind(Kind::Retry, first.behind_colon(6), first, length);
        }
        let is_cut = first.are_of(b"data", length)
            || first.are_of(b"event", length)
            || first.are_of(b"id", length)
            || first.are_of(b"retry", length);
        if is_cut { Self::Cut } else { Self::Unknown }
    }

    /// Behind the colon a space may follow, which is no part of the value.
    #[inline(always)]
    fn behind(kind: Kind, value_at: usize, first: FirstBytes, length: usize) -> Self {
        let is_colon_last = value_at == length && first.0 >> (8 * (length - 1)) == u64::from(b':');
        if is_colon_last { Self::Cut } else { Self::Known(kind, value_at) }
    }
}

/// The first 8 bytes of a line as a little-endian number, or what there is of them: to compare them is one instruction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FirstBytes(pub(crate) u64);

impl FirstBytes {
    pub(crate) const NONE: Self = Self(0);

    /// Those of these bytes.
    #[inline(always)]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(if let Some(first) = bytes.first_chunk() {
            u64::from_le_bytes(*first)
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
            first | last << (8 * (bytes.len() - 4))
        } else {
            bytes.iter().rev().fold(0, |first, &byte| first << 8 | u64::from(byte))
        })
    }

    /// These and the ones behind them.
    #[inline(always)]
    pub(crate) fn with(self, next: Self) -> Self {
        Self(self.0 | next.0 << (8 * self.len()))
    }

    /// How many there are, less than 8 and none of them NUL.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        8 - self.0.leading_zeros() as usize / 8
    }

    /// Whether they are those of a comment whose text has not begun.
    pub(crate) fn is_of_comment(self) -> bool {
        self.0 == u64::from(b':')
    }

    #[inline(always)]
    pub(crate) fn start_with<const N: usize>(self, name: &[u8; N]) -> bool {
        self.differ(name) << (64 - 8 * N) == 0
    }

    /// Whether the name starts with these, which are `length`, or more than it has.
    #[inline(always)]
    fn are_of<const N: usize>(self, name: &[u8; N], length: usize) -> bool {
        length <= N && self.differ(name) << (64 - 8 * length) == 0
    }

    /// Zeros where they are those of the name.
    #[inline(always)]
    fn differ<const N: usize>(self, name: &[u8; N]) -> u64 {
        let mut padded = [0; 8];
        padded[..N].copy_from_slice(name);
        self.0 ^ u64::from_le_bytes(padded)
    }

    /// Where the value starts if the colon is the last of so many bytes.
    #[inline(always)]
    fn behind_colon(self, length: usize) -> usize {
        length + usize::from((self.0 >> (8 * length)) & 0xFF == u64::from(b' '))
    }

    /// The kind that these are all of the line of.
    pub(crate) fn kind(self) -> Option<Kind> {
        Kind::of(&self.0.to_le_bytes()[..self.len()]).map(|(kind, _)| kind)
    }
}

/// The value of a `retry` field, digit by digit, so that a number of any length needs no memory.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Digits {
    #[default]
    None,
    Number(u64),
    /// Something else than digits, or more than a `u64` of milliseconds.
    Invalid,
}

impl Digits {
    #[inline]
    pub(crate) fn push(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |digits, &byte| {
            let number = match digits {
                Self::None => 0,
                Self::Number(number) => number,
                Self::Invalid => return Self::Invalid,
            };
            let digit = byte.wrapping_sub(b'0');
            match number.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit))) {
                Some(number) if digit < 10 => Self::Number(number),
                _ => Self::Invalid,
            }
        })
    }
}

/// 9.2.6: an ID with NUL is no ID.
#[inline]
pub(crate) fn has_nul(id: &[u8]) -> bool {
    // Most IDs are so short that one word covers them, or two.
    match id.last_chunk() {
        Some(last) if id.len() <= 16 => has_zero(FirstBytes::of(id).0) || has_zero(u64::from_le_bytes(*last)),
        Some(_) => id.contains(&0),
        None => has_zero(FirstBytes::of(id).0 | u64::MAX << (8 * id.len())),
    }
}

/// Whether one of the bytes is zero.
#[inline(always)]
const fn has_zero(bytes: u64) -> bool {
    // The lowest byte whose highest bit was not set and is now is zero; those above it may have been borrowed from.
    bytes.wrapping_sub(0x0101_0101_0101_0101) & !bytes & 0x8080_8080_8080_8080 != 0
}

/// 9.2.6, "Process the field": one leading U+0020 is no part of the value.
#[inline]
fn without_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}
