//! Stylized facts of commodity markets: what weekly prices, curves and stocks of exchange-traded metals are known to do,
//! as statistics with bands. A model whose futures market is left to itself must show them; what each mechanism is good
//! for is seen in what is lost without it.
//!
//! The statistics are pure functions of series. [`Statistic`] names them for experiments, [`rows`] holds the table of
//! facts with their bands.

pub mod cycle;
pub mod dependence;
pub mod discovery;
pub mod returns;
pub mod rows;

use crate::world_file::decode::{Cx, Decode, Origin};
use crate::world_file::shape::{Choice, Shape, Variant};
use crate::world_file::tree::Node;

macro_rules! statistics {
    ($($name:ident: $unit:literal, $tables:ident, $doc:literal, $needs:literal;)*) => {
        /// A number that says something of a contract and of the metal behind it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Statistic {
            $(#[doc = $doc] $name,)*
        }

        impl Statistic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What it is, in words.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }

            /// Unit, as column names spell it.
            #[must_use]
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit,)* }
            }

            /// What must be there for it to be defined.
            #[must_use]
            pub const fn needs(self) -> &'static str {
                match self { $(Self::$name => $needs,)* }
            }

            /// Tables of a run that it is computed from.
            #[must_use]
            pub const fn tables(self) -> &'static [&'static str] {
                match self { $(Self::$name => $tables,)* }
            }
        }
    };
}

/// Spot price, curve and what is held.
const PIT: &[&str] = &["contracts"];
const CURVE: &[&str] = &["contracts", "futures"];
const STOCK: &[&str] = &["contracts", "futures", "markets"];
const CHAIN: &[&str] = &["plants", "mines", "sectors"];
const RESERVE: &[&str] = &["reserves"];

statistics! {
    SpotVolatility: "per_sqrt_year", PIT, "Volatility of the spot price where the metal is delivered, annualized.",
        "a spot price that moves";
    ThreeMonthVolatility: "per_sqrt_year", CURVE, "Volatility of the month nearest to 3 months, annualized; returns are of one and the same month.",
        "a month about 3 months away that trades";
    MaturityVolatility: "ratio", CURVE, "Volatility at 12 months over that at 1 month.",
        "months about 1 and 12 months away that trade";
    LowStockVolatilityRatio: "ratio", STOCK, "Volatility of spot over that at 12 months, in the third of weeks with the least cover.",
        "a month about 12 months away that trades, and use of the metal where it is delivered";
    HighStockVolatilityRatio: "ratio", STOCK, "The same in the third of weeks with the most cover.",
        "a month about 12 months away that trades, and use of the metal where it is delivered";
    StockVolatilityGap: "ratio", STOCK, "The one of few stocks less the one of large stocks.",
        "a month about 12 months away that trades, and use of the metal where it is delivered";
    Backwardation: "share", CURVE, "Share of weeks in which the month 13 to 16 weeks away is below spot.",
        "a month 13 to 16 weeks away that trades";
    LowStockBackwardation: "share", STOCK, "The same in the third of weeks with the least cover.",
        "a month 13 to 16 weeks away that trades, and use of the metal where it is delivered";
    HighStockBackwardation: "share", STOCK, "The same in the third of weeks with the most cover.",
        "a month 13 to 16 weeks away that trades, and use of the metal where it is delivered";
    SlopeStockCorrelation: "correlation", STOCK, "Rank correlation of the curve's slope with cover.",
        "a slope and a cover that vary";
    YieldSteepness: "ratio", STOCK, "How steeply the convenience yield falls in cover, in the 15 % of weeks with the least over the third with the most.",
        "a convenience yield and a cover that vary at both ends";
    ScarcityVolatility: "ratio", STOCK, "Volatility of spot in the third of weeks with the least cover over that in the third with the most.",
        "a spot price that moves, and use of the metal where it is delivered";
    ContangoOverCarry: "ratio", CURVE, "What the month 13 to 16 weeks away is above spot over interest and storage until then: 99.9 % quantile.",
        "a month 13 to 16 weeks away that trades, and a merchant whose interest is known";
    ExcessKurtosis: "kurtosis", CURVE, "Excess kurtosis of returns at 3 months.",
        "a month about 3 months away that trades";
    TailIndex: "index", CURVE, "Hill's index of the largest 5 % of returns at 3 months, up or down.",
        "40 returns of a month about 3 months away that trades";
    Clustering: "correlation", CURVE, "Autocorrelation of the size of returns at 3 months, a week apart.",
        "a month about 3 months away that trades";
    LongClustering: "correlation", CURVE, "The same 13 weeks apart.",
        "a month about 3 months away that trades";
    Momentum: "correlation", CURVE, "Autocorrelation of returns at 3 months, a week apart.",
        "a month about 3 months away that trades";
    SpotMomentum: "correlation", PIT, "Autocorrelation of returns of spot, a week apart.",
        "a spot price that moves";
    LogPriceSkewness: "skewness", PIT, "Skewness of the log of the spot price.",
        "a spot price that moves";
    ConvenienceYield: "share_per_year", CURVE, "Convenience yield implied by the month 13 to 16 weeks away: median.",
        "a month 13 to 16 weeks away that trades, and a merchant whose interest is known";
    HighConvenienceYield: "share_per_year", CURVE, "The same: 95 % quantile.",
        "a month 13 to 16 weeks away that trades, and a merchant whose interest is known";
    StockOuts: "share", STOCK, "Share of weeks with less cover than 0.05 weeks.",
        "use of the metal where it is delivered";
    ScarceCover: "ratio", STOCK, "5 % quantile of cover over its median.",
        "use of the metal where it is delivered, and stock in most weeks";
    ProcessorBullwhip: "ratio", CHAIN, "Variance of what plants order over that of what they sell, in changes of logs from four weeks to the next.",
        "plants that make what is delivered, and trade";
    MinerBullwhip: "ratio", CHAIN, "Variance of what mines sell over that of what is used, in the same way.",
        "mines of the metal that sell, and sectors that use it, in every four weeks";
    BullwhipUpstream: "ratio", CHAIN, "The one of mines over the one of plants.",
        "plants, mines and sectors that trade";
    CyclePeriod: "years", PIT, "Period of the strongest swing of yearly means of the log spot price.",
        "ten years of a spot price that moves";
    ContractionLength: "ratio", PIT, "Mean length of contractions over that of expansions of the log spot price, smoothed over 52 weeks.",
        "a price that has gone both up and down";
    HedgingPressure: "correlation", CURVE, "Correlation of what hedgers and carriers are short, over open interest, with the return at 3 months over the 13 weeks after.",
        "hedgers or carriers with positions that vary, and a month about 3 months away that trades";
    MainMonthShare: "share", PIT, "Share of open interest in the month with the most: mean.",
        "open interest";
    MeanPrice: "usd_per_t", PIT, "Mean spot price where the metal is delivered.",
        "a spot price";
    HighPrice: "usd_per_t", PIT, "95 % quantile of the spot price.",
        "a spot price";
    ReserveEmpty: "share", RESERVE, "Share of weeks in which the reserves of the metal, which once held some, are empty.",
        "a reserve of the metal that once holds some";
    MedianCover: "weeks", STOCK, "Stock over weekly use where the metal is delivered: median.",
        "use of the metal where it is delivered";
    MarketCover: "weeks", STOCK, "Stock over weekly use in all regions together: median.",
        "use of the metal";
    MeanVolume: "t_per_week", PIT, "Metal traded a week, over all months: mean.",
        "a month on the board";
    MeanOpenInterest: "t", PIT, "Open interest over all months: mean.",
        "a month on the board";
    Breakers: "per_year", PIT, "Sessions of a month that tripped a breaker, a year.",
        "a month on the board";
}

impl Statistic {
    /// Its name as part of an id: words with hyphens.
    #[must_use]
    pub fn id(self) -> String {
        let mut words = String::new();
        for letter in self.name().chars() {
            if letter.is_ascii_uppercase() && !words.is_empty() {
                words.push('-');
            }
            words.push(letter.to_ascii_lowercase());
        }
        words
    }
}

fn choice() -> Choice {
    let variant = |of: &Statistic| Variant { name: of.name(), doc: of.doc(), body: None };
    Choice {
        name: "a statistic",
        doc: "A statistic of a contract and of the metal behind it; cover is stock over weekly use where the metal is delivered.",
        variants: Statistic::ALL.iter().map(variant).collect(),
    }
}

impl Decode for Statistic {
    fn shape() -> Shape {
        Shape::Choice(choice)
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let found = Self::ALL.iter().copied().find(|known| node.leaf() == Some(known.name()));
        if found.is_none() {
            cx.no_variant(node, &choice());
        }
        found
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Self::ALL.first().copied()
    }
}
