//! Calibration: what was seen says which values of uncertain numbers a world may have.
//!
//! Approximate Bayesian computation. A particle is a setting of the factors θ, drawn from what is believed of them, run
//! with a seed of its own; its outcomes y(θ, seed) are held against what was seen, s, with the deviations σ that the file
//! gives to each target:
//!
//! d² = Σ ((y − s)/σ)², and the particle counts exp(−d²/2h²).
//!
//! At the tolerance h = 1 the posterior is exact if what was seen is what a run with the right factors gives, plus a normal
//! error of deviation σ ([Wilkinson 2013]); at a larger h, if errors are h times as large. Since few particles of the
//! prior come close, there are rounds: each draws its particles around those that came close before ([Beaumont et al.
//! 2009]), and h falls as fast as enough of them still count ([Del Moral, Doucet and Jasra 2012]). No run is thrown away:
//! particles of all rounds count by what they would have been drawn from in any of them ([Cornuet et al. 2012]). See
//! [`particles`].
//!
//! The rounds are small sweeps, so they stop, go on and give the same bits as sweeps do.
//!
//! [Wilkinson 2013]: https://doi.org/10.1515/sagmb-2013-0010
//! [Beaumont et al. 2009]: https://doi.org/10.1093/biomet/asp052
//! [Del Moral, Doucet and Jasra 2012]: https://doi.org/10.1007/s11222-011-9271-y
//! [Cornuet et al. 2012]: https://doi.org/10.1111/j.1467-9469.2011.00756.x

#[cfg(feature = "cli")]
pub mod file;
pub mod particles;
#[cfg(feature = "cli")]
pub mod posterior;
pub mod prediction;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod work;
pub mod written;

use crate::experiment::Experiment;
use crate::id::Id;

/// A checked calibration.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// One arm; its design's points are those of the first round.
    pub experiment: Experiment,
    /// What was seen, one for each outcome of the experiment, in its order.
    pub targets: Vec<Target>,
    /// How it is fitted.
    pub method: Method,
}

/// What was seen of an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Id of the outcome.
    pub id: Id,
    /// What was seen, in its unit.
    pub value: f64,
    /// Standard deviation of how far a run with the right factors is off.
    pub deviation: f64,
    /// Who published it, and when.
    pub source: String,
    /// Whether it is predicted only.
    pub held_out: bool,
}

/// How a world is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Method {
    /// Particles of a round.
    pub particles: usize,
    /// Rounds at most.
    pub rounds: usize,
    /// Particles that those coming close must be worth, as a share of a round's.
    pub keep: f64,
    /// Runs of a particle.
    pub runs: u32,
    /// Seed of the particles' own randomness.
    pub seed: u64,
}

impl Calibration {
    /// Σ ((y − s)/σ)² over the targets that are fitted; infinite where a run does not say what one of them is.
    #[must_use]
    pub fn distance(&self, outcomes: &[Option<f64>]) -> f64 {
        let fitted = self.targets.iter().zip(outcomes).filter(|(target, _)| !target.held_out);
        fitted
            .map(|(target, outcome)| {
                outcome.map_or(f64::INFINITY, |outcome| {
                    let off = (outcome - target.value) / target.deviation;
                    off * off
                })
            })
            .sum()
    }
}
