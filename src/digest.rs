//! The state hash: one number per week that two runs share exactly when their states are bit for bit the same.

use bevy_ecs::resource::Resource;

use crate::units::{Mass, Money, Ppm, Price};

/// Folds 64-bit words into one. Each fold is a bijection of the word, so one changed word always changes the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Resource)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x243F_6A88_85A3_08D3)
    }
}

impl Digest {
    /// Folds in a word.
    pub const fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    /// Folds in a value.
    pub fn add(&mut self, value: &impl Digestible) {
        value.digest(self);
    }

    /// The hash of all that has been folded in.
    #[must_use]
    pub const fn finish(self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// What can be folded into a [`Digest`]: state that carries over from one week to the next.
pub trait Digestible {
    /// Folds this value in.
    fn digest(&self, digest: &mut Digest);
}

macro_rules! digest_as_word {
    ($($kind:ty => $word:expr),* $(,)?) => {
        $(impl Digestible for $kind {
            fn digest(&self, digest: &mut Digest) {
                let word: fn(&$kind) -> u64 = $word;
                digest.word(word(self));
            }
        })*
    };
}

digest_as_word! {
    bool => |v| u64::from(*v),
    u32 => |v| u64::from(*v),
    u64 => |v| *v,
    i64 => |v| *v as u64,
    f64 => |v| v.to_bits(),
    Mass => |v| v.0 as u64,
    Price => |v| v.0 as u64,
    Money => |v| v.0 as u64,
    Ppm => |v| v.0 as u64,
}

impl<T: Digestible> Digestible for [T] {
    fn digest(&self, digest: &mut Digest) {
        digest.word(self.len() as u64);
        for value in self {
            value.digest(digest);
        }
    }
}

impl<T: Digestible> Digestible for Vec<T> {
    fn digest(&self, digest: &mut Digest) {
        self.as_slice().digest(digest);
    }
}

impl<T: Digestible> Digestible for Option<T> {
    fn digest(&self, digest: &mut Digest) {
        digest.word(u64::from(self.is_some()));
        if let Some(value) = self {
            value.digest(digest);
        }
    }
}

impl<A: Digestible, B: Digestible> Digestible for (A, B) {
    fn digest(&self, digest: &mut Digest) {
        self.0.digest(digest);
        self.1.digest(digest);
    }
}

/// Folds in what is not nothing in a ring of masses, with its place.
pub(crate) fn ring(masses: &[Mass], digest: &mut Digest) {
    for (place, mass) in masses.iter().enumerate().filter(|(_, mass)| **mass != Mass::ZERO) {
        digest.word(place as u64);
        digest.add(mass);
    }
}

/// Implements [`Digestible`] for a struct by its named fields.
macro_rules! digest_fields {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::digest::Digestible for $name {
            fn digest(&self, digest: &mut $crate::digest::Digest) {
                $(digest.add(&self.$field);)*
            }
        }
    };
}
pub(crate) use digest_fields;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[i64]) -> u64 {
        let mut digest = Digest::default();
        digest.add(&values.to_vec());
        digest.finish()
    }

    #[test]
    fn value_place_and_number_all_count() {
        assert_eq!(of(&[1, 2]), of(&[1, 2]));
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&[0]), of(&[0, 0]));
        assert_ne!(of(&[1]), of(&[-1]));
    }
}
