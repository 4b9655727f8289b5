//! The middleware of Express that compresses: it leaves the stream alone, since the server says `no-transform`.

use std::{path::Path, process::Command};

use super::{
    Reader, assert_held_back, assert_prompt,
    process::{Process, free_port, skip},
    upstream,
};

#[tokio::test]
async fn each_event_passes_middleware_that_would_compress_it_before_there_is_another() {
    let (port, feed) = upstream();
    let Some((base, _proxy)) = start(port) else { return };
    let reader = Reader::open(&format!("{base}/feed")).await;
    assert!(!reader.is_compressed());
    assert_prompt(reader, &feed).await;
}

/// Else the other test would say nothing.
#[tokio::test]
async fn without_the_header_middleware_that_compresses_holds_events_back() {
    let (port, feed) = upstream();
    let Some((base, _proxy)) = start(port) else { return };
    assert_held_back(&format!("{base}/deaf/feed"), &feed).await;
}

/// Returns a proxy in front of a server on this port; `None`, and says so, if it is not there.
fn start(upstream: u16) -> Option<(String, Process)> {
    let judges = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    if !judges.join("node_modules/compression").exists() {
        return skip("no compression in node_modules of tests/judges");
    }
    let port = free_port();
    let mut command = Command::new("node");
    command.arg(judges.join("proxy.mjs")).args([upstream, port].map(|port| port.to_string()));
    Some((format!("http://127.0.0.1:{port}"), Process::serve(&mut command, port)?))
}
