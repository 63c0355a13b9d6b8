//! The only mathematics that is not exact: the same bits on every machine.
//!
//! `exp`, `ln` and powers of the standard library call the platform, which may differ in the last bit. Here they come
//! from `libm`, a port of musl's C in plain Rust. `+ - * /` and the square root are exact by IEEE 754 everywhere.

/// e raised to `x`.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// Natural logarithm; −∞ at 0, NaN below.
#[inline]
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// Replaces every number by its [`ln`], to the same bits: four are worked out side by side, in half the time.
#[inline]
pub fn lns(numbers: &mut [f64]) {
    let (fours, rest) = numbers.as_chunks_mut::<4>();
    for four in fours {
        let least = four.iter().fold(f64::INFINITY, |least, &x| if x < least { x } else { least });
        // A number that is none makes none of the sum.
        let normal = least >= f64::MIN_POSITIVE && four.iter().sum::<f64>() < f64::INFINITY;
        *four = if normal { four.map(ln_of_normal) } else { four.map(ln) };
    }
    for x in rest {
        *x = ln(*x);
    }
}

/// What [`libm::log`] does with a positive normal number, without a branch: x = 2ᵏ·m with m from √½ to √2, and ln m by
/// the polynomial of musl's `log.c` in s = (m − 1)/(m + 1).
#[inline]
fn ln_of_normal(x: f64) -> f64 {
    /// Bits of √½, to half of them, and what leads from there to 1.
    const ROOT: u64 = 0x3fe6_a09e_0000_0000;
    const TO_ONE: u64 = 1.0_f64.to_bits() - ROOT;
    const FRACTION: u64 = (1 << 52) - 1;
    /// A real this large has no fraction: its bits end in a whole number.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    const BIAS: f64 = 1_023.0;
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const ODD: [f64; 4] =
        [0.666_666_666_666_673_5, 0.285_714_287_436_623_9, 0.181_835_721_616_180_5, 0.147_981_986_051_165_86];
    const EVEN: [f64; 3] = [0.399_999_999_994_094_2, 0.222_221_984_321_497_84, 0.153_138_376_992_093_73];
    let bits = x.to_bits() + TO_ONE;
    let k = f64::from_bits(WHOLE.to_bits() | bits >> 52) - (WHOLE + BIAS);
    let f = f64::from_bits((bits & FRACTION) + ROOT) - 1.0;
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (EVEN[0] + w * (EVEN[1] + w * EVEN[2]));
    let odd = z * (ODD[0] + w * (ODD[1] + w * (ODD[2] + w * ODD[3])));
    s * (half_square + (odd + even)) + k * LN_2[1] - half_square + f + k * LN_2[0]
}

/// `x` raised to a real power. About 40 ns: where the base repeats, keep `ln(x)` and use [`exp`].
#[inline]
#[must_use]
pub fn powf(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// `x` raised to a whole power by repeated squaring; a negative power is one over the positive one.
#[inline]
#[must_use]
pub fn powi(x: f64, n: i32) -> f64 {
    let (mut power, mut square, mut left) = (1.0, x, n.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            power *= square;
        }
        square *= square;
        left >>= 1;
    }
    if n < 0 { 1.0 / power } else { power }
}

/// Square root, exact to the last bit; NaN below 0.
#[inline]
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// tanh x.
#[inline]
#[must_use]
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// Sine of x in radians.
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Cosine of x in radians.
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// The nearest whole number, halves away from zero; beyond 64 bits the last one, 0 for NaN.
///
/// By conversion: `f64::round` is a call to the platform where the processor need not know how, as on plain x86-64.
#[inline]
#[must_use]
pub fn round(x: f64) -> i64 {
    let whole = x as i64;
    let rest = x - whole as f64; // exact: a real with a fraction has less than 53 bits before it
    whole.saturating_add(i64::from(rest >= 0.5) - i64::from(rest <= -0.5))
}

/// The least whole number that is not below; beyond 64 bits the last one, 0 for NaN.
#[inline]
#[must_use]
pub fn ceil(x: f64) -> i64 {
    let whole = x as i64;
    whole.saturating_add(i64::from(x > whole as f64))
}

/// The whole number below a real from 0 to 2^51, as a real: without a conversion, so that a loop of them is quick.
#[inline]
#[must_use]
pub fn whole(x: f64) -> f64 {
    /// Beyond it the neighbours of a real are a whole number apart: adding it rounds to the nearest.
    const FAR: f64 = 4_503_599_627_370_496.0;
    let nearest = x + FAR - FAR;
    if nearest > x { nearest - 1.0 } else { nearest }
}

/// exp(x) − 1 without loss of digits near 0.
#[inline]
#[must_use]
pub fn expm1(x: f64) -> f64 {
    libm::expm1(x)
}

/// ln(1 + x) without loss of digits near 0.
#[inline]
#[must_use]
pub fn log1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm of the gamma function.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// Φ(z): the share of a standard normal population below `z`, by the complementary error function.
///
/// Relative accuracy holds in the lower tail too, down to z = −37.
#[inline]
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Φ⁻¹(p): the standard normal value with share `p` below it; ∓∞ at 0 and 1, NaN outside.
///
/// Algorithm AS 241, routine PPND16, relative accuracy about 1e-16: rational functions of 0.180625 − (p − ½)² in the
/// middle and of √(−ln min(p, 1 − p)) in the tails. After [Wichura 1988].
///
/// [Wichura 1988]: https://doi.org/10.2307/2347330
#[inline]
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if is_middle(q) { normal_quantile_middle(q) } else { normal_quantile_tail(p, q) }
}

/// Replaces every share by its [`normal_quantile`], to the same bits.
///
/// Two fifths of the time of one by one: the middle is worked out for all of them side by side, then the tails, three of
/// twenty of evenly spread shares. That these are listed without a branch spares mispredicted ones.
pub fn normal_quantiles(shares: &mut [f64]) {
    const SIDE_BY_SIDE: usize = 128;
    let (mut kept, mut places) = ([0.0; SIDE_BY_SIDE], [0_u8; SIDE_BY_SIDE]);
    let mut tails = [0.0; SIDE_BY_SIDE];
    for shares in shares.chunks_mut(SIDE_BY_SIDE) {
        kept[..shares.len()].copy_from_slice(shares);
        for share in &mut *shares {
            *share = normal_quantile_middle(*share - 0.5);
        }
        let mut found = 0;
        for (place, share) in (0_u8..).zip(&kept[..shares.len()]) {
            (places[found], tails[found]) = (place, smaller(*share));
            found += usize::from(!is_middle(*share - 0.5));
        }
        let tails = &mut tails[..found.next_multiple_of(4)]; // what is left over from before does no harm
        lns(tails);
        for size in &mut *tails {
            let r = sqrt(-*size);
            *size = tail(&TAIL, r - 1.6);
            *size = if r <= 5.0 { *size } else { f64::NAN };
        }
        for (size, place) in tails.iter().zip(&places[..found]) {
            let share = kept[usize::from(*place)];
            let q = share - 0.5;
            shares[usize::from(*place)] = if size.is_nan() { normal_quantile_tail(share, q) } else { size.copysign(q) };
        }
    }
}

#[inline]
fn is_middle(q: f64) -> bool {
    q.abs() <= 0.425
}

#[inline]
fn normal_quantile_middle(q: f64) -> f64 {
    let r = 0.180_625 - q * q;
    q * (polynomial(&MIDDLE.0, r) / polynomial(&MIDDLE.1, r))
}

fn normal_quantile_tail(p: f64, q: f64) -> f64 {
    let share = smaller(p); // which one and, below, which sign is a coin toss: no branch could be predicted
    if share == 0.0 {
        return f64::INFINITY.copysign(q);
    }
    let r = sqrt(-ln(share));
    let size = if r <= 5.0 { tail(&TAIL, r - 1.6) } else { tail(&FAR_TAIL, r - 5.0) };
    size.copysign(q)
}

/// The smaller of a share and of what is left.
#[inline]
fn smaller(share: f64) -> f64 {
    let rest = 1.0 - share;
    if share < rest { share } else { rest }
}

#[inline]
fn tail((over, under): &Rational, x: f64) -> f64 {
    polynomial(over, x) / polynomial(under, x)
}

/// Horner's rule, constant term first.
#[inline]
fn polynomial([lower @ .., highest]: &[f64; 8], x: f64) -> f64 {
    lower.iter().rev().fold(*highest, |sum, coefficient| sum * x + coefficient)
}

type Rational = ([f64; 8], [f64; 8]);

// Coefficients as printed by Wichura, numerator and denominator, constant term first.
#[allow(clippy::excessive_precision)]
const MIDDLE: Rational = (
    [
        3.387_132_872_796_366_608_0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
);
#[allow(clippy::excessive_precision)]
const TAIL: Rational = (
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
);
#[allow(clippy::excessive_precision)]
const FAR_TAIL: Rational = (
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
);

#[cfg(test)]
#[allow(clippy::float_cmp)] // to the bit is the promise
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-14 * expected.abs().max(1e-300), "{found} against {expected}");
    }

    #[test]
    fn quantiles_agree_with_the_printed_examples() {
        // Wichura's own checks, then the two-sided 95 % point to 17 digits.
        close(normal_quantile(0.25), -0.674_489_750_196_081_7);
        close(normal_quantile(0.001), -3.090_232_306_167_813_5);
        close(normal_quantile(1e-20), -9.262_340_089_798_408);
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        assert!(normal_quantile(0.5) == 0.0);
    }

    #[test]
    fn quantile_undoes_the_distribution_function() {
        for step in -600..=600 {
            let z = f64::from(step) / 100.0;
            let tolerance = if z > 0.0 { 1e-7 } else { 1e-12 }; // near 1 the argument itself has lost the digits
            assert!((normal_quantile(normal_cdf(z)) - z).abs() < tolerance, "at {z}");
        }
    }

    #[test]
    fn quantiles_side_by_side_are_the_same_to_the_bit() {
        let shares: Vec<_> =
            (-5..=1_005).map(|p| f64::from(p) / 1_000.0).chain([f64::NAN, 1e-20, 1.0 - 1e-16]).collect();
        let mut together = shares.clone();
        normal_quantiles(&mut together);
        let alone = shares.iter().map(|share| normal_quantile(*share).to_bits());
        assert!(together.iter().map(|value| value.to_bits()).eq(alone));
    }

    #[test]
    fn logarithms_side_by_side_are_the_same_to_the_bit() {
        let near_one = (-40..=40).map(|step| f64::from_bits((1.0_f64.to_bits() as i64 + step) as u64));
        let prices = (1..20_000).map(|tick| f64::from(tick) / 7_001.0);
        let powers = (-1_074..=1_023).flat_map(|k| [1.0, 1.4, 1.42, 1.999].map(|m| m * powi(2.0, k)));
        let roots =
            (-9..=9).map(|step| f64::from_bits((std::f64::consts::FRAC_1_SQRT_2.to_bits() as i64 + step) as u64));
        let odd = [0.0, -0.0, -1.0, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY, f64::NEG_INFINITY];
        let alone: Vec<f64> = near_one.chain(prices).chain(powers).chain(roots).chain(odd).collect();
        let mut together = alone.clone();
        lns(&mut together);
        for (x, together) in alone.iter().zip(&together) {
            assert_eq!(ln(*x).to_bits(), together.to_bits(), "{x:e}");
        }
        let mut none = [f64::NAN; 4];
        lns(&mut none);
        assert!(none.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn edges_are_infinite_and_the_outside_is_not_a_number() {
        assert!(normal_quantile(0.0) == f64::NEG_INFINITY && normal_quantile(1.0) == f64::INFINITY);
        assert!(normal_quantile(-0.1).is_nan() && normal_quantile(1.1).is_nan() && normal_quantile(f64::NAN).is_nan());
        assert!(normal_cdf(f64::NEG_INFINITY) == 0.0 && normal_cdf(f64::INFINITY) == 1.0);
    }

    #[test]
    fn rounding_by_conversion_is_rounding() {
        let odd = [0.5, 1.5, 2.5, 0.499_999_999_999_999_94, 1e15 + 0.5, 4.5e15 + 0.5, 9.007e15, 9.3e18, 1e300, 5e-324];
        let many = (1..2_000).map(|i| f64::from(i) * 0.25 + f64::from(i % 7) * 1e-9);
        for x in many.chain(odd).chain([0.0, f64::INFINITY, f64::NAN]).flat_map(|x| [x, -x]) {
            assert_eq!(round(x), x.round() as i64, "{x}");
            assert_eq!(ceil(x), x.ceil() as i64, "{x}");
            if (0.0..=2_251_799_813_685_248.0).contains(&x) {
                assert_eq!(whole(x).to_bits(), (x as i64 as f64).to_bits(), "{x}");
            }
        }
    }

    #[test]
    fn whole_powers_are_products() {
        assert!(powi(3.0, 4) == 81.0 && powi(2.0, -3) == 0.125 && powi(7.5, 0) == 1.0);
        assert!(powi(2.0, i32::MIN) == 0.0);
    }

    #[test]
    fn bits_are_the_same_everywhere() {
        let found = [
            exp(1.0),
            ln(3.0),
            powf(1.1, 2.5),
            expm1(1e-5),
            log1p(1e-5),
            normal_cdf(-1.25),
            normal_quantile(0.9),
            normal_quantile(1e-12),
        ]
        .map(f64::to_bits);
        assert_eq!(found, BITS, "{found:#018x?}");
    }

    const BITS: [u64; 8] = [
        0x4005_bf0a_8b14_576a,
        0x3ff1_93ea_7aad_030a,
        0x3ff4_4e10_8083_3b25,
        0x3ee4_f8bc_681c_dfb6,
        0x3ee4_f8ae_a9ae_7317,
        0x3fbb_0bdd_12ba_9c29,
        0x3ff4_813c_36e2_6d33,
        0xc01c_234f_ba57_a32a,
    ];
}
