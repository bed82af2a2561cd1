//! Which models autogenerate sees: those whose modules run with `env.py`.

use std::collections::BTreeSet;

use super::file::File;
use super::{Model, ModelBase};
use crate::source::modules::ImportRoots;
use crate::source::program::{Expression, ExpressionKind, StatementKind};
use crate::source::{EnvPy, Environment, Flavour, Parser, PythonFiles, Reach, Reached, TargetMetadata};

/// What autogenerate sees of the models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sight {
    /// That is only known when `env.py` runs, or what it compares with is not here.
    #[default]
    NotKnown,
    /// There is none in what was given.
    NoModels,
    /// All of them: how many.
    All(usize),
    /// What `env.py` never imports, and how many models it does.
    Misses {
        /// The models that are not seen, in order of files.
        models: Vec<Model>,
        /// How many are, or may be.
        seen: usize,
    },
}

/// What autogenerate sees of the models of an environment; `reach` is what runs with its `env.py`.
pub fn find_sight(
    files: &PythonFiles<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
    bases: &[ModelBase],
    is_own: &dyn Fn(&Model) -> bool,
) -> Sight {
    let (Some(env_py), Some(reach)) = (&environment.env_py, reach) else { return Sight::NotKnown };
    let Some(compared) = compared_with(files, environment, env_py, bases) else { return Sight::NotKnown };
    let shared = |base: &&ModelBase| compared.iter().any(|own| own.shares_metadata_with(base) == Some(true));
    let all = compared.iter().copied().chain(bases.iter().filter(shared));
    let models: BTreeSet<&Model> = all.flat_map(|base| &base.models).filter(|model| is_own(model)).collect();
    if models.is_empty() {
        return Sight::NoModels;
    }
    let is = |wanted: Reached| models.iter().filter(move |model| reach.has(&model.path) == wanted);
    let missed: Vec<Model> = is(Reached::Never).map(|model| (*model).clone()).collect();
    match (missed.is_empty(), is(Reached::Perhaps).next()) {
        // The program that runs it may have imported them.
        (false, _) if env_py.is_driven => Sight::NotKnown,
        (false, _) => Sight::Misses { seen: models.len() - missed.len(), models: missed },
        (true, None) => Sight::All(models.len()),
        (true, Some(_)) => Sight::NotKnown,
    }
}

/// The bases whose metadata `target_metadata` is, or holds; nothing where one of them is not known.
fn compared_with<'m>(
    files: &PythonFiles<'_>,
    environment: &Environment,
    env_py: &EnvPy,
    bases: &'m [ModelBase],
) -> Option<Vec<&'m ModelBase>> {
    let text = match &env_py.target_metadata {
        TargetMetadata::Expression { text, .. } => text,
        // Flask-Migrate takes the metadata of the one object that the application has.
        TargetMetadata::Unknown { .. } if environment.flavour == Flavour::FlaskMigrate => {
            let mut own =
                bases.iter().filter(|base| base.is_flask && base.path.is_under(environment.project()));
            let base = own.next()?;
            return own.next().is_none().then(|| vec![base]);
        }
        _ => return None,
    };
    let parsed = files.parsed(&env_py.path)?;
    let file = File::read(&env_py.path, &parsed.program, &ImportRoots::of(files.tree()));
    let expression = Parser::new().read(text.as_bytes());
    let StatementKind::Expression(expression) = &expression.program.body.first()?.kind else { return None };
    let parts = match &expression.kind {
        ExpressionKind::List(items) | ExpressionKind::Tuple(items) => items.as_slice(),
        _ => std::slice::from_ref(expression),
    };
    parts.iter().map(|part| base_of(part, &file, bases)).collect()
}

/// The only base that an expression can be the metadata of.
fn base_of<'m>(metadata: &Expression, file: &File, bases: &'m [ModelBase]) -> Option<&'m ModelBase> {
    let dotted = metadata.dotted()?;
    let object = dotted.strip_suffix(".metadata");
    let is_meant = |base: &&ModelBase, object: Option<&str>| {
        object.is_some_and(|object| file.means(object, &base.module, &base.name, base.is_alone))
    };
    let is_bare = |base: &&ModelBase| base.metadata == base.name;
    // `Base.metadata` may read like the `metadata` of a module `Base`.
    let mut held = bases.iter().filter(|base| !is_bare(base) && is_meant(base, object));
    if let Some(base) = held.next() {
        return held.next().is_none().then_some(base);
    }
    let mut bare = bases.iter().filter(|base| is_bare(base) && is_meant(base, Some(&dotted)));
    let base = bare.next()?;
    bare.next().is_none().then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{SourceTree, TreePath};
    use crate::source::{find_environments, find_models};

    /// What is seen of the models of a project: `all 2`, `not: user`, `none`, `?`.
    fn sight(env_py: &str, files: &[(&str, &str)]) -> String {
        let mut tree = SourceTree::default();
        let env_py = format!("from alembic import context\n{env_py}");
        for (path, text) in files.iter().chain([&("m/env.py", env_py.as_str())]) {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let environment = &find_environments(&files)[0];
        let reach = Reach::of(&files, environment);
        match find_sight(&files, environment, reach.as_ref(), &find_models(&files), &|_| true) {
            Sight::All(n) => format!("all {n}"),
            Sight::Misses { models, .. } => {
                format!(
                    "not: {}",
                    models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join(" ")
                )
            }
            Sight::NoModels => "none".to_owned(),
            Sight::NotKnown => "?".to_owned(),
        }
    }

    const USERS: (&str, &str) =
        ("a/users.py", "Base = declarative_base()\nclass User(Base):\n    __tablename__ = 'users'\n");
    const LOGS: (&str, &str) =
        ("a/logs.py", "LogBase = declarative_base()\nclass Log(LogBase):\n    __tablename__ = 'logs'\n");

    #[test]
    fn a_list_of_metadata_is_seen_where_each_is() {
        let both = "from a.users import Base\nfrom a.logs import LogBase\ntarget_metadata = [Base.metadata, LogBase.metadata]\n";
        assert_eq!(sight(both, &[USERS, LOGS]), "all 2");
        let one = "from a.users import Base\ntarget_metadata = Base.metadata\n";
        assert_eq!(sight(one, &[USERS, LOGS]), "all 1", "the other one is not compared with");
        let computed = "from a.users import Base\ntarget_metadata = [Base.metadata, make()]\n";
        assert_eq!(sight(computed, &[USERS, LOGS]), "?");
    }

    #[test]
    fn every_library_s_metadata_is_known() {
        let hero =
            ("a/hero.py", "from sqlmodel import SQLModel\nclass Hero(SQLModel, table=True):\n    id: int\n");
        let sqlmodel = "from sqlmodel import SQLModel\ntarget_metadata = SQLModel.metadata\n";
        assert_eq!(sight(sqlmodel, &[hero]), "not: Hero");
        assert_eq!(sight(&format!("import a.hero\n{sqlmodel}"), &[hero]), "all 1");
        let mapped = ("a/m.py", "reg = registry()\n@reg.mapped\nclass User:\n    __tablename__ = 'users'\n");
        assert_eq!(sight("from a.m import reg\ntarget_metadata = reg.metadata\n", &[mapped]), "all 1");
        let tables = ("a/t.py", "from a.meta import metadata\nusers = Table('users', metadata)\n");
        let meta = ("a/meta.py", "metadata = MetaData()\n");
        let bare = "from a.meta import metadata\ntarget_metadata = metadata\n";
        assert_eq!(sight(bare, &[tables, meta]), "not: users");
        assert_eq!(sight(&format!("from a import t\n{bare}"), &[tables, meta]), "all 1");
    }

    #[test]
    fn a_flask_application_brings_what_it_imports() {
        let env_py = "from flask import current_app\ntarget_db = current_app.extensions['migrate'].db\n\
                      def get_metadata():\n    return target_db.metadata\ncontext.configure(target_metadata=get_metadata())\n";
        let db = ("a/db.py", "db = SQLAlchemy()\n");
        let user =
            ("a/user.py", "from a.db import db\nclass User(db.Model):\n    id = db.Column(db.Integer)\n");
        let factory = |import: &str| {
            format!(
                "from a.db import db\ndef create_app():\n    app = Flask(__name__)\n{import}    return app\n"
            )
        };
        let with = |import: &str| sight(env_py, &[db, user, ("a/__init__.py", &factory(import))]);
        assert_eq!(with("    from a import user\n"), "all 1");
        assert_eq!(with(""), "not: User");
        assert_eq!(with("    for name in names:\n        import_module(name)\n"), "?");
    }

    #[test]
    fn what_is_not_here_is_not_known() {
        let env_py = "from a.gone import Base\ntarget_metadata = Base.metadata\n";
        assert_eq!(sight(env_py, &[("a/x.py", "")]), "?");
        let empty = ("a/db.py", "Base = declarative_base()\n");
        assert_eq!(sight("from a.db import Base\ntarget_metadata = Base.metadata\n", &[empty]), "none");
    }
}
