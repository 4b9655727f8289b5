//! The demo's page in a browser, and what tests do with it. The ids stand at the head of `page.html`.

use serde_json::{Value, json};

use super::{process::WAIT, webdriver::Browser};

/// The page, opened.
pub struct Page(pub Browser);

/// An event in the list of the page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    pub event_type: String,
    pub data: String,
    pub id: String,
}

impl Page {
    /// Returns `None`, and says so, if there is no browser.
    pub async fn open(base: &str) -> Option<Self> {
        let browser = Browser::start().await?;
        browser.open(base).await;
        Some(Self(browser))
    }

    /// Clicks as a user: on what is visible and enabled.
    pub async fn click(&self, id: &str) {
        self.until(&format!("!{}.disabled", element(id))).await;
        let css = json!({ "using": "css selector", "value": format!("#{id}") });
        let found = self.0.command("/element", &css).await;
        let reference = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str).unwrap();
        self.0.command(&format!("/element/{reference}/click"), &json!({})).await;
    }

    /// Waits until this is so in the page.
    pub async fn until(&self, expression: &str) {
        self.0.wait_for(&format!("return {expression}"), WAIT).await;
    }

    pub async fn until_state(&self, id: &str, state: &str) {
        self.until(&format!("{}.dataset.state === {}", element(id), json!(state))).await;
    }

    pub async fn until_count(&self, count: usize) {
        self.until(&format!("{} >= {count}", number("count"))).await;
    }

    pub async fn number(&self, id: &str) -> u64 {
        self.0.run(&format!("return {}", number(id))).await.as_u64().unwrap()
    }

    pub async fn text(&self, id: &str) -> String {
        self.0.run(&format!("return {}.textContent", element(id))).await.as_str().unwrap().into()
    }

    /// The events in the list, oldest first.
    pub async fn events(&self) -> Vec<Shown> {
        let of_item = "li => [li.dataset.type, li.querySelector('.data').textContent, li.dataset.id]";
        let script = format!("return [...document.querySelectorAll('#messages .event')].reverse().map({of_item})");
        let items: Vec<[String; 3]> = serde_json::from_value(self.0.run(&script).await).unwrap();
        items.into_iter().map(|[event_type, data, id]| Shown { event_type, data, id }).collect()
    }

    /// The ID from which the page says that it went on, last.
    pub async fn back_from(&self) -> String {
        let script = "return document.querySelector('#messages .back').dataset.from";
        self.0.run(script).await.as_str().unwrap().into()
    }
}

fn element(id: &str) -> String {
    format!("document.getElementById({})", json!(id))
}

fn number(id: &str) -> String {
    format!("Number({}.textContent)", element(id))
}
