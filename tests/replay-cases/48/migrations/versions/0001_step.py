"""labels of an enum type that are not committed yet"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TYPE state AS ENUM ('new', 'done')")
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('s', sa.Enum('new', 'done', name='state', create_type=False)))
    op.execute("INSERT INTO t (id, s) VALUES (1, 'new')")


def downgrade():
    pass
