//! Every file that can be taken away.

use leptos::prelude::*;

use super::prose::prose;
use super::{actions, state};
use crate::download::DownloadInfo;
use crate::report::present::STAYS_IN_ORDER;
use crate::ui::state::View;
use crate::ui::words;

/// The groups, the most wanted first, with how the ids in them begin; what fits none is in the last.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Repaired files", &["files-", "diff-", "tree-", "env-", "recovery-"]),
    ("Report", &["report-"]),
    ("Drawings", &["svg-"]),
    (STAYS_IN_ORDER, &[]),
];

/// All downloads on offer, with what each is good for.
#[component]
pub(crate) fn Downloads(view: Memo<View>) -> impl IntoView {
    let offers = Memo::new(move |_| view.with(|view| view.loaded.downloads.clone()));
    move || listed(&offers.get())
}

fn listed(offers: &[DownloadInfo]) -> Option<impl IntoView + use<>> {
    let groups: Vec<_> = GROUPS
        .iter()
        .map(|(title, _)| {
            let offers = offers.iter().filter(|offer| group(&offer.id) == *title);
            (*title, offers.cloned().collect::<Vec<_>>())
        })
        .filter(|(_, offers)| !offers.is_empty())
        .map(|(title, offers)| {
            let offers: Vec<_> = offers.into_iter().map(|offer| view! { <Offer offer/> }).collect();
            view! { <h3>{title}</h3><ul class="offers">{offers}</ul> }
        })
        .collect();
    (!groups.is_empty()).then(|| {
        view! {
            <section class="panel" id="downloads" aria-labelledby="downloads-title">
                <h2 id="downloads-title">"Downloads"</h2>
                <p class="fine">"Made in this tab when you ask for it."</p>
                {groups}
            </section>
        }
    })
}

/// A button that makes a download.
#[component]
fn Offer(offer: DownloadInfo) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let id = offer.id.clone();
    let making = {
        let id = id.clone();
        move || state.making.with(|making| making.as_deref() == Some(id.as_str()))
    };
    view! {
        <li>
            <button
                type="button" class="offer" data-download=id.clone() aria-busy=move || making().to_string()
                on:click=move |_| actions.download(id.clone())
            >
                <span class="offer-title">{offer.title.to_string()}</span>
                <span class="offer-detail">{prose(&offer.detail)}</span>
                <code class="offer-file">{words::visible(&offer.file_name)}</code>
            </button>
        </li>
    }
}

/// The group of a download, by the beginning of its id.
fn group(id: &str) -> &'static str {
    let known = GROUPS.iter().find(|(_, starts)| starts.iter().any(|start| id.starts_with(start)));
    known.map_or(GROUPS[GROUPS.len() - 1].0, |(title, _)| title)
}
