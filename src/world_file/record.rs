//! `record!` and `choice!`: one declaration gives the struct, its decoder and its documentation.
//!
//! The doc comments of a record and of its fields are what `oreworld schema` prints. A field of type `Option` may be
//! left out; `= "..."` gives the RON text that holds when a field is left out.

/// Declares a record: `record! { /// Doc. pub struct MineFile as "Mine" { /// Doc. nation: At<Id>, .. } }`.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident as $shown:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident : $ty:ty $(= $default:literal)? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $ty, )*
        }

        impl $name {
            /// Names of the fields, in order of declaration.
            const FIELDS: &[&str] = &[ $( $crate::world_file::record::written(stringify!($field)) ),* ];

            /// What a file may say.
            #[must_use]
            pub fn record() -> $crate::world_file::shape::Record {
                $crate::world_file::shape::Record {
                    name: $shown,
                    doc: concat!($($doc, "\n"),*),
                    fields: vec![ $( $crate::world_file::shape::Field {
                        name: const { $crate::world_file::record::written(stringify!($field)) },
                        doc: concat!($($field_doc, "\n"),*),
                        shape: <$ty as $crate::world_file::decode::Decode>::shape,
                        default: None $( .or(Some($default)) )?,
                    } ),* ],
                }
            }
        }

        impl $crate::world_file::decode::Decode for $name {
            fn shape() -> $crate::world_file::shape::Shape {
                $crate::world_file::shape::Shape::Record(Self::record)
            }

            fn decode(node: &$crate::world_file::tree::Node, cx: &mut $crate::world_file::decode::Cx) -> Option<Self> {
                if node.name.as_deref().is_some_and(|name| name != $shown) {
                    cx.expected(node, concat!($shown, "(..)"), concat!("write ", $shown, "( .. )"));
                    return None;
                }
                Self::body(node, cx)
            }

            fn body(node: &$crate::world_file::tree::Node, cx: &mut $crate::world_file::decode::Cx) -> Option<Self> {
                if !cx.record(node, $shown, Self::FIELDS) {
                    return None;
                }
                $(
                    let name = const { $crate::world_file::record::written(stringify!($field)) };
                    let $field = cx.field(node, name, None $( .or(Some($default)) )?);
                )*
                Some(Self { $( $field: $field?, )* })
            }

            // Each field as if it were left out, or as what stands in for it.
            fn recover(at: &$crate::world_file::decode::Origin) -> Option<Self> {
                Some(Self { $( $field: <$ty as $crate::world_file::decode::Decode>::absent().or_else(|| {
                    <$ty as $crate::world_file::decode::Decode>::recover(at)
                })?, )* })
            }
        }
    };
}

/// A field's name as a file writes it: Rust marks those that are its own words.
pub(crate) const fn written(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(name) => name,
            Err(_) => panic!("bug: a name that is no text"),
        },
        _ => field,
    }
}

/// Declares a choice by name: `choice! { /// Doc. pub enum Terms as "royalty terms" { /// Doc. AdValorem(Share), Free } }`.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident as $shown:literal {
            $( $(#[doc = $variant_doc:literal])* $variant:ident $(($body:ty))? ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        #[allow(clippy::large_enum_variant, reason = "held only while a file is read")]
        pub enum $name {
            $( $(#[doc = $variant_doc])* $variant $(($body))?, )*
        }

        impl $name {
            /// What a file may say.
            #[must_use]
            pub fn choice() -> $crate::world_file::shape::Choice {
                $crate::world_file::shape::Choice {
                    name: $shown,
                    doc: concat!($($doc, "\n"),*),
                    variants: vec![ $( $crate::world_file::shape::Variant {
                        name: stringify!($variant),
                        doc: concat!($($variant_doc, "\n"),*),
                        body: None $( .or(Some(<$body as $crate::world_file::decode::Decode>::shape())) )?,
                    } ),* ],
                }
            }
        }

        impl $crate::world_file::decode::Decode for $name {
            fn shape() -> $crate::world_file::shape::Shape {
                $crate::world_file::shape::Shape::Choice(Self::choice)
            }

            fn decode(node: &$crate::world_file::tree::Node, cx: &mut $crate::world_file::decode::Cx) -> Option<Self> {
                match node.name.as_deref().or(node.leaf()) {
                    $( Some(stringify!($variant)) => {
                        $crate::world_file::record::choice!(@read node, cx, $name, $variant $(, $body)?)
                    } )*
                    _ => {
                        cx.no_variant(node, &Self::choice());
                        None
                    }
                }
            }

            // A variant that holds nothing comes before one that holds something.
            fn recover(at: &$crate::world_file::decode::Origin) -> Option<Self> {
                let bare = None $( .or($crate::world_file::record::choice!(@bare $name, $variant $(, $body)?)) )*;
                bare $( .or_else(|| $crate::world_file::record::choice!(@held at, $name, $variant $(, $body)?)) )*
            }
        }
    };
    (@bare $name:ident, $variant:ident, $body:ty) => { None };
    (@bare $name:ident, $variant:ident) => { Some($name::$variant) };
    (@held $at:ident, $name:ident, $variant:ident, $body:ty) => {
        <$body as $crate::world_file::decode::Decode>::recover($at).map($name::$variant)
    };
    (@held $at:ident, $name:ident, $variant:ident) => { { let _: &$crate::world_file::decode::Origin = $at; None } };
    (@read $node:ident, $cx:ident, $name:ident, $variant:ident, $body:ty) => {
        <$body as $crate::world_file::decode::Decode>::body($node, $cx).map($name::$variant)
    };
    (@read $node:ident, $cx:ident, $name:ident, $variant:ident) => {
        if $node.leaf().is_some() {
            Some($name::$variant)
        } else {
            $cx.expected($node, stringify!($variant), concat!("write ", stringify!($variant), " without parentheses"));
            None
        }
    };
}

pub(crate) use {choice, record};
