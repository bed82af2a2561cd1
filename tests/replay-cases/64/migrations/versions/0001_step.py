"""functions and names of another database"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('a', sa.Text()))
    op.execute("UPDATE t SET a = coalesce(greatest(a, 'b'), md5('c'))")
    op.execute("UPDATE t AS x SET id = x.id")


def downgrade():
    pass
