//! Capacity and ore kept ready: a plant or mine that makes less than it could until the metal is needed. Lever E1.

use bevy_ecs::prelude::*;

use super::Reserve;
use crate::agent::Agent;
use crate::calendar::Week;
use crate::ledger::Ledger;
use crate::mine::Mine;
use crate::plant::Plant;
use crate::setup::reserve::Site;
use crate::step::Clock;
use crate::terms::Terms;
use crate::units::Mass;

/// First week in which what is kept ready comes out: so long after a release was approved, until it no longer is.
const fn opens(known: Option<Week>, approved: bool, week: Week, lead: Week) -> Option<Week> {
    match (approved, known) {
        (true, None) => Some(week + lead),
        (true, known) => known,
        (false, _) => None,
    }
}

impl Reserve {
    /// Share of a site's output that it holds back this week, if it keeps one ready.
    fn holds_back(&self, week: Week) -> Option<(Site, f64)> {
        let standby = self.standby.filter(|_| !self.standing.bankrupt)?;
        self.opens.is_none_or(|opens| week < opens).then_some((standby.site, standby.share))
    }
}

/// Sites make less by what agencies keep ready.
pub(super) fn hold_back(
    clock: Res<Clock>,
    mut terms: ResMut<Terms>,
    mut agencies: Query<&mut Reserve>,
    mut plants: Query<&mut Plant>,
) {
    for mut plant in &mut plants {
        plant.held_back = 0.0;
    }
    for mut agency in &mut agencies {
        let Some(standby) = agency.standby else { continue };
        agency.opens = opens(agency.opens, agency.keeps(clock.week).is_some(), clock.week, standby.lead);
        match agency.holds_back(clock.week) {
            Some((Site::Mine(mine), share)) => terms.mines[mine].efficiency *= 1.0 - share,
            Some((Site::Plant(index), share)) => {
                for mut plant in plants.iter_mut().filter(|plant| plant.index == index) {
                    plant.held_back = share;
                }
            }
            None => {}
        }
    }
}

/// Agencies pay the sites that they keep ready for what these could make.
pub(super) fn pay(
    clock: Res<Clock>,
    mut ledger: ResMut<Ledger>,
    mut agencies: Query<(&Agent, &mut Reserve)>,
    mines: Query<(&Agent, &Mine)>,
    plants: Query<(&Agent, &Plant)>,
) {
    for (agent, mut agency) in &mut agencies {
        let (Some(standby), Some((site, share))) = (agency.standby, agency.holds_back(clock.week)) else { continue };
        let held = match site {
            Site::Mine(index) => mines
                .iter()
                .find(|(_, mine)| mine.index == index)
                .map(|(at, mine)| (at, mine.weekly_capacity * mine.built)),
            Site::Plant(index) => {
                let of = |(_, plant): &(&Agent, &Plant)| plant.index == index;
                plants.iter().find(of).map(|(at, plant)| (at, plant.weekly_capacity * plant.built))
            }
        };
        if let Some((owner, weekly)) = held {
            // The fee of a year is for the output of a year: week by week one pays the other.
            let fee = standby.fee.value(Mass::nearest(weekly * share));
            ledger.pay(agent.account, owner.account, fee);
            agency.week.fees += fee;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_ready_comes_out_after_its_lead_and_goes_back_when_no_release_is_approved() {
        assert_eq!(opens(None, true, 10, 6), Some(16));
        assert_eq!(opens(Some(16), true, 12, 6), Some(16));
        assert_eq!(opens(Some(16), false, 20, 6), None);
    }
}
