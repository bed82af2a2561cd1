//! The page while it is at work and after it failed, and what lies over every phase.

use leptos::prelude::*;

use super::prose::prose;
use super::welcome::Openers;
use super::{actions, state};
use crate::text::{capital, number, plural, stopped};
use crate::ui::state::{Failure, Readiness};
use crate::ui::words;
use crate::worker::{Phase, Progress};

/// The engine is at work.
#[component]
pub(crate) fn Reading(
    /// The name of what was dropped, which may be anything.
    name: String,
) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let progress = state.progress;
    let waiting = move || state.engine.get() == Readiness::Starting;
    let phase = move || if waiting() { "Loading the audit" } else { words::phase(progress.get().phase) };
    let share = move || share(&progress.get());
    view! {
        <section class="state" aria-labelledby="state-title">
            <h1 id="state-title">"Auditing " <span class="given">{words::visible(&name)}</span></h1>
            <p class="phase">{phase} "\u{2026}"</p>
            <progress class="meter" max="1" prop:value=move || share().unwrap_or(0.0) class:unsure=move || share().is_none() aria-label="Progress"></progress>
            <p class="counts">{move || counts(&progress.get())}</p>
            <button type="button" class="button" on:click=move |_| actions.close()>"Cancel"</button>
            <p class="fine">"Dropping something else cancels this and starts on that."</p>
        </section>
    }
}

/// How much was read so far: `12 of 40 files · 1.5 MB`; empty before there is anything to count.
fn counts(now: &Progress) -> String {
    let (done, total) = (number(now.files_done.into()), number(now.files_total.into()));
    let files = match (now.files_done, now.files_total) {
        (0, 0) => None,
        (0, n) => Some(plural(n as usize, "file") + " found"),
        (n, 0) => Some(plural(n as usize, "file")),
        _ => Some(format!("{done} of {total} files")),
    };
    let bytes = (now.bytes_done > 0).then(|| words::bytes(now.bytes_done));
    files.into_iter().chain(bytes).collect::<Vec<_>>().join(" \u{b7} ")
}

/// How much of the whole is done, from 0 to 1; none while nobody knows how much there is.
fn share(now: &Progress) -> Option<f64> {
    let known = now.files_total > 0 && now.phase != Phase::Listing;
    known.then(|| f64::from(now.files_done) / f64::from(now.files_total))
}

/// It could not be audited; everything else still works.
#[component]
pub(crate) fn Failed(failure: Failure) -> impl IntoView {
    let name = words::visible(&failure.name);
    view! {
        <section class="state failed" role="alert" aria-labelledby="state-title">
            <p class="kicker breaks">"Could not be audited"</p>
            <h1 id="state-title" class="given">{if name.is_empty() { "This drop".to_owned() } else { name }}</h1>
            <p class="lead">{prose(&capital(&stopped(&failure.message)))}</p>
            <p>
                "Nothing was changed, and the page is ready for another try: drop the project folder itself, a zip of it made by "
                <code>"git archive"</code> ", or the folder that holds " <code>"env.py"</code> " and the migrations."
            </p>
            <Openers/>
        </section>
    }
}

/// The last thing that did not work.
#[component]
pub(crate) fn Notice() -> impl IntoView {
    let (actions, state) = (actions(), state());
    view! {
        <div role="alert">
            {move || state.notice.get().map(|text| view! {
                <div class="notice">
                    <p>{text}</p>
                    <button type="button" class="button quiet" on:click=move |_| actions.dismiss()>"Close"</button>
                </div>
            })}
        </div>
    }
}

/// Shown while files are held over the page.
#[component]
pub(crate) fn DropOverlay() -> impl IntoView {
    let state = state();
    view! {
        <div class="overlay" class:open=move || state.dragging.get() aria-hidden="true">
            <p>"Let go to audit it here"</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_counts_what_is_known() {
        let at = |files_done, files_total, bytes_done, phase| Progress {
            phase,
            files_done,
            files_total,
            bytes_done,
        };
        let cases = [
            (at(0, 0, 0, Phase::Listing), "", None),
            (at(0, 40, 0, Phase::Listing), "40 files found", None),
            (at(1, 0, 800, Phase::Reading), "1 file \u{b7} 800 bytes", None),
            (at(10, 40, 1_500, Phase::Reading), "10 of 40 files \u{b7} 1.5 kB", Some(0.25)),
        ];
        for (now, told, done) in cases {
            assert_eq!((counts(&now).as_str(), share(&now)), (told, done));
        }
    }
}
