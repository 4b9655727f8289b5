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

use sse_wire::{DecodeOptions, Utf8Policy};

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
            Some(&limit) => DecodeOptions::new().with_max_event_len(number(limit).pow(2)),
        };
        let lengths: Vec<usize> = head.iter().skip(2).copied().map(number).collect();
        let lengths = if lengths.iter().any(|&length| length > 0) { lengths } else { vec![1] };
        Self { options: options.with_utf8_policy(policy), lengths, stream }
    }

    pub fn chunks(&self) -> Vec<&'i [u8]> {
        strategies::cut(self.stream, &self.lengths)
    }
}

/// A number that a byte stands for: that of a digit if it is one, so that a text editor can write seeds.
pub fn number(byte: u8) -> usize {
    usize::from(byte.wrapping_sub(b'0'))
}

/// The options with each of the policies, for one stream.
pub fn with_both_policies(options: DecodeOptions) -> [DecodeOptions; 2] {
    [options.with_utf8_policy(Utf8Policy::Replace), options.with_utf8_policy(Utf8Policy::Reject)]
}
