//! The clock: rounds over everything, and of each contender the fastest run.
//!
//! On a machine that others use, too, noise only ever adds time: the minimum is what repeats. A round goes through all
//! races, so that a slow second costs some of them a round and none of them its result. In a race the contenders take
//! turns, in an order that changes, so that such a second hits everybody.

use std::time::{Duration, Instant};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    /// In each round a contender runs until it has had so long...
    pub(crate) least: Duration,
    /// ...and sits out a round if it has had more than so long for each of those before.
    pub(crate) most: Duration,
    /// Who is quadratic gets a stream on which one run takes about so long.
    pub(crate) longest_run: Duration,
}

/// Those who do the same work, each in its own way.
pub(crate) type Race = Vec<Task>;

/// One contender in a race.
pub(crate) struct Task {
    run: Box<dyn FnMut() -> Duration>,
    /// The fastest run of each round; `None` where it sat out.
    rounds: Vec<Option<Duration>>,
    spent: Duration,
    /// What is left of its time in this round.
    left: Duration,
}

impl Task {
    pub(crate) fn new(mut run: impl FnMut() + 'static) -> Self {
        Self::self_timed(move || time(&mut run))
    }

    /// For work with a preparation that does not count.
    pub(crate) fn self_timed(run: impl FnMut() -> Duration + 'static) -> Self {
        Self { run: Box::new(run), rounds: Vec::new(), spent: Duration::ZERO, left: Duration::ZERO }
    }

    /// The time of the fastest run, in nanoseconds.
    pub(crate) fn nanos(&self) -> f64 {
        self.rounds().flatten().fold(f64::MAX, f64::min)
    }

    /// The time of the fastest run of each round, in nanoseconds; `None` where it sat out.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = Option<f64>> {
        self.rounds.iter().map(|time| time.map(|time| time.as_nanos() as f64))
    }

    fn start_round(&mut self, plan: Plan) {
        let rounds = u32::try_from(self.rounds.len()).expect("few");
        let may_run = self.spent <= plan.most * rounds;
        self.left = if may_run { plan.least } else { Duration::ZERO };
        self.rounds.push(None);
    }

    fn has_time(&self) -> bool {
        self.left > Duration::ZERO
    }

    fn go(&mut self) {
        let mut found = Duration::MAX;
        // The preparation does not count, but it takes its time.
        let spent = time(|| found = (self.run)());
        self.spent += spent;
        self.left = self.left.saturating_sub(spent);
        let best = self.rounds.last_mut().expect("a round has been started");
        *best = Some(best.map_or(found, |best| best.min(found)));
    }
}

/// How long something takes.
pub(crate) fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// Runs all of them, in rounds.
pub(crate) fn run_all(plan: Plan, races: &mut [Race]) {
    for round in 0..plan.rounds as usize {
        for race in &mut *races {
            run_round(plan, round, race);
        }
    }
}

/// One run at a time, so that no branch predictor has the stream to itself for long.
fn run_round(plan: Plan, round: usize, race: &mut [Task]) {
    race.iter_mut().for_each(|task| task.start_round(plan));
    while race.iter().any(Task::has_time) {
        for index in order(round, race.len()) {
            if race[index].has_time() {
                race[index].go();
            }
        }
    }
}

/// Rotated, and every other round turned around: nobody always runs after the same neighbour.
fn order(round: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |step| {
        let step = if round.is_multiple_of(2) { step } else { count - step };
        (round + step) % count
    })
}
