//! What a frame writes is what a receiver sees, in whichever way it is written: laws 7 and 9.
#![no_main]

use std::{
    fmt::Write as _,
    io::{IoSlice, Write as _},
    time::Duration,
};

use arbitrary::{Arbitrary, Unstructured};
use bytes::{Buf, BytesMut};
use libfuzzer_sys::fuzz_target;
use sse_wire::{DecodeOptions, Frame, InvalidField};
use sse_wire_fuzz::{
    number,
    support::{Event, Out, Outcome, check_cut, strategies},
};

/// Frames to be sent one after the other, and how their bytes are cut.
#[derive(Debug)]
struct Input {
    lengths: Vec<usize>,
    frames: Vec<Fields>,
}

/// What a frame is made of.
#[derive(Debug)]
struct Fields {
    comment: Option<String>,
    event_type: Option<String>,
    id: Option<String>,
    retry: Option<Duration>,
    data: Option<String>,
}

// By hand, and from the front only: a byte more or less in a text leaves what stands before it alone, and seeds can be
// written with an editor. Four lengths come first, then the frames. A frame is a byte that says what is set, and a length
// before each text. `5551N1a1b5c\nd\re` is a frame with a type, an ID and data.
impl<'i> Arbitrary<'i> for Input {
    fn arbitrary(input: &mut Unstructured<'i>) -> arbitrary::Result<Self> {
        let lengths = <[u8; 4]>::arbitrary(input)?;
        let mut frames = Vec::new();
        while !input.is_empty() {
            frames.push(Fields::arbitrary(input)?);
        }
        Ok(Self { lengths: lengths.into_iter().map(number).chain([1]).collect(), frames })
    }
}

impl<'i> Arbitrary<'i> for Fields {
    fn arbitrary(input: &mut Unstructured<'i>) -> arbitrary::Result<Self> {
        let set = u8::arbitrary(input)?;
        let mut text = |bit: u8| -> arbitrary::Result<Option<String>> {
            if set & bit == 0 {
                return Ok(None);
            }
            let length = number(u8::arbitrary(input)?).min(input.len());
            Ok(Some(String::from_utf8_lossy(input.bytes(length)?).into_owned()))
        };
        let (comment, event_type, id, data) = (text(1)?, text(2)?, text(4)?, text(8)?);
        let retry = if set & 16 == 0 { None } else { Some(Duration::arbitrary(input)?) };
        Ok(Self { comment, event_type, id, retry, data })
    }
}

impl Fields {
    /// Takes away what must be refused, and checks that it is.
    fn make_sendable(&mut self) {
        if let Some(event_type) = &mut self.event_type {
            check_refusal("event", event_type, &['\r', '\n'], Frame::new().event_type(event_type));
            event_type.retain(|character| !"\r\n".contains(character));
        }
        if let Some(id) = &mut self.id {
            check_refusal("id", id, &['\r', '\n', '\0'], Frame::new().id(id));
            id.retain(|character| !"\r\n\0".contains(character));
        }
    }

    /// The frame, which has been made sendable.
    fn frame(&self) -> Frame<'_> {
        let mut frame = Frame::new();
        if let Some(text) = &self.comment {
            frame = frame.comment(text);
        }
        if let Some(event_type) = &self.event_type {
            frame = frame.event_type(event_type).expect("a type without line breaks");
        }
        if let Some(id) = &self.id {
            frame = frame.id(id).expect("an ID without line breaks");
        }
        if let Some(time) = self.retry {
            frame = frame.retry(time);
        }
        if let Some(data) = &self.data {
            frame = frame.data(data);
        }
        frame
    }

    /// Adds what a receiver sees of the frame: one event at most.
    fn show(&self, outcome: &mut Outcome) {
        if let Some(text) = &self.comment {
            outcome.out.extend(normalized(text).split('\n').map(|line| Out::Comment(line.into())));
        }
        if let Some(time) = self.retry {
            let time = Duration::from_millis(time.as_millis().try_into().unwrap_or(u64::MAX));
            outcome.reconnection_time = Some(time);
            outcome.out.push(Out::ReconnectionTime(time));
        }
        if let Some(id) = &self.id {
            outcome.last_event_id.clone_from(id);
        }
        if let Some(data) = &self.data {
            let event_type = self.event_type.as_deref().filter(|name| !name.is_empty()).unwrap_or("message");
            outcome.out.push(Out::Event(Event::new(event_type, &normalized(data), &outcome.last_event_id)));
        }
    }
}

fuzz_target!(|input: Input| {
    let Input { lengths, mut frames } = input;
    let mut stream = Vec::new();
    let mut expected = Outcome::default();
    for fields in &mut frames {
        fields.make_sendable();
        fields.show(&mut expected);
        let frame = fields.frame();
        let start = stream.len();
        frame.encode(&mut stream);
        check_ways(&frame, &stream[start..]);
        if let Some(data) = &fields.data {
            check_buf(&frame, data, &stream[start..], &lengths);
            check_writer(frame, data, &stream[start..], &lengths);
        }
    }
    check_cut(DecodeOptions::new().unlimited(), &expected, &[&stream]);
    check_cut(DecodeOptions::new().unlimited(), &expected, &strategies::cut(&stream, &lengths));
});

/// A value that would break out of its field is refused, with the place where; any other is taken.
fn check_refusal(field: &str, value: &str, forbidden: &[char], result: Result<Frame<'_>, InvalidField>) {
    let refused = result.err().map(|error| {
        assert_eq!(error.field(), field);
        (error.index(), error.character())
    });
    let expected = value.char_indices().find(|(_, character)| forbidden.contains(character));
    assert_eq!(refused, expected);
}

/// All that writes a whole frame at once.
fn check_ways(frame: &Frame<'_>, expected: &[u8]) {
    assert_eq!(frame.encoded_len(), expected.len());
    assert_eq!(frame.to_bytes(), expected);
    assert_eq!(frame.chunks().collect::<Vec<_>>().concat(), expected);
    // A buffer that grows bit by bit, and one with just the room.
    let (mut growing, mut room) = (BytesMut::new(), vec![0; expected.len()]);
    frame.encode(&mut growing);
    frame.encode(&mut &mut room[..]);
    assert_eq!((&*growing, &*room), (expected, expected));
}

/// A `FrameBuf` says the same by any steps, taken in each of the ways that a `Buf` has.
fn check_buf(frame: &Frame<'_>, data: &str, expected: &[u8], steps: &[usize]) {
    let mut buf = frame.to_buf(data);
    let mut copied = buf.clone();
    let mut rest = expected;
    for &step in steps.iter().cycle() {
        assert_eq!((buf.remaining(), buf.has_remaining()), (rest.len(), !rest.is_empty()));
        assert!(rest.starts_with(buf.chunk()) && buf.chunk().is_empty() == rest.is_empty());
        let mut slices = [IoSlice::new(b""); 5];
        let filled = buf.chunks_vectored(&mut slices[..step % 6]);
        let joined = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).collect::<Vec<_>>();
        assert!(rest.starts_with(&joined) && (filled == step % 6 || joined.len() == rest.len()));
        if rest.is_empty() {
            return;
        }
        let (taken, behind) = rest.split_at(step.min(rest.len()));
        assert_eq!(copied.copy_to_bytes(taken.len()), taken);
        buf.advance(taken.len());
        rest = behind;
    }
}

/// A `DataWriter` writes the same by any pieces: text, or bytes cut anywhere.
fn check_writer(frame: Frame<'_>, data: &str, expected: &[u8], lengths: &[usize]) {
    let mut buffer = Vec::new();
    let mut writer = frame.data_writer(&mut buffer);
    for piece in strategies::cut(data.as_bytes(), lengths) {
        writer.write_all(piece).expect("no error");
    }
    writer.finish();
    assert_eq!(buffer, expected);
    buffer.clear();
    let mut writer = frame.data_writer(&mut buffer);
    let mut rest = data;
    for &length in lengths.iter().cycle() {
        let (piece, behind) = rest.split_at(rest.ceil_char_boundary(length));
        writer.write_str(piece).expect("no error");
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    writer.finish();
    assert_eq!(buffer, expected);
}

/// The text with LF for each line break.
fn normalized(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
