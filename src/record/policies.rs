//! `policies`: what policies that report did in the week.

use super::{Observer, Sheet, ids};
use crate::model::Model;
use crate::policy::Decree;
use crate::policy::report::Report;
use crate::setup::Setup;

pub(super) struct Policies {
    /// Key of every policy, with its nation and its place among the names.
    policies: Vec<(u64, usize, usize)>,
}

/// Ids of all policies of a world, each once.
fn names(setup: &Setup) -> Vec<String> {
    let mut names: Vec<String> =
        setup.nations.iter().flat_map(|nation| &nation.policies).map(|(id, _)| id.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Policies {
    pub(super) fn new(setup: &Setup) -> Self {
        let names = names(setup);
        let mut policies = Vec::new();
        for (nation, of) in setup.nations.iter().enumerate() {
            for (id, _) in &of.policies {
                let place = names.iter().position(|name| name == id.as_str()).expect("bug: a policy without a name");
                policies.push((Decree::key_of(&of.id, id), nation, place));
            }
        }
        Self { policies }
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let keys = vec![("nation", ids(&setup.nations, |nation| &nation.id)), ("policy", names(setup))];
        Sheet::new(name, keys, &["active", "touched_t", "cost_usd"])
    }
}

impl Observer for Policies {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        let mut rows: Vec<([usize; 2], Report)> = Vec::new();
        model.each::<(&Decree, &Report)>(|(decree, report)| {
            let of = self.policies.iter().find(|(key, nation, _)| (*key, *nation) == (decree.key, decree.nation));
            let (_, nation, place) = of.expect("bug: a decree that is no policy");
            rows.push(([*nation, *place], *report));
        });
        rows.sort_unstable_by_key(|(keys, _)| *keys);
        for (keys, report) in rows {
            sheet.row(keys, [report.active, report.tonnes, report.cost.currency()]);
        }
    }
}
