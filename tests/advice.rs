//! What is to be done about a failure: said in words that fit the case, and right, as a real database finds when the
//! advice is followed.

mod judge;

use std::path::Path;
use std::time::Duration;

use judge::{Talk, files, take_in, write_file};
use rechain::audit::examine;
use rechain::report::{FindingReport, Report};
use serde_json::{Value, json};

/// One failure, and what becomes of it when the advice is followed.
struct Case {
    name: &'static str,
    /// `sqlite`, `postgresql` or `mysql`; no MySQL is asked here.
    dialect: &'static str,
    /// The bodies of `upgrade()`, one a migration: `1`, `2` and so on.
    upgrades: &'static [&'static str],
    /// What the advice has to say.
    says: &'static [&'static str],
    /// The same when the advice is followed.
    mended: &'static [&'static str],
}

const MODELS: &str = "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n\n\n\
    class T(Base):\n    __tablename__ = 't'\n    id = Column(Integer, primary_key=True)\n";
const T: &str =
    "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(50)))";
const UNIQUE: &str = "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('name', sa.String(50)), sa.UniqueConstraint('name'))";
const KIND: &str = "op.create_table('t', sa.Column('kind', sa.Enum('a', 'b', name='kind')))";
const KIND_MADE: &str =
    "op.create_table('t', sa.Column('kind', postgresql.ENUM('a', 'b', name='kind', create_type=False)))";
const MAKE_KIND: &str = "sa.Enum('a', 'b', name='kind').create(op.get_bind(), checkfirst=True)";
const CHILD: &str = "op.create_table('u', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('t_id', sa.Integer()), sa.ForeignKeyConstraint(['t_id'], ['t.id']))";

const CASES: &[Case] = &[
    Case {
        name: "a type created by hand and by the table",
        dialect: "postgresql",
        upgrades: &["sa.Enum('a', 'b', name='kind').create(op.get_bind())", KIND],
        says: &["`1.py:9` has created the type", "create_type=False"],
        mended: &["sa.Enum('a', 'b', name='kind').create(op.get_bind())", KIND_MADE],
    },
    Case {
        name: "a type created by hand and by the table: take that line out",
        dialect: "postgresql",
        upgrades: &[
            "op.execute(\"CREATE TYPE kind AS ENUM ('a', 'b')\")\n    op.create_table('t', sa.Column('kind', sa.Enum('a', 'b', name='kind')))",
        ],
        says: &["Line 9 has created the type", "take that line out"],
        mended: &[KIND],
    },
    Case {
        name: "a type created twice by hand",
        dialect: "postgresql",
        upgrades: &[MAKE_KIND, "sa.Enum('a', 'b', name='kind').create(op.get_bind(), checkfirst=False)"],
        says: &["`1.py:9` has created it", "checkfirst=True"],
        mended: &[MAKE_KIND, MAKE_KIND],
    },
    Case {
        name: "a type that only add_column names",
        dialect: "postgresql",
        upgrades: &[T, "op.add_column('t', sa.Column('kind', sa.Enum('a', 'b', name='kind')))"],
        says: &["`add_column` does not", "name='kind').create(op.get_bind(), checkfirst=True)"],
        mended: &[
            T,
            "sa.Enum('a', 'b', name='kind').create(op.get_bind(), checkfirst=True)\n    \
             op.add_column('t', sa.Column('kind', sa.Enum('a', 'b', name='kind')))",
        ],
    },
    Case {
        name: "a text that becomes a number",
        dialect: "postgresql",
        upgrades: &[T, "op.alter_column('t', 'name', type_=sa.Integer())"],
        says: &["`postgresql_using='name::integer'`"],
        mended: &[T, "op.alter_column('t', 'name', type_=sa.Integer(), postgresql_using='name::integer')"],
    },
    Case {
        name: "a text that becomes a number, in SQL",
        dialect: "postgresql",
        upgrades: &[T, "op.execute('ALTER TABLE t ALTER COLUMN name TYPE date')"],
        says: &["`USING name::date`"],
        mended: &[T, "op.execute('ALTER TABLE t ALTER COLUMN name TYPE date USING name::date')"],
    },
    Case {
        name: "a default that is not cast with its column",
        dialect: "postgresql",
        upgrades: &[
            "op.create_table('t', sa.Column('n', sa.Boolean(), server_default=sa.text('false')))",
            "op.alter_column('t', 'n', type_=sa.Integer(), server_default='0', postgresql_using='n::int')",
        ],
        says: &["`op.alter_column('t', 'n', server_default=None)`", "the new one after it"],
        mended: &[
            "op.create_table('t', sa.Column('n', sa.Boolean(), server_default=sa.text('false')))",
            "op.alter_column('t', 'n', server_default=None)\n    \
             op.alter_column('t', 'n', type_=sa.Integer(), server_default='0', postgresql_using='n::int')",
        ],
    },
    Case {
        name: "a default that is not cast with its column, in SQL",
        dialect: "postgresql",
        upgrades: &[
            "op.create_table('t', sa.Column('n', sa.Text(), server_default='0'))",
            "op.execute('ALTER TABLE t ALTER n TYPE integer USING n::int')",
        ],
        says: &["`ALTER n DROP DEFAULT`"],
        mended: &[
            "op.create_table('t', sa.Column('n', sa.Text(), server_default='0'))",
            "op.execute('ALTER TABLE t ALTER n DROP DEFAULT, ALTER n TYPE integer USING n::int')",
        ],
    },
    Case {
        name: "a default that keeps its type",
        dialect: "postgresql",
        upgrades: &[
            "op.create_table('t', sa.Column('kind', sa.Enum('a', 'b', name='kind'), server_default='a'))",
            "op.alter_column('t', 'kind', type_=sa.Text())\n    op.execute('DROP TYPE kind')",
        ],
        says: &["`op.alter_column('t', 'kind', server_default=None)`"],
        mended: &[
            "op.create_table('t', sa.Column('kind', sa.Enum('a', 'b', name='kind'), server_default='a'))",
            "op.alter_column('t', 'kind', type_=sa.Text())\n    \
             op.alter_column('t', 'kind', server_default=None)\n    op.execute('DROP TYPE kind')",
        ],
    },
    Case {
        name: "an extension that a later migration creates",
        dialect: "postgresql",
        upgrades: &[
            "op.create_table('t', sa.Column('id', sa.Integer()))",
            "op.add_column('t', sa.Column('name', postgresql.CITEXT()))",
            "op.execute('CREATE EXTENSION IF NOT EXISTS citext')",
        ],
        says: &["`3.py:9` creates the extension `citext`", "CREATE EXTENSION IF NOT EXISTS citext"],
        mended: &[
            "op.create_table('t', sa.Column('id', sa.Integer()))",
            "op.execute('CREATE EXTENSION IF NOT EXISTS citext')\n    \
             op.add_column('t', sa.Column('name', postgresql.CITEXT()))",
            "op.execute('CREATE EXTENSION IF NOT EXISTS citext')",
        ],
    },
    Case {
        name: "an extension created twice",
        dialect: "postgresql",
        upgrades: &["op.execute('CREATE EXTENSION citext')", "op.execute('CREATE EXTENSION citext')"],
        says: &["`CREATE EXTENSION IF NOT EXISTS`"],
        mended: &[
            "op.execute('CREATE EXTENSION citext')",
            "op.execute('CREATE EXTENSION IF NOT EXISTS citext')",
        ],
    },
    Case {
        name: "a key of JSON",
        dialect: "postgresql",
        upgrades: &["op.create_table('t', sa.Column('a', sa.JSON(), unique=True))"],
        says: &["`JSONB`"],
        mended: &["op.create_table('t', sa.Column('a', postgresql.JSONB(), unique=True))"],
    },
    Case {
        name: "a colon that binds",
        dialect: "postgresql",
        upgrades: &[T, "op.execute(\"UPDATE t SET name = '{:a}'\")"],
        says: &["`:a` for a parameter", "`\\\\:a`"],
        mended: &[T, "op.execute(\"UPDATE t SET name = '{\\\\:a}'\")"],
    },
    Case {
        name: "a function of another database",
        dialect: "postgresql",
        upgrades: &[T, "op.execute(\"UPDATE t SET name = ifnull(name, 'a')\")"],
        says: &["PostgreSQL has no function `ifnull`"],
        mended: &[T, "op.execute(\"UPDATE t SET name = coalesce(name, 'a')\")"],
    },
    Case {
        name: "a text without a length",
        dialect: "mysql",
        upgrades: &["op.create_table('t', sa.Column('name', sa.String()))"],
        says: &["`sa.String(255)`", "`sa.Text()`"],
        mended: &["op.create_table('t', sa.Column('name', sa.String(255)), sa.Column('more', sa.Text()))"],
    },
    Case {
        name: "a batch that is told its table",
        dialect: "sqlite",
        upgrades: &[
            T,
            "with op.batch_alter_table('t') as batch_op:\n        batch_op.drop_column('t', 'name')",
        ],
        says: &["no call in it names it"],
        mended: &[T, "with op.batch_alter_table('t') as batch_op:\n        batch_op.drop_column('name')"],
    },
    Case {
        name: "a type that a later table creates",
        dialect: "postgresql",
        upgrades: &[
            "op.create_table('s', sa.Column('id', sa.Integer()))",
            "op.add_column('s', sa.Column('kind', sa.Enum('a', 'b', name='kind')))",
            KIND,
        ],
        says: &["`3.py:9` creates the type, too late", "create_type=False"],
        mended: &[
            "op.create_table('s', sa.Column('id', sa.Integer()))",
            "sa.Enum('a', 'b', name='kind').create(op.get_bind(), checkfirst=True)\n    \
             op.add_column('s', sa.Column('kind', sa.Enum('a', 'b', name='kind')))",
            KIND_MADE,
        ],
    },
    Case {
        name: "an index that is made beside the transaction",
        dialect: "postgresql",
        upgrades: &[T, "op.create_index('i', 't', ['name'], postgresql_concurrently=True)"],
        says: &["`with op.get_context().autocommit_block():`"],
        mended: &[
            T,
            "with op.get_context().autocommit_block():\n        \
             op.create_index('i', 't', ['name'], postgresql_concurrently=True)",
        ],
    },
    Case {
        name: "a label that the type does not have",
        dialect: "postgresql",
        upgrades: &[KIND, "op.alter_column('t', 'kind', server_default='A')"],
        says: &["one of the type's labels", "ALTER TYPE kind ADD VALUE 'A'"],
        mended: &[
            KIND,
            "with op.get_context().autocommit_block():\n        \
             op.execute(\"ALTER TYPE kind ADD VALUE 'A'\")",
            "op.alter_column('t', 'kind', server_default='A')",
        ],
    },
    Case {
        name: "a label that a later migration adds",
        dialect: "postgresql",
        upgrades: &[
            KIND,
            "op.execute(\"UPDATE t SET kind = 'c'\")",
            "with op.get_context().autocommit_block():\n        op.execute(\"ALTER TYPE kind ADD VALUE 'c'\")",
        ],
        says: &["`3.py:10` adds the label, too late"],
        mended: &[
            KIND,
            "with op.get_context().autocommit_block():\n        op.execute(\"ALTER TYPE kind ADD VALUE 'c'\")",
            "op.execute(\"UPDATE t SET kind = 'c'\")",
        ],
    },
    Case {
        name: "a label that is not committed yet",
        dialect: "postgresql",
        upgrades: &[
            KIND,
            "op.execute(\"ALTER TYPE kind ADD VALUE 'c'\")\n    op.execute(\"UPDATE t SET kind = 'c'\")",
        ],
        says: &["only when it is committed", "`with op.get_context().autocommit_block():`"],
        mended: &[
            KIND,
            "with op.get_context().autocommit_block():\n        op.execute(\"ALTER TYPE kind ADD VALUE 'c'\")\n    \
             op.execute(\"UPDATE t SET kind = 'c'\")",
        ],
    },
    Case {
        name: "a number as the default of a boolean",
        dialect: "postgresql",
        upgrades: &[T, "op.add_column('t', sa.Column('is_new', sa.Boolean(), server_default=sa.text('0')))"],
        says: &["`sa.text('false')`", "no boolean of a number"],
        mended: &[
            T,
            "op.add_column('t', sa.Column('is_new', sa.Boolean(), server_default=sa.text('false')))",
        ],
    },
    Case {
        name: "a function's name in quotes",
        dialect: "postgresql",
        upgrades: &[
            T,
            "op.add_column('t', sa.Column('at', sa.DateTime(), server_default='CURRENT_TIMESTAMP'))",
        ],
        says: &["a function stands in `sa.text(…)`"],
        mended: &[
            T,
            "op.add_column('t', sa.Column('at', sa.DateTime(), server_default=sa.text('CURRENT_TIMESTAMP')))",
        ],
    },
    Case {
        name: "a boolean that is compared with a number",
        dialect: "postgresql",
        upgrades: &[
            "op.create_table('t', sa.Column('is_new', sa.Boolean()))",
            "op.execute('DELETE FROM t WHERE is_new = 1')",
        ],
        says: &["`true` or `false`"],
        mended: &[
            "op.create_table('t', sa.Column('is_new', sa.Boolean()))",
            "op.execute('DELETE FROM t WHERE is_new = true')",
        ],
    },
    Case {
        name: "a default that does not become what its column becomes",
        dialect: "postgresql",
        upgrades: &[
            T,
            "op.alter_column('t', 'name', server_default='1')",
            "op.alter_column('t', 'name', type_=sa.Integer(), postgresql_using='name::integer')",
        ],
        says: &["`op.alter_column('t', 'name', server_default=None)`"],
        mended: &[
            T,
            "op.alter_column('t', 'name', server_default='1')",
            "op.alter_column('t', 'name', server_default=None)\n    \
             op.alter_column('t', 'name', type_=sa.Integer(), postgresql_using='name::integer')\n    \
             op.alter_column('t', 'name', server_default='1')",
        ],
    },
    Case {
        name: "a type of another database",
        dialect: "postgresql",
        upgrades: &[T, "op.add_column('t', sa.Column('at', sa.DATETIME()))"],
        says: &["no such type", "`sa.DateTime()`"],
        mended: &[T, "op.add_column('t', sa.Column('at', sa.DateTime()))"],
    },
    Case {
        name: "a type of another database in SQL",
        dialect: "postgresql",
        upgrades: &[T, "op.execute('ALTER TABLE t ADD COLUMN body LONGTEXT')"],
        says: &["no such type", "`TEXT`"],
        mended: &[T, "op.execute('ALTER TABLE t ADD COLUMN body TEXT')"],
    },
    Case {
        name: "a length that PostgreSQL does not take",
        dialect: "postgresql",
        upgrades: &[T, "op.add_column('t', sa.Column('body', sa.Text(500)))"],
        says: &["takes no length for `text`"],
        mended: &[T, "op.add_column('t', sa.Column('body', sa.Text()))"],
    },
    Case {
        name: "a schema on SQLite",
        dialect: "sqlite",
        upgrades: &["op.create_table('t', sa.Column('id', sa.Integer()), schema='app')"],
        says: &["SQLite has no schemas: leave `app` out"],
        mended: &["op.create_table('t', sa.Column('id', sa.Integer()))"],
    },
    Case {
        name: "a type that is dropped and was never there",
        dialect: "postgresql",
        upgrades: &[T, "sa.Enum('a', name='kind').drop(op.get_bind(), checkfirst=False)"],
        says: &["drop it only if it is there"],
        mended: &[T, "sa.Enum('a', name='kind').drop(op.get_bind(), checkfirst=True)"],
    },
    Case {
        name: "a type that a column still has",
        dialect: "postgresql",
        upgrades: &[KIND, "op.execute('DROP TYPE kind')"],
        says: &["Drop `t.kind`, or give it another type"],
        mended: &[KIND, "op.drop_column('t', 'kind')\n    op.execute('DROP TYPE kind')"],
    },
    Case {
        name: "a unique constraint that SQLite keeps no name of",
        dialect: "sqlite",
        upgrades: &[
            UNIQUE,
            "with op.batch_alter_table('t') as batch:\n        batch.drop_constraint('uq_t_name', type_='unique')",
        ],
        says: &["op.batch_alter_table('t', naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'})"],
        mended: &[
            UNIQUE,
            "with op.batch_alter_table('t', naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'}) as batch:\n        \
             batch.drop_constraint('uq_t_name', type_='unique')",
        ],
    },
    Case {
        name: "a foreign key that SQLite keeps no name of",
        dialect: "sqlite",
        upgrades: &[
            T,
            CHILD,
            "with op.batch_alter_table('u') as batch:\n        batch.drop_constraint('fk_u_t_id_t', type_='foreignkey')",
        ],
        says: &["naming_convention={'fk': 'fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s'}"],
        mended: &[
            T,
            CHILD,
            "with op.batch_alter_table('u', naming_convention={'fk': 'fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s'}) as batch:\n        \
             batch.drop_constraint('fk_u_t_id_t', type_='foreignkey')",
        ],
    },
    Case {
        name: "a constraint by the name that another database would give it",
        dialect: "postgresql",
        upgrades: &[UNIQUE, "op.drop_constraint('uq_t_name', 't', type_='unique')"],
        says: &["called `t_name_key`"],
        mended: &[UNIQUE, "op.drop_constraint('t_name_key', 't', type_='unique')"],
    },
    Case {
        name: "a constraint without a name",
        dialect: "postgresql",
        upgrades: &[T, CHILD, "op.drop_constraint(None, 'u', type_='foreignkey')"],
        says: &["the table has `u_t_id_fkey`"],
        mended: &[T, CHILD, "op.drop_constraint('u_t_id_fkey', 'u', type_='foreignkey')"],
    },
    Case {
        name: "a constraint outside of a batch",
        dialect: "sqlite",
        upgrades: &[T, "op.create_unique_constraint('uq_t_name', 't', ['name'])"],
        says: &["with op.batch_alter_table('t') as batch_op: batch_op.create_unique_constraint(…)"],
        mended: &[
            T,
            "with op.batch_alter_table('t') as batch_op:\n        batch_op.create_unique_constraint('uq_t_name', ['name'])",
        ],
    },
    Case {
        name: "a column altered outside of a batch",
        dialect: "sqlite",
        upgrades: &[T, "op.alter_column('t', 'name', nullable=False)"],
        says: &["with op.batch_alter_table('t') as batch_op: batch_op.alter_column(…)"],
        mended: &[
            T,
            "with op.batch_alter_table('t') as batch_op:\n        batch_op.alter_column('name', nullable=False)",
        ],
    },
    Case {
        name: "a constraint in a batch without a name",
        dialect: "sqlite",
        upgrades: &[
            T,
            "with op.batch_alter_table('t') as batch:\n        batch.create_unique_constraint(None, ['name'])",
        ],
        says: &["Give it a name"],
        mended: &[
            T,
            "with op.batch_alter_table('t') as batch:\n        batch.create_unique_constraint('uq_t_name', ['name'])",
        ],
    },
    Case {
        name: "a column with an index, dropped on SQLite",
        dialect: "sqlite",
        upgrades: &[T, "op.create_index('ix_t_name', 't', ['name'])", "op.drop_column('t', 'name')"],
        says: &["op.drop_index('ix_t_name', table_name='t')"],
        mended: &[
            T,
            "op.create_index('ix_t_name', 't', ['name'])",
            "op.drop_index('ix_t_name', table_name='t')\n    op.drop_column('t', 'name')",
        ],
    },
    Case {
        name: "a table that has another name since",
        dialect: "sqlite",
        upgrades: &[T, "op.rename_table('t', 'things')", "op.add_column('t', sa.Column('x', sa.Integer()))"],
        says: &["It is called `things` since `2.py:9`"],
        mended: &[
            T,
            "op.rename_table('t', 'things')",
            "op.add_column('things', sa.Column('x', sa.Integer()))",
        ],
    },
    Case {
        name: "a column that has another name since",
        dialect: "postgresql",
        upgrades: &[
            T,
            "op.alter_column('t', 'name', new_column_name='title')",
            "op.create_index('ix', 't', ['name'])",
        ],
        says: &["It is called `title` since `2.py:9`"],
        mended: &[
            T,
            "op.alter_column('t', 'name', new_column_name='title')",
            "op.create_index('ix', 't', ['title'])",
        ],
    },
    Case {
        name: "a table dropped twice",
        dialect: "postgresql",
        upgrades: &[T, "op.drop_table('t')", "op.drop_table('t')"],
        says: &["`2.py:9` has dropped `t` already: take one of the two lines out"],
        mended: &[T, "op.drop_table('t')", "pass"],
    },
    Case {
        name: "a table that a later line creates",
        dialect: "sqlite",
        upgrades: &[
            "op.create_index('ix', 't', ['name'])\n    op.create_table('t', sa.Column('name', sa.Text()))",
        ],
        says: &["Move this line below line 10, which creates `t`"],
        mended: &[
            "op.create_table('t', sa.Column('name', sa.Text()))\n    op.create_index('ix', 't', ['name'])",
        ],
    },
    Case {
        name: "a column by a slip",
        dialect: "postgresql",
        upgrades: &[T, "op.create_index('ix', 't', ['nmae'])"],
        says: &["t has a column `name`"],
        mended: &[T, "op.create_index('ix', 't', ['name'])"],
    },
    Case {
        name: "an index by another name",
        dialect: "sqlite",
        upgrades: &[
            T,
            "op.create_index('ix_t_name', 't', ['name'])",
            "op.drop_index('ix_t_names', table_name='t')",
        ],
        says: &["t has `ix_t_name`"],
        mended: &[
            T,
            "op.create_index('ix_t_name', 't', ['name'])",
            "op.drop_index('ix_t_name', table_name='t')",
        ],
    },
    Case {
        name: "an index that was never there",
        dialect: "postgresql",
        upgrades: &[T, "op.drop_index('ix_gone', table_name='t')"],
        says: &["`if_exists=True`"],
        mended: &[T, "op.drop_index('ix_gone', table_name='t', if_exists=True)"],
    },
    Case {
        name: "an index of a constraint",
        dialect: "postgresql",
        upgrades: &[
            T,
            "op.create_unique_constraint('uq_t', 't', ['name'])",
            "op.drop_index('uq_t', table_name='t')",
        ],
        says: &["op.drop_constraint('uq_t', 't')"],
        mended: &[T, "op.create_unique_constraint('uq_t', 't', ['name'])", "op.drop_constraint('uq_t', 't')"],
    },
    Case {
        name: "a table created twice",
        dialect: "sqlite",
        upgrades: &[T, T],
        says: &["Take one of the two out: this line, or `1.py:9`", "if_not_exists=True"],
        mended: &[T, "op.create_table('t', sa.Column('id', sa.Integer()), if_not_exists=True)"],
    },
    Case {
        name: "one name for constraints of two tables",
        dialect: "postgresql",
        upgrades: &[
            T,
            "op.create_table('u', sa.Column('x', sa.Integer()), sa.UniqueConstraint('x', name='uq'))",
            "op.create_unique_constraint('uq', 't', ['name'])",
        ],
        says: &["u has a constraint or index of that name", "with its table in it"],
        mended: &[
            T,
            "op.create_table('u', sa.Column('x', sa.Integer()), sa.UniqueConstraint('x', name='uq'))",
            "op.create_unique_constraint('uq_t', 't', ['name'])",
        ],
    },
    Case {
        name: "a table that another refers to",
        dialect: "postgresql",
        upgrades: &[T, CHILD, "op.drop_table('t')"],
        says: &["`u` refers to it", "type_='foreignkey'"],
        mended: &[
            T,
            CHILD,
            "op.drop_constraint('u_t_id_fkey', 'u', type_='foreignkey')\n    op.drop_table('t')",
        ],
    },
    Case {
        name: "a column that a view reads",
        dialect: "postgresql",
        upgrades: &[T, "op.execute('CREATE VIEW v AS SELECT name FROM t')", "op.drop_column('t', 'name')"],
        says: &["The view `v` reads it: drop the view before this line"],
        mended: &[
            T,
            "op.execute('CREATE VIEW v AS SELECT name FROM t')",
            "op.execute('DROP VIEW v')\n    op.drop_column('t', 'name')\n    op.execute('CREATE VIEW v AS SELECT id FROM t')",
        ],
    },
    Case {
        name: "a second primary key",
        dialect: "postgresql",
        upgrades: &[T, "op.create_primary_key('pk', 't', ['name'])"],
        says: &["op.drop_constraint('t_pkey', 't', type_='primary')"],
        mended: &[
            T,
            "op.drop_constraint('t_pkey', 't', type_='primary')\n    op.create_primary_key('pk', 't', ['name'])",
        ],
    },
    Case {
        name: "a foreign key to what is not unique",
        dialect: "postgresql",
        upgrades: &[T, "op.create_table('u', sa.Column('n', sa.String(50), sa.ForeignKey('t.name')))"],
        says: &["a unique constraint of exactly the columns"],
        mended: &[
            T,
            "op.create_unique_constraint('uq_t_name', 't', ['name'])\n    \
             op.create_table('u', sa.Column('n', sa.String(50), sa.ForeignKey('t.name')))",
        ],
    },
    Case {
        name: "a name that is too long",
        dialect: "postgresql",
        upgrades: &[
            T,
            "op.create_unique_constraint('uq_a_name_of_more_than_sixty_three_characters_is_refused_by_sqlalchemy', 't', ['name'])",
        ],
        says: &["`op.f(…)`"],
        mended: &[
            T,
            "op.create_unique_constraint(op.f('uq_a_name_of_more_than_sixty_three_characters_is_refused_by_sqlalchemy'), 't', ['name'])",
        ],
    },
    Case {
        name: "a column that the same batch adds and drops",
        dialect: "sqlite",
        upgrades: &[
            T,
            "with op.batch_alter_table('t') as batch:\n        batch.add_column(sa.Column('x', sa.Integer()))\n        batch.drop_column('x')",
        ],
        says: &["drop it in a batch of its own"],
        mended: &[
            T,
            "with op.batch_alter_table('t') as batch:\n        batch.add_column(sa.Column('x', sa.Integer()))\n    \
             with op.batch_alter_table('t') as batch:\n        batch.drop_column('x')",
        ],
    },
    Case {
        name: "a view dropped as a table",
        dialect: "sqlite",
        upgrades: &[T, "op.execute('CREATE VIEW v AS SELECT 1')", "op.drop_table('v')"],
        says: &["op.execute('DROP VIEW v')"],
        mended: &[T, "op.execute('CREATE VIEW v AS SELECT 1')", "op.execute('DROP VIEW v')"],
    },
    Case {
        name: "a name that is not imported and is elsewhere",
        dialect: "postgresql",
        upgrades: &[
            "from sqlalchemy.dialects.postgresql import JSONB as Rows\n    op.create_table('t', sa.Column('d', Rows()))",
            "op.add_column('t', sa.Column('x', mysql.INTEGER()))",
        ],
        says: &["Add `from sqlalchemy.dialects import mysql` at the top"],
        mended: &["op.create_table('t', sa.Column('d', sa.JSON()))", "pass"],
    },
    Case {
        name: "a cast that SQLite does not know",
        dialect: "sqlite",
        upgrades: &[T, "op.execute('UPDATE t SET name = id::text')"],
        says: &["if op.get_bind().dialect.name == "],
        mended: &[
            T,
            "if op.get_bind().dialect.name == 'postgresql':\n        op.execute('UPDATE t SET name = id::text')",
        ],
    },
    Case {
        name: "the kind of a constraint, for MySQL",
        dialect: "mysql",
        upgrades: &[
            T,
            "op.create_unique_constraint('of_name', 't', ['name'])",
            "op.drop_constraint('of_name', 't')",
        ],
        says: &["Say what kind it is: `type_='unique'`"],
        mended: &[],
    },
    Case {
        name: "the kind of a foreign key, for MySQL",
        dialect: "mysql",
        upgrades: &[
            T,
            CHILD,
            "op.create_foreign_key('to_t', 'u', 't', ['t_id'], ['id'])",
            "op.drop_constraint('to_t', 'u')",
        ],
        says: &["`type_='foreignkey'`"],
        mended: &[],
    },
];

/// Writes a history of such upgrades.
fn write(folder: &Path, dialect: &str, upgrades: &[&str]) {
    let ini = format!("[alembic]\nscript_location = migrations\nsqlalchemy.url = {dialect}://u@h/d\n");
    write_file(&folder.join("alembic.ini"), ini.as_bytes());
    let env = "from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n\
               context.configure(target_metadata=target_metadata, transaction_per_migration=True)\n";
    write_file(&folder.join("migrations/env.py"), env.as_bytes());
    write_file(&folder.join("app.py"), MODELS.as_bytes());
    for (at, body) in upgrades.iter().enumerate() {
        let parent = if at == 0 { "None".to_owned() } else { format!("'{at}'") };
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n\nrevision = '{0}'\n\
             down_revision = {parent}\n\ndef upgrade():\n    {body}\n\ndef downgrade():\n    pass\n",
            at + 1
        );
        write_file(&folder.join(format!("migrations/versions/{}.py", at + 1)), text.as_bytes());
    }
}

fn report(folder: &Path) -> Report {
    examine(take_in(&files(folder)), &mut |_| {}).report
}

fn errors(report: &Report) -> Vec<&FindingReport> {
    report.findings.iter().filter(|finding| finding.severity == rechain::report::Severity::Error).collect()
}

#[test]
fn every_failure_says_what_to_do_in_its_case() {
    let mut differences = Vec::new();
    for Case { name, dialect, upgrades, says, mended } in CASES {
        let dir = tempfile::tempdir().expect("a folder for the test");
        write(dir.path(), dialect, upgrades);
        let found = report(dir.path());
        let errors_found = errors(&found);
        let advice = errors_found.first().map_or("", |finding| finding.advice.as_str());
        let missing: Vec<_> = says.iter().filter(|part| !advice.contains(**part)).collect();
        if errors_found.len() != 1 || !missing.is_empty() {
            let said: Vec<_> =
                errors_found.iter().map(|own| format!("{}: {}", own.message, own.advice)).collect();
            differences.push(format!("{name}: {missing:?}, but {said:?}"));
        }
        if !mended.is_empty() {
            let dir = tempfile::tempdir().expect("a folder for the test");
            write(dir.path(), dialect, mended);
            let found = report(dir.path());
            if let [first, ..] = errors(&found)[..] {
                differences.push(format!("{name}, mended: {}", first.message));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn who_follows_the_advice_comes_to_the_heads() {
    let Some(python) = judge::python_with_databases("who_follows_the_advice_comes_to_the_heads") else {
        return;
    };
    let mut talk = Talk::start(&python, "databases.py", &[]);
    let mut failure = |dialect: &str, upgrades: &[&str]| {
        let dir = tempfile::tempdir().expect("a folder for the test");
        write(dir.path(), dialect, upgrades);
        let question = json!({"dir": dir.path(), "dialect": dialect, "limit": 60});
        let answer: Value = talk.ask(&question, Duration::from_secs(90)).expect("an answer");
        answer["failure"].clone()
    };
    let mut differences = Vec::new();
    for Case { name, dialect, upgrades, mended, .. } in CASES.iter().filter(|case| case.dialect != "mysql") {
        let failed = failure(dialect, upgrades);
        if failed["revision"].is_null() {
            differences.push(format!("{name} does not fail: {failed}"));
        }
        let then = failure(dialect, mended);
        if !then.is_null() {
            differences.push(format!("{name}, mended, fails: {then}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
