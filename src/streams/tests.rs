//! Known answers, then the statistics that would betray a mistake in the keys. Seeds are fixed, so nothing here is luck.

use super::*;

const OUTAGE: Purpose = Purpose::new("mine.outage");
const ORDER: Purpose = Purpose::new("trader.order_size");
const STREAMS: Streams = Streams::new(42);

fn draws() -> Draws {
    STREAMS.at(OUTAGE, key_of("salar-uno"), 7)
}

fn bits<const N: usize>(mut sample: impl FnMut() -> f64) -> [u64; N] {
    std::array::from_fn(|_| sample().to_bits())
}

#[test]
fn words_and_keys_are_pinned() {
    // Computed apart from this code, from the table in the module's description.
    let keys = ["", "mine.outage", "salar-uno"].map(key_of);
    assert_eq!(keys, [0xf52a_15e9_a9b5_e89b, 0x10af_9dc3_bbc3_f198, 0xc887_d049_d93d_3cd8]);
    let mut agent = draws();
    let mut world = STREAMS.world(OUTAGE);
    let mut week = STREAMS.world_at(OUTAGE, 7);
    let found = [
        [agent.u64(), agent.u64(), agent.u64()],
        [world.u64(), world.u64(), world.u64()],
        [week.u64(), week.u64(), week.u64()],
    ];
    assert_eq!(
        found,
        [
            [0x3a41_d088_aaae_8fa7, 0xee59_a69f_d03b_3b6e, 0x236f_4984_c3d1_77ae],
            [0xc0f6_cf75_886a_c5e3, 0xac58_a63e_d1af_0c94, 0xf24a_f63c_6ca5_1041],
            [0xa585_bf5c_92e5_ce28, 0xe6f1_317b_318e_8e0c, 0x1af1_431b_5db8_475d],
        ],
        "{found:#018x?}"
    );
}

#[test]
fn samplers_are_pinned() {
    let mut at = draws();
    let found: [[u64; 3]; 6] = [
        bits(|| at.unit()),
        bits(|| at.open_unit()),
        bits(|| at.normal()),
        bits(|| at.lognormal(0.1, 0.5)),
        bits(|| at.exponential(13.0)),
        std::array::from_fn(|_| at.below(1000)),
    ];
    assert_eq!(
        found,
        [
            [0x3fcd_20e8_4455_5744, 0x3fed_cb34_d3fa_0767, 0x3fc1_b7a4_c261_e8b8],
            [0x3fd8_a1cf_1b8b_18aa, 0x3fe3_a5cd_ddb8_719f, 0x3fd1_083b_5960_fd2e],
            [0xbfcc_fa8b_73c1_0180, 0x3fd6_78cd_cbe6_770b, 0xbfe4_2df2_8877_e84d],
            [0x4006_bff2_48be_f429, 0x3fdd_8e48_0268_6fc4, 0x3fe0_4be9_e4fb_0b04],
            [0x4024_dc88_ec5d_b58c, 0x403f_8c68_b588_5b18, 0x402e_08a4_8c6a_2e49],
            [505, 122, 845],
        ],
        "{found:#018x?}"
    );
    let mut items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    at.shuffle(&mut items);
    assert_eq!(items, [3, 9, 7, 5, 0, 6, 4, 1, 2, 8]);
    assert_eq!([at.range(-9..=9), at.range(-9..=9), at.range(-9..=9)], [6, -5, -4]);
    assert_eq!(at.index(), 30);
}

#[test]
fn digest_is_pinned() {
    assert_eq!(known_answer_digest(), 0x2e72_83cc_27a6_34ce, "{:#018x}", known_answer_digest());
}

#[test]
fn any_draw_can_be_reached_directly() {
    let mut in_order = draws();
    for index in 0..9 {
        assert_eq!(in_order.index(), index);
        let copy = in_order;
        assert_eq!(draws().from_index(index).u64(), in_order.u64());
        assert_eq!({ copy }.u64(), draws().from_index(index).u64());
    }
}

#[test]
fn every_part_of_the_name_matters() {
    let mut firsts: Vec<u64> = Vec::new();
    for seed in [41, 42] {
        for purpose in [OUTAGE, ORDER] {
            for agent in [0, 1] {
                for step in [0, 1] {
                    let mut at = Streams::new(seed).at(purpose, agent, step);
                    firsts.extend([at.u64(), at.u64()]);
                }
            }
            firsts.extend([Streams::new(seed).world(purpose).u64(), Streams::new(seed).world_at(purpose, 0).u64()]);
        }
    }
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), 40);
}

#[test]
fn rand_sees_the_same_words() {
    use rand::Rng;
    let mut bytes = [0; 12];
    draws().fill_bytes(&mut bytes);
    let words = [draws().u64(), draws().from_index(1).u64()].map(u64::to_le_bytes).concat();
    assert_eq!(bytes[..], words[..12]);
    assert_eq!(u64::from(draws().next_u32()), draws().u64() >> 32);
}

#[test]
fn moments_are_those_of_the_distributions() {
    /// Sample mean and variance of 40 agents × 1000 draws against the true ones, within five standard errors.
    fn check(mean: f64, variance: f64, error_of_variance: f64, mut sample: impl FnMut(&mut Draws) -> f64) {
        let (mut sum, mut squares, n) = (0.0, 0.0, 40_000.0);
        for agent in 0..40 {
            let mut at = STREAMS.at(ORDER, agent, 3);
            for _ in 0..1000 {
                let x = sample(&mut at) - mean;
                sum += x;
                squares += x * x;
            }
        }
        assert!((sum / n).abs() < 5.0 * crate::math::sqrt(variance / n), "mean {} off {mean}", sum / n);
        assert!((squares / n - variance).abs() < 5.0 * error_of_variance / 200.0, "variance {}", squares / n);
    }
    check(0.5, 1.0 / 12.0, 0.0746, Draw::unit);
    check(0.5, 1.0 / 12.0, 0.0746, Draw::open_unit);
    check(0.0, 1.0, 1.415, Draw::normal);
    check(2.0, 4.0, 11.4, |at| at.exponential(2.0));
    check(0.3, 0.21, 0.0917, |at| f64::from(u8::from(at.bernoulli(0.3))));
    check(4.5, 8.25, 7.24, |at| at.below(10) as f64);
    check(crate::math::exp(0.02), 0.0425, 0.0747, |at| at.lognormal(0.0, 0.2));
}

#[test]
fn neighbors_are_independent() {
    // 16 × 16 cells of (a draw, its neighbor's draw): chi-square has 255 degrees of freedom, so 350 is beyond 1 in 10⁴.
    let first = |purpose, agent, step| STREAMS.at(purpose, agent, step).u64() >> 60;
    let neighbors = [("agent", 1, 0), ("step", 0, 1), ("far agent", 1 << 32, 0)];
    let chi_square = |pairs: &mut dyn Iterator<Item = (u64, u64)>| {
        let mut cells = [0_u32; 256];
        pairs.for_each(|(a, b)| cells[(a * 16 + b) as usize] += 1);
        let expected = f64::from(cells.iter().sum::<u32>()) / 256.0;
        cells.iter().map(|cell| (f64::from(*cell) - expected) * (f64::from(*cell) - expected) / expected).sum::<f64>()
    };
    let places = || (0..200_u64).flat_map(|agent| (0..200_u32).map(move |step| (2 * agent, 2 * step)));
    for (name, agents_on, steps_on) in neighbors {
        let statistic = chi_square(
            &mut places()
                .map(|(agent, step)| (first(ORDER, agent, step), first(ORDER, agent + agents_on, step + steps_on))),
        );
        assert!((170.0..350.0).contains(&statistic), "{name}: {statistic}");
    }
    let purposes =
        chi_square(&mut places().map(|(agent, step)| (first(ORDER, agent, step), first(OUTAGE, agent, step))));
    let successive = chi_square(&mut places().map(|(agent, step)| {
        let mut at = STREAMS.at(ORDER, agent, step);
        (at.u64() >> 60, at.u64() >> 60)
    }));
    assert!((170.0..350.0).contains(&purposes) && (170.0..350.0).contains(&successive), "{purposes} {successive}");
}

#[test]
fn shuffles_reach_every_order_alike() {
    let mut counts = [0_u32; 24];
    for agent in 0..24_000 {
        let mut items = [0_usize, 1, 2, 3];
        STREAMS.at(ORDER, agent, 0).shuffle(&mut items);
        counts[items[0] * 6 + (items[1] - usize::from(items[1] > items[0])) * 2 + usize::from(items[2] > items[3])] +=
            1;
    }
    let statistic: f64 =
        counts.iter().map(|count| (f64::from(*count) - 1000.0) * (f64::from(*count) - 1000.0) / 1000.0).sum();
    assert!(statistic < 60.0, "{statistic} with 23 degrees of freedom");
}

#[test]
fn pairs_side_by_side_are_the_first_two_words_of_each_agent() {
    const PURPOSE: Purpose = Purpose::new("test.pairs");
    let (streams, mut words) = (Streams::new(11), [[0; 2]; 11]);
    for agents in 0..=11 {
        let keys = || (0..agents).map(|agent| key_of("agent").wrapping_mul(agent + 1));
        streams.pairs(PURPOSE, keys(), 5, &mut words);
        for (agent, pair) in keys().zip(words) {
            let mut draws = streams.at(PURPOSE, agent, 5);
            assert_eq!([draws.u64(), draws.u64()], pair);
        }
    }
}
