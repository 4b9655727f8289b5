//! The contract service as a process, and the suite's side of it: [`Service::open`] has it follow a stream, and
//! [`Client`] hears what it reports.

use serde_json::{Value, json};

use super::script::{Program, Request, Server, call};

pub struct Service {
    pub url: String,
    pub program: Program,
}

impl Service {
    pub fn start() -> Self {
        let program = Program::start(env!("CARGO_BIN_EXE_contract"), &["--port", "0"]);
        let url = program.line().trim_start_matches("listening on ").to_owned();
        Self { url, program }
    }

    /// Opens a client that follows `server`.
    pub fn open(&self, server: &Server, with: &Value) -> Client<'_> {
        let callbacks = Server::start();
        let mut wanted = json!({ "tag": "test", "streamUrl": server.url, "callbackUrl": callbacks.url });
        wanted.as_object_mut().expect("an object").extend(with.as_object().cloned().unwrap_or_default());
        let (status, head, _) = call(&self.url, "POST", "/", &wanted.to_string());
        let path = head.split("location: ").nth(1).and_then(|rest| rest.split("\r\n").next()).map(str::to_owned);
        assert_eq!(status, 201);
        Client { service: self, callbacks, count: 0, path: path.expect("a location") }
    }
}

pub struct Client<'s> {
    service: &'s Service,
    pub callbacks: Server,
    count: u64,
    path: String,
}

impl Client<'_> {
    pub fn command(&self, method: &str, body: &str) -> u16 {
        call(&self.service.url, method, &self.path, body).0
    }

    /// The next message, with the next number, taken with 202.
    pub fn message(&mut self) -> Value {
        let (message, request) = self.untaken_message();
        request.answer(202, "");
        message
    }

    pub fn untaken_message(&mut self) -> (Value, Request) {
        self.count += 1;
        let request = self.callbacks.request();
        assert_eq!((request.method.as_str(), &*request.path), ("POST", &*format!("/{}", self.count)));
        (serde_json::from_str(&request.body).expect("JSON"), request)
    }

    pub fn expect(&mut self, name: &str, expected: &[Value]) {
        for expected in expected {
            assert_eq!(&self.message(), expected, "{name}");
        }
    }

    pub fn expect_error(&mut self, name: &str) -> String {
        let message = self.message();
        assert_eq!(message["kind"], "error", "{name}: {message}");
        message["error"].as_str().expect("a text").to_owned()
    }
}
