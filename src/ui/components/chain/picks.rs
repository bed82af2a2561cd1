//! What is picked out of the drawing, as rows.

use leptos::prelude::*;

use super::scene::Scene;
use crate::ui::components::state;
use crate::ui::state::View;
use crate::ui::walk::current_row;

/// The rows that stand out. Copied freely.
#[derive(Clone, Copy)]
pub(super) struct Picks {
    /// The row that a hand or a key went to last, in whatever drawing was on screen then.
    pub(super) went_to: RwSignal<Option<usize>>,
    /// The rows of what is picked out.
    pub(super) picked: Memo<Vec<usize>>,
    /// The row that the keyboard is on; none unless a revision is picked.
    pub(super) current: Memo<Option<usize>>,
    /// The rows that an error or a warning names.
    pub(super) troubled: Memo<Vec<usize>>,
}

impl Picks {
    /// What is picked out of a scene, now and from now on.
    pub(super) fn new(scene: Scene) -> Self {
        let state = state();
        let went_to = RwSignal::new(None);
        let picked = Memo::new(move |_| {
            let selection = state.selection.get();
            scene.view.with(|view| view.picked_rows(&selection))
        });
        let current = Memo::new(move |_| {
            let selection = state.selection.get();
            picked.with(|picked| current_row(&selection, went_to.get(), picked))
        });
        let troubled = Memo::new(move |_| scene.view.with(View::troubled_rows));
        Self { went_to, picked, current, troubled }
    }

    /// The rows that are to be seen: the keyboard's, or else all that are picked out.
    pub(super) fn in_sight(self) -> Vec<usize> {
        self.current.get().map_or_else(|| self.picked.get(), |row| vec![row])
    }

    /// The rows of the problem: what is picked out, or else everything that is wrong.
    pub(super) fn problem(self) -> Vec<usize> {
        let picked = self.picked.get_untracked();
        if picked.is_empty() { self.troubled.get_untracked() } else { picked }
    }

    /// Whether nothing is picked out and nothing is wrong.
    pub(super) fn is_calm(self) -> bool {
        self.troubled.with(Vec::is_empty) && self.picked.with(Vec::is_empty)
    }
}
