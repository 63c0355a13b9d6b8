//! What a clearing decides, and the conditions it must meet.

use std::fmt;

use super::{Network, Order, Side};

/// Prices, fills and flows of one market in one week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Price by region, in price units.
    pub price: Vec<i64>,
    /// Bids filled by region, in quanta.
    pub demand: Vec<i64>,
    /// Asks filled by region, in quanta.
    pub supply: Vec<i64>,
    /// Quanta filled of each order, in the order given.
    pub fill: Vec<i64>,
    /// Quanta shipped, row-major: from i to j at `i * regions + j`.
    pub flow: Vec<i64>,
}

impl Outcome {
    /// Number of regions.
    #[must_use]
    pub fn regions(&self) -> usize {
        self.price.len()
    }

    /// Quanta shipped from one region to another; 0 where there is no such pair.
    #[must_use]
    pub fn shipped(&self, from: usize, to: usize) -> i64 {
        let n = self.regions();
        if from < n && to < n { self.flow[from * n + to] } else { 0 }
    }

    /// Rent of one unit of capacity from i to j: `max(0, p_j − p_i − c_ij)`, in price units.
    ///
    /// What holders of the quota earn; of a closed arc, what lifting the ban would be worth. 0 where there is no
    /// such pair.
    #[must_use]
    pub fn rent(&self, network: &Network, from: usize, to: usize) -> i64 {
        let n = self.regions().min(network.regions());
        if from >= n || to >= n || from == to {
            return 0;
        }
        self.gap(network, from, to).max(0)
    }

    /// `p_j − p_i − c_ij`.
    fn gap(&self, network: &Network, from: usize, to: usize) -> i64 {
        self.price[to].saturating_sub(self.price[from]).saturating_sub(network.cost(from, to))
    }

    /// Gains from trade `Σ v_b·d_b − Σ w_a·s_a − Σ c_ij·x_ij`, in price units times quanta.
    #[must_use]
    pub fn surplus(&self, network: &Network, orders: &[Order]) -> i128 {
        let traded: i128 = orders.iter().zip(&self.fill).map(|(order, &fill)| signed(order) * i128::from(fill)).sum();
        let n = self.regions();
        let shipping: i128 =
            pairs(n).map(|(i, j)| i128::from(network.cost(i, j)) * i128::from(self.flow[i * n + j])).sum();
        traded - shipping
    }

    /// Verifies that this is an optimum of the market given: feasibility, balance, slackness of arcs and orders,
    /// equality of surplus and dual, and that buyers pay exactly what sellers and carriers receive.
    ///
    /// # Errors
    ///
    /// The first condition that fails.
    pub fn check(&self, network: &Network, orders: &[Order]) -> Result<(), Violation> {
        self.check_shape(network, orders)?;
        self.check_orders(orders)?;
        self.check_arcs(network)?;
        self.check_value(network, orders)
    }

    fn check_shape(&self, network: &Network, orders: &[Order]) -> Result<(), Violation> {
        let n = network.regions();
        let by_region = [&self.price, &self.demand, &self.supply];
        let fits = by_region.iter().all(|column| column.len() == n)
            && self.flow.len() == n * n
            && self.fill.len() == orders.len()
            && orders.iter().all(|order| usize::from(order.region) < n);
        if fits { Ok(()) } else { Err(Violation::Shape) }
    }

    fn check_orders(&self, orders: &[Order]) -> Result<(), Violation> {
        let n = self.regions();
        let mut sums = vec![[0_i128; 2]; n];
        for (k, (order, &fill)) in orders.iter().zip(&self.fill).enumerate() {
            let r = usize::from(order.region);
            let gain = match order.side {
                Side::Bid => order.price.saturating_sub(self.price[r]),
                Side::Ask => self.price[r].saturating_sub(order.price),
            };
            if fill < 0 || fill > order.quantity || (gain > 0 && fill < order.quantity) || (gain < 0 && fill > 0) {
                return Err(Violation::Fill { order: k });
            }
            sums[r][usize::from(order.side == Side::Bid)] += i128::from(fill);
        }
        for (r, [supply, demand]) in sums.into_iter().enumerate() {
            let trade: i128 = (0..n).map(|j| i128::from(self.flow[j * n + r]) - i128::from(self.flow[r * n + j])).sum();
            let reported = supply == i128::from(self.supply[r]) && demand == i128::from(self.demand[r]);
            if !reported || supply + trade != demand {
                return Err(Violation::Balance { region: r });
            }
        }
        Ok(())
    }

    fn check_arcs(&self, network: &Network) -> Result<(), Violation> {
        let n = self.regions();
        for (i, j) in pairs(n) {
            let flow = self.flow[i * n + j];
            let capacity = network.capacity(i, j);
            let gap = self.gap(network, i, j);
            let slack = (flow == capacity || gap <= 0) && (flow == 0 || gap >= 0);
            if !(0..=capacity).contains(&flow) || !slack || (flow > 0 && self.flow[j * n + i] > 0) {
                return Err(Violation::Arc { from: i, to: j });
            }
        }
        Ok(())
    }

    fn check_value(&self, network: &Network, orders: &[Order]) -> Result<(), Violation> {
        let n = self.regions();
        let price = |r: usize| i128::from(self.price[r]);
        let of_orders: i128 = orders
            .iter()
            .map(|order| {
                let cost =
                    if order.side == Side::Bid { price(order.region.into()) } else { -price(order.region.into()) };
                (signed(order) - cost).max(0) * i128::from(order.quantity)
            })
            .sum();
        let of_arcs: i128 =
            pairs(n).map(|(i, j)| i128::from(self.rent(network, i, j)) * i128::from(network.capacity(i, j))).sum();
        let (surplus, dual) = (self.surplus(network, orders), of_orders + of_arcs);
        if surplus != dual {
            return Err(Violation::Duality { surplus, dual });
        }
        let paid: i128 = (0..n).map(|r| price(r) * i128::from(self.demand[r])).sum();
        let earned: i128 = (0..n).map(|r| price(r) * i128::from(self.supply[r])).sum();
        let wedge: i128 = pairs(n).map(|(i, j)| (price(j) - price(i)) * i128::from(self.flow[i * n + j])).sum();
        if paid != earned + wedge {
            return Err(Violation::Money { paid, received: earned + wedge });
        }
        Ok(())
    }
}

/// Worth of a unit bought, or minus the cost of a unit sold.
fn signed(order: &Order) -> i128 {
    match order.side {
        Side::Bid => i128::from(order.price),
        Side::Ask => -i128::from(order.price),
    }
}

fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (0..n).map(move |j| (i, j))).filter(|(i, j)| i != j)
}

/// A condition of the optimum that an outcome fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// The outcome is of another market: the numbers of regions or orders differ.
    Shape,
    /// An order is filled beyond its quantity, short of it although better than the price, or although worse.
    Fill {
        /// Index of the order.
        order: usize,
    },
    /// What is sold and arrives is not what is bought and leaves, or the region's totals are not those of its orders.
    Balance {
        /// Index of the region.
        region: usize,
    },
    /// Flow over the capacity, or both ways, or short of it although the gap exceeds the cost, or at a loss.
    Arc {
        /// Index of the region of origin.
        from: usize,
        /// Index of the region of destination.
        to: usize,
    },
    /// Surplus differs from the dual objective, so one of the two is not optimal.
    Duality {
        /// Gains from trade, in price units times quanta.
        surplus: i128,
        /// Dual objective, in the same unit.
        dual: i128,
    },
    /// Buyers pay other than what sellers, carriers, customs and quota holders receive.
    Money {
        /// `Σ p_j·d_j`, in price units times quanta.
        paid: i128,
        /// `Σ p_i·s_i + Σ (p_j − p_i)·x_ij`, in the same unit.
        received: i128,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => write!(f, "the outcome belongs to a market with other regions or orders"),
            Self::Fill { order } => write!(f, "orders[{order}] is filled against its limit or its quantity"),
            Self::Balance { region } => write!(f, "quanta do not balance in region {region}"),
            Self::Arc { from, to } => write!(f, "flow from region {from} to {to} contradicts capacity or prices"),
            Self::Duality { surplus, dual } => write!(f, "surplus {surplus} differs from the dual objective {dual}"),
            Self::Money { paid, received } => write!(f, "buyers pay {paid}, others receive {received}"),
        }
    }
}

impl std::error::Error for Violation {}
