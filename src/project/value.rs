//! What a project is worth, and what its owner asks before he builds.

use crate::math;
use crate::policy::nationalization::present_value;
use crate::setup::{Deck, Finance, Hurdle, InvestmentRule};

/// What a project promises, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prospect {
    /// Margin on the product, in cents per 1,000 quanta.
    pub margin: f64,
    /// Product a year, in quanta.
    pub yearly: f64,
    /// Years of output that count.
    pub life: f64,
    /// Years until the middle of the ramp-up.
    pub wait: f64,
    /// Cost of capital and hazard, per year.
    pub rate: f64,
}

impl Prospect {
    /// Value today in mills: V = μ·q·(1 − (1+ρ)^(−T))/ρ · (1+ρ)^(−L).
    ///
    /// μ margin, q product a year, T years of output, L years until it flows, ρ cost of capital with the hazard of the
    /// country added: a chance h per year of losing everything counts like that much more interest.
    #[must_use]
    pub fn value(&self) -> f64 {
        present_value(self.margin * self.yearly, self.life, self.rate) * math::powf(1.0 + self.rate, -self.wait)
    }
}

/// Multiple of the capital at which building is worth more than waiting: M = β/(β − 1) with
/// β = ½ − (r − δ)/σ² + √((½ − (r − δ)/σ²)² + 2r/σ²).
///
/// r cost of capital, δ share of the value that waiting forgoes, both per year; σ standard deviation of the log price
/// over a year. The perpetual option to invest, for a value that follows geometric Brownian motion; it has no finite
/// answer for δ = 0. After [Dixit and Pindyck 1994], ch. 5.
///
/// [Dixit and Pindyck 1994]: https://www.worldcat.org/isbn/9780691034102
#[must_use]
pub fn option_multiple(rate: f64, volatility: f64, payout: f64) -> f64 {
    let variance = volatility * volatility;
    let half = 0.5 - (rate - payout) / variance;
    let beta = half + math::sqrt(half * half + 2.0 * rate / variance);
    beta / (beta - 1.0)
}

impl Hurdle {
    /// Multiple of the capital that is asked at a cost of capital.
    #[must_use]
    pub fn multiple(&self, rate: f64) -> f64 {
        match *self {
            Self::Threshold(multiple) => multiple,
            Self::RealOption { volatility, payout, cap } => option_multiple(rate, volatility, payout).min(cap),
        }
    }
}

impl Deck {
    /// Price that a decision is made with.
    #[must_use]
    pub fn price(&self, long_run: f64, mean: f64, outlook: f64) -> f64 {
        self.long_run * long_run + self.mean * mean + self.outlook * outlook
    }
}

/// Capacity and need of a market, in quanta a year.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Supply {
    /// Capacity that is there, at normal use, recycling included.
    pub there: f64,
    /// Capacity that has been decided on, the project itself included.
    pub coming: f64,
    /// What today's users will need if the mean price lasts.
    pub need: f64,
}

/// Price at the opening against the mean of the last two years, from all capacity and all need: ((K + P)/(N(1+g)^L))^(−φ).
///
/// K capacity there, P capacity decided on, N what today's users will need once they have adapted to that mean price, g
/// growth of need a year, L years to the opening, φ one over the long-run elasticity of need: the price at which need
/// comes to what there will be. Need as it is today would not do. Users take years to adapt, so in a boom today's need
/// is larger than what the boom will leave of it, and who goes by it overbuilds even if he sees all that others build.
#[must_use]
pub fn balance(supply: Supply, years: f64, rule: &InvestmentRule) -> f64 {
    let need = supply.need * math::powf(1.0 + rule.growth, years);
    let capacity = supply.there + supply.coming;
    if capacity <= 0.0 || need <= 0.0 { 1.0 } else { math::powf(capacity / need, -rule.price_effect) }
}

/// Price that a decision maker expects who sees a share θ of what is to come: deck^(1−θ) · (mean · balance)^θ.
///
/// With θ = 0 the price deck is taken on as if nobody else built: the supply line is misperceived, after [Sterman 2000],
/// ch. 17 and 20. With θ = 1 the price is the one at which capacity and need will meet, given all that is decided on:
/// what a rational owner expects where building takes time, after [Kydland and Prescott 1982]. That he leaves those out
/// who will build after him costs him nothing where anybody may build (Leahy, Quarterly Journal of Economics 108, 1993).
///
/// [Kydland and Prescott 1982]: https://doi.org/10.2307/1913386
/// [Sterman 2000]: https://www.worldcat.org/isbn/9780072389159
#[must_use]
pub fn expected(deck: f64, mean: f64, balance: f64, seen: f64) -> f64 {
    math::powf(deck, 1.0 - seen) * math::powf(mean * balance, seen)
}

/// Odds of building at a look: x^s/(1 + x^s), with x the value over what is asked and s the sharpness.
#[must_use]
pub fn odds(ratio: f64, sharpness: f64) -> f64 {
    if ratio <= 0.0 {
        return 0.0;
    }
    1.0 / (1.0 + math::exp(-sharpness * math::ln(ratio)))
}

/// Discoveries per year: odds at the long-run price, times the price against it to the elasticity, times programs.
#[must_use]
pub fn discoveries(price_ratio: f64, programs: f64, rule: &InvestmentRule) -> f64 {
    rule.discoveries_per_year * math::powf(price_ratio, rule.discovery_elasticity) * programs
}

/// Cost of capital with a loan of the policy bank, and hazard with the cover of the insurer; true when it is taken.
///
/// The bank's rate counts for its share of the capital where it is lower; cover is taken where the premium costs less
/// than the hazard that it bears.
#[must_use]
pub fn financed(discount: f64, hazard: f64, offer: Option<&Finance>) -> (f64, bool) {
    let Some(offer) = offer else { return (discount + hazard, false) };
    let rate = discount - offer.share * (discount - offer.rate).max(0.0);
    let insured = offer.cover > 0.0 && offer.premium < hazard;
    let borne = if insured { hazard - offer.cover * (hazard - offer.premium) } else { hazard };
    (rate + borne, insured)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const RULE: InvestmentRule = InvestmentRule {
        feasibility_weeks: 52,
        permitting_weeks: 52,
        construction_weeks: 104,
        ramp_up_weeks: 51,
        discount: 0.08,
        horizon_years: 20.0,
        hurdle: Hurdle::Threshold(1.5),
        deck: Deck { long_run: 0.5, mean: 0.3, outlook: 0.2 },
        supply_line: 0.0,
        price_effect: 0.5,
        growth: 0.0,
        sharpness: None,
        review_weeks: 13,
        discoveries_per_year: 0.1,
        discovery_elasticity: 1.0,
        mothball_below: 0.0,
    };

    #[test]
    fn waiting_asks_for_two_to_three_times_the_capital() {
        // By hand: σ 0.3, r 0.08, δ 0.05 gives β = 0.1667 + √(0.0278 + 1.7778) = 1.5104.
        for (rate, volatility, payout, multiple) in
            [(0.08, 0.3, 0.05, 2.959), (0.08, 0.2, 0.05, 2.306), (0.08, 0.3, 0.04, 3.562), (0.0, 0.2, 0.05, 1.4)]
        {
            let found = option_multiple(rate, volatility, payout);
            assert!((found - multiple).abs() < 2e-3, "σ {volatility}, δ {payout}: {found}");
        }
        let capped = Hurdle::RealOption { volatility: 0.3, payout: 0.05, cap: 1.8 };
        assert!((capped.multiple(0.08) - 1.8).abs() < 1e-12, "nobody asks for more than is usual");
    }

    #[test]
    fn certainty_about_the_price_leaves_only_what_waiting_saves_on_interest() {
        // σ → 0 and r > δ: M → r/δ; r < δ: M → 1.
        assert!((option_multiple(0.08, 0.01, 0.05) - 1.6).abs() < 0.01);
        assert!((option_multiple(0.04, 0.01, 0.08) - 1.0).abs() < 0.01);
    }

    #[test]
    fn value_is_an_annuity_that_begins_late() {
        let prospect = Prospect { margin: 100.0, yearly: 10.0, life: 2.0, wait: 3.0, rate: 0.1 };
        let by_hand = 1_000.0 * (1.0 / 1.1 + 1.0 / 1.21) / 1.331;
        assert!((prospect.value() - by_hand).abs() < 1e-9);
        let risky = Prospect { rate: 0.2, ..prospect };
        assert!(risky.value() < 0.8 * prospect.value());
    }

    #[test]
    fn who_sees_the_pipeline_expects_a_lower_price() {
        let supply = Supply { there: 100.0, coming: 21.0, need: 100.0 };
        let balance = balance(supply, 0.0, &RULE);
        assert!((balance - 1.0 / 1.1).abs() < 1e-12, "1.21^(−1/2)");
        let price = |seen| expected(1_210.0, 1_100.0, balance, seen);
        assert!((price(0.0) - 1_210.0).abs() < 1e-9, "blind");
        assert!((price(1.0) - 1_000.0).abs() < 1e-9, "all of it");
        assert!((price(0.5) - 1_100.0).abs() < 1e-9, "half of it, in logs");
    }

    #[test]
    fn growth_takes_up_the_pipeline() {
        let rule = InvestmentRule { growth: 0.1, ..RULE };
        let supply = Supply { there: 100.0, coming: 21.0, need: 100.0 };
        assert!((balance(supply, 2.0, &rule) - 1.0).abs() < 1e-12, "1.21 of need for 1.21 of capacity");
        let short = Supply { coming: 0.0, ..supply };
        assert!((balance(short, 2.0, &rule) - 1.1).abs() < 1e-12, "nobody builds for what is coming");
    }

    #[test]
    fn odds_are_even_at_the_hurdle_and_sharpen_around_it() {
        assert!((odds(1.0, 4.0) - 0.5).abs() < 1e-12);
        assert!((odds(2.0, 3.0) - 8.0 / 9.0).abs() < 1e-12);
        assert!((odds(0.5, 3.0) - 1.0 / 9.0).abs() < 1e-12);
        assert!(odds(-1.0, 3.0) == 0.0);
    }

    #[test]
    fn a_policy_bank_and_an_insurer_lower_the_rate() {
        let offer = Finance { nation: 0, share: 0.5, rate: 0.04, tenor_weeks: 520, cover: 0.9, premium: 0.01 };
        let (rate, insured) = financed(0.10, 0.05, Some(&offer));
        assert!((rate - (0.07 + 0.014)).abs() < 1e-12 && insured, "0.05 − 0.9·0.04 is left of the hazard");
        let (rate, insured) = financed(0.10, 0.005, Some(&offer));
        assert!((rate - 0.075).abs() < 1e-12 && !insured, "a premium above the hazard is not paid");
        let (rate, _) = financed(0.03, 0.0, Some(&offer));
        assert!((rate - 0.03).abs() < 1e-12, "nobody borrows at more than it costs him");
    }

    #[test]
    fn discoveries_follow_price_and_programs() {
        assert!((discoveries(1.0, 1.0, &RULE) - 0.1).abs() < 1e-12);
        assert!((discoveries(2.0, 1.5, &RULE) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_deck_mixes_three_views() {
        assert!((RULE.deck.price(100.0, 200.0, 300.0) - 170.0).abs() < 1e-12);
    }
}
