"""a default of Python in a batch that copies rows"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table('t', recreate='always') as batch_op:
        batch_op.add_column(sa.Column('at', sa.DateTime(), nullable=False, default=sa.func.now()))


def downgrade():
    pass
