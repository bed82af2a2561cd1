"""what a try does not come to"""
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    try:
        json.loads('')
        op.drop_column('t', 'n')
    except ValueError:
        pass
    op.create_index('ix_t_n', 't', ['n'])
    op.drop_table('t')
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()))


def downgrade():
    pass
