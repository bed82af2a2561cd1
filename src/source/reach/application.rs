//! What makes a Flask application, which `flask db` loads before `env.py`.

use super::walk::Task;
use crate::ingest::TreePath;
use crate::source::PythonFiles;
use crate::source::environment::Environment;
use crate::source::models::is_project_code;
use crate::source::program::{Expression, ExpressionKind, Node};
use crate::text::contains;

/// What `flask db` loads before `env.py`: the module that makes the application, with the function that does, and perhaps
/// those that take it from there.
pub(super) fn application(files: &PythonFiles<'_>, environment: &Environment) -> Vec<Task> {
    let project = environment.project();
    let mut makers = Vec::new();
    for (path, bytes) in files.tree().under(project).filter(|(path, _)| is_project_code(path)) {
        if !contains(bytes, "Flask(") {
            continue;
        }
        let Some(parsed) = files.parsed(path) else { continue };
        let makes = |node: Node<'_>| {
            let mut found = false;
            node.walk(|inner| {
                found |= matches!(inner, Node::Expression(Expression {
                    kind: ExpressionKind::Call { function, .. }, ..
                }) if function.last_name() == Some("Flask"));
                !found
            });
            found
        };
        for statement in parsed.program.body.iter().filter(|statement| makes(Node::Statement(statement))) {
            makers.push((
                path.clone(),
                Node::Statement(statement).function().map(|function| function.name.to_string()),
            ));
        }
    }
    // Where several are made, which of them is meant is not known.
    let surely = makers.len() == 1;
    let mut tasks: Vec<Task> = Vec::new();
    for (path, factory) in makers {
        // Any module that takes the application may be the one that Flask is told.
        let name = factory.as_deref().unwrap_or_else(|| match path.stem() {
            "__init__" => path.folder().rsplit('/').next().unwrap_or_default(),
            stem => stem,
        });
        let takes = |(other, bytes): &(&TreePath, &[u8])| is_project_code(other) && contains(bytes, name);
        let others = files.tree().under(project).filter(takes);
        tasks.extend(others.map(|(other, _)| Task::Module(other.clone(), false)));
        tasks.extend(factory.filter(|_| surely).map(|name| Task::Function(path.clone(), name)));
        tasks.push(Task::Module(path, surely));
    }
    tasks
}
