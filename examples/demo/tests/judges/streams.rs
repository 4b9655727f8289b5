//! The streams that are judged: dense in what is special.

use fastrand::Rng;

/// A stream, in the chunks in which it is sent.
pub type Chunks = Vec<Vec<u8>>;

/// Returns the same streams each time.
pub fn generate() -> Vec<Chunks> {
    let mut rng = Rng::with_seed(SEED);
    let mut generate = |_| cut(&stream(&mut rng), &mut rng);
    (0..COUNT).map(&mut generate).collect()
}

fn stream(rng: &mut Rng) -> Vec<u8> {
    let mut stream = Vec::new();
    if rng.u8(..3) == 0 {
        stream.extend_from_slice(BOM);
        if rng.u8(..8) == 0 {
            stream.extend_from_slice(&[pick(LINE_ENDS, rng), b"data:first\n\n"].concat());
        }
    }
    let is_soup = rng.u8(..3) == 0;
    for _ in 0..rng.usize(5..40) {
        if is_soup {
            let piece = if rng.bool() { pick(FIELDS, rng) } else { pick(PIECES, rng) };
            stream.extend_from_slice(piece);
        } else {
            line(&mut stream, rng);
        }
        if rng.u8(..4) == 0 {
            stream.extend_from_slice(pick(LINE_ENDS, rng));
        }
    }
    if rng.bool() {
        let end = pick(LINE_ENDS, rng);
        stream.extend_from_slice(&[b"\ndata:last", end, end].concat());
    }
    stream
}

/// Mostly a field, with a value that may be anything.
fn line(stream: &mut Vec<u8>, rng: &mut Rng) {
    stream.extend_from_slice(pick(FIELDS, rng));
    for _ in 0..rng.usize(..4) {
        stream.extend_from_slice(pick(PIECES, rng));
    }
    stream.extend_from_slice(pick(LINE_ENDS, rng));
}

/// Whole, or cut at some places.
fn cut(mut stream: &[u8], rng: &mut Rng) -> Chunks {
    let mut chunks = Chunks::new();
    let most = if rng.bool() { stream.len() } else { rng.usize(1..30) };
    while !stream.is_empty() {
        let (chunk, rest) = stream.split_at(rng.usize(1..=most).min(stream.len()));
        let (chunk, rest) = if most == stream.len() { (stream, &b""[..]) } else { (chunk, rest) };
        chunks.push(chunk.to_vec());
        stream = rest;
    }
    chunks
}

fn pick(pieces: &[&'static [u8]], rng: &mut Rng) -> &'static [u8] {
    pieces[rng.usize(..pieces.len())]
}

pub const COUNT: usize = 3000;

const SEED: u64 = 8;

const BOM: &[u8] = b"\xEF\xBB\xBF";

const LINE_ENDS: &[&[u8]] = &[b"\n", b"\r", b"\r\n", b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r"];

/// And what is nearly one.
const FIELDS: &[&[u8]] = &[
    b"data:",
    b"data: ",
    b"data:  ",
    b"data",
    b"data:",
    b"event:",
    b"event: ",
    b"event",
    b"id:",
    b"id: ",
    b"id",
    b"retry:",
    b"retry: 1",
    b":",
    b"",
    b" data:",
    b"data :",
    b"Data:",
    b"dat:",
    b"datax:",
    b"eventx:",
    b"i:",
    b"idx",
    b"\0data:",
    b"data\0:",
    b"\tid:",
    b"\xEF\xBB\xBFdata:",
    b"\xFFdata:",
    b"data\xFF:",
    b"\xEF\xBB\xBF",
];

/// What may stand anywhere. The bytes that are no UTF-8 are: a stray one, characters that are cut, a surrogate, NUL in
/// two bytes, what is beyond U+10FFFF.
const PIECES: &[&[u8]] = &[
    b"x",
    b"7",
    b":",
    b" ",
    b"::",
    b": ",
    b"  ",
    b"\0",
    b"\t",
    b"\x0B",
    b"\x0C",
    b"\xEF\xBB\xBF",
    b"\xFF",
    b"\x80",
    b"\xE2\x82",
    b"\xE2",
    b"\xF0\x9F\x98",
    b"\xED\xA0\x80",
    b"\xC0\x80",
    b"\xF4\x90\x80\x80",
    b"\xEF\xBB",
    b"\xEF",
    "€".as_bytes(),
    "😀".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{85}".as_bytes(),
    "\u{FFFF}".as_bytes(),
    b"\n",
    b"\r",
    b"data",
    b"id",
    b"event",
    b"message",
    b"error",
    b"open",
    b"\"\\",
];
