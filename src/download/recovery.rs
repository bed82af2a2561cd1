//! The scripts that bring databases to the heads which a repair does not serve.

use super::{Offer, ZIP, offer};
use crate::audit::Outcome;
use crate::patch::bundle;
use crate::plan::{Plan, PlanKind, Stamped};
use crate::report::recovery_script;
use crate::text::plural;

const SHELL: &str = "text/x-shellscript";

/// More groups of databases than these have no script of their own: `rechain recover` writes each.
const MOST: usize = 100;

/// One download for a repair; none where it serves every database, or nobody can tell what the others need.
pub(super) fn recovery_offers<'a>(offers: &mut Vec<Offer<'a>>, outcome: &'a Outcome, kind: PlanKind) {
    let cases = cases(outcome, kind);
    let (name, title) = (kind.name(), kind.title());
    let titled = format!("{title}: recovery");
    let id = format!("recovery-{name}");
    let about = "Make a backup first. The version table is looked at before anything is changed, where the files tell which \
                 database it is";
    match cases.as_slice() {
        [] => {}
        [(case, of)] => {
            let at = at(of);
            let detail = format!(
                "For a database at {at}, which this repair does not serve: a script that runs what it lacks, each once, and \
                 leaves it at the heads. {about}. For another one: `rechain recover`."
            );
            let (case, of) = (*case, *of);
            offers.push(offer((&id, &titled, &format!("{id}.sh"), SHELL), detail, move |_| {
                written(outcome, case, of).unwrap_or_default().into_bytes()
            }));
        }
        several => {
            let detail = format!(
                "{}, each for one database of a group that this repair does not serve: it runs what that database lacks, each \
                 once, and leaves it at the heads. {about}. For another one: `rechain recover`.",
                plural(several.len(), "script")
            );
            offers.push(offer((&id, &titled, &format!("{id}.zip"), ZIP), detail, move |_| {
                let files: Vec<(String, String)> = cases
                    .iter()
                    .enumerate()
                    .filter_map(|(n, &(case, of))| {
                        Some((format!("{:03}-at-{}.sh", n + 1, at(of)), written(outcome, case, of)?))
                    })
                    .collect();
                bundle(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
            }));
        }
    }
}

/// The databases that were asked about, or else one of each group, with the environment and the plan.
fn cases(outcome: &Outcome, kind: PlanKind) -> Vec<((usize, &Plan), &Stamped)> {
    let plans = outcome.plans.iter().enumerate();
    let plans =
        plans.filter_map(|(index, plans)| Some((index, plans.iter().find(|plan| plan.kind == kind)?)));
    let mut cases = Vec::new();
    for case @ (_, plan) in plans {
        let asked: Vec<&Stamped> = match plan.stamped.as_slice() {
            [] => plan.examples.iter().flatten().collect(),
            asked => asked.iter().collect(),
        };
        let with_script = asked.into_iter().filter(|of| written(outcome, case, of).is_some());
        cases.extend(with_script.map(|of| (case, of)));
    }
    cases.truncate(MOST);
    cases
}

fn written(outcome: &Outcome, (index, plan): (usize, &Plan), of: &Stamped) -> Option<String> {
    Some(recovery_script(&outcome.audit, index, Some(plan), of, None).ok()?.text)
}

/// Where a database stands; a script is written only where its ids are plain.
fn at(of: &Stamped) -> String {
    if of.rows.is_empty() { "nothing".to_owned() } else { of.rows.join("-and-") }
}
