//! `projects`: how far each mine or plant that may be built has come, what it cost and what it promises.

use super::{Observer, Sheet, ids};
use crate::model::Model;
use crate::project::{Project, STAGES};
use crate::setup::Setup;
use crate::units::{Mass, Quantum};

pub(super) struct Projects {
    capacities: Vec<(Quantum, Mass)>,
}

impl Projects {
    pub(super) fn new(setup: &Setup) -> Self {
        let mines = setup.mines.iter().filter(|mine| mine.project.is_some());
        let mines = mines.map(|mine| (setup.mineral_of(mine.market).quantum, mine.capacity_per_year));
        let plants = setup.plants.iter().filter(|plant| plant.project.is_some());
        let plants = plants.map(|plant| (setup.mineral_of(plant.product).quantum, plant.capacity_per_year));
        Self { capacities: mines.chain(plants).collect() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let mines = setup.mines.iter().filter(|mine| mine.project.is_some()).map(|mine| &mine.id);
        let plants = setup.plants.iter().filter(|plant| plant.project.is_some()).map(|plant| &plant.id);
        let projects: Vec<_> = mines.chain(plants).collect();
        let project = ("project", ids(&projects, |id| id));
        let stage = ("stage", STAGES.map(str::to_owned).to_vec());
        let reals = [
            "capacity_t_per_year",
            "built_t_per_year",
            "spent_usd",
            "invested_usd",
            "loan_usd",
            "written_off_usd",
            "worth",
            "hurdle",
        ];
        Sheet::new(name, vec![project, stage], &reals)
    }
}

impl Observer for Projects {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        model.each::<&Project>(|project| {
            let (quantum, capacity) = self.capacities[project.index];
            let capacity = quantum.tonnes(capacity);
            let reals = [
                capacity,
                capacity * project.progress.built(&project.rule),
                project.spent.currency(),
                project.invested.currency(),
                project.loan.currency(),
                project.written_off.currency(),
                project.look.0,
                project.look.1,
            ];
            sheet.row([project.index, project.progress.place().0], reals);
        });
    }
}
