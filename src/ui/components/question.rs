//! The one question that decides between the repairs: what the databases have run.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::prose::sentence;
use super::{actions, state};
use crate::report::EnvironmentReport;
use crate::report::present::Tone;
use crate::text::Shown;
use crate::ui::state::View;
use crate::worker::Answer;

/// The most heads that have an answer of their own; of more, one pastes its id.
const MOST: usize = 8;

/// The question, where the answer matters.
#[component]
pub(super) fn Question(view: Memo<View>) -> impl IntoView {
    let asked = Memo::new(move |_| {
        view.with(|view| Some((view.environment, view.environment()?.question.as_ref()?.sides.clone())))
    });
    move || asked.get().map(|(environment, sides)| view! { <Asked view environment sides/> })
}

/// The answers as they are offered, each with its words.
fn offered(sides: &[Shown]) -> Vec<(Answer, String)> {
    let side = |side: &Shown| {
        let words = if sides.len() == 1 { "Yes, up to " } else { "Only up to " };
        (Answer::Side(side.to_string()), format!("{words}{side}"))
    };
    let all = match sides.len() {
        0 | 1 => None,
        2 => Some("Both, or different databases"),
        _ => Some("All of them, or different databases"),
    };
    let mut answers = vec![
        (Answer::Unknown, "I don\u{2019}t know".to_owned()),
        (Answer::Nothing, "No, none has".to_owned()),
    ];
    answers.extend(sides.iter().filter(|_| sides.len() <= MOST).map(side));
    answers.extend(all.map(|words| (Answer::All, words.to_owned())));
    answers
}

#[component]
fn Asked(view: Memo<View>, environment: usize, sides: Vec<Shown>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let given = Memo::new(move |_| {
        state.answers.with(|answers| answers.get(&environment).cloned().unwrap_or_default())
    });
    let has_pasted = move || given.with(|given| matches!(given, Answer::Printed(_)));
    let pasting = RwSignal::new(has_pasted());
    let text = RwSignal::new(given.with_untracked(|given| match given {
        Answer::Printed(text) => text.clone(),
        _ => String::new(),
    }));
    let answers: Vec<_> = offered(&sides)
        .into_iter()
        .map(|(answer, words)| {
            let own = answer.clone();
            let is_it = move || !pasting.get() && given.with(|given| *given == own);
            view! {
                <label class="reply">
                    <input
                        type="radio" name="answer" prop:checked=is_it
                        on:change=move |_| { pasting.set(false); actions.answer(answer.clone()); }
                    />
                    <span>{words}</span>
                </label>
            }
        })
        .collect();
    let paste = move |event: SubmitEvent| {
        event.prevent_default();
        actions.answer(Answer::Printed(text.get_untracked()));
    };
    // What is typed and not tried yet has no word of its own.
    let is_told = move || {
        !pasting.get()
            || given.with(|given| matches!(given, Answer::Printed(tried) if text.with(|text| text == tried)))
    };
    view! {
        <fieldset class="question" aria-busy=move || state.asking.get().to_string()>
            <legend>"Has any database run these revisions?"</legend>
            <div class="replies">
                {answers}
                <label class="reply">
                    <input
                        type="radio" name="answer" prop:checked=move || pasting.get()
                        on:change=move |_| { pasting.set(true); request_animation_frame(|| crate::ui::browser::focus("printed")); }
                    />
                    <span>"Paste what " <code>"alembic current"</code> " prints"</span>
                </label>
            </div>
            {move || pasting.get().then(|| view! {
                <form class="printed" on:submit=paste>
                    <textarea
                        id="printed" rows="2" spellcheck="false" aria-label="What alembic current prints, or ids"
                        placeholder="1975ea83b712 (head)"
                        prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event))
                    ></textarea>
                    <button type="submit" class="button">"Try it"</button>
                </form>
            })}
            {move || is_told().then(|| view.with(|view| view.environment().and_then(told))).flatten().map(|(words, tone)| view! {
                <p class=format!("told {}", tone.class()) id="told">{sentence(&words)}</p>
            })}
        </fieldset>
    }
}

/// What comes of the answer; nothing where there is none.
fn told(environment: &EnvironmentReport) -> Option<(String, Tone)> {
    if environment.stamped.is_empty() {
        return None;
    }
    let right = environment.plans.iter().find(|plan| environment.recommended == Some(plan.name));
    Some(match right {
        Some(plan) => (format!("{} is right for that", plan.title), Tone::Proved),
        None => (
            "No repair is right for that as it stands. What each does to it stands under the databases"
                .to_owned(),
            Tone::Breaks,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sides: &[&str]) -> Vec<String> {
        let sides: Vec<Shown> = sides.iter().map(|&side| side.into()).collect();
        offered(&sides).into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn each_side_is_offered_by_its_head() {
        let own = ["I don\u{2019}t know", "No, none has"];
        assert_eq!(words(&["b"]), [own[0], own[1], "Yes, up to b"]);
        assert_eq!(
            words(&["b", "c"]),
            [own[0], own[1], "Only up to b", "Only up to c", "Both, or different databases"]
        );
        let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        assert_eq!(words(&many), [own[0], own[1], "All of them, or different databases"]);
    }
}
