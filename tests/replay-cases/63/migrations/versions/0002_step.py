"""a colon before a word in a text"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("UPDATE t SET a = '{\"a\":1}'")


def downgrade():
    pass
