"""flags that are not known before the migration runs, and tables that look first"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True))


def downgrade():
    pass
