//! The naming convention that the project gives its `MetaData`.
//!
//! Looked for in every Python file that names `naming_convention`: a dict that is written out, or a name bound to one at
//! the top of the same file. Several that differ make it unknown: which of them `target_metadata` has is not known here.

use std::collections::BTreeMap;

use super::PythonFiles;
use super::program::{Argument, Expression, ExpressionKind, Program, StatementKind};
use crate::text::contains;

/// A naming convention, by key: `ix`, `uq`, `ck`, `fk`, `pk`.
pub type Conventions = BTreeMap<String, String>;

/// What a tree says of its naming convention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundConvention {
    /// Nothing names one.
    None,
    /// There is one, and it is written out.
    One(Conventions),
    /// There are several that differ, or one that is computed.
    Unknown,
}

/// The one naming convention of a tree.
pub fn find_convention(files: &PythonFiles<'_>) -> FoundConvention {
    let mut found: Option<Conventions> = None;
    let mut is_known = true;
    for (path, bytes) in files.tree().iter() {
        if path.file_name().rsplit_once('.').is_none_or(|(_, ending)| ending != "py")
            || !contains(bytes, "naming_convention")
        {
            continue;
        }
        let Some(parsed) = files.parsed(path) else { continue };
        let program = &parsed.program;
        let mut given = Vec::new();
        for statement in &program.body {
            calls(&statement.kind, &mut given);
        }
        for value in given {
            match conventions(value, program) {
                Some(one) if found.as_ref().is_none_or(|known| *known == one) => found = Some(one),
                _ => is_known = false,
            }
        }
    }
    match found {
        _ if !is_known => FoundConvention::Unknown,
        Some(found) => FoundConvention::One(found),
        None => FoundConvention::None,
    }
}

/// The values of `naming_convention=` in calls of module-level statements and class bodies.
fn calls<'p>(statement: &'p StatementKind, given: &mut Vec<&'p Expression>) {
    match statement {
        StatementKind::Expression(value) => in_expression(value, given),
        StatementKind::Assign { value, .. } => in_expression(value, given),
        StatementKind::Class(class) => class.body.iter().for_each(|inner| calls(&inner.kind, given)),
        StatementKind::If { arms, otherwise } => {
            let blocks = arms.iter().map(|(_, block)| block).chain([otherwise]);
            blocks.flatten().for_each(|inner| calls(&inner.kind, given));
        }
        _ => {}
    }
}

fn in_expression<'p>(expression: &'p Expression, given: &mut Vec<&'p Expression>) {
    let ExpressionKind::Call { function, arguments } = &expression.kind else { return };
    let name = match &function.kind {
        ExpressionKind::Name(name) | ExpressionKind::Attribute(_, name) => &**name,
        _ => "",
    };
    for argument in arguments {
        match argument {
            Argument::Named(key, value) if &**key == "naming_convention" && name != "batch_alter_table" => {
                given.push(value);
            }
            Argument::Named(_, value) | Argument::Positional(value) => in_expression(value, given),
            Argument::Rest(_) | Argument::Keywords(_) => {}
        }
    }
}

/// A dict of texts, written out or bound to a name.
fn conventions(value: &Expression, program: &Program) -> Option<Conventions> {
    match &value.kind {
        ExpressionKind::Dict(pairs) => pairs
            .iter()
            .map(|(key, value)| match (&key.as_ref()?.kind, &value.kind) {
                (ExpressionKind::Text(key), ExpressionKind::Text(value)) => {
                    Some((key.value.to_string(), value.value.to_string()))
                }
                _ => None,
            })
            .collect(),
        ExpressionKind::Name(name) => program.body.iter().rev().find_map(|statement| match &statement.kind {
            StatementKind::Assign { targets, value } => targets
                .iter()
                .any(|target| matches!(&target.kind, ExpressionKind::Name(bound) if bound == name))
                .then(|| conventions(value, &Program::default()))
                .flatten(),
            _ => None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{SourceTree, TreePath};

    fn convention(files: &[(&str, &str)]) -> FoundConvention {
        let mut tree = SourceTree::default();
        for (path, text) in files {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        find_convention(&PythonFiles::of(&tree))
    }

    #[test]
    fn one_convention_is_found_wherever_it_stands() {
        let ix = FoundConvention::One(Conventions::from([("ix".to_owned(), "ix_%(table_name)s".to_owned())]));
        assert_eq!(
            convention(&[("a.py", "m = MetaData(naming_convention={'ix': 'ix_%(table_name)s'})")]),
            ix
        );
        assert_eq!(
            convention(&[(
                "a.py",
                "N = {'ix': 'ix_%(table_name)s'}\nclass Base(DeclarativeBase):\n    metadata = sa.MetaData(naming_convention=N)"
            )]),
            ix
        );
        assert_eq!(convention(&[("a.py", "db = SQLAlchemy()")]), FoundConvention::None);
    }

    #[test]
    fn several_or_computed_ones_are_unknown() {
        assert_eq!(
            convention(&[("a.py", "m = MetaData(naming_convention=make())")]),
            FoundConvention::Unknown
        );
        let two = "a = MetaData(naming_convention={'ix': 'a'})\nb = MetaData(naming_convention={'ix': 'b'})";
        assert_eq!(convention(&[("a.py", two)]), FoundConvention::Unknown);
    }
}
