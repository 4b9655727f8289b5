//! Other readers of event streams as judges: generated streams go to them and to `sse_wire`, and the events have to be
//! the same. Where a judge slips, the slip is known, and what it makes of the stream with it is what is expected.

mod browser;
mod node;
#[path = "../browser/process.rs"]
mod process;
mod standard;
mod streams;
#[path = "../browser/webdriver.rs"]
mod webdriver;

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use sse_wire::{BlockDecoder, Decoder, Part};

use self::{
    standard::{Event, Slip, events},
    streams::{Chunks, generate},
};

#[test]
fn sse_wire_is_as_the_standard_says() {
    let streams = generate();
    let mut count = 0;
    for chunks in &streams {
        let stream = chunks.concat();
        let decoded = decode(chunks);
        assert_eq!(decoded, events(chunks, &[]), "{}", stream.escape_ascii());
        count += decoded.len();
    }
    assert!(count > 2 * streams.len(), "streams without events judge nothing: {count}");
}

/// So what the judges say of events, they say of blocks; and blocks pass the streams on as they are.
#[test]
fn blocks_say_what_events_do_and_are_the_stream() {
    for chunks in generate() {
        let (mut decoder, mut joined, mut blocks) = (BlockDecoder::new(), Vec::new(), Vec::new());
        for chunk in &chunks {
            let mut rest = Bytes::copy_from_slice(chunk);
            while let Some(part) = decoder.decode_bytes(&mut rest) {
                joined.extend_from_slice(&part.clone().into_bytes());
                let Part::Block(block) = part else { panic!("no block is too long") };
                blocks.push(block);
            }
        }
        joined.extend(decoder.finish().unwrap_or_default());
        assert_eq!(joined, chunks.concat());
        let (mut seen, mut last_event_id) = (Vec::new(), String::new());
        for block in blocks {
            let fields = block.fields();
            last_event_id = fields.id.map_or(last_event_id, Cow::into_owned);
            if let Some(data) = fields.data {
                let name = fields.event_type.filter(|name| !name.is_empty()).unwrap_or("message".into());
                seen.push((name.into_owned(), data.into_owned(), last_event_id.clone()));
            }
        }
        assert_eq!(seen, decode(&chunks), "{}", joined.escape_ascii());
    }
}

#[tokio::test]
async fn chromium() {
    let streams = generate();
    let Some(judged) = browser::judge(streams.clone()).await else { return };
    compare("Chromium", &streams, judged, &[Slip::LineEndBehindBom]);
}

#[test]
fn packages_of_npm() {
    let streams = generate();
    let Some(judged) = node::judge(&streams) else { return };
    let (of_parser, of_undici) = judged.into_iter().map(|both| (both.eventsource_parser, both.undici)).unzip();
    compare("eventsource-parser", &streams, of_parser, &[Slip::CrOfChunkWaits, Slip::IdWithoutDataLost]);
    compare("undici", &streams, of_undici, &[Slip::EmptyTypeIgnored]);
}

/// Compares with `sse_wire`, and counts the streams on which the judge slips: all of these slips have to occur, and
/// there is no other.
fn compare(judge: &str, streams: &[Chunks], judged: Vec<Vec<Event>>, slips: &[Slip]) {
    assert_eq!(judged.len(), streams.len());
    let mut counts = BTreeMap::new();
    let mut same = 0;
    for (chunks, judged) in streams.iter().zip(judged) {
        let (stream, ours) = (chunks.concat(), decode(chunks));
        if judged == ours {
            same += 1;
            continue;
        }
        assert_eq!(judged, events(chunks, slips), "{judge}, where sse_wire has {ours:?}: {}", stream.escape_ascii());
        let single = slips.iter().filter(|&&slip| events(chunks, &[slip]) != ours);
        single.for_each(|&slip| *counts.entry(slip).or_insert(0) += 1);
    }
    println!("{judge}: {same} of {} streams the same; it slips on {counts:?}", streams.len());
    assert_eq!(counts.len(), slips.len(), "does {judge} slip no more? {counts:?}");
}

fn decode(chunks: &Chunks) -> Vec<Event> {
    let (mut decoder, mut events) = (Decoder::new(), Vec::new());
    for chunk in chunks {
        let mut rest = &chunk[..];
        while let Some(event) = decoder.decode(&mut rest).unwrap() {
            let (name, data, id) = (event.event_type(), event.data(), event.last_event_id());
            events.push((name.to_owned(), data.to_owned(), id.to_owned()));
        }
    }
    events
}
