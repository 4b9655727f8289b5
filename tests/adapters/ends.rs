//! Where streams and readers end, whether that was the end of an answer, and how they go on with another connection.
#![cfg(all(feature = "read", feature = "stream"))]

use std::{
    io::{self, ErrorKind, Read},
    time::Duration,
};

use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, FusedStream},
};
use sse_wire::{
    DecodeError, DecodeOptions, Decoder, Event, Item, StreamError, Utf8Policy,
    read::EventReader,
    stream::{BoxEventStream, EventStream, EventStreamExt},
};

type Step = Result<&'static str, ErrorKind>;

/// Gives these chunks and errors, and then repeats the last for ever if it is an error.
#[derive(Clone, Debug)]
struct Source(Vec<Step>);

impl Source {
    fn next_step(&mut self) -> Option<Step> {
        match self.0[..] {
            [Err(error)] => Some(Err(error)),
            [] => None,
            _ => Some(self.0.remove(0)),
        }
    }

    fn chunks(mut self) -> impl Stream<Item = Step> + Send + Unpin {
        stream::poll_fn(move |_| self.next_step().into())
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.next_step().unwrap_or(Ok(""))?.as_bytes();
        buffer[..chunk.len()].copy_from_slice(chunk);
        Ok(chunk.len())
    }
}

/// What was shown, in words, and then whether it is complete.
type Seen = (Vec<String>, bool);

fn word(shown: Result<Event, StreamError<ErrorKind>>) -> String {
    match shown {
        Ok(event) => event.data().to_owned(),
        Err(StreamError::Source(error)) => format!("{error:?}"),
        Err(StreamError::Decode(error)) => error.to_string(),
    }
}

/// What a stream shows up to its end, but no more than six; a reader has to show the same.
macro_rules! seen {
    ($steps:expr $(, $method:ident($($argument:expr),*))*) => {{
        let source = Source($steps.to_vec());
        let mut events = EventStream::new(source.clone().chunks())$(.$method($($argument),*))*;
        let shown: Vec<String> = events.by_ref().take(6).map(word).collect().now_or_never().expect("no waits");
        assert!(shown.len() == 6 || events.is_terminated() && events.next().now_or_never() == Some(None));
        let seen: Seen = (shown, events.is_complete());

        let mut events = EventReader::new(source)$(.$method($($argument),*))*;
        let shown = events.by_ref().take(6).map(|shown| shown.map_err(|error| error.map_source(|error| error.kind())));
        let shown: Vec<String> = shown.map(word).collect();
        assert!(shown.len() == 6 || events.next().is_none());
        assert_eq!((shown, events.is_complete()), seen, "what a reader shows");
        seen
    }};
}

fn words(words: &[&str], is_complete: bool) -> Seen {
    (words.iter().map(ToString::to_string).collect(), is_complete)
}

#[test]
fn a_source_that_repeats_its_error_for_ever_ends_after_one_error() {
    let steps = [Ok("data: 1\n\ndata: cut o"), Err(ErrorKind::ConnectionReset)];
    assert_eq!(seen!(steps), words(&["1", "ConnectionReset"], false));
    assert_eq!(seen!(steps, with_unfinished()), words(&["1", "ConnectionReset"], false));
    let reset = "ConnectionReset";
    assert_eq!(seen!(steps, resume_after_errors()), words(&["1", reset, reset, reset, reset, reset], false));
    // The loop that people write.
    let (mut events, mut turns) = (EventStream::new(Source(steps.to_vec()).chunks()), 0);
    while let Some(shown) = events.next().now_or_never().expect("no waits") {
        turns += 1;
        assert_eq!(events.is_terminated(), shown.is_err());
    }
    assert_eq!(turns, 2);
    assert_eq!(events.finish().as_ref().map(Event::data), Some("cut o"));
}

#[test]
fn an_event_that_was_rejected_ends_nothing() {
    let decoder = || Decoder::with_options(DecodeOptions::new().with_utf8_policy(Utf8Policy::Reject));
    let stream = b"data: \xFF\n\ndata: 2\n\n";
    let rejected = DecodeError::InvalidUtf8 { offset: 6 };
    let mut events = EventStream::with_decoder(stream::iter([Ok::<_, ErrorKind>(&stream[..])]), decoder());
    assert_eq!(events.next().now_or_never(), Some(Some(Err(StreamError::Decode(rejected)))));
    assert!(matches!(events.next().now_or_never(), Some(Some(Ok(event))) if event.data() == "2"));
    let mut events = EventReader::with_decoder(&stream[..], decoder());
    assert!(matches!(events.next(), Some(Err(StreamError::Decode(error))) if error == rejected));
    assert!(matches!(events.next(), Some(Ok(event)) if event.data() == "2"));
}

#[test]
fn would_block_and_timed_out_are_no_end_of_a_reader() {
    for wait in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
        let steps = [Ok("data: 1\n\nda"), Err(wait), Err(wait), Ok("ta: 2\n\n"), Err(ErrorKind::BrokenPipe)];
        let shown = EventReader::new(Source(steps.to_vec()))
            .map(|shown| shown.map_err(|error| error.map_source(|error| error.kind())));
        let wait = format!("{wait:?}");
        assert_eq!(shown.map(word).collect::<Vec<_>>(), ["1", &wait, &wait, "2", "BrokenPipe"]);
    }
}

#[test]
fn the_event_that_the_end_cuts_off_is_the_last_item_if_asked_for() {
    for (steps, dropped, with) in [
        (&[Ok("data: 1\n\ndata: 2")][..], &["1"][..], &["1", "2"][..]),
        (&[Ok("data: 1\n\ndata: 2\n")], &["1"], &["1", "2"]),
        (&[Ok("data: 2\n"), Ok("data: 3\r\n")], &[], &["2\n3"]),
        (&[Ok("data: 1\n\n")], &["1"], &["1"]),
        // No data, no event.
        (&[Ok("data: 1\n\nid: 2\nevent: x\n")], &["1"], &["1"]),
        (&[Ok("data: 1\n\ndat")], &["1"], &["1", ""]),
        (&[Ok("data: 1\n\nda")], &["1"], &["1"]),
        (&[Ok("data: 2"), Err(ErrorKind::BrokenPipe)], &["BrokenPipe"], &["BrokenPipe"]),
    ] {
        let steps = steps.to_vec();
        // `dat` is an unknown field, `data` would be one without a value.
        let with: Vec<&str> = with.iter().copied().filter(|word| !word.is_empty()).collect();
        assert_eq!((seen!(steps), seen!(steps, with_unfinished())), (words(dropped, false), words(&with, false)));
    }
}

#[test]
fn an_unfinished_event_is_given_once_and_can_be_told_from_a_whole_one() {
    let source = || stream::iter([Ok::<_, ErrorKind>("id: 7\n\nid: 8\ndata: half")]);
    let mut items = source().items().with_unfinished();
    let Some(Some(Ok(Item::Event(event)))) = items.next().now_or_never() else { panic!("an event was expected") };
    assert_eq!((event.data(), event.last_event_id()), ("half", "8"));
    assert!(items.is_terminated() && items.is_mid_event());
    assert_eq!((items.decoder().position(), items.last_event_id()), (23, "7"), "its ID is not committed");
    assert_eq!((items.finish(), items.is_mid_event()), (None, false));
    let mut events = source().events();
    assert_eq!(events.next().now_or_never(), Some(None));
    assert_eq!(events.finish().as_ref().map(Event::data), Some("half"));
    assert_eq!(events.finish(), None);
}

#[test]
fn a_marker_ends_the_stream_and_is_not_shown() {
    let shown = |steps: &[Step]| seen!(steps, until("[DONE]"));
    assert_eq!(shown(&[Ok("data: 1\n\ndata: [DONE]\n\ndata: 2\n\n")]), words(&["1"], true));
    assert_eq!(shown(&[Ok("data: 1\n\nid: 3\nevent: x\nda"), Ok("ta: [DONE]\n\n")]), words(&["1"], true));
    assert_eq!(shown(&[Ok("data: 1\n\n")]), words(&["1"], false));
    for other in ["data: [DONE] \n\n", "data:  [DONE]\n\n", "data: [done]\n\n", "data: [DONE]\ndata\n\n"] {
        assert!(!shown(&[Ok("data: 1\n\n"), Ok(other)]).1, "{other:?}");
    }
    assert_eq!(seen!([Ok("data: 1\n\ndata\n\ndata: 2\n\n")], until("")), words(&["1"], true), "empty data is data");
}

#[test]
fn a_marker_that_the_end_cuts_off_counts_in_any_case() {
    for marker in ["data: [DONE]", "data: [DONE]\n", "data: [DONE]\r", "event: x\nid: 3\ndata:[DONE]\r\n"] {
        for steps in [&[Ok("data: 1\n\n"), Ok(marker)][..], &[Ok("data: 1\n\n"), Ok(&marker[..7]), Ok(&marker[7..])]] {
            assert_eq!(seen!(steps, until("[DONE]")), words(&["1"], true), "{marker:?}");
            assert_eq!(seen!(steps, until("[DONE]"), with_unfinished()), words(&["1"], true), "{marker:?}");
        }
    }
    for other in ["data: [DONE", "data: [DONE]\ndata", "id: [DONE]\n", ": [DONE]"] {
        assert_eq!(seen!([Ok("data: 1\n\n"), Ok(other)], until("[DONE]")), words(&["1"], false), "{other:?}");
    }
    let broken = [Ok("data: 1\n\ndata: [DONE]"), Err(ErrorKind::BrokenPipe)];
    assert_eq!(seen!(broken, until("[DONE]")), words(&["1", "BrokenPipe"], false));
}

#[test]
fn a_marker_alone_completes_nothing() {
    for before in
        ["", "error: {\"code\":400}\n", "error: {\"code\":400}\n\n", "event: ping\n\n", ": c\n\n\n", "id: 1\n\n"]
    {
        for marker in ["data: [DONE]\n\n", "data: [DONE]"] {
            assert_eq!(
                seen!([Ok(before), Ok(marker)][usize::from(before.is_empty())..], until("[DONE]")),
                words(&[], false)
            );
        }
    }
    assert_eq!(seen!([Ok("data\n\ndata: [DONE]\n\n")], until("[DONE]")), words(&[""], true), "any event will do");
}

#[test]
fn the_last_event_is_shown_and_ends_the_stream() {
    let is_stop = |event: &Event| event.event_type() == "message_stop";
    let steps = [Ok("data: 1\n\nevent: message_stop\ndata: 2\n\ndata: 3\n\n")];
    assert_eq!(seen!(steps, until_event(is_stop)), words(&["1", "2"], true));
    assert_eq!(seen!([Ok("data: 1\n\n")], until_event(is_stop)), words(&["1"], false));
    // It says of itself that it is the last: nothing has to come before it.
    assert_eq!(seen!([Ok("event: message_stop\ndata: 2\n\n")], until_event(is_stop)), words(&["2"], true));
    // Whether it is whole nobody knows: then it is not the last event, unless it is shown.
    let cut = [Ok("data: 1\n\nevent: message_stop\ndata: {")];
    assert_eq!(seen!(cut, until_event(is_stop)), words(&["1"], false));
    assert_eq!(seen!(cut, until_event(is_stop), with_unfinished()), words(&["1", "{"], true));
    // Both ends may be asked for.
    let is_two = |event: &Event| event.data() == "2";
    for (steps, shown) in
        [(["data: 1\n\ndata: 2\n\n"], ["1", "2"]), (["data: 1\n\ndata: 3\n\ndata: [DONE]\n\n"], ["1", "3"])]
    {
        assert_eq!(seen!([Ok(steps[0])], until("[DONE]"), until_event(is_two)), words(&shown, true));
    }
}

#[test]
fn items_beside_events_do_not_end_a_stream() {
    let chunk = ": [DONE]\nretry: 1\ndata: 1\n\ndata: [DONE]\n\n: after\n";
    let mut items = stream::iter([Ok::<_, ErrorKind>(chunk)]).items().until("[DONE]");
    assert_eq!(items.by_ref().count().now_or_never(), Some(3));
    assert!(items.is_complete());
    let mut items = EventReader::new(chunk.as_bytes()).items().until_event(|event| event.data() == "1");
    assert_eq!(items.by_ref().count(), 3);
    assert!(items.is_complete());
}

#[test]
fn what_comes_after_the_end_of_an_answer_is_not_lost() {
    let chunk = "data: 1\n\ndata: [DONE]\n\ndata: 2\n\n";
    let mut events = stream::iter([Ok::<_, ErrorKind>(chunk), Ok("rest")]).events().until("[DONE]");
    assert_eq!(events.by_ref().count().now_or_never(), Some(1));
    let (mut source, decoder, rest) = events.into_parts();
    assert_eq!((&rest[..], decoder.position()), (&b"data: 2\n\n"[..], 23));
    assert_eq!(source.next().now_or_never(), Some(Some(Ok("rest"))), "the source can be read to its end");
    let mut events = EventReader::new(chunk.as_bytes()).until("[DONE]");
    assert_eq!(events.by_ref().count(), 1);
    assert_eq!(events.into_parts().2, "data: 2\n\n");
}

#[test]
fn the_same_stream_goes_on_with_a_new_source() {
    let first = "retry: 5\nid: 7\ndata: old\n\ndata: not taken\n\nid: 8\nevent: old\ndata: cut o\r";
    let options = DecodeOptions::new().with_max_event_len(20);
    let expected = ("new", "message", "7", Some(Duration::from_millis(5)));

    let source = |chunk| stream::iter([Ok::<_, ErrorKind>(chunk), Ok("data: a line that is far too long\n\n")]);
    let mut events = EventStream::with_decoder(source(first), Decoder::with_options(options)).until("[DONE]");
    assert!(events.next().now_or_never().flatten().is_some_and(|event| event.is_ok()));
    events.reconnect(source("\ndata: new\n\n"));
    let event = events.next().now_or_never().flatten().expect("an event").expect("no error");
    let time = events.reconnection_time();
    assert_eq!((event.data(), event.event_type(), event.last_event_id(), time), expected);
    assert!(matches!(events.next().now_or_never(), Some(Some(Err(StreamError::Decode(_))))), "the options stay");
    assert_eq!(events.next().now_or_never(), Some(None));
    events.set_last_event_id("9");
    events.reconnect(source("data: [DONE]\n\n"));
    assert!(!events.is_terminated());
    assert_eq!(events.next().now_or_never(), Some(None));
    assert!(events.is_complete(), "the events of the first connection count");
    assert_eq!(events.into_decoder().last_event_id(), "9");

    let mut events = EventReader::with_decoder(first.as_bytes(), Decoder::with_options(options)).until("[DONE]");
    assert!(events.next().is_some_and(|event| event.is_ok()));
    events.reconnect(b"\ndata: new\n\ndata: a line that is far too long\n\n");
    let event = events.next().expect("an event").expect("no error");
    let time = events.reconnection_time();
    assert_eq!((event.data(), event.event_type(), event.last_event_id(), time), expected);
    assert!(matches!(events.next(), Some(Err(StreamError::Decode(_)))) && events.next().is_none());
    events.set_last_event_id("9");
    events.reconnect(b"data: [DONE]\n\n");
    assert!(events.next().is_none() && events.is_complete());
    assert_eq!(events.into_decoder().last_event_id(), "9");
}

#[test]
fn a_stream_of_boxed_chunks_has_a_name_and_still_tells_all() {
    struct Client(BoxEventStream<ErrorKind>, BoxEventStream<ErrorKind, Item>);
    let source = |chunk: &'static str| stream::iter([Ok(chunk.into())]).boxed();
    let mut client = Client(source("id: 7\n\ndata: cut o").events(), source(": c\n").items());
    assert_eq!(client.0.next().now_or_never(), Some(None));
    assert!(client.0.last_event_id() == "7" && client.0.is_mid_event() && client.0.finish().is_some());
    client.0.reconnect(source("data: x\n\n"));
    assert!(matches!(client.0.next().now_or_never(), Some(Some(Ok(event))) if event.last_event_id() == "7"));
    assert_eq!(client.1.count().now_or_never(), Some(1));
}

#[test]
fn a_clone_with_an_end_goes_on_from_the_same_place() {
    let source = stream::iter([Ok::<_, ErrorKind>("data: 1\n\ndata: 2\n\ndata: 3\n\n")]);
    let mut events = source.events().until_event(|event| event.data() == "2");
    assert!(events.next().now_or_never().flatten().is_some());
    let mut clone = events.clone();
    for events in [&mut events, &mut clone] {
        assert_eq!(events.by_ref().count().now_or_never(), Some(1));
        assert!(events.is_complete());
    }
    let shown = format!("{events:?}");
    assert!(shown.contains("state: Complete") && shown.contains("undecoded: 9"), "{shown}");
}
