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

use crate::scan::first_8;

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
        /// The bytes after it, less one leading space.
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
            Some(colon) => {
                let (name, value) = (&line[..colon], &line[colon + 1..]);
                Self::Field { name, value: &value[value.first().map_or(0, |&next| space_len(next.into()))..] }
            }
        }
    }
}

/// What a line is to a decoder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Blank,
    Comment,
    Data,
    EventType,
    Id,
    Retry,
    /// A field that the standard does not know.
    Unknown,
}

/// The names of the fields (9.2.6, "Process the field").
pub(crate) mod name {
    pub(crate) const DATA: &str = "data";
    pub(crate) const EVENT_TYPE: &str = "event";
    pub(crate) const ID: &str = "id";
    pub(crate) const RETRY: &str = "retry";
}

/// What a line with such a name is.
const NAMES: [(&str, Kind); 4] =
    [(name::DATA, Kind::Data), (name::EVENT_TYPE, Kind::EventType), (name::ID, Kind::Id), (name::RETRY, Kind::Retry)];

impl Kind {
    /// The kind of a whole line of that length, and where its value starts. `first` may go on with what follows the line.
    #[inline(always)]
    pub(crate) fn of_line(first: FirstBytes, length: usize) -> (Self, usize) {
        Self::of_colon(first)
            .map_or_else(|| Self::of_name(first, length), |(kind, colon)| (kind, first.value_at(colon)))
    }

    /// The kind of a line that goes on after `length` bytes, and where its value starts; `None` if that takes more of them.
    #[inline(always)]
    pub(crate) fn of_start(first: FirstBytes, length: usize) -> Option<(Self, usize)> {
        match Self::of_colon(first) {
            // A space may follow, which is no part of the value.
            Some((_, colon)) if colon + 1 == length => None,
            Some((kind, colon)) => Some((kind, first.value_at(colon))),
            None if NAMES.iter().any(|(name, _)| first.may_become(name, length)) => None,
            None => Some((Self::Unknown, length)),
        }
    }

    /// The kind of a line that is known by its colon, and where that stands. The likely kinds come first; each branch ends
    /// by itself, so that the caller's `match` goes straight on from there.
    #[inline(always)]
    fn of_colon(first: FirstBytes) -> Option<(Self, usize)> {
        const DATA: Prefix = Prefix::new(name::DATA);
        const EVENT_TYPE: Prefix = Prefix::new(name::EVENT_TYPE);
        const ID: Prefix = Prefix::new(name::ID);
        const RETRY: Prefix = Prefix::new(name::RETRY);
        const COMMENT: Prefix = Prefix::new("");
        if first.start_with(DATA) {
            Some((Self::Data, DATA.colon))
        } else if first.start_with(EVENT_TYPE) {
            Some((Self::EventType, EVENT_TYPE.colon))
        } else if first.start_with(ID) {
            Some((Self::Id, ID.colon))
        } else if first.start_with(COMMENT) {
            Some((Self::Comment, COMMENT.colon))
        } else if first.start_with(RETRY) {
            Some((Self::Retry, RETRY.colon))
        } else {
            None
        }
    }

    /// The kind of a line that is nothing but a name, and that its value is empty.
    #[inline(never)]
    fn of_name(first: FirstBytes, length: usize) -> (Self, usize) {
        let known = NAMES.iter().find(|(name, _)| name.len() == length && first.may_become(name, length));
        (known.map_or(Self::Unknown, |&(_, kind)| kind), length)
    }
}

/// The first 8 bytes of a line as a little-endian number, or what there is of them: to compare them is one instruction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FirstBytes(u64);

impl FirstBytes {
    pub(crate) const NONE: Self = Self(0);

    #[inline(always)]
    pub(crate) const fn new(first: u64) -> Self {
        Self(first)
    }

    /// These and the ones that follow them.
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
    pub(crate) fn is_comment(self) -> bool {
        self.0 == u64::from(b':')
    }

    /// Whether they are those of a line of data, written with a colon; and where its value starts.
    #[inline(always)]
    pub(crate) fn value_of_data(self) -> Option<usize> {
        const DATA: Prefix = Prefix::new(name::DATA);
        self.start_with(DATA).then(|| self.value_at(DATA.colon))
    }

    #[inline(always)]
    fn start_with(self, prefix: Prefix) -> bool {
        (self.0 ^ prefix.bytes) << (64 - 8 * (prefix.colon + 1)) == 0
    }

    /// Whether the first `length` of them, which are all there are so far, are those of the name, or its start.
    #[inline(always)]
    fn may_become(self, name: &str, length: usize) -> bool {
        length <= name.len() && (self.0 ^ first_8(name.as_bytes())) << (64 - 8 * length) == 0
    }

    /// Where the value starts: after the colon, and after a space there.
    #[inline(always)]
    fn value_at(self, colon: usize) -> usize {
        colon + 1 + space_len((self.0 >> (8 * (colon + 1))) & 0xFF)
    }
}

/// A name with its colon, as the number that a line's first bytes are compared with.
#[derive(Clone, Copy)]
struct Prefix {
    bytes: u64,
    colon: usize,
}

impl Prefix {
    const fn new(name: &str) -> Self {
        let (name, mut bytes, mut at) = (name.as_bytes(), [0; 8], 0);
        while at < name.len() {
            bytes[at] = name[at];
            at += 1;
        }
        bytes[at] = b':';
        Self { bytes: u64::from_le_bytes(bytes), colon: at }
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
        Some(last) if id.len() <= 16 => has_zero(first_8(id)) || has_zero(u64::from_le_bytes(*last)),
        Some(_) => id.contains(&0),
        None => has_zero(first_8(id) | u64::MAX << (8 * id.len())),
    }
}

/// Whether one of the bytes is zero.
#[inline(always)]
const fn has_zero(bytes: u64) -> bool {
    // The lowest byte whose highest bit was not set and is now is zero; those above it may have been borrowed from.
    bytes.wrapping_sub(0x0101_0101_0101_0101) & !bytes & 0x8080_8080_8080_8080 != 0
}

/// 9.2.6, "Process the field": one U+0020 after the colon is no part of the value. Its length, given the byte there.
#[inline(always)]
fn space_len(next: u64) -> usize {
    usize::from(next == u64::from(b' '))
}
