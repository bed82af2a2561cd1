//! Secrets of many kinds, planted in many places of made projects.

mod kinds;
mod places;

use std::collections::BTreeMap;

pub(crate) use kinds::{Form, KINDS, Kind, Planted};
pub(crate) use places::{PLACES, Place, Shape};

/// The files of a project, by path.
pub(crate) type Files = BTreeMap<String, String>;

/// A kind of secret in a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plant {
    pub(crate) kind: &'static Kind,
    pub(crate) place: &'static Place,
}

/// A project with secrets in it, each with where it is.
pub(crate) struct Project {
    pub(crate) files: Files,
    pub(crate) planted: Vec<(Plant, Planted)>,
}

/// How many secrets one project holds: of a configuration only the first fault is told.
const AT_ONCE: usize = 25;

/// Every kind in every place where it makes sense.
pub(crate) fn plants() -> Vec<Plant> {
    let of = |place: &'static Place| {
        KINDS.iter().filter(|kind| place.takes(kind)).map(move |kind| Plant { kind, place })
    };
    PLACES.iter().flat_map(of).collect()
}

/// The projects that hold them.
pub(crate) fn projects(plants: &[Plant]) -> Vec<Project> {
    let mut projects = Vec::new();
    for shape in [Shape::Sound, Shape::Broken, Shape::Alone] {
        let own: Vec<Plant> = plants.iter().copied().filter(|plant| plant.place.shape == shape).collect();
        let at_once = if shape == Shape::Alone { 1 } else { AT_ONCE };
        projects.extend(own.chunks(at_once).map(|plants| project(shape, plants)));
    }
    projects
}

fn project(shape: Shape, plants: &[Plant]) -> Project {
    let mut files = places::empty(shape);
    let mut planted = Vec::new();
    for (at, plant) in plants.iter().enumerate() {
        // Only what stands in one project has to be told apart.
        let secret = plant.kind.planted(at);
        plant.place.put(&mut files, at, &secret);
        planted.push((*plant, secret));
    }
    Project { files, planted }
}
