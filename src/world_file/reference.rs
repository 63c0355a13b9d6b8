//! Names that refer to something else in the same file.

use std::marker::PhantomData;

use crate::id::Id;

use super::decode::{At, Cx, Decode};
use super::problem::unknown_name;
use super::shape::Shape;
use super::tree::{Kind, Node};

/// A kind of thing that has a name.
pub trait Named {
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
        Shape::Value { write: format!("\"id\" from {}", K::FIELD), means: format!("the id of a {}", K::KIND) }
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let name = At::<Id>::decode(node, cx)?;
        let unknown =
            cx.known(K::KIND).filter(|names| !names.iter().any(|known| known == name.as_str())).map(|names| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                unknown_name(K::KIND, name.as_str(), &names)
            });
        if let Some((what, instead)) = unknown {
            cx.error_at(&name.origin, what, instead.unwrap_or_default());
        }
        Some(Self(name, PhantomData))
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
                if let Some(Kind::Map(entries)) = root.field($field).map(|node| &node.kind) {
                    cx.know($kind, entries.iter().map(|entry| entry.key.key_text()).collect());
                } else if root.field($field).is_none() {
                    cx.know($kind, Vec::new());
                }
            )*
        }
    };
}

kinds! {
    Mineral: "mineral" in "minerals";
    Region: "region" in "regions";
    Nation: "nation" in "nations";
    Host: "host" in "hosts";
    Mine: "mine" in "mines";
    MineRule: "rule in `mine_rules`" in "mine_rules";
    PlantRule: "rule in `plant_rules`" in "plant_rules";
    SectorRule: "rule in `sector_rules`" in "sector_rules";
    Sector: "sector" in "sectors";
    Path: "path" in "paths";
    Service: "service" in "services";
    RecyclerRule: "rule in `recycler_rules`" in "recycler_rules";
    MerchantRule: "rule in `merchant_rules`" in "merchant_rules";
    InvestmentRule: "rule in `investment_rules`" in "investment_rules";
}
