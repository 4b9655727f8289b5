//! Lines of every length, and cuts at every place: at whatever length or place a decoder goes another way, a stream means
//! what it means.

use sse_wire::DecodeOptions;

use crate::support::{
    Event,
    rows::{M, event},
    sweep::{check_parts, lengths},
};

const DEFAULT: DecodeOptions = DecodeOptions::new();

const ENDS: [&str; 3] = ["\n", "\r", "\r\n"];

/// Each line with the line end.
fn with_ends(lines: &[&str], end: &str) -> String {
    lines.iter().flat_map(|line| [line, end]).collect()
}

#[test]
fn line_ends_and_bad_bytes_are_found_wherever_they_stand() {
    for length in 0..=300 {
        let text = "x".repeat(length);
        for end in ENDS {
            let few = with_ends(&["data: y", "data", ""], end);
            let mut parts = vec![with_ends(&[&text, &format!("data: {text}"), ""], end).into_bytes()];
            parts.push(with_ends(&[&text], end).into_bytes());
            parts.extend(vec![few.into_bytes(); 20]);
            parts.push([b"data: ", text.as_bytes(), b"\xFF", text.as_bytes(), b"\n\ndata: y\n\n"].concat());
            let bad = format!("{text}\u{FFFD}{text}");
            let events: Vec<Event> =
                [&*text].into_iter().chain(["y\n"; 20]).chain([&*bad, "y"]).map(|data| event((M, data, ""))).collect();
            assert_eq!(check_parts(DEFAULT, &parts).events(), events, "{length}, {end:?}");
        }
    }
}

#[test]
fn a_line_of_any_length_means_what_a_short_one_means() {
    const BEFORE: [&str; 5] = ["", "data: a\ndata: b\n\n", ": c\n\n", "id: 1\ndata: a\n\n", "event: e\n"];
    const AFTER: [&str; 9] = [
        "",
        "\n",
        "\n\n",
        "\r\n\r\n",
        "\nid: 7\n\n",
        "\n: c\ndata\n\n",
        "\r\ndata: b\r\n\r\n",
        "\n\n: d\n\ndata: b\n\n",
        "\rx",
    ];
    let kinds = [("data: ", "x"), ("data:", "é"), (": ", "c"), ("id: ", "7"), ("foo:", "x")];
    for length in lengths() {
        for (kind, (start, text)) in kinds.into_iter().enumerate() {
            let line = [start, &text.repeat(length)].concat();
            let around = BEFORE.iter().flat_map(|before| AFTER.map(|after| (before, after)));
            // All of them each time would take long; the next length and the next kind have the next ones.
            let step = if length > 300 { 16 } else { 4 };
            let around = around.skip((length + kind) % step).step_by(step);
            // Two line ends in a chunk of their own, so that each starts anew.
            let parts = around.flat_map(|(before, after)| [[*before, &line, after].concat(), "\n\n".into()]);
            check_parts(DEFAULT, &parts.map(String::into_bytes).collect::<Vec<_>>());
        }
    }
}

#[test]
fn several_lines_of_any_length_are_joined() {
    for (end, first) in [("\n", "x"), ("\r\n", "x"), ("\r", "x"), ("\n", "é"), ("\n", "data:")] {
        for length in lengths() {
            let text = "a".repeat(length);
            let (first_line, long) = (format!("data: {first}"), format!("data: {text}"));
            let lines = [&*first_line, &long, "data: b"];
            let event = with_ends(&lines, end) + end;
            // After an event of several lines another is expected, and what comes may be anything else.
            let parts = [
                event.clone(),
                event.clone(),
                with_ends(&["data: c", ""], end),
                event.clone(),
                with_ends(&["data:d", &long, "id", ""], end),
                with_ends(&[&long, ""], end),
                event,
                with_ends(&[": e"], end),
                with_ends(&lines, end) + &"f".repeat(200),
            ];
            let expected = check_parts(DEFAULT, &parts.map(String::into_bytes));
            assert_eq!(expected.events().len(), 7);
            assert_eq!(expected.events()[1], Event::new(M, &[first, &text, "b"].join("\n"), ""));
        }
    }
}

#[test]
fn an_id_of_any_length_is_one_unless_there_is_a_nul_in_it() {
    for length in 0..=300 {
        let id = "1234567".repeat(43)[..length].to_owned();
        // At other places for each length, and always near both ends.
        let places = (0..length).filter(|at| length < 40 || at % 7 == length % 7 || *at < 4 || at + 4 > length);
        let others = places.map(|at| [&id[..at], "\0", &id[at + 1..]].concat());
        let ids: Vec<(String, &str)> = others.map(|other| (other, "before")).chain([(id.clone(), &*id)]).collect();
        let block = |id: &str| format!("id: before\ndata: a\n\nid: {id}\nevent: e\ndata: b\n\n").into_bytes();
        let mut parts: Vec<Vec<u8>> = ids.iter().map(|(id, _)| block(id)).collect();
        parts.push(b": c\n".repeat(20));
        let expected = ids.iter().flat_map(|(_, id)| [event((M, "a", "before")), event(("e", "b", id))]);
        assert_eq!(check_parts(DEFAULT, &parts).events(), expected.collect::<Vec<_>>(), "{length}");
    }
}
