//! Blocks joined are the stream on any cut and with any limit, and say what the decoder says: laws 11 and 12.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sse_wire::{Block, BlockDecoder, BlockFields, DecodeOptions, Part};
use sse_wire_fuzz::{
    Input,
    support::{Driver, Event, run},
};

fuzz_target!(|input: &[u8]| {
    let input = Input::parse(input);
    let limit = input.options.max_event_len();
    let whole = blocks(limit, &[input.stream]);
    assert_eq!(blocks(limit, &input.chunks()), whole);
    if whole.iter().map(|block| block.raw().len()).sum::<usize>() == input.stream.len() {
        check_events(&whole, input.stream);
    }
    for block in &whole {
        let edited = block.with_data("a\n\rb");
        assert_eq!(edited.fields(), BlockFields { data: Some("a\n\nb".into()), ..block.fields() });
        let edited = block.with_id("7").unwrap();
        assert_eq!(edited.fields(), BlockFields { id: Some("7".into()), ..block.fields() });
    }
});

/// The blocks of these chunks, once it is sure that all parts, joined, are the stream.
fn blocks(limit: usize, chunks: &[&[u8]]) -> Vec<Block> {
    let mut decoder = BlockDecoder::with_max_block_len(limit);
    let (mut blocks, mut joined) = (Vec::new(), Vec::new());
    for chunk in chunks {
        let mut input = Bytes::copy_from_slice(chunk);
        while let Some(part) = decoder.decode_bytes(&mut input) {
            joined.extend_from_slice(&part.clone().into_bytes());
            if let Part::Block(block) = part {
                assert!(block.raw().len() <= limit.saturating_add(3));
                blocks.push(block);
            }
        }
        assert!(input.is_empty() && decoder.buffered() <= limit.saturating_add(3));
    }
    joined.extend(decoder.finish().unwrap_or_default());
    assert_eq!(joined, chunks.concat());
    blocks
}

fn check_events(blocks: &[Block], stream: &[u8]) {
    let expected = run(Driver::Decode, DecodeOptions::new(), [stream]);
    let (mut events, mut last_event_id) = (Vec::new(), String::new());
    for block in blocks {
        let fields = block.fields();
        last_event_id = fields.id.map_or(last_event_id, |id| id.into_owned());
        if let Some(data) = fields.data {
            let event_type = fields.event_type.filter(|name| !name.is_empty()).unwrap_or("message".into());
            events.push(Event::new(&event_type, &data, &last_event_id));
        }
    }
    assert_eq!((events, last_event_id), (expected.events(), expected.last_event_id));
}
