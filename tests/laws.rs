//! Laws of repairs, over generated folders: sound and broken graphs in every style of file.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rechain::audit::{Outcome, examine};
use rechain::graph::RevisionGraph;
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::report::PlanKind;
use rechain::source::read_script;

/// How a file is written.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a way of writing, independent of the others")]
struct Style {
    quote: char,
    annotated: bool,
    list: bool,
    comment: bool,
    docstring: bool,
    line_end: LineEnd,
    byte_order_mark: bool,
    latin_1: bool,
}

#[derive(Debug, Clone, Copy)]
enum LineEnd {
    Lf,
    Crlf,
    Mixed,
}

/// One revision: its parents among the earlier ones, or a fault.
#[derive(Debug, Clone)]
struct Revision {
    parents: Vec<usize>,
    fault: Option<Fault>,
    style: Style,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Missing,
    Itself,
    /// A parent that comes later, so that a loop may close.
    Later(usize),
}

fn style() -> impl Strategy<Value = Style> {
    let line_end = prop_oneof![3 => Just(LineEnd::Lf), 1 => Just(LineEnd::Crlf), 1 => Just(LineEnd::Mixed)];
    (any::<[bool; 6]>(), line_end, any::<bool>()).prop_map(
        |([single, annotated, list, comment, docstring, byte_order_mark], line_end, latin_1)| Style {
            quote: if single { '\'' } else { '"' },
            annotated,
            list,
            comment,
            docstring,
            line_end,
            byte_order_mark: byte_order_mark && !latin_1,
            latin_1,
        },
    )
}

fn revision() -> impl Strategy<Value = Revision> {
    let fault = prop_oneof![
        12 => Just(None),
        1 => Just(Some(Fault::Missing)),
        1 => Just(Some(Fault::Itself)),
        1 => (0_usize..20).prop_map(|at| Some(Fault::Later(at))),
    ];
    (proptest::collection::vec(0_usize..20, 0..3), fault, style())
        .prop_map(|(parents, fault, style)| Revision { parents, fault, style })
}

fn id(at: usize) -> String {
    format!("r{at:03}x")
}

fn write(at: usize, n: usize, revision: &Revision) -> Vec<u8> {
    let style = &revision.style;
    let mut parents: Vec<String> = revision
        .parents
        .iter()
        .filter(|_| at > 0)
        .map(|parent| id(parent % at.max(1)))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    match revision.fault {
        Some(Fault::Missing) => parents.push("gone_without_a_trace".to_owned()),
        Some(Fault::Itself) => parents.push(id(at)),
        Some(Fault::Later(later)) if at + 1 < n => parents.push(id(at + 1 + later % (n - at - 1))),
        _ => {}
    }
    let q = style.quote;
    let quoted: Vec<_> = parents.iter().map(|parent| format!("{q}{parent}{q}")).collect();
    let value = match quoted.as_slice() {
        [] if style.list => "()".to_owned(),
        [] => "None".to_owned(),
        [one] if !style.list => one.clone(),
        many if style.list => format!("[{}]", many.join(", ")),
        many => format!("({})", many.join(", ")),
    };
    let mut text = String::new();
    if style.latin_1 {
        text.push_str("# -*- coding: latin-1 -*-\n");
    }
    if style.docstring {
        let revises = parents.join(", ");
        text.push_str(&format!("\"\"\"métier {at}\n\nRevision ID: {}\nRevises: {revises}\nCreate Date: 2025-01-{:02}\n\n\"\"\"\n", id(at), 1 + at % 28));
    }
    let annotation = if style.annotated { ": Union[str, None]" } else { "" };
    let comment = if style.comment { "  # à voir: down_revision" } else { "" };
    text.push_str(&format!("revision = {q}{}{q}\ndown_revision{annotation} = {value}{comment}\n\ndef upgrade():\n    pass  # é\n", id(at)));
    let mut ends = 0;
    let text: String = text
        .chars()
        .map(|c| {
            ends += usize::from(c == '\n');
            match style.line_end {
                LineEnd::Crlf if c == '\n' => "\r\n".to_owned(),
                LineEnd::Mixed if c == '\n' && ends % 2 == 0 => "\r\n".to_owned(),
                _ => c.to_string(),
            }
        })
        .collect();
    let mut bytes = if style.byte_order_mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    if style.latin_1 {
        bytes.extend(text.chars().map(|c| u8::try_from(u32::from(c)).expect("the text is latin-1")));
    } else {
        bytes.extend(text.bytes());
    }
    bytes
}

fn folder(revisions: &[Revision]) -> SourceTree {
    let mut tree = SourceTree::default();
    let mut add = |path: &str, bytes: Vec<u8>| tree.insert(TreePath::parse(path).expect("relative"), bytes);
    add("alembic.ini", b"[alembic]\nscript_location = migrations\n".to_vec());
    add(
        "migrations/env.py",
        b"from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n".to_vec(),
    );
    for (at, revision) in revisions.iter().enumerate() {
        add(&format!("migrations/versions/{}.py", id(at)), write(at, revisions.len(), revision));
    }
    tree
}

fn outcome(tree: SourceTree) -> Outcome {
    examine(Ingested { tree, ..Ingested::default() }, &mut |_| {})
}

/// The lines of a file without the two that a plan may change.
fn untouched(source: &[u8]) -> Vec<Vec<u8>> {
    let may_change = |line: &[u8]| line.starts_with(b"down_revision") || line.starts_with(b"Revises:");
    source
        .split_inclusive(|&byte| byte == b'\n')
        .filter(|line| !may_change(line))
        .map(<[u8]>::to_vec)
        .collect()
}

/// The two lines that may change, without the value: what stands before it, and the comment and line end after it.
fn frame(source: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    source
        .split_inclusive(|&byte| byte == b'\n')
        .filter_map(|line| {
            let start = if line.starts_with(b"down_revision") {
                line.iter().position(|&byte| byte == b'=')? + 1
            } else if line.starts_with(b"Revises:") {
                b"Revises:".len()
            } else {
                return None;
            };
            let end = line.windows(3).position(|window| window == b"  #").unwrap_or_else(|| {
                line.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(line.len())
            });
            Some((line[..start].to_vec(), line[end..].to_vec()))
        })
        .collect()
}

/// What is below each revision, loops left out.
fn below(graph: &RevisionGraph) -> Vec<(String, String)> {
    let looped = graph.on_cycles();
    graph
        .revisions()
        .flat_map(|ix| graph.parents(ix).into_iter().map(move |parent| (ix, parent)))
        .filter(|(ix, parent)| !graph.is_ghost(*parent) && (!looped.contains(ix) || !looped.contains(parent)))
        .map(|(ix, parent)| (graph.id(ix).to_owned(), graph.id(parent).to_owned()))
        .collect()
}

fn config() -> ProptestConfig {
    let full = std::env::var_os("RECHAIN_FULL").is_some();
    ProptestConfig {
        cases: if full { 4_000 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_plan_does_what_it_says_and_touches_nothing_else(revisions in proptest::collection::vec(revision(), 1..14)) {
        let tree = folder(&revisions);
        let before = outcome(tree.clone());
        for plan in &before.plans[0] {
            for file in &plan.patch.files {
                let (Some(old), Some(after)) = (&file.before, &file.after) else { continue };
                prop_assert_eq!(tree.get(&file.path), Some(&**old));
                prop_assert_eq!(untouched(old), untouched(after));
                prop_assert_eq!(frame(old), frame(after));
                let (was, is) = (read_script(&file.path, old), read_script(&file.path, after));
                prop_assert_eq!(was.id(), is.id());
                prop_assert!(is.syntax_faults.is_empty());
                if let Some(said) = is.revises() {
                    prop_assert_eq!(said, is.down_revision.values());
                }
            }
            let after = outcome(plan.patch.apply(&tree));
            let found: BTreeSet<_> = after.audit.findings.iter().map(|finding| finding.rule.name).collect();
            prop_assert!(plan.resolves.iter().all(|rule| !found.contains(rule.name)), "{:?} {:?}", plan.resolves, found);
            let had: BTreeSet<_> = before.audit.findings.iter().map(|finding| finding.rule.name).collect();
            prop_assert!(found.is_subset(&had), "{:?} {:?}", found, had);
            let graph = &after.audit.environments[0].graph;
            for (child, parent) in below(&before.audit.environments[0].graph) {
                let child = graph.find(&child).expect("it stays");
                let parent = graph.find(&parent).expect("it stays");
                prop_assert!(graph.ancestors(child).contains(&parent));
            }
            if plan.kind == PlanKind::Chain {
                prop_assert!(after.plans[0].iter().all(|again| again.kind != PlanKind::Chain), "a second chain");
                let errors = after.audit.findings.iter().filter(|finding| finding.severity == rechain::finding::Severity::Error);
                prop_assert_eq!(errors.count(), 0);
                prop_assert_eq!((graph.bases().len(), graph.tips().len()), (1, 1));
            }
        }
    }

    #[test]
    fn a_chain_is_always_found_where_something_is_wrong_with_it(revisions in proptest::collection::vec(revision(), 1..14)) {
        let outcome = outcome(folder(&revisions));
        let is_worth_it = |finding: &rechain::finding::Finding| {
            finding.severity == rechain::finding::Severity::Error || finding.rule.name == "revision-cycle"
        };
        let broken = outcome.audit.findings.iter().any(is_worth_it);
        let offered = outcome.plans[0].iter().any(|plan| plan.kind == PlanKind::Chain);
        prop_assert_eq!(broken, offered);
    }

    #[test]
    fn no_more_files_are_rewritten_than_there_are_faults(revisions in proptest::collection::vec(revision(), 1..14)) {
        let outcome = outcome(folder(&revisions));
        let graph = &outcome.audit.environments[0].graph;
        let faulty = graph
            .revisions()
            .filter(|&ix| graph.node(ix).self_parent || graph.parents(ix).iter().any(|&parent| graph.is_ghost(parent)))
            .count();
        let looped = graph.on_cycles().len();
        // A merge of three and more loses a parent that comes to lie below another.
        let wide = graph.revisions().filter(|&ix| graph.parents(ix).len() > 2).count();
        let most = graph.tips().len() + graph.bases().len() + faulty + looped + wide;
        for plan in outcome.plans[0].iter().filter(|plan| plan.kind == PlanKind::Chain) {
            prop_assert!(plan.patch.files.len() <= most, "{} of {}", plan.patch.files.len(), most);
        }
    }
}
