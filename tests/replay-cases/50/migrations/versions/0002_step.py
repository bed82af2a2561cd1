"""a label that an enum type has no more"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column('t', sa.Column('n', sa.Integer()))
    op.execute("UPDATE t SET n = 1 WHERE s IN ('new', 'done')")


def downgrade():
    pass
