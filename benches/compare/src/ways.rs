//! All that can be asked of ours for the events of a stream: drivers and adapters, with the defaults.

use std::{
    convert::Infallible,
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use sse_wire::{
    Decoder, Event, Frame, FrameBuf, Item, ItemRef, Line, LineDecoder,
    body::EventBody,
    codec::EventCodec,
    json::JsonStreamError,
    read::EventReader,
    stream::{EventStream, EventStreamExt},
};
use tokio_util::{codec::FramedRead, io::StreamReader};

use crate::{
    contenders::{Contender, OURS, Ready, drain},
    corpus::Total,
};

pub(crate) const WAYS: [Contender; 15] = [
    OURS[0],
    Contender { name: "decode_item", run: decode_item },
    OURS[1],
    Contender { name: "decode_item_bytes", run: decode_item_bytes },
    Contender { name: "decode_owned", run: decode_owned },
    Contender { name: "decode_item_owned", run: decode_item_owned },
    Contender { name: "LineDecoder", run: lines },
    Contender { name: "EventReader", run: reader },
    Contender { name: "ItemReader", run: item_reader },
    Contender { name: "EventStream", run: stream },
    Contender { name: "ItemStream", run: item_stream },
    Contender { name: "EventCodec", run: codec },
    Contender { name: "ItemCodec", run: item_codec },
    Contender { name: "JsonStream", run: json_stream },
    Contender { name: "EventBody", run: body },
];

impl Total {
    fn take_item(&mut self, item: &Item) {
        if let Item::Event(event) = item {
            self.take(event.data());
        }
    }
}

fn decode_item(chunks: &[Bytes]) -> Total {
    let (mut total, mut decoder) = (Total::default(), Decoder::new());
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Ok(Some(item)) = decoder.decode_item(&mut chunk) {
            if let ItemRef::Event(event) = item {
                total.take(event.data());
            }
        }
    }
    total
}

fn decode_item_bytes(chunks: &[Bytes]) -> Total {
    let (mut total, mut decoder) = (Total::default(), Decoder::new());
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Ok(Some(item)) = decoder.decode_item_bytes(&mut chunk) {
            total.take_item(&item);
        }
    }
    total
}

fn decode_owned(chunks: &[Bytes]) -> Total {
    let (mut total, mut decoder) = (Total::default(), Decoder::new());
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Ok(Some(event)) = decoder.decode_owned(&mut chunk) {
            total.take(event.data());
        }
    }
    total
}

fn decode_item_owned(chunks: &[Bytes]) -> Total {
    let (mut total, mut decoder) = (Total::default(), Decoder::new());
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Ok(Some(item)) = decoder.decode_item_owned(&mut chunk) {
            total.take_item(&item);
        }
    }
    total
}

/// It knows no events: what is counted are lines of data without text.
fn lines(chunks: &[Bytes]) -> Total {
    let (mut total, mut decoder) = (Total::default(), LineDecoder::new());
    for chunk in chunks {
        let mut chunk = &chunk[..];
        while let Ok(Some(line)) = decoder.decode(&mut chunk) {
            if let Line::Field { name: b"data", value: b"" } = line {
                total.take("");
            }
        }
    }
    total
}

/// The chunks as a connection that blocks: one for each read.
struct Connection<'a>(std::slice::Iter<'a, Bytes>);

impl io::Read for Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.0.next().map_or(&[][..], |chunk| chunk);
        buffer[..chunk.len()].copy_from_slice(chunk);
        Ok(chunk.len())
    }
}

fn reader(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    EventReader::new(Connection(chunks.iter())).flatten().for_each(|event| total.take(event.data()));
    total
}

fn item_reader(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    EventReader::new(Connection(chunks.iter())).items().flatten().for_each(|item| total.take_item(&item));
    total
}

fn source(chunks: &[Bytes]) -> Ready<impl Iterator<Item = io::Result<Bytes>>> {
    Ready(chunks.iter().cloned().map(Ok))
}

fn stream(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    drain(source(chunks).events(), |event| total.take(event.data()));
    total
}

fn item_stream(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    drain(source(chunks).items(), |item| total.take_item(&item));
    total
}

fn codec(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let events = FramedRead::new(StreamReader::new(source(chunks)), EventCodec::new());
    drain(events, |event| event.into_iter().for_each(|event| total.take(event.data())));
    total
}

fn item_codec(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let items = FramedRead::new(StreamReader::new(source(chunks)), EventCodec::new().items());
    drain(items, |item| item.into_iter().for_each(|item| total.take_item(&item)));
    total
}

/// No event of a hostile stream is a number: what is counted are errors, each of which has its event.
fn json_stream(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    let mut values = pin!(source(chunks).events().json::<u64>());
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(value)) = values.as_mut().poll_next(&mut context) {
        if let Err(JsonStreamError::Json(error)) = value {
            total.take(error.event().data());
        }
    }
    total
}

/// What a gateway does that sends the data of each event on; the ID would be written for each of them.
fn body(chunks: &[Bytes]) -> Total {
    let mut total = Total::default();
    {
        let mut body = pin!(EventBody::new(Forward { events: source(chunks).events(), total: &mut total }));
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(Ok(_))) = body.as_mut().poll_frame(&mut context) {}
    }
    total
}

struct Forward<'a, S> {
    events: EventStream<S>,
    total: &'a mut Total,
}

impl<S: Stream<Item = io::Result<Bytes>> + Unpin> Stream for Forward<'_, S> {
    type Item = Result<FrameBuf, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.events).poll_next(context));
        Poll::Ready(event.and_then(Result::ok).map(|event| {
            self.total.take(event.data());
            Ok(Frame::head().shared_data(Event::into_data(event)))
        }))
    }
}
