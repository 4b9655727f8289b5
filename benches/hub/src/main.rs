//! The hub beside tokio's broadcast and a ring, as servers write it by hand: the same events and IDs, the same bodies, in
//! one process. There are no sockets, which would cost far more than either.
//!
//! ```text
//! cargo run --release -p hub-bench               10,000 subscribers; two minutes
//! cargo run --release -p hub-bench -- 1000 2     so many subscribers, and so many rounds
//! ```
//!
//! The rounds go from one to the other, so that both see the same machine; what is shown are medians, and how far the
//! ratio moved from round to round. Each hundredth subscriber checks that nothing is missing and nothing comes twice.

mod heap;
mod run;
mod ways;

use std::{env, time::Duration};

use sse_wire::hub::Hub;

use self::{
    run::{Outcome, Pace, memory, run},
    ways::{ByHand, Way},
};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (subscribers, rounds) = (arguments.next().unwrap_or(10_000), arguments.next().unwrap_or(5));
    println!("{subscribers} subscribers, {rounds} rounds, {} against {}", Hub::NAME, ByHand::NAME);
    for (name, pace) in [("1,000 events a second", Pace::Rate(1000)), ("saturation", Pace::Saturation)] {
        let (mut hub, mut by_hand) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            hub.push(run::<Hub>(subscribers, pace, DURATION).await);
            by_hand.push(run::<ByHand>(subscribers, pace, DURATION).await);
        }
        println!("\n{name}");
        row("published, a second", &hub, &by_hand, |outcome| outcome.published);
        row("delivered, a second", &hub, &by_hand, |outcome| outcome.delivered);
        row("CPU, ns a delivery", &hub, &by_hand, |outcome| outcome.cpu);
        row("latency, p50, ms", &hub, &by_hand, |outcome| outcome.p50.as_secs_f64() * 1000.0);
        row("latency, p99, ms", &hub, &by_hand, |outcome| outcome.p99.as_secs_f64() * 1000.0);
    }
    let ((hub, hub_body), (by_hand, by_hand_body)) = (memory::<Hub>(subscribers), memory::<ByHand>(subscribers));
    println!(
        "\nbytes for a subscriber that waits: {hub} against {by_hand}; with its body {hub_body} against {by_hand_body}"
    );
}

/// Medians, and the ratio of each round.
fn row(name: &str, hub: &[Outcome], by_hand: &[Outcome], value: impl Fn(&Outcome) -> f64) {
    let ratios: Vec<f64> = hub.iter().zip(by_hand).map(|(hub, by_hand)| value(hub) / value(by_hand)).collect();
    let of = |outcomes: &[Outcome]| median(outcomes.iter().map(&value).collect());
    let (least, most) =
        ratios.iter().fold((f64::MAX, f64::MIN), |(least, most), &ratio| (least.min(ratio), most.max(ratio)));
    let (hub, by_hand, ratio) = (of(hub), of(by_hand), median(ratios));
    println!("  {name:<20} {hub:>14.1} {by_hand:>14.1}   ratio {ratio:.2} ({least:.2} to {most:.2})");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Of what is measured in a round.
const DURATION: Duration = Duration::from_secs(4);
