"""contexts of the project around what migrations do"""
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


class Perhaps:
    """What fails in it is undone."""

    def __enter__(self):
        self.savepoint = op.get_bind().begin_nested()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.savepoint.commit()
        else:
            self.savepoint.rollback()
        return True


@contextmanager
def renamed(table, name):
    op.rename_table(table, name)
    try:
        yield name
    finally:
        op.drop_table(name)


def upgrade():
    with Perhaps():
        op.add_column('gone', sa.Column('n', sa.Integer()))
    with Perhaps():
        op.create_table('u', sa.Column('id', sa.Integer()))
        op.drop_table('gone')
    with Perhaps():
        op.create_table('u', sa.Column('id', sa.Integer(), primary_key=True))
    with renamed('t', 't_old') as old:
        op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()))
        op.execute(f"INSERT INTO t (id) SELECT id FROM {old}")


def downgrade():
    pass
