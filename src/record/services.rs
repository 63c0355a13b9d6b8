//! `services`: share of each technology, and its metal against the start, by service.

use super::{Observer, Sheet, ids};
use crate::market::Markets;
use crate::model::{Agents, Model};
use crate::service::Service;
use crate::setup::Setup;

pub(super) struct Services {
    /// Place of each service's first technology in the column of technologies.
    first: Vec<usize>,
    agents: Agents<&'static Service>,
}

impl Services {
    pub(super) fn new(setup: &Setup) -> Self {
        let places = setup.services.iter().scan(0, |next, service| {
            let first = *next;
            *next += service.technologies.len();
            Some(first)
        });
        Self { first: places.collect(), agents: Agents::default() }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let service = ("service", ids(&setup.services, |service| &service.id));
        let technologies = setup.services.iter().flat_map(|service| ids(&service.technologies, |one| &one.id));
        Sheet::new(name, vec![service, ("technology", technologies.collect())], &["share", "unit_cost_usd"])
    }
}

impl Observer for Services {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let markets = model.world().resource::<Markets>();
        self.agents.each(model, |service| {
            for (place, share) in service.shares.iter().enumerate() {
                let key = [service.index, self.first[service.index] + place];
                sheet.row(key, [*share, service.unit_cost(place, markets)]);
            }
        });
    }
}
