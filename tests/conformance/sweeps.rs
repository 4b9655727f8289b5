//! Lines of every length, and cuts at every place: at whatever length or place a decoder goes another way, a stream means
//! what it means.

use sse_wire::DecodeOptions;

use crate::support::{
    Event, check, check_cut,
    few::{at_most, few},
    reference,
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
    for length in few(0..=300) {
        let text = "x".repeat(length);
        for end in at_most(1, ENDS) {
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
        for (kind, (start, text)) in at_most(1, kinds.into_iter().enumerate()) {
            let line = [start, &text.repeat(length)].concat();
            let around = BEFORE.iter().flat_map(|before| AFTER.map(|after| (before, after)));
            // All of them each time would take long; the next length and the next kind have the next ones.
            let step = if length > 300 { 16 } else { 4 };
            let around = around.skip((length + kind) % step).step_by(step);
            // Two line ends in a chunk of their own, so that each starts anew.
            let parts =
                at_most(4, around).flat_map(|(before, after)| [[*before, &line, after].concat(), "\n\n".into()]);
            check_parts(DEFAULT, &parts.map(String::into_bytes).collect::<Vec<_>>());
        }
    }
}

#[test]
fn several_lines_of_any_length_are_joined() {
    for (end, first) in [("\n", "x"), ("\r\n", "x"), ("\r", "x"), ("\n", "é"), ("\n", "data:")] {
        for length in at_most(1, lengths()) {
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
    for length in few(0..=300) {
        let id = "1234567".repeat(43)[..length].to_owned();
        // At other places for each length, and always near both ends.
        let places = (0..length).filter(|at| length < 40 || at % 7 == length % 7 || *at < 4 || at + 4 > length);
        let others = at_most(3, places).map(|at| [&id[..at], "\0", &id[at + 1..]].concat());
        let ids: Vec<(String, &str)> = others.map(|other| (other, "before")).chain([(id.clone(), &*id)]).collect();
        let block = |id: &str| format!("id: before\ndata: a\n\nid: {id}\nevent: e\ndata: b\n\n").into_bytes();
        let mut parts: Vec<Vec<u8>> = ids.iter().map(|(id, _)| block(id)).collect();
        parts.push(b": c\n".repeat(20));
        let expected = ids.iter().flat_map(|(_, id)| [event((M, "a", "before")), event(("e", "b", id))]);
        assert_eq!(check_parts(DEFAULT, &parts).events(), expected.collect::<Vec<_>>(), "{length}");
    }
}

#[test]
fn events_of_one_line_and_of_several_may_alternate() {
    const SEVERAL: [&[&str]; 6] = [
        &["data: a", "data: b", ""],
        &["event: e", "data: a", ""],
        &["id: 7", "event: e", "data: a", ""],
        &["data", "data: b", "id", ""],
        &["retry: 5", "data: a", ": c", "data", ""],
        &["data: a", "event: e", "id: 8", ""],
    ];
    for (end, other) in at_most(2, ENDS.into_iter().flat_map(|end| ENDS.map(|other| (end, other)))) {
        let one = with_ends(&["data: x", ""], end);
        let stream: String = SEVERAL.iter().flat_map(|lines| [one.clone(), with_ends(lines, other)]).collect();
        let events = check(DEFAULT, stream.as_bytes()).events();
        let data = ["x", "a\nb", "x", "a", "x", "a", "x", "\nb", "x", "a\n", "x", "a"];
        assert_eq!(events.iter().map(|event| &*event.data).collect::<Vec<_>>(), data);
    }
}

#[test]
fn events_of_one_line_and_of_several_may_alternate_whatever_their_lengths() {
    for (length, end) in few(lengths().flat_map(|length| ENDS.map(|end| (length, end)))) {
        let text = "x".repeat(length);
        let [data, event_type, id] = ["data: ", "event: ", "id: "].map(|start| [start, &text].concat());
        let several: [&[&str]; 6] = [
            &[&data, "data: b", ""],
            &["data: a", &data, ""],
            &["event: e", &data, ""],
            &[&event_type, "data: a", ""],
            &[&id, "data: a", ""],
            &[&data, "id: 7", ""],
        ];
        let mut parts = Vec::new();
        for (lines, one) in several.into_iter().zip(["data: y", &data].into_iter().cycle()) {
            parts.push(with_ends(&[one, ""], end).into_bytes());
            parts.push(with_ends(lines, end).into_bytes());
        }
        assert_eq!(check_parts(DEFAULT, &parts).events().len(), 12, "{length}, {end:?}");
    }
}

/// Lines that show nothing, and what they go on with: it may look like a field.
const SILENT: [(&str, &str); 5] = [(": ", "c"), (":", "data: a "), ("foo: ", "x"), ("foo:", "data:x"), ("", "x")];

/// A silent line of that length before, between and after events of one line and of several.
fn among_silent_lines((start, text): (&str, &str), length: usize, end: &str) -> Vec<Vec<u8>> {
    let silent = with_ends(&[&[start, &text.repeat(length)[..length]].concat()], end);
    let (one, several) = (["data: x", ""], ["event: e", "data: y", "data", ""]);
    let [one, several] = [with_ends(&one, end), with_ends(&several, end)];
    let parts = [&silent, &several, &silent, &one, &silent, &silent, &one, &several, &silent];
    parts.map(|part| part.clone().into_bytes()).to_vec()
}

#[test]
fn comments_and_unknown_fields_of_any_length_are_nothing_to_events() {
    let events = [("e", "y\n", ""), (M, "x", ""), (M, "x", ""), ("e", "y\n", "")].map(event);
    for length in lengths() {
        for (kind, silent) in at_most(1, SILENT.into_iter().enumerate()) {
            let end = ENDS[(length + kind) % ENDS.len()];
            let parts = among_silent_lines(silent, length, end);
            assert_eq!(check_parts(DEFAULT, &parts).events(), events, "{silent:?}, {length}, {end:?}");
        }
    }
}

#[test]
fn comments_and_unknown_fields_may_be_cut_anywhere() {
    let kinds = SILENT.into_iter().flat_map(|silent| ENDS.map(|end| (silent, end)));
    for (length, (silent, end)) in few((0..=64).zip(kinds.cycle())) {
        let stream = among_silent_lines(silent, length, end).concat();
        let expected = reference::decode(&stream, DEFAULT);
        for at in at_most(1, 0..=stream.len()) {
            let (head, tail) = stream.split_at(at);
            check_cut(DEFAULT, &expected, &[head, tail]);
        }
    }
}

#[test]
fn a_crlf_may_be_cut_at_any_place_of_its_chunk() {
    let before = "id: 1\r\ndata: several\r\ndata: lines\r\n\r\ndata: one line\r\n\r\n: a comment\r\n\r\n".repeat(2);
    for start in ["data: ", "id: ", "event: ", ": ", ""] {
        // A blank line has no text. A long line has no other line in its chunk.
        let lengths: &[usize] = if start.is_empty() { &[0] } else { &[0, 1, 10, 40, 150] };
        for &length in at_most(1, lengths) {
            let line = [start, &"x".repeat(length)].concat();
            let (head, tail) = ([&before, "data: a\r\n", &line, "\r"].concat(), "\n\r\ndata: next\r\n\r\n");
            let stream = [&head, tail].concat();
            let expected = reference::decode(stream.as_bytes(), DEFAULT);
            for offset in at_most(3, 0..=130) {
                let (first, chunk) = head.as_bytes().split_at(head.len() - 1 - offset);
                let tail = tail.as_bytes();
                check_cut(DEFAULT, &expected, &[first, chunk, tail]);
                check_cut(DEFAULT, &expected, &[first, chunk, b"", &tail[..1], &tail[1..]]);
            }
        }
    }
}

#[test]
fn a_name_may_be_cut_at_each_of_its_bytes_and_a_part_of_it_is_no_name() {
    let names = ["data", "event", "id", "retry"];
    let parts_of = |name: &'static str| (0..=name.len()).map(move |length| (name, &name[..length]));
    for (name, part) in few(names.into_iter().flat_map(parts_of)) {
        for (value, end) in at_most(1, ["", ":", ": ", ":7"].into_iter().flat_map(|value| ENDS.map(|end| (value, end))))
        {
            let line = [part, value].concat();
            let stream = with_ends(&["data: x", "", &line, "data: y", ""], end);
            // At every split, so that a whole name is cut as well.
            let outcome = check(DEFAULT, stream.as_bytes());
            check(DEFAULT, with_ends(&["data: x", &line], end).trim_end().as_bytes());
            let value = value.trim_start_matches([':', ' ']);
            let is_named = |field: &str| name == field && part == name;
            let data = if is_named("data") { [value, "y"].join("\n") } else { "y".to_owned() };
            let event_type = if is_named("event") && !value.is_empty() { value } else { M };
            let id = if is_named("id") { value } else { "" };
            assert_eq!(outcome.events(), [event((M, "x", "")), event((event_type, &data, id))], "{stream:?}");
            assert_eq!(outcome.reconnection_time.is_some(), is_named("retry") && !value.is_empty(), "{stream:?}");
        }
    }
}
