//! A name on the command line means the revision that Alembic takes it for: `head-1`, `+2`, `label@head`, the start of an id.

mod folders;
mod judge;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use folders::Folder;
use judge::full;
use rechain::audit;
use serde_json::{Value, json};

/// Reads graphs and names, and prints where each name leads: ids, or `null` for an error.
const ASK: &str = r#"
import json, re, sys, warnings
from alembic.script.revision import Revision, RevisionMap
warnings.simplefilter("ignore")

def place(revisions, name):
    relative = re.match(r"(?:(.+?)@)?(\w+)?((?:\+|-)\d+)", name)
    if relative and relative.group(2) is None and relative.group(3)[0] == "-":
        found = [revisions._parse_downgrade_target(revisions.heads, name, True)[1]]
    else:
        found = list(revisions._parse_upgrade_target((), name, True))
        if relative and None in found:
            raise ValueError("nothing is there")
    return [one.revision for one in found if one not in (None, "base")]

def answer(graph):
    made = [Revision(id, tuple(down) or None, tuple(deps) or None, tuple(labels) or None)
            for id, down, deps, labels in graph["revisions"]]
    revisions = RevisionMap(lambda: iter(made))
    try:
        revisions.heads
    except Exception:
        return None
    places = []
    for name in graph["names"]:
        try:
            places.append(place(revisions, name))
        except Exception:
            places.append(None)
    return places

print(json.dumps([answer(graph) for graph in json.load(sys.stdin)]))
"#;

#[test]
fn places_are_where_alembic_says() {
    let Some(python) = judge::python("places_are_where_alembic_says") else { return };
    let mut graphs: Vec<Value> = Vec::new();
    let mut ours: Vec<Vec<(String, Option<Vec<String>>)>> = Vec::new();
    for seed in (0..if full() { 800 } else { 160 }).step_by(2) {
        let loaded = audit::load(&Folder::of(seed).tree);
        let Some((own, map)) = loaded.iter().find_map(|own| Some((own, own.reading.map()?))) else {
            continue;
        };
        // One that Alembic loses is another matter, and so is a place in no history at all.
        if !own.graph.shadowed().is_empty() || map.heads().is_empty() {
            continue;
        }
        let revisions: Vec<_> = own
            .scripts
            .iter()
            .map(|script| {
                let [down, deps, labels] = [&script.down_revision, &script.depends_on, &script.branch_labels]
                    .map(|declared| declared.values());
                json!([script.id(), down, deps, labels])
            })
            .collect();
        let labels: BTreeSet<&str> =
            own.scripts.iter().flat_map(|script| script.branch_labels.values()).collect();
        let mut names: Vec<String> =
            ["head", "heads", "base", "-1", "-2", "+1", "+3", "+40", "head-1", "head-30", "heads-1"]
                .map(ToOwned::to_owned)
                .to_vec();
        for label in &labels {
            let own = ["", "@head", "@heads", "@base", "@+1", "@+2", "@-1", "@head-1"];
            names.extend(own.iter().map(|rest| format!("{label}{rest}")));
        }
        for id in own.scripts.iter().filter_map(|script| script.id()) {
            let start: String = id.chars().take(2).collect();
            names.extend(["", "-1", "-2", "+1", "+2", "-40"].iter().map(|rest| format!("{id}{rest}")));
            names.extend([start.clone(), format!("{start}+1")]);
            names.extend(labels.iter().map(|label| format!("{label}@{id}+1")));
        }
        // From several heads, Alembic warns that a step down is ambiguous, and takes any.
        names.retain(|name| !name.starts_with('-') || map.heads().len() == 1);
        let place = |name: &String| {
            let found = map.place(name).ok();
            found.map(|ids| ids.into_iter().map(ToOwned::to_owned).collect::<Vec<String>>())
        };
        ours.push(names.iter().map(|name| (name.clone(), place(name))).collect());
        graphs.push(json!({ "revisions": revisions, "names": names }));
    }
    let mut child = Command::new(python)
        .args(["-c", ASK])
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut questions = child.stdin.take().expect("piped");
    let text = Value::Array(graphs.clone()).to_string();
    std::thread::spawn(move || questions.write_all(text.as_bytes()).ok());
    let output = child.wait_with_output().expect("it ends");
    let answers: Vec<Option<Vec<Option<Vec<String>>>>> =
        serde_json::from_slice(&output.stdout).expect("an answer");
    let (mut n, mut differences) = (0, Vec::new());
    for ((ours, graph), answer) in ours.iter().zip(&graphs).zip(answers) {
        for ((name, own), real) in ours.iter().zip(answer.unwrap_or_default()) {
            n += 1;
            let sorted = |ids: Vec<String>| ids.into_iter().collect::<BTreeSet<_>>();
            if own.clone().map(sorted) != real.clone().map(sorted) {
                differences.push(format!("{name}: {own:?}, Alembic {real:?} in {}", graph["revisions"]));
            }
        }
    }
    println!("{n} names");
    assert!(
        n > 1_000 && differences.is_empty(),
        "{n} names, {}: {:#?}",
        differences.len(),
        &differences[..differences.len().min(8)]
    );
}
