//! The single chain: its order, and the parents that it finds again.

mod by_hand;
mod found;
mod laws;
mod order;
mod proof;

use super::{Plan, PlanKind, plans};
use crate::ingest::{SourceTree, TreePath};
use crate::rules::fixture::{audited, project};

/// One migration: its id, its parents as Python, what the docstring says after `Revises:`, and its `upgrade()`.
type Told<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

/// A project of such migrations; each is a day younger than the one before.
fn told(migrations: &[Told<'_>]) -> SourceTree {
    let mut tree = project("");
    for (at, (id, parents, revises, upgrade)) in migrations.iter().enumerate() {
        let revises = revises.map_or_else(String::new, |revises| format!("Revises: {revises}\n"));
        let content = format!(
            "\"\"\"m\n\nRevision ID: {id}\n{revises}Create Date: 2026-01-{:02} 10:00:00\n\n\"\"\"\n\
             from alembic import op\nimport sqlalchemy as sa\n\nrevision = '{id}'\ndown_revision = {parents}\n\n\n\
             def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    pass\n",
            at + 1
        );
        let path = TreePath::parse(&format!("migrations/versions/{id}.py")).expect("relative");
        tree.insert(path, content.into_bytes());
    }
    tree
}

/// The single chain of a project, if it gets one.
fn chain_of(tree: &SourceTree) -> Option<Plan> {
    let audit = audited(tree);
    let mut plans =
        plans(tree, &audit, &|patched, changed| crate::audit::audit_again(patched, &audit, changed));
    plans.swap_remove(0).into_iter().find(|plan| plan.kind == PlanKind::Chain)
}

/// What the single chain rewrites, as `id <- parents`, and its order.
fn rewritten(tree: &SourceTree) -> (Vec<String>, String) {
    let plan = chain_of(tree).expect("a chain is on offer");
    let changes =
        plan.changes.iter().map(|change| format!("{} <- {}", change.revision, change.after.join(" ")));
    (changes.collect(), plan.order.join(" "))
}
