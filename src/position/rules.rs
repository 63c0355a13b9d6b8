//! The rules by which a position is judged, on plain numbers.

/// What passes through a stage within a nation; any unit of contained metal a year.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageFlow {
    /// Output of mines that sell this stage.
    pub mined: f64,
    /// Output of plants, with the place of each one's feed among the stages.
    pub made: Vec<(usize, f64)>,
    /// Output of recyclers.
    pub recycled: f64,
    /// Imports less exports.
    pub net_imports: f64,
    /// Use of sectors.
    pub used: f64,
    /// Feed of plants.
    pub fed: f64,
}

impl StageFlow {
    fn output(&self) -> f64 {
        self.mined + self.recycled + self.made.iter().map(|(_, output)| output).sum::<f64>()
    }
}

/// Share of each stage's supply within a nation that was mined or recycled there, stages in order of the chain:
/// d_s = (m_s + r_s + Σ_f y_fs·d_f) / (m_s + r_s + Σ_f y_fs + max(0, M_s − X_s)).
///
/// m_s mine output of stage s, r_s that of recyclers, y_fs output of plants that turn stage f into s, M_s − X_s net imports. Own and foreign
/// metal are taken to mix in proportion; imports count as mined abroad even when the ore was once exported. Nothing where
/// a stage has no supply this year.
#[must_use]
pub fn domestic_content(stages: &[StageFlow]) -> Vec<Option<f64>> {
    content(stages, |stage| stage.mined + stage.recycled)
}

fn content(stages: &[StageFlow], own: impl Fn(&StageFlow) -> f64) -> Vec<Option<f64>> {
    let mut shares: Vec<Option<f64>> = Vec::with_capacity(stages.len());
    for stage in stages {
        let supply = stage.output() + stage.net_imports.max(0.0);
        // A plant that lived off old feed alone says nothing of where the feed came from: it counts as foreign.
        let made = stage.made.iter().map(|(feed, output)| output * shares[*feed].unwrap_or(0.0));
        let own = own(stage) + made.sum::<f64>();
        shares.push((supply > 0.0).then(|| own / supply));
    }
    shares
}

/// Share of what a nation uses that was mined abroad: Σ w_s·(1 − d_s) / Σ w_s, w_s the use of sectors at stage s. A nation
/// whose sectors use none, but whose plants process it, is judged by its feed. Nothing when it does neither.
#[must_use]
pub fn mined_abroad(stages: &[StageFlow]) -> Option<f64> {
    weighed(stages, &domestic_content(stages)).map(|own| 1.0 - own)
}

/// Share of the same that was mined at home: as [`domestic_content`], but what is recycled is not own.
#[must_use]
pub fn mined_at_home(stages: &[StageFlow]) -> Option<f64> {
    weighed(stages, &content(stages, |stage| stage.mined))
}

/// Mean of a content of the stages, weighed by use, or by feed where no sector uses any.
fn weighed(stages: &[StageFlow], content: &[Option<f64>]) -> Option<f64> {
    let weigh = |weight: fn(&StageFlow) -> f64| {
        let known = stages.iter().zip(content).filter_map(|(stage, share)| Some((weight(stage), (*share)?)));
        let (weights, own) = known.fold((0.0, 0.0), |(sum, part), (w, d)| (sum + w, part + w * d));
        (weights > 0.0).then(|| own / weights)
    };
    weigh(|stage| stage.used).or_else(|| weigh(|stage| stage.fed))
}

/// Net import reliance, 1 − production / apparent consumption, not below 0; nothing without consumption.
///
/// USGS Mineral Commodity Summaries take (imports − exports + stock change) over apparent consumption, and apparent
/// consumption as production plus that sum: the same.
#[must_use]
pub fn net_import_reliance(production: f64, consumption: f64) -> Option<f64> {
    (consumption > 0.0).then(|| (1.0 - production / consumption).max(0.0))
}

/// Class of a nation's supply position, after the four of Sun 2025 (DOI 10.16619/j.cnki.cn10-1264/d.2025.23.010).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Mines most of the world's output and depends little on others.
    Dominant,
    /// Depends on others for no more than it can bear.
    LowRisk,
    /// Depends on others, but mines some itself or processes much of the world's metal.
    RiskInHand,
    /// Has almost no output of its own and processes little.
    LittleOutput,
}

impl Class {
    /// Names of all classes in order.
    pub const NAMES: [&str; 4] = ["dominant", "low-risk", "risk-in-hand", "little-output"];
}

/// Thresholds of the classes, all shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Share of world mining from which a nation dominates.
    pub dominant_mining: f64,
    /// Most that a dominant nation may have mined abroad.
    pub dominant_abroad: f64,
    /// Share mined abroad above which dependence is high.
    pub high_abroad: f64,
    /// Share mined at home from which a high dependence is in hand.
    pub some_output: f64,
    /// Share of world refining from which a high dependence is in hand.
    pub processing: f64,
}

impl Default for Rule {
    /// Set so that China's published figures of 2024 fall into the groups of Sun 2025; no other evidence stands behind them.
    fn default() -> Self {
        Self { dominant_mining: 0.5, dominant_abroad: 0.3, high_abroad: 0.7, some_output: 0.1, processing: 0.2 }
    }
}

impl Rule {
    /// Class of a nation that mines, refines or uses a mineral; what is neither used nor processed depends on nobody.
    #[must_use]
    pub fn class(
        &self,
        mining_share: f64,
        refining_share: f64,
        mined_abroad: Option<f64>,
        mined_at_home: Option<f64>,
    ) -> Class {
        let abroad = mined_abroad.unwrap_or(0.0);
        if mining_share >= self.dominant_mining && abroad <= self.dominant_abroad {
            Class::Dominant
        } else if abroad <= self.high_abroad {
            Class::LowRisk
        } else if mined_at_home.unwrap_or(0.0) >= self.some_output || refining_share >= self.processing {
            Class::RiskInHand
        } else {
            Class::LittleOutput
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-12)
    }

    #[test]
    fn a_processor_of_foreign_ore_depends_on_it() {
        // 2 mined and 18 imported, refined without loss, 5 of the metal exported and 15 used: a tenth is its own.
        let ore = StageFlow { mined: 2.0, net_imports: 18.0, fed: 20.0, ..StageFlow::default() };
        let metal = StageFlow { made: vec![(0, 20.0)], net_imports: -5.0, used: 15.0, ..StageFlow::default() };
        assert!(close(mined_abroad(&[ore.clone(), metal.clone()]), 0.9));
        // Without sectors it is judged by its feed.
        assert!(close(mined_abroad(&[ore, StageFlow { used: 0.0, ..metal }]), 0.9));
    }

    #[test]
    fn imports_at_every_stage_add_up() {
        // Half of the feed and then a third of the metal come from abroad: 1 − 1/2 · 2/3.
        let ore = StageFlow { mined: 10.0, net_imports: 10.0, fed: 20.0, ..StageFlow::default() };
        let metal = StageFlow { made: vec![(0, 20.0)], net_imports: 10.0, used: 30.0, ..StageFlow::default() };
        assert!(close(mined_abroad(&[ore, metal]), 2.0 / 3.0));
    }

    #[test]
    fn what_is_recycled_at_home_was_not_mined_abroad() {
        let ore = StageFlow { net_imports: 15.0, fed: 15.0, ..StageFlow::default() };
        let metal = StageFlow { made: vec![(0, 15.0)], recycled: 5.0, used: 20.0, ..StageFlow::default() };
        let stages = [ore, metal];
        assert!(close(mined_abroad(&stages), 0.75) && close(mined_at_home(&stages), 0.0));
        // Recycling lowers dependence, and is no output of mines.
        let scrap = Rule { high_abroad: 0.5, ..Rule::default() };
        assert_eq!(scrap.class(0.0, 0.0, mined_abroad(&stages), mined_at_home(&stages)), Class::LittleOutput);
    }

    #[test]
    fn who_exports_depends_on_nobody_and_who_does_nothing_has_no_dependence() {
        let ore = StageFlow { mined: 10.0, net_imports: -9.0, fed: 1.0, ..StageFlow::default() };
        let metal = StageFlow { made: vec![(0, 1.0)], used: 1.0, ..StageFlow::default() };
        assert!(close(mined_abroad(&[ore, metal]), 0.0));
        assert_eq!(mined_abroad(&[StageFlow::default(), StageFlow::default()]), None);
    }

    #[test]
    fn reliance_is_what_production_does_not_cover() {
        assert!(close(net_import_reliance(30.0, 40.0), 0.25));
        assert!(close(net_import_reliance(50.0, 40.0), 0.0));
        assert_eq!(net_import_reliance(1.0, 0.0), None);
    }

    #[test]
    fn the_classes_of_china_in_2024_are_those_of_the_paper() {
        // Share of mining, share of refining, share mined abroad: round figures after USGS and IEA 2025.
        for (name, mining, refining, abroad, class) in [
            ("rare earths", 0.69, 0.91, 0.2, Class::Dominant),
            ("gallium", 0.98, 0.98, 0.0, Class::Dominant),
            ("molybdenum", 0.42, 0.5, 0.05, Class::LowRisk),
            ("tin", 0.23, 0.45, 0.4, Class::LowRisk),
            ("lithium", 0.18, 0.70, 0.65, Class::LowRisk),
            ("nickel", 0.03, 0.28, 0.93, Class::RiskInHand),
            ("cobalt", 0.01, 0.78, 0.99, Class::RiskInHand),
            ("copper", 0.08, 0.44, 0.85, Class::RiskInHand),
            ("niobium", 0.0, 0.02, 0.99, Class::LittleOutput),
        ] {
            assert_eq!(Rule::default().class(mining, refining, Some(abroad), Some(1.0 - abroad)), class, "{name}");
        }
        assert_eq!(Rule::default().class(0.02, 0.0, None, None), Class::LowRisk);
    }
}
