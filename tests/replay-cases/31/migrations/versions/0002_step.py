"""foreign keys chosen by the columns that they join"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    convention = {"fk": "fk_%(table_name)s_%(column_0_name)s"}
    metadata = sa.MetaData(naming_convention=convention)
    t = sa.Table('t', metadata, autoload_with=op.get_bind())
    u = sa.Table('u', metadata, autoload_with=op.get_bind())
    wanted = u.c.t_id
    for key in wanted.table.foreign_keys.copy():
        with op.batch_alter_table(key.parent.table.name, naming_convention=convention) as batch_op:
            if key.column == t.c.id and key.parent == wanted:
                batch_op.drop_constraint(key.constraint.name, type_='foreignkey')
                batch_op.drop_column(key.parent.name)
    op.drop_table('t')


def downgrade():
    pass
