//! What the decoders take at most, whatever a peer sends, counted by the allocator of this program.

mod counting;
mod support;

use counting::{KEPT, Taker, measure, shared};
use sse_wire::{DecodeOptions, Decoder};
use support::{DRIVERS, Driver};

/// What never ends: how it starts, what follows again and again, and what a decoder of events keeps of it.
type Endless = (&'static str, &'static [u8], Kept);

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kept {
    /// Everything, up to the limit, and then there is one error.
    Values,
    /// Comments, up to the limit, if they are to be shown. No error.
    Comments,
    /// Nothing at all, or what replaces what was there.
    Nothing,
}
use Kept::{Comments, Nothing, Values};

/// Long lines, or one.
const LONG: &[Endless] = &[
    ("data: ", b"x", Values),
    ("event: tick\nid: 7\ndata: x\ndata: ", b"x", Values),
    ("data: ", "한".as_bytes(), Values),
    // Each byte grows to three when it is replaced.
    ("data: ", b"\xFF", Values),
    ("id: ", b"x", Values),
    ("id: ", b"\0", Values),
    ("event: ", b"x", Values),
    (": ", b"x", Comments),
    ("data: x\n: ", b"\xFF", Comments),
    ("foo: ", b"x", Nothing),
    ("", b"x", Nothing),
    ("data", b"x", Nothing),
    ("retry: ", b"0", Nothing),
    ("", b"\xEF\xBB\xBF", Nothing),
    (
        "",
        b"data: a line of 100 bytes, so that there need not be too many of them to come to an end of the limit\n",
        Values,
    ),
];

/// Short lines.
const SHORT: &[Endless] = &[
    ("", b"id: 12345678\nid: 2\n", Nothing),
    ("", b"data: x\n", Values),
    ("", b"data\n", Values),
    ("", b"data: \xFF\xFF\xFF\xFF\n", Values),
    ("", b"event: tick\nevent\n", Nothing),
    ("", b": still here\n", Nothing),
    ("", b"retry: 1\r", Nothing),
    ("", b"\xEF\xBB\xBF\r\n", Nothing),
    ("", b"id: 1\nevent: tick\ndata: \xFF\ndata: 2\n\n", Nothing),
];

#[test]
fn what_never_ends_takes_no_more_than_a_small_limit() {
    // The rows, the limit, the length of the stream and of its chunks. Of the first rows, there is much more than
    // enough.
    let runs = [
        (&LONG[..1], 64 * 1024, 16 << 20, 1460),
        (&SHORT[..1], 64 * 1024, 4 << 20, 1460),
        (LONG, 64 * 1024, 1 << 20, 1460),
        (SHORT, 64 * 1024, 1 << 20, 1460),
        (LONG, 4 * 1024, 64 * 1024, 7),
        (SHORT, 4 * 1024, 64 * 1024, 7),
        (LONG, 4 * 1024, 64 * 1024, 1),
        (SHORT, 4 * 1024, 64 * 1024, 1),
    ];
    let failed = runs.into_iter().flat_map(|(rows, limit, length, cut)| {
        endless_past_limit(rows, DecodeOptions::new().with_max_event_len(limit), length, cut, 8 * 1024)
    });
    let failed = failed.collect::<Vec<_>>();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn what_never_ends_takes_no_more_than_the_limit_that_there_is_by_default() {
    // Enough to pass the limit, and no more: there are many of them.
    let failed = endless_past_limit(LONG, DecodeOptions::new(), 17 << 20, 1460, 1 << 20);
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Feeds that much of each endless stream. Returns where the peak passes what may be kept and some slack, or the errors
/// are wrong.
fn endless_past_limit(
    rows: &[Endless],
    options: DecodeOptions,
    length: usize,
    cut: usize,
    slack: usize,
) -> Vec<String> {
    let mut failed = Vec::new();
    for &(start, unit, kept) in rows {
        let start_bytes = shared(start.into());
        // A whole number of chunks, so that the stream goes on in the next round as in this one.
        let round = shared(unit.repeat(cut));
        for mut taker in Taker::all(options) {
            let (is_kept, errors) = match taker {
                Taker::Lines(_) => (true, !unit.ends_with(b"\n") && !unit.ends_with(b"\r")),
                Taker::Events(driver, _) if driver.shows_items() => (kept != Nothing, kept == Values),
                Taker::Events(..) => (kept == Values, kept == Values),
            };
            let most = if is_kept { options.max_event_len() + slack } else { slack };
            let (seen, cost) = measure(|| {
                let errors = taker.feed_all(&start_bytes, cut).1;
                (0..=length / round.len()).fold(errors, |errors, _| errors + taker.feed_all(&round, cut).1)
            });
            if cost.peak > most.cast_signed() || seen != usize::from(errors) {
                failed.push(format!("{}, {start:?}, {}: {seen} errors, {cost:?}", taker.name(), unit.escape_ascii()));
            }
        }
    }
    failed
}

#[test]
fn bytes_that_grow_when_they_are_replaced_stay_within_the_limit() {
    const LIMIT: usize = 1 << 20;
    // One U+FFFD is three bytes long.
    for (length, fits) in [(LIMIT / 3, true), (LIMIT / 3 + 1, false), (LIMIT, false)] {
        let value = b"\xFF".repeat(length);
        for (start, is_shown) in [(&b"data: "[..], true), (b"id: ", false), (b"event: ", false), (b": ", true)] {
            let stream = shared([start, &value, b"\n\n"].concat());
            let is_comment = start == b": ";
            for cut in [usize::MAX, 1460, 7] {
                for driver in DRIVERS {
                    let options = DecodeOptions::new().with_max_event_len(LIMIT);
                    let mut taker = Taker::Events(driver, Decoder::with_options(options));
                    let (seen, cost) = measure(|| taker.feed_all(&stream, cut));
                    let is_shown = is_shown && fits && (!is_comment || driver.shows_items());
                    let about = format!("{driver:?}, {length} in {}, cut at {cut}: {cost:?}", start.escape_ascii());
                    assert_eq!(seen, (usize::from(is_shown), usize::from(!fits && !is_comment)), "{about}");
                    // The event is the caller's, and the next buffer is there already.
                    assert!(cost.peak <= LIMIT.cast_signed() + KEPT + 1024, "{about}");
                }
            }
        }
    }
}

#[test]
fn with_the_last_event_id_a_decoder_takes_three_times_the_limit_and_four_times_if_it_shares_it() {
    const LIMIT: usize = 1 << 20;
    // At a half or a quarter, and a bit, buffers have just doubled.
    let (full, half, quarter) =
        ("x".repeat(LIMIT - 16), "x".repeat((LIMIT >> 1) + 100), "x".repeat((LIMIT >> 2) + 100));
    let rows = [
        ("data", format!("data: {full}\n\ndata: {full}\n\n")),
        ("another ID", format!("id: {full}\n\nid: {full}\n\nid: {full}\n\n")),
        ("data after an ID", format!("id: {full}\n\ndata: {full}\n\n")),
        ("data with an ID that is inherited", format!("id: {full}\n\ndata\n\ndata: {full}\n\n")),
        ("another ID to share", format!("id: {full}\n\ndata\n\nid: {half}\ndata: {}\n\ndata\n\n", &half[300..])),
        ("a type and a comment", format!("id: {full}\n\nevent: {quarter}\n: {quarter}\ndata: x\n\n")),
        ("all", format!("id: {full}\n\nid: {quarter}\nevent: {quarter}\ndata: {quarter}\ndata\n\n")),
        (
            "an ID and a type, twice",
            format!("id: {full}\n\nid: {quarter}\nevent: {quarter}\nevent: {quarter}\nid: x\ndata\n\n"),
        ),
    ];
    let mut failed = Vec::new();
    for (name, stream) in rows {
        let stream = shared(stream.into());
        for cut in [usize::MAX, 1460, 128] {
            for mut taker in Taker::all(DecodeOptions::new().with_max_event_len(LIMIT)) {
                let ((_, errors), cost) = measure(|| taker.feed_all(&stream, cut));
                assert_eq!(errors, 0, "{name} fits");
                let times = match taker {
                    Taker::Events(Driver::Decode | Driver::DecodeItem, _) | Taker::Lines(_) => 3,
                    Taker::Events(..) => 4,
                };
                if cost.peak > times * LIMIT.cast_signed() + KEPT + 1024 {
                    failed.push(format!("{}, {name}, cut at {cut}: {cost:?}", taker.name()));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
