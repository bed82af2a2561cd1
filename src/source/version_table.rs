//! What code beside the migrations, such as `env.py`, makes of the column in which Alembic keeps the revision.

use super::program::{Argument, Expression, ExpressionKind, Node, Piece, Program, Statement, StatementKind};

/// What is said of the column or of how its table is made. Source: `version_table_impl` of Alembic's `ddl/impl.py`.
const NAMES: [&str; 2] = ["version_num", "version_table_impl"];

/// How many characters the column holds by a module's code; nothing where the code does not speak of it. Comments and
/// docstrings are no code. Where no length is written beside it, any length is taken to fit.
pub fn version_width(program: &Program) -> Option<usize> {
    let mut widest = None;
    for statement in &program.body {
        let (mut is_told, mut lengths) = (false, Vec::new());
        let mut text = |text: &str| {
            is_told |= NAMES.iter().any(|name| text.contains(name));
            lengths.extend(written_lengths(text));
        };
        let mut called = Vec::new();
        Node::Statement(statement).walk(|node| match node {
            Node::Statement(Statement { kind: StatementKind::Expression(value), .. }) => {
                value.as_text().is_none()
            }
            Node::Statement(Statement { kind: StatementKind::Function(function), .. }) => {
                text(&function.name);
                true
            }
            Node::Statement(_) => true,
            Node::Expression(expression) => {
                match &expression.kind {
                    ExpressionKind::Text(own) => text(&own.value),
                    ExpressionKind::Attribute(_, name) => text(name),
                    ExpressionKind::Format(pieces) => pieces.iter().for_each(|piece| {
                        if let Piece::Text(own) = piece {
                            text(own);
                        }
                    }),
                    ExpressionKind::Call { function, arguments } => {
                        called.extend(length(function, arguments));
                    }
                    _ => {}
                }
                true
            }
        });
        if is_told {
            let width = lengths.into_iter().chain(called).max().unwrap_or(usize::MAX);
            widest = widest.max(Some(width));
        }
    }
    widest
}

/// The length that a type of SQLAlchemy is given.
fn length(function: &Expression, arguments: &[Argument]) -> Option<usize> {
    if !matches!(function.last_name()?, "String" | "VARCHAR" | "Unicode") {
        return None;
    }
    match arguments.first()?.value().kind {
        ExpressionKind::Int(length) => usize::try_from(length).ok(),
        _ => None,
    }
}

/// The lengths in a text of SQL: `VARCHAR(255)`.
fn written_lengths(text: &str) -> impl Iterator<Item = usize> + use<> {
    let text = text.to_ascii_uppercase();
    let length = |rest: &str| {
        let rest = rest.strip_prefix("ACTER").unwrap_or(rest).trim_start();
        let rest = rest.strip_prefix("VARYING").unwrap_or(rest).trim_start();
        rest.strip_prefix('(')?.split(')').next()?.trim().parse().ok()
    };
    let lengths: Vec<_> = text.split("CHAR").skip(1).filter_map(length).collect();
    lengths.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Parser;

    fn width(source: &str) -> Option<usize> {
        version_width(&Parser::new().read(source.as_bytes()).program)
    }

    #[test]
    fn code_counts_and_words_about_it_do_not() {
        for (source, expected) in [
            ("# version_num is too short\n\"\"\"version_num\"\"\"\n", None),
            ("def run():\n    '''Not version_num.'''\n    x = 'String(255)'\n", None),
            (
                "c.execute(text('ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(255)'))\n",
                Some(255),
            ),
            ("T = Table('alembic_version', m, Column('version_num', String(128)))\n", Some(128)),
            (
                "c.execute('alter table alembic_version alter version_num type character varying (64)')\n",
                Some(64),
            ),
            (
                "class P(PostgresqlImpl):\n    def version_table_impl(self, **kw):\n        return table(self, **kw)\n",
                Some(usize::MAX),
            ),
            ("DefaultImpl.version_table_impl = make\n", Some(usize::MAX)),
            ("c.execute(f'ALTER TABLE {t} MODIFY version_num VARCHAR({n})')\n", Some(usize::MAX)),
        ] {
            assert_eq!(width(source), expected, "{source}");
        }
    }
}
