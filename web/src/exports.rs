//! What JavaScript calls. A scenario is named by its place in [`SCENARIOS`](crate::SCENARIOS); a call that cannot be
//! answered traps.

use crate::{SCENARIOS, state_hash};

/// How many scenarios there are.
#[expect(unsafe_code, reason = "the name under which JavaScript finds it")]
#[unsafe(no_mangle)]
extern "C" fn scenarios() -> u32 {
    SCENARIOS.len() as u32
}

/// Where the name of a scenario stands in memory.
#[expect(unsafe_code, reason = "the name under which JavaScript finds it")]
#[unsafe(no_mangle)]
extern "C" fn scenario_name(scenario: u32) -> *const u8 {
    SCENARIOS[scenario as usize].name.as_ptr()
}

/// How many bytes it has.
#[expect(unsafe_code, reason = "the name under which JavaScript finds it")]
#[unsafe(no_mangle)]
extern "C" fn scenario_name_length(scenario: u32) -> usize {
    SCENARIOS[scenario as usize].name.len()
}

/// State hash of a scenario after so many weeks.
#[expect(unsafe_code, reason = "the name under which JavaScript finds it")]
#[unsafe(no_mangle)]
extern "C" fn run(scenario: u32, seed: u64, weeks: u32) -> u64 {
    let setup = SCENARIOS[scenario as usize].setup().unwrap_or_else(|problems| panic!("bug: {problems}"));
    state_hash(&setup, seed, weeks)
}

/// The number that stands for all samplers.
#[expect(unsafe_code, reason = "the name under which JavaScript finds it")]
#[unsafe(no_mangle)]
extern "C" fn known_answer_digest() -> u64 {
    oreworld::streams::known_answer_digest()
}
