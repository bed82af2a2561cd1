//! Models that `env.py` never imports.

use std::collections::BTreeSet;

use super::EnvironmentContext;
use super::context::listed;
use crate::finding::{Finding, Group, Place, Rule, Severity};
use crate::source::{Sight, TargetMetadata};
use crate::text::TextRange;

pub(crate) static RULE: Rule = Rule {
    name: "models-not-imported",
    group: Group::Environment,
    is_repairable: false,
    summary: "env.py never imports models, so autogenerate does not see them.",
    severity: Severity::Warning,
    explanation: include_str!("models_not_imported.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let (Sight::Misses { models, seen }, Some(env_py)) = (&audited.sight, &audited.environment.env_py) else {
        return;
    };
    let modules: Vec<&str> =
        models.iter().map(|model| model.module.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let mut finding = Finding::new(&RULE, format!("{} never imports {}", env_py.path, listed(&modules)));
    let range = match &env_py.target_metadata {
        TargetMetadata::Expression { value, .. } => *value,
        _ => TextRange::empty(0),
    };
    finding.place = Some(Place { path: env_py.path.clone(), range });
    finding.evidence = finding.place.iter().cloned().collect();
    let command = match audited.environment.flavour {
        crate::source::Flavour::Alembic => "revision --autogenerate",
        crate::source::Flavour::FlaskMigrate => "migrate",
    };
    let lost = audited.tables_not_seen();
    let drops = match lost.as_slice() {
        [] => String::new(),
        lost => format!(": it would drop {}, which migrations create", listed(lost)),
    };
    finding.consequence = format!("`{}` does not see {}{drops}.", context.command(command), listed(&names));
    finding.advice = "Import these modules in env.py, above target_metadata.".to_owned();
    finding.by_hand = Some("Import the models in env.py".to_owned());
    // Code that no migration knows may be dead.
    if lost.is_empty() && *seen > 0 {
        finding.severity = Severity::Info;
        finding.advice =
            "Import these modules in env.py, above target_metadata; or delete them, if nothing uses them."
                .to_owned();
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
    use crate::rules::fixture::{bodies, found};

    const BASE: (&str, &str) = (
        "app/base.py",
        "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass\n",
    );
    const USER: (&str, &str) =
        ("app/user.py", "from app.base import Base\nclass User(Base):\n    __tablename__ = 'user'\n");

    fn with(env_py: &str, files: &[(&str, &str)]) -> SourceTree {
        let mut tree = bodies(&[(
            "a",
            "None",
            "op.create_table('user', sa.Column('id', sa.Integer(), primary_key=True))",
            "op.drop_table('user')",
        )]);
        let env_py = format!(
            "from alembic import context\nfrom app.base import Base\n{env_py}\ntarget_metadata = Base.metadata\n"
        );
        for (path, source) in files.iter().chain([&("migrations/env.py", env_py.as_str()), &BASE]) {
            tree.insert(TreePath::parse(path).expect("relative"), source.as_bytes().to_vec());
        }
        tree
    }

    #[test]
    fn reports_the_modules_that_are_never_imported() {
        let expected = ["warning migrations/env.py: migrations/env.py never imports app.user"];
        assert_eq!(found("models-not-imported", &with("", &[USER])), expected);
        let other =
            ("app/other.py", "from app.base import Base\nclass Other(Base):\n    __tablename__ = 'other'\n");
        assert_eq!(found("models-not-imported", &with("import app.other", &[USER, other])), expected);
    }

    #[test]
    fn only_mentions_models_that_no_migration_knows() {
        let other =
            ("app/other.py", "from app.base import Base\nclass Other(Base):\n    __tablename__ = 'other'\n");
        assert_eq!(
            found("models-not-imported", &with("import app.user", &[USER, other])),
            ["info migrations/env.py: migrations/env.py never imports app.other"]
        );
    }

    #[test]
    fn stays_silent_where_they_are_reached_or_that_is_not_known() {
        let package = ("app/models/__init__.py", "from app.user import User\n");
        for env_py in [
            "import app.user",
            "from app.models import *",
            "from app import models",
            "import importlib\nimportlib.import_module(name)",
            "try:\n    import app.user\nexcept ImportError:\n    pass",
            "import pkgutil\nfor module in pkgutil.iter_modules(x):\n    pass",
            "connection = context.config.attributes['connection']",
            "config = context.config\nx = config.own_settings",
        ] {
            assert!(found("models-not-imported", &with(env_py, &[USER, package])).is_empty(), "{env_py}");
        }
        let dotted =
            ("app/user.py", "from elsewhere import Base\nclass User(Base):\n    __tablename__ = 'user'\n");
        assert!(found("models-not-imported", &with("", &[dotted])).is_empty(), "another base");
    }
}
