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

    /// The only kind whose lines can start with this byte.
    #[inline]
    pub(crate) fn starting_with(byte: u8) -> Option<Self> {
        match byte {
            b'd' => Some(Self::Data),
            b'e' => Some(Self::EventType),
            b'i' => Some(Self::Id),
            b'r' => Some(Self::Retry),
            b':' => Some(Self::Comment),
            _ => None,
        }
    }

    /// What stands before the colon.
    #[inline]
    pub(crate) const fn name(self) -> &'static [u8] {
        match self {
            Self::Comment => b"",
            Self::Data => b"data",
            Self::EventType => b"event",
            Self::Id => b"id",
            Self::Retry => b"retry",
        }
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

/// 9.2.6, "Process the field": one leading U+0020 is no part of the value.
#[inline]
fn without_space(value: &[u8]) -> &[u8] {
    value.strip_prefix(b" ").unwrap_or(value)
}
