//! The clock: interleaved rounds, and of each contender the fastest run.
//!
//! On a machine that others use, too, noise only ever adds time: the minimum is what repeats. All run in every round,
//! in an order that changes, so that a slow second hits everybody.

use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// At least so many rounds...
    pub(crate) rounds: usize,
    /// ...and at least so long, since short runs need more of them...
    pub(crate) least: Duration,
    /// ...but not longer, for all together...
    pub(crate) most: Duration,
    /// ...and for one contender, beyond its first run.
    pub(crate) most_each: Duration,
}

impl Plan {
    /// For one race of so many.
    pub(crate) fn part_of(self, races: usize) -> Self {
        let share = |time: Duration| time / u32::try_from(races).expect("few");
        let Self { rounds, least, most, most_each } = self;
        let [least, most, most_each] = [least, most, most_each].map(share);
        Self { rounds: rounds.div_ceil(races), least, most, most_each }
    }
}

/// One contender in a race.
pub(crate) struct Task<'a> {
    run: Box<dyn FnMut() -> Duration + 'a>,
    best: Duration,
    spent: Duration,
}

impl<'a> Task<'a> {
    pub(crate) fn new(mut run: impl FnMut() + 'a) -> Self {
        Self::self_timed(move || time(&mut run))
    }

    /// For work with a preparation that does not count.
    pub(crate) fn self_timed(run: impl FnMut() -> Duration + 'a) -> Self {
        Self { run: Box::new(run), best: Duration::MAX, spent: Duration::ZERO }
    }

    /// The time of the fastest run, in nanoseconds.
    pub(crate) fn nanos(&self) -> f64 {
        self.best.as_nanos() as f64
    }

    fn go(&mut self) {
        let time = (self.run)();
        self.best = self.best.min(time);
        self.spent += time;
    }
}

/// How long something takes.
pub(crate) fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// Runs all of them in rounds.
pub(crate) fn race(plan: Plan, tasks: &mut [Task<'_>]) {
    let start = Instant::now();
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    for round in 0.. {
        let elapsed = start.elapsed();
        if (round >= plan.rounds && elapsed >= plan.least) || (round > 0 && elapsed >= plan.most) {
            return;
        }
        for &index in &order {
            let task = &mut tasks[index];
            if round == 0 || task.spent < plan.most_each {
                task.go();
            }
        }
        // Rotated, and every other round turned around: nobody always runs behind the same neighbour.
        order.rotate_left(1);
        order.reverse();
    }
}
