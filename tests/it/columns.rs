//! The page of columns: every table in the order of its columns, from the dictionary that manifests are written from.

use std::fmt::Write as _;

use oreworld::record::TABLES;
use oreworld::results::columns::Columns;
use oreworld::results::dictionary::{holds, table, unit};
use oreworld::results::simulate::{Keep, simulate};
use oreworld::world_file::load;

use crate::bless;

#[test]
fn the_page_of_columns_is_up_to_date() {
    let setup = load("worlds/two-shores.ron").expect("a sound world");
    let run = simulate(&setup, 1, 1, Keep::last(TABLES)).expect("a week");
    let mut page = String::from(
        "# Columns\n\n\
         What every table of results holds. The manifest of every result says the same of its own columns. This page is written by a test from `src/results/dictionary.ron`.\n\n\
         All tables begin with `arm` and `seed`, and weekly ones go on with `week` and `date`, which are not repeated here. Ids are text and quantities 64-bit reals; the unit ends the column's name: \
         `_t` tonnes of contained metal, `_usd_per_t` dollars per tonne, `_usd` dollars. A row describes the week as it stands when the week is over; flows are sums over the week. \
         Tables by year have one row a year, in the last week that begins in it; a year that the run cuts short has none, and flows are scaled to 52.18 weeks.\n",
    );
    for found in run.tables {
        let name = found.name;
        let of = table(name).expect("words");
        let of = of[..1].to_uppercase() + &of[1..];
        let _ = writeln!(page, "\n## `{name}`\n\n{of}.\n\n| column | unit | holds |\n|---|---|---|");
        for field in Columns::from(found).fields.iter().filter(|field| field.name != "week") {
            let words = holds(name, &field.name).expect("words");
            let _ = writeln!(page, "| `{}` | {} | {words} |", field.name, unit(&field.name));
        }
    }
    bless::compare("docs/columns.md", &page);
}
