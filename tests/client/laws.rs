//! Law 14, as a property test: where the server can resume, nothing is lost and nothing comes twice, over any sequence
//! of breaks.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use proptest::{collection::vec, prelude::*};
use sse_wire::{
    Item,
    client::{EventSourceOptions, Notice},
    reconnect::{ReconnectOptions, StopReason},
};

use super::world::{Answer, Step, World};

/// What becomes of one attempt.
#[derive(Clone, Debug)]
enum Fate {
    Refused,
    Silent,
    Status(u16),
    /// So much of what is to come arrives, in pieces of this size, and then it goes wrong like this.
    Cut {
        part: f64,
        piece: usize,
        then: Then,
    },
}

#[derive(Clone, Copy, Debug)]
enum Then {
    End,
    Break,
    Silence,
}

/// What its user does between two polls.
#[derive(Clone, Copy, Debug)]
enum User {
    Waits,
    Restarts,
    /// Something else goes on for so many seconds.
    IsBusy(u64),
}

fn fate() -> impl Strategy<Value = Fate> {
    let then = prop_oneof![Just(Then::End), Just(Then::Break), Just(Then::Silence)];
    let cut = (0.0..1.0_f64, 1..40_usize, then).prop_map(|(part, piece, then)| Fate::Cut { part, piece, then });
    prop_oneof![1 => Just(Fate::Refused), 1 => Just(Fate::Silent), 1 => Just(Fate::Status(503)), 6 => cut]
}

fn user() -> impl Strategy<Value = User> {
    prop_oneof![
        12 => Just(User::Waits),
        1 => Just(User::Restarts),
        1 => (0..100_u64).prop_map(User::IsBusy),
    ]
}

/// The event with this number, in one of several forms.
fn event(number: usize) -> String {
    let data = number * 7;
    match number % 5 {
        0 => format!("id: {number}\ndata: {data}\n\n"),
        1 => format!(": about {number}\r\ndata: {data}\r\nid: {number}\r\n\r\n"),
        2 => format!("event: tick\rdata: {data}\rid: {number}\r\r"),
        // An ID without an event, which moves the client on as well.
        3 => format!("id: {number}\n\n\n"),
        _ => format!("id: not this one\nretry: {}\nid:{number}\ndata: {data}\ndata\n\n", number * 100),
    }
}

/// What somebody sees who loses nothing.
fn whole(count: usize) -> Vec<(String, String)> {
    let seen = (1..=count).filter(|number| number % 5 != 3);
    seen.map(|number| (number.to_string(), format!("{}{}", number * 7, if number % 5 == 4 { "\n" } else { "" })))
        .collect()
}

fn steps(fate: &Fate, rest: &str) -> Answer {
    let (part, piece, then) = match *fate {
        Fate::Refused => return Answer::Error("refused"),
        Fate::Silent => return Answer::Silence,
        Fate::Status(status) => return Answer::Other(status, &[("retry-after", "7")], "busy"),
        Fate::Cut { part, piece, then } => (part, piece, then),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "a part")]
    let len = (rest.len() as f64 * part) as usize;
    let chunks = rest.as_bytes()[..len].chunks(piece).map(|chunk| Step::Chunk(chunk.to_vec().into()));
    let end = match then {
        Then::End => None,
        Then::Break => Some(Step::Break),
        Then::Silence => Some(Step::Silence),
    };
    Answer::Stream(chunks.chain(end).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 256 }))]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        count in 1..40_usize,
        fates in vec(fate(), 0..12),
        users in vec(user(), 0..80),
        seed in any::<u64>(),
    ) {
        let world = World::default();
        let reconnect = ReconnectOptions::new().with_retried_statuses([503]).with_seed(seed);
        let options = EventSourceOptions::new()
            .with_reconnect(reconnect)
            .with_idle_timeout(Duration::from_secs(40))
            .with_connect_timeout(Duration::from_secs(30));
        let mut fates = fates.into_iter();
        // It can resume: whoever has this ID gets what comes after.
        let mut client = world.client_of(options, move |attempt| {
            let last: usize = if attempt.last_event_id().is_empty() { 0 } else { attempt.last_event_id().parse().expect("ours") };
            if last == count {
                return Answer::Other(204, &[], "");
            }
            let rest: String = (last + 1..=count).map(event).collect();
            let whole = Fate::Cut { part: 1.0, piece: 17, then: Then::End };
            steps(&fates.next().unwrap_or(whole), &rest)
        });
        let (mut users, mut seen) = (users.into_iter(), Vec::new());
        loop {
            match client.next().now_or_never() {
                Some(Some(Notice::Item(Item::Event(event)))) => {
                    seen.push((event.last_event_id().to_owned(), event.data().to_owned()));
                }
                Some(Some(_)) => {}
                Some(None) => break,
                // The future was dropped before it was ready.
                None => prop_assert!(world.clock.advance(), "it waits for what never comes"),
            }
            match users.next().unwrap_or(User::Waits) {
                User::Waits => {}
                User::Restarts => client.restart(),
                User::IsBusy(seconds) => world.clock.advance_by(Duration::from_secs(seconds)),
            }
        }
        prop_assert_eq!(seen, whole(count));
        prop_assert_eq!(client.stop_reason(), Some(StopReason::NoContent));
        prop_assert_eq!(world.clock.waiting(), 0);
    }
}
