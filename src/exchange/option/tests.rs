use super::*;
use proptest::prelude::*;

fn claim(kind: Kind, style: Style, forward: f64, strike: f64, years: f64, interest: f64) -> Claim {
    Claim { kind, style, forward, strike, years, interest }
}

/// A tree of Cox, Ross and Rubinstein on a price without drift: what the approximation is held to.
fn tree(claim: &Claim, volatility: f64, steps: usize) -> f64 {
    let dt = claim.years / steps as f64;
    let up = math::exp(volatility * dt.sqrt());
    let (p, discount) = (1.0 / (1.0 + up), math::exp(-claim.interest * dt));
    let price = |step: usize, ups: usize| claim.forward * math::powi(up, 2 * ups as i32 - step as i32);
    let now = |step: usize, ups: usize| claim.kind.intrinsic(price(step, ups), claim.strike);
    let mut values: Vec<f64> = (0..=steps).map(|ups| now(steps, ups)).collect();
    for step in (0..steps).rev() {
        for ups in 0..=step {
            let waiting = discount * (p * values[ups + 1] + (1.0 - p) * values[ups]);
            values[ups] = if claim.style == Style::American { waiting.max(now(step, ups)) } else { waiting };
        }
    }
    values[0]
}

fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found}, expected {expected}");
}

/// Hull, Options, Futures, and Other Derivatives, on Black's model: a put on crude oil futures, F = K = 20, four months,
/// 25 % volatility, 9 % interest. N(−d₁) = 0.4712, N(−d₂) = 0.5288, p = e^(−0.03)·20·0.0577 = 1.12.
#[test]
fn a_european_put_has_the_value_of_the_textbook() {
    let put = claim(Kind::Put, Style::European, 20.0, 20.0, 4.0 / 12.0, 0.09);
    near(put.value(0.25), 1.12, 0.005);
    let pricer = Pricer::new(Style::European, 4.0 / 12.0, 0.25, 0.09);
    near(pricer.delta(Kind::Put, 20.0, 20.0), -math::exp(-0.03) * 0.4712, 1e-4);
    near(put.implied_volatility(put.value(0.25)).expect("a volatility"), 0.25, 1e-9);
}

/// Barone-Adesi and Whaley 1987, options on futures: K = 100, r = 8 %, σ = 20 %, T = 0.25.
#[test]
fn american_calls_are_those_of_the_paper() {
    let call = |forward| claim(Kind::Call, Style::American, forward, 100.0, 0.25, 0.08).value(0.2);
    for (forward, value) in [(80.0, 0.04), (90.0, 0.70), (100.0, 3.93), (110.0, 10.81), (120.0, 20.02)] {
        near(call(forward), value, 0.011);
    }
}

#[test]
fn american_values_are_near_those_of_a_tree() {
    for kind in Kind::ALL {
        for (forward, years, volatility, interest) in
            [(100.0, 0.25, 0.2, 0.08), (95.0, 0.5, 0.4, 0.05), (112.0, 0.15, 0.3, 0.03), (80.0, 0.5, 0.25, 0.1)]
        {
            let claim = claim(kind, Style::American, forward, 100.0, years, interest);
            near(claim.value(volatility), tree(&claim, volatility, 400), 0.002 * forward);
        }
    }
}

#[test]
fn an_american_call_is_exercised_where_that_is_worth_as_much_as_keeping_it() {
    for years in [0.002, 0.02, 0.25, 2.0] {
        for volatility in [0.02, 0.2, 0.6] {
            for interest in [0.001, 0.03, 0.2] {
                let pricer = Pricer::new(Style::American, years, volatility, interest);
                let Early { from, power, premium } = pricer.early.expect("worth exercising");
                let european = Pricer { early: None, ..pricer };
                // The premium for early exercise is what lacks there, and has the slope that lacks.
                near(european.value(Kind::Call, from, 1.0) + premium, from - 1.0, 1e-12);
                near(european.delta(Kind::Call, from, 1.0) + premium * power / from, 1.0, 1e-9);
            }
        }
    }
}

#[test]
fn what_has_ended_is_worth_what_exercise_brings() {
    for style in [Style::European, Style::American] {
        near(claim(Kind::Call, style, 110.0, 100.0, 0.0, 0.05).value(0.3), 10.0, 0.0);
        near(claim(Kind::Put, style, 110.0, 100.0, 0.0, 0.05).value(0.3), 0.0, 0.0);
    }
    assert_eq!(claim(Kind::Call, Style::American, 110.0, 100.0, 0.5, 0.05).implied_volatility(9.0), None);
}

#[test]
fn vega_and_delta_are_the_slopes_of_the_value() {
    let at =
        |forward: f64, volatility: f64| claim(Kind::Call, Style::European, forward, 105.0, 0.4, 0.03).value(volatility);
    let pricer = Pricer::new(Style::European, 0.4, 0.3, 0.03);
    near(pricer.delta(Kind::Call, 100.0, 105.0), (at(100.01, 0.3) - at(99.99, 0.3)) / 0.02, 1e-6);
    near(pricer.vega(100.0, 105.0), (at(100.0, 0.3001) - at(100.0, 0.2999)) / 0.0002, 1e-4);
}

proptest! {
    #[test]
    fn values_keep_their_order_and_parity(
        forward in 20.0..300.0_f64, strike in 20.0..300.0_f64, years in 0.01..1.5_f64,
        volatility in 0.05..1.2_f64, interest in 0.0..0.15_f64,
    ) {
        let value = |kind, style, interest| claim(kind, style, forward, strike, years, interest).value(volatility);
        for kind in Kind::ALL {
            let (european, american) = (value(kind, Style::European, interest), value(kind, Style::American, interest));
            prop_assert!(european >= 0.0);
            prop_assert!(american >= european - 1e-9 && american >= kind.intrinsic(forward, strike));
            // Without interest nothing is gained by exercising early.
            prop_assert!((value(kind, Style::American, 0.0) - value(kind, Style::European, 0.0)).abs() < 1e-12);
        }
        let parity = math::exp(-interest * years) * (forward - strike);
        let gap = value(Kind::Call, Style::European, interest) - value(Kind::Put, Style::European, interest) - parity;
        prop_assert!(gap.abs() < 1e-9 * (forward + strike));
        let other = claim(Kind::Put, Style::American, strike, forward, years, interest).value(volatility);
        prop_assert!((value(Kind::Call, Style::American, interest) - other).abs() < 1e-12, "symmetry");
    }
}
