//! Any bytes mean what the reference models say: laws 1 to 4, and 10.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_wire::DecodeOptions;
use sse_wire_fuzz::{
    Input,
    support::{Driver, check_cut, lines::check_lines, reference, run},
    with_both_policies,
};

fuzz_target!(|input: &[u8]| {
    let input = Input::parse(input);
    let chunks = input.chunks();
    for options in with_both_policies(input.options) {
        let expected = reference::decode(input.stream, options);
        check_cut(options, &expected, &[input.stream]);
        check_cut(options, &expected, &chunks);
    }
    check_lines(input.options, input.stream, &chunks);
    // The two models are written apart; this one knows neither limits nor offsets.
    let outcome = run(Driver::Decode, DecodeOptions::new(), [input.stream]);
    let (events, last_event_id, reconnection_time) = reference::standard(input.stream);
    assert_eq!(outcome.events(), events);
    assert_eq!((outcome.last_event_id, outcome.reconnection_time), (last_event_id, reconnection_time));
});
