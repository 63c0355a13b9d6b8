//! Time of the model: a week, a run, and what an agent costs from small worlds to large ones.
//!
//! The world with futures is the one of 500 agents and one contract of 13 months in five sessions a week, for which the
//! project has a budget of time: 250 ms a run, better 100; without futures 100 ms, better 50. Its desks are those that the
//! cobalt world's rules give it: 71 traders, and one for each part of a firm that hedges or carries. Neither budget is met:
//! with futures a run takes 2.6 times as long as without, 562 ms where the physical world takes 214 and 405 where it takes
//! 147. It was five times before desks were asked only in months in which they may write, three before the house went by who
//! holds or trades something.
//!
//! In its 67,795 auctions 1.9 million times a desk is asked for a month; 5.0 million orders come of it, 73 in an auction, of
//! which 17 fill (seed 1): sessions cost 63 ns an order, all told. Were each part as quick as it is meant to be (16 ns to
//! write an order, as in the hand-written loop of `peers`, 0.5 µs for an auction of 30, 40 µs to clear a stage, 60 ns for an
//! agent's rules), a run would still take 275 ms: 250 need fewer orders, which is another model.

mod grown;

use std::cell::RefCell;
use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use grown::{agents, cobalt, cobalt_futures, desks, grown, grown_with_futures};
use oreworld::calendar::Week;
use oreworld::model::Model;
use oreworld::record::{Recorder, TABLES};
use oreworld::setup::Setup;
use oreworld::step::Phase;

/// Seven years, as long as the cobalt world's experiments.
const RUN: Week = 364;

/// Twenty years.
const TWENTY_YEARS: Week = 1_043;

/// Weeks after which a world has settled.
const WARM: Week = 100;

#[expect(clippy::disallowed_methods, reason = "a bench looks at the clock")]
fn now() -> Instant {
    Instant::now()
}

/// A world stepped through its years again and again; only weeks within `weeks` are timed.
struct Years {
    setup: Setup,
    weeks: Range<Week>,
    prepare: fn(&mut Model),
    model: Model,
}

impl Years {
    fn new(setup: Setup, weeks: Range<Week>, prepare: fn(&mut Model)) -> Self {
        let model = Model::new(&setup, 1);
        let mut years = Self { setup, weeks, prepare, model };
        years.begin();
        years
    }

    fn begin(&mut self) {
        self.model = Model::new(&self.setup, 1);
        (self.prepare)(&mut self.model);
        run(&mut self.model, self.weeks.start);
    }

    /// Steps so many weeks.
    fn step(&mut self, weeks: u64) -> Duration {
        let (mut left, mut spent) = (weeks, Duration::ZERO);
        while left > 0 {
            if self.model.week() >= self.weeks.end {
                self.begin();
            }
            let stretch = left.min(u64::from(self.weeks.end - self.model.week()));
            let begun = now();
            run(&mut self.model, stretch as Week);
            spent += begun.elapsed();
            left -= stretch;
        }
        spent
    }
}

fn run(model: &mut Model, weeks: Week) {
    for _ in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("{fault}"));
    }
}

fn week(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("week");
    let worlds = [
        ("cobalt", cobalt()),
        ("cobalt with futures", cobalt_futures()),
        ("500 agents", grown(500)),
        ("500 agents with futures", grown_with_futures(500, false)),
        ("500 agents with futures and options", grown_with_futures(500, true)),
    ];
    for (name, setup) in worlds {
        let mut years = Years::new(setup, WARM..RUN, |_| ());
        group.bench_function(name, |bench| bench.iter_custom(|weeks| years.step(weeks)));
    }
    group.finish();
}

fn whole_run(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("run");
    group.sample_size(20);
    let cobalt = cobalt();
    group.bench_function("cobalt, 7 years", |bench| bench.iter(|| alone(black_box(&cobalt), RUN)));
    group.bench_function("cobalt, 7 years, hash of every week", |bench| bench.iter(|| hashed(black_box(&cobalt), RUN)));
    group.bench_function("cobalt, 7 years, all tables", |bench| bench.iter(|| recorded(black_box(&cobalt), RUN)));
    let large = grown(500);
    group.bench_function("500 agents, 20 years", |bench| bench.iter(|| alone(black_box(&large), TWENTY_YEARS)));
    let traded = grown_with_futures(500, false);
    let name = format!("500 agents, 20 years, futures with {} desks", desks(&traded));
    group.bench_function(name, |bench| bench.iter(|| alone(black_box(&traded), TWENTY_YEARS)));
    group.finish();
}

fn alone(setup: &Setup, weeks: Week) -> Model {
    let mut model = Model::new(setup, 1);
    run(&mut model, weeks);
    model
}

fn hashed(setup: &Setup, weeks: Week) -> u64 {
    let mut model = Model::new(setup, 1);
    let mut all = 0;
    for _ in 0..weeks {
        run(&mut model, 1);
        all ^= model.state_hash();
    }
    all
}

fn recorded(setup: &Setup, weeks: Week) -> usize {
    let mut model = Model::new(setup, 1);
    let mut recorder = Recorder::new(setup, TABLES);
    for _ in 0..weeks {
        run(&mut model, 1);
        recorder.observe(&model);
    }
    recorder.finish().len()
}

/// A week per agent: flat when nothing grows faster than the number of agents.
fn agent_week(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("agent-week");
    group.sample_size(10);
    for count in [500, 1_000, 10_000, 100_000] {
        // Settled longer or shorter: what differs is what is measured.
        let weeks = if count > 10_000 { 20..60 } else { WARM..RUN };
        let mut years = Years::new(grown(count), weeks, |_| ());
        group.throughput(Throughput::Elements(agents(&years.setup) as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bench| {
            bench.iter_custom(|weeks| years.step(weeks));
        });
    }
    group.finish();
}

/// Groups of phases that are timed apart.
const PARTS: [(&str, &[Phase]); 5] = [
    ("produce", &[Phase::Produce]),
    ("plan", &[Phase::Plan]),
    ("order", &[Phase::Order]),
    ("all rules", &[Phase::Shock, Phase::Decree, Phase::Produce, Phase::Plan, Phase::Order]),
    ("clear", &[Phase::Clear]),
];

/// When the last phase ended, and how long each has taken in all.
struct Laps {
    since: Instant,
    spent: [Duration; Phase::ALL.len()],
}

thread_local! {
    static LAPS: RefCell<Laps> = RefCell::new(Laps { since: now(), spent: Default::default() });
}

fn lap(phase: Phase) {
    LAPS.with_borrow_mut(|laps| {
        let now = now();
        laps.spent[phase as usize] += now - laps.since;
        laps.since = now;
    });
}

/// What the phases of a week cost per agent: agents' rules before the markets clear, and the clearing itself.
fn phases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("phases, 500 agents");
    let mut years = Years::new(grown(500), WARM..RUN, |model| model.watch(lap));
    group.throughput(Throughput::Elements(agents(&years.setup) as u64));
    for (name, phases) in PARTS {
        group.bench_function(name, |bench| {
            bench.iter_custom(|weeks| {
                let mut spent = Duration::ZERO;
                for _ in 0..weeks {
                    if years.model.week() >= years.weeks.end {
                        years.begin();
                    }
                    LAPS.set(Laps { since: now(), spent: Default::default() });
                    run(&mut years.model, 1);
                    spent += LAPS
                        .with_borrow(|laps| phases.iter().map(|&phase| laps.spent[phase as usize]).sum::<Duration>());
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, week, whole_run, agent_week, phases);
criterion_main!(benches);
