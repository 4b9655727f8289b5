//! Blocks of stream, made of what servers send and of what they should not, each with the count of what is in it.

use bytes::Bytes;

/// Some whole events. It starts and ends between two events, so that any block may follow any other.
pub(crate) struct Block {
    pub(crate) bytes: Bytes,
    pub(crate) total: Total,
}

/// What a decoder shows of a stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Total {
    pub(crate) events: u64,
    /// Comments and reconnection times, for who asks for them.
    pub(crate) others: u64,
    pub(crate) errors: u64,
    /// The lengths of all data.
    pub(crate) data_len: u64,
}

impl Total {
    pub(crate) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.others += other.others;
        self.errors += other.errors;
        self.data_len += other.data_len;
    }
}

impl Block {
    /// A block of about `length` bytes.
    pub(crate) fn new(random: &mut Random, length: usize) -> Self {
        let mut block = Builder { bytes: Vec::with_capacity(2 * length), total: Total::default() };
        while block.bytes.len() < length {
            let line_end = ["\n", "\r\n", "\r"][random.below(3)];
            match random.below(1000) {
                0 => block.large_event(random, line_end),
                1 => block.large_id(random, line_end),
                2 => block.too_long(random, line_end),
                3..20 => block.bad_text(random, line_end),
                20..60 => block.many_lines(random, line_end),
                60..100 => block.nothing(line_end),
                100..300 => block.named_event(random, line_end),
                300..350 => block.others(line_end),
                _ => block.token(random, line_end),
            }
        }
        // Small, and the last thing of the block, so that what is retained behind it is what is always kept.
        block.lines("\n", &["id: 1", "data: end", ""]);
        block.event(3);
        Self { bytes: block.bytes.into(), total: block.total }
    }
}

struct Builder {
    bytes: Vec<u8>,
    total: Total,
}

impl Builder {
    fn lines(&mut self, line_end: &str, lines: &[&str]) {
        for line in lines {
            self.bytes.extend_from_slice(line.as_bytes());
            self.bytes.extend_from_slice(line_end.as_bytes());
        }
        // A CR and the LF of what follows would be one line end.
        if line_end == "\r" && lines.last() == Some(&"") {
            self.bytes.extend_from_slice(b"x\n");
        }
    }

    fn event(&mut self, data_len: usize) {
        self.total.events += 1;
        self.total.data_len += data_len as u64;
    }

    fn token(&mut self, random: &mut Random, line_end: &str) {
        let text =
            if random.below(4) == 0 { "한국어 토큰 " } else { "{\"choices\":[{\"delta\":{\"content\":\" t\"}}]}" };
        let data = text.repeat(1 + random.below(6));
        self.lines(line_end, &[&format!("data: {data}"), ""]);
        self.event(data.len());
    }

    fn named_event(&mut self, random: &mut Random, line_end: &str) {
        let data = format!("{{\"n\":{}}}", random.below(100_000));
        let id = format!("id: {}", random.below(1_000_000));
        self.lines(line_end, &["event: tick", &id, &format!("data: {data}"), ""]);
        self.event(data.len());
    }

    fn many_lines(&mut self, random: &mut Random, line_end: &str) {
        let text = "a line of data as it stands in a text, 60 bytes of it or so";
        let lines = 2 + random.below(40);
        for _ in 0..lines {
            self.lines(line_end, &[&format!("data: {text}")]);
        }
        self.lines(line_end, &[""]);
        // With an LF between two lines.
        self.event(lines * (text.len() + 1) - 1);
    }

    fn others(&mut self, line_end: &str) {
        self.lines(line_end, &[": still here", "", "retry: 3000", ""]);
        self.total.others += 2;
    }

    /// Lines that mean nothing, or nothing by themselves.
    fn nothing(&mut self, line_end: &str) {
        let lines = ["foo: bar", "Data: x", "data : x", "id: \0", "retry: soon", "event: nothing", "datadatadata", ""];
        self.lines(line_end, &lines);
    }

    /// Bytes that are not UTF-8: each becomes three.
    fn bad_text(&mut self, random: &mut Random, line_end: &str) {
        let bad = 1 + random.below(2000);
        self.bytes.extend_from_slice(b"event: \xFF\xC0");
        self.lines(line_end, &[""]);
        self.bytes.extend_from_slice(b"data: ");
        self.bytes.resize(self.bytes.len() + bad, 0xFF);
        self.lines(line_end, &["", ""]);
        self.event(3 * bad);
    }

    fn large_event(&mut self, random: &mut Random, line_end: &str) {
        let data = "x".repeat(random.below(LIMIT / 2));
        self.lines(line_end, &[&format!("data: {data}"), "data: and a line", ""]);
        self.event(data.len() + 11);
    }

    /// An ID that several events have, so that owned ones share it.
    fn large_id(&mut self, random: &mut Random, line_end: &str) {
        let id = "i".repeat(random.below(LIMIT / 2));
        self.lines(line_end, &[&format!("id: {id}"), "", "data: a", "", "data: b", ""]);
        self.event(1);
        self.event(1);
    }

    fn too_long(&mut self, random: &mut Random, line_end: &str) {
        let field = ["data", "event", "id"][random.below(3)];
        let value = "y".repeat(LIMIT + 1 + random.below(LIMIT));
        self.lines(line_end, &["data: lost", &format!("{field}: {value}"), "data: lost", ""]);
        self.total.errors += 1;
    }
}

/// How much an event may retain here: what passes it is to come often.
pub(crate) const LIMIT: usize = 128 * 1024;

/// Numbers without a pattern that matters, the same in each run (xorshift64*).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).expect("31 bits") % bound
    }
}
