"""a type of an extension that is created later"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute('CREATE EXTENSION IF NOT EXISTS citext')


def downgrade():
    pass
