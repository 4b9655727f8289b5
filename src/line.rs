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
//!
//! [`Line::parse`] shows a line as it is. Decoders need less, and faster: [`Kind::of_line`] tells what a line does from
//! its first eight bytes, which hold the longest name that means anything and its colon. A name is then one comparison
//! of two numbers. A line that is cut may be too short to tell; [`Kind::of_start`] says so.

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
    ///
    /// ```
    /// use sse_wire::Line;
    ///
    /// assert_eq!(Line::parse(b"data:  x"), Line::Field { name: b"data", value: b" x" });
    /// ```
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

/// The names of the fields (9.2.6, "Process the field"), for both directions.
pub(crate) mod name {
    pub(crate) const DATA: &str = "data";
    pub(crate) const EVENT_TYPE: &str = "event";
    pub(crate) const ID: &str = "id";
    pub(crate) const RETRY: &str = "retry";
}

/// What a line with such a name is, the likely ones first. The name of a comment is empty (9.2.6).
const FIELDS: [Field; 5] = [
    Field::new(name::DATA, Kind::Data),
    Field::new(name::EVENT_TYPE, Kind::EventType),
    Field::new(name::ID, Kind::Id),
    Field::new("", Kind::Comment),
    Field::new(name::RETRY, Kind::Retry),
];

impl Kind {
    /// The kind of a whole line of that length, and where its value starts. `first_8` may go on with what follows the
    /// line.
    #[inline(always)]
    pub(crate) fn of_line(length: usize, first_8: impl FnOnce() -> u64) -> (Self, usize) {
        if length == 0 {
            return (Self::Blank, 0);
        }
        let first = FirstBytes(first_8());
        // Unrolled; each round ends by itself, so that the caller's `match` goes straight on from there.
        for field in FIELDS {
            if first.start_with(field) {
                return (field.kind, first.value_at(field));
            }
        }
        Self::of_name(first, length)
    }

    /// The kind of a line that goes on after `length` bytes, and where its value starts; `None` if that takes more of
    /// them.
    #[inline(always)]
    pub(crate) fn of_start(first: FirstBytes, length: usize) -> Option<(Self, usize)> {
        match FIELDS.into_iter().find(|&field| first.start_with(field)) {
            // A space may follow, which is no part of the value.
            Some(field) if field.name.len() + 1 == length => None,
            Some(field) => Some((field.kind, first.value_at(field))),
            None if FIELDS.iter().any(|field| first.may_become(field.name, length)) => None,
            None => Some((Self::Unknown, length)),
        }
    }

    /// The kind of a line that is nothing but a name, and where its empty value starts.
    #[inline(never)]
    fn of_name(first: FirstBytes, length: usize) -> (Self, usize) {
        let is_name = |field: &&Field| field.name.len() == length && first.may_become(field.name, length);
        (FIELDS.iter().find(is_name).map_or(Self::Unknown, |field| field.kind), length)
    }
}

/// The first 8 bytes of a line as a little-endian number, or what there is of them: to compare them is one instruction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct FirstBytes(pub(crate) u64);

impl FirstBytes {
    /// These and the ones that follow them.
    #[inline(always)]
    pub(crate) fn with(self, next: Self) -> Self {
        Self(self.0 | next.0 << (8 * self.len()))
    }

    /// How many there are in a `Place::Name`: at most six, none of them NUL.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        8 - self.0.leading_zeros() as usize / 8
    }

    /// Where the value starts, if they are those of a line of data with a colon.
    #[inline(always)]
    pub(crate) fn value_of_data(self) -> Option<usize> {
        self.start_with(FIELDS[0]).then(|| self.value_at(FIELDS[0]))
    }

    #[inline(always)]
    fn start_with(self, field: Field) -> bool {
        (self.0 ^ field.bytes) << (64 - 8 * (field.name.len() + 1)) == 0
    }

    /// Whether the first `length` of them, which are all there are so far, are those of the name, or its start.
    #[inline(always)]
    fn may_become(self, name: &str, length: usize) -> bool {
        length <= name.len() && (self.0 ^ first_8(name.as_bytes())) << (64 - 8 * length) == 0
    }

    /// Where the value starts: after the colon, and after a space there.
    #[inline(always)]
    fn value_at(self, field: Field) -> usize {
        let start = field.name.len() + 1;
        start + space_len((self.0 >> (8 * start)) & 0xFF)
    }
}

/// A name, what a line with it is, and the name with its colon as the number that a line's first bytes are compared
/// with.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    kind: Kind,
    bytes: u64,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        let (mut bytes, mut at) = ([0; 8], 0);
        while at < name.len() {
            bytes[at] = name.as_bytes()[at];
            at += 1;
        }
        bytes[at] = b':';
        Self { name, kind, bytes: u64::from_le_bytes(bytes) }
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
    pub(crate) fn push(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |digits, byte| {
            let (number, digit) = match digits {
                Self::None => (0, byte.wrapping_sub(b'0')),
                Self::Number(number) => (number, byte.wrapping_sub(b'0')),
                Self::Invalid => return Self::Invalid,
            };
            let longer = number.checked_mul(10).and_then(|tens: u64| tens.checked_add(digit.into()));
            longer.filter(|_| digit < 10).map_or(Self::Invalid, Self::Number)
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
