"""an index by an operator class that there is not"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade():
    op.create_unique_constraint('uq_a', 't', ['a'])


def downgrade():
    pass
