//! What the targets share: the checks of the tests, and how an input says what is to be done with its stream.
//!
//! The first line of an input is its head, and the stream follows:
//!
//! ```text
//! policy  limit  length*  LF  stream
//! ```
//!
//! Each is one byte. An odd policy rejects what is not UTF-8. The limit is the square of its distance from `0`; `-`, or
//! none, is the default. The stream is cut into chunks whose lengths are the distances from `0`, again and again; without
//! any, into bytes. So the line `0-13` means replacement, no limit, and chunks of 1 and 3 bytes in turn. Any file of events
//! is an input as well: its first line is taken for a head.

use sse_wire::{DecodeError, DecodeOptions, Line, LineDecoder, Utf8Policy};

use crate::support::strategies;

#[path = "../../tests/support/mod.rs"]
pub mod support;

/// A stream, how to decode it, and how to cut it.
#[derive(Clone, Debug)]
pub struct Input<'i> {
    pub options: DecodeOptions,
    pub lengths: Vec<usize>,
    pub stream: &'i [u8],
}

impl<'i> Input<'i> {
    pub fn parse(input: &'i [u8]) -> Self {
        let (head, stream) = match input.iter().position(|&byte| byte == b'\n') {
            Some(end) => (&input[..end], &input[end + 1..]),
            None => (&[][..], input),
        };
        let policy =
            if head.first().is_some_and(|byte| byte % 2 == 1) { Utf8Policy::Reject } else { Utf8Policy::Replace };
        let options = match head.get(1) {
            None | Some(b'-') => DecodeOptions::new(),
            Some(&limit) => DecodeOptions::new().max_event_len(number(limit).pow(2)),
        };
        let lengths: Vec<usize> = head.iter().skip(2).copied().map(number).collect();
        let lengths = if lengths.iter().any(|&length| length > 0) { lengths } else { vec![1] };
        Self { options: options.utf8(policy), lengths, stream }
    }

    pub fn chunks(&self) -> Vec<&'i [u8]> {
        strategies::cut(self.stream, &self.lengths)
    }
}

/// A number that a byte stands for: that of a digit if it is one, so that a text editor can write seeds.
pub fn number(byte: u8) -> usize {
    usize::from(byte.wrapping_sub(b'0'))
}

/// The same stream to be decoded with another policy.
pub fn with_both_policies(options: DecodeOptions) -> [DecodeOptions; 2] {
    [options.utf8(Utf8Policy::Replace), options.utf8(Utf8Policy::Reject)]
}

/// A line, or what there is of one, and its offset.
pub type Placed<'s> = (usize, &'s [u8]);

/// The lines of the stream, byte order mark and line ends left out; and what follows the last line end.
pub fn lines(stream: &[u8]) -> (Vec<Placed<'_>>, Placed<'_>) {
    let mut start = if stream.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut lines = Vec::new();
    while let Some(length) = stream[start..].iter().position(|byte| b"\r\n".contains(byte)) {
        let end = start + length;
        lines.push((start, &stream[start..end]));
        start = end + if stream[end..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    (lines, (start, &stream[start..]))
}

/// Checks raw lines, limited or not, against a plain reading of the stream.
pub fn check_lines(options: DecodeOptions, stream: &[u8], chunks: &[&[u8]]) {
    let limit = options.limit();
    let (lines, (start, rest)) = lines(stream);
    let too_long = |start: usize| Err(DecodeError::LineTooLong { offset: (start + limit) as u64, limit });
    let lines =
        lines.iter().map(|&(start, line)| if line.len() > limit { too_long(start) } else { Ok(Line::parse(line)) });
    // As long as there is nothing but a part of a byte order mark, it is not a line that could be too long.
    let is_withheld = start == 0 && rest.len() < 3 && b"\xEF\xBB\xBF".starts_with(rest);
    let is_too_long = rest.len() > limit;
    let cut = (!rest.is_empty() && !is_too_long).then(|| Line::parse(rest));
    let mut expected = lines.chain((is_too_long && !is_withheld).then(|| too_long(start)));
    let mut decoder = LineDecoder::with_options(options);
    let mut fed = 0;
    for &chunk in chunks {
        let mut input = chunk;
        while let Some(line) = decoder.decode(&mut input).transpose() {
            assert_eq!(Some(line), expected.next());
        }
        fed += chunk.len() as u64;
        assert_eq!((decoder.position(), input.len()), (fed, 0), "the chunk is used up");
        assert!(decoder.buffered() <= limit, "{} bytes retained", decoder.buffered());
    }
    assert_eq!(expected.next(), None);
    assert_eq!(decoder.finish(), cut);
}
