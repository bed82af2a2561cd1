//! What stands under the drawing: its tools, for those who use no keys, and what a hand can do.

use leptos::prelude::*;

use super::eye::Eye;
use super::picks::Picks;
use crate::ui::walk::LARGER;

/// The tools of the drawing.
#[component]
pub(super) fn Tools(eye: Eye, picks: Picks) -> impl IntoView {
    let scale = move || format!("{:.0}%", eye.camera.get().scale * 100.0);
    view! {
        <div class="chain-foot">
            <div class="tools" role="toolbar" aria-label="The drawing">
                <button type="button" class="button quiet" aria-label="Smaller" on:click=move |_| eye.zoom(1.0 / LARGER)>"\u{2212}"</button>
                <button type="button" class="button quiet figure" aria-label="As written" on:click=move |_| eye.as_written()>{scale}</button>
                <button type="button" class="button quiet" aria-label="Larger" on:click=move |_| eye.zoom(LARGER)>"+"</button>
                <button type="button" class="button quiet" on:click=move |_| eye.fit()>"Fit"</button>
                <button
                    type="button" class="button quiet" disabled=move || picks.is_calm()
                    on:click=move |_| eye.fit_rows(&picks.problem())
                >"Fit to the problem"</button>
            </div>
            <p class="fine wide">"Click a row for its facts, drag its handle onto a new parent. Arrows walk the chain."</p>
        </div>
    }
}
