//! The client that stays connected, with real connections and a clock that is stopped: tokio's, which goes on to the next
//! alarm whenever nobody has anything to do. So an hour takes a second.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use integration::{
    client::Version,
    server,
    transport::{get, hyper_client, reqwest_client},
};
use sse_wire::{
    Item,
    client::{Attempt, EventSource, EventSourceOptions, Notice, State},
    reconnect::ReconnectOptions,
};
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep},
};

/// Runs a test with the clock stopped, and fails if it hangs, by a clock that is not.
fn stopped_clock<F: Future>(test: F) -> F::Output {
    let (late, is_late) = oneshot::channel::<()>();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(60));
        late.send(())
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        tokio::select! {
            output = test => output,
            _ = is_late => panic!("the test hangs"),
        }
    })
}

/// A server that answers with this event stream and closes, and notes when it was asked.
async fn closing_server(body: &'static [u8], asked: Arc<Mutex<Vec<Instant>>>) -> SocketAddr {
    server::raw(move |mut connection| {
        asked.lock().expect("no panic").push(Instant::now());
        async move {
            connection.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").await;
            connection.write(body).await;
        }
    })
    .await
}

#[test]
fn an_hour_of_answers_that_end_at_once() {
    let hour = Duration::from_secs(3600);
    // Without a byte: failures in a row, 3 + 6 + 12 + 24 + 48 s, and then each minute. With one, the server's own time.
    for (body, first, after, count) in [
        (&b""[..], [3, 6, 12, 24, 48], 60, 64),
        (b"retry: 20000\n\n", [20; 5], 20, 180),
        (b": hi\n\n", [3; 5], 3, 1200),
    ] {
        stopped_clock(async {
            let asked = Arc::new(Mutex::new(Vec::new()));
            let address = closing_server(body, Arc::clone(&asked)).await;
            let (client, url) = (reqwest_client(Version::Http1), format!("http://{address}/"));
            let options = EventSourceOptions::new().with_reconnect(ReconnectOptions::new().with_jitter_percent(0));
            let connect = |attempt: Attempt| client.get(&url).headers(attempt.headers()).send();
            let mut source = EventSource::with_options(connect, sleep, options);
            let (begun, mut delays) = (Instant::now(), Vec::new());
            while begun.elapsed() < hour {
                if let Some(Notice::Lost { delay, failures, .. }) = source.next().await {
                    assert_eq!(failures > 0, body.is_empty());
                    delays.push(delay.as_secs());
                }
            }
            assert_eq!(delays[..5], first, "{body:?}");
            assert!(delays[5..].iter().all(|&delay| delay == after), "{body:?}: {delays:?}");
            // The attempts are made when they were announced: tokio's clock has milliseconds.
            let asked = asked.lock().expect("no panic");
            let gaps = asked.windows(2).map(|pair| (pair[1] - pair[0]).as_millis());
            let late: Vec<_> =
                gaps.zip(&delays).filter(|(gap, delay)| gap.abs_diff(u128::from(**delay) * 1000) > 2).collect();
            assert!(late.is_empty(), "{late:?}");
            let within = asked.iter().filter(|at| **at - begun < hour).count();
            assert!(within.abs_diff(count) <= 1, "{body:?}: {within}");
        });
    }
}

/// Answers with a stream of one event that does not end, over HTTP/2, until it is told to die: then all are cut off.
async fn serve(listener: TcpListener, mut dies: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(async move {
                    let service = service_fn(move |_| {
                        let event = stream::iter([Ok::<_, Infallible>(Bytes::from("id: 1\ndata: x\n\n"))]);
                        async { Ok::<_, Infallible>(server::of_chunks(event.chain(stream::pending()))) }
                    });
                    let mut builder = auto::Builder::new(TokioExecutor::new());
                    builder.http2().max_concurrent_streams(2000);
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
            _ = dies.changed() => return connections.shutdown().await,
        }
    }
}

#[test]
fn a_thousand_clients_that_lose_a_server_at_once_do_not_come_back_at_once() {
    const COUNT: usize = 1000;
    stopped_clock(async {
        let (listener, address) = server::listen().await;
        // When the clients ask. When a server hears of it is another matter: connections are made in real time, in which
        // this clock may pass over many an alarm.
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (dies, death) = watch::channel(false);
        let server = tokio::spawn(serve(listener, death));
        // All on one connection, so that they lose it in the same moment.
        let (client, url) = (hyper_client(Version::Http2), format!("http://{address}/"));
        let (connected, mut connections) = watch::channel(0);
        let mut clients = JoinSet::new();
        for seed in 0..COUNT as u64 {
            let (client, url, connected, asked) = (client.clone(), url.clone(), connected.clone(), Arc::clone(&asked));
            clients.spawn(async move {
                let connect = move |attempt: Attempt| {
                    asked.lock().expect("no panic").push(Instant::now());
                    client.request(get(&url, attempt.headers()))
                };
                let options = EventSourceOptions::new().with_reconnect(ReconnectOptions::new().with_seed(seed));
                let mut source = EventSource::with_options(connect, sleep, options);
                while let Some(notice) = source.next().await {
                    match notice {
                        Notice::Item(Item::Event(_)) => connected.send_modify(|count| *count += 1),
                        Notice::Lost { .. } => assert_eq!(source.state(), State::Waiting),
                        _ => {}
                    }
                }
            });
        }
        connections.wait_for(|count| *count == COUNT).await.expect("they are there");
        let lost = Instant::now();
        dies.send_replace(true);
        server.await.expect("no panic");
        asked.lock().expect("no panic").clear();
        // Back at once, so that the spread is that of the first attempts.
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let (_lives, life) = watch::channel(false);
        tokio::spawn(serve(listener, life));
        connections.wait_for(|count| *count == 2 * COUNT).await.expect("they are there");
        let after: Vec<f64> = asked.lock().expect("no panic").iter().map(|at| (*at - lost).as_secs_f64()).collect();
        assert_eq!(after.len(), COUNT, "each asks once");
        // Three seconds, and up to half of that.
        assert!(after.iter().all(|after| (2.9..4.7).contains(after)), "{after:?}");
        for tenth in 30..45 {
            let (from, to) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
            let count = after.iter().filter(|after| (from..to).contains(*after)).count();
            assert!((30..=110).contains(&count), "{from} s: {count}");
        }
    });
}
