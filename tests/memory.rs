//! What the crate allocates and what it retains, counted by the allocator of this program.

mod counting;
mod support;

use std::{fmt::Write as _, time::Duration};

use bytes::{Buf, Bytes};
use counting::{KEPT, Taker, measure, shared};
use sse_wire::{DecodeOptions, Decoder, Frame, InvalidField, Utf8Bytes};
use support::{BROUGHT_ALONG, Driver};

/// Part of a stream that comes again and again, and how many events and how many items it has.
type Block = (&'static [u8], usize, usize);

/// Events whose data is one line.
const CONTIGUOUS: &[Block] = &[
    (include_bytes!("data/chat.sse"), 55, 57),
    (b"data: 1\n\n", 1, 1),
    ("data: 안녕하세요, 세계\n\n".as_bytes(), 1, 1),
    (b"id: 9\nevent: tick\ndata: {\"n\":9}\n\nid: 10\nevent: message\ndata: {\"n\":10}\n\n", 2, 2),
    // The ID of the first event is that of the others as well.
    (b"id: 0123456789\ndata: 1\n\ndata: 2\n\nevent: tick\ndata: 3\n\n", 3, 3),
    (b"id: 1\r\nevent: tick\r\ndata: 1\r\n\r\n: still here\r\n\r\ndata: 2\r\n\r\n", 2, 3),
];

/// Events that have to be put together wherever they are cut.
const SCATTERED: &[Block] = &[
    (b"data: one\ndata: two\ndata\ndata: four\n\n", 1, 1),
    (b"event: tick\r\nid: 7\r\ndata: one\r\ndata: two\r\n\r\n", 1, 1),
    (b"data: one\rdata: two\r\r", 1, 1),
    (b"data: \xFF\xFEx\xE2\x82\nid: \xFF\nevent: \xF0\x9F\x98\ndata: \xED\xA0\x80\n\n", 1, 1),
    ("data: 첫째 줄\ndata: 둘째 줄\nid: 글\n\n".as_bytes(), 1, 1),
    (b": still here\n: and \xFF here\nretry: 3000\nfoo: bar\n\n: again\ndata: 1\n\n", 1, 5),
];

#[test]
fn nothing_is_allocated_for_lent_events_in_steady_state() {
    // A tool result that takes many chunks, or one large one.
    let large: &'static [u8] = format!("data: {}\n\n", "x".repeat(40_000)).leak().as_bytes();
    for &(block, events, items) in CONTIGUOUS.iter().chain(SCATTERED).chain([&(large, 1, 1)]) {
        let times = 40_000 / block.len() + 1;
        let stream = shared(block.repeat(times));
        let lines = String::from_utf8_lossy(block).replace("\r\n", "\n").matches(['\r', '\n']).count();
        // Whole, a large read, an Ethernet frame, and what proxies give that trickle.
        for cut in [usize::MAX, 16 * 1024, 1460, 128, 10, 7, 1] {
            for mut taker in Taker::all(DecodeOptions::new()) {
                let shown = match taker {
                    Taker::Events(Driver::Decode, _) => events,
                    Taker::Events(Driver::DecodeItem, _) => items,
                    Taker::Events(..) => continue,
                    Taker::Lines(_) => lines,
                };
                // Large chunks cut few values, and buffers may change places: each is to have had its turn.
                for _ in 0..4 {
                    taker.feed_all(&stream, cut);
                }
                let (seen, cost) = measure(|| taker.feed_all(&stream, cut));
                let about = format!("{}, cut at {cut}: {}", taker.name(), block.escape_ascii());
                assert_eq!((seen, cost.allocations), ((shown * times, 0), 0), "{about}");
            }
        }
    }
}

#[test]
fn nothing_is_allocated_for_lent_events_of_50_kb_with_types_and_ids_of_2_kb() {
    let (line, short) = ("x".repeat(400), "7".repeat(2000));
    let lines = format!("data: {line}\n").repeat(50_000 / 401);
    let rows = [
        format!("data: {}\n\n", "x".repeat(50_000)),
        format!("{lines}\n"),
        format!("event: {short}\nid: {short}\n{lines}\n: {short}\ndata: x\n\n"),
        // Each line sets another ID, and so the buffers of both have to hold it.
        format!("id: {short}\ndata: 1\n\nid: {short}8\ndata: 2\n\nid\ndata: 3\n\n"),
    ];
    for stream in rows.map(|row| shared(row.into_bytes())) {
        for cut in [usize::MAX, 16 * 1024, 1460, 128, 10, 7, 1] {
            for driver in [Driver::Decode, Driver::DecodeItem] {
                let mut taker = Taker::Events(driver, Decoder::new());
                for _ in 0..4 {
                    taker.feed_all(&stream, cut);
                }
                let ((seen, errors), cost) = measure(|| taker.feed_all(&stream, cut));
                let about = format!("{}, {} bytes, cut at {cut}: {cost:?}", taker.name(), stream.len());
                assert!(seen > 0 && errors == 0 && cost.allocations == 0, "{about}");
            }
        }
    }
}

#[test]
fn the_first_event_that_shares_a_vec_has_it_made_shareable() {
    let block = format!("data: {}\n\n", "x".repeat(200));
    let (mut chunk, mut decoder) = (Bytes::from(block.repeat(10).into_bytes()), Decoder::new());
    for expected in [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] {
        let (event, cost) = measure(|| decoder.decode_bytes(&mut chunk).expect("valid"));
        assert!(event.is_some() && cost.allocations == expected, "{cost:?}");
    }
}

#[test]
fn nothing_is_allocated_for_owned_events_that_are_whole_in_the_chunk() {
    for &(block, events, _) in CONTIGUOUS {
        let stream = shared(block.repeat(10));
        let mut taker = Taker::Events(Driver::DecodeBytes, Decoder::new());
        taker.feed_all(&stream, usize::MAX);
        let (seen, cost) = measure(|| taker.feed_all(&stream, usize::MAX));
        assert_eq!((seen, cost.allocations), ((events * 10, 0), 0), "{}", block.escape_ascii());
    }
}

#[test]
fn encoding_allocates_nothing_and_shared_bytes_once() -> Result<(), InvalidField> {
    let payload = shared("line of payload\r\n".repeat(4000).into_bytes());
    let text = Utf8Bytes::try_from(payload.clone()).expect("ASCII");
    let head = Frame::new().comment("a\nb").event_type("tick")?.id("7")?.retry(Duration::MAX);
    for frame in [Frame::new(), head, head.data(""), head.data("one\ntwo"), head.data(&text), Frame::new().data("x")] {
        let length = frame.encoded_len();
        let mut buffer = Vec::with_capacity(length);
        let ((), cost) = measure(|| frame.encode(&mut buffer));
        assert_eq!((buffer.len(), cost.allocations), (length, 0), "encode");
        let (joined, cost) = measure(|| frame.pieces().map(<[u8]>::len).sum::<usize>() + frame.encoded_len());
        assert_eq!((joined, cost.allocations), (2 * length, 0), "pieces and encoded_len");
        let (bytes, cost) = measure(|| frame.to_encoded());
        assert!(bytes.len() == length && cost.allocations <= 1, "to_encoded: {cost:?}");
        // Handed out to many, it is as large as it has to be.
        assert!(cost.retained <= length.cast_signed(), "to_encoded: {cost:?}");
    }
    let mut buffer = Vec::with_capacity(100);
    let (written, cost) = measure(|| {
        let mut writer = head.without_data().data_writer(&mut buffer);
        let written = write!(writer, "{}\r\n{}\n", 1, 2.5);
        writer.finish();
        written
    });
    assert_eq!((written, cost.allocations, buffer.ends_with(b"data: 1\ndata: 2.5\ndata: \n\n")), (Ok(()), 0, true));
    // Neither the buf nor a clone has a copy of the payload: just the head of the frame, how it is shared, and
    // where the next lines stand.
    let (buf, cost) = measure(|| head.without_data().shared_data(text));
    assert!(cost.peak <= 768, "shared_data: {cost:?}");
    let (mut clone, cost) = measure(|| buf.clone());
    assert!(cost.peak <= 768, "clone: {cost:?}");
    let ((), cost) = measure(|| clone.advance(buf.remaining()));
    assert_eq!((cost.allocations, clone.remaining()), (0, 0), "advance");
    Ok(())
}

#[test]
fn memory_that_a_large_event_took_is_given_back() {
    let big = "x".repeat(1 << 20);
    let half = &big[..1 << 19];
    let invalid = [b"data: ", &b"\xFF".repeat(340_000)[..], b"\n\n"].concat();
    let rows: &[(&str, Vec<u8>)] = &[
        ("a line of data", format!("data: {big}\n\n").into()),
        ("two lines of data", format!("data: {half}\ndata: {half}\n\n").into()),
        ("a type and an ID", format!("event: {half}\nid: {half}\ndata: x\n\n").into()),
        ("a type and an ID without data", format!("event: {half}\nid: {half}\n\n").into()),
        ("an ID that is inherited", format!("id: {big}\ndata: x\n\ndata: y\n\n").into()),
        ("IDs", format!("id: {half}\nid: {half}\ndata: x\n\nid: {half}\ndata: x\n\n").into()),
        ("a comment", format!(": {big}\ndata: x\n\n").into()),
        ("an unknown field", format!("foo: {big}\ndata: x\n\n").into()),
        ("data to replace", invalid),
    ];
    // With the smaller limit, most of these events are rejected.
    let limits = [DecodeOptions::new(), DecodeOptions::new().with_max_event_len(300_000)];
    let runs = limits.into_iter().flat_map(|options| rows.iter().map(move |row| (options, row)));
    let failed = runs.flat_map(|(options, (name, stream))| {
        let stream = shared(stream.clone());
        [usize::MAX, 1460].into_iter().flat_map(move |cut| not_given_back(name, options, &stream, cut))
    });
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn an_event_of_any_size_leaves_no_more_than_what_is_kept() {
    let text = "x".repeat(200_000);
    // Each octave in eight steps: buffers double, and each may be kept up to a size of its own.
    let sizes = (10..17).flat_map(|power| (8..16).map(move |eighths| (eighths << power) / 8));
    let one = sizes.map(|size| format!("data: {}\n\n", &text[..size]));
    let several = (20_000..=60_000).step_by(5_000).flat_map(|size| [1_000, 2_000, 4_000].map(|short| (size, short)));
    let several = several.map(|(size, short)| {
        let (data, short) = (&text[..size], &text[..short]);
        format!("event: {short}\nid: {short}\n: {short}\ndata: {data}\ndata: x\n\n").repeat(3)
    });
    let failed = one.chain(several).flat_map(|stream| {
        let name = format!("{} bytes", stream.len());
        not_given_back(&name, DecodeOptions::new(), &shared(stream.into()), 1460)
    });
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Where more is retained after the stream and a small event than what may be kept.
fn not_given_back(name: &str, options: DecodeOptions, stream: &Bytes, cut: usize) -> Vec<String> {
    let mut failed = Vec::new();
    for small in ["event: t\nid: 1\ndata: x\n\n", "id\ndata: x\ndata: y\n\n"] {
        let small = shared(small.into());
        for mut taker in Taker::all(options) {
            let ((), cost) = measure(|| {
                taker.feed_all(stream, cut);
                assert_eq!(taker.feed_all(&small, cut).1, 0);
            });
            let about = format!("{}, {name}, cut at {cut}, then {small:?}", taker.name());
            if cost.retained > KEPT {
                failed.push(format!("{about}: {cost:?}"));
            }
            let ((), dropped) = measure(|| drop(taker));
            assert_eq!(cost.retained + dropped.retained, 0, "{about}");
        }
    }
    failed
}

#[test]
fn an_owned_event_has_the_memory_that_it_needs() {
    for length in (0..=300).chain((1..=60).map(|step| step * 1_000)) {
        let mut decoder = Decoder::new();
        let mut own = |length: usize| {
            let stream = shared(format!("data: {}\ndata\n\n", "x".repeat(length)).into());
            let consumed = stream.len();
            (decoder.decode_bytes(&mut stream.clone()).expect("valid").expect("whole"), consumed)
        };
        // The buffer that the first event took may be kept, and is not to go with the next one as it is.
        assert_eq!(own(40_000).0.data().len(), 40_001);
        let ((event, consumed), _) = measure(|| own(length));
        assert_eq!(event.data().len(), length + 1);
        let ((), dropped) = measure(|| drop(event));
        // A short event brings its text along; for others, buffers double.
        let most = if consumed <= BROUGHT_ALONG { 0 } else { 2 * length + 100 };
        assert!(dropped.retained.unsigned_abs() <= most, "{length}: {dropped:?}");
    }
}

#[test]
fn an_event_whose_type_came_before_has_the_memory_that_it_needs() {
    for length in [200, 1_000, 3_000, 10_000, 30_000, 60_000, 100_000, 1_000_000] {
        let head = shared("event: tick\n".into());
        let rest = shared(format!("data: {}\n\n", "x".repeat(length)).into());
        let mut decoder = Decoder::new();
        let (event, cost) = measure(|| {
            assert_eq!(decoder.decode_bytes(&mut head.clone()), Ok(None));
            decoder.decode_bytes(&mut rest.clone()).expect("valid").expect("whole")
        });
        assert_eq!((event.event_type(), event.data().len()), ("tick", length));
        let ((), dropped) = measure(|| drop(event));
        assert!(dropped.retained.unsigned_abs() < length + 100, "{length}: {dropped:?}");
        assert!(cost.peak.unsigned_abs() < 3 * length + 4096, "{length}: {cost:?}");
    }
}

#[test]
fn events_of_several_lines_share_an_id() {
    let (id, line) = ("7".repeat(1500), "x".repeat(100));
    let stream = format!("id: {id}\n{}", format!("data: {line}\ndata: {line}\n\n").repeat(100));
    let (events, cost) = measure(|| {
        let (mut decoder, mut input) = (Decoder::new(), shared(stream.into()));
        std::iter::from_fn(|| decoder.decode_bytes(&mut input).expect("valid")).collect::<Vec<_>>()
    });
    assert!(events.len() == 100 && events.iter().all(|event| event.last_event_id() == id));
    // The first has the ID with its data, the others one between them.
    let own = 100 * (size_of_val(&events[0]) + 201 + 100);
    assert!(cost.retained < own.cast_signed() + 5_000, "{cost:?}");
}

#[test]
fn a_short_event_keeps_no_chunk_alive() {
    for length in 0..=300 {
        let event = format!("data: {}\n\n", "x".repeat(length));
        let keeps_chunk = event.len() > BROUGHT_ALONG;
        let stream = event + &": a comment\n".repeat(100);
        let (event, cost) = measure(|| {
            let mut chunk = Bytes::from(stream.clone());
            Decoder::new().decode_bytes(&mut chunk).expect("valid").expect("whole")
        });
        assert_eq!(event.data().len(), length);
        assert_eq!(cost.retained >= 1000, keeps_chunk, "{length}: {cost:?}");
    }
}

#[test]
fn memory_of_what_was_cut_off_is_given_back() {
    let text = "x".repeat(1 << 18);
    let stream = shared(format!("event: {text}\nid: {text}\n: {text}\ndata: {text}\ndata: {text}").into());
    for is_finished in [false, true] {
        for mut taker in Taker::all(DecodeOptions::new()) {
            let ((), cost) = measure(|| {
                taker.feed_all(&stream, 1460);
                if is_finished {
                    assert!(taker.finish());
                }
                taker.reset();
            });
            assert!(cost.peak >= 1 << 18 && cost.retained <= KEPT, "{}: {cost:?}", taker.name());
        }
    }
}

#[test]
fn a_decoder_does_not_keep_chunks_alive() {
    for end in
        ["", "data: cut", "event: tick\nid: 7\ndata: x\nda", "id: 8\n\ndata: x\n", ": hi", "event: tick\nid: 9\n"]
    {
        for start in ["", "id: 6\nevent: tick\ndata: 1\n\ndata: 2\n\n"] {
            let mut decoder = Decoder::new();
            let mut events = Vec::with_capacity(4);
            let ((), cost) = measure(|| {
                let mut chunk = shared(format!("{start}data: {}\n\n{end}", "x".repeat(1 << 18)).into());
                while let Some(event) = decoder.decode_bytes(&mut chunk).expect("valid") {
                    events.push(event);
                }
                drop(chunk);
            });
            assert!(cost.retained >= 1 << 18, "events share the chunk: {cost:?}");
            let ((), dropped) = measure(|| events.clear());
            assert!(cost.retained + dropped.retained <= 4 * 1024, "{start:?}, {end:?}: {cost:?}, {dropped:?}");
        }
    }
}

#[test]
fn a_large_event_that_is_put_together_takes_two_allocations_at_most() {
    for length in [60_000, 100_000, 1_000_000, 3_000_000] {
        let lines = "x".repeat(1000) + "\n";
        let data: String = lines.repeat(length / lines.len()).replace('\n', "\ndata: ");
        for event in [format!("data: {}\n\n", "x".repeat(length)), format!("event: tick\ndata: {data}\n\n")] {
            let stream = shared(event.into_bytes());
            for cut in [16 * 1024, 1460] {
                let mut taker = Taker::Events(Driver::DecodeBytes, Decoder::new());
                // How large the events of a stream are is known once there was one.
                taker.feed_all(&stream, cut);
                let (seen, cost) = measure(|| taker.feed_all(&stream, cut));
                assert!(seen == (1, 0) && cost.allocations <= 2, "{length} bytes, cut at {cut}: {cost:?}");
            }
        }
    }
}
