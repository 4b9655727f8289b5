//! The other end of HTTP, played by a test: [`Server`] takes requests, and the test says byte for byte what is answered.
//! No runtime, no HTTP library: what is tested brings its own.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// The longest that anything may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Server {
    pub url: String,
    requests: Receiver<Request>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                thread::spawn(move || Request::read(stream).map(|request| sender.send(request)));
            }
        });
        Self { url, requests }
    }

    /// The next request.
    pub fn request(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("a request")
    }

    /// The next request, if it comes in time.
    pub fn request_within(&self, time: Duration) -> Option<Request> {
        self.requests.recv_timeout(time).ok()
    }
}

pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    stream: TcpStream,
}

impl Request {
    fn read(stream: TcpStream) -> Option<Self> {
        stream.set_nodelay(true).ok()?;
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|length| *length > 0).map(|_| line.trim_end().to_owned())
        };
        let first = line()?;
        let mut headers = Vec::new();
        while let Some((name, value)) = line()?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let (method, rest) = first.split_once(' ')?;
        let (path, _version) = rest.split_once(' ')?;
        let mut request =
            Self { method: method.to_owned(), path: path.to_owned(), headers, body: String::new(), stream };
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        reader.take(length).read_to_string(&mut request.body).ok()?;
        Some(request)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Answers without a body; `headers` are lines with CRLF.
    pub fn answer(self, status: u16, headers: &str) {
        self.answer_with(status, headers, "");
    }

    /// Answers with this body; `headers` are lines with CRLF.
    pub fn answer_with(mut self, status: u16, headers: &str, body: &str) {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} x\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
        let _ = self.stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice());
    }

    /// Answers with an event stream, to be sent piece by piece.
    pub fn open(mut self) -> Events {
        // The connection goes with it: a client that took it for another request would race its end.
        let headers = "connection: close\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked";
        let _ = self.stream.write_all(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").as_bytes());
        Events(self.stream)
    }
}

/// An event stream under way. To drop it breaks the connection.
pub struct Events(TcpStream);

impl Events {
    pub fn send(&mut self, piece: impl AsRef<[u8]>) {
        let piece = piece.as_ref();
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend([piece, b"\r\n"].concat());
        let _ = self.0.write_all(&chunk);
    }

    /// Ends the response as HTTP has it.
    pub fn end(mut self) {
        let _ = self.0.write_all(b"0\r\n\r\n");
    }

    /// The client closes the connection.
    pub fn ends_by_client(mut self) -> bool {
        self.0.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        self.0.read(&mut [0]).is_ok_and(|length| length == 0)
    }
}

/// Sends a request and returns the status, the head and the body of the answer.
pub fn call(url: &str, method: &str, path: &str, body: &str) -> (u16, String, String) {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("a server");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).expect("to be heard");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// A program under test, killed when dropped. Its output comes line by line.
pub struct Program {
    pub child: Child,
    pub out: Receiver<String>,
    pub err: Receiver<String>,
}

impl Program {
    pub fn start(path: &str, arguments: &[&str]) -> Self {
        let mut program = Self::start_into(path, arguments, Stdio::piped());
        program.out = lines(program.child.stdout.take().expect("it is piped"));
        program
    }

    /// Starts it with this for its output.
    pub fn start_into(path: &str, arguments: &[&str], output: Stdio) -> Self {
        let mut child = Command::new(path)
            .args(arguments)
            .stdout(output)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let err = lines(child.stderr.take().expect("it is piped"));
        Self { child, out: channel().1, err }
    }

    /// The next line of standard output.
    pub fn line(&self) -> String {
        self.out.recv_timeout(PATIENCE).expect("a line of output")
    }

    /// The next line of standard error that has this in it.
    pub fn error_line(&self, part: &str) -> String {
        loop {
            let line = self.err.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("a line on standard error: {part}"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The exit code, once it has ended by itself.
    pub fn code(&mut self) -> Option<i32> {
        for _ in 0..PATIENCE.as_millis() / 10 {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status.code();
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the program has not ended");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
