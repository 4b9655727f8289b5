//! The laws of the crate docs, on streams made to break them.

mod support;

use bytes::Bytes;
use proptest::prelude::*;
use sse_wire::{DecodeOptions, Decoder};
use support::{Driver, Out, check_cut, feed, few, lines::check_lines, reference, run, strategies};

proptest! {
    #![proptest_config(few::config(2000))]

    #[test]
    fn laws_1_to_5_any_cut_and_any_driver_give_what_the_model_gives(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        options in strategies::options(),
    ) {
        let expected = reference::decode(&stream, options);
        check_cut(options, &expected, &[&stream]);
        check_cut(options, &expected, &strategies::cut(&stream, &cuts));
    }

    #[test]
    fn law_10_the_events_are_those_of_the_standard(stream in strategies::stream()) {
        let outcome = run(Driver::Decode, DecodeOptions::new().unlimited(), [&stream[..]]);
        let (events, last_event_id, reconnection_time) = reference::standard(&stream);
        prop_assert_eq!(outcome.events(), events);
        prop_assert_eq!(outcome.last_event_id, last_event_id);
        prop_assert_eq!(outcome.reconnection_time, reconnection_time);
    }

    #[test]
    fn law_8_what_a_byte_completes_is_out_with_that_byte(stream in strategies::stream()) {
        let options = DecodeOptions::new();
        let mut decoder = Decoder::new();
        let mut out = Vec::new();
        for end in 1..=stream.len() {
            feed(&mut decoder, Driver::DecodeItem, &stream[end - 1..end], &mut out);
            if stream[end - 1] == b'\n' || stream[end - 1] == b'\r' {
                let expected = reference::decode(&stream[..end], options);
                prop_assert_eq!(&out, &expected.out);
                prop_assert_eq!(decoder.last_event_id(), expected.last_event_id);
                prop_assert_eq!(decoder.reconnection_time(), expected.reconnection_time);
            }
        }
    }

    #[test]
    fn law_1_what_is_consumed_with_a_step_does_not_depend_on_the_cut(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        driver in prop::sample::select(&support::DRIVERS[..]),
    ) {
        let whole = positions(driver, &[&stream]);
        prop_assert_eq!(positions(driver, &strategies::cut(&stream, &cuts)), &whole[..]);
        prop_assert_eq!(positions(driver, &stream.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn drivers_can_be_mixed_on_one_stream(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        drivers in prop::collection::vec(prop::sample::select(&support::DRIVERS[..]), 1..9),
    ) {
        let options = DecodeOptions::new();
        let mut decoder = Decoder::new();
        let mut out = Vec::new();
        for (chunk, &driver) in strategies::cut(&stream, &cuts).into_iter().zip(drivers.iter().cycle()) {
            feed(&mut decoder, driver, chunk, &mut out);
        }
        out.retain(|out| matches!(out, Out::Event(_)));
        prop_assert_eq!(out, reference::decode(&stream, options).events_only().out);
    }

    #[test]
    fn a_decoder_after_finish_or_reset_is_as_new_but_for_id_and_time(
        first in strategies::stream(),
        second in strategies::stream(),
        finish in any::<bool>(),
        driver in prop::sample::select(&support::DRIVERS[..]),
    ) {
        let mut decoder = Decoder::new();
        let mut out = Vec::new();
        feed(&mut decoder, Driver::Decode, &first, &mut out);
        if finish {
            decoder.finish();
        } else {
            decoder.reset();
        }
        prop_assert_eq!((decoder.position(), decoder.buffered()), (0, 0));
        let mut fresh = Decoder::new();
        fresh.set_last_event_id(decoder.last_event_id());
        let (mut out, mut expected) = (Vec::new(), Vec::new());
        feed(&mut decoder, driver, &second, &mut out);
        feed(&mut fresh, driver, &second, &mut expected);
        prop_assert_eq!(out, expected);
        prop_assert_eq!(decoder.last_event_id(), fresh.last_event_id());
    }

    #[test]
    fn lines_are_those_of_the_stream_however_it_is_cut(stream in strategies::stream(), cuts in strategies::cuts()) {
        check_lines(DecodeOptions::new(), &stream, &[&stream]);
        check_lines(DecodeOptions::new(), &stream, &strategies::cut(&stream, &cuts));
    }

    #[test]
    fn lines_over_the_limit_are_errors_however_they_are_cut(
        stream in strategies::stream(),
        cuts in strategies::cuts(),
        limit in 0..40_usize,
    ) {
        let options = DecodeOptions::new().with_max_event_len(limit);
        check_lines(options, &stream, &[&stream]);
        check_lines(options, &stream, &strategies::cut(&stream, &cuts));
    }
}

/// Where the decoder stands after each event and each item.
fn positions(driver: Driver, chunks: &[&[u8]]) -> Vec<u64> {
    let (mut decoder, mut positions) = (Decoder::new(), Vec::new());
    for &chunk in chunks {
        let (mut input, mut bytes) = (chunk, Bytes::copy_from_slice(chunk));
        while match driver {
            Driver::Decode => decoder.decode(&mut input).unwrap().is_some(),
            Driver::DecodeItem => decoder.decode_item(&mut input).unwrap().is_some(),
            Driver::DecodeBytes => decoder.decode_bytes(&mut bytes).unwrap().is_some(),
            Driver::DecodeItemBytes => decoder.decode_item_bytes(&mut bytes).unwrap().is_some(),
            Driver::DecodeOwned => decoder.decode_owned(&mut input).unwrap().is_some(),
            Driver::DecodeItemOwned => decoder.decode_item_owned(&mut input).unwrap().is_some(),
        } {
            positions.push(decoder.position());
        }
    }
    positions
}
