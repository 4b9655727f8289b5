//! How a stream is cut and how a decoder is asked changes nothing: laws 1 to 4, and 8. No model is asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_wire::{DecodeError, DecodeOptions, Decoder};
use sse_wire_fuzz::{
    Input,
    support::{DRIVERS, Driver, Out, Outcome, feed, lines::check_lines, run},
};

fuzz_target!(|input: &[u8]| {
    let input = Input::parse(input);
    // Byte by byte is what most inputs say themselves; that all do would take most of the time.
    let cuts = [vec![input.stream], input.chunks()];
    let decode = run(Driver::Decode, input.options, [input.stream]);
    for driver in DRIVERS {
        let [whole, cut] = cuts.each_ref().map(|cut| run(driver, input.options, cut.iter().copied()));
        assert_eq!(cut, whole, "{driver:?}");
        let whole = if driver.shows_items() { without_extras(whole, input.stream) } else { whole };
        assert_eq!(whole, decode, "{driver:?}");
    }
    check_promptness(&input);
    check_mixed_drivers(&input, &decode);
    check_second_stream(&input, &decode);
    for cut in &cuts {
        check_lines(input.options, input.stream, cut);
    }
});

/// What `decode` makes of what a driver of items shows; errors of comments are among the extras.
fn without_extras(mut items: Outcome, stream: &[u8]) -> Outcome {
    let is_of_comment = |error: &DecodeError| match *error {
        DecodeError::InvalidUtf8 { offset } => line_at(stream, offset).starts_with(b":"),
        _ => false,
    };
    items.out.retain(|out| match out {
        Out::Event(_) => true,
        Out::Error(error) => !is_of_comment(error),
        _ => false,
    });
    items
}

/// The line from its start up to that offset.
fn line_at(stream: &[u8], offset: u64) -> &[u8] {
    let before = &stream[..usize::try_from(offset).expect("an offset in memory")];
    let start = before.iter().rposition(|byte| b"\r\n".contains(byte)).map_or(0, |end| end + 1);
    let line = &before[start..];
    if start == 0 { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) } else { line }
}

/// An item is out with the byte that completes it, so that the place where the decoder stands then does not depend on the
/// chunks. An error may be out earlier if the line is cut.
fn check_promptness(input: &Input<'_>) {
    let whole = places(input.options, &[input.stream]);
    for chunks in [input.chunks(), input.stream.chunks(1).collect()] {
        let places = places(input.options, &chunks);
        assert_eq!(places.len(), whole.len());
        for ((is_item, place), &(_, whole)) in places.into_iter().zip(&whole) {
            assert!(if is_item { place == whole } else { place <= whole }, "at {place} instead of {whole}");
        }
    }
}

/// For each item or error, whether it is an item, and how much of the stream had been consumed when it was out.
fn places(options: DecodeOptions, chunks: &[&[u8]]) -> Vec<(bool, u64)> {
    let mut decoder = Decoder::with_options(options);
    let mut places = Vec::new();
    for &chunk in chunks {
        let mut input = chunk;
        loop {
            let is_item = match decoder.decode_item(&mut input) {
                Ok(Some(_)) => true,
                Ok(None) => break,
                Err(_) => false,
            };
            places.push((is_item, decoder.position()));
            assert!(decoder.buffered() <= options.max_event_len());
        }
    }
    places
}

/// Each chunk may be asked for in another way.
fn check_mixed_drivers(input: &Input<'_>, decode: &Outcome) {
    let is_kept = |out: &Out| matches!(out, Out::Event(_) | Out::Error(DecodeError::EventTooLong { .. }));
    let mut decoder = Decoder::with_options(input.options);
    let mut out = Vec::new();
    let drivers = input.lengths.iter().map(|&length| DRIVERS[length % DRIVERS.len()]).chain(DRIVERS);
    for (chunk, driver) in input.chunks().into_iter().zip(drivers.collect::<Vec<_>>().into_iter().cycle()) {
        feed(&mut decoder, driver, chunk, &mut out);
    }
    out.retain(is_kept);
    let expected = decode.out.iter().filter(|out| is_kept(out));
    assert!(out.iter().eq(expected), "{out:#?} instead of {decode:#?}");
    assert_eq!(decoder.last_event_id(), decode.last_event_id);
    assert_eq!(decoder.reconnection_time(), decode.reconnection_time);
}

/// A decoder that has had a stream takes the next as a new one does.
fn check_second_stream(input: &Input<'_>, decode: &Outcome) {
    for is_finish in [false, true] {
        let mut decoder = Decoder::with_options(input.options);
        let mut out = Vec::new();
        for chunk in input.chunks() {
            feed(&mut decoder, Driver::DecodeItem, chunk, &mut out);
        }
        if is_finish {
            decoder.finish();
        } else {
            decoder.reset();
        }
        decoder.set_last_event_id("");
        out.clear();
        feed(&mut decoder, Driver::Decode, input.stream, &mut out);
        assert_eq!(out, decode.out);
    }
}
