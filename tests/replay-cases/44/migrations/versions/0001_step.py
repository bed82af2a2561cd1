"""a default of Python in a batch that copies rows"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()))
    op.execute('INSERT INTO t (id, n) VALUES (1, 2)')


def downgrade():
    pass
