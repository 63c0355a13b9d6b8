//! What firms side by side expect: those of one market, region and horizon expect the same, and it is worked out once.

use super::Outlook;
use crate::last::Last;
use crate::setup::{MarketIx, RegionIx};

/// The outlook as one firm after another asks it.
pub(crate) struct Ahead<'a> {
    outlook: &'a Outlook,
    expected: Last<(MarketIx, RegionIx, f64), f64>,
    spot: Last<(MarketIx, RegionIx, f64, f64), f64>,
}

impl<'a> Ahead<'a> {
    pub(crate) fn of(outlook: &'a Outlook) -> Self {
        Self { outlook, expected: Last::default(), spot: Last::default() }
    }

    /// See [`Outlook::expected_in`].
    pub(crate) fn expected_in(&self, market: MarketIx, region: RegionIx, weeks: f64) -> f64 {
        self.expected.of((market, region, weeks), || self.outlook.expected_in(market, region, weeks))
    }

    /// See [`Outlook::spot_in`].
    pub(crate) fn spot_in(&self, market: MarketIx, region: RegionIx, weeks: f64, now: f64) -> f64 {
        self.spot.of((market, region, weeks, now), || self.outlook.spot_in(market, region, weeks, now))
    }
}
