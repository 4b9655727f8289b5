//! Ten gigabytes through one decoder, in chunks of all sizes and in every way that it can be asked, and through a decoder
//! of lines. With each gigabyte the heap is looked at: what is alive between two blocks, and the most that ever was.

use std::time::{Duration, Instant};

use bytes::Bytes;
use sse_wire::{DecodeError, DecodeOptions, Decoder, Event, Item, ItemRef, LineDecoder};

use crate::{
    heap,
    stream::{Block, LIMIT, Random, Total},
};

pub(crate) fn run(gigabytes: u64) {
    let mut random = Random(0x5EED);
    let blocks: Vec<Block> = (0..BLOCKS).map(|_| Block::new(&mut random, BLOCK_LEN)).collect();
    let mut takers = Takers {
        // The first clone of a chunk makes its count of references, which is not the decoder's.
        chunks: blocks.iter().map(|block| block.bytes.clone()).collect(),
        decoder: Decoder::with_options(options()),
        lines: LineDecoder::with_max_line_len(options().max_event_len()),
        line_count: 0,
    };
    println!("mixed stream, an event may retain {} KiB", LIMIT / 1024);
    println!(
        "{:>3} {:>12} {:>12} {:>8} {:>12} {:>10} {:>10} {:>6}",
        "GB", "events", "others", "errors", "lines", "alive KiB", "peak KiB", "s"
    );
    let base = heap::live();
    heap::take_peak();
    let mut all = Total::default();
    let mut worst_alive = 0;
    for gigabyte in 1..=gigabytes {
        let start = Instant::now();
        let (mut fed, mut expected, mut seen) = (0, Total::default(), Total::default());
        while fed < 1_000_000_000 {
            let at = random.below(BLOCKS);
            let way = WAYS[random.below(WAYS.len())];
            fed += blocks[at].bytes.len();
            let total = takers.take(&mut random, at, way);
            if !matches!(way, Way::Lines) {
                seen.add(total);
                let others = if way.shows_others() { blocks[at].total.others } else { 0 };
                expected.add(Total { others, ..blocks[at].total });
            }
            worst_alive = worst_alive.max(heap::live().saturating_sub(base));
            assert!(worst_alive <= MOST_ALIVE, "{worst_alive} bytes stay alive between two blocks");
            takers.cut_off(&mut random);
        }
        assert_eq!(seen, expected, "what is shown is what was sent");
        all.add(seen);
        let peak = heap::take_peak() - base;
        assert!(peak <= MOST, "{peak} bytes were alive at once, more than {MOST}");
        row(gigabyte, &all, takers.line_count, worst_alive, peak, start.elapsed());
    }
    println!(
        "bounds: alive {} KiB, peak {} KiB (four times the limit, and what is always kept)",
        MOST_ALIVE / 1024,
        MOST / 1024
    );
}

fn row(gigabyte: u64, all: &Total, lines: u64, alive: usize, peak: usize, time: Duration) {
    let Total { events, others, errors, .. } = all;
    let (alive, peak, seconds) = (alive / 1024, peak / 1024, time.as_secs_f64());
    println!("{gigabyte:>3} {events:>12} {others:>12} {errors:>8} {lines:>12} {alive:>10} {peak:>10} {seconds:>6.1}");
}

fn options() -> DecodeOptions {
    DecodeOptions::new().with_max_event_len(LIMIT)
}

#[derive(Clone, Copy)]
enum Way {
    Decode,
    DecodeItem,
    DecodeBytes,
    DecodeItemBytes,
    DecodeOwned,
    DecodeItemOwned,
    Lines,
}

const WAYS: [Way; 7] = [
    Way::Decode,
    Way::DecodeItem,
    Way::DecodeBytes,
    Way::DecodeItemBytes,
    Way::DecodeOwned,
    Way::DecodeItemOwned,
    Way::Lines,
];

impl Way {
    fn shows_others(self) -> bool {
        matches!(self, Self::DecodeItem | Self::DecodeItemBytes | Self::DecodeItemOwned)
    }
}

struct Takers {
    chunks: Vec<Bytes>,
    decoder: Decoder,
    lines: LineDecoder,
    line_count: u64,
}

impl Takers {
    /// Feeds a block, cut in one of the ways that networks have.
    fn take(&mut self, random: &mut Random, at: usize, way: Way) -> Total {
        let mut total = Total::default();
        let mut rest = self.chunks[at].clone();
        let most = CUTS[random.below(CUTS.len())];
        while !rest.is_empty() {
            // Full chunks, and in every fourth block chunks of any size below.
            let length = if at.is_multiple_of(4) && most < usize::MAX { 1 + random.below(most) } else { most };
            let chunk = rest.split_to(length.min(rest.len()));
            self.take_chunk(chunk, way, &mut total);
        }
        total
    }

    fn take_chunk(&mut self, mut bytes: Bytes, way: Way, total: &mut Total) {
        let chunk = bytes.clone();
        let mut input = &chunk[..];
        loop {
            let shown = match way {
                Way::Decode => self.decoder.decode(&mut input).map(|event| event.map(|event| Some(event.data().len()))),
                Way::DecodeBytes => self.decoder.decode_bytes(&mut bytes).map(|event| event.map(data_len)),
                Way::DecodeOwned => self.decoder.decode_owned(&mut input).map(|event| event.map(data_len)),
                Way::DecodeItem => self.decoder.decode_item(&mut input).map(|item| {
                    item.map(|item| if let ItemRef::Event(event) = item { Some(event.data().len()) } else { None })
                }),
                Way::DecodeItemBytes => {
                    self.decoder.decode_item_bytes(&mut bytes).map(|item| item.map(data_len_of_item))
                }
                Way::DecodeItemOwned => {
                    self.decoder.decode_item_owned(&mut input).map(|item| item.map(data_len_of_item))
                }
                Way::Lines => self.lines.decode(&mut input).map(|line| {
                    self.line_count += u64::from(line.is_some());
                    line.map(|_| None)
                }),
            };
            match shown {
                Ok(Some(Some(data_len))) => {
                    total.events += 1;
                    total.data_len += data_len as u64;
                }
                Ok(Some(None)) => total.others += 1,
                Ok(None) => return,
                Err(DecodeError::EventTooLong { .. } | DecodeError::LineTooLong { .. }) => total.errors += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Now and then the connection breaks in the middle of an event.
    fn cut_off(&mut self, random: &mut Random) {
        if random.below(20) > 0 {
            return;
        }
        let part = ["id: 2\nevent: cut\ndata: ", &"x".repeat(random.below(LIMIT / 2))].concat();
        let mut input = part.as_bytes();
        assert_eq!(self.decoder.decode(&mut input), Ok(None));
        if random.below(2) == 0 {
            assert!(self.decoder.finish().is_some());
            // What was lent is given back by the next call, and the next block may be another decoder's.
            assert_eq!(self.decoder.decode(&mut &b""[..]), Ok(None));
        } else {
            self.decoder.reset();
        }
        assert_eq!(self.decoder.last_event_id(), "1");
    }
}

fn data_len(event: Event) -> Option<usize> {
    Some(event.data().len())
}

fn data_len_of_item(item: Item) -> Option<usize> {
    if let Item::Event(event) = item { data_len(event) } else { None }
}

const BLOCKS: usize = 32;
const BLOCK_LEN: usize = 1 << 20;

/// What a decoder keeps between events, twice: there are two.
const MOST_ALIVE: usize = 2 * 64 * 1024;

/// What `DecodeOptions::with_max_event_len` promises, an ID that is shared included.
const MOST: usize = 4 * LIMIT + MOST_ALIVE;

/// The longest chunks, as often as networks have them; a byte at a time costs more than all the others.
const CUTS: [usize; 12] = [1, 16, 100, 100, 1460, 1460, 1460, 1460, 16 * 1024, 16 * 1024, usize::MAX, usize::MAX];
