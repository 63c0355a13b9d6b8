//! Names that refer to something else in the same file.

use std::marker::PhantomData;

use crate::id::Id;

use super::decode::{At, Cx, Decode, Origin};
use super::problem::{nearest, unknown_name};
use super::shape::Shape;
use super::tree::{Field, Kind, Node};
use super::written::World;

/// A kind of thing that has a name.
pub trait Named: Clone + Send + Sync + 'static {
    /// What messages call it.
    const KIND: &'static str;
    /// Field of the world that holds all of them.
    const FIELD: &'static str;
}

/// The name of another thing in the file. That there is none is found while reading, whatever else is wrong nearby.
#[derive(Debug, Clone)]
pub struct Ref<K>(At<Id>, PhantomData<K>);

impl<K> std::ops::Deref for Ref<K> {
    type Target = At<Id>;
    fn deref(&self) -> &At<Id> {
        &self.0
    }
}

impl<K: Named> Decode for Ref<K> {
    fn shape() -> Shape {
        let article = if K::KIND.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        Shape::Value { write: format!("\"id\" from {}", K::FIELD), means: format!("the id of {article} {}", K::KIND) }
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let name = At::<Id>::decode(node, cx)?;
        let unknown = cx.known(K::KIND).filter(|names| !is_among(names, &name)).map(|names| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            unknown_name(K::KIND, name.as_str(), &names)
        });
        if let Some((what, instead)) = unknown {
            cx.error_at(&name.origin, what, instead.unwrap_or_default());
        }
        Some(Self(name, PhantomData))
    }

    fn recover(at: &Origin) -> Option<Self> {
        At::recover(at).map(|name| Self(name, PhantomData))
    }
}

macro_rules! kinds {
    ($($name:ident: $kind:literal in $field:literal;)*) => {
        $(
            #[doc = concat!("A ", $kind, ".")]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Named for $name {
                const KIND: &'static str = $kind;
                const FIELD: &'static str = $field;
            }
        )*

        /// Tells which names there are of every kind.
        pub fn know(root: &Node, cx: &mut Cx) {
            $(
                cx.know($kind, names_in(root, $field).unwrap_or_else(any_name));
            )*
            know_together(root, cx);
        }
    };
}

macro_rules! together {
    ($($(#[doc = $doc:literal])* $name:ident: $kind:literal in $shown:literal: $($field:literal),+;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone)]
            pub struct $name;

            impl Named for $name {
                const KIND: &'static str = $kind;
                const FIELD: &'static str = $shown;
            }
        )*

        /// Tells the names that may be of either of two kinds.
        fn know_together(root: &Node, cx: &mut Cx) {
            $(
                let lists = [$(names_in(root, $field)),+];
                cx.know($kind, lists.into_iter().flat_map(|names| names.unwrap_or_else(any_name)).collect());
            )*
        }
    };
}

/// Keys of a map of the world; none when it may be left out and is, nothing when it cannot be read.
#[must_use]
pub fn names_in(root: &Node, field: &str) -> Option<Vec<String>> {
    let must_be_written = || World::record().fields.iter().any(|known| known.name == field && known.default.is_none());
    match root.field(field).map(|node| &node.kind) {
        Some(Kind::Map(entries)) => {
            let name =
                |key: &Node| key.string().as_deref().and_then(Id::new).map_or_else(String::new, |id| id.to_string());
            Some(entries.iter().map(|entry| name(&entry.key)).collect())
        }
        Some(_) => None,
        None => (!must_be_written() && !is_misspelt(root, field)).then(Vec::new),
    }
}

/// Whether a map of the world may be one whose name is written wrong.
fn is_misspelt(root: &Node, field: &str) -> bool {
    let Kind::Struct(fields) = &root.kind else { return false };
    let known = World::record().fields;
    let names = || known.iter().map(|field| field.name);
    let is_known = |written: &Field| names().any(|name| name == written.name);
    fields.iter().any(|written| !is_known(written) && nearest(&written.name, names()) == Some(field))
}

/// What is known where names cannot be read: a name that none has, and that stands for any.
fn any_name() -> Vec<String> {
    vec![String::new()]
}

/// Whether a name is among known ones, or may be.
#[must_use]
pub fn is_among(known: &[String], name: &Id) -> bool {
    known.iter().any(|known| known.is_empty() || known == name.as_str())
}

together! {
    /// Who owns a site.
    Owner: "nation or firm" in "nations or firms": "nations", "firms";
    /// Who sells under a contract.
    Seller: "mine or plant" in "mines or plants": "mines", "plants";
    /// A nation, or all members of a bloc.
    Party: "nation or bloc" in "nations or blocs": "nations", "blocs";
    /// Who buys under a contract.
    Buyer: "plant or sector" in "plants or sectors": "plants", "sectors";
}

kinds! {
    Mineral: "mineral" in "minerals";
    Region: "region" in "regions";
    Nation: "nation" in "nations";
    Bloc: "bloc" in "blocs";
    Host: "host" in "hosts";
    Mine: "mine" in "mines";
    Plant: "plant" in "plants";
    Firm: "firm" in "firms";
    FirmRule: "rule in `firm_rules`" in "firm_rules";
    MineRule: "rule in `mine_rules`" in "mine_rules";
    PlantRule: "rule in `plant_rules`" in "plant_rules";
    SectorRule: "rule in `sector_rules`" in "sector_rules";
    Sector: "sector" in "sectors";
    Path: "path" in "paths";
    Service: "service" in "services";
    RecyclerRule: "rule in `recycler_rules`" in "recycler_rules";
    HazardRule: "rule in `hazard_rules`" in "hazard_rules";
    MerchantRule: "rule in `merchant_rules`" in "merchant_rules";
    ReserveRule: "rule in `reserve_rules`" in "reserve_rules";
    InvestmentRule: "rule in `investment_rules`" in "investment_rules";
    Exchange: "exchange" in "exchanges";
    Contract: "contract" in "contracts";
    Reserve: "reserve" in "reserves";
    Currency: "currency" in "currencies";
    TraderRule: "rule in `trader_rules`" in "trader_rules";
    Watch: "watch" in "watches";
}
