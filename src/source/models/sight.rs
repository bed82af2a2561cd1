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
    let models: BTreeSet<&Model> =
        compared.iter().flat_map(|base| &base.models).filter(|model| is_own(model)).collect();
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
    let mut meant = bases.iter().filter(|base| {
        let is_bare = base.metadata == base.name;
        let object = if is_bare { Some(dotted.as_str()) } else { object };
        object.is_some_and(|object| file.means(object, &base.module, &base.name, base.is_alone))
    });
    let base = meant.next()?;
    meant.next().is_none().then_some(base)
}
