"""it is the one that is meant"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("ALTER TABLE t ADD c INT")


def downgrade():
    pass
