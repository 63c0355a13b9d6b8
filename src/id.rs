//! Names: the ASCII id by which files and random draws know a thing, and its label in two languages.

use std::fmt;
use std::sync::Arc;

/// An ASCII name of lower-case letters, digits and hyphens, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(Arc<str>);

impl Id {
    /// The longest name.
    pub const MAX_LEN: usize = 48;

    /// The name, or `None` when it breaks the rule.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let mut bytes = name.bytes();
        let first = bytes.next()?.is_ascii_lowercase();
        let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (first && rest && name.len() <= Self::MAX_LEN).then(|| Self(name.into()))
    }

    /// What stands in for a name that could not be read: no name is like it.
    pub(crate) fn unread() -> Self {
        Self("".into())
    }

    /// Whether another could be the same: it is, or one of the two could not be read.
    pub(crate) fn may_be(&self, other: &Self) -> bool {
        self == other || self.is_unread() || other.is_unread()
    }

    /// Whether it stands in for a name that could not be read.
    pub(crate) fn is_unread(&self) -> bool {
        self.0.is_empty()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number that stays with this kind and name whatever else the world holds: the key of its random draws.
    ///
    /// # Panics
    /// Never: a hash has more than eight bytes.
    #[must_use]
    pub fn key(&self, kind: &str) -> u64 {
        let hash = blake3::hash(format!("{kind}/{self}").as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What people read, in Chinese and in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_lower_case_ascii() {
        assert!(Id::new("cod-tenke-fungurume").is_some());
        for bad in ["", "Cod", "9x", "a b", "钴", "-a", &"a".repeat(49)] {
            assert!(Id::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_depends_on_kind_and_name_alone() {
        let id = Id::new("cod").expect("valid");
        assert_eq!(id.key("nation"), id.key("nation"));
        assert_ne!(id.key("nation"), id.key("region"));
    }
}
