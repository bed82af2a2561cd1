//! Which migrations share a transaction, as far as `env.py` tells.
//!
//! Source: `MigrationContext.begin_transaction` of Alembic's `runtime/migration.py`: without `transaction_per_migration`, or on
//! a connection that is in a transaction already, all migrations of a command share one.

use super::program::{Argument, Expression, ExpressionKind, Node};
use super::{Environment, PythonFiles};
use crate::text::contains;

/// Which migrations of one command share a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transactions {
    /// All of them.
    Shared,
    /// None: each has one of its own.
    OfEach,
    /// Not known.
    #[default]
    NotKnown,
}

const OPTION: &str = "transaction_per_migration";
/// What may begin a transaction before Alembic is configured, or hand over a connection that is in one.
const BEGINNING: [&str; 3] = [".begin(", "execute(", "attributes"];

/// What an environment's migrations share.
pub(super) fn find_transactions(files: &PythonFiles<'_>, environment: &Environment) -> Transactions {
    let env_py = environment.env_py.as_ref();
    let found = env_py.and_then(|own| Some((files.parsed(&own.path)?, files.tree().get(&own.path)?)));
    let Some((parsed, source)) = found.filter(|(parsed, _)| parsed.faults.is_empty()) else {
        return Transactions::NotKnown;
    };
    if !contains(source, OPTION) {
        // What hands the options over may stand elsewhere.
        let is_elsewhere = files.tree().iter().any(|(_, source)| contains(source, OPTION));
        return if is_elsewhere { Transactions::NotKnown } else { Transactions::Shared };
    }
    let (mut n_asking, mut n_other) = (0, 0);
    parsed.program.walk(|node| {
        if let Node::Expression(Expression { kind: ExpressionKind::Call { function, arguments }, .. }) = node
            && function.last_name() == Some("configure")
            && Argument::named(arguments, "url").is_none()
        {
            let asks = Argument::named(arguments, OPTION).map(|value| &value.kind)
                == Some(&ExpressionKind::Bool(true));
            *if asks { &mut n_asking } else { &mut n_other } += 1;
        }
        true
    });
    let may_be_in_one = BEGINNING.iter().any(|words| contains(source, words));
    if n_asking > 0 && n_other == 0 && !may_be_in_one { Transactions::OfEach } else { Transactions::NotKnown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fixture::of_env_py;

    #[test]
    fn each_has_its_own_where_every_connection_is_told_so() {
        let each = "context.configure(connection=c, transaction_per_migration=True)";
        for (env_py, beside, expected) in [
            (each, "", Transactions::OfEach),
            ("context.configure(connection=c)", "", Transactions::Shared),
            ("context.configure(connection=c)", "transaction_per_migration = True", Transactions::NotKnown),
            ("context.configure(connection=c, transaction_per_migration=flag)", "", Transactions::NotKnown),
            ("context.configure(connection=c, transaction_per_migration=False)", "", Transactions::NotKnown),
            (
                "if x:\n    context.configure(url=u)\nelse:\n    context.configure(c, transaction_per_migration=True)",
                "",
                Transactions::OfEach,
            ),
            (
                "if x:\n    context.configure(connection=c)\nelse:\n    context.configure(connection=c, transaction_per_migration=True)",
                "",
                Transactions::NotKnown,
            ),
            (
                "with engine.begin() as c:\n    context.configure(connection=c, transaction_per_migration=True)",
                "",
                Transactions::NotKnown,
            ),
            (
                "c.execute(q)\ncontext.configure(connection=c, transaction_per_migration=True)",
                "",
                Transactions::NotKnown,
            ),
        ] {
            assert_eq!(of_env_py(env_py, beside, find_transactions), expected, "{env_py}");
        }
    }
}
