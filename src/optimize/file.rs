//! From a search file, and the world that it names, to a checked search.

use std::path::Path;

use crate::experiment::factor::{Amount, Factor, Over};
use crate::experiment::file::{Asks, Changes, Read, load_as};
use crate::experiment::written::{self as file, Method, Search as Written};
use crate::experiment::{Experiment, Seeds};
use crate::id::Id;
use crate::sweep::factors::stands;
use crate::world_file::decode::{At, Cx, Origin};
use crate::world_file::problem::{Problems, unknown_name};
use crate::world_file::source::Sources;
use crate::world_file::tree::Node;

use super::evolve::{Evolution, Gene};
use super::score::{Across, Aim, Bound};

/// Fewest settings of a generation: two pairs of parents.
const LEAST: u32 = 4;

/// A checked search.
#[derive(Debug)]
pub struct Search {
    /// The runs of a setting: its arms are the scenarios, its factors what is searched, its design the first generation.
    pub experiment: Experiment,
    /// What is aimed at.
    pub objectives: Vec<Aim>,
    /// What a setting must keep to.
    pub bounds: Vec<Bound>,
    /// Seeds with which the front is run again.
    pub confirm: Seeds,
    /// How it is searched.
    pub evolution: Evolution,
    /// Rounds of coordinate search afterwards.
    pub polish: u32,
    /// Texts of the files, by which worlds with settings are checked.
    pub sources: Sources,
}

/// A search that has been looked at.
#[derive(Debug)]
pub struct Loaded {
    /// The search, or the texts for messages that quote them.
    pub search: Result<Search, Sources>,
    /// Errors and warnings.
    pub problems: Problems,
}

/// What a search file says beyond an experiment.
#[derive(Debug)]
pub(crate) struct Rest {
    objectives: Vec<Aim>,
    bounds: Vec<Bound>,
    confirm: Seeds,
    evolution: Evolution,
    polish: u32,
}

impl Asks for Written {
    const NAME: &'static str = "Search";
    type Rest = Rest;

    fn parts(self, cx: &mut Cx) -> (file::Experiment, Option<Rest>) {
        let before = cx.count();
        let rest = self.rest(cx);
        let sound = cx.count() == before;
        (self.experiment(), sound.then_some(rest))
    }
}

impl Written {
    fn rest(&self, cx: &mut Cx) -> Rest {
        let place = |id: &At<Id>, cx: &mut Cx| {
            let names: Vec<&str> = self.outcomes.keys().into_iter().map(Id::as_str).collect();
            if !names.contains(&id.value.as_str()) && !self.outcomes.is_unread(cx) {
                let (what, instead) = unknown_name("outcome", id.value.as_str(), &names);
                cx.error_at(&id.origin, what, instead.unwrap_or_else(|| "write it in `outcomes`".to_owned()));
            }
            self.outcomes.iter().position(|(known, _)| known.value == id.value)
        };
        let mut objectives: Vec<Aim> = Vec::new();
        for objective in self.objectives.iter() {
            let (aim, maximize) = match objective {
                file::Objective::Minimize(aim) => (aim, false),
                file::Objective::Maximize(aim) => (aim, true),
            };
            let Some(outcome) = place(&aim.outcome, cx) else { continue }; // reported, here or with the outcome
            let found = Aim { outcome, across: across(&aim.across), maximize };
            if objectives.iter().any(|other| (other.outcome, other.across) == (found.outcome, found.across)) {
                cx.error_at(&aim.outcome.origin, "it is aimed at twice", "keep one of the two");
            }
            objectives.push(found);
        }
        if self.objectives.is_empty() {
            cx.error_at(
                &self.objectives.origin,
                "there is nothing to aim at",
                "write such as [Minimize(outcome: \"cost\")]",
            );
        }
        let mut bounds = Vec::new();
        for bound in &self.constraints {
            let (limit, at_least) = match bound {
                file::Bound::AtMost(limit) => (limit, false),
                file::Bound::AtLeast(limit) => (limit, true),
            };
            let Some(outcome) = place(&limit.outcome, cx) else { continue };
            // What must not fall short is worst where it is least, as what is maximized.
            let of = Aim { outcome, across: across(&limit.across), maximize: at_least };
            bounds.push(Bound { of, limit: limit.value.0 });
        }
        if self.factors.keys().is_empty() {
            cx.error_at(&self.objectives.origin, "there is nothing to search", "write at least one of `factors`");
        }
        let confirm = Seeds { first: u64::from(self.confirm.first.0), count: self.confirm.count.0 };
        let (first, count) = (u64::from(self.seeds.first.0), u64::from(self.seeds.count.0));
        let numbers = [&self.confirm, &self.seeds].map(|seeds| (&seeds.first.origin, &seeds.count.origin));
        let unread = numbers.iter().any(|(first, count)| cx.is_replaced(first) || cx.is_replaced(count));
        if !unread && confirm.first < first + count && first < confirm.first + u64::from(confirm.count) {
            let instead = format!("write (first: {}, count: {})", first + count, confirm.count);
            cx.error_at(&self.confirm.origin, "some of the seeds are those of the search", instead);
        }
        let Method::Nsga2(method) = &self.method;
        if method.population.0 < LEAST {
            let what = format!("a population of {}", method.population.0);
            cx.error_at(&method.population.origin, what, format!("write at least {LEAST}"));
        }
        let evolution = Evolution {
            population: method.population.0 as usize,
            generations: method.generations.0,
            seed: u64::from(method.seed.0),
            crossover: method.crossover.0,
            mutation: method.mutation.0,
        };
        Rest { objectives, bounds, confirm, evolution, polish: method.polish.0 }
    }
}

const fn across(written: &file::Across) -> Across {
    match written {
        file::Across::Mean => Across::Mean,
        file::Across::WorstScenario => Across::WorstScenario,
        file::Across::WorstRun => Across::WorstRun,
    }
}

/// Reads and checks a search and its world in every scenario. All problems come at once.
#[must_use]
pub fn load(path: &Path, changes: &Changes) -> Loaded {
    let Read { sources, asked, problems, .. } = load_as::<Written>(path, changes);
    let search = match asked.filter(|_| !problems.has_errors()) {
        None => Err(sources),
        Some((experiment, Rest { objectives, bounds, confirm, evolution, polish })) => {
            Ok(Search { experiment, objectives, bounds, confirm, evolution, polish, sources })
        }
    };
    Loaded { search, problems }
}

impl Search {
    /// What the coordinates of a setting are, factor by factor.
    #[must_use]
    pub fn genes(&self) -> Vec<Gene> {
        let gene = |factor: &Factor| match &factor.over {
            Over::Choice(values) => Gene::Choice { of: values.len(), ordered: factor.is_number() },
            _ => Gene::Number,
        };
        self.experiment.design.factors.iter().map(gene).collect()
    }

    /// Coordinates of the world as written, where factors can say it and it is the same in all scenarios.
    #[must_use]
    pub fn as_written(&self) -> Option<Vec<f64>> {
        let design = &self.experiment.design;
        let place = |factor: &Factor| {
            if factor.scaled.is_some() {
                return factor.over.place_of(&Amount { unit: None, number: 1.0 }.node(factor.span));
            }
            let mut cx = Cx::new(&self.sources);
            let mut places =
                design.worlds.iter().flat_map(|world| factor.paths.iter().map(move |path| (&world.root, path)));
            let mut of = |(world, (path, origin)): (&Node, &(String, Origin))| {
                factor.over.place_of(&stands(world, path, origin, &mut cx)?)
            };
            let first = of(places.next()?)?;
            places.all(|next| of(next) == Some(first)).then_some(first)
        };
        design.factors.iter().map(place).collect()
    }

    /// Runs of a setting: scenarios × seeds.
    #[must_use]
    pub fn runs_of_a_setting(&self) -> u64 {
        self.experiment.arms.len() as u64 * u64::from(self.experiment.seeds.count)
    }

    /// Settings that a round of coordinate search may propose.
    pub(super) fn most_in_a_round(&self) -> u64 {
        let moves = |gene: &Gene| match gene {
            Gene::Choice { of, ordered: false } => *of as u64 - 1,
            _ => 2,
        };
        self.objectives.len() as u64 * (1 + self.genes().iter().map(moves).sum::<u64>())
    }

    /// The most runs that it may take: settings found again are not run again.
    #[must_use]
    pub fn most_runs(&self) -> u64 {
        let population = self.evolution.population as u64;
        let settings = 2
            + population * (1 + u64::from(self.evolution.generations))
            + u64::from(self.polish) * self.most_in_a_round();
        let again = (1 + population) * self.experiment.arms.len() as u64 * u64::from(self.confirm.count);
        settings * self.runs_of_a_setting() + again
    }
}
