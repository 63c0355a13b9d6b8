//! Named randomness: every draw is a function of (seed, purpose, agent, step, index) and of nothing else.
//!
//! A new agent, lever, table or thread therefore leaves everyone else's luck as it was, and two arms of an experiment
//! differ only by what was changed.
//!
//! - Agents draw from [`Streams::at`], a counter generator with no state to keep: [`Draws`].
//! - World generation and world-level shocks draw from named `ChaCha8` streams: [`Streams::world`], [`Streams::world_at`].
//!
//! Both give the samplers of [`Draw`].
//!
//! # From names to bits
//!
//! | what | how |
//! |---|---|
//! | purpose's name → u64 | [`key_of`]: FNV-1a of the UTF-8 bytes, then `SplitMix64`'s finalizer `mix` |
//! | key | `mix(mix(seed + G) ^ purpose)`, G = 0x9E3779B97F4A7C15 |
//! | counter | (agent, step·2³² + ⌊index/2⌋); word `index` mod 2 of the block |
//!
//! For one seed and purpose distinct (agent, step, index) never share a word of a block; for one seed distinct purpose
//! hashes never share a key, nor for one purpose distinct seeds. What remains are chance collisions of 64-bit
//! hashes: texts with texts, and (seed, purpose) pairs that differ in both.

mod draw;
mod philox;

use std::convert::Infallible;

use bevy_ecs::prelude::Resource;
use rand::{SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;

pub use draw::{Draw, open_unit};
pub use philox::{philox2x64, philox2x64_all};

/// The odd integer nearest to 2⁶⁴ over the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// `SplitMix64`'s finalizer, a permutation of the 64-bit words. After [Steele, Lea and Flood 2014].
///
/// [Steele, Lea and Flood 2014]: https://doi.org/10.1145/2714064.2660195
#[inline]
const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

/// The stable key of a text, as purposes have it; the same in every version and on every machine.
#[must_use]
pub const fn key_of(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01B3);
        at += 1;
    }
    mix(hash)
}

/// A number that breaks ties among the entries of whoever has this key, such as its orders at several prices.
#[inline]
#[must_use]
pub const fn tie(key: u64, place: i64) -> u64 {
    key.wrapping_add((place as u64).wrapping_mul(GOLDEN))
}

/// What a draw is for, such as `"mine.outage"`. Make it a `const`, so that the name is hashed at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purpose(u64);

impl Purpose {
    /// The purpose of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(key_of(name))
    }

    /// This purpose for one named thing, such as a mineral by its [`Id::key`](crate::id::Id::key).
    #[must_use]
    pub const fn of(self, key: u64) -> Self {
        Self(mix(self.0 ^ mix(key)))
    }
}

/// The randomness of one run. Small and copyable; give it to whatever draws.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The randomness that belongs to a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed it was made from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The draws of one agent for one purpose in one step; `agent` is its stable key, such as [`Id::key`](crate::id::Id::key).
    #[inline]
    #[must_use]
    pub const fn at(&self, purpose: Purpose, agent: u64, step: u32) -> Draws {
        Draws { key: self.key(purpose), agent, step, index: 0, spare: 0 }
    }

    /// The first two words of [`Streams::at`] for each of these agents, worked out side by side: three quarters of the time.
    /// Room that is left over holds no draws.
    pub fn pairs(&self, purpose: Purpose, agents: impl IntoIterator<Item = u64>, step: u32, words: &mut [[u64; 2]]) {
        for (words, agent) in words.iter_mut().zip(agents) {
            *words = [agent, u64::from(step) << 32];
        }
        philox2x64_all(words, self.key(purpose));
    }

    #[inline]
    const fn key(self, purpose: Purpose) -> u64 {
        mix(mix(self.seed.wrapping_add(GOLDEN)) ^ purpose.0)
    }

    /// A world-level stream from its beginning, for world generation. Whoever holds it holds its position.
    ///
    /// `ChaCha8` whose 32-byte seed is four outputs of `SplitMix64` started at the run's seed, little-endian, and whose
    /// stream number is the purpose's hash.
    #[must_use]
    pub fn world(&self, purpose: Purpose) -> WorldDraws {
        let mut seed = [0; 32];
        for (word, bytes) in (1_u64..).zip(seed.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&mix(self.seed.wrapping_add(word.wrapping_mul(GOLDEN))).to_le_bytes());
        }
        let mut draws = ChaCha8Rng::from_seed(seed);
        draws.set_stream(purpose.0);
        draws
    }

    /// A world-level stream at a step, for weekly shocks: no position to keep from week to week. About 0.2 µs.
    ///
    /// The stream of [`Streams::world`] from block (step + 1)·2³¹ on, which leaves 2³⁴ words to each step.
    #[must_use]
    pub fn world_at(&self, purpose: Purpose, step: u32) -> WorldDraws {
        let mut draws = self.world(purpose);
        draws.set_word_pos((u128::from(step) + 1) << (31 + 4));
        draws
    }
}

/// A named world-level stream.
pub type WorldDraws = ChaCha8Rng;

/// The draws of one agent, purpose and step, in order. A copy repeats what the original would give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    key: u64,
    agent: u64,
    step: u32,
    index: u32,
    /// The second word of the current block, once the first is drawn.
    spare: u64,
}

impl Draws {
    /// These draws from word `index` on.
    #[inline]
    #[must_use]
    pub const fn from_index(mut self, index: u32) -> Self {
        self.index = index;
        self.spare = self.block()[1];
        self
    }

    /// How many words were drawn.
    #[inline]
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    #[inline]
    const fn block(&self) -> [u64; 2] {
        philox2x64([self.agent, (self.step as u64) << 32 | (self.index as u64) >> 1], self.key)
    }

    #[inline]
    fn next(&mut self) -> u64 {
        let word = if self.index & 1 == 0 {
            let [word, spare] = self.block();
            self.spare = spare;
            word
        } else {
            self.spare
        };
        self.index = self.index.checked_add(1).expect("bug: one agent drew 2^32 words in one step");
        word
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    /// The upper half of a word.
    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// One number for thousands of draws from every sampler, to compare another build or platform with this one.
#[must_use]
pub fn known_answer_digest() -> u64 {
    fn fold(digest: &mut u64, mut draws: impl Draw) {
        let mut add = |word: u64| *digest = mix(*digest ^ word).wrapping_add(GOLDEN);
        for round in 1..=200_u32 {
            add(draws.u64());
            add(draws.unit().to_bits());
            add(draws.open_unit().to_bits());
            add(draws.below(u64::from(round) * 0x0123_4567_89AB_CDEF));
            add(draws.range(-i64::from(round)..=1000) as u64);
            add(draws.normal().to_bits());
            add(draws.lognormal(0.1, f64::from(round) / 50.0).to_bits());
            add(draws.exponential(f64::from(round)).to_bits());
            add(u64::from(draws.bernoulli(0.3)));
            let mut items = [0, 1, 2, 3, 4, 5, 6, 7];
            draws.shuffle(&mut items);
            add(draws.choice(&items).map_or(0, |item| *item));
        }
    }
    const PURPOSE: Purpose = Purpose::new("streams.known_answer");
    let streams = Streams::new(20_260_105);
    let mut digest = 0;
    for step in 0..4 {
        fold(&mut digest, streams.at(PURPOSE, key_of("agent"), step));
        fold(&mut digest, streams.world_at(PURPOSE, step));
    }
    fold(&mut digest, streams.world(PURPOSE));
    digest
}

#[cfg(test)]
mod tests;
