//! What a nation pays for a metal whose price moves: its users' loss, its producers' gain and its reserve, at present value.

use super::run::{Run, real_column};
use super::{MarketName, Week};
use crate::id::Id;
use crate::math;
use crate::setup::{MarketIx, NationIx};

/// Whose cost is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Supply {
    /// Users.
    pub sectors: Vec<Id>,
    /// Producers whose gain is taken off.
    pub mines: Vec<Id>,
    /// Share of both that counts.
    pub share: f64,
    /// Reserve agency whose cost is counted, if any.
    pub reserve: Option<Id>,
    /// Share by which a cost counts less with every week.
    pub discount: f64,
}

/// What users lose when the price is p instead of p₀, along the demand of constant elasticity on which they use Q₀ at p₀ and Q at p:
/// ∫ D dp = (p·Q − p₀·Q₀) / (1 − η), η = −ln(Q/Q₀) / ln(p/p₀).
///
/// Where there is no such demand (nothing is used, or the price is p₀) the mean of both uses stands for it.
#[must_use]
pub fn users_loss(p: f64, used: f64, opening: f64, required: f64) -> f64 {
    let move_of_price = math::ln(p / opening);
    if used <= 0.0 || required <= 0.0 || move_of_price.abs() < 1e-9 {
        return (p - opening) * 0.5 * (used + required);
    }
    let rest = 1.0 + math::ln(used / required) / move_of_price;
    if rest.abs() < 1e-9 { opening * required * move_of_price } else { (p * used - opening * required) / rest }
}

impl Run<'_> {
    /// Price of a market where a nation lies, week by week, and its opening price \[USD/t\].
    fn quoted(&self, market: MarketIx, nation: NationIx) -> (Vec<f64>, f64) {
        let setup = self.setup;
        let mineral = setup.mineral_of(market);
        let name = MarketName { mineral: mineral.id.clone(), stage: setup.markets[market].stage.clone() };
        let region = &setup.regions[setup.nations[nation].region].id;
        (self.prices(&name, region), mineral.quantum.usd_per_tonne(setup.markets[market].opening_price))
    }

    /// Values of some columns of an agent, week by week.
    fn of_agent<const N: usize>(&self, table: &'static str, key: &str, id: &Id, columns: [&str; N]) -> Vec<[f64; N]> {
        let values = columns.map(|column| real_column(self.table(table), column));
        let rows = self.rows(table, key).filter(|(.., name)| *name == id.as_str());
        rows.map(|(row, ..)| values.map(|values| values[row])).collect()
    }

    /// Present value of what a nation pays, in the first week looked at; what its reserve holds last is worth that week's price.
    pub(super) fn supply_cost(&self, of: &Supply) -> Option<f64> {
        let setup = self.setup;
        let mut weeks = vec![0.0; self.weeks.len()];
        for id in &of.sectors {
            let sector = setup.sectors.iter().find(|sector| sector.id == *id)?;
            let (prices, opening) = self.quoted(sector.market, sector.nation);
            let rows = self.of_agent("sectors", "sector", id, ["used_t", "required_t"]);
            for ((week, [used, required]), price) in weeks.iter_mut().zip(rows).zip(prices) {
                *week += of.share * users_loss(price, used, opening, required);
            }
        }
        for id in &of.mines {
            let mine = setup.mines.iter().find(|mine| mine.id == *id)?;
            let (prices, opening) = self.quoted(mine.market, mine.nation);
            let rows = self.of_agent("mines", "mine", id, ["sold_t"]);
            for ((week, [sold]), price) in weeks.iter_mut().zip(rows).zip(prices) {
                *week -= of.share * sold * (price - opening);
            }
        }
        if let Some(id) = &of.reserve {
            let reserve = setup.reserves.iter().find(|reserve| reserve.id == *id)?;
            let flows = self.of_agent("reserves", "reserve", id, ["spent_usd", "earned_usd", "stock_t", "under_way_t"]);
            let kept = self.of_agent("agencies", "reserve", id, ["kept_for_usd", "carriage_usd", "fees_usd"]);
            for ((week, [spent, earned, ..]), kept) in weeks.iter_mut().zip(&flows).zip(kept) {
                *week += spent - earned + kept.iter().sum::<f64>();
            }
            let (prices, _) = self.quoted(reserve.market, reserve.nation);
            if let (Some(last), Some([.., stock, under_way]), Some(price)) =
                (weeks.last_mut(), flows.last(), prices.last())
            {
                *last -= (stock + under_way) * price;
            }
        }
        let worth = |week: usize| math::powi(1.0 - of.discount, week as Week as i32);
        Some(weeks.iter().enumerate().map(|(week, cost)| cost * worth(week)).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_lose_the_area_left_of_their_demand() {
        // Unit elasticity: 100 at 10, 50 at 20; ∫ 1000/p dp = 1000 ln 2.
        assert!((users_loss(20.0, 50.0, 10.0, 100.0) - 1_000.0 * math::ln(2.0)).abs() < 1e-9);
        // Elasticity ½: 100 at 10, 50 at 40; (2000 − 1000)/½.
        assert!((users_loss(40.0, 50.0, 10.0, 100.0) - 2_000.0).abs() < 1e-9);
        // No answer to the price: a rectangle. A lower price is a gain.
        assert!((users_loss(12.0, 100.0, 10.0, 100.0) - 200.0).abs() < 1e-9);
        assert!((users_loss(5.0, 100.0, 10.0, 100.0) + 500.0).abs() < 1e-9);
        // Nothing is used any more: a triangle.
        assert!((users_loss(14.0, 0.0, 10.0, 100.0) - 200.0).abs() < 1e-9);
        assert!(users_loss(10.0, 90.0, 10.0, 100.0).abs() < 1e-12);
    }
}
