//! The samplers, the same for every generator. Their bits are part of the results: each is pinned by a test.

use std::ops::RangeInclusive;

use rand::Rng;

use crate::math;

/// What can be drawn from a source of random words; implemented for every [`rand::Rng`].
///
/// Each sampler says how many words it takes, so that a reader can tell which later draws a change would move.
pub trait Draw: Rng {
    /// A random word of 64 bits.
    #[inline]
    fn u64(&mut self) -> u64 {
        self.next_u64()
    }

    /// Uniform in [0, 1): a multiple of 2⁻⁵³. One word.
    #[inline]
    fn unit(&mut self) -> f64 {
        (self.u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in (0, 1): an odd multiple of 2⁻⁵³, safe for logarithms and quantiles. One word.
    #[inline]
    fn open_unit(&mut self) -> f64 {
        open_unit(self.u64())
    }

    /// Uniform over 0, 1, …, n − 1 without bias, by multiplication and rejection. One word, rarely more.
    ///
    /// After [Lemire 2019](https://doi.org/10.1145/3230636).
    ///
    /// # Panics
    /// If `n` is 0.
    #[inline]
    fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "bug: a number below 0 was asked for");
        let mut product = u128::from(self.u64()) * u128::from(n);
        if (product as u64) < n {
            let unfair = n.wrapping_neg() % n;
            while (product as u64) < unfair {
                product = u128::from(self.u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Uniform over the whole numbers from the first to the last, both included. One word, rarely more.
    ///
    /// # Panics
    /// If the range is empty.
    #[inline]
    fn range(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (first, last) = range.into_inner();
        assert!(first <= last, "bug: a number from the empty range {first}..={last} was asked for");
        match (last.wrapping_sub(first) as u64).checked_add(1) {
            Some(count) => first.wrapping_add(self.below(count) as i64),
            None => self.u64() as i64,
        }
    }

    /// Standard normal, by the quantile function: larger words give larger values. Within ±8.3. One word.
    #[inline]
    fn normal(&mut self) -> f64 {
        math::normal_quantile(self.open_unit())
    }

    /// exp(mu + sigma·z), z standard normal: median exp(mu), mean exp(mu + sigma²/2). One word.
    #[inline]
    fn lognormal(&mut self, mu: f64, sigma: f64) -> f64 {
        math::exp(mu + sigma * self.normal())
    }

    /// Exponential with the given mean: the wait for an event that comes 1/mean times per unit of time. One word.
    #[inline]
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * math::ln(self.open_unit())
    }

    /// True with probability `p`; never at 0 or below nor at NaN, always at 1 or above. One word.
    #[inline]
    fn bernoulli(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of the items, each as likely; none of none. One word, rarely more.
    #[inline]
    fn choice<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len() as u64) as usize) }
    }

    /// Puts the items in random order, each order as likely (Fisher and Yates, from the last item down).
    #[inline]
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

impl<R: Rng + ?Sized> Draw for R {}

/// What [`Draw::open_unit`] makes of a word: of its upper 52 bits k the number (2k + 1)·2⁻⁵³.
///
/// The bits are put behind the point of a number from 1 to 2, so that a loop needs no conversion; the difference is exact.
#[inline]
#[must_use]
pub const fn open_unit(word: u64) -> f64 {
    f64::from_bits(1.0_f64.to_bits() | word >> 12) - (1.0 - f64::EPSILON / 2.0)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // to the bit is the promise
mod tests {
    use rand::TryRng;
    use std::convert::Infallible;

    use super::*;

    /// Gives the words of a list, then zeros.
    struct Script(Vec<u64>);

    impl TryRng for Script {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            self.try_next_u64().map(|word| (word >> 32) as u32)
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(if self.0.is_empty() { 0 } else { self.0.remove(0) })
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(0);
            Ok(())
        }
    }

    fn words(words: &[u64]) -> Script {
        Script(words.to_vec())
    }

    #[test]
    fn units_stay_inside_their_bounds_at_the_extreme_words() {
        assert!(words(&[0]).unit() == 0.0);
        assert!(words(&[u64::MAX]).unit() == 1.0 - f64::EPSILON / 2.0);
        assert!(words(&[0]).open_unit() == f64::EPSILON / 2.0);
        assert!(words(&[u64::MAX]).open_unit() == 1.0 - f64::EPSILON / 2.0);
        assert!(words(&[0]).normal() > -8.3 && words(&[u64::MAX]).normal() < 8.3);
    }

    #[test]
    fn open_units_are_halfway_between_the_multiples() {
        for word in (0..64).map(|shift| 0x9E37_79B9_7F4A_7C15_u64 >> shift).chain([0, u64::MAX, 1 << 63]) {
            let expected = ((word >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0;
            assert_eq!(open_unit(word).to_bits(), expected.to_bits(), "{word:#x}");
        }
    }

    #[test]
    fn below_rejects_the_words_that_would_favor_a_number() {
        // 2⁶⁴ = 3·k + 1: of the words, one too many would give 0, and it is the word 0 that is refused.
        assert_eq!(words(&[0, 1 << 63]).below(3), 1);
        assert_eq!(words(&[u64::MAX]).below(3), 2);
        assert_eq!(words(&[0]).below(4), 0);
        assert_eq!(words(&[u64::MAX]).below(1), 0);
    }

    #[test]
    fn ranges_reach_both_ends_and_the_whole_line() {
        assert_eq!(words(&[0, 1]).range(-5..=5), -5);
        assert_eq!(words(&[u64::MAX]).range(-5..=5), 5);
        assert_eq!(words(&[7]).range(i64::MIN..=i64::MAX), 7);
        assert_eq!(words(&[u64::MAX]).range(i64::MIN..=i64::MAX - 1), i64::MAX - 1);
        assert_eq!(words(&[9]).range(3..=3), 3);
    }

    #[test]
    fn chances_of_nothing_and_of_certainty_are_kept() {
        assert!(!words(&[0]).bernoulli(0.0) && !words(&[0]).bernoulli(f64::NAN));
        assert!(words(&[u64::MAX]).bernoulli(1.0));
        assert_eq!(words(&[0]).choice::<u8>(&[]), None);
        assert_eq!(words(&[u64::MAX]).choice(&[1, 2, 3]), Some(&3));
    }
}
