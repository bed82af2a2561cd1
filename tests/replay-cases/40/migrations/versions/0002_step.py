"""a batch that perhaps drops a key before it makes another"""
import os

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table('t') as batch_op:
        if 'KEEPS_ITS_KEY' not in os.environ:
            batch_op.drop_constraint('pk_t', type_='primary')
        batch_op.create_primary_key('pk_t_2', ['id', 'n'])


def downgrade():
    pass
