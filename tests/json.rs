//! Typed data, in and out, one event at a time and as a stream.
#![cfg(feature = "json")]

#[cfg(feature = "serde")]
#[path = "support/event_lines.rs"]
mod event_lines;

use std::{collections::HashMap, error::Error};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sse_wire::{Decoder, Event, Frame, json::JsonError};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Token<'a> {
    text: &'a str,
    index: u8,
}

fn event(stream: &str) -> Event {
    let mut chunk = Bytes::copy_from_slice(stream.as_bytes());
    Decoder::new().decode_bytes(&mut chunk).expect("no limit is passed").expect("a whole event")
}

#[test]
fn values_borrow_from_the_data_and_not_from_the_view() {
    // One line in the chunk, and several, which are put together in the decoder.
    for stream in [&b"data: {\"text\":\"Hi\",\"index\":7}\n\n"[..], b"data: {\"text\":\"Hi\",\ndata: \"index\":7}\n\n"]
    {
        let mut chunk = stream;
        let mut decoder = Decoder::new();
        let token: Token = {
            let event = decoder.decode(&mut chunk).expect("no limit is passed").expect("a whole event");
            event.json().expect("a token")
        };
        assert_eq!(token, Token { text: "Hi", index: 7 });
    }
    let owned = event("data: {\"text\":\"Hi\",\"index\":7}\n\n");
    let token: Token = owned.json().expect("a token");
    assert_eq!(token.text.as_ptr(), owned.data()[9..].as_ptr());
}

#[test]
fn errors_say_what_is_wrong_and_keep_the_event() {
    for (stream, data, text) in [
        (
            "data: {\"text\":\"Hi\",\"index\":256}\n\n",
            "{\"text\":\"Hi\",\"index\":256}",
            "is not the JSON that was expected",
        ),
        ("data: {\"secret\":1}\n\n", "{\"secret\":1}", "is not the JSON that was expected"),
        ("data: secret\n\n", "secret", "is not JSON"),
        ("data: {\"text\":\"Hi\",\"index\":7} secret\n\n", "{\"text\":\"Hi\",\"index\":7} secret", "is not JSON"),
        ("data: {\"text\":\"secr\n\n", "{\"text\":\"secr", "is JSON that was cut off"),
        ("data\n\n", "", "is empty, which is not JSON"),
    ] {
        let event = event(stream);
        let lent = event.as_event_ref();
        for error in [event.json::<Token>().expect_err(stream), lent.json::<Token>().expect_err(stream)] {
            assert_eq!(error.to_string(), format!("the data of the event {text}"));
            assert_eq!((error.event(), error.position()), (&event, None));
            assert_eq!(error.event().data(), data);
            let source = error.source().expect("a reason");
            assert_eq!(source.to_string(), error.reason().to_string());
            let error = error.at(42);
            assert_eq!(error.position(), Some(42));
            assert_eq!(error.to_string(), format!("the data of the event that ends at byte 42 of the stream {text}"));
            assert_eq!(error.into_event(), event);
            let error = std::io::Error::from(event.json::<Token>().expect_err(stream));
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
            assert_eq!(error.to_string(), format!("the data of the event {text}"));
        }
    }
}

#[test]
fn errors_are_small_and_do_not_show_the_data() {
    assert_eq!(size_of::<JsonError>(), size_of::<usize>());
    assert_eq!(size_of::<Result<usize, JsonError>>(), 2 * size_of::<usize>());
    let error = event("event: secret\nid: secret\ndata: [secret]\n\n").json::<Token>().expect_err("no token").at(7);
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(format!("{error:?}").starts_with("JsonError { position: Some(7), data_len: 8, reason: Error("), "{shown}");
    // Owned events that are not short share their memory with the error.
    let stream = format!("data: {}\n\n", "no".repeat(100));
    let event = event(&stream);
    let error = event.json::<u8>().expect_err("no number");
    assert_eq!(error.event().data().as_ptr(), event.data().as_ptr());
}

#[test]
fn the_error_of_a_lent_event_leaves_out_an_id_that_no_header_can_carry() {
    for (length, kept) in [(1, 1), (8000, 8000), (8001, 0), (1 << 20, 0)] {
        let stream = ["id: ", &"7".repeat(length), "\nevent: t\ndata: x\n\n"].concat();
        let event = event(&stream);
        let error = event.as_event_ref().json::<u8>().expect_err("no number");
        let copy = error.event();
        assert_eq!((copy.event_type(), copy.data(), copy.last_event_id().len()), ("t", "x", kept));
        // An event that owns its text shares it.
        assert_eq!(event.json::<u8>().expect_err("no number").event(), &event);
    }
}

#[cfg(feature = "serde")]
#[test]
fn events_are_serialized_in_their_one_json_form() {
    for (stream, line) in event_lines::EVENT_LINES {
        let event = event(stream);
        assert_eq!(serde_json::to_string(&event).expect("strings"), line);
        assert_eq!(serde_json::to_string(&event.as_event_ref()).expect("strings"), line);
        assert_eq!(serde_json::from_str::<Event>(line).expect("an event"), event);
    }
}

#[test]
fn a_frame_with_a_value_is_read_back() {
    let long = "\u{1}\r\n\"\\/\u{7f}\u{85}\u{2028}글".repeat(1000);
    let values = [
        serde_json::json!(null),
        serde_json::json!(""),
        serde_json::json!("a\r\nb\rc\nd"),
        serde_json::json!({ "text": long, "list": [1, -2.5, true, {}, []] }),
    ];
    let head = Frame::head().comment("c\nd").event_type("t").expect("no line break").id("7").expect("no line break");
    for value in values {
        let json = serde_json::to_string(&value).expect("a value");
        let bytes = head.json(&value).expect("a value");
        assert_eq!(bytes, head.data(&json).to_encoded());
        let mut decoder = Decoder::new();
        let mut chunk = &bytes[..];
        let event = decoder.decode(&mut chunk).expect("no limit is passed").expect("one event");
        assert_eq!((event.event_type(), event.last_event_id()), ("t", "7"));
        assert_eq!(event.json::<serde_json::Value>().expect("the value"), value);
        assert_eq!(decoder.decode(&mut chunk), Ok(None));
    }
    // What is not sized can be sent as well.
    assert_eq!(Frame::head().json("x").expect("text"), "data: \"x\"\n\n");
    assert_eq!(Frame::head().json(&[1, 2][..]).expect("numbers"), "data: [1,2]\n\n");
}

#[test]
fn a_value_that_is_no_json_is_an_error_and_nothing_else() {
    let no_json = HashMap::from([((1, 2), 3)]);
    let error = Frame::head().json(&no_json).expect_err("keys are no strings");
    assert_eq!(error.to_string(), "key must be a string");
}

#[cfg(feature = "stream")]
mod stream {
    use std::{
        collections::VecDeque,
        convert::Infallible,
        error::Error,
        fmt, io,
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use futures_util::{Stream, stream::FusedStream};
    use sse_wire::{
        DecodeError, DecodeOptions, Decoder, Event, EventRef, StreamError,
        json::{JsonError, JsonStream, JsonStreamError},
        stream::{EventStream, EventStreamExt},
    };

    /// Gives what it is told, and panics if it is asked for more.
    #[derive(Clone, Debug)]
    struct Script<T>(VecDeque<Poll<Option<T>>>);

    impl<T: Unpin> Stream for Script<T> {
        type Item = T;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
            self.0.pop_front().expect("not polled after its end")
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (2, Some(9))
        }
    }

    /// A source of chunks, which ends.
    fn source(chunks: &[&'static str]) -> Script<Result<&'static str, io::Error>> {
        let chunks = chunks.iter().map(|&chunk| match chunk {
            "pending" => Poll::Pending,
            "error" => Poll::Ready(Some(Err(io::Error::other("broken")))),
            chunk => Poll::Ready(Some(Ok(chunk))),
        });
        Script(chunks.chain([Poll::Ready(None)]).collect())
    }

    /// What one poll gives, in short.
    fn poll<S, T>(stream: &mut S) -> String
    where
        S: Stream<Item = Result<T, JsonStreamError<io::Error>>> + Unpin,
        T: fmt::Debug,
    {
        match Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => "pending".into(),
            Poll::Ready(None) => "end".into(),
            Poll::Ready(Some(Ok(value))) => format!("{value:?}"),
            Poll::Ready(Some(Err(JsonStreamError::Json(error)))) => {
                format!("json {:?} {:?}", error.event().data(), error.position())
            }
            Poll::Ready(Some(Err(JsonStreamError::Stream(StreamError::Source(error))))) => format!("source {error}"),
            Poll::Ready(Some(Err(JsonStreamError::Stream(StreamError::Decode(error))))) => format!("decode {error}"),
        }
    }

    #[test]
    fn every_event_is_a_value_or_an_error_that_tells_where() {
        let options = DecodeOptions::new().with_max_event_len(8);
        let chunks = [
            "data: 1\n\nda",
            "pending",
            "ta: x\n\ndata: 3\n\ndata: 300\n\n",
            "error",
            "data: 123456789\n\ndata: 5\n\n",
        ];
        let events = EventStream::with_decoder(source(&chunks), Decoder::with_options(options));
        let mut values = events.json::<u8>().resume_after_errors();
        for expected in [
            "1",
            "pending",
            "json \"x\" Some(18)",
            "3",
            "json \"300\" Some(38)",
            "source broken",
            "decode event at byte 52 of the stream passes the limit of 8 bytes",
            "5",
            "end",
            // The source is not asked again.
            "end",
        ] {
            assert_eq!(poll(&mut values), expected);
        }
        assert!(values.is_terminated() && !values.is_complete());
        assert_eq!(values.events().decoder().position(), 64);
    }

    #[test]
    fn the_sentinel_ends_the_stream_and_nothing_else_does() {
        for (chunks, expected) in [
            (&["data: 1\n\ndata: [DONE]\n\ndata: 2\n\n"][..], &["1", "end", "end"][..]),
            (&["data: 1\n\nevent: x\nid: 3\ndata: [DONE]\n\n"], &["1", "end", "end"]),
            (&["data: 1\n\n", "data: [DO", "pending", "NE]\n", "\n"], &["1", "pending", "end", "end"]),
            // Not a value, but an event: some answer there was.
            (&["data: x\n\ndata: [DONE]\n\n"], &["json \"x\" Some(9)", "end", "end"]),
            // Cut off, it counts as well.
            (&["data: 1\n\ndata: [DONE]\n"], &["1", "end", "end"]),
            (&["data: 1\n\ndata: [DONE]"], &["1", "end", "end"]),
        ] {
            let mut values = source(chunks).events().json::<u8>().until("[DONE]");
            assert!(!values.is_terminated());
            for &expected in expected {
                assert_eq!(poll(&mut values), expected, "{chunks:?}");
            }
            assert!(values.is_terminated() && values.is_complete(), "{chunks:?}");
        }
        for other in
            ["data: [DONE] \n\n", "data:  [DONE]\n\n", "data: [done]\n\n", "data: [DONE]\ndata\n\n", "data: [DON\n\n"]
        {
            let mut values = source(&[other, "data: 1\n\n"]).events().json::<u8>().until("[DONE]");
            let first = poll(&mut values);
            assert!(first.starts_with("json \"") && first.ends_with(&format!(" Some({})", other.len())), "{first}");
            assert_eq!([poll(&mut values), poll(&mut values)], ["1", "end"], "{other:?}");
            assert!(values.is_terminated() && !values.is_complete(), "{other:?}");
        }
        // The end, but no sentinel, or nothing before it.
        for other in ["id: [DONE]\n\n", ": [DONE]\n\n", "data: [DONE]\n\n", "error: {\"code\":400}\n\ndata: [DONE]\n"] {
            let mut values = source(&[other]).events().json::<u8>().until("[DONE]");
            assert_eq!([poll(&mut values), poll(&mut values)], ["end", "end"], "{other:?}");
            assert!(!values.is_complete(), "{other:?}");
        }
        // Empty data is data: as a sentinel, too.
        let mut values = source(&["data: 1\n\ndata\n\n"]).events().json::<u8>().until("");
        assert_eq!([poll(&mut values), poll(&mut values)], ["1", "end"]);
        assert!(values.is_complete());
    }

    #[test]
    fn the_last_value_may_be_that_of_a_certain_event() {
        let chunk = "data: 1\n\nevent: completed\ndata: 2\n\ndata: 3\n\n";
        let is_last = |event: &Event| event.event_type() == "completed";
        // Asked of the values or of the events.
        for mut values in [
            source(&[chunk]).events().json::<u8>().until_event(is_last),
            source(&[chunk]).events().until_event(is_last).json::<u8>(),
        ] {
            assert_eq!([poll(&mut values), poll(&mut values), poll(&mut values)], ["1", "2", "end"]);
            assert!(values.is_complete() && values.is_terminated());
        }
        let mut values = source(&[&chunk[..9]]).events().json::<u8>().until_event(is_last);
        assert_eq!([poll(&mut values), poll(&mut values)], ["1", "end"]);
        assert!(!values.is_complete());
    }

    #[test]
    fn the_value_that_the_end_cuts_off_can_be_had_and_its_error_tells_where() {
        let chunks = |chunk| source(&["data: 1\n\n", chunk]).events().json::<u8>();
        let mut values = chunks("data: 2");
        assert_eq!([poll(&mut values), poll(&mut values)], ["1", "end"]);
        let mut values = chunks("data: 2").with_unfinished();
        assert_eq!([poll(&mut values), poll(&mut values), poll(&mut values)], ["1", "2", "end"]);
        let mut values = chunks("data: [2").with_unfinished();
        assert_eq!([poll(&mut values), poll(&mut values), poll(&mut values)], ["1", "json \"[2\" Some(17)", "end"]);
    }

    #[test]
    fn after_an_error_of_the_source_the_values_end() {
        let mut values = source(&["data: 1\n\n", "error", "data: 2\n\n"]).events().json::<u8>();
        assert_eq!([poll(&mut values), poll(&mut values)], ["1", "source broken"]);
        assert!(values.is_terminated());
        assert_eq!([poll(&mut values), poll(&mut values)], ["end", "end"]);
        // They go on with the next connection.
        values.events_mut().reconnect(source(&["data: 3\n\n"]));
        assert!(!values.is_terminated());
        assert_eq!([poll(&mut values), poll(&mut values)], ["3", "end"]);
    }

    #[test]
    fn any_stream_of_events_will_do() {
        let event: Event = Decoder::new()
            .decode(&mut &b"data: x\n\n"[..])
            .expect("no limit is passed")
            .expect("a whole event")
            .to_event();
        let limit = DecodeError::EventTooLong { offset: 1, limit: 2 };
        let script = [Ok(event), Err(StreamError::Decode(limit)), Err(StreamError::Source(io::Error::other("broken")))];
        let script =
            script.into_iter().map(|result| Poll::Ready(Some(result))).chain([Poll::Pending, Poll::Ready(None)]);
        let mut values = JsonStream::<_, u8>::new(Script(script.collect()));
        // What ends after an error is that stream's to say.
        for expected in ["json \"x\" None", &format!("decode {limit}"), "source broken", "pending", "end"] {
            assert_eq!(poll(&mut values), expected);
        }
    }

    #[test]
    fn how_many_values_there_are_is_no_more_than_is_known() {
        let events = Script::<Result<Event, StreamError<io::Error>>>([Poll::Ready(None)].into());
        assert_eq!(JsonStream::<_, u8>::new(events).size_hint(), (2, Some(9)));
        assert_eq!(source(&[]).events().json::<u8>().size_hint(), (0, None));
    }

    #[test]
    fn a_clone_goes_on_from_the_same_place() {
        /// Neither `Clone` nor `Debug`: the stream has none inside.
        struct Opaque;

        impl<'de> serde::Deserialize<'de> for Opaque {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
            }
        }

        let chunks = [Poll::Ready(Some(Ok::<_, Infallible>("data: 1\n\n"))), Poll::Pending, Poll::Ready(None)];
        let mut first = Script(chunks.into()).events().json::<Opaque>();
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut first).poll_next(&mut context), Poll::Ready(Some(Ok(Opaque)))));
        let mut second = first.clone();
        assert!(Pin::new(&mut second).poll_next(&mut context).is_pending());
        assert!(matches!(Pin::new(&mut second).poll_next(&mut context), Poll::Ready(None)));
        assert!(second.is_terminated() && !first.is_terminated());
        let shown = format!("{second:?}");
        assert!(shown.starts_with("JsonStream { events: EventStream {") && shown.contains("state: Ended"), "{shown}");
    }

    #[test]
    fn errors_are_those_of_what_went_wrong() {
        let json = source(&["data: x\n\n"]).events().json::<u8>();
        let Poll::Ready(Some(Err(error))) = Pin::new(&mut { json }).poll_next(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("an error was expected")
        };
        assert_eq!(error.to_string(), "the data of the event that ends at byte 9 of the stream is not JSON");
        assert_eq!(error.source().expect("a reason").to_string(), "expected value at line 1 column 1");
        let error: JsonStreamError<io::Error> = StreamError::Source(io::Error::other("broken")).into();
        assert_eq!(error.to_string(), "broken");
        assert!(error.source().is_none(), "nothing is said twice");
        let limit = DecodeError::EventTooLong { offset: 1, limit: 2 };
        assert_eq!(JsonStreamError::<io::Error>::from(limit).to_string(), limit.to_string());
        let no_json = EventRef::new("", "x", "").json::<u8>().expect_err("no JSON");
        let text = no_json.to_string();
        assert_eq!(JsonStreamError::<io::Error>::from(no_json).to_string(), text);
    }

    #[test]
    fn errors_become_io_errors_and_boxed_ones_that_still_say_why() {
        type BoxError = Box<dyn Error + Send + Sync>;
        let source = || StreamError::Source(io::Error::new(io::ErrorKind::ConnectionReset, "broken"));
        let limit = DecodeError::EventTooLong { offset: 1, limit: 2 };
        let no_json = || EventRef::new("", "x", "").json::<u8>().expect_err("no JSON");
        for (error, kind) in [
            (JsonStreamError::from(source()), io::ErrorKind::ConnectionReset),
            (limit.into(), io::ErrorKind::InvalidData),
            (no_json().into(), io::ErrorKind::InvalidData),
        ] {
            let text = error.to_string();
            let error: JsonStreamError<BoxError> = error.map_source(BoxError::from);
            let error = io::Error::from(error);
            assert_eq!((error.kind(), error.to_string()), (kind, text));
        }
        assert!(JsonStreamError::from(source()).into_boxed().is::<io::Error>());
        assert!(JsonStreamError::<io::Error>::from(limit).into_boxed().is::<DecodeError>());
        assert!(JsonStreamError::<io::Error>::from(no_json()).into_boxed().is::<JsonError>());
        let question = || -> Result<(), JsonStreamError<io::Error>> { Err(io::Error::other("broken"))? };
        assert!(matches!(question(), Err(JsonStreamError::Stream(StreamError::Source(_)))));
    }

    #[test]
    fn streams_go_wherever_their_source_can() {
        fn assert_free<T: Send + Sync + Unpin + 'static>() {}
        // Whatever the values are: none is inside.
        assert_free::<JsonStream<EventStream<Script<u8>>, std::rc::Rc<u8>>>();
        assert_free::<JsonStreamError<io::Error>>();
    }
}
