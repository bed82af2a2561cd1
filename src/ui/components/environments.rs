//! Every environment that was found, where there are several.

use leptos::prelude::*;

use super::actions;
use crate::report::EnvironmentReport;
use crate::report::present::{Tone, environment_name, found_in, in_use};
use crate::text::number;
use crate::ui::state::View;

/// One row an environment, with what was found in it.
#[component]
pub(crate) fn Environments(view: Memo<View>) -> impl IntoView {
    move || {
        let rows = view.with(rows);
        (rows.len() > 1).then(|| view! {
            <section class="panel" aria-labelledby="environments-title">
                <h2 id="environments-title">"Environments"</h2>
                <div class="scroll-x"><table>
                    <thead><tr>
                        <th scope="col">"Folder"</th><th scope="col">"Verdict"</th><th scope="col">"In use"</th><th scope="col">"Configuration"</th>
                        <th scope="col">"Migrations"</th><th scope="col"><span class="unseen">"Show"</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table></div>
            </section>
        })
    }
}

fn rows(view: &View) -> Vec<impl IntoView + use<>> {
    let environments = view.loaded.report.environments.iter().enumerate();
    environments.map(|(index, environment)| row(view, index, environment)).collect()
}

fn row(view: &View, index: usize, environment: &EnvironmentReport) -> impl IntoView + use<> {
    let actions = actions();
    let show = if view.environment == index {
        view! { <span class="fine">"on screen"</span> }.into_any()
    } else {
        view! { <button type="button" class="link-button" on:click=move |_| actions.show_environment(index)>"show"</button> }.into_any()
    };
    view! {
        <tr>
            <th scope="row"><code>{environment_name(environment).to_owned()}</code></th>
            <td class=Tone::from(environment.grade).class()>{found_in(&view.loaded.report, index)}</td>
            <td>{in_use(environment).to_owned()}</td>
            <td>{configuration(environment)}</td>
            <td>{number(environment.revisions.len() as u64)}</td>
            <td>{show}</td>
        </tr>
    }
}

/// The file that names it, and the section in it: `alembic.ini [accounts]`.
fn configuration(environment: &EnvironmentReport) -> String {
    match (&environment.config, &environment.section) {
        (Some(config), Some(section)) => format!("{config} [{section}]"),
        (Some(config), None) => config.to_string(),
        (None, _) => "none".to_owned(),
    }
}
