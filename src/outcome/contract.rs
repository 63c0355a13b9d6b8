//! Statistics of a contract: its weeks as the tables have them, and what [`crate::facts`] makes of them.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use super::run::{Run, key_column, real_column};
use super::{Hedged, MarketName, Pair, Share};
use crate::calendar::Week;
use crate::facts::{Statistic, cycle, dependence, discovery, returns};
use crate::id::Id;
use crate::math;
use crate::setup::exchange::{ContractIx, Metal};
use crate::statistics::{mean, quantile};
use crate::trader::Quote;
use crate::trader::arbitrage::Costs;
use crate::units::WEEKS_PER_YEAR;

/// Weeks to the months that stand for 1, 3 and 12 months, and to the one of the slope, in the middle of 13 to 16.
const ONE: f64 = WEEKS_PER_YEAR / 12.0;
const THREE: f64 = WEEKS_PER_YEAR / 4.0;
const TWELVE: f64 = WEEKS_PER_YEAR;
const SLOPE: f64 = 14.5;

/// How far from it a month may be, at least, and as a share of it: half the distance of months listed every other month.
const OFF: (f64, f64) = (4.4, 0.25);

/// Weeks of the mean use that cover is reckoned by, and of smoothed prices.
const YEAR: usize = 52;

/// Weeks of a month in which orders and sales are summed, and of the return that hedgers' positions are held against.
const MONTH: usize = 4;
const QUARTER: usize = 13;

/// Cover below which the metal has run out, in weeks.
const OUT: f64 = 0.05;

/// Steps within which a turning point of the smoothed price is the highest or lowest: half a year.
const REACH: usize = 26;

/// Least and largest part of weeks by cover: thirds, and the scarcest for the slope of the yield.
const THIRD: f64 = 1.0 / 3.0;
const SCARCE: f64 = 0.15;

/// The largest part of returns that count as the tail.
const TAIL: f64 = 0.05;

/// Quantile of contango over carry.
const EXTREME: f64 = 0.999;

/// Part of a stock below which a reserve is empty: of the most that it held.
const EMPTY: f64 = 0.001;

/// Weeks of a contract in a row.
struct Weeks {
    numbers: Vec<Week>,
    spot: Vec<f64>,
    /// Weeks to its end and settlement of every month.
    curve: Vec<Vec<(f64, f64)>>,
    /// What it costs to carry metal, if somebody does that for a living; in USD a tonne.
    costs: Option<Costs>,
    traded: bool,
}

impl Weeks {
    /// Spot returns; none where a week is missing.
    fn spot_returns(&self) -> Vec<Option<f64>> {
        self.each_week(|week| Some(math::ln(self.spot[week] / self.spot[week - 1])))
    }

    /// Returns of the month that was nearest to so many weeks a week before.
    fn returns(&self, away: f64) -> Vec<Option<f64>> {
        self.each_week(|week| {
            let (left, before) = nearest(&self.curve[week - 1], away)?;
            let (_, now) = self.curve[week].iter().find(|(now, _)| (now - (left - 1.0)).abs() < 0.5)?;
            self.traded.then(|| math::ln(now / before))
        })
    }

    fn each_week(&self, of: impl Fn(usize) -> Option<f64>) -> Vec<Option<f64>> {
        let follows = |week: &usize| self.numbers[*week] == self.numbers[*week - 1] + 1;
        (1..self.numbers.len()).map(|week| follows(&week).then(|| of(week)).flatten()).collect()
    }

    /// The month of the slope, with the settlement with which the week began: spot clears before the sessions, so the
    /// one after them knows more.
    fn quarter(&self, week: usize) -> Option<Quote> {
        let before = week.checked_sub(1).filter(|before| self.numbers[*before] + 1 == self.numbers[week])?;
        let (left, price) = nearest(&self.curve[before], SLOPE).filter(|_| self.traded)?;
        Some(Quote { price, years: left / WEEKS_PER_YEAR })
    }

    /// ln F − ln p.
    fn slopes(&self) -> Vec<Option<f64>> {
        let slope = |week| Some(math::ln(self.quarter(week)?.price / self.spot[week]));
        (0..self.numbers.len()).map(slope).collect()
    }

    fn yields(&self) -> Vec<Option<f64>> {
        let implied = |week| Some(self.costs?.convenience_yield(self.spot[week], self.quarter(week)?));
        (0..self.numbers.len()).map(implied).collect()
    }

    /// (F − p) over what it costs to keep metal until then.
    fn contango(&self) -> Vec<f64> {
        let of = |week: usize| {
            let (month, spot) = (self.quarter(week)?, self.spot[week]);
            Some((month.price - spot) / (self.costs?.full_carry(spot, month.years) - spot))
        };
        (0..self.numbers.len()).filter_map(of).collect()
    }
}

/// The month nearest to so many weeks away, if it is near enough; its middle week counts.
fn nearest(curve: &[(f64, f64)], away: f64) -> Option<(f64, f64)> {
    let off = |month: &(f64, f64)| (month.0 - away).abs();
    let found = curve.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b)))?;
    (off(&found) <= OFF.0.max(OFF.1 * away)).then_some(found)
}

fn present(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().copied().flatten().collect()
}

fn quantile_of(mut values: Vec<f64>, share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    quantile(&values, share)
}

fn ratio(above: Option<f64>, below: Option<f64>) -> Option<f64> {
    Some(above? / below.filter(|below| *below > 0.0)?)
}

fn share(values: &[f64], of: impl Fn(f64) -> bool) -> Option<f64> {
    mean(&values.iter().map(|value| f64::from(u8::from(of(*value)))).collect::<Vec<f64>>())
}

/// Values of the weeks in the third with the least cover, and in that with the most.
fn thirds(values: &[Option<f64>], cover: &[Option<f64>]) -> Option<[Vec<f64>; 2]> {
    let (below, above) = dependence::bounds(&present(cover), THIRD, THIRD)?;
    let of = |here: &dyn Fn(f64) -> bool| -> Vec<f64> {
        let weeks = values.iter().zip(cover).filter(|(_, cover)| cover.is_some_and(here));
        weeks.filter_map(|(value, _)| *value).collect()
    };
    Some([of(&|cover| cover <= below), of(&|cover| cover >= above)])
}

fn pairs(x: &[Option<f64>], y: &[Option<f64>]) -> Vec<(f64, f64)> {
    x.iter().zip(y).filter_map(|(x, y)| x.zip(*y)).collect()
}

/// Variance of a quantity's changes from month to month over its squared mean; nothing when there is none of it.
fn restlessness(weekly: &[f64]) -> Option<f64> {
    let months: Vec<f64> = weekly.chunks_exact(MONTH).map(|weeks| weeks.iter().sum()).collect();
    let changes: Vec<f64> = months.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (level, sd) = (mean(&months)?, crate::statistics::standard_deviation(&changes)?);
    (level > 0.0).then(|| crate::math::powi(sd / level, 2))
}

impl Run<'_> {
    fn contract(&self, id: &Id) -> Option<ContractIx> {
        self.setup.contracts.iter().position(|contract| contract.id == *id)
    }

    /// A column of the contract's own table, week by week.
    fn of_contract(&self, id: &Id, column: &str) -> Vec<f64> {
        let values = real_column(self.table("contracts"), column);
        self.rows("contracts", "contract")
            .filter(|(.., name)| *name == id.as_str())
            .map(|(row, ..)| values[row])
            .collect()
    }

    /// The metal of a contract, if it is for metal.
    fn metal(&self, id: &Id) -> Option<Metal> {
        self.setup.contracts[self.contract(id)?].metal()
    }

    /// What it costs a merchant to carry metal, one who stands where it is delivered first; in USD a tonne.
    fn costs(&self, metal: Metal) -> Option<Costs> {
        let merchants = || self.setup.merchants.iter().filter(|merchant| merchant.market == metal.market);
        let here = merchants().filter(|merchant| self.setup.nations[merchant.nation].region == metal.region);
        let interest = here.chain(merchants()).map(|merchant| merchant.rule.interest).next()?;
        let quantum = self.setup.mineral_of(metal.market).quantum;
        let storage = quantum.usd_per_tonne(self.setup.markets[metal.market].storage_per_year);
        Some(Costs { interest, storage, fees: 0.0 })
    }

    /// The weeks of a contract; `curve` says whether its months are looked at.
    fn weeks_of(&self, id: &Id, curve: bool) -> Option<Weeks> {
        let contract = &self.setup.contracts[self.contract(id)?];
        let own = self.rows("contracts", "contract").filter(|(.., name)| *name == id.as_str());
        let weeks: Vec<Week> = own.map(|(_, week, _)| week).collect();
        let mut months = vec![Vec::new(); weeks.len()];
        if curve {
            let table = self.table("futures");
            let [left, price] = ["weeks_left", "settlement_usd_per_t"].map(|column| real_column(table, column));
            let mut at = 0;
            for (row, week, _) in self.rows("futures", "contract").filter(|(.., name)| *name == id.as_str()) {
                at += weeks[at..].iter().take_while(|other| **other < week).count();
                if weeks.get(at) == Some(&week) {
                    months[at].push((left[row] + 0.5, price[row]));
                }
            }
        }
        let costs = contract.metal().and_then(|metal| self.costs(metal));
        let traded = self.of_contract(id, "volume_t").iter().any(|volume| *volume > 0.0);
        Some(Weeks { numbers: weeks, spot: self.of_contract(id, "spot_usd_per_t"), curve: months, costs, traded })
    }

    /// Stock over the mean use of the year so far, by week of the contract: where it is delivered, with what lies on
    /// warrant there; or everywhere.
    fn cover_of(&self, id: &Id, weeks: &[Week], everywhere: bool) -> Option<Vec<Option<f64>>> {
        let contract = &self.setup.contracts[self.contract(id)?];
        let metal = contract.metal()?;
        let (mineral, stage) = (&self.setup.mineral_of(metal.market).id, &self.setup.markets[metal.market].stage);
        let delivers_in = |name: &str| {
            let region = self.setup.regions.iter().position(|region| region.id.as_str() == name);
            region.is_some_and(|region| contract.delivers_in(region))
        };
        // Use goes back to before the weeks that are looked at.
        let all = Run { weeks: &(0..self.weeks.end), ..*self };
        let table = self.table("markets");
        let [stock, used] = ["stock_t", "use_t"].map(|column| real_column(table, column));
        let [minerals, stages] = ["mineral", "stage"].map(|key| key_column(table, key));
        let is = |(names, rows): (&[String], &[u16]), row: usize, wanted: &Id| {
            names[usize::from(rows[row])] == wanted.as_str()
        };
        let mut sums = vec![(0.0, 0.0); self.weeks.end as usize];
        for (row, week, name) in all.rows("markets", "region") {
            if (everywhere || delivers_in(name)) && is(minerals, row, mineral) && is(stages, row, stage) {
                let sum = &mut sums[week as usize];
                *sum = (sum.0 + stock[row], sum.1 + used[row]);
            }
        }
        let warrants = self.of_contract(id, "on_warrant_t");
        let cover = |(week, warrant): (&Week, &f64)| {
            let week = *week as usize;
            let year = &sums[(week + 1).saturating_sub(YEAR)..=week];
            let use_of_a_week = year.iter().map(|(_, used)| used).sum::<f64>() / year.len() as f64;
            (use_of_a_week > 0.0).then(|| (sums[week].0 + warrant) / use_of_a_week)
        };
        Some(weeks.iter().zip(&warrants).map(cover).collect())
    }

    /// A column summed by week over some agents.
    fn weekly(&self, table: &str, key: &str, agents: &[Id], column: &str) -> Vec<f64> {
        let values = real_column(self.table(table), column);
        let mut sums: BTreeMap<Week, f64> = self.weeks.clone().map(|week| (week, 0.0)).collect();
        for (row, week, name) in self.rows(table, key) {
            if agents.iter().any(|agent| agent.as_str() == name) {
                *sums.entry(week).or_default() += values[row];
            }
        }
        sums.into_values().collect()
    }

    /// What the plants that make a contract's metal order against what they sell.
    fn processor_bullwhip(&self, id: &Id) -> Option<f64> {
        let market = self.metal(id)?.market;
        let plants = self.plants(|plant| plant.product == market);
        let of = |column| restlessness(&self.weekly("plants", "plant", &plants, column));
        ratio(of("bought_t"), of("sold_t"))
    }

    /// What the mines of a contract's mineral sell against what is used of its metal.
    fn miner_bullwhip(&self, id: &Id) -> Option<f64> {
        let market = self.metal(id)?.market;
        let mineral = self.setup.markets[market].mineral;
        let mines = self.mines(|mine| self.setup.markets[mine.market].mineral == mineral);
        let sectors = self.setup.sectors.iter().filter(|sector| sector.market == market);
        let sectors: Vec<Id> = sectors.map(|sector| sector.id.clone()).collect();
        let sold = restlessness(&self.weekly("mines", "mine", &mines, "sold_t"));
        ratio(sold, restlessness(&self.weekly("sectors", "sector", &sectors, "used_t")))
    }

    /// Share of weeks in which the reserves of the contract's metal hold nothing, after they once held something.
    fn reserve_empty(&self, id: &Id) -> Option<f64> {
        let market = self.metal(id)?.market;
        let reserves: Vec<Id> =
            self.setup.reserves.iter().filter(|reserve| reserve.market == market).map(|one| one.id.clone()).collect();
        let held = self.weekly("reserves", "reserve", &reserves, "stock_t");
        let most = held.iter().copied().fold(0.0, f64::max);
        let first = held.iter().position(|stock| *stock > 0.0)?;
        share(&held[first..], |stock| stock <= EMPTY * most)
    }

    /// Correlation of net short positions of hedgers and carriers, over open interest, with the return after.
    fn hedging_pressure(&self, id: &Id, weeks: &Weeks) -> Option<f64> {
        let open = self.of_contract(id, "open_interest_t");
        let [hedgers, carriers] = ["hedgers_net_t", "carriers_net_t"].map(|column| self.of_contract(id, column));
        // The return of week i stands at i − 1.
        let returns = weeks.returns(THREE);
        let after = |week: usize| returns[week..week + QUARTER].iter().copied().sum::<Option<f64>>();
        let short = |week: usize| (open[week] > 0.0).then(|| -(hedgers[week] + carriers[week]) / open[week]);
        let last = (returns.len() + 1).saturating_sub(QUARTER);
        let found: Vec<(f64, f64)> = (0..last).filter_map(|week| short(week).zip(after(week))).collect();
        dependence::correlation(&found)
    }

    pub(super) fn fact(&self, id: &Id, of: Statistic) -> Option<f64> {
        use Statistic as S;
        let found = LazyCell::new(|| self.weeks_of(id, of.tables().contains(&"futures")));
        let weeks = || found.as_ref();
        let logs = || Some(weeks()?.spot.iter().map(|price| math::ln(*price)).collect::<Vec<f64>>());
        let spot = || Some(weeks()?.spot_returns());
        let three = || Some(weeks()?.returns(THREE));
        let twelve = || Some(weeks()?.returns(TWELVE));
        let slopes = || Some(weeks()?.slopes());
        let yields = || Some(weeks()?.yields());
        let sizes = || Some(three()?.iter().map(|change| change.map(f64::abs)).collect::<Vec<_>>());
        let cover = || self.cover_of(id, &weeks()?.numbers, of == S::MarketCover);
        // Returns stand by the cover with which their week began.
        let cover_before = || cover().map(|cover| cover[..cover.len().saturating_sub(1)].to_vec());
        let by_stock = |values: Option<Vec<Option<f64>>>| {
            let [low, high] = thirds(&values?, &cover_before()?)?;
            Some([returns::volatility(&low), returns::volatility(&high)])
        };
        let over_far = || {
            let [spot, far] = [by_stock(spot())?, by_stock(twelve())?];
            Some([ratio(spot[0], far[0])?, ratio(spot[1], far[1])?])
        };
        let backward = |values: &[f64]| share(values, |slope| slope < 0.0);
        let volatility = |returns: Option<Vec<Option<f64>>>| returns::volatility(&present(&returns?));
        let moves = |found: Option<f64>| found.filter(|found| *found > 0.0);
        let column = |name| self.of_contract(id, name);
        match of {
            S::SpotVolatility => moves(volatility(spot())),
            S::ThreeMonthVolatility => moves(volatility(three())),
            S::MaturityVolatility => ratio(volatility(twelve()), volatility(Some(weeks()?.returns(ONE)))),
            S::LowStockVolatilityRatio => over_far().map(|[low, _]| low),
            S::HighStockVolatilityRatio => over_far().map(|[_, high]| high),
            S::StockVolatilityGap => over_far().map(|[low, high]| low - high),
            S::Backwardation => backward(&present(&slopes()?)),
            S::LowStockBackwardation => backward(&thirds(&slopes()?, &cover()?)?[0]),
            S::HighStockBackwardation => backward(&thirds(&slopes()?, &cover()?)?[1]),
            S::SlopeStockCorrelation => dependence::rank_correlation(&pairs(&cover()?, &slopes()?)),
            S::YieldSteepness => dependence::steepness(&pairs(&cover()?, &yields()?), SCARCE, THIRD),
            S::ScarcityVolatility => by_stock(spot()).and_then(|[low, high]| ratio(low, high)),
            S::ContangoOverCarry => quantile_of(weeks()?.contango(), EXTREME),
            S::ExcessKurtosis => returns::excess_kurtosis(&present(&three()?)),
            S::TailIndex => returns::tail_index(&present(&three()?), TAIL),
            S::Clustering => returns::autocorrelation(&sizes()?, 1),
            S::LongClustering => returns::autocorrelation(&sizes()?, QUARTER),
            S::Momentum => returns::autocorrelation(&three()?, 1),
            S::SpotMomentum => returns::autocorrelation(&spot()?, 1),
            S::LogPriceSkewness => returns::skewness(&logs()?),
            S::ConvenienceYield => quantile_of(present(&yields()?), 0.5),
            S::HighConvenienceYield => quantile_of(present(&yields()?), 0.95),
            S::StockOuts => share(&present(&cover()?), |cover| cover < OUT),
            S::ScarceCover => ratio(quantile_of(present(&cover()?), 0.05), quantile_of(present(&cover()?), 0.5)),
            S::ProcessorBullwhip => self.processor_bullwhip(id),
            S::MinerBullwhip => self.miner_bullwhip(id),
            S::BullwhipUpstream => ratio(self.miner_bullwhip(id), self.processor_bullwhip(id)),
            S::CyclePeriod => cycle::swings(&cycle::means(&logs()?, YEAR)).map(|swings| swings.period),
            S::ContractionLength => {
                let (down, up) = cycle::phases(&cycle::smoothed(&logs()?, YEAR), REACH)?;
                Some(down / up)
            }
            S::HedgingPressure => self.hedging_pressure(id, weeks()?),
            S::MainMonthShare => {
                mean(&column("main_share").into_iter().filter(|share| *share > 0.0).collect::<Vec<_>>())
            }
            S::MeanPrice => mean(&column("spot_usd_per_t")),
            S::HighPrice => quantile_of(column("spot_usd_per_t"), 0.95),
            S::ReserveEmpty => self.reserve_empty(id),
            S::MedianCover | S::MarketCover => quantile_of(present(&cover()?), 0.5),
            S::MeanVolume => mean(&column("volume_t")),
            S::MeanOpenInterest => mean(&column("open_interest_t")),
            S::Breakers => Some(mean(&column("breakers"))? * WEEKS_PER_YEAR),
        }
    }

    /// 1 − Var(Δp − hΔF) / Var(Δp) of changes over some weeks one after another, after Ederington (1979): the hedge is in
    /// the month nearest to three months when it begins, and stays there.
    pub(super) fn hedge_effectiveness(&self, of: &Hedged) -> Option<f64> {
        let metal = self.metal(&of.contract)?;
        let weeks = self.weeks_of(&of.contract, true).filter(|weeks| weeks.traded)?;
        let market = MarketName {
            mineral: self.setup.mineral_of(metal.market).id.clone(),
            stage: of.stage.clone().unwrap_or_else(|| self.setup.markets[metal.market].stage.clone()),
        };
        let region = of.region.as_ref().unwrap_or(&self.setup.regions[metal.region].id);
        let prices: BTreeMap<Week, f64> = self.weeks.clone().zip(self.prices(&market, region)).collect();
        let held = of.weeks as usize;
        let change = |begin: usize| {
            let end = begin + held;
            let (left, before) = nearest(weeks.curve.get(begin)?, THREE.max(f64::from(of.weeks) + ONE))?;
            let after = |(now, _): &&(f64, f64)| (now - (left - held as f64)).abs() < 0.5;
            let (_, now) = weeks.curve.get(end)?.iter().find(after)?;
            Some((now - before, prices.get(&weeks.numbers[end])? - prices.get(&weeks.numbers[begin])?))
        };
        let changes: Vec<(f64, f64)> = (0..weeks.numbers.len()).step_by(held.max(1)).filter_map(change).collect();
        let Some(ratio) = of.ratio else {
            return dependence::correlation(&changes).map(|found| found * found);
        };
        let deviation = |of: &dyn Fn(&(f64, f64)) -> f64| {
            crate::statistics::standard_deviation(&changes.iter().map(of).collect::<Vec<f64>>())
        };
        let (open, hedged) = (deviation(&|change| change.1)?, deviation(&|change| change.1 - ratio * change.0)?);
        (open > 0.0).then(|| 1.0 - (hedged / open) * (hedged / open))
    }

    /// Share of a contract in finding the price three months ahead, between weeks that both have.
    pub(super) fn information_share(&self, of: &Pair) -> Option<f64> {
        let curve = |id: &Id| -> Option<BTreeMap<Week, f64>> {
            let weeks = self.weeks_of(id, false).filter(|weeks| weeks.traded)?;
            let slopes = self.of_contract(id, "slope_share");
            let logs = weeks.spot.iter().zip(&slopes).map(|(spot, slope)| math::ln(*spot) + slope);
            Some(weeks.numbers.iter().copied().zip(logs).collect())
        };
        let (first, second) = (curve(&of.contract)?, curve(&of.against)?);
        let both: Vec<(f64, f64)> =
            first.iter().filter_map(|(week, price)| Some((*price, *second.get(week)?))).collect();
        let (first, second): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
        let found = discovery::discovery(&first, &second, of.lags as usize)?;
        Some(match of.share {
            Share::Middle => found.middle(),
            Share::Lower => found.lower,
            Share::Upper => found.upper,
            Share::Component => found.component,
        })
    }
}
