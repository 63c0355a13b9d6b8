//! Everything that reports and pictures say, in Chinese and English, by key: `catalog.ron`.
//!
//! A text may hold places such as `{arm}`; both languages have the same ones. Families of keys follow names of the
//! model: `policy.ExportBan`, `unit.usd_per_t`, `event.announced`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::id::Label;

/// A language of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// Text of a label in it.
    #[must_use]
    pub fn of(self, label: &Label) -> &str {
        match self {
            Self::En => &label.en,
            Self::Zh => &label.zh,
        }
    }

    /// Its name as [BCP 47] has it.
    ///
    /// [BCP 47]: https://www.rfc-editor.org/info/bcp47
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-Hans",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    zh: String,
    en: String,
}

pub(super) fn entries() -> &'static BTreeMap<String, Label> {
    static ALL: OnceLock<BTreeMap<String, Label>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read: BTreeMap<String, Entry> =
            ron::from_str(include_str!("catalog.ron")).unwrap_or_else(|error| panic!("bug: catalog.ron: {error}"));
        read.into_iter().map(|(key, Entry { zh, en })| (key, Label { zh, en })).collect()
    })
}

/// The text of a key, if there is one.
#[must_use]
pub fn find(key: &str) -> Option<&'static Label> {
    entries().get(key)
}

/// The text of a key.
///
/// # Panics
/// When there is none; a test looks for every key that is written in the source.
#[must_use]
pub fn say(key: &str) -> &'static Label {
    find(key).unwrap_or_else(|| panic!("bug: the catalog has no text for {key}"))
}

/// The text of a key with its places filled.
///
/// # Panics
/// As [`say`].
#[must_use]
pub fn fill(key: &str, parts: &[(&str, &Label)]) -> Label {
    let mut text = say(key).clone();
    for (name, part) in parts {
        let place = format!("{{{name}}}");
        text.zh = text.zh.replace(&place, &part.zh);
        text.en = text.en.replace(&place, &part.en);
    }
    text
}

/// What reads the same in both languages: an id, a number, a day.
#[must_use]
pub fn plain(text: impl ToString) -> Label {
    let text = text.to_string();
    Label { zh: text.clone(), en: text }
}

/// A unit as people read it; one that the catalog does not know stands as column names spell it.
#[must_use]
pub fn unit(name: &str) -> Label {
    find(&format!("unit.{name}")).cloned().unwrap_or_else(|| plain(name.replace('_', " ")))
}

/// A kind of policy as people read it, such as "export ban" for `ExportBan`; one that the catalog does not know is
/// read off its name.
#[must_use]
pub fn policy(name: &str) -> Label {
    find(&format!("policy.{name}")).cloned().unwrap_or_else(|| {
        let mut words = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.push(letter.to_ascii_lowercase());
        }
        plain(words)
    })
}

/// Labels one after another: "a, b" and "a、b".
#[must_use]
pub fn join(labels: &[Label]) -> Label {
    let of = |language: Language, between: &str| {
        labels.iter().map(|label| language.of(label)).collect::<Vec<_>>().join(between)
    };
    Label { zh: of(Language::Zh, "、"), en: of(Language::En, ", ") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::world_file::schema::Schema;

    /// Names in braces.
    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_say_the_same_places() {
        for (key, label) in entries() {
            assert!(!label.zh.trim().is_empty() && !label.en.trim().is_empty(), "{key}");
            assert_eq!(places(&label.zh), places(&label.en), "{key}");
            let chinese = label.zh.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
            let words = label.en.split('}').filter_map(|part| part.split('{').next());
            let words = words.flat_map(str::chars).any(char::is_alphabetic);
            assert!(chinese || !words || key.starts_with("unit."), "{key} has no Chinese");
            assert!(label.en.chars().all(|letter| letter < '\u{3000}'), "{key} is not English");
        }
    }

    const FAMILIES: [&str; 3] = ["policy", "unit", "event"];

    /// Keys that the source of reports and pictures writes: literals that begin with a name that keys begin with.
    fn written(folder: &Path, begins: &BTreeSet<String>, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                written(&path, begins, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("catalog.rs") {
                let text = std::fs::read_to_string(&path).expect("source");
                for begin in begins {
                    let literals = text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split_once('"'));
                    let keys = literals.filter(|(rest, _)| !rest.contains(['{', ' ', '.']));
                    found.extend(keys.map(|(rest, _)| format!("{begin}{rest}")[1..].to_owned()));
                }
            }
        }
    }

    #[test]
    fn no_key_is_missing_and_none_is_idle() {
        let family = |key: &str| FAMILIES.iter().any(|name| key.split('.').next() == Some(name));
        let own = || entries().keys().filter(|key| !family(key));
        let begins = own().map(|key| format!("\"{}.", key.split('.').next().unwrap_or_default())).collect();
        let mut used = BTreeSet::new();
        written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/results"), &begins, &mut used);
        assert!(used.len() > 60, "the source was not found: {used:?}");
        let missing: Vec<&String> = used.iter().filter(|key| find(key).is_none()).collect();
        assert!(missing.is_empty(), "no text for {missing:?}");
        let idle: Vec<&String> = own().filter(|key| !used.contains(*key)).collect();
        assert!(idle.is_empty(), "nobody says {idle:?}");
    }

    #[test]
    fn policies_and_events_of_the_model_have_names() {
        let schema = Schema::of_files();
        let policies = schema.sections.iter().find(|section| section.lines.iter().any(|line| line.name == "ExportBan"));
        let names: Vec<&str> = policies.expect("policies").lines.iter().map(|line| line.name.as_str()).collect();
        assert!(names.len() > 20, "{names:?}");
        let missing: Vec<&&str> = names.iter().filter(|name| find(&format!("policy.{name}")).is_none()).collect();
        assert!(missing.is_empty(), "no name for {missing:?}");
        for (_, name) in crate::decision::Event::ALL {
            assert!(find(&format!("event.{name}")).is_some(), "{name}");
        }
    }

    #[test]
    fn places_are_filled_in_both_languages() {
        let arm = Label { zh: "禁令".to_owned(), en: "Ban".to_owned() };
        let text = fill("chart.baseline", &[("arm", &arm)]);
        assert!(text.zh.contains("禁令") && text.en.contains("Ban") && places(&text.en).is_empty(), "{text:?}");
        assert_eq!(join(&[arm, plain(7)]), Label { zh: "禁令、7".to_owned(), en: "Ban, 7".to_owned() });
        assert_eq!(policy("MoonMining").en, "moon mining");
    }
}
