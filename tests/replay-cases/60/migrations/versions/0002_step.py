"""a type of an extension that is created later"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column('t', sa.Column('b', postgresql.CITEXT()))


def downgrade():
    pass
