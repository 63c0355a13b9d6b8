//! From figures of contracts and exchanges as written to columns of tables.

use super::super::written::{ClearingFigure, ContractFigure};
use crate::outcome::exchanges::{Column, Taken};

pub(super) const fn of_contract(figure: &ContractFigure) -> Column {
    let column = Column::of_contract;
    match figure {
        ContractFigure::Volume => column("volume_t", Taken::PerWeek, "t_per_week"),
        ContractFigure::OpenInterest => column("open_interest_t", Taken::PerWeek, "t"),
        ContractFigure::OnWarrant => column("on_warrant_t", Taken::PerWeek, "t"),
        ContractFigure::Delivered => column("delivered_t", Taken::Sum, "t"),
        ContractFigure::PaidOff => column("paid_off_t", Taken::Sum, "t"),
        ContractFigure::Breakers => column("breakers", Taken::Sum, "sessions"),
        ContractFigure::Voided => column("voided", Taken::Sum, "sessions"),
        ContractFigure::Price => column("active_usd_per_t", Taken::Mean, "usd_per_t"),
        ContractFigure::PeakPrice => column("active_usd_per_t", Taken::Peak, "usd_per_t"),
        ContractFigure::Basis => column("basis_usd_per_t", Taken::Mean, "usd_per_t"),
        ContractFigure::PeakBasis => column("basis_usd_per_t", Taken::Peak, "usd_per_t"),
    }
}

pub(super) const fn of_house(figure: &ClearingFigure) -> Column {
    let column = Column::of_house;
    match figure {
        ClearingFigure::Called => column("called_usd", "usd"),
        ClearingFigure::Defaults => column("defaults", "members"),
        ClearingFigure::OwnMargin => column("own_margin_usd", "usd"),
        ClearingFigure::OwnFund => column("own_fund_usd", "usd"),
        ClearingFigure::Capital => column("capital_lost_usd", "usd"),
        ClearingFigure::OthersFund => column("others_fund_usd", "usd"),
        ClearingFigure::Haircut => column("haircut_usd", "usd"),
    }
}
