"""a directive of a batch that is given the table as well"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table('t') as batch_op:
        batch_op.drop_column('t', 'n')


def downgrade():
    pass
