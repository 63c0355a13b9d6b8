//! Uncertain factors: what they are about, over what, and which value a place in that has.

use crate::id::{Id, Label};
use crate::math;
use crate::world_file::decode::{Cx, Decode, Origin};
use crate::world_file::overlay::Override;
use crate::world_file::quantity::plain;
use crate::world_file::shape::Shape;
use crate::world_file::source::Span;
use crate::world_file::tree::{Kind, Node};
use crate::world_file::value::number;

/// Something uncertain.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Id.
    pub id: Id,
    /// What people read, where the file says it.
    pub label: Option<Label>,
    /// Paths of what it sets, and where they are written.
    pub paths: Vec<(String, Origin)>,
    /// Where it may lie.
    pub over: Over,
    /// Where `over` is written: values drawn from it stand there.
    pub span: Span,
    /// Whether it multiplies what the world writes, which is, by arm and path, this.
    pub scaled: Option<Vec<Vec<Amount>>>,
    /// Values are whole multiples of it.
    pub step: Option<f64>,
    /// Place of the factor that must be larger.
    pub below: Option<usize>,
}

/// A distribution between two ends.
#[derive(Debug, Clone)]
pub enum Over {
    /// As likely anywhere.
    Uniform(Unit, f64, f64),
    /// Its logarithm is as likely anywhere.
    LogUniform(Unit, f64, f64),
    /// Mean, standard deviation, and the ends at which it is cut off.
    Normal(Unit, f64, f64, (f64, f64)),
    /// Low, mode, high.
    Triangular(Unit, f64, f64, f64),
    /// One of these.
    Choice(Vec<Node>),
}

/// Name of a number's unit in a file, such as `Share`; none of a plain number.
pub type Unit = Option<String>;

/// A number with the name of its unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// Name of its unit.
    pub unit: Unit,
    /// Number.
    pub number: f64,
}

impl Amount {
    /// What a value says, if it is one number.
    #[must_use]
    pub fn of(node: &Node) -> Option<Self> {
        let inner = match &node.kind {
            Kind::Tuple(items) if items.len() == 1 && node.name.is_some() && items[0].name.is_none() => &items[0],
            _ => node,
        };
        number(inner).filter(|number| number.is_finite()).map(|number| Self { unit: node.name.clone(), number })
    }

    /// As a file writes it.
    #[must_use]
    pub fn node(&self, span: Span) -> Node {
        let number = Node { span, name: None, kind: Kind::Leaf(self.number.to_string()) };
        match &self.unit {
            None => number,
            Some(name) => Node { span, name: Some(name.clone()), kind: Kind::Tuple(vec![number].into()) },
        }
    }

    /// As people read it.
    #[must_use]
    pub fn show(&self) -> String {
        self.unit.as_ref().map_or_else(|| plain(self.number), |unit| format!("{unit}({})", plain(self.number)))
    }
}

impl Decode for Amount {
    fn shape() -> Shape {
        let means = "a number as the world writes it, with the name of its unit if it has one there";
        Shape::Value { write: "5 or Unit(5)".to_owned(), means: means.to_owned() }
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let found = Self::of(node);
        if found.is_none() {
            cx.expected(node, "a number with or without its unit", "write such as 0.2 or UsdPerTonne(3_000)");
        }
        found
    }
}

/// What a factor is at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its value: a number, a multiple, or the place of a choice that is no number.
    pub number: f64,
    /// What a choice sets.
    pub chosen: Option<usize>,
}

impl Over {
    /// Name of the unit; of a choice, if all of it has one.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self {
            Self::Uniform(unit, ..)
            | Self::LogUniform(unit, ..)
            | Self::Normal(unit, ..)
            | Self::Triangular(unit, ..) => unit.clone(),
            Self::Choice(values) => {
                let first = Amount::of(values.first()?)?.unit;
                values
                    .iter()
                    .all(|node| Amount::of(node).is_some_and(|amount| amount.unit == first))
                    .then_some(first)?
            }
        }
    }

    /// The value below which a share `u` of the distribution lies, 0 ≤ u ≤ 1; of a choice, its place.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Self::Uniform(_, low, high) => (low + u * (high - low)).clamp(*low, *high),
            Self::LogUniform(_, low, high) => {
                let (a, b) = (math::ln(*low), math::ln(*high));
                math::exp(a + u * (b - a)).clamp(*low, *high)
            }
            Self::Normal(_, mean, sd, (low, high)) => {
                let (a, b) = (math::normal_cdf((low - mean) / sd), math::normal_cdf((high - mean) / sd));
                (mean + sd * math::normal_quantile(a + u * (b - a))).clamp(*low, *high)
            }
            Self::Triangular(_, low, mode, high) => {
                let turn = (mode - low) / (high - low);
                let value = if u < turn {
                    low + math::sqrt(u * (high - low) * (mode - low))
                } else {
                    high - math::sqrt((1.0 - u) * (high - low) * (high - mode))
                };
                value.clamp(*low, *high)
            }
            Self::Choice(values) => ((u * values.len() as f64) as usize).min(values.len() - 1) as f64,
        }
    }

    /// Where a value lies: the share of the distribution below it; the middle of a choice that is written so. `None` outside.
    #[must_use]
    pub fn place_of(&self, value: &Node) -> Option<f64> {
        if let Self::Choice(values) = self {
            let place = values.iter().position(|other| written(other) == written(value))?;
            return Some((place as f64 + 0.5) / values.len() as f64);
        }
        let number = Amount::of(value).filter(|amount| amount.unit == self.unit())?.number;
        let (mut low, mut high) = (0.0, 1.0);
        if !(self.quantile(low)..=self.quantile(high)).contains(&number) {
            return None;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.quantile(middle) < number { low = middle } else { high = middle }
        }
        Some(high)
    }
}

/// Step of values of a unit: what the books count, or a millionth; none of a plain number.
#[must_use]
pub fn default_step(unit: &Unit) -> Option<f64> {
    Some(match unit.as_deref()? {
        "Weeks" | "Days" | "DaysOfUse" | "Usd" => 1.0,
        "Years" | "UsdPerTonne" | "UsdPerTonneYear" | "UsdPerAnnualTonne" => 0.01,
        "Tonnes" | "TonnesPerYear" => 0.001,
        _ => 0.000_001,
    })
}

/// The nearest whole multiple of a step, written in at most nine decimals.
fn rounded(value: f64, step: Option<f64>) -> f64 {
    let Some(step) = step else { return value };
    let multiple = math::round(value / step) as f64 * step;
    format!("{multiple:.9}").parse().unwrap_or(multiple)
}

impl Factor {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> Label {
        let id = || self.id.as_str().replace('-', " ");
        self.label.clone().unwrap_or_else(|| Label { zh: id(), en: id() })
    }

    /// Its unit as column names spell it: `multiple` of what multiplies; none of a plain number.
    #[must_use]
    pub fn unit(&self) -> Option<String> {
        if self.scaled.is_some() {
            Some("multiple".to_owned())
        } else {
            self.over.unit().map(|unit| column_unit(&unit))
        }
    }

    /// Its name as a column: the id and the unit.
    #[must_use]
    pub fn column(&self) -> String {
        let id = self.id.as_str().replace('-', "_");
        self.unit().map_or_else(|| id.clone(), |unit| format!("{id}_{unit}"))
    }

    /// Whether its values are numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        match &self.over {
            Over::Choice(values) => {
                let unit = self.over.unit();
                values.iter().all(|node| Amount::of(node).is_some_and(|amount| amount.unit == unit))
            }
            _ => true,
        }
    }

    /// How a choice that is no number is written, by its place.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        if let Over::Choice(values) = &self.over { values.iter().map(written).collect() } else { Vec::new() }
    }

    /// What it is at a coordinate; `given` when that is a value (of a choice, its place) and no probability.
    #[must_use]
    pub fn drawn(&self, coordinate: f64, given: bool) -> Drawn {
        let value = if given { coordinate } else { self.over.quantile(coordinate) };
        let Over::Choice(values) = &self.over else {
            let step = if self.scaled.is_some() { None } else { self.step };
            return Drawn { number: rounded(value, step), chosen: None };
        };
        let place = value as usize;
        let number = if self.is_number() { Amount::of(&values[place]).map(|amount| amount.number) } else { None };
        Drawn { number: number.unwrap_or(place as f64), chosen: Some(place) }
    }

    /// What it sets into the world of an arm.
    pub fn overrides<'a>(&'a self, arm: usize, drawn: &'a Drawn) -> impl Iterator<Item = Override> + 'a {
        self.paths.iter().enumerate().map(move |(place, (path, origin))| {
            let value = match (&self.scaled, &self.over, drawn.chosen) {
                (Some(bases), ..) => {
                    let base = &bases[arm][place];
                    let step = self.step.or_else(|| default_step(&base.unit));
                    Amount { unit: base.unit.clone(), number: rounded(base.number * drawn.number, step) }
                        .node(self.span)
                }
                (None, Over::Choice(values), Some(chosen)) => {
                    let mut value = values[chosen].clone();
                    value.move_to(self.span);
                    value
                }
                _ => Amount { unit: self.over.unit(), number: drawn.number }.node(self.span),
            };
            Override { path: path.clone(), at: origin.span, value }
        })
    }
}

/// `UsdPerTonne` becomes `usd_per_t`.
fn column_unit(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake.replace("annual_tonne", "t_per_year").replace("tonnes", "t").replace("tonne", "t")
}

/// A value as one line of a file.
#[must_use]
pub fn written(node: &Node) -> String {
    let list = |items: &[Node]| items.iter().map(written).collect::<Vec<_>>().join(", ");
    let body = match &node.kind {
        Kind::Leaf(text) => text.clone(),
        Kind::Tuple(items) => format!("({})", list(items)),
        Kind::List(items) => format!("[{}]", list(items)),
        Kind::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{}: {}", field.name, written(&field.value))).collect();
            format!("({})", fields.join(", "))
        }
        Kind::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", written(&entry.key), written(&entry.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    };
    format!("{}{body}", node.name.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world_file::scan::read;
    use crate::world_file::source::Sources;

    fn node(text: &str) -> Node {
        read(&mut Sources::default(), "a.ron", text.as_bytes()).expect("RON")
    }

    fn factor(over: Over, step: Option<f64>) -> Factor {
        let span = node("0").span;
        let paths = vec![("a.b".to_owned(), Origin { span, path: "x".into() })];
        Factor {
            id: Id::new("the-factor").expect("an id"),
            label: None,
            paths,
            over,
            span,
            scaled: None,
            step,
            below: None,
        }
    }

    #[test]
    fn quantiles_meet_the_ends_and_the_middle() {
        let plain: fn(f64, f64) -> bool = |a, b| (a - b).abs() < 1e-12 * b.abs().max(1.0);
        for (over, low, middle, high) in [
            (Over::Uniform(None, 0.1, 0.3), 0.1, 0.2, 0.3),
            (Over::LogUniform(None, 1.0, 100.0), 1.0, 10.0, 100.0),
            (Over::Normal(None, 5.0, 2.0, (1.0, 9.0)), 1.0, 5.0, 9.0),
            // Half of the area of a triangle that rises from 0 to 4 lies below 4/√2.
            (Over::Triangular(None, 0.0, 4.0, 4.0), 0.0, 4.0 / 2.0_f64.sqrt(), 4.0),
            (Over::Triangular(None, 1.0, 2.0, 3.0), 1.0, 2.0, 3.0),
        ] {
            for (u, expected) in [(0.0, low), (0.5, middle), (1.0, high)] {
                assert!(plain(over.quantile(u), expected), "{over:?} at {u}: {}", over.quantile(u));
            }
        }
        // One standard deviation either side holds 0.6827: the median of the upper part alone is at Φ⁻¹(½ + 0.6827/4).
        let upper = Over::Normal(None, 0.0, 1.0, (0.0, 1.0));
        assert!((upper.quantile(0.5) - math::normal_quantile(0.5 + 0.341_344_746 / 2.0)).abs() < 1e-8);
    }

    #[test]
    fn a_value_has_its_place_in_a_distribution() {
        for over in [
            Over::Uniform(None, 0.1, 0.3),
            Over::LogUniform(None, 1.0, 100.0),
            Over::Normal(None, 5.0, 2.0, (1.0, 9.0)),
            Over::Triangular(None, 1.0, 2.0, 3.0),
        ] {
            for u in [0.0, 0.3, 1.0] {
                let value = Amount { unit: None, number: over.quantile(u) }.node(node("0").span);
                assert!((over.place_of(&value).expect("inside") - u).abs() < 1e-6, "{over:?} at {u}");
            }
            assert_eq!((over.place_of(&node("1000")), over.place_of(&node("Share(0.2)"))), (None, None));
        }
        let choice = Over::Choice(vec![node("Free"), node("AdValorem(Share(0.1))")]);
        assert_eq!(
            (choice.place_of(&node("AdValorem(Share(0.1))")), choice.place_of(&node("None"))),
            (Some(0.75), None)
        );
    }

    #[test]
    fn values_are_whole_multiples_of_the_step_and_carry_the_unit() {
        let price = factor(Over::Uniform(Some("UsdPerTonne".to_owned()), 3_000.0, 5_000.0), Some(10.0));
        let drawn = price.drawn(0.123_456, false);
        assert!((drawn.number - 3_250.0).abs() < 1e-12);
        let set: Vec<String> = price.overrides(0, &drawn).map(|change| written(&change.value)).collect();
        assert_eq!(set, ["UsdPerTonne(3250)"]);
        assert_eq!(price.column(), "the_factor_usd_per_t");
        let share = factor(Over::Uniform(Some("Share".to_owned()), 0.0, 1.0), default_step(&Some("Share".to_owned())));
        assert!((share.drawn(1.0 / 3.0, false).number - 0.333_333).abs() < 1e-15);
        assert_eq!(factor(Over::Uniform(None, 0.0, 1.0), None).column(), "the_factor");
        assert_eq!(column_unit("UsdPerAnnualTonne"), "usd_per_t_per_year");
    }

    #[test]
    fn a_multiple_scales_what_each_arm_writes() {
        let mut scaled = factor(Over::Uniform(None, 0.6, 1.6), None);
        let base = |number| vec![Amount { unit: Some("Weeks".to_owned()), number }];
        scaled.scaled = Some(vec![base(10.0), base(26.0)]);
        let drawn = scaled.drawn(0.5, false);
        let set = |arm| scaled.overrides(arm, &drawn).map(|change| written(&change.value)).collect::<Vec<_>>();
        assert_eq!((set(0), set(1)), (vec!["Weeks(11)".to_owned()], vec!["Weeks(29)".to_owned()]));
        assert_eq!(scaled.column(), "the_factor_multiple");
    }

    #[test]
    fn a_choice_sets_values_of_any_kind() {
        let values = vec![node("Free"), node("AdValorem(Share(0.1))"), node("(a: [1, 2], b: {\"x\": \"y\"})")];
        let choice = factor(Over::Choice(values), None);
        let at = |u| choice.overrides(0, &choice.drawn(u, false)).map(|c| written(&c.value)).next().unwrap_or_default();
        assert_eq!(at(0.0), "Free");
        assert_eq!(at(0.5), "AdValorem(Share(0.1))");
        assert_eq!(at(1.0), "(a: [1, 2], b: {\"x\": \"y\"})");
        assert!(!choice.is_number() && choice.names().len() == 3);
        let numbers = factor(Over::Choice(vec![node("Share(0.1)"), node("Share(0.5)")]), None);
        assert_eq!((numbers.drawn(0.9, false).number, numbers.column().as_str()), (0.5, "the_factor_share"));
    }
}
