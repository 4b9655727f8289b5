//! actix-web, which wants a stream of bytes and no body of the crate `http-body`.

use std::{io, net::SocketAddr, thread};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use futures_util::{Stream, StreamExt, stream};
use integration::{Signal, TestResult, client::Client, run};
use sse_wire::{
    EncodedFrames, Frame,
    body::{BodyChunks, EventBody},
    header::{LAST_EVENT_ID, RESPONSE_HEADERS},
    stream::EventStreamExt,
};
use tokio::sync::oneshot;

const COUNT: usize = 20;

/// What the server and the clients tell each other.
#[derive(Clone)]
struct Shared {
    read: Signal,
    shutdown: Signal,
}

/// Events, each made when the one before has been read; then silence.
fn one_by_one(read: Signal) -> impl Stream<Item = EncodedFrames> {
    let start = read.sum();
    let frames = stream::iter(0..COUNT).then(move |at| {
        let read = read.clone();
        async move {
            read.reaches(start + at).await;
            Frame::new().id(&at.to_string()).expect("valid").data("a\nb").to_encoded()
        }
    });
    frames.chain(stream::pending())
}

async fn handler(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let last_id = request.headers().get(LAST_EVENT_ID).map_or(&b"none"[..], |id| id.as_bytes());
    let bye = Frame::new().event_type("bye").expect("valid").data(str::from_utf8(last_id).expect("UTF-8")).to_encoded();
    let shutdown = shared.shutdown.clone();
    let started = shutdown.sum();
    let body = EventBody::new(one_by_one(shared.read.clone()))
        .end_with(async move { shutdown.reaches(started + 1).await }, bye);
    let mut response = HttpResponse::Ok();
    for &header in RESPONSE_HEADERS {
        response.insert_header(header);
    }
    response.streaming(BodyChunks::new(body))
}

/// Starts a server on a thread of its own, where its runtime is.
async fn server(shared: Shared) -> Result<SocketAddr, oneshot::error::RecvError> {
    let (started, address) = oneshot::channel();
    thread::spawn(move || -> io::Result<()> {
        rt::System::new().block_on(async {
            let data = web::Data::new(shared);
            let app = move || App::new().app_data(data.clone()).route("/", web::get().to(handler));
            let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0))?;
            started.send(server.addrs()[0]).expect("somebody waits");
            server.run().await
        })
    });
    address.await
}

#[test]
fn events_pass_actix_web_one_by_one_and_a_last_one_at_the_end() -> TestResult {
    run(async {
        let shared = Shared { read: Signal::new(), shutdown: Signal::new() };
        let address = server(shared.clone()).await?;
        for client in Client::HTTP1 {
            let mut events = client.get(address, "글").await?.chunks.events();
            for at in 0..COUNT {
                let event = events.next().await.expect("an event")?;
                assert_eq!((event.data(), event.last_event_id()), ("a\nb", at.to_string().as_str()), "{client:?}");
                shared.read.add(1);
            }
            shared.shutdown.add(1);
            let last = events.next().await.expect("the last one")?;
            assert_eq!((last.event_type(), last.data()), ("bye", "글"), "{client:?}");
            assert!(events.next().await.is_none() && !events.is_mid_event(), "{client:?}");
        }
        Ok(())
    })
}

#[test]
fn a_response_of_actix_web_is_an_event_stream() -> TestResult {
    run(async {
        let address = server(Shared { read: Signal::new(), shutdown: Signal::new() }).await?;
        for client in Client::HTTP1 {
            let _chunks = client.open(address).await?;
        }
        Ok(())
    })
}
