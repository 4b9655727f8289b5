//! Blocking clients: ureq, and a plain socket, through `EventReader`.

use std::{
    io::{self, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use futures_util::{StreamExt, stream};
use integration::{
    BoxError, Signal, TestResult, blocking, run,
    server::{self, Ending},
};
use sse_wire::{
    Decoder, Event, Frame, Item, StreamError,
    body::{self, EventBody},
    header,
    read::EventReader,
};

/// The events of a server, as ureq reads them.
fn with_ureq(address: SocketAddr) -> Result<EventReader<impl Read>, BoxError> {
    let response = ureq::get(format!("http://{address}/")).header("accept", header::MEDIA_TYPE).call()?;
    assert!(header::is_event_stream(response.headers().get_all("content-type")));
    Ok(EventReader::new(response.into_body().into_reader()))
}

/// The events of a server that ends its answer by closing the connection, as HTTP/1.0 has it: nothing between the
/// socket and the reader but the head.
fn with_socket(address: SocketAddr) -> Result<EventReader<impl Read>, BoxError> {
    let mut socket = TcpStream::connect(address)?;
    socket.write_all(b"GET / HTTP/1.0\r\naccept: text/event-stream\r\n\r\n")?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(EventReader::new(socket))
}

/// A server whose events come one by one, each when the one before has been read.
async fn prompt_server(read: Signal, count: usize) -> SocketAddr {
    server::hyper(move |_| {
        let read = read.clone();
        async move {
            let start = read.sum();
            let frames = stream::iter(0..count).then(move |at| {
                let read = read.clone();
                async move {
                    read.reaches(start + at).await;
                    Frame::new().id(&at.to_string()).expect("valid").data("one\ntwo").to_encoded()
                }
            });
            body::event_stream_response(EventBody::new(frames))
        }
    })
    .await
}

fn read_one_by_one<R: Read>(events: EventReader<R>, read: &Signal) -> Result<usize, BoxError> {
    let mut seen = 0;
    for event in events {
        let event = event?;
        assert_eq!((event.data(), event.last_event_id()), ("one\ntwo", seen.to_string().as_str()));
        seen += 1;
        read.add(1);
    }
    Ok(seen)
}

#[test]
fn ureq_and_a_socket_get_each_event_before_the_next_is_made() -> TestResult {
    run(async {
        let read = Signal::new();
        let address = prompt_server(read.clone(), 20).await;
        let signal = read.clone();
        assert_eq!(blocking(move || read_one_by_one(with_ureq(address)?, &signal)).await?, 20);
        assert_eq!(blocking(move || read_one_by_one(with_socket(address)?, &read)).await?, 20);
        Ok(())
    })
}

#[test]
fn what_is_no_answer_for_ureq_is_an_error_of_its_own() -> TestResult {
    run(async {
        let address = server::axum(axum::Router::new()).await;
        let error = blocking(move || with_ureq(address).map(drop)).await.expect_err("there is nothing");
        assert_eq!(error.to_string(), "http status: 404");
        Ok(())
    })
}

#[test]
fn a_connection_that_breaks_is_told_behind_the_events_that_were_whole() -> TestResult {
    run(async {
        for ending in Ending::ALL {
            let received = Signal::new();
            let signal = received.clone();
            let address = server::raw(move |mut connection| {
                let received = signal.clone();
                async move {
                    connection.begin().await;
                    connection.chunk(b"id: 1\ndata: whole\n\nid: 2\ndata: cut o").await;
                    received.reaches(1).await;
                    connection.end(ending).await;
                }
            })
            .await;
            let (last, is_mid_event, id, cut) = blocking(move || {
                let mut events = with_ureq(address)?;
                assert_eq!(events.next().expect("an event")?.data(), "whole");
                received.add(1);
                let last = events.next().map(|event| event.map(drop));
                let id = events.last_event_id().to_owned();
                let is_mid_event = events.is_mid_event();
                Ok((last, is_mid_event, id, events.finish()))
            })
            .await?;
            assert!(is_mid_event && id == "1", "{ending:?}");
            assert_eq!(cut.as_ref().map(Event::data), Some("cut o"), "{ending:?}");
            match ending {
                Ending::Clean => assert!(last.is_none(), "{last:?}"),
                Ending::Closed | Ending::Reset => assert!(matches!(last, Some(Err(StreamError::Source(_))))),
            }
        }
        Ok(())
    })
}

#[test]
fn a_read_that_timed_out_loses_nothing() -> TestResult {
    run(async {
        let timed_out = Signal::new();
        let signal = timed_out.clone();
        let address = server::raw(move |mut connection| {
            let timed_out = signal.clone();
            async move {
                connection.write(b"HTTP/1.0 200 OK\r\n\r\ndata: be").await;
                timed_out.reaches(1).await;
                connection.write(b"fore and after\n\n").await;
            }
        })
        .await;
        let data = blocking(move || {
            let (socket, ..) = with_socket(address)?.into_parts();
            let mut events = EventReader::new(TimesOutOnce { inner: socket, reads: 0 });
            let error = events.next().expect("an error").expect_err("nothing is whole");
            assert!(matches!(&error, StreamError::Source(error) if error.kind() == io::ErrorKind::TimedOut));
            assert!(events.is_mid_event());
            timed_out.add(1);
            Ok(events.next().expect("an event")?.into_data())
        })
        .await?;
        assert_eq!(data, "before and after");
        Ok(())
    })
}

/// A socket whose second read times out.
struct TimesOutOnce<R> {
    inner: R,
    reads: usize,
}

impl<R: Read> Read for TimesOutOnce<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.reads == 2 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.inner.read(buffer)
    }
}

#[test]
fn a_buffered_reader_of_ureq_and_other_options_give_the_same() -> TestResult {
    run(async {
        let address = server::hyper(async |_| {
            let frames = ["a", "b", "c"].map(|data| Frame::new().comment("c").data(data).to_encoded());
            body::event_stream_response(EventBody::new(stream::iter(frames)))
        })
        .await;
        let items = blocking(move || {
            let body = ureq::get(format!("http://{address}/")).call()?.into_body();
            let mut decoder = Decoder::new();
            decoder.set_last_event_id("7");
            let events = EventReader::with_decoder(BufReader::new(body.into_reader()), decoder);
            Ok(events.items().collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
        let texts: Vec<_> = items
            .iter()
            .map(|item| match item {
                Item::Event(event) => (event.data(), event.last_event_id()),
                Item::Comment(text) => (text.as_str(), "comment"),
                _ => ("", ""),
            })
            .collect();
        let comment = ("c", "comment");
        assert_eq!(texts, [comment, ("a", "7"), comment, ("b", "7"), comment, ("c", "7")]);
        Ok(())
    })
}
