//! For tests that go through all lengths: which they are, and checks that are light enough to be done for each.

use sse_wire::DecodeOptions;

use super::{
    Outcome, check_cut, check_standard,
    few::{at_most, few},
    reference,
};

/// Every length up to several blocks of any scan, and some far above that. A decoder may treat lines of some length in
/// another way; the tests do not know where, so that they hold when it moves.
pub fn lengths() -> impl Iterator<Item = usize> {
    few((0..=300).chain(500..=520).chain(1020..=1030).chain(4090..=4100))
}

/// Checks streams that are too long, or too many, to be cut everywhere: as `check`, but whole, byte by byte, and in
/// chunks of a few lengths, one of them drawn anew for each stream.
pub fn check_few_cuts(options: DecodeOptions, stream: &[u8]) -> Outcome {
    let expected = reference::decode(stream, options);
    for length in at_most(1, [2 + Numbers::seeded_by(stream).length(), stream.len().max(1), 1, 1000]) {
        check_cut(options, &expected, &stream.chunks(length).collect::<Vec<_>>());
    }
    if options == DecodeOptions::new() {
        check_standard(&expected, stream);
    }
    expected
}

/// Checks what stands together in one stream: whole, each part in a chunk of its own, each part cut anywhere and near its
/// end, and in chunks of one length. For sweeps, since it costs less than a check of each part.
pub fn check_parts(options: DecodeOptions, parts: &[Vec<u8>]) -> Outcome {
    let stream = parts.concat();
    let expected = reference::decode(&stream, options);
    let mut numbers = Numbers::seeded_by(&stream);
    let one_each = parts.iter().map(Vec::as_slice).collect();
    let anywhere = cut_each(parts, |part| numbers.below(part.len() + 1));
    let near_the_ends = cut_each(parts, |part| part.len().saturating_sub(numbers.below(20)));
    let of_one_length = stream.chunks(1 + numbers.length()).collect();
    for chunks in at_most(1, [near_the_ends, anywhere, of_one_length, one_each, vec![&stream]]) {
        check_cut(options, &expected, &chunks);
    }
    if options == DecodeOptions::new() {
        check_standard(&expected, &stream);
    }
    expected
}

fn cut_each(parts: &[Vec<u8>], mut place: impl FnMut(&[u8]) -> usize) -> Vec<&[u8]> {
    parts.iter().flat_map(|part| <[&[u8]; 2]>::from(part.split_at(place(part)))).collect()
}

/// Numbers that look random and are the same in every run, so that a failure comes again.
pub struct Numbers(u64);

impl Numbers {
    /// Other bytes make other numbers.
    pub fn seeded_by(bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(bytes.len() as u64, |seed, &byte| seed.wrapping_mul(0x0100_0000_01B3) ^ u64::from(byte)))
    }

    /// The next number, less than the bound; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed >> 32) % bound.max(1) as u64).expect("less than a bound that fits")
    }

    /// The length of a line: up to 300, and more often short than long.
    pub fn length(&mut self) -> usize {
        let most = self.below(301);
        self.below(most + 1)
    }
}
