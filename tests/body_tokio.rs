//! tokio's timer for the keep-alive, on a clock that stands still until everybody waits.
#![cfg(feature = "tokio")]

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    time::Duration,
};

use futures_util::stream;
use http_body::Body;
use sse_wire::{
    Frame,
    body::{EventBody, KEEP_ALIVE_INTERVAL, Timer, TokioTimer},
};
use tokio::time::{Instant, sleep, timeout};

#[test]
fn a_keep_alive_comes_an_interval_after_the_last_data() {
    let timer = TokioTimer::default();
    run(async {
        // One frame after 10, 20 and 60 seconds.
        let frames = stream::unfold([10, 10, 40].into_iter(), async |mut waits| {
            sleep(Duration::from_secs(waits.next()?)).await;
            Some((Frame::new().data("x"), waits))
        });
        let mut body = pin!(EventBody::new(frames).keep_alive(timer));
        let start = Instant::now();
        let mut seen = Vec::new();
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let Ok(frame) = frame;
            let is_keep_alive = frame.into_data().expect("data") == Frame::KEEP_ALIVE;
            seen.push((start.elapsed().as_secs(), is_keep_alive));
            assert!(seen.len() <= 5, "{seen:?}");
        }
        assert_eq!(seen, [(10, false), (20, false), (35, true), (50, true), (60, false)]);
    });
}

#[test]
fn an_interval_may_be_anything() {
    run(async {
        for (interval, is_soon) in [(Duration::ZERO, true), (KEEP_ALIVE_INTERVAL, true), (Duration::MAX, false)] {
            let mut timer = pin!(TokioTimer::new(interval));
            assert_eq!(timer.interval(), interval);
            // Data may come before anybody waits.
            timer.as_mut().restart();
            for _ in 0..3 {
                let result = timeout(Duration::from_secs(3600), elapsed(timer.as_mut())).await;
                assert_eq!(result.is_ok(), is_soon, "{interval:?}");
                timer.as_mut().restart();
            }
        }
    });
}

#[test]
fn a_body_with_this_timer_may_be_moved_and_sent() {
    fn assert_movable<T: Send + Sync + Unpin + 'static>(_: &T) {}
    let body = EventBody::new(stream::pending::<Frame<'_>>()).keep_alive(TokioTimer::default());
    assert_movable(&body);
    run(async {
        // It moves between two polls, while its timer runs.
        let mut body = Box::new(body);
        let first = timeout(Duration::from_secs(10), poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx))).await;
        assert!(first.is_err());
        let mut body = *body;
        let start = Instant::now();
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.expect("a keep-alive");
        let Ok(frame) = frame;
        assert_eq!(frame.into_data().expect("data"), Frame::KEEP_ALIVE);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    });
}

async fn elapsed(mut timer: Pin<&mut TokioTimer>) {
    poll_fn(|cx| timer.as_mut().poll_elapsed(cx)).await;
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(test);
}
