//! Substitution program: research paid by the state, which makes substitutes ready earlier and for more uses. Lever D3.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::calendar::Week;
use crate::ledger::{Ledger, OUTSIDE};
use crate::math;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::demand::DemandTerms;
use crate::units::{Money, WEEKS_PER_YEAR};

/// Research into substitutes for a mineral.
#[derive(Component, Debug, Clone)]
pub struct SubstitutionProgram {
    /// When it is known and spends.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// Indices into [`crate::setup::Setup::sectors`] of those that it helps; all of the nation when empty.
    pub sectors: Vec<usize>,
    /// Spent a year.
    pub spend_per_year: Money,
    /// Spending at which 63 % of the effect is reached.
    pub scale: Money,
    /// Weeks from spending to effect.
    pub lead_weeks: Week,
    /// Rise of the long-run elasticity at full effect, as a share of it.
    pub elasticity_gain: f64,
    /// Fall of the price above which use switches, as a share of its excess over the opening price, at full effect.
    pub threshold_cut: f64,
    /// Rise of the speed at which use adapts and switches at full effect, as a share of it.
    pub speed_gain: f64,
}

impl SubstitutionProgram {
    /// What is spent in a week.
    fn weekly(&self) -> Money {
        Money::nearest(self.spend_per_year.real() / WEEKS_PER_YEAR)
    }

    /// Share of the full effect in a week: 1 − e^(−s/S).
    ///
    /// s spent until `lead_weeks` ago, S scale. What is known stays known when the spending ends.
    #[must_use]
    pub fn effect(&self, week: Week) -> f64 {
        let end = self.window.until.unwrap_or(Week::MAX);
        let weeks = week.saturating_sub(self.lead_weeks).min(end).saturating_sub(self.window.begins());
        1.0 - math::exp(-f64::from(weeks) * self.weekly().real() / self.scale.real())
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    mut ledger: ResMut<Ledger>,
    mut treasuries: ResMut<Treasuries>,
    mut terms: ResMut<DemandTerms>,
    programs: Query<(&Decree, &SubstitutionProgram)>,
) {
    for (decree, program) in &programs {
        if program.window.binds(clock.week) {
            treasuries.spend(decree.nation, OUTSIDE, program.weekly(), &mut ledger);
        }
        let effect = program.effect(clock.week);
        let named = |index: &usize| program.sectors.is_empty() || program.sectors.contains(index);
        for (_, _, terms) in terms.of(decree.nation, program.mineral).filter(|(index, ..)| named(index)) {
            terms.elasticity *= 1.0 + program.elasticity_gain * effect;
            terms.threshold *= 1.0 - program.threshold_cut * effect;
            terms.speed *= 1.0 + program.speed_gain * effect;
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::SubstitutionProgram;
    use crate::calendar::Date;
    use crate::policy::{sectors_of, window_in_run};
    use crate::setup::NationIx;
    use crate::units::{Quantum, WEEKS_PER_YEAR};
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Usd, Years};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, exact_above_0};
    use crate::world_file::value::Level;

    record! {
        /// The state pays for research into substitutes. Its effect grows with what was spent, `lead` later, and stays.
        pub struct Written as "SubstitutionProgram" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it spends.
            in_force: At<Date>,
            /// Day from which it no longer spends; without one it goes on.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Sectors that it helps; all of the nation that use the metal when left out.
            sectors: Vec<Ref<reference::Sector>> = "[]",
            /// Spent a year by the treasury.
            spend_per_year: At<Usd>,
            /// Spending, summed up, at which 63 % of the effect is reached; above 0.
            scale: At<Usd>,
            /// From spending to effect.
            lead: Years,
            /// Rise of the long-run elasticity at full effect, as a share of it.
            elasticity_gain: Level = "0",
            /// Fall of the price above which use switches to substitutes, as a share of its excess over the opening price,
            /// at full effect. It matters to sectors whose rule has `substitution`.
            threshold_cut: Share = "Share(0)",
            /// Rise of the speed at which use adapts and switches at full effect, as a share of it.
            speed_gain: Level = "0",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<SubstitutionProgram> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let sectors = sectors_of(&self.sectors, nation, names, cx);
            let spend_per_year = exact(&self.spend_per_year, Quantum::Kilogram, cx);
            let scale = exact_above_0(&self.scale, Quantum::Kilogram, cx);
            let mineral = names.mineral(&self.mineral, cx);
            Some(SubstitutionProgram {
                window: window?,
                mineral: mineral?,
                sectors: sectors?,
                spend_per_year: spend_per_year?,
                scale: scale?,
                lead_weeks: (self.lead.number() * WEEKS_PER_YEAR) as u32,
                elasticity_gain: self.elasticity_gain.0,
                threshold_cut: self.threshold_cut.number(),
                speed_gain: self.speed_gain.0,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn research_works_after_its_lead_and_stays_when_the_money_ends() {
        let program = SubstitutionProgram {
            window: Window { announced: 0, in_force: 10, until: Some(114) },
            mineral: 0,
            sectors: Vec::new(),
            spend_per_year: Money::from_currency(50e6),
            scale: Money::from_currency(100e6),
            lead_weeks: 52,
            elasticity_gain: 1.0,
            threshold_cut: 0.5,
            speed_gain: 1.0,
        };
        assert!(program.effect(62).abs() < 1e-12, "nothing before the lead is over");
        // Two years of 50 million are the scale, less a little: 104 weeks are 1.993 years.
        let full = program.effect(166);
        assert!((full - 0.6309).abs() < 1e-3, "{full}");
        assert!((program.effect(900) - full).abs() < 1e-12);
        assert!(program.effect(110) > 0.3 && program.effect(110) < full);
    }
}
