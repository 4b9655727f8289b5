//! One function a crate, all with the same signature: the fastest way that a user could honestly use it.
//!
//! The chunks are there before the clock starts. Who takes slices gets slices, who takes [`Bytes`] gets a clone,
//! which is what a transport hands over. Everybody starts anew on each run, and everybody's data is consumed by
//! [`Total::take`].

use std::{
    convert::Infallible,
    hint::black_box,
    num::NonZeroUsize,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes};
use eventsource_stream::Eventsource;
use futures_core::Stream;
use memchr::memchr2_iter;

use crate::corpus::Total;

/// Decodes a stream that came in these chunks.
pub(crate) type Run = fn(&[Bytes]) -> Total;

#[derive(Clone, Copy)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

/// Ours, borrowed and owned.
pub(crate) const OURS: [Contender; 2] =
    [Contender { name: "decode", run: decode }, Contender { name: "decode_bytes", run: decode_bytes }];

/// Those whose cost is linear.
pub(crate) const FAST_PEERS: [Contender; 3] = [
    Contender { name: "sse-core", run: sse_core },
    Contender { name: "sse-stream", run: sse_stream },
    Contender { name: "sseer", run: sseer },
];

/// The same three on [`Bytes`], which is what `decode_bytes` gets. The first two like slices better, since a clone and
/// its drop are two atomic operations a chunk.
pub(crate) const PEERS_ON_BYTES: [Contender; 3] = [
    Contender { name: "sse-core on Bytes", run: sse_core_on_bytes },
    Contender { name: "sse-stream on Bytes", run: sse_stream_on_bytes },
    Contender { name: "sseer", run: sseer },
];

/// The most used one, which is quadratic in places.
pub(crate) const INCUMBENT: Contender = Contender { name: "eventsource-stream", run: eventsource_stream };

/// What the machine can do with the same bytes.
pub(crate) const CEILINGS: [Contender; 4] = [
    Contender { name: "memcpy", run: memcpy },
    Contender { name: "memchr2", run: memchr2 },
    Contender { name: "memchr2+utf8", run: memchr2_and_utf8 },
    Contender { name: "memchr2+utf8+Bytes", run: memchr2_and_utf8_and_bytes },
];

/// The ceiling of `decode`, and that of `decode_bytes`.
pub(crate) const CEILING_OF: [&str; 2] = [CEILINGS[2].name, CEILINGS[3].name];

impl Total {
    /// Takes an event in. The data must be there; nobody has to look at the rest.
    #[inline]
    pub(crate) fn take(&mut self, data: &str) {
        self.events += 1;
        self.data_len += black_box(data).len();
    }
}

fn decode(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let mut decoder = sse_wire::Decoder::new();
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Ok(Some(event)) = decoder.decode(&mut chunk) {
            total.take(event.data());
        }
    }
    total
}

fn decode_bytes(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let mut decoder = sse_wire::Decoder::new();
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Ok(Some(event)) = decoder.decode_bytes(&mut chunk) {
            total.take(event.data());
        }
    }
    total
}

/// Its pull decoder, on slices, which is faster than on `Bytes`.
fn sse_core(chunks: &[Bytes]) -> Total {
    sse_core_on(chunks.iter().map(|chunk| &chunk[..]))
}

fn sse_core_on_bytes(chunks: &[Bytes]) -> Total {
    sse_core_on(chunks.iter().cloned())
}

/// Its own limit is 512 KiB; ours is 16 MiB.
#[inline]
fn sse_core_on(chunks: impl Iterator<Item = impl Buf>) -> Total {
    let mut total = Total::default();
    let mut decoder = sse_core::SseDecoder::with_limit(NonZeroUsize::MAX);
    for mut chunk in chunks {
        while let Some(Ok(event)) = decoder.next(&mut chunk) {
            if let sse_core::SseEvent::Message(message) = event {
                total.take(&message.data);
            }
        }
    }
    total
}

/// Its byte stream over slices: without the adapter to HTTP bodies, and without a reference count.
fn sse_stream(chunks: &[Bytes]) -> Total {
    sse_stream_on(chunks.iter().map(|chunk| &chunk[..]))
}

fn sse_stream_on_bytes(chunks: &[Bytes]) -> Total {
    sse_stream_on(chunks.iter().cloned())
}

#[inline]
fn sse_stream_on(chunks: impl Iterator<Item = impl Buf> + Unpin) -> Total {
    let mut total = Total::default();
    drain(sse_stream::SseByteStream::new(Ready(chunks.map(Ok::<_, Infallible>))), |event| {
        if let Some(data) = event.data {
            total.take(&data);
        }
    });
    total
}

/// It takes `Bytes` only.
fn sseer(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let chunks = chunks.iter().map(|chunk| Ok::<_, Infallible>(chunk.clone()));
    drain(sseer::EventStream::new(Ready(chunks)), |event| total.take(&event.data));
    total
}

fn eventsource_stream(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let chunks = chunks.iter().map(|chunk| Ok::<_, Infallible>(&chunk[..]));
    drain(Ready(chunks).eventsource(), |event| total.take(&event.data));
    total
}

/// A copy into memory that is there already.
fn memcpy(chunks: &[Bytes]) -> Total {
    // A static and not a `Vec` made here, so that no page is touched for the first time under the clock.
    thread_local!(static TARGET: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) });
    TARGET.with_borrow_mut(|target| {
        for chunk in chunks {
            target.clear();
            target.extend_from_slice(chunk);
            black_box(&target[..]);
        }
    });
    Total::default()
}

/// Nobody finds the line ends faster.
fn memchr2(chunks: &[Bytes]) -> Total {
    black_box(chunks.iter().map(|chunk| find_ends(chunk)).sum::<usize>());
    Total::default()
}

/// Nobody who must hand out `str` gets away with less.
fn memchr2_and_utf8(chunks: &[Bytes]) -> Total {
    for chunk in chunks {
        black_box(find_ends(chunk));
        black_box(simdutf8::basic::from_utf8(chunk).is_ok());
    }
    Total::default()
}

/// Nobody who hands out shares of the chunk gets away with less: besides the above a reference to the chunk, and one for
/// each event that ends in it.
fn memchr2_and_utf8_and_bytes(chunks: &[Bytes]) -> Total {
    for chunk in chunks {
        let chunk = chunk.clone();
        let mut last = usize::MAX;
        for end in memchr2_iter(b'\r', b'\n', &chunk).filter(|&end| chunk[end] == b'\n') {
            // A blank line, if there is at most a CR between two LF.
            if end.wrapping_sub(last) <= 2 {
                black_box(chunk.slice(..end));
            }
            last = end;
        }
        black_box(simdutf8::basic::from_utf8(&chunk).is_ok());
    }
    Total::default()
}

/// Something that depends on where each line end is.
fn find_ends(chunk: &[u8]) -> usize {
    memchr2_iter(b'\r', b'\n', chunk).fold(0, usize::wrapping_add)
}

/// A stream that always has the next item, so that no executor is needed.
pub(crate) struct Ready<I>(pub(crate) I);

impl<I: Iterator + Unpin> Stream for Ready<I> {
    type Item = I::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

/// Takes all items up to the end or the first error.
#[inline]
pub(crate) fn drain<T, E>(stream: impl Stream<Item = Result<T, E>>, mut take: impl FnMut(T)) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(item))) = stream.as_mut().poll_next(&mut context) {
        take(item);
    }
}
