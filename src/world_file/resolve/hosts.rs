//! What by-products are dug along with, checked against each other.

use crate::id::Id;

use super::super::decode::{At, Cx, Keyed};
use super::super::written::World;
use super::super::written::agents::{Host, Mine, Plant};
use super::names::Names;

/// Reports hosts that nobody could follow: a by-product of a by-product, or plants and mines that are not there.
pub(super) fn check(world: &World, names: &Names, cx: &mut Cx) {
    for (id, mine) in &world.mines {
        let Some(host) = &mine.host else { continue };
        let problem = match &host.value {
            Host::Plan(_) => None,
            Host::Mine(name) => of_mine(id, mine, name, &world.mines, names),
            Host::Mines(_) if world.mines.is_unread(cx) => None,
            Host::Plants(_) if world.plants.is_unread(cx) => None,
            Host::Mines(mineral) => of_mines(mine, mineral, &world.mines),
            Host::Plants(plants) => of_plants(mine, &plants.mineral, &plants.stage, &world.plants),
        };
        if let Some((what, instead)) = problem {
            cx.error_at(&host.origin, what, instead);
        }
    }
}

type Problem = Option<(String, String)>;

/// Whether a mine is driven by something that the model works out in the same week.
fn follows(mine: &Mine) -> bool {
    mine.host.as_ref().is_some_and(|host| !matches!(host.value, Host::Plan(_)))
}

fn of_mine(id: &At<Id>, mine: &Mine, name: &At<Id>, mines: &Keyed<Id, Mine>, names: &Names) -> Problem {
    let (_, host) = mines.iter().find(|(other, _)| other.value == name.value)?;
    if name.value == id.value {
        return Some(("a mine cannot be its own host".into(), "name another mine".into()));
    }
    if follows(host) {
        let what = format!("\"{}\" is a by-product itself", name.value);
        return Some((what, "name the mine that both are dug along with".into()));
    }
    let elsewhere = !host.nation.may_be(&mine.nation) && names.nations.iter().any(|(id, _)| *id == host.nation.value);
    elsewhere.then(|| {
        let what =
            format!("\"{}\" lies in \"{}\", this mine in \"{}\"", name.value, host.nation.value, mine.nation.value);
        (what, "one ore body lies in one nation".into())
    })
}

fn of_mines(mine: &Mine, mineral: &At<Id>, mines: &Keyed<Id, Mine>) -> Problem {
    if mineral.value == mine.mineral.value {
        return Some(("a metal cannot be its own host".into(), "name the metal that the ore is dug for".into()));
    }
    let hosts = |other: &Mine| {
        other.mineral.may_be(mineral) && other.nation.may_be(&mine.nation) && other.project.is_none() && !follows(other)
    };
    (!mines.iter().any(|(_, other)| hosts(other))).then(|| {
        let what = format!("\"{}\" has no mine of {} to follow", mine.nation.value, mineral.value);
        (what, "add one, or write Plan(..)".into())
    })
}

fn of_plants(mine: &Mine, mineral: &At<Id>, stage: &At<Id>, plants: &Keyed<Id, Plant>) -> Problem {
    let makes = |plant: &Plant| {
        plant.mineral.may_be(mineral)
            && plant.product.may_be(stage)
            && plant.nation.may_be(&mine.nation)
            && plant.project.is_none()
    };
    (!plants.iter().any(|(_, plant)| makes(plant))).then(|| {
        let what = format!("\"{}\" has no plant that makes {} {}", mine.nation.value, mineral.value, stage.value);
        (what, "add one, or write Plan(..)".into())
    })
}
