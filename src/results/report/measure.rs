//! What outcomes are called where people read them.

use super::catalog::{fill, join, plain, say};
use crate::experiment::Experiment;
use crate::id::{Id, Label};
use crate::outcome::exchanges::{Column, Taken};
use crate::outcome::{Levy, MarketName, Measure, Outcome, Projects};
use crate::results::wide::{describe, goods};
use crate::setup::Setup;

/// Most names that stand in a row before they are only counted.
const NAMES: usize = 3;

/// An outcome as part of a sentence, such as "mean price of refined cobalt, North".
///
/// Kinds that have no phrase are called by the id that the experiment gives them.
pub(super) fn phrase(experiment: &Experiment, outcome: &Outcome) -> Label {
    let names = Names(experiment);
    let priced =
        |key: &str, market: &MarketName, region: &Id| fill(key, &[("goods", &describe(experiment, market, region))]);
    let held = |key: &str, market: &MarketName, nation: &Id| {
        fill(key, &[("goods", &goods(experiment, market)), ("nation", &names.nation(nation))])
    };
    let of = |key: &str, place: &str, label: Label| fill(key, &[(place, &label)]);
    let sectors = |key: &str, ids: &[Id]| of(key, "sectors", names.sectors(ids));
    let lands = |key: &str, nation: &Id, mineral: &Id| {
        fill(key, &[("nation", &names.nation(nation)), ("mineral", &names.mineral(mineral))])
    };
    match &outcome.measure {
        Measure::PriceMean(market, region) => priced("measure.price-mean", market, region),
        Measure::PricePeak(market, region) => priced("measure.price-peak", market, region),
        Measure::PriceTimeToPeak(market, region) => priced("measure.price-time-to-peak", market, region),
        Measure::PriceVolatility(market, region) => priced("measure.price-volatility", market, region),
        Measure::PriceQuantile(market, region, share) => fill(
            "measure.price-quantile",
            &[("goods", &describe(experiment, market, region)), ("percent", &plain((100.0 * share).round()))],
        ),
        Measure::PrivateStock(market, nation) => held("measure.private-stock", market, nation),
        Measure::WeeksOfCover(market, nation) => held("measure.weeks-of-cover", market, nation),
        Measure::ImportDependence(market, nation) => held("measure.import-dependence", market, nation),
        Measure::UnmetDemand(ids) => sectors("measure.unmet-demand", ids),
        Measure::FirstShortage(ids, _) => sectors("measure.first-shortage", ids),
        Measure::Use(ids) => sectors("measure.use", ids),
        Measure::SubstitutedShare(ids) => sectors("measure.substituted-share", ids),
        Measure::ClosedShare(ids) => sectors("measure.closed-share", ids),
        Measure::SectorMargin(ids) => sectors("measure.sector-margin", ids),
        Measure::PricePaid(ids) => sectors("measure.price-paid", ids),
        Measure::ContractedShare(ids) => sectors("measure.contracted-share", ids),
        Measure::RecycledShare(nation, mineral) => lands("measure.recycled-share", nation, mineral),
        Measure::TonnesSecured(nation, mineral) => lands("measure.tonnes-secured", nation, mineral),
        Measure::HostTake(nation, mineral) => lands("measure.host-take", nation, mineral),
        Measure::OverseasReturn(nation, mineral) => lands("measure.overseas-return", nation, mineral),
        Measure::MiningConcentration(mineral) => of("measure.mining-concentration", "mineral", names.mineral(mineral)),
        Measure::RefiningConcentration(market) => {
            of("measure.refining-concentration", "goods", goods(experiment, market))
        }
        Measure::Revenue(nation, levy) => {
            let levy = match levy {
                Levy::Royalty => say("levy.royalty"),
                Levy::Duty => say("levy.duty"),
                Levy::Tariff => say("levy.tariff"),
                Levy::QuotaRent => say("levy.quota-rent"),
                Levy::StateMargin => say("levy.state-margin"),
                Levy::Programs => say("levy.programs"),
            };
            fill("measure.revenue", &[("nation", &names.nation(nation)), ("levy", levy)])
        }
        Measure::TreasuryTake(nation) => of("measure.treasury-take", "nation", names.nation(nation)),
        Measure::ReserveCost(reserve) => of("measure.reserve-cost", "reserve", names.reserve(reserve)),
        Measure::ReserveDrawdown(reserve) => of("measure.reserve-drawdown", "reserve", names.reserve(reserve)),
        Measure::TreatmentCharge(plant) => of("measure.treatment-charge", "plant", names.plant(plant)),
        Measure::Yearly(figure, rows) => fill(
            "measure.yearly",
            &[
                ("column", &plain(figure.column)),
                ("mineral", &names.mineral(&rows.mineral)),
                ("nation", &names.nation_or(rows.nation.as_ref(), "measure.world")),
            ],
        ),
        Measure::Acts(acts) if acts.policies.is_empty() && acts.price.is_none() => {
            of("measure.acts", "nation", names.nation_or(acts.nation.as_ref(), "measure.all-nations"))
        }
        Measure::WeeksInForce(nation, policy) => {
            fill("measure.weeks-in-force", &[("nation", &names.nation(nation)), ("policy", &plain(policy))])
        }
        Measure::Defaults => say("measure.defaults").clone(),
        Measure::ProjectsBuilt(Projects { mineral, nation: None, owner: None }) => {
            of("measure.projects-built", "mineral", names.mineral(mineral))
        }
        Measure::CapacityBuilt(Projects { mineral, nation: None, owner: None }) => {
            of("measure.capacity-built", "mineral", names.mineral(mineral))
        }
        Measure::Fact(contract, statistic) => {
            fill("measure.fact", &[("contract", &names.contract(contract)), ("statistic", &plain(statistic.name()))])
        }
        Measure::Exchange(column, id) => match figure(column) {
            Some(figure) if column.key == "exchange" => {
                fill("measure.exchange", &[("figure", figure), ("of", &names.exchange(id))])
            }
            Some(figure) => fill("measure.exchange", &[("figure", figure), ("of", &names.contract(id))]),
            None => of("measure.by-id", "id", plain(&outcome.id)),
        },
        Measure::HedgeEffectiveness(hedged) => {
            of("measure.hedge-effectiveness", "contract", names.contract(&hedged.contract))
        }
        Measure::InformationShare(pair) => fill(
            "measure.information-share",
            &[("contract", &names.contract(&pair.contract)), ("other", &names.contract(&pair.against))],
        ),
        Measure::ReserveHedgeGain(reserve) => of("measure.reserve-hedge-gain", "reserve", names.reserve(reserve)),
        Measure::ReservePremiums(reserve) => of("measure.reserve-premiums", "reserve", names.reserve(reserve)),
        _ => of("measure.by-id", "id", plain(&outcome.id)),
    }
}

/// What a figure of a contract or of a clearing house is called.
fn figure(column: &Column) -> Option<&'static Label> {
    Some(match (column.column, column.taken) {
        ("volume_t", _) => say("figure.volume"),
        ("open_interest_t", _) => say("figure.open-interest"),
        ("on_warrant_t", _) => say("figure.on-warrant"),
        ("delivered_t", _) => say("figure.delivered"),
        ("paid_off_t", _) => say("figure.paid-off"),
        ("breakers", _) => say("figure.breakers"),
        ("voided", _) => say("figure.voided"),
        ("active_usd_per_t", Taken::Mean) => say("figure.price"),
        ("active_usd_per_t", Taken::Peak) => say("figure.peak-price"),
        ("basis_usd_per_t", Taken::Mean) => say("figure.basis"),
        ("basis_usd_per_t", Taken::Peak) => say("figure.peak-basis"),
        ("called_usd", _) => say("figure.called"),
        ("defaults", _) => say("figure.defaults"),
        ("own_margin_usd", _) => say("figure.own-margin"),
        ("own_fund_usd", _) => say("figure.own-fund"),
        ("capital_lost_usd", _) => say("figure.capital"),
        ("others_fund_usd", _) => say("figure.others-fund"),
        ("haircut_usd", _) => say("figure.haircut"),
        _ => return None,
    })
}

/// The weeks that an outcome looks at, in days; `None` when it is the whole run.
pub(super) fn window(experiment: &Experiment, outcome: &Outcome) -> Option<Label> {
    let whole = 0..experiment.weeks;
    let day = |week| plain(experiment.calendar.day(week));
    (outcome.weeks != whole && !outcome.weeks.is_empty())
        .then(|| fill("measure.window", &[("from", &day(outcome.weeks.start)), ("until", &day(outcome.weeks.end - 1))]))
}

/// Labels of what an experiment names; an arm may hold what the others do not.
struct Names<'a>(&'a Experiment);

impl Names<'_> {
    fn find(&self, id: &Id, of: impl Fn(&Setup) -> Option<&Label>) -> Label {
        self.0.arms.iter().find_map(|arm| of(&arm.setup)).cloned().unwrap_or_else(|| plain(id))
    }

    fn nation(&self, id: &Id) -> Label {
        self.find(id, |setup| setup.nations.iter().find(|nation| nation.id == *id).map(|nation| &nation.label))
    }

    /// A nation, or what stands for all of them.
    fn nation_or(&self, id: Option<&Id>, all: &str) -> Label {
        id.map_or_else(|| say(all).clone(), |id| self.nation(id))
    }

    fn exchange(&self, id: &Id) -> Label {
        self.find(id, |setup| setup.exchanges.iter().find(|exchange| exchange.id == *id).map(|e| &e.label))
    }

    fn contract(&self, id: &Id) -> Label {
        self.find(id, |setup| setup.contracts.iter().find(|contract| contract.id == *id).map(|c| &c.label))
    }

    fn mineral(&self, id: &Id) -> Label {
        let label = self.find(id, |setup| setup.minerals.iter().find(|m| m.id == *id).map(|m| &m.label));
        Label { en: label.en.to_lowercase(), zh: label.zh }
    }

    fn reserve(&self, id: &Id) -> Label {
        self.find(id, |setup| setup.reserves.iter().find(|reserve| reserve.id == *id).map(|reserve| &reserve.label))
    }

    fn plant(&self, id: &Id) -> Label {
        self.find(id, |setup| setup.plants.iter().find(|plant| plant.id == *id).map(|plant| &plant.label))
    }

    /// The nation in which all of some sectors lie, if it is one.
    fn home(&self, ids: &[Id]) -> Option<Label> {
        let setup = &self.0.arms[self.0.baseline].setup;
        let nation = |id: &Id| setup.sectors.iter().find(|sector| sector.id == *id).map(|sector| sector.nation);
        let first = nation(ids.first()?)?;
        ids.iter().all(|id| nation(id) == Some(first)).then(|| setup.nations[first].label.clone())
    }

    /// Sectors, or plants where an outcome is about those.
    fn sectors(&self, ids: &[Id]) -> Label {
        if ids.len() > NAMES {
            let count = plain(ids.len());
            return match self.home(ids) {
                Some(nation) => fill("measure.sectors-of", &[("count", &count), ("nation", &nation)]),
                None => fill("measure.sectors", &[("count", &count)]),
            };
        }
        let one = |id: &Id| {
            let sector = |setup: &Setup| setup.sectors.iter().position(|sector| sector.id == *id);
            let known = self.0.arms.iter().find_map(|arm| Some(arm.setup.sectors[sector(&arm.setup)?].label.clone()));
            known.unwrap_or_else(|| self.plant(id))
        };
        join(&ids.iter().map(one).collect::<Vec<Label>>())
    }
}
