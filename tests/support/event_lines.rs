//! The one JSON form of an event: `serde`, the example `ndjson`, and `tail --json` of the demo write it, and read it.

/// A stream of one event, and that event as a line of JSON.
pub(crate) const EVENT_LINES: [(&str, &str); 5] = [
    ("data: one\n\n", r#"{"event":"message","data":"one","id":""}"#),
    ("event: tick\nid: 7\ndata: {\"n\":\ndata: 1}\n\n", r#"{"event":"tick","data":"{\"n\":\n1}","id":"7"}"#),
    ("id\ndata\n\n", r#"{"event":"message","data":"","id":""}"#),
    (": c\nretry: 5\nevent: message\nfoo\ndata: x\n\n", r#"{"event":"message","data":"x","id":""}"#),
    (
        "event: \u{1F600}\nid: 글\ndata: \u{1}\u{2028}\\\"/\n\n",
        "{\"event\":\"\u{1F600}\",\"data\":\"\\u0001\u{2028}\\\\\\\"/\",\"id\":\"글\"}",
    ),
];
