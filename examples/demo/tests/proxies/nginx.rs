//! nginx: events pass one by one, since the server says `x-accel-buffering: no`; compressed ones, too.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Reader, assert_held_back, assert_prompt,
    process::{Process, free_port},
    upstream,
};

#[tokio::test]
async fn each_event_passes_before_there_is_another() {
    let (port, feed) = upstream();
    let Some(nginx) = Nginx::start(port) else { return };
    let reader = Reader::open(&format!("{}/feed", nginx.base)).await;
    assert!(!reader.is_compressed());
    assert_prompt(reader, &feed).await;
}

/// Else the other test would say nothing.
#[tokio::test]
async fn without_the_header_nginx_holds_events_back() {
    let (port, feed) = upstream();
    let Some(nginx) = Nginx::start(port) else { return };
    assert_held_back(&format!("{}/deaf/feed", nginx.base), &feed).await;
}

#[tokio::test]
async fn each_event_passes_nginx_before_there_is_another_even_if_it_compresses_them() {
    let (port, feed) = upstream();
    let Some(nginx) = Nginx::start(port) else { return };
    let reader = Reader::open(&format!("{}/gzip/feed", nginx.base)).await;
    assert!(reader.is_compressed());
    assert_prompt(reader, &feed).await;
}

#[tokio::test]
async fn without_the_header_nginx_holds_events_back_when_it_compresses_them() {
    let (port, feed) = upstream();
    let Some(nginx) = Nginx::start(port) else { return };
    assert_held_back(&format!("{}/deaf/gzip/feed", nginx.base), &feed).await;
}

/// An nginx of our own, with all that it needs in a directory that is removed with it.
struct Nginx {
    base: String,
    directory: PathBuf,
    _process: Process,
}

impl Nginx {
    /// Returns nginx in front of a server on this port; `None`, and says so, if there is no nginx.
    fn start(upstream: u16) -> Option<Self> {
        let port = free_port();
        let directory = env::temp_dir().join(format!("demo-nginx-{}-{port}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|what| format!("{what}_temp_path {what};"));
        let configuration = CONFIGURATION
            .replace("PORT", &port.to_string())
            .replace("UPSTREAM", &format!("127.0.0.1:{upstream}"))
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
        Some(Self { base: format!("http://127.0.0.1:{port}"), directory, _process: process? })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.directory));
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
