//! Options on a month of a contract: what they are worth. [`terms`] says which are listed, [`book`] who holds them.
//!
//! European options are valued after [Black 1976], American ones by the quadratic approximation of
//! [Barone-Adesi and Whaley 1987] at a cost of carry of 0. Prices are reals in one unit, time is in years, volatility
//! and interest are per year.
//!
//! [Black 1976]: https://doi.org/10.1016/0304-405X(76)90024-6
//! [Barone-Adesi and Whaley 1987]: https://doi.org/10.1111/j.1540-6261.1987.tb02569.x

pub mod book;
pub mod terms;

use crate::math;

/// φ(0) = 1/√(2π): the vega of an option at the money over e^(−rT)·F·√T.
pub const PEAK: f64 = 0.398_942_280_401_432_7;

/// Which right an option gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// To buy at the strike.
    Call,
    /// To sell at the strike.
    Put,
}

/// When an option may be exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// In the last session.
    European,
    /// In every session.
    American,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Call, Self::Put];

    /// 1 for calls, −1 for puts.
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Call => 1,
            Self::Put => -1,
        }
    }

    /// What exercise brings at a price: max(0, F − K) for a call, max(0, K − F) for a put.
    #[must_use]
    pub const fn intrinsic(self, forward: f64, strike: f64) -> f64 {
        ((forward - strike) * self.sign() as f64).max(0.0)
    }
}

/// Values options of one expiry at one volatility: what does not depend on price and strike is worked out once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pricer {
    /// e^(−rT).
    discount: f64,
    /// σ√T.
    deviation: f64,
    /// √T.
    root: f64,
    /// For American options that may be worth exercising: see [`Early`].
    early: Option<Early>,
}

/// From where on an American option is better exercised, and how its worth falls off before that.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Early {
    /// Price over strike from which on a call is exercised; a put is from strike over price.
    from: f64,
    /// q₂, the power by which the premium for early exercise falls off.
    power: f64,
    /// A₂ over the strike: that premium at the boundary.
    premium: f64,
}

impl Pricer {
    /// Values options that end in so many years.
    #[must_use]
    pub fn new(style: Style, years: f64, volatility: f64, interest: f64) -> Self {
        let root = math::sqrt(years.max(0.0));
        let european =
            Self { discount: math::exp(-interest * years.max(0.0)), deviation: volatility * root, root, early: None };
        let worth_it = style == Style::American && interest > 0.0 && european.deviation > 0.0;
        let early = worth_it.then(|| european.boundary(2.0 * interest / (volatility * volatility)));
        Self { early, ..european }
    }

    /// d₁ of price over strike: ln(F/K)/(σ√T) + σ√T/2.
    fn d1(&self, ratio: f64) -> f64 {
        math::ln(ratio) / self.deviation + self.deviation / 2.0
    }

    /// Where a call with strike 1 is exercised, given M = 2r/σ²: y with y − 1 = c(y) + (1 − e^(−rT) N(d₁(y)))·y/q₂, which
    /// is y·(1 − e^(−rT) N(d₁))·(1 − 1/q₂) = 1 − e^(−rT) N(d₂). It lies between 1 and that of an option without an end.
    fn boundary(&self, m: f64) -> Early {
        /// Steps at most; it takes some twenty.
        const STEPS: u32 = 200;
        /// Change of y over y at which it is found.
        const NEAR: f64 = 1e-14;
        let power_of = |k: f64| f64::midpoint(1.0, math::sqrt(1.0 + 4.0 * m / k));
        let (power, endless) = (power_of(1.0 - self.discount), power_of(1.0));
        let kept = |d: f64| 1.0 - self.discount * math::normal_cdf(d);
        let over = |y: f64| {
            let d1 = self.d1(y);
            y * kept(d1) * (1.0 - 1.0 / power) - kept(d1 - self.deviation)
        };
        // By false position, with half the weight of an end that stays twice (the Illinois method).
        let (mut low, mut high) = (1.0, endless / (endless - 1.0));
        let (mut at_low, mut at_high) = (over(low), over(high));
        let (mut from, mut stays) = (high, 0);
        for _step in 0..STEPS {
            if at_low >= 0.0 || at_high <= 0.0 {
                break;
            }
            let y = (high - at_high * (high - low) / (at_high - at_low)).clamp(low, high);
            let (at, near) = (over(y), (y - from).abs() <= NEAR * y);
            from = y;
            if near {
                break;
            }
            if at < 0.0 {
                (low, at_low) = (y, at);
                at_high *= if stays == 1 { 0.5 } else { 1.0 };
                stays = 1;
            } else {
                (high, at_high) = (y, at);
                at_low *= if stays == -1 { 0.5 } else { 1.0 };
                stays = -1;
            }
        }
        Early { from, power, premium: from / power * kept(self.d1(from)) }
    }

    /// Value: e^(−rT)·(F·N(d₁) − K·N(d₂)) for a European call, e^(−rT)·(K·N(−d₂) − F·N(−d₁)) for a put; an American option
    /// adds A₂·(F/F*)^q₂, and is worth what exercise brings beyond F*.
    ///
    /// A put on F struck at K is worth what a call on K struck at F is, American or not (McDonald and Schroder 1998).
    #[must_use]
    pub fn value(&self, kind: Kind, forward: f64, strike: f64) -> f64 {
        let intrinsic = kind.intrinsic(forward, strike);
        if self.deviation <= 0.0 {
            return self.discount * intrinsic;
        }
        let (own, other) = match kind {
            Kind::Call => (forward, strike),
            Kind::Put => (strike, forward),
        };
        let ratio = own / other;
        let d1 = self.d1(ratio);
        let normal = math::normal_cdf;
        let european = (self.discount * (own * normal(d1) - other * normal(d1 - self.deviation))).max(0.0);
        let Some(early) = self.early else { return european };
        if ratio >= early.from {
            return intrinsic;
        }
        // Near the end rounding may leave it a hair below what exercise brings.
        (european + early.premium * other * math::powf(ratio / early.from, early.power)).max(intrinsic)
    }

    /// Change of the value with the price: e^(−rT)·N(d₁) for a call, −e^(−rT)·N(−d₁) for a put. Of American options that
    /// of the European one, ±1 where they are exercised.
    #[must_use]
    pub fn delta(&self, kind: Kind, forward: f64, strike: f64) -> f64 {
        let sign = kind.sign() as f64;
        let ratio = if kind == Kind::Call { forward / strike } else { strike / forward };
        if self.deviation <= 0.0 || self.early.is_some_and(|early| ratio >= early.from) {
            return if kind.intrinsic(forward, strike) > 0.0 { sign } else { 0.0 };
        }
        sign * self.discount * math::normal_cdf(sign * self.d1(forward / strike))
    }

    /// Change of the value with volatility: e^(−rT)·F·φ(d₁)·√T.
    #[must_use]
    pub fn vega(&self, forward: f64, strike: f64) -> f64 {
        if self.deviation <= 0.0 {
            return 0.0;
        }
        let d1 = self.d1(forward / strike);
        self.discount * forward * PEAK * math::exp(-d1 * d1 / 2.0) * self.root
    }
}

/// What an option is written on, when it ends, and at which interest it is valued.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// Right.
    pub kind: Kind,
    /// When it may be exercised.
    pub style: Style,
    /// Price of the month.
    pub forward: f64,
    /// Strike.
    pub strike: f64,
    /// To its end.
    pub years: f64,
    /// Interest per year.
    pub interest: f64,
}

impl Claim {
    /// Value at a volatility.
    #[must_use]
    pub fn value(&self, volatility: f64) -> f64 {
        Pricer::new(self.style, self.years, volatility, self.interest).value(self.kind, self.forward, self.strike)
    }

    /// The volatility at which it is worth a price, from 0.1 % to 1000 % a year; `None` when there is none in between.
    #[must_use]
    pub fn implied_volatility(&self, price: f64) -> Option<f64> {
        /// Halvings of the span in logs.
        const STEPS: u32 = 40;
        let (mut low, mut high) = (1e-3, 10.0);
        if price <= self.value(low) || price >= self.value(high) {
            return None;
        }
        for _step in 0..STEPS {
            let middle = math::sqrt(low * high);
            if self.value(middle) < price {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(math::sqrt(low * high))
    }
}

#[cfg(test)]
mod tests;
