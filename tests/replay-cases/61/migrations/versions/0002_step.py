"""an extension that nobody creates"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_index('ix', 't', ['id'], postgresql_using='gist')


def downgrade():
    pass
