"""a default that keeps its type"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    kind = sa.Enum('a', 'b', name='kind')
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', kind, server_default='a'))
    op.create_table('u', sa.Column('b', sa.Enum('a', 'b', name='sort'), server_default='a'))


def downgrade():
    pass
