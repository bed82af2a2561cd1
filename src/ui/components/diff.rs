//! A unified diff, line by line.

use leptos::prelude::*;

use crate::report::present::{DiffLine, diff_lines, left_out_of};

/// Lines beyond this are left to the patch file.
const SHOWN: usize = 400;

/// A file's part of a unified diff; the file's name stands above it already.
#[component]
pub(crate) fn Diff(text: String) -> impl IntoView {
    let in_file = |kind: &DiffLine| !matches!(kind, DiffLine::Head | DiffLine::Name);
    let all: Vec<(DiffLine, &str)> = diff_lines(&text).filter(|(kind, _)| in_file(kind)).collect();
    let shown: Vec<_> = all
        .iter()
        .take(SHOWN)
        .map(|(kind, line)| {
            let name = match kind {
                DiffLine::Added => "added: ",
                DiffLine::Removed => "removed: ",
                _ => "",
            };
            let (sign, rest) = if line.is_empty() || *kind == DiffLine::Hunk { ("", *line) } else { line.split_at(1) };
            let sign = sign.to_owned();
            view! {
                <span class=format!("diff-line {}", kind.class().unwrap_or_default())>
                    <span class="unseen">{name}</span><span class="sign" aria-hidden="true">{sign}</span>{rest.to_owned()}"\n"
                </span>
            }
        })
        .collect();
    let rest = left_out_of(all.len().saturating_sub(SHOWN), "line", "the patch");
    view! {
        <pre class="diff" tabindex="0" aria-label="Diff"><code>{shown}</code></pre>
        {rest.map(|rest| view! { <p class="fine">{rest}</p> })}
    }
}
