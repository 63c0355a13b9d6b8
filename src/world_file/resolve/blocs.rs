//! Blocs: groups of nations.

use crate::id::Id;
use crate::setup::{Bloc, NationIx};

use super::super::decode::{At, Cx};
use super::super::written::{self, World};
use super::names::Names;

/// Blocs of a world with those of their members that could be read, in order of id.
pub(super) fn members(world: &World, nation: &impl Fn(&Id) -> Option<NationIx>) -> Vec<(Id, Vec<NationIx>)> {
    let of = |written: &written::Bloc| {
        let mut members: Vec<NationIx> = written.members.iter().filter_map(|name| nation(name)).collect();
        members.sort_unstable();
        members.dedup();
        members
    };
    world.blocs.iter().map(|(id, bloc)| (id.value.clone(), of(bloc))).collect()
}

/// Checks a bloc by itself.
pub(super) fn check(id: &At<Id>, written: &written::Bloc, nations: &[Id], cx: &mut Cx) {
    if nations.contains(id) {
        let what = format!("\"{}\" is a nation and a bloc", id.value);
        cx.error_at(&id.origin, what, "give one of them another id");
    }
    if written.members.is_empty() {
        cx.error_at(&written.members.origin, "no nation is named", "name at least one member");
    }
    for (place, name) in written.members.iter().enumerate() {
        if written.members[..place].iter().any(|other| other.value == name.value) {
            cx.error_at(&name.origin, format!("\"{}\" is named twice", name.value), "name each member once");
        }
    }
}

pub(super) fn resolve(world: &World, names: &Names, cx: &mut Cx) -> Option<Vec<Bloc>> {
    let before = cx.count();
    let nations: Vec<Id> = names.nations.iter().map(|(id, _)| id.clone()).collect();
    let mut blocs = Vec::new();
    for ((id, written), (_, members)) in world.blocs.iter().zip(&names.blocs) {
        check(id, written, &nations, cx);
        blocs.push(Bloc { id: id.value.clone(), label: super::label(&written.label), members: members.clone() });
    }
    (cx.count() == before).then_some(blocs)
}
