//! Search for settings of a world that serve some aims best, over scenarios and within a budget of runs.
//!
//! The search is a function of its file and of what runs give: it draws from keyed streams, runs every new setting with
//! the same seeds, and keeps the runs of each generation in one file. Begun again, it repeats its steps and takes from
//! the disk what is there, so it goes on where it was stopped and ends with the same bytes, at any number of threads.
//!
//! [`evolve`] and [`polish`] propose settings and know nothing of worlds; [`mod@file`] is what a search file says, [`work`] runs what
//! is proposed, [`folder`] is where it is kept, and [`front`] is what came out.

pub mod arms;
pub mod evolve;
pub mod file;
pub mod folder;
pub mod front;
pub mod polish;
pub mod score;
pub mod work;
