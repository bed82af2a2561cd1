//! A unified diff, line by line.

use leptos::prelude::*;

use crate::ui::words;

/// Lines beyond this are left to the patch file.
const SHOWN: usize = 400;

/// A file's part of a unified diff; the file's name stands above it already.
#[component]
pub(crate) fn Diff(text: String) -> impl IntoView {
    let lines = text.lines().filter(|line| {
        !["diff ", "index ", "--- ", "+++ ", "new file"].iter().any(|start| line.starts_with(start))
    });
    let all: Vec<&str> = lines.collect();
    let hidden = all.len().saturating_sub(SHOWN);
    let shown: Vec<_> = all
        .iter()
        .take(SHOWN)
        .map(|line| {
            let (class, name) = match line.as_bytes().first() {
                Some(b'+') => ("add", "added: "),
                Some(b'-') => ("del", "removed: "),
                Some(b'@') => ("hunk", ""),
                _ => ("", ""),
            };
            let (sign, rest) = if line.is_empty() || class == "hunk" { ("", *line) } else { line.split_at(1) };
            let sign = sign.to_owned();
            view! {
                <span class=format!("diff-line {class}")>
                    <span class="unseen">{name}</span><span class="sign" aria-hidden="true">{sign}</span>{words::visible(rest)}"\n"
                </span>
            }
        })
        .collect();
    view! {
        <pre class="diff" tabindex="0" aria-label="Diff"><code>{shown}</code></pre>
        {(hidden > 0).then(|| view! { <p class="fine">{words::count(hidden, "more line", "more lines")}" in the patch."</p> })}
    }
}
