//! The picture of the page in `docs/demo.png`, made anew with
//! `DEMO_SCREENSHOT=1 cargo test -p demo --test browser screenshot`.

use std::{env, fs, path::Path};

use serde_json::json;

use super::{
    page::Page,
    servers::{Scheme, Server},
};

#[tokio::test]
async fn screenshot() {
    if env::var_os("DEMO_SCREENSHOT").is_none() {
        return;
    }
    let server = Server::start(Scheme::Https).await;
    let Some(page) = Page::open(&server.base).await else { return };
    page.click("connect").await;
    page.until_state("state", "open").await;
    page.click("twenty").await;
    for text in ["Hello", "An event has an ID", "of which the browser keeps the last"] {
        server.feed.publish(text).await.unwrap();
    }
    page.until_count(3).await;
    page.click("cut").await;
    page.until_state("state", "connecting").await;
    for text in ["This came while nobody was there", "and so did this", "Nothing is lost"] {
        server.feed.publish(text).await.unwrap();
    }
    page.until_count(6).await;
    page.click("chat-send").await;
    page.until("document.getElementById('chat-answer').textContent.length > 200").await;
    page.until_state("state", "open").await;
    page.until("document.querySelectorAll('#streams .on').length === 20").await;
    let picture = page.0.command("/goog/cdp/execute", &json!({ "cmd": "Page.captureScreenshot", "params": {} })).await;
    let bytes = from_base64(picture["data"].as_str().unwrap());
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() < 300_000, "{} bytes", bytes.len());
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/demo.png"), bytes).unwrap();
}

fn from_base64(text: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter_map(|byte| digits.iter().position(|&digit| digit == byte)) {
        bits = bits << 6 | u32::try_from(digit).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
