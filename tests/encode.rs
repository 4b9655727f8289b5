//! Frames by hand: the exact bytes of each, and what a receiver makes of them. `support::check` cuts each stream in
//! many ways, asks every driver, and compares with the reference models.

mod support;

use std::{error::Error, fmt::Debug, hash::Hash, panic, time::Duration};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sse_wire::{
    DataWriter, DecodeError, DecodeOptions, Decoder, Event, EventRef, Frame, FrameBuf, InvalidField, Item, ItemRef,
    Line, LineDecoder, Pieces, Utf8Bytes, Utf8Policy,
};
use support::{
    Out, Outcome, check,
    few::{at_most, few},
    frames::normalized,
    rows::{
        Check,
        Shown::{self, Comment, Time},
        check_rows,
    },
    sweep::lengths,
};

/// A frame, its bytes, what is shown of it, and the last event ID that it leaves.
type Row<'a> = (Frame<'a>, &'a str, &'a [Shown], &'a str);

#[test]
fn each_field_alone_and_all_together() -> Result<(), InvalidField> {
    let all = Frame::new().comment("hi").event_type("tick")?.id("7")?.retry(Duration::from_secs(3)).data("one\ntwo");
    let reversed =
        Frame::new().data("one\ntwo").retry(Duration::from_secs(3)).id("7")?.event_type("tick")?.comment("hi");
    let all_bytes = ": hi\nevent: tick\nid: 7\nretry: 3000\ndata: one\ndata: two\n\n";
    let all_shown = &[Comment("hi"), Time(3000), Shown::Event("tick", "one\ntwo", "7")];
    let empty = Frame::new().comment("").event_type("")?.id("")?.retry(Duration::ZERO).data("");
    let again = Frame::new().comment("a").event_type("a")?.id("a")?.retry(Duration::MAX).data("a\nb");
    let again = again.comment("x").event_type("b")?.id("c")?.retry(Duration::ZERO).data("d");
    let rows: &[Row<'_>] = &[
        (Frame::new(), "\n", &[], ""),
        (Frame::default(), "\n", &[], ""),
        (Frame::new().comment("hi"), ": hi\n\n", &[Comment("hi")], ""),
        (Frame::new().event_type("tick")?, "event: tick\n\n", &[], ""),
        (Frame::new().id("7")?, "id: 7\n\n", &[], "7"),
        (Frame::new().retry(Duration::from_secs(3)), "retry: 3000\n\n", &[Time(3000)], ""),
        (Frame::new().data("x"), "data: x\n\n", &[Shown::Event("message", "x", "")], ""),
        (all, all_bytes, all_shown, "7"),
        (reversed, all_bytes, all_shown, "7"),
        (
            empty,
            ": \nevent: \nid: \nretry: 0\ndata: \n\n",
            &[Comment(""), Time(0), Shown::Event("message", "", "")],
            "",
        ),
        (
            again,
            ": x\nevent: b\nid: c\nretry: 0\ndata: d\n\n",
            &[Comment("x"), Time(0), Shown::Event("b", "d", "c")],
            "c",
        ),
        (
            Frame::new().comment("a\r\n\rb").data("c\rd"),
            ": a\n: \n: b\ndata: c\ndata: d\n\n",
            &[Comment("a"), Comment(""), Comment("b"), Shown::Event("message", "c\nd", "")],
            "",
        ),
    ];
    check_rows(rows);
    Ok(())
}

#[test]
fn types_and_ids_are_written_as_they_are() -> Result<(), InvalidField> {
    let typed = |event_type| Frame::new().event_type(event_type).map(|frame| frame.data("x"));
    let with_id = |id| Frame::new().id(id).map(|frame| frame.data("x"));
    let rows: &[Row<'_>] = &[
        (typed("message")?, "event: message\ndata: x\n\n", &[Shown::Event("message", "x", "")], ""),
        (typed("")?, "event: \ndata: x\n\n", &[Shown::Event("message", "x", "")], ""),
        (typed(" ")?, "event:  \ndata: x\n\n", &[Shown::Event(" ", "x", "")], ""),
        (typed("a\0b")?, "event: a\0b\ndata: x\n\n", &[Shown::Event("a\0b", "x", "")], ""),
        (typed(": a")?, "event: : a\ndata: x\n\n", &[Shown::Event(": a", "x", "")], ""),
        (typed("\u{2028}")?, "event: \u{2028}\ndata: x\n\n", &[Shown::Event("\u{2028}", "x", "")], ""),
        (with_id("")?, "id: \ndata: x\n\n", &[Shown::Event("message", "x", "")], ""),
        (with_id(" 7 ")?, "id:  7 \ndata: x\n\n", &[Shown::Event("message", "x", " 7 ")], " 7 "),
        (with_id("a: b")?, "id: a: b\ndata: x\n\n", &[Shown::Event("message", "x", "a: b")], "a: b"),
        (with_id("글\u{B}")?, "id: 글\u{B}\ndata: x\n\n", &[Shown::Event("message", "x", "글\u{B}")], "글\u{B}"),
        (with_id("\u{FEFF}")?, "id: \u{FEFF}\ndata: x\n\n", &[Shown::Event("message", "x", "\u{FEFF}")], "\u{FEFF}"),
    ];
    check_rows(rows);
    Ok(())
}

#[test]
fn times_are_whole_milliseconds_and_end_where_a_u64_does() {
    const MOST: Duration = Duration::from_millis(u64::MAX);
    let rows = [
        (Duration::ZERO, 0),
        (Duration::from_nanos(999_999), 0),
        (Duration::from_nanos(1_999_999), 1),
        (Duration::from_millis(9), 9),
        (Duration::from_millis(10), 10),
        (Duration::from_millis(1_234_567_890), 1_234_567_890),
        (Duration::from_millis(u64::MAX - 1), u64::MAX - 1),
        (MOST, u64::MAX),
        (MOST + Duration::from_nanos(1), u64::MAX),
        (MOST + Duration::from_millis(1), u64::MAX),
        (Duration::MAX, u64::MAX),
    ];
    for (time, milliseconds) in rows {
        let bytes = format!("retry: {milliseconds}\n\n");
        let row: Row<'_> = (Frame::new().retry(time), &bytes, &[Time(milliseconds)], "");
        check_rows(&[row]);
    }
}

/// A text, and the lines as which it is sent.
const TEXTS: &[(&str, &[&str])] = &[
    ("", &[""]),
    ("x", &["x"]),
    (" x", &[" x"]),
    ("  ", &["  "]),
    ("x ", &["x "]),
    (":", &[":"]),
    (": x", &[": x"]),
    ("\0", &["\0"]),
    ("a\0b\tc", &["a\0b\tc"]),
    ("\t x", &["\t x"]),
    ("\u{FEFF}x", &["\u{FEFF}x"]),
    ("a\u{2028}b\u{85}c\u{B}\u{C}\u{1C}", &["a\u{2028}b\u{85}c\u{B}\u{C}\u{1C}"]),
    ("data: x", &["data: x"]),
    ("\n", &["", ""]),
    ("\r", &["", ""]),
    ("\r\n", &["", ""]),
    ("\n\r", &["", "", ""]),
    ("\r\r\n", &["", "", ""]),
    ("\r\n\n", &["", "", ""]),
    ("\n\n\n", &["", "", "", ""]),
    ("a\nb", &["a", "b"]),
    ("a\rb", &["a", "b"]),
    ("a\r\nb", &["a", "b"]),
    ("a\n\rb", &["a", "", "b"]),
    ("a\r\n\r\nb", &["a", "", "b"]),
    ("\nx", &["", "x"]),
    ("x\n", &["x", ""]),
    ("\r\nx\r\n", &["", "x", ""]),
    ("x\r\r", &["x", "", ""]),
    ("\n x", &["", " x"]),
    ("{\n  \"a\": \"한국\"\n}", &["{", "  \"a\": \"한국\"", "}"]),
    ("x\r\rdata: forged", &["x", "", "data: forged"]),
    ("x\n\nid: 9\n\n", &["x", "", "id: 9", "", ""]),
];

#[test]
fn text_is_split_at_each_line_break() {
    for &(text, lines) in TEXTS {
        assert_eq!(normalized(text), lines.join("\n"), "the row {text:?} itself");
        check_text(text);
    }
}

#[test]
fn every_start_middle_and_end_of_a_text_comes_back() {
    for line_break in ["\n", "\r", "\r\n", "\n\r", "\n\n"] {
        let starts = ["", " ", "  ", ":", "\t", line_break, &format!(" {line_break}"), &format!("{line_break}:")];
        let middles = ["", "x", "data: x", &format!("x{line_break}y"), &format!("x{line_break} y")];
        let ends = ["", " ", line_break, &line_break.repeat(2), &format!("{line_break} ")];
        for start in at_most(2, starts) {
            for middle in at_most(2, middles) {
                for end in at_most(1, ends) {
                    check_text(&format!("{start}{middle}{end}"));
                }
            }
        }
    }
}

#[test]
fn line_breaks_are_found_at_any_distance() {
    // Searches go by blocks: a break stands at, before and after each edge, wherever the edges are.
    for length in lengths() {
        for line_break in ["\n", "\r", "\r\n"] {
            let text = format!("{}{line_break}y{line_break}", "x".repeat(length));
            let lines = format!("data: {}\ndata: y\ndata: \n\n", "x".repeat(length));
            assert_eq!(encoded(&Frame::new().data(&text)), lines);
        }
    }
}

#[test]
fn what_would_end_a_line_is_refused_in_types_and_ids() {
    type Set = fn(&str) -> Option<InvalidField>;
    let event_type: Set = |value| Frame::new().event_type(value).err();
    let id: Set = |value| Frame::new().id(value).err();
    // The places, by what stands before and after.
    let around =
        [("", ""), ("", "x"), ("a", "b"), ("x", ""), ("글", "\u{1F600}"), ("a: ", "\ndata: forged"), ("", "\r")];
    for (character, name) in [('\r', "CR"), ('\n', "LF"), ('\0', "NUL")] {
        for (before, after) in around {
            for (field, set) in [("event", event_type), ("id", id)] {
                let value = format!("{before}{character}{after}");
                // In a type, NUL is a character like any other, and only what follows can be wrong.
                let (character, name, index) = match (field, character, after.chars().next()) {
                    ("event", '\0', Some(next @ ('\r' | '\n'))) => {
                        (next, if next == '\r' { "CR" } else { "LF" }, before.len() + 1)
                    }
                    ("event", '\0', _) => {
                        assert_eq!(set(&value), None, "{value:?}");
                        continue;
                    }
                    _ => (character, name, before.len()),
                };
                let error = set(&value).unwrap_or_else(|| panic!("{value:?} is taken as {field}"));
                assert_eq!((error.field(), error.character(), error.index()), (field, character, index));
                let text = format!("{name} at index {index} is not allowed in the field `{field}`");
                assert_eq!(error.to_string(), text);
            }
        }
    }
}

#[test]
fn nothing_can_be_forged_from_within_a_value() -> Result<(), InvalidField> {
    let known = ["x\r\rdata: forged", "1\ndata: forged", "a\nid: 9", "a\rdata: b", "a\n\ndata: b", "a\r\nb", "a\nb"];
    let mut values: Vec<String> = known.map(String::from).into();
    for line_break in ["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r"] {
        for forged in ["data: f", "data", "event: f", "id: f", "id", "retry: 1", ": f", "\u{FEFF}data: f"] {
            values.push(format!("x{line_break}{forged}"));
            values.push(format!("{line_break}{forged}{line_break}"));
            values.push(format!("x{line_break}{forged}{line_break}{line_break}data: f{line_break}{line_break}"));
        }
    }
    for value in few(&values) {
        assert!(Frame::new().event_type(value).is_err() && Frame::new().id(value).is_err(), "{value:?}");
        let frame = Frame::new().event_type("t")?.id("1")?.comment(value).data(value);
        let comments = normalized(value).split('\n').map(|line| Out::Comment(line.to_owned())).collect::<Vec<_>>();
        let event = Out::Event(support::Event::new("t", &normalized(value), "1"));
        let outcome = check(DecodeOptions::new(), encoded(&frame).as_bytes());
        assert_eq!(outcome.out, [comments, vec![event]].concat());
        assert_eq!((&*outcome.last_event_id, outcome.reconnection_time, outcome.cut), ("1", None, None));
    }
    Ok(())
}

#[test]
fn a_frame_needs_exactly_its_length() -> Result<(), InvalidField> {
    let full = Frame::new().comment("a\nb").event_type("t")?.id("1")?.retry(Duration::MAX);
    for &(text, _) in TEXTS {
        for frame in [Frame::new().data(text), full.data(text), Frame::new().comment(text), Frame::new()] {
            let mut room = vec![0; frame.encoded_len()];
            let mut left = &mut room[..];
            frame.encode(&mut left);
            assert_eq!((left.len(), room), (0, encoded(&frame).into_bytes()));
            let panicked = panic::catch_unwind(|| {
                let mut room = vec![0; frame.encoded_len() - 1];
                frame.encode(&mut &mut room[..]);
            });
            assert!(panicked.is_err(), "one byte less than {frame:?} needs");
        }
    }
    Ok(())
}

#[test]
fn room_that_is_split_is_filled_piece_by_piece() -> Result<(), InvalidField> {
    let frame = Frame::new().comment("a\nb").event_type("t")?.id("1")?.retry(Duration::MAX).data("one\r\n\rtwo");
    let expected = encoded(&frame);
    for at in few(0..=expected.len()) {
        let mut room = vec![0; expected.len()];
        let (mut head, mut tail) = room.split_at_mut(at);
        frame.encode(&mut (&mut head).chain_mut(&mut tail));
        assert_eq!((head.len(), tail.len()), (0, 0));
        assert_eq!(room, expected.as_bytes(), "split at {at}");
        let (head, tail) = room.split_at_mut(at);
        let mut split = head.chain_mut(tail);
        let mut writer = frame.without_data().data_writer(&mut split);
        assert_eq!(std::fmt::Write::write_str(&mut writer, "two\r\n\rone"), Ok(()));
        writer.finish();
        assert_eq!(room, encoded(&frame.data("two\n\none")).as_bytes(), "split at {at}");
    }
    Ok(())
}

#[test]
fn a_data_writer_without_room_panics() {
    let needed = "data: x\n\n".len();
    for room in 0..=needed {
        let written = panic::catch_unwind(|| {
            let mut room = vec![0; room];
            let mut left = &mut room[..];
            let mut writer = Frame::head().data_writer(&mut left);
            let outcome = std::fmt::Write::write_str(&mut writer, "x");
            writer.finish();
            (outcome, room)
        });
        assert_eq!(written.ok(), (room == needed).then(|| (Ok(()), b"data: x\n\n".to_vec())), "{room} bytes");
    }
}

#[test]
fn errors_are_short_lowercase_and_hold_no_input() {
    let field = Frame::new().id("s3cret\n").unwrap_err();
    let strict = DecodeOptions::new().with_max_event_len(8).with_utf8_policy(Utf8Policy::Reject);
    let mut errors: Vec<(Box<dyn Error>, &str)> =
        vec![(field.into(), "LF at index 6 is not allowed in the field `id`")];
    let rows: [(&[u8], &str); 2] = [
        (b"data: s3cret\xFF\n", "invalid UTF-8 at byte 12 of the stream"),
        (b"data: s3crets3cret", "event at byte 14 of the stream passes the limit of 8 bytes"),
    ];
    for (mut stream, text) in rows {
        errors.push((Decoder::with_options(strict).decode(&mut stream).unwrap_err().into(), text));
    }
    let error = LineDecoder::with_max_line_len(strict.max_event_len()).decode(&mut &b"s3crets3cret\n"[..]).unwrap_err();
    errors.push((error.into(), "line at byte 8 of the stream passes the limit of 8 bytes"));
    for (error, text) in errors {
        assert_eq!(error.to_string(), text);
        let plain = ["CR", "LF", "NUL", "UTF-8"].iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
        assert!(!text.ends_with('.') && plain == plain.to_lowercase(), "{text}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn a_default_is_what_new_returns_and_debug_shows_no_text() {
    let shown = |decoder: &dyn Debug| format!("{decoder:?}");
    assert_eq!(shown(&Decoder::default()), shown(&Decoder::new()));
    assert_eq!(shown(&LineDecoder::default()), shown(&LineDecoder::new()));
    let (mut events, mut lines) = (Decoder::new(), LineDecoder::new());
    let stream = b"id: s3cret\nevent: s3cret\n\ndata: s3cret\nid: s3cret\nevent: s3cret\n: s3cret";
    assert!(events.decode_item(&mut &stream[..]).is_ok_and(|item| item.is_none()));
    while lines.decode(&mut &b"s3cret"[..]).is_ok_and(|line| line.is_some()) {}
    for shown in [shown(&events), shown(&lines)] {
        assert!(shown.contains("Decoder {") && shown.contains("TextBuffer {"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

/// Compiles, or not: what the public types can be relied upon to be.
#[expect(dead_code, reason = "it is there to be compiled")]
fn public_types_are_what_they_are_expected_to_be() {
    fn owned<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
    fn comparable<T: Eq + Hash>() {}
    fn small<T: Copy + Debug + Eq + Hash + Send + Sync + Unpin>() {}
    fn default<T: Default>() {}
    fn error<T: Copy + Eq + Hash + Error + Send + Sync + 'static>() {}
    fn buf<T: Buf>() {}
    fn chunks<'a, T: Clone + Debug + Iterator<Item = &'a [u8]> + Send + Sync>() {}
    fn writer<T: Debug + std::fmt::Write + Send + Sync>() {}
    owned::<(Decoder, LineDecoder, FrameBuf, DecodeOptions, Utf8Policy)>();
    owned::<(Event, Item, Utf8Bytes, DecodeError, InvalidField)>();
    comparable::<(Event, Item, Utf8Bytes)>();
    small::<(EventRef<'_>, ItemRef<'_>, Line<'_>, Frame<'_>, DecodeOptions, Utf8Policy)>();
    default::<(Decoder, LineDecoder, DecodeOptions, Utf8Policy, Frame<'_>, Utf8Bytes)>();
    error::<DecodeError>();
    error::<InvalidField>();
    buf::<FrameBuf>();
    chunks::<Pieces<'_>>();
    writer::<DataWriter<'_, Vec<u8>>>();
}

impl Check for Row<'_> {
    fn name(&self) -> String {
        format!("{:?}", self.0)
    }

    fn check(&self) {
        let &(frame, bytes, shown, last_event_id) = self;
        assert_eq!(encoded(&frame), bytes);
        let options = DecodeOptions::new();
        let out: Vec<Out> = shown.iter().map(|shown| shown.out(options.max_event_len())).collect();
        let time = out.iter().find_map(|out| if let Out::ReconnectionTime(time) = *out { Some(time) } else { None });
        let last_event_id = last_event_id.into();
        let expected = Outcome { out, last_event_id, reconnection_time: time, ..Outcome::default() };
        assert_eq!(check(options, bytes.as_bytes()), expected);
    }
}

/// Checks a text as data and as a comment: its bytes, line by line, and what comes back.
fn check_text(text: &str) {
    let normalized = normalized(text);
    let data = format!("data: {}\n", normalized.replace('\n', "\ndata: "));
    let comment = format!(": {}\n", normalized.replace('\n', "\n: "));
    assert_eq!(encoded(&Frame::new().data(text)), data.clone() + "\n");
    assert_eq!(encoded(&Frame::new().comment(text)), comment.clone() + "\n");
    let stream = encoded(&Frame::new().comment(text).data(text));
    assert_eq!(stream, comment + &data + "\n");
    let mut out: Vec<Out> = normalized.split('\n').map(|line| Out::Comment(line.to_owned())).collect();
    out.push(Out::Event(support::Event::new("message", &normalized, "")));
    assert_eq!(check(DecodeOptions::new(), stream.as_bytes()), Outcome { out, ..Outcome::default() });
}

/// What `encode` writes, into what is there already, once it is sure that the other ways give the same.
fn encoded(frame: &Frame<'_>) -> String {
    let mut buffer = b"before".to_vec();
    frame.encode(&mut buffer);
    let bytes = buffer.split_off("before".len());
    assert_eq!(buffer, b"before");
    let mut shared = BytesMut::new();
    frame.encode(&mut shared);
    assert_eq!(
        (shared.freeze(), frame.to_encoded().into_bytes()),
        (Bytes::from(bytes.clone()), Bytes::from(bytes.clone()))
    );
    assert_eq!((frame.encoded_len(), frame.pieces().collect::<Vec<_>>().concat()), (bytes.len(), bytes.clone()));
    String::from_utf8(bytes).expect("text from text")
}

#[test]
fn fields_that_may_be_absent_are_set_without_a_chain() -> Result<(), InvalidField> {
    let frame = |event_type, id, retry, data, comment| {
        let frame = Frame::new().maybe_event_type(event_type)?.maybe_id(id)?.maybe_retry(retry);
        Ok::<_, InvalidField>(frame.maybe_data(data).maybe_comment(comment))
    };
    assert_eq!(frame(None, None, None, None, None)?, Frame::new());
    let all = frame(Some("t"), Some("7"), Some(Duration::from_secs(1)), Some("x"), Some("c"))?;
    assert_eq!(all.to_encoded(), ": c\nevent: t\nid: 7\nretry: 1000\ndata: x\n\n");
    // What is absent leaves what is there.
    let kept = all.maybe_event_type(None)?.maybe_id(None)?.maybe_retry(None).maybe_data(None).maybe_comment(None);
    assert_eq!(kept, all);
    assert!(Frame::new().maybe_event_type(Some("a\nb")).is_err() && Frame::head().maybe_id(Some("\0")).is_err());
    let head = Frame::head().maybe_event_type(Some("t"))?.maybe_id(None)?;
    assert_eq!(head.data("x").to_encoded(), "event: t\ndata: x\n\n");
    assert_eq!(Frame::from(head).to_encoded(), "event: t\n\n");
    Ok(())
}
