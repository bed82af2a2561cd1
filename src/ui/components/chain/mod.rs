//! The drawing: headings over it, the frame with the strip beside it, tools under it.
//!
//! Its parts share three things that are copied freely: the `scene` is what is drawn, the `eye` is where it is seen
//! from, and the `picks` are the rows that stand out in it. What can be worked out without a browser lies in
//! `ui::camera`, `ui::columns`, `ui::hand`, `ui::row_words` and `ui::walk`.

mod dot;
mod eye;
mod frame;
mod hands;
mod heading;
mod links;
mod overview;
mod picks;
mod row;
mod scene;
mod strip;
mod tools;

use leptos::prelude::*;

use crate::ui::state::View;
use eye::Eye;
use frame::Frame;
use heading::Headings;
use picks::Picks;
use scene::Scene;
use strip::Strip;
use tools::Tools;

/// The drawing of the environment and the plan on screen.
#[component]
pub(crate) fn Chain(view: Memo<View>) -> impl IntoView {
    let scene = Scene::new(view);
    let eye = Eye::new(scene);
    let picks = Picks::new(scene);
    eye.follow(picks);
    let is_tall = Memo::new(move |_| eye.stage.get().is_tall());
    view! {
        <Headings scene eye/>
        <div class="chain-stage">
            <Frame scene eye picks/>
            {move || is_tall.get().then(|| view! { <Strip scene eye picks/> })}
        </div>
        <Tools eye picks/>
    }
}
