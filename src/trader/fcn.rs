//! FCN traders: fundamentalist, chartist and noise weighed in one forecast, which sets a limit order of one lot.
//!
//! Symbols: p price now, p* fundamental, p₋τ′ price τ′ = min(t, τ) steps ago, t steps so far, z standard normal draw.
//! The forecast return per step is
//!
//! r = (w_F·F + w_C·C + w_N·Z) / (w_F + w_C + w_N), with F = ln(p*/p)/m, C = ln(p/p₋τ′)/max(τ′, 1), Z = σ·z,
//!
//! and the price expected after τ steps E = p·exp(r·τ). A trader that expects more than p bids for one lot at E·(1 − k),
//! one that expects less offers one at E·(1 + k); the order lives τ steps. Limits are rounded away from trading: bids
//! down, offers up.
//!
//! Chiarella and Iori, "A simulation analysis of the microstructure of double auction markets", Quantitative Finance 2
//! (2002) 346–353, in the form that PAMS 0.3.0 ships ([Hirano, Takata and Izumi 2023]). Neither cash nor lots limit an
//! order.
//!
//! [Hirano, Takata and Izumi 2023]: https://arxiv.org/abs/2309.10729

use bevy_ecs::prelude::*;

use crate::auction::Order;
use crate::math;
use crate::streams::{Draw, Purpose, Streams};

const TRAITS: Purpose = Purpose::new("fcn.traits");
const NOISE: Purpose = Purpose::new("fcn.noise");

/// One trader's parameters.
#[derive(Component, Debug, Clone, Copy, PartialEq)]
pub struct Fcn {
    /// Weight w_F of the return to the fundamental.
    pub fundamental: f64,
    /// Weight w_C of the recent trend.
    pub chart: f64,
    /// Weight w_N of noise.
    pub noise: f64,
    /// Standard deviation σ of the noise: log return per step.
    pub noise_scale: f64,
    /// Steps m in which a deviation from the fundamental is expected to vanish, at least 1.
    pub reversion: u16,
    /// Steps τ that it looks back and ahead, and that its orders live.
    pub window: u16,
    /// Margin k, as a share of the expected price.
    pub margin: f64,
}

/// How the parameters of a population are spread. Weights are exponential, times and margins uniform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean weight of the fundamental.
    pub fundamental: f64,
    /// Mean weight of the trend.
    pub chart: f64,
    /// Mean weight of noise.
    pub noise: f64,
    /// Standard deviation of the noise, the same for all: log return per step.
    pub noise_scale: f64,
    /// First and last of the times of reversion, in steps.
    pub reversion: (u16, u16),
    /// First and last of the windows, in steps.
    pub window: (u16, u16),
    /// The greatest margin; the least is 0.
    pub margin: f64,
}

impl Spread {
    /// The sample CI2002 of PAMS 0.3.0: no chartists.
    pub const CI2002: Self = Self {
        fundamental: 1.0,
        chart: 0.0,
        noise: 1.0,
        noise_scale: 0.001,
        reversion: (50, 99),
        window: (100, 199),
        margin: 0.1,
    };

    /// Draws the parameters of one trader.
    #[must_use]
    pub fn draw(&self, streams: &Streams, trader: u64) -> Fcn {
        let mut draws = streams.at(TRAITS, trader, 0);
        let mut steps = |(first, last): (u16, u16)| draws.range(i64::from(first)..=i64::from(last)) as u16;
        let (reversion, window) = (steps(self.reversion), steps(self.window));
        Fcn {
            fundamental: draws.exponential(self.fundamental),
            chart: draws.exponential(self.chart),
            noise: draws.exponential(self.noise),
            noise_scale: self.noise_scale,
            reversion,
            window,
            margin: self.margin * draws.unit(),
        }
    }
}

/// What all traders see of a contract in a step. Prices are in ticks, with fractions.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The standing price p.
    pub price: f64,
    /// ln(p*/p).
    pub undervaluation: f64,
    /// ln p of the steps so far, or of the last ones, this one last.
    pub log_prices: &'a [f64],
}

impl View<'_> {
    /// The trend over so many steps, or over as many as there were: log return per step.
    #[inline]
    #[must_use]
    pub fn trend(&self, window: u16) -> f64 {
        let now = self.log_prices.len() - 1;
        let back = now.min(usize::from(window));
        (self.log_prices[now] - self.log_prices[now - back]) / back.max(1) as f64
    }
}

impl Fcn {
    /// The forecast r: log return per step.
    #[inline]
    #[must_use]
    pub fn forecast(&self, undervaluation: f64, trend: f64, z: f64) -> f64 {
        let fundamental = undervaluation / f64::from(self.reversion.max(1));
        let noise = self.noise_scale * z;
        let weights = self.fundamental + self.chart + self.noise;
        (self.fundamental * fundamental + self.chart * trend + self.noise * noise) / weights
    }

    /// The order of a trader that forecasts r, for one lot; none when it expects the price to stay.
    #[inline]
    #[must_use]
    pub fn order(&self, price: f64, forecast: f64, agent: u32, key: u64) -> Option<Order> {
        let expected = price * math::exp(forecast * f64::from(self.window));
        if expected > price {
            return Some(Order::buy(-math::ceil(-expected * (1.0 - self.margin)), 1, agent, key));
        }
        let offer = || Order::sell(math::ceil(expected * (1.0 + self.margin)), 1, agent, key);
        (expected < price).then(offer)
    }

    /// The order of a trader in a step; `key` is what its noise is drawn by.
    #[inline]
    #[must_use]
    pub fn trade(&self, view: &View, streams: &Streams, key: u64, trader: u32, step: u32) -> Option<Order> {
        let z = streams.at(NOISE, key, step).normal();
        let trend = if self.chart > 0.0 { view.trend(self.window) } else { 0.0 };
        self.order(view.price, self.forecast(view.undervaluation, trend, z), trader, u64::from(step))
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // halves and quarters are exact
mod tests {
    use super::*;

    const TRADER: Fcn =
        Fcn { fundamental: 2.0, chart: 1.0, noise: 1.0, noise_scale: 0.5, reversion: 50, window: 100, margin: 0.25 };

    #[test]
    fn the_forecast_weighs_fundamental_trend_and_noise() {
        // F = 1/50 = 0.02, C = 0.04, Z = 0.5 · 0.16 = 0.08: (2·0.02 + 0.04 + 0.08)/4 = 0.04.
        assert!((TRADER.forecast(1.0, 0.04, 0.16) - 0.04).abs() < 1e-15);
        assert!((TRADER.forecast(-1.0, 0.0, 0.0) + 0.01).abs() < 1e-15);
        assert_eq!(Fcn { reversion: 0, ..TRADER }.forecast(1.0, 0.0, 0.0), 0.5);
    }

    #[test]
    fn the_trend_reaches_back_as_far_as_there_are_prices() {
        let view = View { price: 1.0, undervaluation: 0.0, log_prices: &[1.0, 3.0, 2.0, 4.0] };
        assert_eq!([1, 2, 3, 100].map(|window| view.trend(window)), [2.0, 0.5, 1.0, 1.0]);
        assert_eq!(View { log_prices: &[1.0], ..view }.trend(5), 0.0);
    }

    #[test]
    fn limits_leave_a_margin_and_are_rounded_away_from_trading() {
        // E = 1000·exp(±0.01·100) = 2718.28… or 367.87…; a quarter below or above: 2038.7 and 459.8.
        assert_eq!(TRADER.order(1000.0, 0.01, 7, 3), Some(Order::buy(2038, 1, 7, 3)));
        assert_eq!(TRADER.order(1000.0, -0.01, 7, 3), Some(Order::sell(460, 1, 7, 3)));
        assert_eq!(TRADER.order(1000.0, 0.0, 7, 3), None);
    }

    #[test]
    fn a_population_is_spread_as_it_is_told() {
        let streams = Streams::new(1);
        let traders: Vec<_> = (0..4_000).map(|trader| Spread::CI2002.draw(&streams, trader)).collect();
        let mean = |of: fn(&Fcn) -> f64| traders.iter().map(of).sum::<f64>() / traders.len() as f64;
        // Standard errors: 1/√4000 = 0.016 of the weights, 0.23 and 0.46 of the steps, 0.0005 of the margin.
        assert!((mean(|fcn| fcn.fundamental) - 1.0).abs() < 0.05 && (mean(|fcn| fcn.noise) - 1.0).abs() < 0.05);
        assert!((mean(|fcn| f64::from(fcn.reversion)) - 74.5).abs() < 0.7);
        assert!((mean(|fcn| f64::from(fcn.window)) - 149.5).abs() < 1.4);
        assert!((mean(|fcn| fcn.margin) - 0.05).abs() < 0.002);
        assert!(traders.iter().all(|fcn| fcn.chart == 0.0 && (50..=99).contains(&fcn.reversion)));
    }
}
