//! Proxies in front of the server that would hold events back, or compress them: events pass one by one because of the
//! headers that they come with. Each proxy is asked without its header, too.

mod express;
mod nginx;
#[path = "../browser/process.rs"]
mod process;

use std::{cell::Cell, io::Write as _, mem, net::TcpListener, sync::Arc, time::Duration};

use demo::{
    client,
    server::{self, feed::Feed},
};
use flate2::write::GzDecoder;
use reqwest::{Response, StatusCode};
use sse_wire::Decoder;
use tokio::time::timeout;

use self::process::WAIT;

/// Publishes events, each when the one before has been read.
async fn assert_prompt(mut reader: Reader, feed: &Feed) {
    for number in 0..50 {
        feed.publish(&number.to_string()).await.unwrap();
        let data = timeout(WAIT, reader.next()).await.expect("it is not held back");
        assert_eq!(data, number.to_string());
    }
    // When the client goes, so does the proxy.
    assert_eq!(feed.hub.subscribers(), 1);
    drop(reader);
    let gone = async {
        while feed.hub.subscribers() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(WAIT, gone).await.expect("the server notices that the client is gone");
}

/// Publishes an event that nobody gets to see.
async fn assert_held_back(url: &str, feed: &Feed) {
    let is_published = Cell::new(false);
    let publish = async {
        while feed.hub.subscribers() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        feed.publish("held back").await.unwrap();
        is_published.set(true);
        std::future::pending::<()>().await;
    };
    let both = async {
        tokio::select! {
            data = async { Reader::open(url).await.next().await } => data,
            () = publish => unreachable!(),
        }
    };
    assert_eq!(timeout(Duration::from_secs(1), both).await.ok(), None);
    assert!(is_published.get());
}

/// Returns the port of a server, and its feed.
fn upstream() -> (u16, Arc<Feed>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let feed = Feed::new(100, None);
    tokio::spawn(server::serve(listener, server::router("test", &feed), None));
    (port, feed)
}

/// A client that takes compressed events, and sees an event as soon as all of it can be decompressed.
struct Reader {
    response: Response,
    inflater: Option<GzDecoder<Vec<u8>>>,
    decoder: Decoder,
}

impl Reader {
    async fn open(url: &str) -> Self {
        // What it gets is to be seen here as it is.
        let client = client::builder().no_proxy().no_gzip().build().unwrap();
        let request = client.get(url).header("accept-encoding", "gzip");
        let response = timeout(WAIT, request.send()).await.expect("an answer").unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let inflater = response.headers().get("content-encoding").map(|coding| {
            assert_eq!(coding, "gzip");
            GzDecoder::new(Vec::new())
        });
        Self { response, inflater, decoder: Decoder::new() }
    }

    fn is_compressed(&self) -> bool {
        self.inflater.is_some()
    }

    /// The data of the next event.
    async fn next(&mut self) -> String {
        loop {
            let mut bytes = self.response.chunk().await.unwrap().expect("no end").to_vec();
            if let Some(inflater) = &mut self.inflater {
                inflater.write_all(&bytes).unwrap();
                inflater.flush().unwrap();
                bytes = mem::take(inflater.get_mut());
            }
            if let Some(event) = self.decoder.decode(&mut &bytes[..]).unwrap() {
                return event.data().to_owned();
            }
        }
    }
}
