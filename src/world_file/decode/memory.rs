//! What was read before: a world in which values are set again and again is a tree whose copies share most of their parts.

use std::any::Any;
use std::collections::BTreeMap;

use super::{Cx, Decode, Known};
use crate::world_file::source::Span;
use crate::world_file::tree::Node;

/// What maps of a tree and their entries were read as. Copies of the tree share the parts in which nothing is set, and these
/// need not be read again.
#[derive(Debug, Default)]
pub struct Readings {
    known: Known,
    /// By where the parts lie. Whoever keeps the readings keeps the tree too, so nothing else comes to lie there.
    values: BTreeMap<usize, Reading>,
}

/// What a node was read as.
#[derive(Debug)]
struct Reading {
    path: String,
    span: Span,
    name: Option<String>,
    value: Box<dyn Any + Send + Sync>,
}

/// What is done with readings.
#[derive(Debug)]
pub(super) enum Memory<'a> {
    /// Nothing.
    None,
    /// What is read without a problem is kept.
    Keep(Readings),
    /// What was read already is taken from there.
    Take(&'a Readings),
}

impl<'a> Cx<'a> {
    /// Keeps what is read from now on, for [`Cx::kept`] to give.
    pub fn keep(&mut self) {
        self.memory = Memory::Keep(Readings::default());
    }

    /// What was read since [`Cx::keep`], with the names that are known.
    #[must_use]
    pub fn kept(self) -> Readings {
        match self.memory {
            Memory::Keep(readings) => Readings { known: self.known, ..readings },
            Memory::None | Memory::Take(_) => Readings::default(),
        }
    }

    /// Takes what the readings of another copy of the tree hold from there, if the same names are known as then.
    pub fn take_from(&mut self, readings: &'a Readings) {
        if self.known == readings.known {
            self.memory = Memory::Take(readings);
        }
    }

    /// What a node is: as it was read before, or read now.
    pub(super) fn remembered<T: Decode>(
        &mut self,
        node: &Node,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if let Memory::Take(readings) = &self.memory
            && let Some(Reading { path, span, name, value }) = node.address().and_then(|at| readings.values.get(&at))
            && (path, span, name) == (&self.path, &node.span, &node.name)
            && let Some(value) = value.downcast_ref::<T>()
        {
            return Some(value.clone());
        }
        let before = self.problems.len() + self.further;
        let value = read(self)?;
        if let Memory::Keep(readings) = &mut self.memory
            && let Some(at) = node.address()
            && self.problems.len() + self.further == before
        {
            let (path, name, copy) = (self.path.clone(), node.name.clone(), Box::new(value.clone()));
            readings.values.insert(at, Reading { path, span: node.span, name, value: copy });
        }
        Some(value)
    }
}
