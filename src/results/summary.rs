//! What the terminal shows of an experiment: outcomes by arm, paired with the baseline seed by seed, and a small chart.

use std::fmt::Write as _;
use std::path::Path;

use parquet::errors::Result;

use super::assemble::outcome_columns;
use super::series::{Fan, fans};
use super::table_file::read_all;
use super::wide::Wide;
use crate::experiment::Experiment;
use crate::statistics::{Estimate, mean, paired};
use crate::world_file::problem::counted;

/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// Columns and rows of the chart.
const CHART: (usize, usize) = (64, 12);

/// Seeds in a row, in words: `seed 3`, `seeds 1 to 20`.
#[must_use]
pub fn seeds_from(first: u64, count: u64) -> String {
    match count {
        1 => format!("seed {first}"),
        _ => format!("seeds {first} to {}", first + count.saturating_sub(1)),
    }
}

/// Signs of the arms in the chart.
const SIGNS: [char; 8] = ['o', 'x', '+', '*', '#', '@', '%', '&'];

/// Outcomes by arm with paired differences to the baseline, and the chart.
///
/// # Errors
/// When a table cannot be read.
pub fn text(experiment: &Experiment, folder: &Path) -> Result<String> {
    let mut out = String::new();
    let baseline = &experiment.arms[experiment.baseline].id;
    let _ = writeln!(out, "{}", experiment.label.en);
    let _ = writeln!(out, "{}", experiment.question.en);
    let _ = writeln!(
        out,
        "{} × {}, {} from {}. Mean over seeds; difference to `{baseline}` within each seed, with its {} % interval.\n",
        counted(experiment.arms.len(), "arms"),
        counted(experiment.seeds.count as usize, "seeds"),
        counted(experiment.weeks as usize, "weeks"),
        experiment.calendar.day(0),
        100.0 * LEVEL,
    );
    out.push_str(&outcomes(experiment, folder)?);
    if let Some(chart) = chart(experiment, folder)? {
        out.push('\n');
        out.push_str(&chart);
    }
    Ok(out)
}

/// Values of every outcome: by outcome, arm and seed.
pub(super) type Outcomes = Vec<Vec<Vec<Option<f64>>>>;

pub(super) fn load(experiment: &Experiment, folder: &Path) -> Result<Outcomes> {
    let names = outcome_columns(experiment);
    let runs = read_all(&folder.join("runs.parquet"), |name| names.iter().any(|outcome| outcome == name))?;
    let seeds = experiment.seeds.count as usize;
    let of = |name: &String| {
        let values = runs.column(name).map_or(&[][..], |column| column.reals());
        let all: Vec<Option<f64>> = values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect();
        all.chunks(seeds.max(1)).map(<[_]>::to_vec).collect()
    };
    Ok(names.iter().map(of).collect())
}

/// An outcome by arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its place in [`Experiment::outcomes`].
    pub outcome: usize,
    /// Unit as column names spell it; `million_usd` for large sums of money.
    pub unit: String,
    /// In order of the arms.
    pub arms: Vec<InArm>,
}

/// An outcome in an arm.
#[derive(Debug, Clone, PartialEq)]
pub struct InArm {
    /// Mean over the runs that have a value.
    pub mean: Option<f64>,
    /// Runs that have one.
    pub present: usize,
    /// All runs.
    pub runs: usize,
    /// Difference to the baseline within seeds, with its 95 % interval; none for the baseline, and where no seed has
    /// both.
    pub difference: Option<Estimate>,
}

/// Every outcome, paired with the baseline seed by seed.
///
/// # Errors
/// When the table cannot be read.
pub fn compare(experiment: &Experiment, folder: &Path) -> Result<Vec<Compared>> {
    let all = load(experiment, folder)?.into_iter().enumerate();
    let compared = all.map(|(outcome, arms)| {
        let (unit, scale) = scaled(experiment.outcomes[outcome].measure.unit(), &arms);
        let arms: Vec<Vec<Option<f64>>> =
            arms.iter().map(|values| values.iter().map(|value| value.map(|value| value / scale)).collect()).collect();
        let base = arms.get(experiment.baseline).cloned().unwrap_or_default();
        let in_arm = |(arm, values): (usize, &Vec<Option<f64>>)| {
            let present: Vec<f64> = values.iter().copied().flatten().collect();
            let pairs = base.iter().copied().zip(values.iter().copied());
            let difference = if arm == experiment.baseline { None } else { paired(pairs, LEVEL) };
            InArm { mean: mean(&present), present: present.len(), runs: values.len(), difference }
        };
        Compared { outcome, unit, arms: arms.iter().enumerate().map(in_arm).collect() }
    });
    Ok(compared.collect())
}

/// Every outcome, paired with the baseline seed by seed, for programs.
///
/// # Errors
/// When the table cannot be read.
pub fn json(experiment: &Experiment, folder: &Path) -> Result<serde_json::Value> {
    let in_arm = |(arm, found): (usize, &InArm)| {
        let difference = found.difference.map(|found| {
            let (low, high) = found.ends().unzip();
            serde_json::json!({ "mean": found.mean, "low": low, "high": high, "seeds": found.count, "enough": found.enough })
        });
        serde_json::json!({
            "arm": experiment.arms[arm].id.as_str(), "mean": found.mean, "present": found.present, "runs": found.runs,
            "difference": difference,
        })
    };
    let outcomes = compare(experiment, folder)?.into_iter().map(|found| {
        let arms: Vec<_> = found.arms.iter().enumerate().map(in_arm).collect();
        let id = experiment.outcomes[found.outcome].id.as_str();
        serde_json::json!({ "id": id, "unit": found.unit, "arms": arms })
    });
    Ok(serde_json::json!({
        "experiment": experiment.id.as_str(),
        "folder": folder,
        "baseline": experiment.arms[experiment.baseline].id.as_str(),
        "level": LEVEL,
        "outcomes": outcomes.collect::<Vec<_>>(),
    }))
}

fn outcomes(experiment: &Experiment, folder: &Path) -> Result<String> {
    let mut rows = vec![["outcome", "unit", "arm", "mean", "difference", "interval", ""].map(str::to_owned)];
    for Compared { outcome, unit, arms } in compare(experiment, folder)? {
        let others = (0..arms.len()).filter(|arm| *arm != experiment.baseline);
        for (line, arm) in std::iter::once(experiment.baseline).chain(others).enumerate() {
            let InArm { mean, present, runs, difference } = &arms[arm];
            let mut notes = Vec::new();
            if present < runs {
                notes.push(format!("in {present} of {}", counted(*runs, "runs")));
            }
            notes.extend(difference.as_ref().and_then(unsettled));
            rows.push([
                if line == 0 { experiment.outcomes[outcome].id.to_string() } else { String::new() },
                if line == 0 { unit.replace('_', " ") } else { String::new() },
                experiment.arms[arm].id.to_string(),
                mean.map_or_else(|| "none".to_owned(), figure),
                difference.map_or_else(String::new, |found| signed(found.mean)),
                difference
                    .and_then(|found| found.ends())
                    .map_or_else(String::new, |(low, high)| format!("[{}, {}]", signed(low), signed(high))),
                notes.join("; "),
            ]);
        }
    }
    Ok(table(&rows, &[3, 4, 5]))
}

/// Unit as column names spell it, and what to divide by: large sums of money in millions.
fn scaled(unit: &str, arms: &[Vec<Option<f64>>]) -> (String, f64) {
    let large = arms.iter().flatten().flatten().any(|value| value.abs() >= 1e7);
    if unit == "usd" && large { ("million_usd".to_owned(), 1e6) } else { (unit.to_owned(), 1.0) }
}

/// How many seeds would settle a difference that these leave open.
fn unsettled(difference: &Estimate) -> Option<String> {
    if difference.is_settled() || difference.half_width.is_some_and(|half| half == 0.0) {
        return None;
    }
    match difference.enough.filter(|enough| *enough < 100_000) {
        Some(enough) => Some(format!("open; about {enough} seeds would settle it")),
        None => Some("open".to_owned()),
    }
}

/// Lines of cells in columns, those of `right` to the right.
pub(crate) fn table(rows: &[impl AsRef<[String]>], right: &[usize]) -> String {
    let columns = rows.first().map_or(0, |row| row.as_ref().len());
    let width = |column: usize| rows.iter().map(|row| row.as_ref()[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.as_ref().iter().enumerate() {
            let gap = " ".repeat(widths[column] - cell.chars().count());
            let cell = if right.contains(&column) { gap + cell } else { cell.clone() + &gap };
            line += &cell;
            line += "  ";
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// A number in few digits: thousands apart, more decimals the smaller it is.
#[must_use]
pub fn figure(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 || size == 0.0 => 2,
        _ => 3,
    };
    let plain = format!("{size:.decimals$}");
    let zero = plain.chars().all(|c| matches!(c, '0' | '.'));
    format!("{}{}", if value < 0.0 && !zero { "-" } else { "" }, grouped(&plain))
}

/// A decimal number with its thousands apart.
pub(crate) fn grouped(plain: &str) -> String {
    let (sign, size) = plain.strip_prefix('-').map_or(("", plain), |size| ("-", size));
    let (whole, rest) = size.split_once('.').map_or((size, String::new()), |(w, r)| (w, format!(".{r}")));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// A number in few digits with its sign.
#[must_use]
pub fn signed(value: f64) -> String {
    let text = figure(value);
    if value > 0.0 && !text.chars().all(|c| matches!(c, '0' | '.')) { format!("+{text}") } else { text }
}

/// Median over the seeds of the price that the first price outcome is about, by arm.
fn chart(experiment: &Experiment, folder: &Path) -> Result<Option<String>> {
    let wide = Wide::new(experiment);
    let Some((column, title)) = wide.price_of_interest(experiment) else { return Ok(None) };
    let found = fans(experiment, folder, &[vec![column]])?;
    let medians: Vec<Vec<f64>> = found[0].iter().map(|fan: &Fan| fan.quantile(0.5)).collect();
    Ok(draw(experiment, &title, &medians))
}

fn draw(experiment: &Experiment, title: &str, lines: &[Vec<f64>]) -> Option<String> {
    let (columns, rows) = CHART;
    let all = || lines.iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) = (all().reduce(f64::min)?, all().reduce(f64::max)?);
    let (low, high) = if high > low { (low, high) } else { (low - 1.0, high + 1.0) };
    let weeks = lines.first()?.len();
    let mut grid = vec![vec![' '; columns]; rows];
    for (arm, line) in lines.iter().enumerate() {
        let part = |column: usize| {
            column * weeks / columns..((column + 1) * weeks / columns).max(column * weeks / columns + 1)
        };
        for (column, value) in (0..columns).map(|column| (column, mean(&line[part(column)]))) {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                let height = (value - low) / (high - low) * (rows - 1) as f64;
                grid[rows - 1 - height.round() as usize][column] = SIGNS[arm % SIGNS.len()];
            }
        }
    }
    let mut out = format!("{title}, median over seeds\n");
    let scale = |row: usize| high - (high - low) * row as f64 / (rows - 1) as f64;
    for (row, signs) in grid.iter().enumerate() {
        let mark = if row % 3 == 0 || row == rows - 1 { figure(scale(row)) } else { String::new() };
        let line: String = signs.iter().collect();
        let _ = writeln!(out, "{mark:>10} ┤{}", line.trim_end());
    }
    let (first, last) = (experiment.calendar.day(0).to_string(), experiment.calendar.day(weeks as u32 - 1).to_string());
    let _ = writeln!(out, "{:>10} └{}", "", "─".repeat(columns));
    let _ = writeln!(out, "{:>12}{first}{}{last}", "", " ".repeat(columns.saturating_sub(first.len() + last.len())));
    let arms = experiment.arms.iter().enumerate();
    let legend: Vec<String> =
        arms.map(|(i, arm)| format!("{} {} ({})", SIGNS[i % SIGNS.len()], arm.id, arm.label.en)).collect();
    let _ = writeln!(out, "{:>12}{}", "", legend.join("   "));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::fake::{experiment, simulate};
    use super::super::runner::{Options, folder, run};
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        for (value, expected) in [
            (1_234_567.8, "1,234,568"),
            (-25_000.0, "-25,000"),
            (12.345, "12.3"),
            (1.5, "1.50"),
            (0.01234, "0.012"),
            (-0.0001, "0.000"),
            (0.0, "0.00"),
            (999.9, "1,000"),
        ] {
            assert_eq!(figure(value), expected);
        }
        assert_eq!(signed(3.0), "+3.00");
    }

    #[test]
    fn the_summary_pairs_seeds_and_counts_what_is_missing() {
        let parent = tempfile::tempdir().expect("a folder");
        let experiment = experiment(4, 30);
        let options = Options { threads: Some(1), force: false };
        run(&experiment, parent.path(), options, &simulate, &std::sync::atomic::AtomicBool::new(false), &mut |_| ())
            .expect("a disk");
        let text = text(&experiment, &folder(&experiment, parent.path())).expect("sound tables");
        let line = |begin: &str| text.lines().find(|line| line.starts_with(begin)).unwrap_or_default().to_owned();
        assert!(line("mean-price").contains("usd per t  open  27,"), "{text}");
        assert!(text.contains("in 2 of 4 runs"), "{text}");
        // The same draws at a level 20 % higher: the difference is a fifth of the mean.
        let second = text.lines().skip_while(|line| !line.starts_with("mean-price")).nth(1).expect("a line");
        assert!(second.contains("ban") && second.contains("+5,") && second.contains("[+5,"), "{text}");
        assert!(text.contains("o ban (ban)   x open (open)"), "{text}");
        println!("{text}");
    }
}
