//! What a proxy does: events that go on as frames, and frames that were encoded elsewhere.

mod support;

use bytes::{Buf, Bytes};
use proptest::prelude::*;
use sse_wire::{DecodeOptions, Decoder, EncodedFrames, Frame, FrameBuf, Utf8Bytes};
use support::{Driver, few, run, strategies};

proptest! {
    #![proptest_config(few::config(2000))]

    #[test]
    fn events_that_go_on_as_frames_arrive_as_they_are(stream in strategies::stream()) {
        let mut decoder = Decoder::new();
        let (mut input, mut sent) = (&stream[..], Vec::new());
        while let Some(event) = decoder.decode(&mut input).unwrap() {
            Frame::try_from(event).unwrap().encode(&mut sent);
        }
        let [before, after] =
            [&stream, &sent].map(|stream| run(Driver::Decode, DecodeOptions::new(), [&stream[..]]).events());
        // An event whose ID is empty says nothing of an ID, so that the receiver keeps the one before: see the next test.
        let without_reset = before.iter().scan("", |last, event| {
            *last = if event.last_event_id.is_empty() { *last } else { &event.last_event_id };
            Some(support::Event::new(&event.event_type, &event.data, last))
        });
        prop_assert_eq!(without_reset.collect::<Vec<_>>(), after);
    }
}

#[test]
fn an_id_that_no_stream_can_have_brought_is_refused() {
    for (id, index) in [("a\nb", 1), ("\r", 0), ("ab\0", 2)] {
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(id);
        let mut input: &[u8] = b"data: x\n\n";
        let error = Frame::try_from(decoder.decode(&mut input).unwrap().unwrap()).unwrap_err();
        assert_eq!((error.field(), error.index()), ("id", index));
    }
}

#[test]
fn encoded_frames_are_shared_not_copied() {
    let frames = EncodedFrames::from_encoded(b"id: 1\ndata: x\n\n: hi\n\n".to_vec()).unwrap();
    let mut buf = FrameBuf::from(frames.clone());
    assert_eq!((buf.remaining(), buf.chunk().as_ptr()), (frames.len(), frames.as_ptr()));
    let [head, tail] = [4, 18].map(|length| buf.copy_to_bytes(length.min(buf.remaining())));
    assert_eq!((&head[..], &tail[..]), (&frames[..4], &frames[4..]));
    assert_eq!((head.as_ptr(), tail.as_ptr()), (frames.as_ptr(), frames[4..].as_ptr()));
    assert!(!buf.has_remaining());

    let frame = Frame::new().comment("c").data("a\nb");
    let mut buf = FrameBuf::from(frame);
    assert_eq!(buf.copy_to_bytes(buf.remaining()), frame.to_encoded().into_bytes());
    assert_eq!(FrameBuf::from(EncodedFrames::default()).remaining(), 0);
}

#[test]
fn the_pieces_of_a_payload_can_be_had_without_a_copy() {
    let payload = Bytes::from(format!("{}\n{}", "x".repeat(9000), "y".repeat(8000)));
    let mut buf = Frame::head().id("7").unwrap().shared_data(Utf8Bytes::try_from(payload.clone()).unwrap());
    let mut pieces = Vec::new();
    while buf.has_remaining() {
        pieces.push(buf.copy_to_bytes(buf.chunk().len()));
    }
    assert_eq!(pieces, [&b"id: 7\ndata: "[..], &payload[..9000], b"\ndata: ", &payload[9001..], b"\n\n"]);
    assert_eq!((pieces[1].as_ptr(), pieces[3].as_ptr()), (payload.as_ptr(), payload[9001..].as_ptr()));
}

#[test]
#[should_panic(expected = "cannot take 10 bytes, 9 remain")]
fn more_than_remains_cannot_be_taken() {
    Frame::head().shared_data("x").copy_to_bytes("data: x\n\n".len() + 1);
}

/// What the docs of `Frame::try_from` warn of.
#[test]
fn events_that_go_on_as_frames_say_less_than_the_stream_did() {
    let mut decoder = Decoder::new();
    let mut input: &[u8] = b"id: 5\nevent: message\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 9\n\n";
    let mut sent = Vec::new();
    while let Some(event) = decoder.decode(&mut input).unwrap() {
        Frame::try_from(event).unwrap().encode(&mut sent);
    }
    assert_eq!(decoder.last_event_id(), "9");
    // The explicit type is gone, the ID is on an event that did not set it, and what takes it back or moves it is gone.
    assert_eq!(sent, b"id: 5\ndata: a\n\nid: 5\ndata: b\n\ndata: c\n\n");
    let mut receiver = Decoder::new();
    let mut input = &sent[..];
    while receiver.decode(&mut input).unwrap().is_some() {}
    assert_eq!(receiver.last_event_id(), "5");
}

#[test]
fn whole_frames_from_elsewhere_are_taken_and_parts_are_given_back() {
    for whole in ["", "\n", "data: x\n\n", "data: x\r\r", "data: x\r\n\r\n", ": \n\ndata\n\n", "\u{FEFF}data\n\n"] {
        let frames = EncodedFrames::from_encoded(whole).unwrap();
        assert_eq!(frames, whole);
        assert_eq!(frames.into_bytes(), whole);
    }
    for part in ["data: x", "data: x\n", "data: x\r\n", "\n\ndata: x\n", "data: x\n\n:"] {
        let error = EncodedFrames::from_encoded(part).unwrap_err();
        assert!(error.to_string().contains("blank line"));
        assert_eq!(error.into_bytes(), part);
    }
}

#[test]
fn a_frame_that_shares_its_data_becomes_an_encoded_one() {
    let encoded = Frame::new().data("one\ntwo").to_encoded();
    let buf = Frame::head().shared_data("one\ntwo");
    assert_eq!(EncodedFrames::from(buf), encoded);
    let at = encoded.as_ptr();
    assert_eq!(EncodedFrames::from(FrameBuf::from(encoded)).as_ptr(), at);
    let mut sent = Frame::head().shared_data("x");
    sent.advance(sent.remaining());
    assert_eq!(EncodedFrames::from(sent), "");
}
