//! The streams that everybody decodes, each of one character. The criterion benches at the root include this file, too.

use bytes::Bytes;

/// A stream, and what a right decoder makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    /// What it stands for.
    pub(crate) about: &'static str,
    pub(crate) stream: Bytes,
    pub(crate) total: Total,
    /// The state behind each block, so that a stream can be cut short between two events.
    marks: Vec<(usize, Total)>,
}

/// What was, or should be, decoded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Total {
    pub(crate) events: usize,
    pub(crate) data_len: usize,
    /// What times are given per: events, and comments where they are the point.
    pub(crate) blocks: usize,
}

impl Corpus {
    /// The chunks of the stream, as a transport gives them out.
    pub(crate) fn cut(&self, cut: Cut) -> Vec<Bytes> {
        let step = cut.bytes.min(self.stream.len());
        let starts = (0..self.stream.len()).step_by(step);
        starts.map(|start| self.stream.slice(start..self.stream.len().min(start + step))).collect()
    }

    /// The first blocks of the stream that have at least `length` bytes.
    pub(crate) fn prefix(&self, length: usize) -> Self {
        let index = self.marks.partition_point(|&(end, _)| end < length).min(self.marks.len() - 1);
        let (end, total) = self.marks[index];
        Self { stream: self.stream.slice(..end), total, marks: self.marks[..=index].to_vec(), ..*self }
    }

    /// Bytes a block, for the tables.
    pub(crate) fn block_len(&self) -> usize {
        self.stream.len() / self.total.blocks
    }
}

/// A way to cut a stream into chunks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cut {
    pub(crate) name: &'static str,
    pub(crate) bytes: usize,
}

/// From a file in memory over a large read buffer and a TCP segment down to the worst that can be.
pub(crate) const CUTS: [Cut; 6] = [
    Cut { name: "whole", bytes: usize::MAX },
    Cut { name: "16K", bytes: 16 * 1024 },
    Cut { name: "1460", bytes: 1460 },
    Cut { name: "128", bytes: 128 },
    Cut { name: "10", bytes: 10 },
    Cut { name: "1", bytes: 1 },
];

/// How long the streams of small events are: long enough that no branch predictor knows them by heart, short enough for
/// rivals that are quadratic.
const SMALL: usize = 256 * 1024;

/// How long the streams of large events are.
const LARGE: usize = 1024 * 1024;

/// All of them.
pub(crate) fn all() -> Vec<Corpus> {
    vec![
        tiny(),
        chat(),
        anthropic(),
        ticks(),
        three_lines(),
        twenty_lines(),
        ascii_40k(),
        korean(),
        korean_36k(),
        keep_alive(),
        crlf(),
    ]
}

/// The smallest event that still says something, 17 bytes: all is overhead.
fn tiny() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let data = format!("{{\"a\":{}}}", 100 + stream.random(900));
        stream.block(&format!("data: {data}\n\n"), data.len());
    }
    stream.corpus("tiny-17", "17-byte events")
}

/// The chunks of a chat completion in the format that most models' servers speak, about 290 bytes: a line of JSON
/// around a token.
fn chat() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let token = stream.token();
        let data = format!(
            "{{\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\",\
             \"created\":1741570283,\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\",\
             \"system_fingerprint\":\"fp_50cad350e4\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{token}\"}},\
             \"logprobs\":null,\"finish_reason\":null}}]}}"
        );
        stream.block(&format!("data: {data}\n\n"), data.len());
    }
    stream.corpus("chat-290", "chat completion chunks of about 290 B")
}

/// The deltas of a message in Anthropic's format, about 120 bytes: an event type, then JSON around a token.
fn anthropic() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let data = format!(
            "{{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{}\"}}}}",
            stream.token()
        );
        stream.block(&format!("event: content_block_delta\ndata: {data}\n\n"), data.len());
    }
    stream.corpus("event-data-120", "event type and data, about 120 B")
}

/// Ticks of a feed, about 55 bytes: a new ID, an event type and small data each time, so three lines to tell apart.
fn ticks() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let data =
            format!("{{\"p\":{}.{:02},\"q\":{}}}", 100 + stream.random(99), stream.random(100), stream.random(999));
        let id = 1_000_000 + stream.blocks();
        stream.block(&format!("id: {id}\nevent: tick\ndata: {data}\n\n"), data.len());
    }
    stream.corpus("ticks-55", "ID, event type and data, about 55 B")
}

/// Data of three short lines: nothing can be lent as it stands.
fn three_lines() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let lines = [stream.token(), stream.token(), stream.token()];
        let text = lines.map(|token| format!("short line{token}"));
        let [first, second, third] = &text;
        let data_len = text.iter().map(String::len).sum::<usize>() + 2;
        stream.block(&format!("data: {first}\ndata: {second}\ndata: {third}\n\n"), data_len);
    }
    stream.corpus("3-lines", "three short data lines")
}

/// Data of twenty lines of 80 bytes, as of code or a log.
fn twenty_lines() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(LARGE) {
        let lines: Vec<String> = (0..20).map(|_| stream.ascii(80)).collect();
        stream.block(&format!("data: {}\n\n", lines.join("\ndata: ")), 20 * 80 + 19);
    }
    stream.corpus("20-lines-80", "twenty data lines of 80 B")
}

/// A tool's result on one line: 40 kB of ASCII, where only the search and the copies count.
fn ascii_40k() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(LARGE) {
        let data = stream.ascii(40_000);
        stream.block(&format!("data: {data}\n\n"), data.len());
    }
    stream.corpus("ascii-40k", "40 kB of ASCII on one line")
}

/// Tokens in Korean, about 100 bytes: a JSON wrapper around text that has to be validated.
fn korean() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let text = stream.hangul(12);
        let data = format!("{{\"type\":\"delta\",\"index\":0,\"delta\":{{\"text\":\"{text}\"}}}}");
        stream.block(&format!("data: {data}\n\n"), data.len());
    }
    stream.corpus("korean-100", "tokens in Korean, about 100 B")
}

/// A page of Korean on one line, 36 kB: only validation counts.
fn korean_36k() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(LARGE) {
        let data = stream.hangul(13_846);
        stream.block(&format!("data: {data}\n\n"), data.len());
    }
    stream.corpus("korean-36k", "36 kB of Korean on one line")
}

/// Comments that keep a connection alive, one event in a hundred so that there is something to count.
fn keep_alive() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        for _ in 0..99 {
            stream.comment(": keep-alive\n\n");
        }
        stream.block("data: x\n\n", 1);
    }
    stream.corpus("keep-alive", "keep-alive comments")
}

/// Events of about 100 bytes with CRLF.
fn crlf() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let data = format!(
            "{{\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}",
            stream.token()
        );
        stream.block(&format!("data: {data}\r\n\r\n"), data.len());
    }
    stream.corpus("crlf-100", "CRLF, about 100 B")
}

/// Events of one line in turn with events of several. It is not one of [`all`], whose streams are of one character each.
#[allow(dead_code, reason = "for the gate, which counts what it costs to change between loops")]
pub(crate) fn mixed() -> Corpus {
    let mut stream = Builder::default();
    while stream.is_below(SMALL) {
        let [one, named, first, second] = [(); 4].map(|()| format!("{{\"delta\":\"{}\"}}", stream.token()));
        stream.block(&format!("data: {one}\n\n"), one.len());
        stream.block(&format!("event: delta\ndata: {named}\n\n"), named.len());
        stream.block(&format!("data: {one}\n\n"), one.len());
        stream.block(&format!("data: {first}\ndata: {second}\n\n"), first.len() + 1 + second.len());
    }
    stream.corpus("mixed-33", "one line and several in turn, about 33 B")
}

#[derive(Default)]
struct Builder {
    stream: Vec<u8>,
    total: Total,
    marks: Vec<(usize, Total)>,
    state: u64,
}

impl Builder {
    fn is_below(&self, length: usize) -> bool {
        self.stream.len() < length
    }

    fn blocks(&self) -> usize {
        self.total.blocks
    }

    /// Adds an event.
    fn block(&mut self, text: &str, data_len: usize) {
        self.total.events += 1;
        self.total.data_len += data_len;
        self.comment(text);
    }

    fn comment(&mut self, text: &str) {
        self.stream.extend_from_slice(text.as_bytes());
        self.total.blocks += 1;
        self.marks.push((self.stream.len(), self.total));
    }

    fn corpus(self, name: &'static str, about: &'static str) -> Corpus {
        Corpus { name, about, stream: self.stream.into(), total: self.total, marks: self.marks }
    }

    /// The same numbers on every run and every machine (Knuth's MMIX generator).
    fn random(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below
    }

    /// What a model says at a time: 1 to 12 bytes.
    fn token(&mut self) -> String {
        let words = [" the", " of", ",", " stream", " incremental", " a", ".", " is", " events", " 42", "ing", " wire"];
        words[self.random(words.len())].to_owned()
    }

    fn ascii(&mut self, length: usize) -> String {
        (0..length).map(|_| b"etaoin shrdlu,cmfwyp"[self.random(20)] as char).collect()
    }

    /// Syllables, one space in five: 2.6 bytes a character.
    fn hangul(&mut self, characters: usize) -> String {
        let syllables = ['가', '나', '다', '라', '마', '바', '사', '아', '자', '차', '한', '글', '을', '는', '이'];
        (0..characters)
            .map(|index| if index % 5 == 4 { ' ' } else { syllables[self.random(syllables.len())] })
            .collect()
    }
}
