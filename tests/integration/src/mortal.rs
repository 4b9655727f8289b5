//! [`Mortal`]: a server that is killed and started again at the same address, again and again, while it is being read.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use sse_wire::{EncodedFrames, body};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinSet, yield_now},
    time::sleep,
};

use crate::Signal;
use crate::server::{AnyBody, boxed, listen, of_chunks};

/// A server of numbered events, which can go on after any of them. Once all have been read it answers 204.
pub struct Mortal {
    address: SocketAddr,
    /// How many events there are.
    count: usize,
    /// How many were sent, by all its lives.
    sent: Signal,
}

impl Mortal {
    /// Starts it, and has it killed each time that it has sent so many events more. It lives as long as the runtime, and
    /// counts its deaths.
    ///
    /// # Panics
    ///
    /// Panics if somebody takes its address while it is dead.
    pub async fn start(
        count: usize,
        mut events_in_a_life: impl FnMut() -> usize + Send + 'static,
    ) -> (SocketAddr, Signal) {
        let (mut listener, address) = listen().await;
        let (mortal, deaths) = (Self { address, count, sent: Signal::new() }, Signal::new());
        let counter = deaths.clone();
        tokio::spawn(async move {
            loop {
                let end = mortal.sent.sum() + events_in_a_life();
                mortal.live(listener, end).await;
                counter.add(1);
                // Meanwhile connections are refused.
                sleep(Duration::from_millis(3)).await;
                listener = TcpListener::bind(mortal.address).await.expect("the address is free again");
            }
        });
        (address, deaths)
    }

    /// Serves until so many events were sent, and then drops all connections in the midst of what they do.
    async fn live(&self, listener: TcpListener, end: usize) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = self.sent.reaches(end) => break,
                Ok((stream, _)) = listener.accept() => {
                    connections.spawn(serve(stream, self.count, self.sent.clone()));
                }
            }
        }
        connections.shutdown().await;
    }
}

async fn serve(stream: TcpStream, count: usize, sent: Signal) {
    // Half of them are reset when they are dropped, so that what is on its way is lost as well.
    if sent.sum().is_multiple_of(2 * BATCH) {
        stream.set_zero_linger().expect("a socket");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(&request, count, sent.clone());
        async move { Ok::<_, Infallible>(answer) }
    });
    // An error is a client that has gone.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

fn answer(request: &Request<Incoming>, count: usize, sent: Signal) -> Response<AnyBody> {
    let id = request.headers().get("last-event-id").map(|id| id.to_str().expect("a number"));
    let last: usize = id.map_or(0, |id| id.parse().expect("a number"));
    if last == count {
        let mut response = body::event_stream_response(body::EventBody::new(stream::empty::<EncodedFrames>()));
        *response.status_mut() = http::StatusCode::NO_CONTENT;
        return boxed(response);
    }
    let chunks = stream::iter((last..count).step_by(BATCH)).then(move |before| {
        let sent = sent.clone();
        async move {
            // So that others have their turn, and the server can die.
            yield_now().await;
            let numbers = before + 1..=count.min(before + BATCH);
            sent.add(numbers.clone().count());
            numbers.map(|number| format!("id: {number}\ndata: {number}\n\n")).collect::<String>()
        }
    });
    // Cut anywhere.
    let pieces = chunks.flat_map(|batch| {
        let at = batch.len() * 2 / 3 + 1;
        let batch = Bytes::from(batch);
        stream::iter([batch.slice(..at), batch.slice(at..)].map(Ok::<_, Infallible>))
    });
    boxed(of_chunks(pieces))
}

/// How many events are written together.
const BATCH: usize = 100;
