//! Our own encoding throughput: a group for each way to get at the bytes. For rivals and ceilings see benches/compare.
//!
//! ```text
//! cargo bench --bench encode                 a minute
//! cargo bench --bench encode -- --test       each once
//! ```

use std::{hint::black_box, io::IoSlice, time::Duration};

use bytes::Buf;
use criterion::{BenchmarkId, Criterion, Throughput};
use sse_wire::{Decoder, Frame, FrameBuf, InvalidField, Utf8Bytes};

fn main() -> Result<(), InvalidField> {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();

    let token = format!("{{\"choices\":[{{\"delta\":{{\"content\":\" {}\"}}}}]}}", "x".repeat(208));
    let lines = [&"etaoin shrdlu,cmfwyp".repeat(4)[..]; 20].join("\n");
    let long = "etaoin shrdlu,cm".repeat(2500);
    let head = Frame::new().event_type("tick")?.id("1234567")?;
    let cases = [
        // All is overhead.
        ("small", head, "{\"price\":101.25,\"size\":300,\"side\":\"buy\"}"),
        // One line around a token.
        ("token-250", Frame::new(), &token),
        // Short lines: a field name for each.
        ("3-lines", Frame::new(), "the first line\nthe second line\nthe third line"),
        // Code, or a log.
        ("20-lines-80", Frame::new(), &lines),
        // Only the search and the copy count.
        ("ascii-40k", Frame::new(), &long),
    ];

    let mut group = criterion.benchmark_group("encode");
    for (name, head, data) in cases {
        let length = checked_len(head.data(data), data);
        let mut buffer = Vec::with_capacity(length);
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                buffer.clear();
                black_box(head).data(black_box(data)).encode(&mut buffer);
                buffer.len()
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("to_bytes");
    for (name, head, data) in cases {
        group.throughput(Throughput::Bytes(checked_len(head.data(data), data) as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| black_box(head).data(black_box(data)).to_encoded());
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("to_buf");
    for (name, head, data) in cases {
        let payload = Utf8Bytes::from(data);
        let length = checked_len(head.data(data), data);
        assert_eq!(send(head.without_data().shared_data(payload.clone())), length, "{name}");
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| send(black_box(head).without_data().shared_data(black_box(&payload).clone())));
        });
    }
    group.finish();

    criterion.final_summary();
    Ok(())
}

/// The length of the frame, which is one event with this data.
fn checked_len(frame: Frame<'_>, data: &str) -> usize {
    let bytes = frame.to_encoded();
    let mut rest = &bytes[..];
    let mut decoder = Decoder::new();
    let event = decoder.decode(&mut rest).expect("the event is not too long").expect("the event is whole");
    assert_eq!(event.data(), data);
    assert!(rest.is_empty());
    bytes.len()
}

/// What a vectored write to a socket that takes everything does.
fn send(mut frame: FrameBuf) -> usize {
    let mut sent = 0;
    while frame.has_remaining() {
        let mut slices = [IoSlice::new(&[]); 64];
        let count = frame.chunks_vectored(&mut slices);
        let length = black_box(&slices[..count]).iter().map(|slice| slice.len()).sum();
        frame.advance(length);
        sent += length;
    }
    sent
}
