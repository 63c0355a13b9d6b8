//! From outcomes of what contracts are priced on and settled in, as written, to measures.

use super::super::written::{GainFigure as WrittenFigure, OfExchangeGains, OfPricing, PricedOn, TradingSide};
use super::{Named, market};
use crate::currency::Side;
use crate::outcome::Measure;
use crate::outcome::currency::{ExchangeGains, GainFigure};
use crate::outcome::pricing::{Benchmark, Purchases};

pub(super) fn purchases(of: &OfPricing, measure: fn(Purchases) -> Measure) -> (Measure, Vec<Named<'_>>) {
    let mut names = vec![("mineral", &of.mineral), ("stage", &of.stage)];
    names.extend(of.nation.iter().map(|nation| ("nation", nation)));
    let benchmark = match &of.benchmark {
        PricedOn::Any => None,
        PricedOn::Fixed => Some(Benchmark::Fixed),
        PricedOn::Spot => Some(Benchmark::Spot),
        PricedOn::Futures(contract) => {
            names.push(("contract", contract));
            Some(Benchmark::Futures(contract.value.clone()))
        }
    };
    let nation = of.nation.as_ref().map(|nation| nation.value.clone());
    (measure(Purchases { nation, market: market(&of.mineral, &of.stage), benchmark }), names)
}

pub(super) fn exchange_gain(of: &OfExchangeGains) -> (Measure, Vec<Named<'_>>) {
    let side = match of.side {
        TradingSide::Seller => Side::Seller,
        TradingSide::Buyer => Side::Buyer,
    };
    let figure = match of.figure {
        WrittenFigure::Mean => GainFigure::Mean,
        WrittenFigure::Deviation => GainFigure::Deviation,
        WrittenFigure::Spread => GainFigure::Spread,
        WrittenFigure::Due => GainFigure::Due,
    };
    let gains = ExchangeGains { nation: of.nation.value.clone(), side, figure };
    (Measure::ExchangeGain(gains), vec![("nation", &of.nation)])
}
