//! The price that physical contracts follow: what the main month traded at in the week.

use bevy_ecs::prelude::*;

use super::{Futures, Pit};
use crate::exchange::house::House;

/// Takes note of every contract's benchmark, while the months of the week are on the board.
pub(super) fn note(mut futures: ResMut<Futures>) {
    let Futures { houses, pits, .. } = &mut *futures;
    for pit in pits {
        pit.benchmark = benchmark(pit, &houses[pit.exchange].house);
    }
}

/// Volume-weighted mean of the week's trades in the main month to the tick, in cents per 1,000 quanta; its settlement when
/// it did not trade, spot where the metal is delivered when no month is listed.
fn benchmark(pit: &Pit, house: &House) -> f64 {
    let main = pit.board.main().map(|place| &pit.board.months()[place]);
    main.map_or_else(|| pit.spot(), |month| pit.price(month.week.mean().unwrap_or_else(|| house.settled(month.series))))
}
