//! Single values: quantities, dates, names, texts and plain numbers.

use crate::calendar::Date;
use crate::id::Id;

use super::decode::{Cx, Decode, Origin};
use super::quantity::{
    Days, DaysOfUse, OfTarget, PerYear, Quantity, Share, SharePerYear, Tonnes, TonnesPerYear, Usd, UsdPerAnnualTonne,
    UsdPerTonne, UsdPerTonneYear, Weeks, Years, plain,
};
use super::scan;
use super::shape::Shape;
use super::tree::{Kind, Node};

fn value(write: impl Into<String>, means: impl Into<String>) -> Shape {
    Shape::Value { write: write.into(), means: means.into() }
}

/// The number that a leaf stands for. Plain decimals, which most are, need no parser of RON to give what it would.
pub(crate) fn number(node: &Node) -> Option<f64> {
    let text = node.leaf().filter(|text| !text.starts_with("b'"))?;
    let size = text.strip_prefix('-').unwrap_or(text);
    let plain = size.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !size.starts_with('.');
    if plain { text.parse().ok() } else { scan::ron().from_str(text).ok() }
}

/// The whole number that a leaf stands for, likewise.
fn whole_number(node: &Node) -> Option<i64> {
    let text = node.leaf()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { scan::ron().from_str(text).ok() }
}

/// The one value in the parentheses of a newtype.
fn inner(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Tuple(items) if items.len() == 1 => items.first(),
        _ => None,
    }
}

/// What a unit measures and how much of that it is, for units that files know and for others that people write in their place.
fn measure(unit: &str) -> Option<(&'static str, f64)> {
    const WEEK: f64 = 7.0 / 365.25;
    Some(match unit {
        "Days" | "Day" => ("time", 1.0),
        "Weeks" | "Week" => ("time", 7.0),
        "Months" | "Month" => ("time", 365.25 / 12.0),
        "Quarters" | "Quarter" => ("time", 365.25 / 4.0),
        "Years" | "Year" => ("time", 365.25),
        "Share" | "Fraction" => ("share", 1.0),
        "Percent" | "Percentage" | "Pct" => ("percent", 0.01),
        "BasisPoints" | "Bps" => ("percent", 0.0001),
        "Ppm" => ("share", 0.000_001),
        "SharePerYear" => ("rate", 1.0),
        "PercentPerYear" => ("rate", 0.01),
        "PerYear" => ("frequency", 1.0),
        "PerMonth" => ("frequency", 12.0),
        "PerWeek" => ("frequency", 1.0 / WEEK),
        "Tonnes" | "Tonne" => ("mass", 1.0),
        "Grams" | "Gram" => ("mass", 0.000_001),
        "Kilograms" | "Kilogram" | "Kg" => ("mass", 0.001),
        "Kilotonnes" | "Kilotonne" | "Kt" => ("mass", 1_000.0),
        "TonnesPerYear" => ("flow", 1.0),
        "TonnesPerMonth" => ("flow", 12.0),
        "TonnesPerWeek" => ("flow", 1.0 / WEEK),
        "TonnesPerDay" => ("flow", 365.25),
        "KilogramsPerYear" => ("flow", 0.001),
        "KilotonnesPerYear" => ("flow", 1_000.0),
        "UsdPerTonne" => ("price", 1.0),
        "UsdPerKilogram" | "UsdPerKg" => ("price", 1_000.0),
        "UsdPerGram" => ("price", 1_000_000.0),
        // Pound avoirdupois and troy ounce, both exact by definition.
        "UsdPerPound" | "UsdPerLb" => ("price", 1_000.0 / 0.453_592_37),
        "UsdPerOunce" | "UsdPerTroyOunce" => ("price", 1_000_000.0 / 31.103_476_8),
        "Usd" | "Dollars" => ("money", 1.0),
        "ThousandUsd" => ("money", 1_000.0),
        "MillionUsd" => ("money", 1_000_000.0),
        "BillionUsd" => ("money", 1_000_000_000.0),
        _ => return None,
    })
}

/// A number in another unit, as it would be written: rounded to what the books hold, and weeks and days to whole ones.
fn converted<T: Quantity>(from: &str, number: f64) -> Option<String> {
    let ((of, size), (same, own)) = (measure(from)?, measure(T::NAME)?);
    let exact = number * size / own;
    let decimals = match same {
        "time" if T::NAME != "Years" => 0,
        "time" | "price" | "money" | "frequency" => 2,
        "mass" | "flow" => 3,
        _ => 6,
    };
    let rounded: f64 = format!("{exact:.decimals$}").parse().ok()?;
    let alike = of == same || of == "percent" && matches!(same, "share" | "rate");
    (alike && (rounded > 0.0 || number == 0.0) && T::new(rounded).is_ok())
        .then(|| format!("write {}({})", T::NAME, plain(rounded)))
}

/// Advice for a number that stands where a quantity belongs and is of no unit that could be converted.
fn if_it_is<T: Quantity>(number: f64, shown: &str) -> String {
    match T::new(number) {
        Ok(_) => format!("write {}({shown}) if it is {}", T::NAME, T::COUNTS),
        Err(_) => in_range::<T>(number),
    }
}

/// Advice for a number beyond what a quantity may be. Where 0 cannot stand is known only later: it is not advised.
fn in_range<T: Quantity>(number: f64) -> String {
    if T::MAX <= 1.0 && (2.0..=100.0).contains(&number) {
        let share: f64 = format!("{:.6}", number / 100.0).parse().unwrap_or(1.0);
        return format!("write {}({}) if it is {} %", T::NAME, plain(share), plain(number));
    }
    if number > T::MAX && number.is_finite() {
        return format!("write at most {}({})", T::NAME, plain(T::MAX));
    }
    format!("write {}(..) with a number above 0, at most {}", T::NAME, plain(T::MAX))
}

/// Reads a quantity from its newtype.
fn quantity<T: Quantity>(node: &Node, cx: &mut Cx) -> Option<T> {
    let inside = inner(node).and_then(number);
    if node.name.as_deref() != Some(T::NAME) {
        let expected = format!("{}(..)", T::NAME);
        let converted = inside.and_then(|number| converted::<T>(node.name.as_deref()?, number));
        let shown = inner(node).filter(|_| inside.is_some()).or(Some(node).filter(|node| number(node).is_some()));
        let instead = converted.unwrap_or_else(|| match shown.and_then(|shown| number(shown).zip(shown.leaf())) {
            Some((number, shown)) => if_it_is::<T>(number, shown),
            None => format!("write {expected}"),
        });
        cx.expected(node, &expected, instead);
        return None;
    }
    let Some(number) = inside else {
        let found = match (&node.kind, inner(node)) {
            (Kind::Tuple(items), None) if items.is_empty() => "nothing".to_owned(),
            (Kind::Tuple(items), None) => format!("{} values", items.len()),
            (_, Some(inner)) => inner.describe(),
            _ => "a record".to_owned(),
        };
        let what = format!("expected one number in {}(..), found {found}", T::NAME);
        cx.error(node.span, what, Some(format!("write such as {}(0.5), with a point for decimals", T::NAME)));
        return None;
    };
    T::new(number)
        .map_err(|what| {
            cx.error(node.span, what, Some(in_range::<T>(number)));
        })
        .ok()
}

macro_rules! decode_quantities {
    ($($name:ident)*) => {
        $(
            impl Decode for $name {
                fn shape() -> Shape {
                    value(concat!(stringify!($name), "(..)"), Self::COUNTS)
                }

                fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
                    quantity(node, cx)
                }

                fn recover(_at: &Origin) -> Option<Self> {
                    Some(Self::unread())
                }
            }
        )*
    };
}

decode_quantities! {
    Tonnes TonnesPerYear UsdPerTonne UsdPerTonneYear UsdPerAnnualTonne Usd Share SharePerYear PerYear Weeks Days Years DaysOfUse OfTarget
}

impl Decode for Date {
    fn shape() -> Shape {
        value("Date(\"YYYY-MM-DD\")", "a day")
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let text = match (&node.name, inner(node)) {
            (Some(name), Some(text)) if name == "Date" => text.string(),
            _ => None,
        };
        let Some(text) = text else {
            let bare = node.string().unwrap_or_else(|| "YYYY-MM-DD".to_owned());
            cx.expected(node, "Date(\"YYYY-MM-DD\")", format!("write Date({bare:?})"));
            return None;
        };
        Self::parse(&text)
            .map_err(|what| {
                let (what, instead) = what.split_once("; ").unwrap_or((&what, "write a day that there is"));
                cx.error(node.span, what, Some(instead.to_owned()));
            })
            .ok()
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Some(Self::default())
    }
}

/// The nearest text that is an id.
fn slug(text: &str) -> String {
    let letters = text.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let joined: String = letters.collect();
    let parts: Vec<&str> = joined.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-").trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(Id::MAX_LEN).collect()
}

impl Decode for Id {
    fn shape() -> Shape {
        value("\"id\"", "a name of lower-case letters, digits and hyphens, beginning with a letter")
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Some(text) = node.string() else {
            cx.expected(node, "a name in quotes", "write a name such as \"chile\"");
            return None;
        };
        let id = Self::new(&text);
        if id.is_none() {
            let shown: String = text.chars().take(60).collect();
            let rule =
                format!("lower-case letters, digits and hyphens, beginning with a letter, at most {}", Self::MAX_LEN);
            let instead = match slug(&text) {
                near if near.is_empty() => format!("write {rule}"),
                near => format!("write \"{near}\": {rule}"),
            };
            cx.error(node.span, format!("\"{}\" is no name", shown.escape_debug()), Some(instead));
        }
        id
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Some(Self::unread())
    }
}

/// Text that people read: not empty, and without characters that they cannot see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl Decode for Text {
    fn shape() -> Shape {
        value("\"text\"", "text that people read")
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Some(text) = node.string() else {
            cx.expected(node, "text in quotes", "write \"..\"");
            return None;
        };
        if text.trim().is_empty() {
            cx.error(node.span, "the text is empty", Some("write what people shall read".to_owned()));
            return None;
        }
        if let Some(odd) = text.chars().find(|&c| scan::is_odd(c)) {
            let what = format!("a character that readers cannot see, U+{:04X}", u32::from(odd));
            cx.error(node.span, what, Some("delete its escape".to_owned()));
            return None;
        }
        Some(Self(text))
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Some(Self(String::new()))
    }
}

impl Decode for String {
    fn shape() -> Shape {
        Text::shape()
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        Text::decode(node, cx).map(|text| text.0)
    }

    fn recover(at: &Origin) -> Option<Self> {
        Text::recover(at).map(|text| text.0)
    }
}

impl Decode for bool {
    fn shape() -> Shape {
        value("true or false", "yes or no")
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        match node.leaf() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                cx.expected(node, "true or false", "write true or false");
                None
            }
        }
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Some(false)
    }
}

macro_rules! plain_reals {
    ($($(#[doc = $doc:literal])* $name:ident: $means:literal, $holds:expr;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy, PartialEq)]
            pub struct $name(pub f64);

            impl Decode for $name {
                fn shape() -> Shape {
                    value("number", $means)
                }

                fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
                    let holds: fn(f64) -> bool = $holds;
                    let Some(number) = number(node) else {
                        let bare = inner(node).filter(|inside| number(inside).is_some()).and_then(Node::leaf);
                        let instead = bare.map_or(concat!("write ", $means).to_owned(), |bare| format!("write {bare} alone"));
                        cx.expected(node, "a plain number", instead);
                        return None;
                    };
                    if number.is_finite() && holds(number) {
                        return Some(Self(number));
                    }
                    let what = if number.is_finite() { format!("{number} is out of range") } else { "not a finite number".to_owned() };
                    cx.error(node.span, what, Some(concat!("write ", $means).to_owned()));
                    None
                }

                fn recover(_at: &Origin) -> Option<Self> {
                    Some(Self(f64::NAN))
                }
            }
        )*
    };
}

plain_reals! {
    /// A multiple or a factor.
    Factor: "a number above 0, at most 1000", |x| x > 0.0 && x <= 1_000.0;
    /// An elasticity, a gain or an index.
    Level: "a number from 0 to 1000", |x| (0.0..=1_000.0).contains(&x);
    /// A number on either side of 0.
    Leaning: "a number from -1000 to 1000", |x| (-1_000.0..=1_000.0).contains(&x);
    /// Any number.
    Real: "a number", |_| true;
    /// What something may cost.
    Large: "a number above 0, at most 1000000", |x| x > 0.0 && x <= 1_000_000.0;
    /// Something measured that cannot be 0.
    Positive: "a number above 0", |x| x > 0.0;
    /// How far two parties are aligned.
    Alignment: "a number from -1 to 1", |x| (-1.0..=1.0).contains(&x);
}

macro_rules! plain_integers {
    ($($(#[doc = $doc:literal])* $name:ident($ty:ty): $means:literal, $range:expr, $stand_in:expr;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub struct $name(pub $ty);

            impl Decode for $name {
                fn shape() -> Shape {
                    value("whole number", $means)
                }

                fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
                    let whole = whole_number(node);
                    let read = whole.and_then(|whole| <$ty>::try_from(whole).ok()).filter(|read| ($range).contains(read));
                    if read.is_none() {
                        let least = i64::from(*($range).start());
                        let instead = match whole {
                            Some(whole) if whole < least => format!("write {least} or more"),
                            _ => concat!("write ", $means).to_owned(),
                        };
                        match whole {
                            Some(whole) => cx.error(node.span, format!("{whole} is out of range"), Some(instead)),
                            None => cx.expected(node, "a whole number", instead),
                        }
                    }
                    read.map(Self)
                }

                fn recover(_at: &Origin) -> Option<Self> {
                    let stand_in: Option<$ty> = $stand_in;
                    stand_in.map(Self)
                }
            }
        )*
    };
}

plain_integers! {
    /// A calendar year.
    Year(i16): "a year from 1900 to 2300", 1900..=2300, Some(0);
    /// Steps of a ladder of offers.
    Steps(u32): "a whole number from 1 to 16", 1..=16, Some(1);
    /// A place in a queue.
    Priority(u8): "a whole number from 0 to 9", 0..=9, Some(1);
    /// A number of equal parts of a stock.
    Units(u32): "a whole number from 0 to 1000", 0..=1_000, Some(1);
    /// A count.
    Count(u32): "a whole number from 1 to 1000000", 1..=1_000_000, Some(1);
    /// A large count.
    Many(u32): "a whole number from 1 to 100000000", 1..=100_000_000, Some(1);
    /// The edition of the file format.
    Edition(u32): "a whole number", 0..=u32::MAX, Some(1);
    /// A seed of random draws.
    Seed(u32): "a whole number from 0 to 4294967295", 0..=u32::MAX, Some(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_and_texts_are_read_as_ron_reads_them() {
        let leaf = |text: &str| {
            let mut sources = super::super::source::Sources::default();
            let span = {
                let id = sources.add("f", text);
                sources.whole(id)
            };
            Node { span, name: None, kind: Kind::Leaf(text.to_owned()) }
        };
        for text in [
            "0",
            "007",
            "12.5",
            "5.",
            ".5",
            "1.2.3",
            "",
            "1_000",
            "1e3",
            "-2",
            "-0.25",
            "-.5",
            "-",
            "--1",
            "+3",
            "0x10",
            "inf",
            "b'a'",
            "5 ",
            "9223372036854775808",
        ] {
            let expected = scan::ron().from_str::<f64>(text).ok().filter(|_| !text.starts_with("b'"));
            assert_eq!(number(&leaf(text)).map(f64::to_bits), expected.map(f64::to_bits), "{text}");
            assert_eq!(whole_number(&leaf(text)), scan::ron().from_str(text).ok(), "{text}");
        }
        for text in ["\"a b\"", "\"\"", "\"", "\"\\n\"", "\"a\"b\"", "r#\"a\"#", "a", "\"钴\""] {
            assert_eq!(leaf(text).string(), scan::ron().from_str(text).ok(), "{text}");
        }
    }

    #[test]
    fn advice_is_what_can_stand_there() {
        for (found, advice) in [
            (converted::<Weeks>("Months", 9.0), Some("write Weeks(39)")),
            (converted::<Weeks>("Days", 1.0), None),
            (converted::<Weeks>("Percent", 1.0), None),
            (converted::<Days>("Years", 1.0), Some("write Days(365)")),
            (converted::<Years>("Months", 9.0), Some("write Years(0.75)")),
            (converted::<Share>("Percent", 10.0), Some("write Share(0.1)")),
            (converted::<Share>("Percent", 250.0), None),
            (converted::<SharePerYear>("Percent", 8.0), Some("write SharePerYear(0.08)")),
            (converted::<UsdPerTonne>("UsdPerPound", 1.0), Some("write UsdPerTonne(2204.62)")),
            (converted::<TonnesPerYear>("TonnesPerMonth", 5_200.0), Some("write TonnesPerYear(62_400)")),
        ] {
            assert_eq!(found.as_deref(), advice);
        }
        assert_eq!(in_range::<Share>(10.0), "write Share(0.1) if it is 10 %");
        assert_eq!(in_range::<Share>(1.4), "write at most Share(1)");
        assert_eq!(in_range::<Tonnes>(-1.0), "write Tonnes(..) with a number above 0, at most 1_000_000_000_000");
        assert_eq!(if_it_is::<Share>(15.0, "15"), "write Share(0.15) if it is 15 %");
    }

    #[test]
    fn a_suggested_id_is_an_id() {
        for (text, id) in [("Red Hill", "red-hill"), ("9 Mile_Creek", "mile-creek"), ("钴", ""), ("--a--B", "a-b")] {
            assert_eq!(slug(text), id);
        }
    }
}
