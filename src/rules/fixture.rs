//! Small trees for the tests of rules and plans.

use crate::audit::audit;
use crate::audited::{Audit, AuditOptions};
use crate::ingest::{SourceTree, TreePath};

/// Makes a tree from paths and contents.
pub(crate) fn tree(files: &[(&str, &str)]) -> SourceTree {
    let mut tree = SourceTree::default();
    for (path, content) in files {
        tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes().to_vec());
    }
    tree
}

/// An Alembic project whose migrations are given as `file: revision <- parents`, one a line; the parents are Python.
pub(crate) fn project(migrations: &str) -> SourceTree {
    let mut project = tree(&[
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        (
            "migrations/env.py",
            "from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n",
        ),
    ]);
    for line in migrations.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (file, rest) = line.split_once(':').expect("`file: id <- parents`");
        let (id, parents) = rest.split_once("<-").expect("`id <- parents`");
        let content = format!(
            "revision = \"{}\"\ndown_revision = {}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n",
            id.trim(),
            parents.trim()
        );
        let path = TreePath::parse(&format!("migrations/versions/{file}.py")).expect("relative");
        project.insert(path, content.into_bytes());
    }
    project
}

/// The same project, whose migrations are given as file and id, parents, and the bodies of the two functions.
pub(crate) fn bodies(migrations: &[(&str, &str, &str, &str)]) -> SourceTree {
    let mut project = project("");
    for (id, parents, upgrade, downgrade) in migrations {
        let content = format!(
            "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"{id}\"\ndown_revision = {parents}\n\n\n\
             def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
        );
        let path = TreePath::parse(&format!("migrations/versions/{id}.py")).expect("relative");
        project.insert(path, content.into_bytes());
    }
    project
}

/// Functions by name, each with its body.
type Bodies<'a> = &'a [(&'a str, &'a str)];

/// The same on two databases, `first` and `second`: each body stands in a function of one of them, `upgrade_first` or
/// `downgrade_second`; one that is not given does nothing.
pub(crate) fn bodies_on_two(migrations: &[(&str, &str, Bodies<'_>)]) -> SourceTree {
    let mut project = tree(&[
        ("alembic.ini", "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://u@h/d\n"),
        (
            "migrations/env.py",
            "from alembic import context\nfor name in ['first', 'second']:\n    context.run_migrations(engine_name=name)\n",
        ),
    ]);
    for (id, parents, bodies) in migrations {
        let mut content = format!(
            "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"{id}\"\ndown_revision = {parents}\n"
        );
        for function in ["upgrade", "downgrade"] {
            content.push_str(&format!(
                "\n\ndef {function}(engine_name):\n    globals()['{function}_%s' % engine_name]()\n"
            ));
            for database in ["first", "second"] {
                let name = format!("{function}_{database}");
                let body = bodies.iter().find(|(own, _)| *own == name).map_or("pass", |(_, body)| body);
                content.push_str(&format!("\n\ndef {name}():\n    {body}\n"));
            }
        }
        let path = TreePath::parse(&format!("migrations/versions/{id}.py")).expect("relative");
        project.insert(path, content.into_bytes());
    }
    project
}

/// Audits a tree.
pub(crate) fn audited(tree: &SourceTree) -> Audit {
    audit(tree, AuditOptions::default(), &mut |_, _| {})
}

/// What to do about the findings of one rule.
pub(crate) fn advised(rule: &str, tree: &SourceTree) -> Vec<String> {
    let findings = audited(tree).findings;
    findings.into_iter().filter(|finding| finding.rule.name == rule).map(|finding| finding.advice).collect()
}

/// The findings of one rule, as `severity place: message`.
pub(crate) fn found(rule: &str, tree: &SourceTree) -> Vec<String> {
    audited(tree)
        .findings
        .iter()
        .filter(|finding| finding.rule.name == rule)
        .map(|finding| {
            let path = finding.path_text().unwrap_or_default();
            format!("{} {}: {}", finding.severity.word(), path, finding.message)
        })
        .collect()
}
