"""an index by an operator class that there is not"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('a', sa.JSON()),
                    sa.Column('b', postgresql.JSONB()), sa.Column('c', sa.Text()))
    op.create_index('ix_b', 't', ['b'], postgresql_using='gin')
    op.create_index('ix_c', 't', ['c'], postgresql_ops={'c': 'text_pattern_ops'})


def downgrade():
    pass
