//! A body that comes in two pieces, or breaks, at every place: in the midst of an event, of a character, of a CRLF.

use std::{convert::Infallible, io::Read, net::SocketAddr};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use integration::{
    Signal, TestResult, Triple, blocking,
    client::{Client, Version},
    counted, run,
    server::{self, Ending},
    triple,
};
use sse_wire::{Event, StreamError, read::EventReader, stream::EventStreamExt};

/// Two events. Cut at any byte, this is cut in the midst of everything that an event is made of.
const STREAM: &str = "id: 1\r\nevent: é\r\ndata: 글\r\n\r\nid: 2\r\ndata: a\r\ndata: b\r\n\r\n";

/// Where the first event ends: with the CR of its blank line.
const FIRST_END: usize = 30;

/// Every place to cut at, and how many events are whole before it.
fn cuts() -> impl Iterator<Item = (usize, usize)> {
    let whole = |cut| usize::from(cut >= FIRST_END) + usize::from(cut >= STREAM.len() - 1);
    (1..=STREAM.len()).map(move |cut| (cut, whole(cut)))
}

/// Whether the stream, cut there, ends in the midst of an event.
fn is_mid_event(cut: usize) -> bool {
    ![0, FIRST_END, FIRST_END + 1, STREAM.len() - 1, STREAM.len()].contains(&cut)
}

fn expected() -> [Triple; 2] {
    [("é".into(), "글".into(), "1".into()), ("message".into(), "a\nb".into(), "2".into())]
}

/// What the two ends tell each other.
#[derive(Clone, Default)]
struct Progress {
    /// Bytes that the client was handed.
    received: Signal,
    /// Events that it has seen.
    seen: Signal,
}

/// A server that cuts its first answer at the first place, and so on. It sends the second piece when the first has been
/// received, and the events that are whole in it have been seen.
async fn raw_server(progress: Progress) -> SocketAddr {
    let count = Signal::new();
    server::raw(move |mut connection| {
        let progress = progress.clone();
        let (cut, whole) = cuts().nth(count.sum()).expect("a cut for each connection");
        count.add(1);
        let (received, seen) = (progress.received.sum(), progress.seen.sum());
        async move {
            connection.begin().await;
            connection.chunk(&STREAM.as_bytes()[..cut]).await;
            progress.received.reaches(received + cut).await;
            progress.seen.reaches(seen + whole).await;
            connection.chunk(&STREAM.as_bytes()[cut..]).await;
            connection.end(Ending::Clean).await;
        }
    })
    .await
}

/// The same with hyper, which frames the pieces as the version of HTTP has it.
async fn hyper_server(progress: Progress) -> SocketAddr {
    let count = Signal::new();
    server::hyper(move |_| {
        let progress = progress.clone();
        let (cut, whole) = cuts().nth(count.sum()).expect("a cut for each connection");
        count.add(1);
        let (received, seen) = (progress.received.sum(), progress.seen.sum());
        async move {
            let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(&STREAM.as_bytes()[..cut]))]);
            let second = stream::once(async move {
                progress.received.reaches(received + cut).await;
                progress.seen.reaches(seen + whole).await;
                Ok(Bytes::from_static(&STREAM.as_bytes()[cut..]))
            });
            server::of_chunks(first.chain(second))
        }
    })
    .await
}

/// Reads one answer for each cut.
async fn read_all(client: Client, address: SocketAddr, progress: &Progress) -> TestResult {
    for (cut, _) in cuts() {
        let mut events = counted(client.open(address).await?, progress.received.clone()).events();
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            seen.push(triple(&event?));
            progress.seen.add(1);
        }
        assert_eq!(seen, expected(), "{client:?}, {cut}");
        assert!(!events.is_mid_event(), "{client:?}, {cut}");
    }
    Ok(())
}

#[test]
fn the_place_of_the_first_end_is_right() {
    assert_eq!(&STREAM[FIRST_END - 3..=FIRST_END], "\r\n\r\n");
}

#[test]
fn an_answer_in_two_pieces_is_the_same_wherever_it_is_cut() -> TestResult {
    run(async {
        for client in Client::HTTP1 {
            let progress = Progress::default();
            read_all(client, raw_server(progress.clone()).await, &progress).await?;
        }
        for client in [Client::Reqwest(Version::Http2), Client::Hyper(Version::Http2)] {
            let progress = Progress::default();
            read_all(client, hyper_server(progress.clone()).await, &progress).await?;
        }
        Ok(())
    })
}

/// A reader that tells how much was read.
struct Counted<R> {
    inner: R,
    received: Signal,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.received.add(count);
        Ok(count)
    }
}

#[test]
fn so_it_is_with_a_blocking_client() -> TestResult {
    run(async {
        let progress = Progress::default();
        let address = raw_server(progress.clone()).await;
        blocking(move || {
            for (cut, _) in cuts() {
                let body = ureq::get(format!("http://{address}/")).call()?.into_body();
                let mut events =
                    EventReader::new(Counted { inner: body.into_reader(), received: progress.received.clone() });
                let mut seen = Vec::new();
                for event in &mut events {
                    seen.push(triple(&event?));
                    progress.seen.add(1);
                }
                assert_eq!(seen, expected(), "{cut}");
                assert!(!events.is_mid_event(), "{cut}");
            }
            Ok(())
        })
        .await
    })
}

#[test]
fn an_answer_that_breaks_gives_what_was_whole_and_tells_the_cut() -> TestResult {
    /// Breaks as often as there are cuts.
    async fn breaking_server(ending: Ending, received: Signal) -> SocketAddr {
        let count = Signal::new();
        server::raw(move |mut connection| {
            let received = received.clone();
            let (cut, _) = cuts().nth(count.sum()).expect("a cut for each connection");
            count.add(1);
            let before = received.sum();
            async move {
                connection.begin().await;
                connection.chunk(&STREAM.as_bytes()[..cut]).await;
                // A reset overtakes what has not been read yet.
                received.reaches(before + cut).await;
                connection.end(ending).await;
            }
        })
        .await
    }
    run(async {
        for ending in Ending::ALL {
            for client in Client::HTTP1 {
                let received = Signal::new();
                let address = breaking_server(ending, received.clone()).await;
                for (cut, whole) in cuts() {
                    let case = format!("{client:?}, {ending:?}, {cut}");
                    let mut events = counted(client.open(address).await?, received.clone()).events();
                    for event in &expected()[..whole] {
                        assert_eq!(triple(&events.next().await.expect("an event")?), *event, "{case}");
                    }
                    match (ending, events.next().await) {
                        (Ending::Clean, None) | (Ending::Closed | Ending::Reset, Some(Err(StreamError::Source(_)))) => {
                        }
                        (_, other) => panic!("{case}: {other:?}"),
                    }
                    assert_eq!(events.is_mid_event(), is_mid_event(cut), "{case}");
                    assert_eq!(events.last_event_id(), ["", "1", "2"][whole], "{case}");
                }
            }
        }
        Ok(())
    })
}

#[test]
fn the_event_that_was_cut_off_can_be_had() -> TestResult {
    run(async {
        for (sent, data) in [
            ("data: a\n\ndata: half", Some("half")),
            ("data: a\n\nid: 9\ndata: one\ndata: two\n", Some("one\ntwo")),
            ("data: a\n\nid: 9\n", None),
            ("data: a\n\n", None),
        ] {
            let received = Signal::new();
            let signal = received.clone();
            let address = server::raw(move |mut connection| {
                let received = signal.clone();
                async move {
                    connection.begin().await;
                    connection.chunk(sent.as_bytes()).await;
                    received.reaches(sent.len()).await;
                    connection.end(Ending::Reset).await;
                }
            })
            .await;
            let chunks = Client::Reqwest(Version::Http1).open(address).await?;
            let mut events = counted(chunks, received).events();
            assert_eq!(events.next().await.expect("an event")?.data(), "a");
            assert!(events.next().await.expect("the reset").is_err());
            assert_eq!(events.finish().map(Event::into_data).as_deref(), data, "{sent:?}");
            // An ID that was cut off is not one to go on from.
            assert_eq!(events.last_event_id(), "", "{sent:?}");
        }
        Ok(())
    })
}
