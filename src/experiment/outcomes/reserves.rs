//! From figures of reserve agencies as written to columns of tables.

use super::super::written::{AgencyFigure as Written, OfAgency, OfQuantile, OfSupply};
use super::{Named, ids, market, sectors};
use crate::outcome::Measure;
use crate::outcome::agencies::AgencyFigure;
use crate::outcome::supply::Supply;
use crate::world_file::quantity::Quantity;

pub(super) fn agency(of: &OfAgency) -> (Measure, Vec<Named<'_>>) {
    (Measure::Agency(of.reserve.value.clone(), of_agency(&of.figure)), vec![("reserve", &of.reserve)])
}

pub(super) fn quantile(of: &OfQuantile) -> (Measure, Vec<Named<'_>>) {
    let names = vec![("mineral", &of.mineral), ("stage", &of.stage), ("region", &of.region)];
    let measure = Measure::PriceQuantile(market(&of.mineral, &of.stage), of.region.value.clone(), of.share.number());
    (measure, names)
}

pub(super) fn supply(of: &OfSupply) -> (Measure, Vec<Named<'_>>) {
    let mut names = sectors(&of.sectors);
    names.extend(of.mines.iter().map(|mine| ("mine", mine)));
    names.extend(of.reserve.iter().map(|reserve| ("reserve", reserve)));
    let supply = Supply {
        sectors: ids(&of.sectors),
        mines: ids(&of.mines),
        share: of.share.number(),
        reserve: of.reserve.as_ref().map(|reserve| reserve.value.clone()),
        discount: of.discount.number(),
    };
    (Measure::SupplyCost(supply), names)
}

fn of_agency(figure: &Written) -> AgencyFigure {
    use AgencyFigure::{Last, Mean, MeanHeld, PerTonne, Sum};
    match figure {
        Written::Stock => MeanHeld("stock_t"),
        Written::Aim => Mean("aim_t", "t"),
        Written::Bought => Sum("reserves", "bought_t", "t"),
        Written::Released => Sum("reserves", "released_t", "t"),
        Written::Rotated => Sum("agencies", "rotated_t", "t"),
        Written::PricePaid => PerTonne("spent_usd", "bought_t"),
        Written::PriceGot => PerTonne("earned_usd", "released_t"),
        Written::Cost => AgencyFigure::Cost,
        Written::Keeping => Sum("agencies", "kept_for_usd", "usd"),
        Written::Carriage => Sum("agencies", "carriage_usd", "usd"),
        Written::Fees => Sum("agencies", "fees_usd", "usd"),
        Written::Support => Sum("agencies", "support_usd", "usd"),
        Written::Alarms => Sum("agencies", "alarm", "weeks"),
        Written::FalseAlarms(short) => AgencyFigure::FalseAlarms(short.number()),
        Written::MissedAlarms(short) => AgencyFigure::MissedAlarms(short.number()),
        Written::StockInShortage(short) => AgencyFigure::StockInShortage(short.number()),
        Written::Response => Last("response_weeks", "weeks"),
        Written::Index => Mean("audit_index", "share"),
        Written::Fresh => Mean("fresh_share", "share"),
        Written::Figure => Mean("figure_t", "t"),
        Written::Distress => Sum("agencies", "distressed", "weeks"),
        Written::Bankrupt => Last("bankrupt", "share"),
    }
}
