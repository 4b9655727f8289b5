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
use sse_wire::{DecodeOptions, Frame, InvalidField, LOOKED_AT};
use sse_wire_fuzz::{
    number,
    support::{Outcome, check_cut, frames::Fields, strategies},
};

/// Frames to be sent one after the other, and how their bytes are cut.
#[derive(Debug)]
struct Input {
    lengths: Vec<usize>,
    frames: Vec<Fields>,
}

// By hand, and from the front only: a byte more or less in a text leaves what stands before it alone, and seeds can be
// written with an editor. Four lengths come first, then the frames. A frame is a byte that says what is set, and a length
// before each text. `5551N1a1b5c\nd\re` is a frame with a type, an ID and data.
impl<'i> Arbitrary<'i> for Input {
    fn arbitrary(input: &mut Unstructured<'i>) -> arbitrary::Result<Self> {
        let lengths = <[u8; 4]>::arbitrary(input)?;
        let mut frames = Vec::new();
        while !input.is_empty() {
            frames.push(fields(input)?);
        }
        Ok(Self { lengths: lengths.into_iter().map(number).chain([1]).collect(), frames })
    }
}

fn fields(input: &mut Unstructured<'_>) -> arbitrary::Result<Fields> {
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
    Ok(Fields { comment, event_type, id, retry, data })
}

/// Takes away what must be refused, and checks that it is.
fn make_sendable(fields: &mut Fields) {
    if let Some(event_type) = &mut fields.event_type {
        check_refusal("event", event_type, &['\r', '\n'], Frame::new().event_type(event_type));
        event_type.retain(|character| !"\r\n".contains(character));
    }
    if let Some(id) = &mut fields.id {
        check_refusal("id", id, &['\r', '\n', '\0'], Frame::new().id(id));
        id.retain(|character| !"\r\n\0".contains(character));
    }
}

fuzz_target!(|input: Input| {
    let Input { lengths, mut frames } = input;
    let mut stream = Vec::new();
    let mut expected = Outcome::default();
    for fields in &mut frames {
        make_sendable(fields);
        fields.show(&mut expected);
        let frame = fields.frame();
        let start = stream.len();
        frame.encode(&mut stream);
        assert_eq!(&stream[start..], fields.bytes().as_bytes());
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
    assert_eq!(frame.to_encoded(), expected);
    assert_eq!(frame.pieces().collect::<Vec<_>>().concat(), expected);
    // A buffer that grows bit by bit, and one with just the room.
    let (mut growing, mut room) = (BytesMut::new(), vec![0; expected.len()]);
    frame.encode(&mut growing);
    frame.encode(&mut &mut room[..]);
    assert_eq!((&*growing, &*room), (expected, expected));
}

/// A `FrameBuf` says the same by any steps, taken in each of the ways that a `Buf` has.
fn check_buf(frame: &Frame<'_>, data: &str, expected: &[u8], steps: &[usize]) {
    let before = LOOKED_AT.get();
    let mut buf = frame.without_data().shared_data(data);
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
            // Two frames, one clone of the other. Where lines are short, each may cost a look at a block of 64 bytes.
            let lines = expected.iter().filter(|&&byte| byte == b'\n').count();
            let most = 2 * (8 * expected.len() + 64 * (lines + 2)) as u64;
            let looks = LOOKED_AT.get() - before;
            assert!(looks <= most, "{looks} bytes searched, {most} allowed");
            return;
        }
        let (taken, after) = rest.split_at(step.min(rest.len()));
        assert_eq!(copied.copy_to_bytes(taken.len()), taken);
        buf.advance(taken.len());
        rest = after;
    }
}

/// A `DataWriter` writes the same by any pieces: text, or bytes cut anywhere.
fn check_writer(frame: Frame<'_>, data: &str, expected: &[u8], lengths: &[usize]) {
    let mut buffer = Vec::new();
    let mut writer = frame.without_data().data_writer(&mut buffer);
    for piece in strategies::cut(data.as_bytes(), lengths) {
        writer.write_all(piece).expect("no error");
    }
    writer.finish();
    assert_eq!(buffer, expected);
    buffer.clear();
    let mut writer = frame.without_data().data_writer(&mut buffer);
    let mut rest = data;
    for &length in lengths.iter().cycle() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(length));
        writer.write_str(piece).expect("no error");
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    writer.finish();
    assert_eq!(buffer, expected);
}
