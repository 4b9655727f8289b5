//! What is measured: small streams, decoded and encoded in steady state, and the hub.

use std::{
    hint::black_box,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream as _;
use sse_wire::{
    BlockDecoder, Decoder, Frame, ItemRef, Part,
    hub::{Hub, ReplayOptions, Subscriber},
};

use crate::corpus::{self, CUTS};

/// A call, for decoding a cut of [`CUTS`], and a corpus or a frame; or the hub, and where its subscribers are.
pub(crate) const CELLS: [&str; 26] = [
    "decode/whole/tiny-17",
    "decode/whole/chat-290",
    "decode/whole/event-data-120",
    "decode/whole/ticks-55",
    "decode/whole/3-lines",
    "decode/whole/mixed-33",
    "decode/whole/crlf-100",
    "decode/1460/20-lines-80",
    "decode/1460/ascii-40k",
    "decode/whole/korean-100",
    "decode/1460/korean-36k",
    "decode/128/event-data-120",
    "decode/10/chat-290",
    "decode/1/chat-290",
    "decode/whole/keep-alive",
    "decode_bytes/whole/chat-290",
    "decode_bytes/whole/tiny-17",
    "decode_item/whole/chat-290",
    "decode_item/whole/keep-alive",
    "blocks/whole/chat-290",
    "blocks/whole/3-lines",
    "blocks/1460/20-lines-80",
    "encode/small",
    "encode/20-lines-80",
    "hub/waiting",
    "hub/behind",
];

/// How long a stream is, at least: counts do not need the repetitions that times need.
const LENGTH: usize = 64 * 1024;

/// Runs a cell once to warm up and once to be counted.
pub(crate) fn run(name: &str) -> Result<(), String> {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        ["decode", cut, corpus] => run_decode(cut, corpus, Decoder::new(), decode),
        ["decode_bytes", cut, corpus] => run_decode(cut, corpus, Decoder::new(), decode_bytes),
        ["decode_item", cut, corpus] => run_decode(cut, corpus, Decoder::new(), decode_item),
        ["blocks", cut, corpus] => run_decode(cut, corpus, BlockDecoder::new(), decode_blocks),
        ["encode", "small"] => run_encode(encode_small),
        ["encode", "20-lines-80"] => {
            let lines = [&"etaoin shrdlu,cmfwyp".repeat(4)[..]; 20].join("\n");
            run_encode(|buffer| Frame::new().data(black_box(&lines)).encode(buffer));
        }
        ["hub", "waiting"] => run_hub(1),
        ["hub", "behind"] => run_hub(BEHIND),
        _ => return Err(format!("there is no cell {name}")),
    }
    Ok(())
}

/// The function in which instructions are counted, those of what it calls included. callgrind finds it by its name.
#[inline(never)]
fn gate_measured(pass: &mut dyn FnMut() -> usize) -> usize {
    pass()
}

fn measure(mut pass: impl FnMut() -> usize, expected: usize) {
    assert_eq!(pass(), expected, "events when warming up");
    assert_eq!(gate_measured(&mut pass), expected, "events");
}

fn run_decode<D>(cut: &str, corpus: &str, mut decoder: D, decode: fn(&mut D, &[Bytes]) -> usize) {
    let cut = CUTS.into_iter().find(|known| known.name == cut).expect("the cut is known");
    let mut corpora = corpus::all().into_iter().chain([corpus::mixed()]);
    let corpus = corpora.find(|known| known.name == corpus).expect("the corpus is known").prefix(LENGTH);
    let chunks = corpus.cut(cut);
    measure(|| decode(&mut decoder, &chunks), corpus.total.events);
}

fn decode(decoder: &mut Decoder, chunks: &[Bytes]) -> usize {
    let mut events = 0;
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Some(event) = decoder.decode(&mut chunk).expect("no event is too long") {
            black_box(&event);
            events += 1;
        }
    }
    events
}

fn decode_bytes(decoder: &mut Decoder, chunks: &[Bytes]) -> usize {
    let mut events = 0;
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(event) = decoder.decode_bytes(&mut chunk).expect("no event is too long") {
            black_box(&event);
            events += 1;
        }
    }
    events
}

fn decode_item(decoder: &mut Decoder, chunks: &[Bytes]) -> usize {
    let mut events = 0;
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Some(item) = decoder.decode_item(&mut chunk).expect("no event is too long") {
            events += usize::from(matches!(black_box(item), ItemRef::Event(_)));
        }
    }
    events
}

fn decode_blocks(decoder: &mut BlockDecoder, chunks: &[Bytes]) -> usize {
    let mut blocks = 0;
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(part) = decoder.decode_bytes(&mut chunk) {
            blocks += usize::from(matches!(black_box(part), Part::Block(_)));
        }
    }
    blocks
}

fn run_encode(encode: impl Fn(&mut Vec<u8>)) {
    let mut buffer = Vec::new();
    encode(&mut buffer);
    let frames = LENGTH.div_ceil(buffer.len());
    let pass = || {
        buffer.clear();
        for _ in 0..frames {
            encode(&mut buffer);
        }
        black_box(&buffer);
        frames
    };
    measure(pass, frames);
    assert_eq!(decode(&mut Decoder::new(), &[buffer.into()]), frames, "events in what was written");
}

/// Publishes so many events, and then has ten subscribers read them and wait, again and again.
fn run_hub(events: usize) {
    let options =
        ReplayOptions::new().with_max_events(BEHIND).with_start_time(Duration::from_millis(1_795_376_008_419));
    let hub = Hub::with_options(options);
    let mut subscribers: Vec<Subscriber> = (0..10).map(|_| hub.resume(None).into_filled()).collect();
    let mut cx = Context::from_waker(Waker::noop());
    let rounds = 1000 / events;
    let pass = || {
        let mut read = 0;
        for _ in 0..rounds {
            for _ in 0..events {
                black_box(
                    hub.publish(Frame::new().data(black_box("{\"price\":101.25,\"size\":300,\"side\":\"buy\"}"))),
                );
            }
            for subscriber in &mut subscribers {
                while let Poll::Ready(frame) = Pin::new(&mut *subscriber).poll_next(&mut cx) {
                    black_box(&frame);
                    read += 1;
                }
            }
        }
        read
    };
    measure(pass, rounds * events * 10);
}

/// How many events the hub's subscribers are behind, where they are.
const BEHIND: usize = 100;

/// The fields are set each time, as a server does it: that they are checked is a good part of the work.
fn encode_small(buffer: &mut Vec<u8>) {
    let frame = Frame::new().event_type(black_box("tick")).and_then(|frame| frame.id(black_box("1234567")));
    frame
        .expect("there is no line break")
        .data(black_box("{\"price\":101.25,\"size\":300,\"side\":\"buy\"}"))
        .encode(buffer);
}
