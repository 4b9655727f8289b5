//! The shim with eventsource-stream's API beside eventsource-stream itself: one table, every cut, each difference with
//! the section of the standard (WHATWG HTML) that decides it.

use std::{
    error::Error,
    fmt::{self, Display},
    panic::catch_unwind,
    pin::Pin,
    time::Duration,
};

use futures_util::{FutureExt, Stream, StreamExt, stream};
use integration::{
    TestResult,
    client::{Version, reqwest_get},
    run,
    server::{self, Ending},
    shims::eventsource,
};

/// Type, data, ID and milliseconds of an event, or the text of an error.
type Seen<T> = Result<(T, T, T, Option<u64>), T>;

/// A stream and what is seen of it.
struct Row {
    name: &'static str,
    stream: &'static [u8],
    shim: &'static [Seen<&'static str>],
    original: Original,
}

/// What eventsource-stream 0.2.3 makes of it.
#[derive(Clone, Copy)]
enum Original {
    Same,
    /// Something else; the standard says why.
    Sees(&'static [Seen<&'static str>], &'static str),
    /// A panic, on a stream that the standard has read.
    Panics(&'static str),
}
use Original::{Panics, Same, Sees};

/// An event of the type `message` without an ID.
const fn message(data: &'static str) -> Seen<&'static str> {
    event("message", data, "")
}

const fn event(event_type: &'static str, data: &'static str, id: &'static str) -> Seen<&'static str> {
    Ok((event_type, data, id, None))
}

const fn row(name: &'static str, stream: &'static str, shim: &'static [Seen<&'static str>]) -> Row {
    Row { name, stream: stream.as_bytes(), shim, original: Same }
}

impl Row {
    const fn original(mut self, original: Original) -> Self {
        self.original = original;
        self
    }
}

const ROWS: &[Row] = &[
    row("one line of data", "data: a\n\n", &[message("a")]),
    row("several lines of data", "data: a\ndata:\ndata: b\n\n", &[message("a\n\nb")]),
    row("several events", "data: a\n\ndata: b\n\n\n\ndata: c\n\n", &[message("a"), message("b"), message("c")]),
    row("blank lines first", "\n\n\ndata: a\n\n", &[message("a")]),
    row("no space, one, two", "data:a\ndata: b\ndata:  c\n\n", &[message("a\nb\n c")]),
    row("a colon in the value", "data: {\"a\":1}\n\n", &[message("{\"a\":1}")]),
    row("a comment before, within and after", ": c\ndata: a\n:\n:c\ndata: b\n\n: c\n\n", &[message("a\nb")]),
    row("an unknown field, and an upper case name", "other: x\nDATA: x\ndata: a\n\n", &[message("a")]),
    row("CRLF", "event: t\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n:\n", &[event("t", "a\nb", ""), message("c")]),
    row("CR", "event: t\rdata: a\rdata: b\r\rdata: c\r\r:\n", &[event("t", "a\nb", ""), message("c")]),
    row("all line ends mixed", "data: a\rdata: b\r\ndata: c\n\r\n:\n", &[message("a\nb\nc")]),
    row("a type", "event: tick\ndata: a\n\ndata: b\n\n", &[event("tick", "a", ""), message("b")]),
    row("a type without data", "event: tick\n\ndata: a\n\n", &[message("a")]),
    row("the last type counts", "event: a\nevent: b\ndata: x\n\n", &[event("b", "x", "")]),
    row(
        "an ID stays until the next",
        "id: 7\ndata: a\n\ndata: b\n\nid: 8\ndata: c\n\n",
        &[event("message", "a", "7"), event("message", "b", "7"), event("message", "c", "8")],
    ),
    row(
        "an empty ID is none",
        "id: 7\ndata: a\n\nid:\ndata: b\n\nid: 8\ndata: c\n\nid\ndata: d\n\n",
        &[event("message", "a", "7"), message("b"), event("message", "c", "8"), message("d")],
    ),
    row(
        "an ID with NUL is ignored",
        "id: 7\ndata: a\n\nid: 8\0\ndata: b\n\n",
        &[event("message", "a", "7"), event("message", "b", "7")],
    ),
    row("an ID without data counts for the next event", "id: 7\n\ndata: a\n\n", &[event("message", "a", "7")]),
    row(
        "a time is the event's, not the next one's",
        "retry: 42\ndata: a\n\ndata: b\n\n",
        &[Ok(("message", "a", "", Some(42))), message("b")],
    ),
    row("a time that is none", "retry: soon\ndata: a\n\nretry: 4 2\ndata: b\n\n", &[message("a"), message("b")]),
    row(
        "everything at once",
        ":c\nid: 7\nevent: t\nretry: 0\ndata: 글\ndata: 🦀\n\n",
        &[Ok(("t", "글\n🦀", "7", Some(0)))],
    ),
    row("the end without a blank line", "data: a\n\ndata: b\n", &[message("a")]),
    row("the end in a line", "data: a\n\ndata: b", &[message("a")]),
    row("nothing", "", &[]),
    row("data without a value", "data\n\ndata:\n\n", &[message(""), message("")]),
    row("an empty type", "event: a\nevent:\ndata: x\n\n", &[message("x")]),
    row("CR CR at the end", "data: a\r\r", &[message("a")])
        .original(Sees(&[], "9.2.5: a CR ends the line, whatever follows")),
    row("CRLF at the end", "data: a\r\n\r\n", &[message("a")]),
    row("a time without data", "retry: 42\n\ndata: a\n\n", &[Ok(("message", "a", "", Some(42)))])
        .original(Sees(&[message("a")], "9.2.6: a time counts when its line is read")),
    row("a time with a sign", "retry: +5\ndata: a\n\n", &[message("a")])
        .original(Sees(&[Ok(("message", "a", "", Some(5)))], "9.2.6: ASCII digits only")),
    row("a byte order mark", "\u{feff}data: a\n\ndata: \u{feff}b\n\n", &[message("a"), message("\u{feff}b")])
        .original(Panics("9.2.5: one leading U+FEFF is no part of the stream")),
    Row {
        name: "a byte that is not UTF-8",
        stream: b"data: a\n\ndata: \xff\n\ndata: b\n\n",
        shim: &[message("a"), Err("UTF8 error: invalid UTF-8 at byte 15 of the stream"), message("b")],
        original: Sees(
            &[message("a"), Err("UTF8 error: invalid utf-8 sequence of 1 bytes from index 0")],
            "9.2.6 has U+FFFD; the crate promises an error, which the shim keeps, but not that no event follows",
        ),
    },
    Row {
        name: "a byte that is not UTF-8 where it means nothing",
        stream: b"other: \xff\ndata: a\n\n",
        shim: &[message("a")],
        original: Sees(
            &[Err("UTF8 error: invalid utf-8 sequence of 1 bytes from index 0")],
            "9.2.6: the field is ignored, whatever its value",
        ),
    },
];

#[test]
fn the_shim_sees_what_the_row_says_however_the_stream_is_cut() {
    for row in ROWS {
        let expected = owned(row.shim);
        for chunks in cuts(row.stream) {
            assert_eq!(shim(&chunks), expected, "{}: {chunks:?}", row.name);
        }
    }
}

#[test]
fn the_original_sees_the_same_but_where_the_standard_decides_for_the_shim() {
    for row in ROWS {
        let name = row.name;
        for chunks in cuts(row.stream) {
            let seen = catch_unwind(|| original(&chunks));
            match row.original {
                Same => assert_eq!(seen.expect("no panic"), owned(row.shim), "{name}: {chunks:?}"),
                Sees(events, why) => assert_eq!(seen.expect("no panic"), owned(events), "{name}: {why}: {chunks:?}"),
                Panics(why) => assert!(seen.is_err(), "{name}: {why}: {chunks:?}"),
            }
        }
    }
}

/// What an HTTP client might say.
#[derive(Clone, Copy, Debug)]
struct Broken(&'static str);

impl Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Broken {}

type Chunk = Result<Vec<u8>, Broken>;

/// The stream whole, byte by byte, with an empty chunk after each, and cut in two at each byte.
fn cuts(stream: &[u8]) -> Vec<Vec<Chunk>> {
    let chunks = |parts: Vec<&[u8]>| parts.into_iter().map(|part| Ok(part.to_vec())).collect();
    let mut cuts = vec![chunks(vec![stream]), chunks(stream.chunks(1).flat_map(|byte| [byte, b""]).collect())];
    cuts.extend((1..stream.len()).map(|at| chunks(vec![&stream[..at], &stream[at..]])));
    cuts
}

fn owned(seen: &[Seen<&str>]) -> Vec<Seen<String>> {
    let event =
        |&(event_type, data, id, retry): &(&str, &str, &str, _)| (event_type.into(), data.into(), id.into(), retry);
    seen.iter().map(|seen| seen.as_ref().map(event).map_err(ToString::to_string)).collect()
}

/// All that one of the two gives for these chunks: their code is one, as it would be in a project that moves over.
macro_rules! seen_by {
    ($eventsource:ident, $chunks:expr) => {{
        use $eventsource::{Event, Eventsource};
        let events = stream::iter($chunks.to_vec()).eventsource().map(|event| {
            let Event { event, data, id, retry } = event.map_err(|error| error.to_string())?;
            Ok((event, data, id, retry.map(millis)))
        });
        events.collect().now_or_never().expect("no chunk is waited for")
    }};
}

fn shim(chunks: &[Chunk]) -> Vec<Seen<String>> {
    seen_by!(eventsource, chunks)
}

fn original(chunks: &[Chunk]) -> Vec<Seen<String>> {
    seen_by!(eventsource_stream, chunks)
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().expect("not that long")
}

#[test]
fn an_error_of_the_transport_passes_with_its_text_and_the_stream_goes_on() {
    let chunks = [Ok(b"data: a\n\nda".to_vec()), Err(Broken("reset by peer")), Ok(b"ta: b\n\n".to_vec())];
    let expected = owned(&[message("a"), Err("Transport error: reset by peer"), message("b")]);
    assert_eq!(shim(&chunks), expected);
    assert_eq!(original(&chunks), expected);
}

#[test]
fn the_error_itself_is_to_be_had() {
    use eventsource::{EventStreamError, Eventsource};
    let mut events = stream::iter([Err::<&str, _>(Broken("reset by peer"))]).eventsource();
    let error = events.next().now_or_never().flatten().expect("an item").unwrap_err();
    assert!(matches!(error, EventStreamError::Transport(Broken("reset by peer"))));
}

/// The IDs of the events of `chunks` after `start` was set, and the stream's own after each.
macro_rules! ids_by {
    ($eventsource:ident, $start:expr, $chunks:expr) => {{
        use $eventsource::Eventsource;
        let mut events = stream::iter($chunks.map(Ok::<_, Broken>)).eventsource();
        events.set_last_event_id($start);
        assert_eq!(events.last_event_id(), $start);
        let mut ids = Vec::new();
        while let Some(event) = events.next().now_or_never().expect("no chunk is waited for") {
            ids.push((event.expect("an event").id, events.last_event_id().to_string()));
        }
        (ids, events.last_event_id().to_string())
    }};
}

#[test]
fn an_id_to_start_from_is_that_of_the_events_until_another_comes() {
    let chunks = ["data: a\n\n", "id: 7\ndata: b\n\nid: 8\n\n"];
    let ids = |ids: [[&str; 2]; 2]| Vec::from(ids.map(|[event, stream]| (event.to_string(), stream.to_string())));
    assert_eq!(ids_by!(eventsource, "5", chunks), (ids([["5", "5"], ["7", "7"]]), "8".to_string()));
    // 9.2.6: the last event ID string is the event's, wherever it comes from; and a block without data sets it, too.
    let original = ids_by!(eventsource_stream, "5", chunks);
    assert_eq!(original, (ids([["", ""], ["7", "7"]]), "7".to_string()));
}

#[test]
fn any_chunk_will_do_that_is_bytes() {
    use eventsource::Eventsource;
    fn count<B: AsRef<[u8]>>(chunk: B) -> usize {
        let chunks = stream::iter([Ok::<_, Broken>(chunk)]);
        chunks.eventsource().count().now_or_never().expect("no chunk is waited for")
    }
    let text = "data: a\n\n";
    let (vector, array) = (Vec::from(text), <[u8; 9]>::try_from(text.as_bytes()).expect("nine bytes"));
    let counts = [count(text), count(text.to_string().as_str()), count(vector), count(array)];
    assert_eq!(counts, [1; 4]);
}

#[test]
fn the_stream_can_be_boxed_sent_and_moved() {
    fn assert_movable<T: Send + Unpin>(_: &T) {}
    let events = eventsource::EventStream::new(stream::pending::<Result<Vec<u8>, Broken>>());
    assert_movable(&events);
    let mut boxed: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(events);
    assert!(boxed.next().now_or_never().is_none());
}

#[test]
fn the_body_of_reqwest_is_read_and_the_cut_connection_is_an_error() -> TestResult {
    use eventsource::{EventStreamError, Eventsource};
    run(async {
        for (ending, is_cut) in [(Ending::Clean, false), (Ending::Closed, true)] {
            let address = server::raw(move |mut connection| async move {
                connection.begin().await;
                for byte in "id: 7\ndata: 글\n\nda".as_bytes() {
                    connection.chunk(&[*byte]).await;
                }
                connection.end(ending).await;
            })
            .await;
            let response = reqwest_get(address, Version::Http1, "").await?;
            let mut events = response.bytes_stream().eventsource();
            let event = events.next().await.expect("an event")?;
            assert_eq!((event.data.as_str(), event.id.as_str()), ("글", "7"), "{ending:?}");
            match events.next().await {
                Some(Err(error @ EventStreamError::Transport(_))) => {
                    assert!(is_cut && error.to_string().starts_with("Transport error: error decoding"), "{error}");
                }
                other => assert!(!is_cut && other.is_none(), "{ending:?}: {other:?}"),
            }
        }
        Ok(())
    })
}
