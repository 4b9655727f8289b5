//! Chromium without a window, told what to do over WebDriver: <https://www.w3.org/TR/webdriver2/>.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::{self, Command, Stdio},
    time::{Duration, Instant},
};

use demo::client;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::sleep,
};

use super::process::{Process, WAIT, free_port, skip};

/// A browser with one page.
pub struct Browser {
    client: Client,
    port: u16,
    /// The path of the session.
    session: String,
    /// What the browser keeps.
    profile: PathBuf,
    _driver: Process,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Returns `None`, and says so, if there is no Chromium or no driver for it.
    pub async fn start() -> Option<Self> {
        let turn = TURN.lock().await;
        let port = free_port();
        let profile = env::temp_dir().join(format!("demo-browser-{}-{port}", process::id()));
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Process::serve(&mut command, port)?;
        let client = client::builder().no_proxy().timeout(WAIT * 3).build().unwrap();
        let mut browser = Self { client, port, session: "/session".into(), profile, _driver: driver, _turn: turn };
        let mut arguments: Vec<_> = ARGUMENTS.map(String::from).into();
        arguments.push(format!("--user-data-dir={}", browser.profile.display()));
        let options = json!({ "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } });
        let answer = browser.send("", &json!({ "capabilities": options })).await;
        if let Some(id) = answer["sessionId"].as_str() {
            browser.session = format!("/session/{id}");
            return Some(browser);
        }
        // Its message when the driver is there, and the browser is not.
        let is_missing = answer["message"].as_str().is_some_and(|message| message.contains("binary"));
        assert!(is_missing, "no browser: {answer}");
        skip("no chromium")
    }

    pub async fn open(&self, url: &str) {
        self.command("/url", &json!({ "url": url })).await;
    }

    /// Runs the body of a function in the page, and returns what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.command("/execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// Runs `script` again and again until it returns something that is not false, null, 0 or "".
    pub async fn wait_for(&self, script: &str, longest: Duration) -> Value {
        let began = Instant::now();
        loop {
            let value = self.run(script).await;
            let is_nothing = matches!(&value, Value::Null | Value::Bool(false)) || value == 0 || value == "";
            if !is_nothing {
                return value;
            }
            assert!(began.elapsed() < longest, "in vain for {longest:?}: {script}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns the answer to a command of the session.
    pub async fn command(&self, path: &str, body: &Value) -> Value {
        let answer = self.send(path, body).await;
        assert!(answer.get("error").is_none(), "{path} {body}: {answer}");
        answer
    }

    async fn send(&self, path: &str, body: &Value) -> Value {
        let url = format!("http://127.0.0.1:{}{}{path}", self.port, self.session);
        let response = self.client.post(url).body(body.to_string()).send().await.unwrap();
        let mut answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        answer["value"].take()
    }
}

impl Drop for Browser {
    /// Ends the session, and with it the browser: it would outlive its driver.
    fn drop(&mut self) {
        if let Ok(mut tcp) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
            let request = format!("DELETE {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.session);
            drop(tcp.set_read_timeout(Some(WAIT)));
            drop(tcp.write_all(request.as_bytes()));
            drop(tcp.read(&mut [0; 1024]));
        }
        drop(fs::remove_dir_all(&self.profile));
    }
}

/// One browser at a time: these tests measure time, and a browser needs more than one core.
static TURN: Mutex<()> = Mutex::const_new(());

const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // Ours was made on the spot.
    "--ignore-certificate-errors",
    "--window-size=1200,1050",
];
