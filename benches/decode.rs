//! Our own decoding throughput: a group for each cut, a corpus a benchmark. For rivals and ceilings see
//! benches/compare.
//!
//! ```text
//! cargo bench --bench decode                 a few minutes
//! cargo bench --bench decode -- whole/       one cut
//! cargo bench --bench decode -- --test       each once
//! ```

#[path = "compare/src/corpus.rs"]
#[expect(dead_code, reason = "it is the comparison's, which needs more of it")]
mod corpus;

use std::{hint::black_box, time::Duration};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput};
use sse_wire::Decoder;

use crate::corpus::{CUTS, Corpus, Cut};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .configure_from_args();
    let corpora = corpus::all();
    for cut in CUTS {
        bench_cut(&mut criterion, cut, &corpora);
    }
    criterion.final_summary();
}

fn bench_cut(criterion: &mut Criterion, cut: Cut, corpora: &[Corpus]) {
    let mut group = criterion.benchmark_group(cut.name);
    for corpus in corpora {
        let chunks = corpus.cut(cut);
        assert_eq!(decode(&chunks), corpus.total.events, "{}", corpus.name);
        assert_eq!(decode_bytes(&chunks), corpus.total.events, "{}", corpus.name);
        group.throughput(Throughput::Bytes(corpus.stream.len() as u64));
        group.bench_with_input(BenchmarkId::new("decode", corpus.name), &chunks, |bencher, chunks| {
            bencher.iter(|| decode(chunks));
        });
        group.bench_with_input(BenchmarkId::new("decode_bytes", corpus.name), &chunks, |bencher, chunks| {
            bencher.iter(|| decode_bytes(chunks));
        });
    }
    group.finish();
}

fn decode(chunks: &[Bytes]) -> usize {
    let mut events = 0;
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Some(event) = decoder.decode(&mut chunk).expect("no event is too long") {
            black_box(event.data());
            events += 1;
        }
    }
    events
}

fn decode_bytes(chunks: &[Bytes]) -> usize {
    let mut events = 0;
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(event) = decoder.decode_bytes(&mut chunk).expect("no event is too long") {
            black_box(event.data());
            events += 1;
        }
    }
    events
}
