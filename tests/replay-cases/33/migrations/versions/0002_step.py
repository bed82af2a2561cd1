"""a table made anew from the columns of the one that was read"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    connection = op.get_bind()
    rows = connection.execute(sa.text('SELECT n FROM t')).fetchall()
    metadata = sa.MetaData()
    old = sa.Table('t', metadata, autoload_with=connection)
    new = sa.Table('t_new', metadata)
    for column in old.columns:
        new.append_column(column.copy())
    for row in rows:
        new.append_constraint(sa.CheckConstraint('n <> %d' % row[0]))
    new.create(connection)
    op.drop_table('t')
    op.rename_table('t_new', 't')
    op.create_table('u', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('t_id', sa.Integer(), sa.ForeignKey('t.id')))


def downgrade():
    pass
