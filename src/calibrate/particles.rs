//! Particles of several rounds and what each of them counts.
//!
//! A particle lies at z, one standard normal coordinate per factor: u = Φ(z) is its place in the factor's probability, so
//! the prior is φ(z) = N(0, I) and has no edges. Round 0 is drawn from the prior. Round t is drawn from the mixture
//!
//! q_t(z) = 1/N Σ_j N(z; c_j, Σ),
//!
//! with N centers c_j that are drawn from the particles so far by their weights, and Σ the weighted covariance of these.
//! Of n particles in all, n_t of round t, particle i has the weight
//!
//! w_i = φ(z_i) / Σ_t (n_t/n) q_t(z_i) · mean_j exp(−d_ij²/2h²),
//!
//! d_ij its distance in run j ("deterministic mixture": [Owen and Zhou 2000]; over rounds: [Cornuet et al. 2012]). Since
//! round 0 is part of the mixture, no weight exceeds n/n_0 times what its runs say. The kernel of Beaumont et al. (2009) is 2Σ,
//! for particles that are accepted or not. Particles that are weighted are worth more when drawn less widely: for a normal
//! posterior Σ, drawn from Σ + 2Σ they are worth a share of 0.75 of their number with one factor and 0.23 with five, drawn from
//! Σ + Σ 0.87 and 0.49.
//!
//! [Owen and Zhou 2000]: https://doi.org/10.1080/01621459.2000.10473909
//! [Cornuet et al. 2012]: https://doi.org/10.1111/j.1467-9469.2011.00756.x

use crate::math;
use crate::streams::{Draw as _, Purpose, Streams};

/// Least variance of a coordinate in a kernel, so that particles that agree do not stand still.
const LEAST: f64 = 1e-6;

/// Particles of some rounds.
#[derive(Debug, Clone)]
pub struct Population {
    width: usize,
    seed: u64,
    rounds: Vec<Round>,
    /// Coordinates of one particle after the other.
    z: Vec<f64>,
    /// Distances of one particle after the other, as many as it has runs.
    distances: Vec<Vec<f64>>,
    /// ln Σ_t n_t q_t(z)/φ(z) of each particle over the rounds so far.
    mixture: Vec<f64>,
}

/// What the particles of a round were drawn from.
#[derive(Debug, Clone)]
struct Round {
    count: usize,
    /// Share of what was drawn that is allowed.
    allowed: f64,
    /// Centers one after the other, and the kernel; none of the prior.
    kernel: Option<Kernel>,
}

/// A mixture of normal distributions.
#[derive(Debug, Clone)]
struct Kernel {
    width: usize,
    centers: Vec<f64>,
    /// Lower triangle L of Σ = L·Lᵀ, row by row.
    root: Vec<f64>,
}

/// What particles count.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// h.
    pub tolerance: f64,
    /// How many independent draws they are worth: (Σw)²/Σw².
    pub effective: f64,
    /// Of each particle; together 1.
    pub particles: Vec<f64>,
    /// Of each run of each particle; together 1.
    pub runs: Vec<Vec<f64>>,
}

/// Particles yet to be run.
#[derive(Debug, Clone)]
pub struct Proposal {
    round: Round,
    /// Coordinates of one particle after the other.
    pub z: Vec<f64>,
}

impl Population {
    /// None yet, of so many factors.
    #[must_use]
    pub const fn new(width: usize, seed: u64) -> Self {
        Self { width, seed, rounds: Vec::new(), z: Vec::new(), distances: Vec::new(), mixture: Vec::new() }
    }

    /// Particles so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.distances.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.distances.is_empty()
    }

    /// Coordinates of a particle.
    #[must_use]
    pub fn at(&self, particle: usize) -> &[f64] {
        &self.z[particle * self.width..(particle + 1) * self.width]
    }

    /// Particles of the prior, a share `allowed` of those drawn.
    #[must_use]
    pub fn prior(z: Vec<f64>, width: usize, allowed: f64) -> Proposal {
        Proposal { round: Round { count: z.len() / width.max(1), allowed, kernel: None }, z }
    }

    /// As many particles around those that count, at places that are allowed.
    #[must_use]
    pub fn propose(&self, count: usize, weights: &Weights, fits: &dyn Fn(&[f64]) -> bool) -> Proposal {
        const CENTERS: Purpose = Purpose::new("calibrate.centers");
        const PARTICLE: Purpose = Purpose::new("calibrate.particle");
        let streams = Streams::new(self.seed);
        let round = self.rounds.len() as u32;
        let chosen = systematic(&weights.particles, count, streams.world_at(CENTERS, round).unit());
        let centers: Vec<f64> = chosen.iter().flat_map(|&particle| self.at(particle).to_vec()).collect();
        let kernel = Kernel { width: self.width, root: self.root(&weights.particles), centers };
        let mut z = Vec::with_capacity(count * self.width);
        let mut at_once = 0;
        for particle in 0..count {
            let mut draws = streams.at(PARTICLE, particle as u64, round);
            // One particle of each center. If it lies where none may, another is drawn from the whole mixture, so that
            // what is drawn is the mixture over what is allowed.
            let mut drawn = kernel.around(particle, &mut draws);
            at_once += usize::from(fits(&drawn));
            while !fits(&drawn) {
                let center = draws.below(count as u64) as usize;
                drawn = kernel.around(center, &mut draws);
            }
            z.append(&mut drawn);
        }
        let allowed = at_once.max(1) as f64 / count as f64;
        Proposal { round: Round { count, allowed, kernel: Some(kernel) }, z }
    }

    /// L of the weighted covariance.
    fn root(&self, weights: &[f64]) -> Vec<f64> {
        let k = self.width;
        let mean = |i: usize| weights.iter().enumerate().map(|(p, w)| w * self.at(p)[i]).sum::<f64>();
        let means: Vec<f64> = (0..k).map(mean).collect();
        let mut covariance = vec![0.0; k * k];
        for (particle, weight) in weights.iter().enumerate() {
            let z = self.at(particle);
            for i in 0..k {
                for j in 0..=i {
                    covariance[i * k + j] += weight * (z[i] - means[i]) * (z[j] - means[j]);
                }
            }
        }
        cholesky(covariance, k)
    }

    /// Takes in what the runs of proposed particles came to.
    ///
    /// # Panics
    /// When there are not as many as were proposed.
    pub fn add(&mut self, proposal: Proposal, distances: Vec<Vec<f64>>) {
        assert_eq!(proposal.round.count, distances.len(), "bug: runs that are not those of the round");
        let (round, old) = (proposal.round, self.len());
        self.z.extend(proposal.z);
        self.distances.extend(distances);
        for particle in 0..old {
            let more = round.log_share(self.at(particle));
            self.mixture[particle] = log_sum(&[self.mixture[particle], more]);
        }
        self.rounds.push(round);
        for particle in old..self.len() {
            let terms: Vec<f64> = self.rounds.iter().map(|round| round.log_share(self.at(particle))).collect();
            self.mixture.push(log_sum(&terms));
        }
    }

    /// What the particles count at the least tolerance, from 1 up, at which they are worth `enough`, or at which they are
    /// worth most if that is nowhere so. `None` if no run has a distance.
    #[must_use]
    pub fn weigh(&self, enough: f64) -> Option<Weights> {
        const COARSEST: f64 = 1e6;
        let nearest = self.distances.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        if !nearest.is_finite() {
            return None;
        }
        let at = |h: f64| self.at_tolerance(h, nearest);
        let (mut low, mut high) = (1.0_f64, 1.0_f64);
        let mut found = at(1.0);
        while found.effective < enough && high < COARSEST {
            (low, high) = (high, 2.0 * high);
            found = at(high);
        }
        if high > 1.0 {
            for _ in 0..40 {
                let middle = math::sqrt(low * high);
                if at(middle).effective < enough { low = middle } else { high = middle }
            }
            found = at(high);
        }
        Some(found)
    }

    fn at_tolerance(&self, tolerance: f64, nearest: f64) -> Weights {
        let scale = 2.0 * tolerance * tolerance;
        let least = self.mixture.iter().copied().fold(f64::INFINITY, f64::min);
        let weigh = |(distances, mixture): (&Vec<f64>, &f64)| -> Vec<f64> {
            let base = math::exp(least - mixture) / distances.len() as f64;
            distances
                .iter()
                .map(|d| if d.is_finite() { base * math::exp((nearest - d) / scale) } else { 0.0 })
                .collect()
        };
        let mut runs: Vec<Vec<f64>> = self.distances.iter().zip(&self.mixture).map(weigh).collect();
        let total: f64 = runs.iter().flatten().sum();
        runs.iter_mut().flatten().for_each(|weight| *weight /= total);
        let particles: Vec<f64> = runs.iter().map(|runs| runs.iter().sum()).collect();
        let squares: f64 = particles.iter().map(|weight| weight * weight).sum();
        Weights { tolerance, effective: 1.0 / squares, particles, runs }
    }
}

impl Round {
    /// ln n_t q_t(z)/φ(z).
    fn log_share(&self, z: &[f64]) -> f64 {
        let share = math::ln(self.count as f64 / self.allowed);
        self.kernel.as_ref().map_or(share, |kernel| share + kernel.log_density(z) + 0.5 * square(z))
    }
}

impl Kernel {
    fn around(&self, center: usize, draws: &mut crate::streams::Draws) -> Vec<f64> {
        let k = self.width;
        let noise: Vec<f64> = (0..k).map(|_| draws.normal()).collect();
        let moved = |i: usize| {
            let step: f64 = (0..=i).map(|j| self.root[i * k + j] * noise[j]).sum();
            self.centers[center * k + i] + step
        };
        (0..k).map(moved).collect()
    }

    /// ln q(z), without the (2π)^(−k/2) that the prior has too.
    fn log_density(&self, z: &[f64]) -> f64 {
        let k = self.width;
        let determinant: f64 = (0..k).map(|i| math::ln(self.root[i * k + i])).sum();
        let centers = self.centers.chunks(k);
        let count = centers.len() as f64;
        let terms: Vec<f64> = centers
            .map(|center| {
                // L·x = z − c, from the top down.
                let mut x = vec![0.0; k];
                for i in 0..k {
                    let known: f64 = (0..i).map(|j| self.root[i * k + j] * x[j]).sum();
                    x[i] = (z[i] - center[i] - known) / self.root[i * k + i];
                }
                -0.5 * square(&x)
            })
            .collect();
        log_sum(&terms) - determinant - math::ln(count)
    }
}

fn square(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

/// ln Σ exp.
fn log_sum(terms: &[f64]) -> f64 {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + math::ln(terms.iter().map(|term| math::exp(term - most)).sum())
}

/// Lower triangle L of a symmetric matrix L·Lᵀ, given by its lower triangle, row by row.
fn cholesky(mut matrix: Vec<f64>, k: usize) -> Vec<f64> {
    for i in 0..k {
        for j in 0..=i {
            let known: f64 = (0..j).map(|l| matrix[i * k + l] * matrix[j * k + l]).sum();
            let left = matrix[i * k + j] - known;
            matrix[i * k + j] = if i == j { math::sqrt(left.max(LEAST)) } else { left / matrix[j * k + j] };
        }
    }
    matrix
}

/// Places drawn by weight: the k-th is where the weights before it add up to (k + u)/count of all ([Kitagawa 1996]). Each
/// comes as often as its weight says, rounded up or down.
///
/// [Kitagawa 1996]: https://doi.org/10.1080/10618600.1996.10474692
#[must_use]
pub fn systematic(weights: &[f64], count: usize, u: f64) -> Vec<usize> {
    let total: f64 = weights.iter().sum();
    let last = weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0);
    let (mut place, mut below) = (0, weights.first().copied().unwrap_or(0.0));
    let mut chosen = Vec::with_capacity(count);
    for draw in 0..count {
        let at = (draw as f64 + u) / count as f64 * total;
        while below <= at && place < last {
            place += 1;
            below += weights[place];
        }
        chosen.push(place);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rounds of a toy of k factors: what a particle at u = Φ(z) gives is held against what was seen.
    fn fitted(
        k: usize,
        (count, rounds, seed): (usize, usize, u64),
        runs: usize,
        fits: &dyn Fn(&[f64]) -> bool,
        distance: &dyn Fn(&[f64], u64) -> f64,
    ) -> (Population, Weights) {
        const PRIOR: Purpose = Purpose::new("test.prior");
        let mut population = Population::new(k, seed);
        let drawn: Vec<Vec<f64>> = (0..count)
            .map(|i| {
                let mut draws = Streams::new(seed).at(PRIOR, i as u64, 0);
                (0..k).map(|_| draws.normal()).collect()
            })
            .collect();
        let kept: Vec<Vec<f64>> = drawn.into_iter().filter(|z| fits(z)).collect();
        let allowed = kept.len() as f64 / count as f64;
        let mut proposal = Population::prior(kept.concat(), k, allowed);
        let mut weights = None;
        for _ in 0..rounds {
            let first = population.len() as u64;
            let distances = proposal
                .z
                .chunks(k)
                .zip(first..)
                .map(|(z, i)| (0..runs as u64).map(|run| distance(z, i * runs as u64 + run)).collect())
                .collect();
            population.add(proposal, distances);
            let found = population.weigh(0.3 * count as f64).expect("distances");
            proposal = population.propose(count, &found, fits);
            weights = Some(found);
        }
        (population, weights.expect("a round"))
    }

    fn moments(population: &Population, weights: &Weights, of: &dyn Fn(&[f64]) -> f64) -> (f64, f64) {
        let sum = |f: &dyn Fn(f64) -> f64| {
            weights.particles.iter().enumerate().map(|(i, w)| w * f(of(population.at(i)))).sum::<f64>()
        };
        let mean = sum(&|x| x);
        (mean, math::sqrt(sum(&|x| (x - mean) * (x - mean))))
    }

    /// z ~ N(0, I), and z_i + noise of 0.1 was seen to be 1.5 and −1: the posterior of each is normal with variance
    /// 1/(1 + 100) and mean 100·seen/101. In five more coordinates nothing was seen.
    #[test]
    fn a_normal_posterior_is_found_in_mean_and_spread() {
        let seen = [1.5, -1.0];
        let distance = |z: &[f64], _| (0..2).map(|i| (z[i] - seen[i]) * (z[i] - seen[i]) / 0.01).sum::<f64>();
        let (population, weights) = fitted(4, (400, 8, 7), 1, &|_| true, &distance);
        assert_eq!(weights.tolerance.to_bits(), 1.0_f64.to_bits());
        assert!(weights.effective > 400.0, "{}", weights.effective);
        let error = 4.0 / math::sqrt(weights.effective); // four standard errors of a mean, in deviations
        for (i, (mean, sd)) in
            [(150.0 / 101.0, 0.099_504), (-100.0 / 101.0, 0.099_504), (0.0, 1.0), (0.0, 1.0)].into_iter().enumerate()
        {
            let found = moments(&population, &weights, &|z| z[i]);
            assert!((found.0 - mean).abs() < error * sd, "mean {i}: {found:?} against {mean}");
            assert!((found.1 / sd - 1.0).abs() < error, "spread {i}: {found:?} against {sd}");
        }
    }

    /// Runs that scatter by 0.2 and a target with an error of 0.1: the posterior is that of an error of √0.05.
    #[test]
    fn what_runs_scatter_counts_as_error() {
        const NOISE: Purpose = Purpose::new("test.noise");
        for runs in [1, 4] {
            let distance = |z: &[f64], run: u64| {
                let off = (z[0] + 0.2 * Streams::new(3).at(NOISE, run, 0).normal() - 1.0) / 0.1;
                off * off
            };
            let (population, weights) = fitted(1, (500, 6, 11), runs, &|_| true, &distance);
            let (mean, sd) = (1.0 / 1.05, math::sqrt(0.05 / 1.05));
            let found = moments(&population, &weights, &|z| z[0]);
            let error = 4.0 / math::sqrt(weights.effective);
            assert!((found.0 - mean).abs() < error * sd, "{runs}: {found:?} against {mean}");
            assert!((found.1 / sd - 1.0).abs() < error, "{runs}: {found:?} against {sd}");
        }
    }

    /// Two coordinates of which the first must be smaller, and their sum was seen to be 0: their difference d is then half
    /// of a normal distribution of variance 2, with mean 2/√π.
    #[test]
    fn what_is_not_allowed_is_no_part_of_prior_or_posterior() {
        let distance = |z: &[f64], _| (z[0] + z[1]) * (z[0] + z[1]) / 0.0025;
        let fits = |z: &[f64]| z[0] < z[1];
        let (population, weights) = fitted(2, (600, 6, 5), 1, &fits, &distance);
        assert!((0..population.len()).all(|i| fits(population.at(i))));
        let found = moments(&population, &weights, &|z| z[1] - z[0]);
        let mean = std::f64::consts::FRAC_2_SQRT_PI;
        let sd = math::sqrt(2.0 - mean * mean);
        assert!((found.0 - mean).abs() < 4.0 / math::sqrt(weights.effective) * sd, "{found:?} against {mean} ± {sd}");
    }

    /// When nothing comes close, the tolerance stays where enough particles still count, and says so.
    #[test]
    fn what_cannot_be_reached_leaves_a_large_tolerance() {
        let distance = |z: &[f64], _| {
            let u = math::normal_cdf(z[0]);
            (u - 5.0) * (u - 5.0) / 1e-6
        };
        let (population, weights) = fitted(1, (200, 3, 1), 1, &|_| true, &distance);
        assert!(weights.tolerance > 2.0 && weights.effective > 59.0, "{weights:?}");
        let found = moments(&population, &weights, &|z| math::normal_cdf(z[0]));
        assert!(found.0 > 0.9, "it presses against the end: {found:?}");
        let mut nothing = Population::new(1, 1);
        nothing.add(Population::prior(vec![0.0, 1.0], 1, 1.0), vec![vec![f64::INFINITY], vec![f64::INFINITY]]);
        assert_eq!(nothing.weigh(1.0), None);
    }

    /// The closed form of a cut of supply: many who each saw a price with an error fit η, and the η of as many as should lies
    /// in their bands.
    #[test]
    fn bands_hold_the_truth_as_often_as_they_say() {
        const TRUTH: Purpose = Purpose::new("test.truth");
        const ERROR: f64 = 400.0;
        let price = |eta: f64| 10_000.0 * math::powf(0.8, -1.0 / (eta + 0.2));
        let eta_of = |z: &[f64]| 0.1 + 0.5 * math::normal_cdf(z[0]);
        let mut inside = [0; 3];
        for repeat in 0..200 {
            let mut draws = Streams::new(17).at(TRUTH, repeat, 0);
            let truth = 0.1 + 0.5 * draws.unit();
            let seen = price(truth) + ERROR * draws.normal();
            let distance = |z: &[f64], _| {
                let off = (price(eta_of(z)) - seen) / ERROR;
                off * off
            };
            let (population, weights) = fitted(1, (60, 4, repeat), 1, &|_| true, &distance);
            let below = |i: &usize| eta_of(population.at(*i)) < truth;
            let share: f64 = (0..population.len()).filter(below).map(|i| weights.particles[i]).sum();
            for (count, band) in inside.iter_mut().zip([0.5, 0.8, 0.95]) {
                *count += i32::from((share - 0.5).abs() <= band / 2.0);
            }
        }
        // Of 200, 100 ± 7.1, 160 ± 5.7 and 190 ± 3.1; three deviations.
        for (found, (mean, deviation)) in inside.into_iter().zip([(100.0, 7.1), (160.0, 5.7), (190.0, 3.1)]) {
            assert!((f64::from(found) - mean).abs() < 3.0 * deviation, "{inside:?}");
        }
    }

    #[test]
    fn systematic_draws_follow_the_weights() {
        assert_eq!(systematic(&[0.5, 0.0, 0.25, 0.25], 4, 0.5), [0, 0, 2, 3]);
        assert_eq!(systematic(&[2.0, 6.0], 4, 0.0), [0, 1, 1, 1]);
        assert_eq!(systematic(&[0.0, 1.0, 0.0], 3, 0.999), [1, 1, 1]);
        for u in [0.0, 0.3, 0.999_999] {
            let drawn = systematic(&[0.1, 0.2, 0.3, 0.4], 100, u);
            for (place, count) in [10_usize, 20, 30, 40].into_iter().enumerate() {
                let found = drawn.iter().filter(|&&other| other == place).count();
                assert!(found.abs_diff(count) <= 1, "{u}: {place} {found} times");
            }
        }
    }

    #[test]
    fn a_root_times_itself_is_the_matrix() {
        let root = cholesky(vec![4.0, 0.0, 2.0, 10.0], 2);
        assert!(root.iter().zip([2.0, 0.0, 1.0, 3.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{root:?}");
    }
}
