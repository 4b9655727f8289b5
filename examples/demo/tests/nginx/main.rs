//! nginx in front of the server: events pass one by one, since the server says `x-accel-buffering: no`; compressed ones,
//! too.

#[path = "../browser/process.rs"]
mod process;

use std::{
    env, fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use demo::{
    follow,
    server::{
        self,
        feed::{Feed, Limits},
    },
};
use flate2::write::GzDecoder;
use reqwest::{Response, StatusCode};
use sse_wire::Decoder;
use tokio::time::timeout;

use self::process::{Process, WAIT, free_port};

#[tokio::test]
async fn each_event_passes_before_there_is_another() {
    let Some((nginx, feed)) = start() else { return };
    let mut response = get(&format!("{}/feed", nginx.base)).await;
    let mut decoder = Decoder::new();
    for number in 0..50 {
        feed.publish(&number.to_string()).await.unwrap();
        let data = timeout(WAIT, next(&mut response, &mut decoder)).await.expect("it is not held back");
        assert_eq!(data, number.to_string());
    }
    // When the client goes, so does nginx.
    assert_eq!(feed.subscribers(), 1);
    drop(response);
    let gone = async {
        while feed.subscribers() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(WAIT, gone).await.expect("the server notices that the client is gone");
}

/// Else the other test would say nothing.
#[tokio::test]
async fn without_the_header_nginx_holds_events_back() {
    let Some((nginx, feed)) = start() else { return };
    let follow = async {
        let mut response = get(&format!("{}/deaf/feed", nginx.base)).await;
        next(&mut response, &mut Decoder::new()).await
    };
    let publish = async {
        while feed.subscribers() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        feed.publish("held back").await.unwrap();
        std::future::pending::<()>().await;
    };
    let both = async {
        tokio::select! { data = follow => data, () = publish => unreachable!() }
    };
    assert_eq!(timeout(Duration::from_secs(1), both).await.ok(), None);
}

#[tokio::test]
async fn each_event_passes_a_proxy_that_compresses_before_there_is_another() {
    let Some((nginx, feed)) = start() else { return };
    let mut response = get_compressed(&format!("{}/gzip/feed", nginx.base)).await;
    let mut inflater = GzDecoder::new(Vec::new());
    let mut decoder = Decoder::new();
    for number in 0..50 {
        feed.publish(&number.to_string()).await.unwrap();
        let data = timeout(WAIT, next_of_compressed(&mut response, &mut inflater, &mut decoder));
        assert_eq!(data.await.expect("it is not held back"), number.to_string());
    }
}

/// Else the other test would say nothing.
#[tokio::test]
async fn without_the_header_a_proxy_that_compresses_holds_events_back() {
    let Some((nginx, feed)) = start() else { return };
    let follow = async {
        let mut response = get_compressed(&format!("{}/deaf/gzip/feed", nginx.base)).await;
        next_of_compressed(&mut response, &mut GzDecoder::new(Vec::new()), &mut Decoder::new()).await
    };
    let publish = async {
        while feed.subscribers() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        feed.publish("held back").await.unwrap();
        std::future::pending::<()>().await;
    };
    let both = async {
        tokio::select! { data = follow => data, () = publish => unreachable!() }
    };
    assert_eq!(timeout(Duration::from_secs(1), both).await.ok(), None);
}

/// An nginx of our own, with all that it needs in a directory that is removed with it.
struct Nginx {
    base: String,
    directory: PathBuf,
    _process: Process,
}

/// Returns nginx, and the feed of the server behind it; `None`, and says so, if there is no nginx.
fn start() -> Option<(Nginx, Arc<Feed>)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap();
    let feed = Feed::in_memory(Limits { history: 100, queue: 100 });
    tokio::spawn(server::serve(listener, server::router("test", &feed), None));
    let port = free_port();
    let directory = env::temp_dir().join(format!("demo-nginx-{}-{port}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path {what};"));
    let configuration = CONFIGURATION
        .replace("PORT", &port.to_string())
        .replace("UPSTREAM", &upstream.to_string())
        .replace("TEMPORARY", &temporary.concat());
    fs::write(directory.join("nginx.conf"), configuration).unwrap();
    // Debian has it where only root looks.
    let program = ["/usr/sbin/nginx", "nginx"].into_iter().find(|path| Path::new(path).exists()).unwrap_or("nginx");
    let mut command = Command::new(program);
    command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(&directory);
    let process = Process::serve(&mut command, port);
    if process.is_none() {
        drop(fs::remove_dir_all(&directory));
    }
    Some((Nginx { base: format!("http://127.0.0.1:{port}"), directory, _process: process? }, feed))
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.directory));
    }
}

async fn get(url: &str) -> Response {
    let client = follow::client().no_proxy().build().unwrap();
    let response = timeout(WAIT, client.get(url).send()).await.expect("an answer").unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response
}

/// A response that is compressed, as it is.
async fn get_compressed(url: &str) -> Response {
    let client = follow::client().no_proxy().no_gzip().build().unwrap();
    let request = client.get(url).header("accept-encoding", "gzip");
    let response = timeout(WAIT, request.send()).await.expect("an answer").unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-encoding"], "gzip");
    response
}

/// The data of the next event, as soon as all of it can be decompressed.
async fn next_of_compressed(
    response: &mut Response,
    inflater: &mut GzDecoder<Vec<u8>>,
    decoder: &mut Decoder,
) -> String {
    loop {
        let chunk = response.chunk().await.unwrap().expect("no end");
        inflater.write_all(&chunk).unwrap();
        inflater.flush().unwrap();
        let bytes = std::mem::take(inflater.get_mut());
        if let Some(event) = decoder.decode(&mut &bytes[..]).unwrap() {
            return event.data().to_owned();
        }
    }
}

/// The data of the next event.
async fn next(response: &mut Response, decoder: &mut Decoder) -> String {
    loop {
        let chunk = response.chunk().await.unwrap().expect("no end");
        if let Some(event) = decoder.decode(&mut &chunk[..]).unwrap() {
            return event.data().to_owned();
        }
    }
}

/// As short as it gets: nginx asks with HTTP/1.0 then, and holds back what has no length. (It passes the chunks of HTTP/1.1
/// as they come.) `/deaf` is for the contrary.
const CONFIGURATION: &str = "
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  TEMPORARY
  server {
    listen 127.0.0.1:PORT;
    location / { proxy_pass http://UPSTREAM; }
    location /deaf/ { proxy_ignore_headers X-Accel-Buffering; proxy_pass http://UPSTREAM/; }
    location /gzip/ { gzip on; gzip_types text/event-stream; proxy_pass http://UPSTREAM/; }
    location /deaf/gzip/ {
      gzip on;
      gzip_types text/event-stream;
      proxy_ignore_headers X-Accel-Buffering;
      proxy_pass http://UPSTREAM/;
    }
  }
}
";
