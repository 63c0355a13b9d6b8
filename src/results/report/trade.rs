//! Trade by year: what was shipped from region to region, drawn as bands as wide as their tonnes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use parquet::errors::Result;

use super::catalog::{Language, fill, plain, say};
use super::chart::{Chart, Panel, View, short};
use super::charts::Drawn;
use super::html::{Head, Row, both, escape, table};
use crate::calendar::Date;
use crate::experiment::Experiment;
use crate::id::Label;
use crate::outcome::MarketName;
use crate::results::canvas;
use crate::results::summary::figure as number;
use crate::results::table_file::read;
use crate::results::wide::goods;

/// Most pictures: markets × years × arms.
const PICTURES: usize = 60;

/// Most markets, and most years of each.
const MOST: (usize, usize) = (4, 10);

/// Bands below this share of a year's trade are in the table alone.
const LEAST: f64 = 0.005;

/// Size of a picture, of a node and of the gap between nodes; where the nodes stand.
const SIZE: (f64, f64) = (560.0, 280.0);
const NODE: f64 = 12.0;
const GAP: f64 = 8.0;
const SIDES: (f64, f64) = (150.0, 398.0);

/// Heights of a letter that a name and its tonnes have room for, and that a digit takes.
const LABEL: f64 = 12.0;
const DIGIT: f64 = 0.57;

/// Tonnes by origin and destination.
type Routes = BTreeMap<(usize, usize), f64>;

/// Mean over the seeds of what was shipped: by place of the market and year, then by arm.
type Trade = BTreeMap<(usize, i16), Vec<Routes>>;

fn load(experiment: &Experiment, folder: &Path) -> Result<Trade> {
    let mut trade = Trade::new();
    let path = folder.join("flows.parquet");
    if !path.exists() {
        return Ok(trade);
    }
    let setup = &experiment.arms[experiment.baseline].setup;
    let market_of = |mineral: &str, stage: &str| {
        (0..setup.markets.len()).find(|&market| {
            setup.mineral_of(market).id.as_str() == mineral && setup.markets[market].stage.as_str() == stage
        })
    };
    let region_of = |name: &str| setup.regions.iter().position(|region| region.id.as_str() == name);
    let keys = ["arm", "date", "mineral", "stage", "from", "to", "shipped_t"];
    read(
        &path,
        |name| keys.contains(&name),
        |part| {
            let [arms, dates, minerals, stages, from, to, shipped] =
                keys.map(|key| part.column(key).unwrap_or_else(|| panic!("bug: table flows has no column {key}")));
            for row in 0..part.rows() {
                let arm = experiment.arms.iter().position(|arm| arm.id.as_str() == arms.text(row));
                let market = market_of(minerals.text(row), stages.text(row));
                let route = region_of(from.text(row)).zip(region_of(to.text(row)));
                if let (Some(arm), Some(market), Some(route)) = (arm, market, route) {
                    let year = Date::since_1970(dates.ints()[row]).year();
                    let by_arm = trade.entry((market, year)).or_default();
                    by_arm.resize(experiment.arms.len(), Routes::new());
                    *by_arm[arm].entry(route).or_default() += shipped.reals()[row] / f64::from(experiment.seeds.count);
                }
            }
        },
    )?;
    Ok(trade)
}

/// How much the arms of a year differ from the baseline [t].
fn apart(experiment: &Experiment, arms: &[Routes]) -> f64 {
    let base = &arms[experiment.baseline];
    let of = |routes: &Routes, route: &(usize, usize)| routes.get(route).copied().unwrap_or(0.0);
    let gap = |arm: &Routes| {
        let routes: BTreeSet<_> = arm.keys().chain(base.keys()).collect();
        routes.into_iter().map(|route| (of(arm, route) - of(base, route)).abs()).sum::<f64>()
    };
    arms.iter().map(gap).sum()
}

/// A band or its ends in a picture.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    region: usize,
    top: f64,
    height: f64,
    tonnes: f64,
}

/// Where nodes stand and bands begin and end, in pixels.
#[derive(Debug, Clone, Default, PartialEq)]
struct Bands {
    left: Vec<Node>,
    right: Vec<Node>,
    /// Origin, top at the left, top at the right, width.
    ribbons: Vec<(usize, f64, f64, f64)>,
}

/// Tonnes by origin and by destination, the largest first.
fn sides(routes: &Routes) -> [Vec<(usize, f64)>; 2] {
    [true, false].map(|origin| {
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        for ((from, to), tonnes) in routes {
            *sums.entry(if origin { *from } else { *to }).or_default() += tonnes;
        }
        let mut sums: Vec<(usize, f64)> = sums.into_iter().collect();
        sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sums
    })
}

/// Pixels per tonne at which each of some pictures has room for its bands and the gaps between its nodes.
fn scale<'a>(pictures: impl Iterator<Item = &'a Routes>) -> f64 {
    let fits = |routes: &Routes| {
        let nodes = sides(routes).map(|side| side.len()).into_iter().max().unwrap_or(0);
        let gaps = GAP * nodes.saturating_sub(1) as f64;
        (SIZE.1 - gaps).max(40.0) / routes.values().sum::<f64>().max(f64::MIN_POSITIVE)
    };
    pictures.filter(|routes| !routes.is_empty()).map(fits).fold(f64::INFINITY, f64::min)
}

/// Place of every region in order of what it ships and gets in some pictures, the largest first: regions side by side
/// then differ in color.
fn ranks<'a>(regions: usize, pictures: impl Iterator<Item = &'a Routes>) -> Vec<usize> {
    let mut traded: Vec<(usize, f64)> = (0..regions).map(|region| (region, 0.0)).collect();
    for ((from, to), tonnes) in pictures.flatten() {
        traded[*from].1 += tonnes;
        traded[*to].1 += tonnes;
    }
    traded.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut ranks = vec![0; regions];
    for (rank, (region, _)) in traded.into_iter().enumerate() {
        ranks[region] = rank;
    }
    ranks
}

/// Lays routes out at a scale.
fn lay(routes: &Routes, scale: f64) -> Bands {
    let [left, right] = sides(routes);
    let stack = |sums: Vec<(usize, f64)>| {
        let mut top = 0.0;
        let mut nodes = Vec::new();
        for (region, tonnes) in sums {
            let height = tonnes * scale;
            nodes.push(Node { region, top, height, tonnes });
            top += height + GAP;
        }
        nodes
    };
    let (left, right) = (stack(left), stack(right));
    let mut taken: BTreeMap<usize, f64> = BTreeMap::new(); // at the right, by destination
    let mut ribbons = Vec::new();
    for from in &left {
        let mut at = from.top;
        for to in &right {
            if let Some(tonnes) = routes.get(&(from.region, to.region)) {
                let filled = taken.entry(to.region).or_default();
                ribbons.push((from.region, at, to.top + *filled, tonnes * scale));
                at += tonnes * scale;
                *filled += tonnes * scale;
            }
        }
    }
    Bands { left, right, ribbons }
}

/// The picture of a year and arm.
fn picture(experiment: &Experiment, routes: &Routes, scale: f64, ranks: &[usize], label: &str) -> String {
    let regions = &experiment.arms[experiment.baseline].setup.regions;
    let Bands { left, right, ribbons } = lay(routes, scale);
    let color = |region: usize| canvas::color(ranks[region]);
    let (width, height) = SIZE;
    let mut out = format!("<svg viewBox=\"0 0 {width} {}\" role=\"img\" aria-labelledby=\"{label}\">", height + 14.0);
    let (from, to) = (SIDES.0 + NODE, SIDES.1);
    let middle = f64::midpoint(from, to);
    for (region, start, end, wide) in ribbons {
        let (low, high) = (start + wide, end + wide);
        let _ = write!(
            out,
            "<path fill=\"{}\" opacity=\"0.45\" d=\"M{from} {start:.1}C{middle} {start:.1} {middle} {end:.1} {to} {end:.1}V{high:.1}C{middle} {high:.1} {middle} {low:.1} {from} {low:.1}Z\"/>",
            color(region),
        );
    }
    for (nodes, x, text, anchor) in
        [(left, SIDES.0, SIDES.0 - 5.0, "end"), (right, SIDES.1, SIDES.1 + NODE + 5.0, "start")]
    {
        let mut low = f64::MIN;
        for Node { region, top, height, tonnes } in nodes {
            let tonnes = number(tonnes);
            let _ = write!(
                out,
                "<rect fill=\"{}\" x=\"{x}\" y=\"{top:.1}\" width=\"{NODE}\" height=\"{:.1}\"/>",
                color(region),
                height.max(0.5)
            );
            // Names of thin nodes do not stand on one another.
            low = (top + height / 2.0 + 4.0).max(low + 13.0).max(10.0);
            for language in Language::ALL {
                let _ = write!(
                    out,
                    "<text font-size=\"12\" fill=\"#1d1d1d\" lang=\"{}\" x=\"{text}\" y=\"{low:.1}\" text-anchor=\"{anchor}\">{} {}</text>",
                    language.tag(),
                    escape(&short(language.of(&regions[region].label), LABEL - DIGIT * (tonnes.len() + 1) as f64)),
                    tonnes,
                );
            }
        }
    }
    out + "</svg>\n"
}

/// The bands that are wide enough to be seen.
fn seen(routes: &Routes) -> Routes {
    let total: f64 = routes.values().sum();
    routes.iter().filter(|(_, tonnes)| **tonnes >= LEAST * total).map(|(route, tonnes)| (*route, *tonnes)).collect()
}

/// Trade of every market by year, one year shown at a time.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn drawn(experiment: &Experiment, folder: &Path, chapter: usize) -> Result<Drawn> {
    let trade = load(experiment, folder)?;
    let setup = &experiment.arms[experiment.baseline].setup;
    let mut traded: BTreeMap<usize, f64> = BTreeMap::new();
    for ((market, _), arms) in &trade {
        *traded.entry(*market).or_default() +=
            apart(experiment, arms) + 1e-9 * arms[experiment.baseline].values().sum::<f64>();
    }
    // Markets in which the arms differ most come first.
    let mut markets: Vec<(usize, f64)> = traded.into_iter().collect();
    markets.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let left_out = markets.len().saturating_sub(MOST.0);
    markets.truncate(MOST.0);
    let most_years = (PICTURES / (markets.len() * experiment.arms.len()).max(1)).clamp(1, MOST.1);
    let mut charts = Vec::new();
    for (market, _) in markets {
        let name =
            MarketName { mineral: setup.mineral_of(market).id.clone(), stage: setup.markets[market].stage.clone() };
        let title = fill("trade.title", &[("goods", &goods(experiment, &name))]);
        let id = super::anchor(&format!("trade-{}-{}", name.mineral, name.stage), chapter);
        let years: Vec<(i16, &Vec<Routes>)> =
            trade.iter().filter(|((of, _), _)| *of == market).map(|((_, year), arms)| (*year, arms)).collect();
        charts.push(chart(experiment, title, id, &years, most_years));
    }
    let mut after = String::new();
    if left_out > 0 {
        let _ =
            writeln!(after, "<p class=\"note\">{}</p>", both(&fill("trade.left-out", &[("count", &plain(left_out))])));
    }
    Ok(Drawn { charts, after })
}

fn chart(experiment: &Experiment, title: Label, id: String, years: &[(i16, &Vec<Routes>)], most_years: usize) -> Chart {
    // The years in which the arms differ most, in order of time; the first of all is shown.
    let mut drawn: Vec<(i16, &Vec<Routes>)> = years.to_vec();
    drawn.sort_by(|a, b| apart(experiment, b.1).total_cmp(&apart(experiment, a.1)).then(a.0.cmp(&b.0)));
    let first = drawn.first().map_or(0, |(year, _)| *year);
    drawn.truncate(most_years);
    drawn.sort_by_key(|(year, _)| *year);
    let regions = &experiment.arms[experiment.baseline].setup.regions;
    let routes: Vec<Vec<Routes>> = drawn.iter().map(|(_, arms)| arms.iter().map(seen).collect()).collect();
    let scale = scale(routes.iter().flatten());
    let ranks = ranks(regions.len(), routes.iter().flatten());
    let shown = drawn.iter().position(|(year, _)| *year == first).unwrap_or(0);
    let view = |((year, _), arms): (&(i16, &Vec<Routes>), &Vec<Routes>)| {
        let panels = experiment.arms.iter().zip(arms).enumerate().map(|(place, (arm, routes))| Panel {
            arm: arm.id.to_string(),
            color: place,
            title: arm.label.clone(),
            note: plain(year),
            drawn: picture(experiment, routes, scale, &ranks, &id),
        });
        View { name: year.to_string(), label: plain(year), panels: panels.collect() }
    };
    let views: Vec<View> = drawn.iter().zip(&routes).map(view).collect();
    let how = fill("trade.how", &[("seeds", &plain(experiment.seeds.count))]);
    let data = data(experiment, &title, years);
    Chart { id, title, how, views, shown, marks: Vec::new(), data }
}

/// Tonnes by route and arm, year by year.
fn data(experiment: &Experiment, title: &Label, years: &[(i16, &Vec<Routes>)]) -> String {
    let regions = &experiment.arms[experiment.baseline].setup.regions;
    let mut heads = vec![Head::words(say("arms.arm")), Head::words(say("trade.from")), Head::words(say("trade.to"))];
    heads.extend(years.iter().map(|(year, _)| Head::number(&plain(year))));
    let mut rows = Vec::new();
    for (place, arm) in experiment.arms.iter().enumerate() {
        let routes: BTreeSet<(usize, usize)> = years.iter().flat_map(|(_, arms)| arms[place].keys().copied()).collect();
        for route in routes {
            let mut cells = vec![both(&arm.label), both(&regions[route.0].label), both(&regions[route.1].label)];
            cells
                .extend(years.iter().map(|(_, arms)| arms[place].get(&route).map_or_else(String::new, |t| number(*t))));
            rows.push(Row { arm: Some(arm.id.to_string()), cells });
        }
    }
    table(&fill("trade.caption", &[("title", title)]), &heads, &rows, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_as_wide_as_their_tonnes_and_fill_their_nodes() {
        // 60 t from 0 to 1, 20 t from 0 to 2, 20 t from 3 to 1; 100 t fill 280 − 8 pixels.
        let routes: Routes = [((0, 1), 60.0), ((0, 2), 20.0), ((3, 1), 20.0)].into_iter().collect();
        let scale = scale([&routes].into_iter());
        assert!((scale - 2.72).abs() < 1e-12, "100 t in 272 pixels: {scale}");
        let laid = lay(&routes, scale);
        let sizes = |nodes: &[Node]| nodes.iter().map(|node| (node.region, node.tonnes)).collect::<Vec<_>>();
        assert_eq!((sizes(&laid.left), sizes(&laid.right)), (vec![(0, 80.0), (3, 20.0)], vec![(1, 80.0), (2, 20.0)]));
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let expected = [(0, 0.0, 0.0, 60.0), (0, 60.0, 80.0, 20.0), (3, 80.0, 60.0, 20.0)];
        for ((from, start, end, width), (region, left, right, tonnes)) in laid.ribbons.iter().zip(expected) {
            assert_eq!(*from, region);
            let gap = |passed: bool| if passed { GAP } else { 0.0 };
            assert!(close(*start, left * scale + gap(region == 3)), "{start}");
            assert!(close(*end, right * scale + gap(right > 70.0)), "{end}");
            assert!(close(*width, tonnes * scale));
        }
    }

    #[test]
    fn regions_are_ranked_by_what_they_trade() {
        let routes: Routes = [((2, 1), 60.0), ((2, 0), 20.0)].into_iter().collect();
        assert_eq!(ranks(4, [&routes].into_iter()), [2, 1, 0, 3]);
    }

    #[test]
    fn thin_bands_are_left_to_the_table() {
        let routes: Routes = [((0, 1), 999.0), ((0, 2), 1.0)].into_iter().collect();
        assert_eq!(seen(&routes).len(), 1);
    }
}
