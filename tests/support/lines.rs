//! Raw lines, read slowly and plainly, and the check of a `LineDecoder` against them.

use sse_wire::{DecodeError, DecodeOptions, Line, LineDecoder};

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
    let limit = options.max_event_len();
    let (lines, (start, rest)) = lines(stream);
    let too_long = |start: usize| Err(DecodeError::LineTooLong { offset: (start + limit) as u64, limit });
    let lines =
        lines.iter().map(|&(start, line)| if line.len() > limit { too_long(start) } else { Ok(Line::parse(line)) });
    // As long as there is nothing but a part of a byte order mark, it is not a line that could be too long.
    let is_withheld = start == 0 && rest.len() < 3 && b"\xEF\xBB\xBF".starts_with(rest);
    let is_too_long = rest.len() > limit;
    let cut = (!rest.is_empty() && !is_too_long).then(|| Line::parse(rest));
    let expected = lines.chain((is_too_long && !is_withheld).then(|| too_long(start)));
    check_lines_are(options, chunks, expected, cut);
}

/// Checks that a decoder finds these lines in the chunks, and this one cut off at the end.
pub fn check_lines_are<'s>(
    options: DecodeOptions,
    chunks: &[&[u8]],
    mut expected: impl Iterator<Item = Result<Line<'s>, DecodeError>>,
    cut: Option<Line<'_>>,
) {
    let mut decoder = LineDecoder::with_max_line_len(options.max_event_len());
    let mut fed = 0;
    for &chunk in chunks {
        let mut input = chunk;
        while let Some(line) = decoder.decode(&mut input).transpose() {
            assert_eq!(Some(line), expected.next());
        }
        fed += chunk.len() as u64;
        assert_eq!((decoder.position(), input.len()), (fed, 0), "the chunk is used up");
        assert!(decoder.buffered() <= options.max_event_len(), "{} bytes retained", decoder.buffered());
    }
    assert_eq!(expected.next(), None);
    assert_eq!(decoder.finish(), cut);
    assert_eq!((decoder.position(), decoder.buffered()), (0, 0));
    assert_eq!(decoder.finish(), None);
}
