//! Who contracts with whom: a stable allocation by deferred acceptance, in which sellers propose.
//!
//! Quantities are divisible, so a seller may serve several buyers and a buyer hold several sellers. After Baïou and
//! Balinski, Mathematics of Operations Research 27 (2002); Gale and Shapley, American Mathematical Monthly 69 (1962).

/// One market's sellers and buyers.
#[derive(Debug, Clone, Default)]
pub struct Market {
    /// What each seller offers, in quanta.
    pub offers: Vec<i64>,
    /// What each buyer wants, in quanta.
    pub wants: Vec<i64>,
    /// Buyers that each seller accepts, the best first.
    pub lists: Vec<Vec<usize>>,
    /// Place of each seller in a buyer's order, by buyer and seller; none when the buyer does not accept it.
    pub ranks: Vec<Vec<Option<usize>>>,
}

/// What each seller delivers to each buyer, by buyer and seller.
///
/// Every seller offers what it has left to the best buyer that has not turned it down; a buyer keeps the best sellers
/// up to what it wants and turns the rest down. No seller and buyer are left who both prefer more of one another to
/// what they have.
#[must_use]
pub fn stable(market: &Market) -> Vec<Vec<i64>> {
    let Market { offers, wants, lists, ranks } = market;
    let mut held = vec![vec![0_i64; offers.len()]; wants.len()];
    let mut free = offers.clone();
    let mut next = vec![0_usize; offers.len()];
    while let Some(seller) = (0..offers.len()).find(|&seller| free[seller] > 0 && next[seller] < lists[seller].len()) {
        let buyer = lists[seller][next[seller]];
        if ranks[buyer][seller].is_none() {
            next[seller] += 1;
            continue;
        }
        held[buyer][seller] += std::mem::take(&mut free[seller]);
        let mut over = held[buyer].iter().sum::<i64>() - wants[buyer];
        while over > 0 {
            let holding = (0..offers.len()).filter(|&other| held[buyer][other] > 0);
            let Some(worst) = holding.max_by_key(|&other| ranks[buyer][other]) else { break };
            let cut = over.min(held[buyer][worst]);
            held[buyer][worst] -= cut;
            free[worst] += cut;
            over -= cut;
            if lists[worst].get(next[worst]) == Some(&buyer) {
                next[worst] += 1;
            }
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranked(orders: &[Vec<usize>], sellers: usize) -> Vec<Vec<Option<usize>>> {
        let rank = |order: &Vec<usize>| (0..sellers).map(|s| order.iter().position(|&other| other == s)).collect();
        orders.iter().map(rank).collect()
    }

    #[test]
    fn a_better_seller_drives_out_a_worse_one_who_goes_to_his_next_choice() {
        // Both sellers prefer buyer 0, who prefers seller 1 and wants 10; buyer 1 takes what is left.
        let lists = vec![vec![0, 1], vec![0, 1]];
        let ranks = ranked(&[vec![1, 0], vec![0, 1]], 2);
        let market = Market { offers: vec![8, 6], wants: vec![10, 10], lists, ranks };
        assert_eq!(stable(&market), [[4, 6], [4, 0]]);
    }

    #[test]
    fn whom_a_buyer_does_not_accept_sells_nothing() {
        let market = Market { offers: vec![5], wants: vec![5], lists: vec![vec![0]], ranks: vec![vec![None]] };
        assert_eq!(stable(&market), [[0]]);
    }

    /// A seller and a buyer who both would rather have more of one another.
    fn blocking(market: &Market, held: &[Vec<i64>]) -> Option<(usize, usize)> {
        let pairs = (0..market.offers.len()).flat_map(|s| (0..market.wants.len()).map(move |b| (s, b)));
        let blocks = |&(s, b): &(usize, usize)| {
            let (Some(place), Some(rank)) = (market.lists[s].iter().position(|&other| other == b), market.ranks[b][s])
            else {
                return false;
            };
            let sold: i64 = held.iter().map(|row| row[s]).sum();
            let worse = |other: usize| market.lists[s].iter().position(|&b| b == other).is_some_and(|at| at > place);
            let seller = sold < market.offers[s] || (0..held.len()).any(|other| worse(other) && held[other][s] > 0);
            let bought: i64 = held[b].iter().sum();
            let lower = |other: usize| held[b][other] > 0 && market.ranks[b][other] > Some(rank);
            let buyer = bought < market.wants[b] || (0..market.offers.len()).any(lower);
            seller && buyer
        };
        pairs.into_iter().find(blocks)
    }

    fn markets() -> impl Strategy<Value = Market> {
        (1..7_usize, 1..7_usize).prop_flat_map(|(sellers, buyers)| {
            let order = |n: usize| {
                (Just((0..n).collect::<Vec<_>>()).prop_shuffle(), 0..=n).prop_map(|(mut order, keep)| {
                    order.truncate(keep);
                    order
                })
            };
            (
                prop::collection::vec(0..40_i64, sellers),
                prop::collection::vec(0..40_i64, buyers),
                prop::collection::vec(order(buyers), sellers),
                prop::collection::vec(order(sellers), buyers),
            )
                .prop_map(move |(offers, wants, lists, orders)| Market {
                    offers,
                    wants,
                    lists,
                    ranks: ranked(&orders, sellers),
                })
        })
    }

    proptest! {
        #[test]
        fn no_pair_would_rather_have_one_another(market in markets()) {
            let held = stable(&market);
            for (row, want) in held.iter().zip(&market.wants) {
                prop_assert!(row.iter().all(|part| *part >= 0) && row.iter().sum::<i64>() <= *want);
            }
            for (seller, offer) in market.offers.iter().enumerate() {
                prop_assert!(held.iter().map(|row| row[seller]).sum::<i64>() <= *offer);
            }
            prop_assert_eq!(blocking(&market, &held), None);
        }
    }
}
