//! Small projects for the tests of what `env.py` tells.

use super::{Environment, PythonFiles, find_environments};
use crate::ingest::{SourceTree, TreePath};

/// What is found of a project whose `env.py` holds these lines, and `app.py` beside it those.
pub(super) fn of_env_py<T>(
    lines: &str,
    beside: &str,
    find: impl FnOnce(&PythonFiles<'_>, &Environment) -> T,
) -> T {
    let env_py = format!("from alembic import context\n{lines}\ncontext.run_migrations()\n");
    let ini = "[alembic]\nscript_location = m\n";
    let mut tree = SourceTree::default();
    for (path, text) in [("alembic.ini", ini), ("m/env.py", &env_py), ("app.py", beside)] {
        tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
    }
    let files = PythonFiles::of(&tree);
    let environment = find_environments(&files).into_iter().find(|own| own.env_py.is_some());
    find(&files, &environment.expect("there is one"))
}
