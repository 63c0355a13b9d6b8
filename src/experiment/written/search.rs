//! A search for settings that serve some aims best, as files write it.

use super::{Experiment, Factor, Limits, Measure, Seeds};
use crate::calendar::Date;
use crate::experiment::written::{Design, Sample};
use crate::id::Id;
use crate::world_file::decode::{At, Keyed, Raw};
use crate::world_file::record::{choice, record};
use crate::world_file::value::{Count, Edition, Level, Real, Seed, Text, Units};
use crate::world_file::written::Label;

record! {
    /// A search for the settings of a world that serve some aims best; run by `oreworld optimize`.
    pub struct Search as "Search" {
        /// Edition of this format; there is only 1 so far.
        schema: At<Edition>,
        /// Id of the search.
        id: Id,
        /// What people read.
        label: Label,
        /// What it asks.
        question: Label,
        /// Policy levers that it moves, such as "G5".
        levers: Vec<At<String>> = "[]",
        /// World file, from the folder of this file on.
        world: At<Text>,
        /// Last day on which a week of a run may begin.
        until: At<Date>,
        /// Seeds that every setting is run with.
        seeds: Seeds,
        /// Seeds, none of them among `seeds`, with which the best settings are run again: a search picks what was lucky.
        confirm: At<Seeds>,
        /// What is set in the world for all settings, before anything else: values by path.
        set: Keyed<String, Raw> = "{}",
        /// Circumstances under each of which every setting is run; the world as it is when left out.
        scenarios: Keyed<Id, Circumstances> = "{}",
        /// What is searched: values of the world, and between what they may lie. Distributions say where the first settings lie;
        /// later ones may lie anywhere between the ends.
        factors: Keyed<Id, Factor>,
        /// What is measured of every run.
        outcomes: Keyed<Id, Measure>,
        /// What is aimed at: one aim gives the best setting, several give the settings of which none is better in all.
        objectives: At<Vec<Objective>>,
        /// What a setting must keep to.
        constraints: Vec<Bound> = "[]",
        /// How it is searched.
        method: Method,
        /// What the search may cost.
        limits: Limits = "()",
    }
}

record! {
    /// Circumstances that nobody who sets the factors controls.
    pub struct Circumstances as "Circumstances" {
        /// What people read.
        label: Label,
        /// What is set in the world, after what is set for all: values by path, none of them a factor's unless that is a `Scale(..)`.
        set: Keyed<String, Raw> = "{}",
    }
}

choice! {
    /// What is aimed at.
    pub enum Objective as "an objective" {
        /// As little as can be.
        Minimize(Aim),
        /// As much as can be.
        Maximize(Aim),
    }
}

record! {
    /// An outcome over runs.
    pub struct Aim as "Aim" {
        /// Id of the outcome.
        outcome: At<Id>,
        /// What is taken of it over scenarios and seeds.
        across: Across = "Mean",
    }
}

choice! {
    /// What is taken of an outcome over scenarios and seeds.
    pub enum Across as "what is taken over runs" {
        /// The mean over all.
        Mean,
        /// The scenario in which its mean over seeds is worst.
        WorstScenario,
        /// The worst of all runs.
        WorstRun,
    }
}

choice! {
    /// What a setting must keep to; settings that do not come after all that do, the less they break it the better.
    pub enum Bound as "a constraint" {
        /// No more than this.
        AtMost(Limit),
        /// No less than this.
        AtLeast(Limit),
    }
}

record! {
    /// A limit to an outcome.
    pub struct Limit as "OutcomeLimit" {
        /// Id of the outcome.
        outcome: At<Id>,
        /// The limit, in the outcome's unit.
        value: Real,
        /// What is taken of the outcome over scenarios and seeds.
        across: Across = "Mean",
    }
}

choice! {
    /// How settings are searched.
    pub enum Method as "a method of search" {
        /// NSGA-II, an evolutionary search (Deb et al. 2002), and a coordinate search from where it ends.
        Nsga2(Evolution),
    }
}

record! {
    /// An evolutionary search: settings that are better or lonelier have more offspring; parents and offspring compete.
    pub struct Evolution as "Nsga2" {
        /// Settings in a generation, and most in the front: at least 4.
        population: At<Count>,
        /// Generations after the first, which is a Latin hypercube over the factors and the world as written, where they can say it.
        generations: Units,
        /// Rounds of coordinate search afterwards: from the best setting for each objective every factor is moved up and down alone, and
        /// what helped is moved together; steps shrink when nothing helps.
        polish: Units = "0",
        /// Seed of the search's own randomness.
        seed: Seed = "1",
        /// Index of crossover of numbers: the larger, the nearer offspring lie to their parents.
        crossover: Level = "15",
        /// Index of mutation of numbers: the larger, the smaller the changes.
        mutation: Level = "20",
    }
}

impl Search {
    /// The experiment that runs settings in all scenarios: its design is the first generation.
    ///
    /// Without scenarios there is one, the world as it is.
    #[must_use]
    pub fn experiment(self) -> Experiment {
        let Method::Nsga2(evolution) = &self.method;
        let design = Design::LatinHypercube(Sample { points: evolution.population.clone(), seed: evolution.seed });
        let design = At { value: design, origin: evolution.population.origin.clone() };
        let circumstances = |(id, of): (At<Id>, Circumstances)| {
            let arm = super::Arm { label: of.label, set: of.set, destroys: Vec::new() };
            (id, arm)
        };
        let mut arms = Keyed(self.scenarios.0.into_iter().map(circumstances).collect(), self.scenarios.1);
        let first = arms.0.first().map(|(id, _)| id).or(arms.1.first()).cloned();
        let baseline = first.unwrap_or_else(|| {
            let id = At { value: as_it_is(), origin: self.objectives.origin.clone() };
            let label = Label { zh: Text("世界现状".to_owned()), en: Text("The world as it is".to_owned()) };
            arms.0.push((id.clone(), super::Arm { label, set: Keyed(Vec::new(), Vec::new()), destroys: Vec::new() }));
            id
        });
        Experiment {
            schema: self.schema,
            id: self.id,
            label: self.label,
            question: self.question,
            levers: self.levers,
            world: self.world,
            until: self.until,
            seeds: self.seeds,
            baseline,
            set: self.set,
            arms,
            factors: self.factors,
            design: Some(design),
            limits: self.limits,
            outcomes: self.outcomes,
            facts: Vec::new(),
            record: Some(super::Record { tables: Vec::new() }),
        }
    }
}

/// Id of the one scenario of a search that names none.
fn as_it_is() -> Id {
    Id::new("as-it-is").expect("bug: no id")
}
