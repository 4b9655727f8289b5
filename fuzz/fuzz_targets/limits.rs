//! The limit holds, and costs no more than the event that passes it: laws 1 and 5. No model is asked.
#![no_main]

#[path = "../../tests/counting/mod.rs"]
mod counting;

use bytes::Bytes;
use counting::{KEPT, Taker, measure};
use libfuzzer_sys::fuzz_target;
use sse_wire::{DecodeError, DecodeOptions};
use sse_wire_fuzz::{
    Input,
    support::{
        self, DRIVERS, Driver, Out, Outcome,
        lines::{Placed, check_lines, lines},
        run,
    },
};

fuzz_target!(|input: &[u8]| {
    let input = Input::parse(input);
    let stream = expand(input.stream);
    // A long stream in small chunks takes too long; its chunks grow with it.
    let lengths = input.lengths.iter().map(|length| length * (1 + stream.len() / 1024)).collect();
    let input = Input { stream: &stream, lengths, ..input };
    let chunks = input.chunks();
    let decode = run(Driver::Decode, input.options, [&*stream]);
    check_blocks(input.options, &stream, &decode);
    for driver in DRIVERS {
        let whole = run(driver, input.options, [&*stream]);
        assert_eq!(run(driver, input.options, chunks.iter().copied()), whole, "{driver:?}");
    }
    check_lines(input.options, &stream, &chunks);
    check_memory(input.options, &chunks);
});

/// The stream, in which 0x01 and a number say how often the byte before is to come again, and 0x02 and a number how often
/// the line before: what passes a limit is long, and inputs are short.
fn expand(input: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut line = 0;
    let mut rest = input;
    while let [byte, after @ ..] = rest {
        rest = after;
        let (repeated, times) = match (byte, after) {
            (1, [number, after @ ..]) => {
                rest = after;
                (stream.len().saturating_sub(1), usize::from(*number).pow(2))
            }
            (2, [number, after @ ..]) => {
                rest = after;
                (line, usize::from(*number))
            }
            _ => {
                if stream.last() == Some(&b'\n') {
                    line = stream.len();
                }
                stream.push(*byte);
                continue;
            }
        };
        let repeated = stream[repeated..].to_vec();
        let room = LONGEST.saturating_sub(stream.len());
        stream.extend(repeated.iter().cycle().take((repeated.len() * times).min(room)));
    }
    stream
}

/// Each block gives what it gives by itself: an event, or nothing, or one error, whatever came before it.
fn check_blocks(options: DecodeOptions, stream: &[u8], decode: &Outcome) {
    let blocks = blocks(stream);
    // More than a few are the same one, repeated.
    if blocks.len() > 50 {
        return;
    }
    let mut expected = Outcome::default();
    for (start, block) in blocks {
        // All that comes from before is the ID. A blank line keeps a byte order mark from being one.
        let before = if start == 0 { String::new() } else { format!("id: {}\n\n", expected.last_event_id) };
        let mut outcome = run(Driver::Decode, options, [before.as_bytes(), block]);
        assert!(outcome.out.len() <= 1, "{:#?} of one block", outcome.out);
        for error in &mut outcome.out {
            if let Out::Error(DecodeError::EventTooLong { offset, .. } | DecodeError::InvalidUtf8 { offset }) = error {
                *offset = *offset - before.len() as u64 + start as u64;
            }
        }
        outcome.out.splice(..0, expected.out);
        outcome.reconnection_time = outcome.reconnection_time.or(expected.reconnection_time);
        expected = outcome;
    }
    assert_eq!(*decode, expected);
}

/// The blocks of the stream and their offsets, each with the blank line that ends it; the last one lacks it.
fn blocks(stream: &[u8]) -> Vec<Placed<'_>> {
    let (lines, (end, _)) = lines(stream);
    let mut blocks = Vec::new();
    let mut start = 0;
    // A line goes up to where the next one starts.
    let nexts = lines.iter().skip(1).map(|&(next, _)| next).chain([end]);
    for (&(_, line), next) in lines.iter().zip(nexts) {
        if line.is_empty() {
            blocks.push((start, &stream[start..next]));
            start = next;
        }
    }
    blocks.push((start, &stream[start..]));
    blocks
}

/// What `DecodeOptions::with_max_event_len` says of all that a decoder allocates.
fn check_memory(options: DecodeOptions, chunks: &[&[u8]]) {
    // Not a part of the cost.
    let chunks: Vec<Bytes> = chunks.iter().map(|chunk| counting::shared(chunk.to_vec())).collect();
    // No event and no ID is left after this.
    let end = Bytes::from_static(b"\n\nid\ndata\n\n\n");
    for mut taker in Taker::all(options) {
        let ((), cost) = measure(|| {
            for chunk in &chunks {
                taker.feed_all(chunk, usize::MAX);
            }
            taker.feed_all(&end, usize::MAX);
        });
        let limit = options.max_event_len();
        let most = match taker {
            Taker::Lines(_) => limit,
            // Five buffers, none of which passes the limit; for large limits, what the documentation says.
            Taker::Events(Driver::Decode | Driver::DecodeItem, _) => (5 * limit).min(3 * limit + KEPT.cast_unsigned()),
            // An ID that is shared is kept once more; and an event is the caller's for a moment.
            Taker::Events(..) => (7 * limit).min(5 * limit + KEPT.cast_unsigned()),
        };
        let most = most.cast_signed() + 1024;
        let is_bounded = cost.peak <= most && cost.retained <= KEPT + 1024;
        assert!(is_bounded, "{}: {cost:?} with a limit of {limit}", taker.name());
    }
}

/// More than decoders keep anyway, so that what grows past a small limit is seen.
const LONGEST: usize = 80 * 1024;
